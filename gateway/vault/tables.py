"""The vault's tables: segment keys, a header for each blob, and its chunks; and how rows of them go away for good."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import BigInteger, Column, Connection, Integer, LargeBinary, MetaData, Table, Text, delete, select

from gateway.vault.ids import blob_id

metadata = MetaData()

segments = Table(
    "vault_segments",
    metadata,
    Column("segment", Text, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),  # the segment key for the vault's private key
    Column("recovery", LargeBinary, nullable=False),  # and for the offline one
)
blobs = Table(
    "vault_blobs",
    metadata,
    Column("blob", Text, primary_key=True),
    Column("segment", Text, nullable=False),
    Column("seed", LargeBinary, nullable=False),
    Column("meta", LargeBinary, nullable=False),
    Column("chunks", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
)
chunks = Table(
    "vault_chunks",
    metadata,
    Column("blob", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)


def erase(connection: Connection, doomed: Iterable[str]) -> None:
    """Delete blobs for good: the seed in the header row goes with them. The caller records `Erased`."""
    for blob in doomed:
        connection.execute(delete(chunks).where(chunks.c.blob == blob))
        connection.execute(delete(blobs).where(blobs.c.blob == blob))


def sweep(connection: Connection, before: datetime) -> int:
    """Delete the chunks of blobs begun before that instant and never finished. Gives how many."""
    limit = blob_id(before, bytes(10))
    orphan = (chunks.c.blob < limit) & ~select(blobs.c.blob).where(blobs.c.blob == chunks.c.blob).exists()
    return connection.execute(delete(chunks).where(orphan)).rowcount
