"""The vault: encrypted blobs, in chunks, so that plain data is never on disk and no blob need fit into memory.

A process draws a *segment key* and seals it to the vault's public key and to the offline recovery key; the sealed forms
are a row. Each blob has its own key, derived from the segment key, the blob's id and a random seed that lies in the
blob's header row: when the row is deleted nothing opens the blob again. Chunks of at most 1 MiB are encrypted and
authenticated one by one; number and "this is the last" are in the nonce and the id is authenticated with them, so
chunks cut off, exchanged or moved are found. The header's meta data (a small JSON that also holds the salt of the
blob's digest) is encrypted under the same key and bound to the number of chunks and the size.
"""

from gateway.vault.blob import CHUNK, NewBlob, Opened, Sealing, Unopenable
from gateway.vault.ids import crockford
from gateway.vault.tables import blobs, chunks, erase, metadata, segments, sweep
from gateway.vault.vault import Vault, VaultKeys

__all__ = [
    "CHUNK", "NewBlob", "Opened", "Sealing", "Unopenable", "Vault", "VaultKeys", "blobs", "chunks", "crockford",
    "erase", "metadata", "segments", "sweep",
]  # fmt: skip
