"""One sheet as it grows, cell by cell, for formats that keep numbers as numbers: .xls, .xlsb."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from typing import Final

from gateway.handler import CellNote, Limits, Trouble, Unreadable
from handlers.forms.grid import Book, Grid, Row
from handlers.forms.values import date_text, number_text

ERRORS: Final = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}  # fmt: skip
_DOUBLE: Final = struct.Struct("<d")


@dataclass(frozen=True, slots=True)
class Styles:
    """Which cell styles show a number as a date, and where days are counted from."""

    dates: frozenset[int] = frozenset()
    from_1904: bool = False


class Page:
    """Cells in any order; the last of two in one place counts. Rows and columns count from 1. Raises `Unreadable`."""

    def __init__(self, styles: Styles, limits: Limits) -> None:
        self._styles, self._limits = styles, limits
        self._rows: dict[int, list[str]] = {}
        self._notes: dict[tuple[int, int], CellNote] = {}
        self._cells = 0
        self.hidden: set[int] = set()

    def text(self, row: int, column: int, text: str, note: str = "") -> None:
        """A cell that shows this text."""
        if note:
            self._notes[row, column] = CellNote(row, column, note)
        if not text:
            return
        if column > self._limits.columns or row > self._limits.rows:
            raise Unreadable(Trouble.TOO_LARGE, "columns" if column > self._limits.columns else "rows")
        if len(text) > self._limits.text:
            raise Unreadable(Trouble.TOO_LARGE, "text")
        cells = self._rows.setdefault(row, [])
        before = len(cells)
        if column > before:
            cells.extend([""] * (column - before - 1))
            cells.append(text)
            self._cells += column - before
            if self._cells > self._limits.cells:
                raise Unreadable(Trouble.TOO_LARGE, "cells")
        else:
            cells[column - 1] = text

    def number(self, row: int, column: int, value: float, style: int) -> None:
        """A cell that holds a number, and shows it as its style says."""
        if value.is_integer() and abs(value) < 1e15 and style not in self._styles.dates:
            self.text(row, column, str(int(value)))
            return
        try:
            if style in self._styles.dates:
                self.text(row, column, date_text(repr(value), self._styles.from_1904))
                return
            text, lost = number_text(repr(value))
        except (ValueError, OverflowError):  # no number at all: an error that no program would write
            text, lost = "#NUM!", False
            self.text(row, column, text, "error_cell")
            return
        self.text(row, column, text, "lost_digits" if lost else "")

    def truth(self, row: int, column: int, value: int) -> None:
        self.text(row, column, "TRUE" if value else "FALSE")

    def error(self, row: int, column: int, code: int) -> None:
        """A cell whose formula failed."""
        self.text(row, column, ERRORS.get(code, "#N/A"), "error_cell")

    def finished(self) -> tuple[list[Row], list[CellNote]]:
        """The rows from the first on, and what was noted, in the order of the sheet."""
        grid = Grid(Book((), frozenset(), False), self._limits, entities=False)
        for number in sorted(self._rows):
            grid.place(number, self._rows[number])
        rows, hidden = grid.finished(self.hidden)
        return rows, [self._notes[place] for place in sorted(self._notes)] + hidden


def less(limits: Limits, rows: list[Row]) -> Limits:
    """What is left for the other sheets of a file."""
    taken = len(rows) * max(map(len, rows), default=0)
    return replace(limits, rows=limits.rows - len(rows), cells=limits.cells - taken)


def rk_number(raw: int) -> float:
    """The number that is packed into four bytes: a whole one or the upper half of a double, perhaps a hundredfold."""
    if raw & 2:
        value = float((raw >> 2) - (1 << 30 if raw & 0x80000000 else 0))
    else:
        value = float(_DOUBLE.unpack((raw & 0xFFFFFFFC).to_bytes(4, "little").rjust(8, b"\0"))[0])
    return value / 100 if raw & 1 else value
