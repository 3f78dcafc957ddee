"""The store: facts, ledger and vault in one transaction, and the one writer.

Read `database` (SQLite as we need it, and which of its troubles are whose), `batch` (what one transaction writes),
`requests` (what may be asked of the writer), `writer` (the thread that commits them in groups), `draft` (an arrival on
its way in), `store` (what the rest of the gateway sees) and `backup` (one consistent file, and the new era after it).
"""

from gateway.store.backup import backup, restore
from gateway.store.reading import Kept, Reading
from gateway.store.store import Decision, InclusionProof, Recorded, Store, StoreKeys

__all__ = ["Decision", "InclusionProof", "Kept", "Reading", "Recorded", "Store", "StoreKeys", "backup", "restore"]
