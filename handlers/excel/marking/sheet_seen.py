"""Where the rows and cells of a sheet stand in its bytes.

A sheet may hold millions of cells of which some hundred are marked, so only rows that are asked for are parsed; the
others are passed over by their tags. The sheet was read as a table before, by rules that are stricter.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Final

from gateway.handler import Trouble, Unreadable
from handlers.excel.marking.xml_patch import Patch, find
from handlers.forms.grid import column_number

BEHIND: Final = (
    "legacyDrawing", "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems",
    "tableParts", "extLst",
)  # fmt: skip
# None of these looks beyond the next `<`: what is no XML would be gone through from each of its beginnings otherwise.
_ROW: Final = re.compile(rb"<(?:[A-Za-z0-9_]+:)?row(?=[\s/>])(?:[^<>\"']|\"[^<\"]*\"|'[^<']*')*>")
_NUMBER: Final = re.compile(rb"\sr\s*=\s*[\"']([0-9]{1,7})[\"']")
_DATA: Final = re.compile(rb"<((?:[A-Za-z0-9_]+:)?sheetData)(?=[\s/>])[^<>]*>")
_COLUMNS: Final = 16_384  # that a sheet can have, and so the most that can each be told apart
_REFERENCE: Final = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Cell:
    """`start` to `inner` is the start tag, `end` where the cell ends."""

    column: int
    start: int
    inner: int
    end: int
    style: int


@dataclass(frozen=True, slots=True)
class Row:
    """`start` to `inner` is the start tag, `close` where its cells end; `style` is for cells that are not there."""

    number: int
    start: int
    inner: int
    close: int
    style: int | None
    cells: list[Cell] = field(default_factory=list)


class Seen:
    """A sheet: its rows by number. Raises `Unreadable`; UNSUPPORTED for rows out of order, and for comments in XML."""

    def __init__(self, xml: bytes) -> None:
        data = _DATA.search(xml)
        if data is None or b"<!" in xml:
            raise Unreadable(Trouble.UNSUPPORTED, "sheet data")
        self._xml, self._name = xml, data[1].decode()
        self.prefix = self._name.rpartition("sheetData")[0]
        self._empty = data[0].endswith(b"/>")
        self._inner = data.end()
        self.close = self._inner if self._empty else xml.rfind(b"</" + data[1])
        if self.close < self._inner:
            raise Unreadable(Trouble.DAMAGED, "sheet data")
        self._look_around()
        self._numbers: list[int] = []
        self._tags: list[tuple[int, int]] = []
        self._pass_over()
        self._new: dict[int, list[str]] = {}

    def row(self, number: int) -> Row | None:
        at = bisect_left(self._numbers, number)
        if at == len(self._numbers) or self._numbers[at] != number:
            return None
        start, inner = self._tags[at]
        end = self._tags[at + 1][0] if at + 1 < len(self._tags) else self.close
        return self._parsed(number, start, inner, self._xml[start:end].rstrip())

    def base(self, row: Row | None, column: int) -> int:
        """The style of a cell that is not there: its row's, else its column's."""
        if row and row.style is not None:
            return row.style
        return next((style for first, last, style in self._columns if first <= column <= last), 0)

    def put_row(self, number: int, written: str) -> None:
        at = bisect_left(self._numbers, number)
        place = self._tags[at][0] if at < len(self._tags) else self.close
        self._new.setdefault(place, []).append(written)

    def add_rows(self, patch: Patch) -> None:
        """New rows, those for one place together; an empty sheet is opened for them."""
        for place, rows in self._new.items():
            if self._empty:
                start = self._xml.rfind(b"<", 0, self._inner)
                patch.replace(start, self._inner, f"<{self._name}>{''.join(rows)}</{self._name}>".encode())
            else:
                patch.insert(place, "".join(rows))

    def _look_around(self) -> None:
        """What stands before and behind the rows, found in the sheet without them."""
        gone = self.close - self._inner
        root, *found = find(self._xml[: self._inner] + self._xml[self.close :], (*BEHIND, "col"))
        for one in (root, *found):
            if one.end > self._inner:
                one.close, one.end = one.close + gone, one.end + gone
                if one is not root:
                    one.start, one.inner = one.start + gone, one.inner + gone
        self.root = root
        self.behind = [one for one in found if one.local in BEHIND and len(one.path) == 1]
        self._columns = [
            (number(one.given.get("min")), number(one.given.get("max")), number(one.given["style"]))
            for one in found
            if one.local == "col" and "style" in one.given
        ]
        if len(self._columns) > _COLUMNS:
            raise Unreadable(Trouble.UNSUPPORTED, "columns")

    def _pass_over(self) -> None:
        last = 0
        for tag in _ROW.finditer(self._xml, self._inner, self.close):
            told = _NUMBER.search(tag[0])
            at = int(told[1]) if told else last + 1
            if at <= last:
                raise Unreadable(Trouble.UNSUPPORTED, "order")
            self._numbers.append(at)
            self._tags.append(tag.span())
            last = at

    def _parsed(self, at: int, start: int, inner: int, xml: bytes) -> Row:
        whole, *cells = find(xml, ("c",))
        styled = whole.given.get("customFormat") in ("1", "true") and "s" in whole.given
        found: list[Cell] = []
        column = 0
        for one in cells:
            place = _REFERENCE.fullmatch(one.given.get("r", ""))
            column = column_number(place[1].upper()) if place else column + 1
            style = number(one.given.get("s", "0"))
            found.append(Cell(column, start + one.start, start + one.inner, start + one.end, style))
        return Row(at, start, inner, start + whole.close, number(whole.given["s"]) if styled else None, found)


def number(digits: str | None) -> int:
    """A small count, as attributes write it. Raises `Unreadable`."""
    if not digits or not digits.isascii() or not digits.isdecimal() or len(digits) > 9:
        raise Unreadable(Trouble.DAMAGED, "number")
    return int(digits)
