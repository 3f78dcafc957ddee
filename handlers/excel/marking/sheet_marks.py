"""The cells of one sheet marked: their style, cells and rows that are not there yet, and what is to be said of each."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.handler import Mark
from handlers.excel.marking.notes import reference
from handlers.excel.marking.sheet_seen import Row, Seen
from handlers.excel.marking.styles import Styles
from handlers.excel.marking.xml_patch import Element, Patch, with_attributes, without_attribute
from handlers.forms.grid import column_number

Place = tuple[int, int]
_MERGED: Final = re.compile(
    rb"<(?:[A-Za-z0-9]+:)?mergeCell\s[^<>]*?ref=[\"']([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})[\"']"
)
_LONGEST: Final = 1_500  # characters of one comment


@dataclass(frozen=True, slots=True)
class MarkedSheet:
    """A sheet on its way: the comment of each place, the elements of `BEHIND`, the sheet as an element."""

    patch: Patch
    notes: dict[Place, str]
    behind: list[Element]
    root: Element


def mark_sheet(xml: bytes, marks: Sequence[Mark], styles: Styles) -> MarkedSheet:
    """The marked cells in their colours; what is to be said of them is not in it yet."""
    seen = Seen(xml)
    wanted = _gathered(xml[seen.close :], marks)
    patch = Patch(xml)
    by_row: dict[int, dict[int, str]] = {}
    for (at, column), (kind, _) in wanted.items():
        by_row.setdefault(at, {})[column] = kind
    for number in sorted(by_row):
        kinds = by_row[number]
        row = seen.row(number)
        if row is None:
            _new_row(patch, seen, number, kinds, styles)
        else:
            _mark_row(patch, seen, row, kinds, styles)
    seen.add_rows(patch)
    return MarkedSheet(patch, {place: note for place, (_, note) in wanted.items()}, seen.behind, seen.root)


def _gathered(tail: bytes, marks: Sequence[Mark]) -> dict[Place, tuple[str, str]]:
    """For each place its kind, an error before a query, and its comment; merged cells are one, at their upper left."""
    places = {(mark.row, mark.column or 1) for mark in marks}
    home = _homes(tail, places)
    found: dict[Place, tuple[str, list[str]]] = {}
    for mark in marks:
        place = (mark.row, mark.column or 1)
        kind, notes = found.get(home.get(place, place), (mark.kind, []))
        notes.append(mark.note)
        found[home.get(place, place)] = ("error" if "error" in (kind, mark.kind) else kind, notes)
    return {place: (kind, _joined(notes)) for place, (kind, notes) in found.items()}


def _joined(notes: list[str]) -> str:
    whole = "\n\n".join(dict.fromkeys(notes))
    return whole if len(whole) <= _LONGEST else whole[: _LONGEST - 1] + "…"


def _homes(tail: bytes, places: set[Place]) -> dict[Place, Place]:
    """Where the upper left cell is, for each place that lies elsewhere in merged cells."""
    waiting = sorted(places)
    found: dict[Place, Place] = {}
    for match in _MERGED.finditer(tail):
        if not waiting:
            break
        left, top = column_number(match[1].decode()), int(match[2])
        right, bottom = column_number(match[3].decode()), int(match[4])
        at = bisect_left(waiting, (top, 0))
        hits = [p for p in waiting[at : bisect_left(waiting, (bottom + 1, 0))] if left <= p[1] <= right]
        for place in hits:
            found[place] = (top, left)
            waiting.remove(place)
    return found


def _mark_row(patch: Patch, seen: Seen, row: Row, kinds: dict[int, str], styles: Styles) -> None:
    there = {cell.column: cell for cell in row.cells}
    missing = sorted(kinds.keys() - there.keys())
    for column in kinds.keys() & there.keys():
        cell = there[column]
        tag = patch.xml[cell.start : cell.inner]
        style = styles.marked(cell.style, kinds[column])
        patch.replace(cell.start, cell.inner, with_attributes(tag, {"s": str(style)}))
    if not missing:
        return
    tag = patch.xml[row.start : row.inner]
    if tag.endswith(b"/>"):
        cells = "".join(_new_cells(seen, row, row.number, missing, kinds, styles))
        opened = without_attribute(tag, "spans")[:-2].rstrip() + b">"
        patch.replace(row.start, row.inner, opened + cells.encode() + f"</{seen.prefix}row>".encode())
        return
    patch.replace(row.start, row.inner, without_attribute(tag, "spans"))
    for column in missing:
        after = next((cell for cell in row.cells if cell.column > column), None)
        (written,) = _new_cells(seen, row, row.number, [column], kinds, styles)
        patch.insert(after.start if after else row.close, written)


def _new_row(patch: Patch, seen: Seen, number: int, kinds: dict[int, str], styles: Styles) -> None:
    cells = "".join(_new_cells(seen, None, number, sorted(kinds), kinds, styles))
    seen.put_row(number, f'<{seen.prefix}row r="{number}">{cells}</{seen.prefix}row>')


def _new_cells(
    seen: Seen, row: Row | None, number: int, columns: Sequence[int], kinds: dict[int, str], styles: Styles
) -> Iterator[str]:
    for column in columns:
        style = styles.marked(seen.base(row, column), kinds[column])
        yield f'<{seen.prefix}c r="{reference(number, column)}" s="{style}"/>'
