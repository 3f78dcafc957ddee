"""What is known and kept, read from snapshots. One serves a whole run of duties: it costs more than a question does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import SQLAlchemyError

from gateway.core.facts import Fact
from gateway.journal import codec, tables
from gateway.journal.checkpoint import Checkpoint
from gateway.journal.proofs import InclusionProof, prove
from gateway.journal.tiles import Tiles
from gateway.outside import Temporary
from gateway.store import database
from gateway.store.batch import MakeView, latest_checkpoint
from gateway.vault import Opened, Unopenable, Vault


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


class Snapshots:
    """The store's reading side: each question has a snapshot of its own. Any thread may ask."""

    def __init__(self, reader: Engine, view: MakeView, vault: Vault) -> None:
        self._reader, self._make_view, self._vault = reader, view, vault
        self._tiles = Tiles()

    @contextmanager
    def view(self) -> Iterator[Any]:
        """A snapshot of what is known, for any thread. Raises `Temporary` if the database cannot be read now."""
        with self._snapshot() as connection:
            yield self._make_view(connection)

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """One snapshot for many questions: what is known, small blobs, proofs. Raises `Temporary`."""
        with self._snapshot() as connection:
            yield Reading(self._make_view(connection), connection, self._vault, self._tiles)

    def read(self, blob: str) -> Iterator[bytes]:
        """The blob's plain bytes in blocks of at most 1 MiB. Raises `Unopenable`, also midway."""
        with self._snapshot() as connection:
            opened = self._vault.opened(connection, blob)
            block = opened.chunk(connection, 0)
        yield block
        for number in range(1, opened.chunks):
            with self._snapshot() as connection:
                block = opened.chunk(connection, number)
            yield block

    def read_all(self, blob: str, limit: int) -> bytes:
        """The whole blob. Raises `Unopenable`, also when it is larger than `limit` bytes."""
        with self._snapshot() as connection:
            opened = self._vault.opened(connection, blob)
            if opened.size > limit:
                raise Unopenable("larger than the reader allows")
            return b"".join(opened.blocks(connection))

    def meta(self, blob: str) -> dict[str, str]:
        """What was kept encrypted beside the bytes. Raises `Unopenable`."""
        with self._snapshot() as connection:
            return dict(self._vault.opened(connection, blob).meta)

    def salt(self, blob: str) -> bytes:
        """The salt of the blob's digest. Raises `Unopenable`."""
        with self._snapshot() as connection:
            return self._vault.opened(connection, blob).salt

    def entries(self, start: int = 0) -> Iterator[tuple[int, Fact]]:
        """Facts in order, with their indexes, from one snapshot."""
        with self._snapshot() as connection:
            query = select(tables.journal.c.position, tables.journal.c.line).order_by(tables.journal.c.position)
            rows = connection.execution_options(yield_per=1_000).execute(
                query.where(tables.journal.c.position >= start)
            )
            for position, line in rows:
                yield position, codec.decode(line.encode())

    def whole(self, kept: Kept) -> Iterator[bytes]:
        """The blocks of a blob whose header was read before. Raises `Unopenable`, also midway."""
        if kept.first is not None:
            yield kept.first
            return
        for number in range(kept.opened.chunks):
            with self._snapshot() as connection:
                block = kept.opened.chunk(connection, number)
            yield block

    def receipt_proof(self, index: int) -> InclusionProof:
        """The proof that an entry is under the first checkpoint that covers it. Raises `LookupError` if none does."""
        with self._snapshot() as connection:
            return prove(connection, self._tiles, index)

    def latest(self) -> Checkpoint:
        """The newest checkpoint."""
        with self._snapshot() as connection:
            last = latest_checkpoint(connection)
        if last is None:
            raise LookupError("the journal is empty")
        return last

    @contextmanager
    def _snapshot(self) -> Iterator[Connection]:
        try:
            with self._reader.connect() as connection, connection.begin():
                yield connection
        except SQLAlchemyError as error:
            if database.trouble(error) == "passing":
                raise Temporary("the database cannot be read now") from error
            raise
