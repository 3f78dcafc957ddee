"""Rows of text as they grow, whatever reads the cells: what a cell shows, where it goes, and when it is too much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gateway.handler import CellNote, Limits, Trouble, Unreadable
from handlers.forms.values import LONGEST_NUMBER, count_of, date_text, iso_text, number_text, text_of

Row = Sequence[str]


@dataclass(frozen=True, slots=True)
class Book:
    """What cells refer to: shared texts, the styles that show dates, and where days are counted from."""

    strings: Sequence[str]
    dates: frozenset[int]
    from_1904: bool


class Cell(NamedTuple):  # there are many: a tuple is made three times as fast as a frozen dataclass
    """One cell as the XML has it: its type, style and formula, its value, and a text of its own."""

    kind: str
    style: str
    formula: bool
    value: str
    inline: str


class Unusual(Exception):
    """Not in the form that the pattern knows."""


class Grid:
    """Rows as they grow, in order; empty cells only where others follow them."""

    def __init__(self, book: Book, limits: Limits, *, entities: bool) -> None:
        self.book, self._limits, self._entities = book, limits, entities
        self._dates = {str(style) for style in book.dates}
        self._rows: list[Row] = []
        self._notes: list[CellNote] = []
        self._width, self._characters = 0, 0

    def place(self, number: int, row: list[str]) -> None:
        """Add a row under its number, with empty ones before it. Raises `Unusual` if its place is gone already."""
        # Empty cells count as well: whoever makes a table of these rows fills them up to the same length.
        while row and not row[-1]:
            row.pop()
        if not row:
            return
        self._width = max(self._width, len(row))
        self._characters += sum(map(len, row))
        if len(row) > self._limits.columns:
            raise Unreadable(Trouble.TOO_LARGE, "columns")
        if number > self._limits.rows:
            raise Unreadable(Trouble.TOO_LARGE, "rows")
        if number * self._width > self._limits.cells or self._characters > self._limits.bytes:
            raise Unreadable(Trouble.TOO_LARGE, "cells")
        skipped = number - len(self._rows) - 1
        if skipped < 0:
            raise Unusual
        self._rows.extend([()] * skipped)
        self._rows.append(row)

    def finished(self, hidden: set[int]) -> tuple[list[Row], list[CellNote]]:
        told = [row for row in sorted(hidden) if row <= len(self._rows) and self._rows[row - 1]]
        return self._rows, self._notes + [CellNote(row, 0, "hidden_row") for row in told]

    @property
    def columns(self) -> int:
        return self._limits.columns

    def text(self, row: int, column: int, cell: Cell) -> str:
        """What a cell of any kind shows; what is odd about it is noted."""
        text, note = self._shown(cell)
        if text and column > self._limits.columns:
            raise Unreadable(Trouble.TOO_LARGE, "columns")
        if note:
            self._notes.append(CellNote(row, column, note))
        return text

    def _shown(self, cell: Cell) -> tuple[str, str]:
        kind, value = cell.kind, cell.value
        if kind in ("", "n"):
            return self._number(cell) if value else ("", "no_value" if cell.formula else "")
        if kind == "inlineStr":
            return self._own(cell.inline), ""
        if not value:
            return "", "no_value" if cell.formula else ""
        if kind == "s":
            number = count_of(value.strip())
            if number is None or number >= len(self.book.strings):
                raise Unreadable(Trouble.DAMAGED, "shared text")
            return self.book.strings[number], ""
        if kind == "b":
            return "FALSE" if value.strip() == "0" else "TRUE", ""
        if kind == "d":
            return iso_text(self._own(value)), ""
        return self._own(value), "error_cell" if kind == "e" else ""

    def _number(self, cell: Cell) -> tuple[str, str]:
        value = cell.value
        try:
            if cell.style in self._dates and len(value) < LONGEST_NUMBER:
                return date_text(value, self.book.from_1904), ""
            text, lost = number_text(value)
        except (ValueError, OverflowError):  # says it is a number: let the checks tell what they make of it
            return self._own(value), ""
        return text, "lost_digits" if lost else ""

    def _own(self, raw: str) -> str:
        text = text_of(raw, self._entities)
        if len(text) > self._limits.text:
            raise Unreadable(Trouble.TOO_LARGE, "text")
        return text


def column_number(letters: str) -> int:
    """A is 1, Z is 26, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
