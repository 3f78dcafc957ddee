"""The journal's tables: entries with their leaf hashes, subtree roots in steps of 256, and signed checkpoints."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, SmallInteger, Table, Text, UniqueConstraint

metadata = MetaData()

_BIG = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER is the row's own key there

journal = Table(
    "journal",
    metadata,
    Column("position", _BIG, primary_key=True, autoincrement=False),  # the index of the entry, from 0, without gaps
    Column("line", Text, nullable=False),  # the fact's canonical line
    Column("leaf", LargeBinary(32), nullable=False),
)

nodes = Table(
    "journal_nodes",
    metadata,
    Column("level", SmallInteger, primary_key=True),  # the subtree covers 256**level entries; level 0 is in the journal
    Column("position", _BIG, primary_key=True),
    Column("hash", LargeBinary(32), nullable=False),
    sqlite_with_rowid=False,
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("size", _BIG, primary_key=True, autoincrement=False),
    Column("note", Text, nullable=False),
)

arrivals = Table(  # follows from `Received` alone; here so that intake's promises need no other part
    "journal_arrivals",
    metadata,
    Column("arrival", Text, primary_key=True),
    Column("account", Text, nullable=False),
    Column("source", Text),
    UniqueConstraint("account", "source"),
)
