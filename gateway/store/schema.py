"""The tables of a state as this program wants them, whichever program made it.

Journal and vault are migrated, and never lose a row by it. The ledger is made anew from the journal where its version
is another: it only follows. All of it happens in one transaction when a state is opened, or nothing of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy import (
    Column,
    Connection,
    Dialect,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    delete,
    insert,
    inspect,
    select,
)
from sqlalchemy.schema import CreateIndex, CreateTable

from gateway import log, vault
from gateway.core.facts import Fact
from gateway.journal import codec, tables
from gateway.store.database import Unfit
from gateway.store.migrations import FIRST, HEAD

_AT_ONCE = 1_000  # facts

metadata = MetaData()
_ledger_version = Table("ledger_version", metadata, Column("version", Text, primary_key=True))
# As Alembic itself makes it, so that both are the same table.
_marks = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)

MIGRATED = (tables.metadata, vault.metadata, metadata)


def bring_up(connection: Connection, ledger: Sequence[MetaData], fold: int | None = None) -> None:
    """Make what is missing and mend what is older. Raises `Unfit` for a state that a newer program made.

    `fold` is the number of the ledger's rules; None: whoever gave their own tables sees to them.
    """
    there = set(inspect(connection).get_table_names())
    if tables.journal.name in there:
        _migrate(connection, there)
    else:
        for part in MIGRATED:
            part.create_all(connection)
        _mark(connection, HEAD)
    if fold is None or _ledger_fits(connection, ledger, fold):
        for part in ledger:
            part.create_all(connection)
        return
    _rebuild(connection)


def entries(connection: Connection) -> Iterator[tuple[int, Fact]]:
    """The journal's facts in order, some at a time, over the connection whose transaction they belong to."""
    start, journal = 0, tables.journal
    query = select(journal.c.position, journal.c.line).order_by(journal.c.position).limit(_AT_ONCE)
    while rows := connection.execute(query.where(journal.c.position >= start)).all():
        yield from ((position, codec.decode(line.encode())) for position, line in rows)
        start = rows[-1].position + 1


def ledger_version(dialect: Dialect, ledger: Sequence[MetaData], fold: int) -> str:
    """A digest of the ledger's tables and of the number of its rules: another program's is another."""
    every = [table for part in ledger for table in part.sorted_tables]
    made = [str(CreateTable(table).compile(dialect=dialect)) for table in every]
    made += sorted(str(CreateIndex(index).compile(dialect=dialect)) for table in every for index in table.indexes)
    return hashlib.sha256("\n".join([str(fold), *made]).encode()).hexdigest()[:16]


def _migrate(connection: Connection, there: set[str]) -> None:
    marked = connection.scalar(select(_marks.c.version_num)) if _marks.name in there else None
    if marked == HEAD:
        return
    if marked is None:
        _mark(connection, FIRST)  # made before there were marks
    elif marked > HEAD:
        raise Unfit("a newer program made this state")
    # Alembic takes a fifth of a second to import, and is needed once in a program's life.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)
    log.migrated(marked or FIRST, HEAD)


def _mark(connection: Connection, revision: str) -> None:
    _marks.metadata.create_all(connection)
    connection.execute(delete(_marks))
    connection.execute(insert(_marks).values(version_num=revision))


def _ledger_fits(connection: Connection, ledger: Sequence[MetaData], fold: int) -> bool:
    """Whether the ledger is this program's; a state without facts has none yet, and is marked as such."""
    wanted = ledger_version(connection.dialect, ledger, fold)
    if connection.scalar(select(_ledger_version.c.version)) == wanted:
        return True
    connection.execute(delete(_ledger_version))
    connection.execute(insert(_ledger_version).values(version=wanted))
    return connection.scalar(select(tables.journal.c.position).limit(1)) is None


def _rebuild(connection: Connection) -> None:
    from gateway.ledger.rebuild import rebuild

    log.ledger_rebuilt(rebuild(connection, entries(connection)))
