"""The proof that an entry is in the journal: under the first signed checkpoint that covers it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from gateway.journal import merkle
from gateway.journal.checkpoint import Checkpoint
from gateway.journal.tables import checkpoints, journal
from gateway.journal.tiles import Tiles


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """An entry's line and index, the siblings from its leaf upwards, and the checkpoint they lead to."""

    index: int
    line: bytes
    path: tuple[bytes, ...]
    checkpoint: Checkpoint


def prove(connection: Connection, tiles: Tiles, index: int) -> InclusionProof:
    """Raises `LookupError` where no checkpoint covers such an entry, or the stored tree is damaged."""
    line = connection.scalar(select(journal.c.line).where(journal.c.position == index))
    note = connection.scalar(
        select(checkpoints.c.note).where(checkpoints.c.size > index).order_by(checkpoints.c.size).limit(1)
    )
    if line is None or note is None:
        raise LookupError("no checkpoint covers that entry")
    checkpoint = Checkpoint.parse(note)
    path = merkle.inclusion(index, checkpoint.size, tiles.reader(connection))
    if not merkle.verify_inclusion(index, checkpoint.size, merkle.leaf_hash(line.encode()), path, checkpoint.root):
        raise LookupError("the stored tree does not lead to its checkpoint")
    return InclusionProof(index, line.encode(), path, checkpoint)
