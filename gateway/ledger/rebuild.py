"""The proof that the ledger follows from the journal: build it anew, and compare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Table, create_engine, select

from gateway.core.facts import Fact
from gateway.ledger.fold import fold
from gateway.ledger.tables import metadata

_BATCH = 1000
_SHOWN = 100  # differences; one mistake in the fold may show in every row


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that differs. `what`: `missing` from the live ledger, `unfounded` in it, or the columns that differ."""

    table: str
    key: tuple[Any, ...]
    what: str

    def __str__(self) -> str:
        return f"{self.table} {'/'.join(map(str, self.key))}: {self.what}"


def rebuild(connection: Connection, facts: Iterable[tuple[int, Fact]]) -> int:
    """Drop the ledger and build it from the journal's facts, each with its index. Gives how many there were."""
    metadata.drop_all(connection)
    metadata.create_all(connection)
    return _fold_all(connection, facts)


def check(connection: Connection, facts: Iterable[tuple[int, Fact]]) -> list[Difference]:
    """How the live ledger differs from one built anew in memory; empty when they agree. At most the first hundred."""
    engine = create_engine("sqlite://")
    try:
        with engine.connect() as scratch:
            metadata.create_all(scratch)
            _fold_all(scratch, facts)
            found = (one for table in metadata.sorted_tables for one in _compare(table, connection, scratch))
            return list(islice(found, _SHOWN))
    finally:
        engine.dispose()


def _fold_all(connection: Connection, facts: Iterable[tuple[int, Fact]]) -> int:
    remaining, count = iter(facts), 0
    while batch := list(islice(remaining, _BATCH)):
        fold(connection, batch)
        count += len(batch)
    return count


def _compare(table: Table, live: Connection, rebuilt: Connection) -> Iterator[Difference]:
    """Both in the order of their keys, a row at a time."""
    ours, theirs = _ordered(table, live), _ordered(table, rebuilt)
    our, their = next(ours, None), next(theirs, None)
    while our is not None or their is not None:
        if their is None or (our is not None and our[0] < their[0]):
            assert our is not None
            yield Difference(table.name, our[0], "unfounded")
            our = next(ours, None)
        elif our is None or their[0] < our[0]:
            yield Difference(table.name, their[0], "missing")
            their = next(theirs, None)
        else:
            if our[1] != their[1]:
                yield Difference(table.name, our[0], _columns(table, our[1], their[1]))
            our, their = next(ours, None), next(theirs, None)


def _ordered(table: Table, connection: Connection) -> Iterator[tuple[tuple[Any, ...], tuple[Any, ...]]]:
    """Each row's key and the whole row. Sorted here: databases differ in how they order text."""
    places = [list(table.c).index(column) for column in table.primary_key.columns]
    rows = (tuple(row) for row in connection.execute(select(table)))
    return iter(sorted((tuple(row[place] for place in places), row) for row in rows))


def _columns(table: Table, our: tuple[Any, ...], their: tuple[Any, ...]) -> str:
    return ", ".join(column.name for column, a, b in zip(table.c, our, their, strict=True) if a != b)
