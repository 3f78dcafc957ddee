"""The journal as one file: every fact's line, and each checkpoint right after the entries that it covers.

    {"journal":2,"keys":["gateway.example/county+1f2e3d4c+AQ…"],"notes":57,"size":1024}
    {"fact":{…},"kind":"began","version":1}
    {"checkpoint":"gateway.example/county\\n1\\n…"}
    …

The first line holds the verifier keys (for convenience: an auditor compares them with those held already) and the
numbers of entries and of checkpoints: so a line of either kind that got lost is missed. Exports of the older form 1
do not count their checkpoints. The last line is the checkpoint over all entries. Every line ends with a newline.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import orjson
from sqlalchemy import Connection, select

from gateway.core.facts import Fact, Received
from gateway.journal import codec, merkle
from gateway.journal.checkpoint import Checkpoint, Untrue, Verifier
from gateway.journal.tables import arrivals, checkpoints, journal, nodes

_SORTED = orjson.OPT_SORT_KEYS
_CHECKPOINT = b'{"checkpoint":'
_FORMS: list[tuple[object, set[str]]] = [(1, {"journal", "keys", "size"}), (2, {"journal", "keys", "notes", "size"})]
_GROUP = 1_000

Fold = Callable[[Connection, Sequence[tuple[int, Fact]]], None]


def write(connection: Connection, keys: Iterable[Verifier]) -> Iterator[bytes]:
    """The export, line by line, as one snapshot of the journal has it."""
    size = connection.scalar(select(checkpoints.c.size).order_by(checkpoints.c.size.desc()).limit(1)) or 0
    notes = connection.execute(select(checkpoints.c.size, checkpoints.c.note).order_by(checkpoints.c.size)).all()
    head = {"journal": 2, "keys": [str(key) for key in keys], "notes": len(notes), "size": size}
    yield orjson.dumps(head, option=_SORTED) + b"\n"
    start = 0
    for end, note in notes:
        for line in _lines(connection, start, end):
            yield line + b"\n"
        yield orjson.dumps({"checkpoint": note}) + b"\n"
        start = end


def read(lines: Iterable[bytes]) -> Iterator[tuple[bytes, Fact] | Checkpoint]:
    """The facts and checkpoints of an export, each line checked to be canonical, but no signature and no tree.

    Raises `Untrue` or `Malformed`.
    """
    source = iter(lines)
    size, covering = _header(next(source, b""))
    count = covers = 0
    last: Checkpoint | None = None
    for line in source:
        if line[-1:] != b"\n":
            raise Untrue("the export ends within a line")
        if line.startswith(_CHECKPOINT):
            last = _checkpoint(line[:-1])
            covers += 1
            yield last
        else:
            count += 1
            yield line[:-1], codec.decode(line[:-1])
    if count != size or (last.size if last else 0) != size or covering not in (None, covers):
        raise Untrue("the export is not as long as its first line says")


def load(connection: Connection, lines: Iterable[bytes], fold: Fold) -> Checkpoint:
    """Put an export into an empty journal and fold it. Gives its last checkpoint.

    The tree is built anew and must lead to every checkpoint; signatures are for verification. Raises `Untrue`.
    """
    frontier, last = merkle.Frontier(), None
    group: list[tuple[bytes, Fact]] = []
    for item in read(lines):
        if isinstance(item, Checkpoint):
            frontier = _append(connection, frontier, group, fold)
            group = []
            if (frontier.size, frontier.root()) != (item.size, item.root):
                raise Untrue("the entries do not lead to the checkpoint over them")
            connection.execute(checkpoints.insert(), {"size": item.size, "note": item.note})
            last = item
        else:
            group.append(item)
    if last is None:
        raise Untrue("the export holds nothing")
    return last


def _append(
    connection: Connection, frontier: merkle.Frontier, group: list[tuple[bytes, Fact]], fold: Fold
) -> merkle.Frontier:
    leaves = [merkle.leaf_hash(line) for line, _ in group]
    entries = list(enumerate(group, frontier.size))
    rows = [
        {"position": position, "line": line.decode(), "leaf": leaf}
        for (position, (line, _)), leaf in zip(entries, leaves, strict=True)
    ]
    came = [
        {"arrival": fact.arrival, "account": fact.account, "source": fact.source}
        for _, fact in group
        if isinstance(fact, Received)
    ]
    grown = frontier.grow(leaves)
    whole = [{"level": height >> 3, "position": at, "hash": digest} for height, at, digest in grown.completed]
    for table, values in ((journal, rows), (arrivals, came), (nodes, whole)):
        if values:
            connection.execute(table.insert(), values)
    fold(connection, [(position, fact) for position, (_, fact) in entries])
    return grown.frontier


def _lines(connection: Connection, start: int, end: int) -> Iterator[bytes]:
    for first in range(start, end, _GROUP):
        within = (journal.c.position >= first) & (journal.c.position < min(end, first + _GROUP))
        for line in connection.scalars(select(journal.c.line).where(within).order_by(journal.c.position)):
            yield line.encode()


def _header(line: bytes) -> tuple[int, int | None]:
    """How many entries there are, and how many checkpoints if it says so."""
    try:
        head = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise Untrue("not an export of a journal") from None
    if type(head) is not dict or (head.get("journal"), set(head)) not in _FORMS:
        raise Untrue("not an export of a journal")
    counts = (head["size"], head.get("notes", 0))
    if any(type(count) is not int for count in counts) or orjson.dumps(head, option=_SORTED) + b"\n" != line:
        raise Untrue("the export's first line is not canonical")
    return int(head["size"]), head.get("notes")


def _checkpoint(line: bytes) -> Checkpoint:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise Untrue("a checkpoint's line is not JSON") from None
    if found.keys() != {"checkpoint"} or type(found["checkpoint"]) is not str or orjson.dumps(found) != line:
        raise Untrue("a checkpoint's line is not canonical")
    return Checkpoint.parse(found["checkpoint"])
