"""The Merkle tree as rows: any node of the tree from a few short range reads.

A tile is up to 256 neighbouring hashes of one level: leaf hashes for level 0, roots of `256**level` entries above.
A complete tile never changes, so it is kept with everything computed from it; the last tile of a level only grows.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from sqlalchemy import Connection, bindparam, select

from gateway.journal import merkle
from gateway.journal.tables import journal, nodes
from gateway.rows import Prepared

WIDTH_BITS = 8
WIDTH = 1 << WIDTH_BITS


class Tile:
    """Neighbouring hashes and all complete nodes over them, by height within the tile."""

    def __init__(self) -> None:
        self._rows: list[list[bytes]] = [[] for _ in range(WIDTH_BITS + 1)]

    def __len__(self) -> int:
        return len(self._rows[0])

    def extend(self, hashes: list[bytes]) -> None:
        self._rows[0].extend(hashes)
        for below, row in zip(self._rows, self._rows[1:], strict=False):
            for position in range(len(row), len(below) // 2):
                row.append(merkle.node_hash(below[2 * position], below[2 * position + 1]))

    def node(self, height: int, position: int) -> bytes:
        return self._rows[height][position]


class Tiles:
    """Tiles already read. Any thread may use it; a tile is never dropped while its rows could differ."""

    def __init__(self, keep: int = 256) -> None:
        self._tiles: OrderedDict[tuple[int, int], Tile] = OrderedDict()
        self._keep = keep
        self._lock = Lock()

    def reader(self, connection: Connection) -> merkle.Nodes:
        """A function from height and position to the hash of a complete subtree, as this connection sees them."""

        def node(height: int, position: int) -> bytes:
            level, inner = divmod(height, WIDTH_BITS)
            first = position << inner
            number, offset = divmod(first, WIDTH)
            with self._lock:
                tile = self._tile(connection, level, number, offset + (1 << inner))
                return tile.node(inner, offset >> inner)

        return node

    def forget(self) -> None:
        """Drop everything: the journal below was replaced, or rolled back."""
        with self._lock:
            self._tiles.clear()

    def _tile(self, connection: Connection, level: int, number: int, needed: int) -> Tile:
        key = (level, number)
        tile = self._tiles.get(key)
        if tile is None:
            tile = self._tiles[key] = Tile()
        if len(tile) < needed:
            tile.extend(_read(connection, level, number * WIDTH + len(tile), (number + 1) * WIDTH))
            if len(tile) < needed:
                raise LookupError("the journal's tree has a gap")
        self._tiles.move_to_end(key)
        while len(self._tiles) > self._keep:
            self._tiles.popitem(last=False)
        return tile


_LEAVES = Prepared(
    select(journal.c.leaf)
    .where(journal.c.position >= bindparam("start"), journal.c.position < bindparam("end"))
    .order_by(journal.c.position)
)
_NODES = Prepared(
    select(nodes.c.hash)
    .where(nodes.c.level == bindparam("level"))
    .where(nodes.c.position >= bindparam("start"), nodes.c.position < bindparam("end"))
    .order_by(nodes.c.position)
)


def _read(connection: Connection, level: int, start: int, end: int) -> list[bytes]:
    if level == 0:
        found = _LEAVES.rows(connection, start=start, end=end)
    else:
        found = _NODES.rows(connection, level=level, start=start, end=end)
    return [row[0] for row in found]
