"""One snapshot, in which a run of duties asks all its questions: each snapshot costs more than a question does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from gateway.journal.proofs import InclusionProof, prove
from gateway.journal.tiles import Tiles
from gateway.vault import Opened, Vault


@dataclass(frozen=True, slots=True)
class Kept:
    """A blob whose header was read: what lies beside the bytes, and the bytes where they are one chunk (1 MiB)."""

    opened: Opened = field(repr=False)
    first: bytes | None = field(repr=False)

    @property
    def meta(self) -> Mapping[str, str]:
        return self.opened.meta


class Reading:
    """A snapshot. `view` is the ledger's."""

    def __init__(self, view: Any, connection: Connection, vault: Vault, tiles: Tiles) -> None:
        self.view = view
        self._connection, self._vault, self._tiles = connection, vault, tiles

    def kept(self, blob: str) -> Kept:
        """Raises `Unopenable`."""
        opened = self._vault.opened(self._connection, blob)
        return Kept(opened, opened.chunk(self._connection, 0) if opened.chunks == 1 else None)

    def proof(self, index: int) -> InclusionProof:
        """The proof that an entry is under the first checkpoint that covers it. Raises `LookupError` if none does."""
        return prove(self._connection, self._tiles, index)
