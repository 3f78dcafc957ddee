"""Our side of `bench.accept`: the real listener and store in a process of their own, with judging off.

Prints its port, then serves until its input closes, and at the end how many arrivals the journal holds.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from nacl.public import PrivateKey

from gateway.config.settings import SmtpListener
from gateway.core.facts import Received
from gateway.intake.smtp import Listener
from gateway.store import Store, StoreKeys
from gateway.vault import VaultKeys


class _Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class _Chance:
    def bytes(self, count: int) -> bytes:
        return os.urandom(count)


def main() -> None:
    folder, mailbox = Path(sys.argv[1]), sys.argv[2]
    clock, chance = _Clock(), _Chance()
    private, recovery = PrivateKey.generate(), PrivateKey.generate()
    vault = VaultKeys(bytes(private.public_key), bytes(recovery.public_key), (bytes(private),))
    keys = StoreKeys(vault, os.urandom(32))
    store = Store.open(f"sqlite:///{folder}/gateway.db", keys, clock, chance, "gateway.county.example")
    listener = Listener(SmtpListener(port=0), [mailbox], store, clock)
    listener.start()
    print(listener.port, flush=True)
    sys.stdin.read()
    listener.stop()
    print(sum(isinstance(fact, Received) for _, fact in store.entries()), flush=True)
    store.close()


if __name__ == "__main__":
    main()
