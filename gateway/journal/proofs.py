"""The proof that an entry is in the journal: under the first signed checkpoint that covers it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, literal_column, select

from gateway.journal import merkle
from gateway.journal.checkpoint import Checkpoint
from gateway.journal.tables import checkpoints, journal
from gateway.journal.tiles import Tiles
from gateway.rows import Prepared

_LINE = Prepared(select(journal.c.line).where(journal.c.position == bindparam("index")))
_COVERING = Prepared(
    select(checkpoints.c.note)
    .where(checkpoints.c.size > bindparam("index"))
    .order_by(checkpoints.c.size)
    .limit(literal_column("1"))
)


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """An entry's line and index, the siblings from its leaf upwards, and the checkpoint they lead to."""

    index: int
    line: bytes
    path: tuple[bytes, ...]
    checkpoint: Checkpoint


def prove(connection: Connection, tiles: Tiles, index: int) -> InclusionProof:
    """Raises `LookupError` where no checkpoint covers such an entry, or the stored tree is damaged."""
    entry, covering = _LINE.first(connection, index=index), _COVERING.first(connection, index=index)
    if entry is None or covering is None:
        raise LookupError("no checkpoint covers that entry")
    line, note = entry[0], covering[0]
    checkpoint = Checkpoint.parse(note)
    path = merkle.inclusion(index, checkpoint.size, tiles.reader(connection))
    if not merkle.verify_inclusion(index, checkpoint.size, merkle.leaf_hash(line.encode()), path, checkpoint.root):
        raise LookupError("the stored tree does not lead to its checkpoint")
    return InclusionProof(index, line.encode(), path, checkpoint)
