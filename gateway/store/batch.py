"""What one transaction writes: blobs, journal entries, what follows from them, and the signed head of the tree.

A batch is made inside the transaction and thrown away with it. Whatever it learned (the new head, the segment keys
now stored) becomes known to the writer only after the commit, so a rollback leaves nothing behind in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from gateway import vault
from gateway.core.facts import Erased, Fact, Received
from gateway.journal import merkle
from gateway.journal.checkpoint import Checkpoint, Signer
from gateway.journal.tables import arrivals, checkpoints, journal, nodes
from gateway.journal.tiles import Tiles
from gateway.rows import Prepared, Row, insert_rows
from gateway.store.database import Unfit

Fold = Callable[[Connection, Sequence[tuple[int, Fact]]], None]
MakeView = Callable[[Connection], Any]

_LATEST = Prepared(select(checkpoints.c.note).order_by(checkpoints.c.size.desc()).limit(1))


class Spoiled(Exception):
    """Something already added to the batch cannot be written; its cause is chained. The batch is of no more use."""


@dataclass(frozen=True, slots=True)
class Head:
    """How far the journal goes: the tree's right edge and the checkpoint over it (None: nothing yet)."""

    frontier: merkle.Frontier
    checkpoint: Checkpoint | None


EMPTY = Head(merkle.Frontier(), None)


def latest_checkpoint(connection: Connection) -> Checkpoint | None:
    row = _LATEST.first(connection)
    return None if row is None else Checkpoint.parse(row[0])


def read_head(connection: Connection, remembered: Head) -> Head:
    """The head as the database has it; the remembered one where that is the same. Raises `Unfit` if they disagree."""
    row = _LATEST.first(connection)
    if row is None:
        return EMPTY
    if remembered.checkpoint is not None and remembered.checkpoint.note == row[0]:
        return remembered
    checkpoint = Checkpoint.parse(row[0])
    frontier = merkle.frontier(checkpoint.size, Tiles().reader(connection))
    if frontier.root() != checkpoint.root:
        raise Unfit("the journal's tree does not lead to its last checkpoint")
    return Head(frontier, checkpoint)


class Batch:
    """One transaction's worth of writing."""

    def __init__(self, connection: Connection, head: Head, fold: Fold, view: MakeView, stored: set[str]) -> None:
        self.connection = connection
        self.head = head
        self.new_segments: set[str] = set()
        self.erased = False
        self._fold, self._view, self._stored = fold, view, stored
        self._next = head.frontier.size
        self._leaves: list[bytes] = []
        self._entries: list[tuple[int, Fact]] = []
        self._rows: list[Row] = []
        self._blobs: list[vault.NewBlob] = []
        self._arrivals: list[Row] = []
        self._sources: dict[tuple[str, str], str] = {}
        self._looked_up: set[tuple[str, str]] = set()
        self._unwritten_about: set[str] = set()
        self._unwritten_of_anything = False

    def view(self, about: str | None = None) -> Any:
        """What is known now, everything before it in this batch included; where only `about` is asked, of that."""
        if about is None or self._unwritten_of_anything or about in self._unwritten_about:
            self.flush()
        return self._view(self.connection)

    def add(
        self,
        facts: Sequence[Fact],
        lines: Sequence[bytes],
        blobs: Iterable[vault.NewBlob],
        about: str | None = None,
    ) -> tuple[int, ...]:
        """Append facts, and the blobs that they speak of. Gives the facts' indexes.

        Where nothing but `about` can be seen by them, others need not wait for them to be written.
        """
        if about is None:
            self._unwritten_of_anything |= bool(facts)
        else:
            self._unwritten_about.add(about)
        first = self._next
        for fact, line in zip(facts, lines, strict=True):
            leaf = merkle.leaf_hash(line)
            self._leaves.append(leaf)
            self._rows.append((self._next, line.decode(), leaf))
            self._entries.append((self._next, fact))
            self._next += 1
            if type(fact) is Received:
                self._arrived(fact)
            elif type(fact) is Erased:
                self._erase(fact)
        self._blobs.extend(blobs)
        return tuple(range(first, self._next))

    def look_up(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Learn at once which of these accounts and sources are known: one by one takes longer than all the rest."""
        by_account: dict[str, list[str]] = {}
        for account, source in pairs:
            by_account.setdefault(account, []).append(source)
        for account, sources in by_account.items():
            query = select(arrivals.c.source, arrivals.c.arrival).where(arrivals.c.account == account)
            for source, arrival in self.connection.execute(query.where(arrivals.c.source.in_(sources))):
                self._sources[account, source] = arrival
            self._looked_up.update((account, source) for source in sources)

    def known(self, account: str, source: str) -> str | None:
        """The arrival first recorded from this source of this account."""
        if (account, source) not in self._looked_up:
            self.look_up([(account, source)])
        return self._sources.get((account, source))

    def add_chunks(self, blob: str, rows: Sequence[tuple[int, bytes]]) -> None:
        insert_rows(self.connection, vault.chunks, [(blob, number, data) for number, data in rows])

    def flush(self) -> None:
        """Write what was added, and fold it into the ledger. Raises `Spoiled`."""
        try:
            self._write()
        except Exception as error:
            raise Spoiled from error

    def _write(self) -> None:
        if self._blobs:
            self._store_segments()
            insert_rows(self.connection, vault.blobs, [blob.row() for blob in self._blobs])
            insert_rows(self.connection, vault.chunks, [row for blob in self._blobs for row in blob.chunk_rows()])
        insert_rows(self.connection, arrivals, self._arrivals)
        if self._rows:
            insert_rows(self.connection, journal, self._rows)
            self._fold(self.connection, self._entries)
        self._blobs, self._arrivals, self._rows, self._entries = [], [], [], []
        self._unwritten_about, self._unwritten_of_anything = set(), False

    def finish(self, signer: Signer) -> Head:
        """Write the rest, the tree and one signed checkpoint. Gives the new head, valid once committed."""
        self.flush()
        if not self._leaves:
            return self.head
        grown = self.head.frontier.grow(self._leaves)
        insert_rows(self.connection, nodes, [(height >> 3, at, digest) for height, at, digest in grown.completed])
        checkpoint = Checkpoint.sign(grown.frontier.size, grown.frontier.root(), signer)
        insert_rows(self.connection, checkpoints, [(checkpoint.size, checkpoint.note)])
        return Head(grown.frontier, checkpoint)

    def _arrived(self, fact: Received) -> None:
        self._arrivals.append((fact.arrival, fact.account, fact.source))
        if fact.source is not None:
            self._sources[fact.account, fact.source] = fact.arrival

    def _erase(self, fact: Erased) -> None:
        self.flush()
        vault.erase(self.connection, fact.blobs)
        self.erased = True

    def _store_segments(self) -> None:
        for blob in self._blobs:
            if blob.segment.id not in self._stored and blob.segment.id not in self.new_segments:
                insert_rows(self.connection, vault.segments, [blob.segment.row()])
                self.new_segments.add(blob.segment.id)
