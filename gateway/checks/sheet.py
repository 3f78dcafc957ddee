"""Where the columns of a dataflow stand in a sheet: the header row is looked for below titles."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from gateway.checks.normal import header_keys, key
from gateway.checks.two_rows import joined
from gateway.core.dataflow import Dataflow

SEEN_ROWS = 30
"""How far down a header is looked for."""

_LONGEST = 60  # characters of a header
_FIGURES = re.compile(r"[\d\s./:T+-]+$", re.ASCII)

ORDINARY = frozenset(("序号", "编号", "行号", "备注", "no", "nr", "number", "remarks", "remark", "note", "notes"))
"""Columns that everybody adds and nobody asks for; they are left out in silence."""

EXPLAINING = frozenset(("说明", "情况说明", "疑问说明", "核实说明", "explanation", "explanations"))
"""What a column is called in which queries about its row are explained, in any report that has no such column."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A header that was found. `header_row`, the last of its `header_rows`, counts from 1, columns from 0.

    `columns` maps field names to columns, in the order of the dataflow. `unknown` are other headers, `doubled` second
    columns of a field, `headless` columns without any header; `missing` are required fields without a column.
    `explanation` is the column that explains queries.
    """

    header_row: int
    columns: Mapping[str, int]
    unknown: Mapping[int, str]
    doubled: Mapping[int, str]
    headless: tuple[int, ...]
    missing: tuple[str, ...]
    header_rows: int = 1
    explanation: int | None = None

    @property
    def is_whole(self) -> bool:
        return not self.missing


class Head:
    """The first rows of a sheet, and the keys of the cells in each, worked out once and on demand."""

    def __init__(self, rows: Sequence[Sequence[str]]) -> None:
        self.rows = rows[:SEEN_ROWS]
        self._keys: dict[int, frozenset[str]] = {}

    def keys(self, index: int) -> frozenset[str]:
        found = self._keys.get(index)
        if found is None:
            cells = {cell for cell in self.rows[index] if cell and len(cell) <= _LONGEST and not _FIGURES.match(cell)}
            found = self._keys[index] = frozenset(k for cell in cells for k in header_keys(cell))
        return found


def find_header(dataflow: Dataflow, head: Head | Sequence[Sequence[str]]) -> Shape | None:
    """The row among the first ones that knows most fields of the dataflow, None if none knows enough to be a header.

    Enough is half of the required fields and at least two (one, if the dataflow has no more). Where it lacks required
    fields, the row above or below it may hold the rest.
    """
    head = head if isinstance(head, Head) else Head(head)
    names = _names(dataflow)
    best, most = 0, 0
    for index in range(len(head.rows)):
        known = {names[k] for k in head.keys(index) & names.keys()}
        if len(known) > most:
            best, most = index + 1, len(known)
            if most == len(dataflow.fields):
                break
    required = sum(field.required for field in dataflow.fields)
    enough = max(min(2, len(dataflow.fields)), (required + 1) // 2)
    shape = _shape(dataflow, head.rows[best - 1], best) if most >= enough else None
    if best and (shape is None or shape.missing):
        both = _in_two_rows(dataflow, head, best)
        if both and len(both.columns) >= enough and len(both.columns) > (len(shape.columns) if shape else 0):
            return both
    return shape


def _in_two_rows(dataflow: Dataflow, head: Head, best: int) -> Shape | None:
    """The best header that the row number `best` makes together with a neighbour; none that has a field twice."""
    names, found = _names(dataflow), []
    for first in (best - 1, best):
        if 1 <= first < len(head.rows):
            row = joined(names, head.rows[first - 1], head.rows[first])
            shape = replace(_shape(dataflow, row, first + 1), header_rows=2)
            if not shape.doubled:
                found.append(shape)
    return max(found, key=lambda shape: len(shape.columns), default=None)


def _shape(dataflow: Dataflow, row: Sequence[str], number: int) -> Shape:
    names = _names(dataflow)
    found: dict[str, int] = {}
    unknown: dict[int, str] = {}
    doubled: dict[int, str] = {}
    headless = []
    explanation = None
    for place, cell in enumerate(row):
        keys = header_keys(cell)
        field = next((names[k] for k in keys if k in names), None)
        if field is None and not keys:
            headless.append(place)
        elif field is None and explanation is None and not EXPLAINING.isdisjoint(keys):
            explanation = place
        elif field is None:
            if ORDINARY.isdisjoint(keys):
                unknown[place] = cell
        elif field in found:
            doubled[place] = field
        else:
            found[field] = place
    columns = {field.name: found[field.name] for field in dataflow.fields if field.name in found}
    missing = tuple(field.name for field in dataflow.fields if field.required and field.name not in found)
    return Shape(number, columns, unknown, doubled, tuple(headless), missing, explanation=explanation)


def _names(dataflow: Dataflow) -> Mapping[str, str]:
    """Field names by every key under which their header may be written. What two fields share names neither."""
    return _names_of(tuple((f.name, f.titles.zh_CN, f.titles.en, *f.aliases) for f in dataflow.fields))


@lru_cache(maxsize=256)
def _names_of(fields: tuple[tuple[str, ...], ...]) -> Mapping[str, str]:
    whole = _unshared([(key(text), texts[0]) for texts in fields for text in texts])
    bare = _unshared([(k, texts[0]) for texts in fields for text in texts for k in header_keys(text)])
    return {**bare, **whole}


def _unshared(pairs: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    found: dict[str, set[str]] = {}
    for k, name in pairs:
        if k:
            found.setdefault(k, set()).add(name)
    return {k: names.pop() for k, names in found.items() if len(names) == 1}
