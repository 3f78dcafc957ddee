"""The cells of one worksheet as rows of text, and what is odd about single cells.

The plain form that all common programs write is read with one pattern, fast (`_fast`); anything else with a parser,
slowly (`_Slow`). Both give the same: the pattern is believed only where it has taken every single cell of the sheet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from gateway.handler import CellNote, Limits, Trouble, Unreadable
from handlers.forms.grid import Book, Cell, Grid, Row, Unusual, column_number
from handlers.forms.values import count_of
from handlers.forms.xml import parse

_CELL: Final = re.compile(
    r'<c r="([A-Z]{1,3})([0-9]{1,7})"([^<>]*)(?:/>|>(?:<v>([^<]*)</v>|((?:<(?!/?c[ >/])[^<]+)+))?</c>)'
)
_REST: Final = re.compile(r"(<f[^<>]*/>|<f[^<>]*>[^<]*</f>)?(?:<v>([^<]*)</v>|<v/>|<is><t>([^<]*)</t></is>|<is/>)?")
_ATTRIBUTE: Final = re.compile(r' ([A-Za-z:]+)="([^"]*)"')
_ROW: Final = re.compile(r"<row [^<>]*>")
_HIDDEN: Final = re.compile(r' hidden="(?:1|true)"')
_NUMBER: Final = re.compile(r' r="([0-9]{1,7})"')
_REFERENCE: Final = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})", re.ASCII)
_PIECE: Final = 1 << 16  # fits the processor's cache


def read_cells(xml: bytes, text: str | None, book: Book, limits: Limits) -> tuple[list[Row], list[CellNote]]:
    """Rows and notes. `text` is the same document if a pattern may look at it. Raises `Unreadable`."""
    if text is not None:
        text = text.replace("<x:", "<").replace("</x:", "</") if "<x:sheetData" in text else text
        whole = "</sheetData>" in text and text.rstrip().endswith("</worksheet>")
        if whole and "<c\n" not in text and "<c\t" not in text:
            try:
                return _fast(text, Grid(book, limits, entities=True))
            except Unusual:
                pass
    slow = _Slow(Grid(book, limits, entities=False))
    parse(xml, slow.start, slow.end, slow.text)
    return slow.grid.finished(slow.hidden)


# --- fast: the plain form, a piece at a time ---


def _fast(text: str, grid: Grid) -> tuple[list[Row], list[CellNote]]:
    kinds: dict[str, tuple[str, str]] = {}
    widths = _Widths(grid)
    for piece in _pieces(text):
        found = _CELL.findall(piece)
        if len(found) != piece.count("<c ") + piece.count("<c>"):
            raise Unusual
        if found:
            _take_piece(found, grid, kinds, widths)
    return grid.finished(_hidden_rows(text))


def _pieces(text: str) -> Iterator[str]:
    """The document in pieces that end where a row ends: the list of all cells at once would be very large."""
    start = 0
    while start < len(text):
        end = text.find("</row>", start + _PIECE)
        end = len(text) if end < 0 else end + 6
        yield text[start:end]
        start = end


def _take_piece(
    found: list[tuple[str, str, str, str, str]], grid: Grid, kinds: dict[str, tuple[str, str]], widths: _Widths
) -> None:
    """All texts in one sweep, those that need thought marked None and given one by one; then cut into rows."""
    letters, numbers, attributes, values, rests = zip(*found, strict=True)
    for one in set(attributes) - kinds.keys():
        kinds[one] = _kind(one, grid.book)
    strings = grid.book.strings
    try:
        texts: list[str | None] = [
            strings[int(value)]
            if kind == "s" and value.isdecimal()
            else value
            if kind == "plain" and len(value) < 16 and value.isdecimal()
            else None
            for (kind, _), value in zip(map(kinds.__getitem__, attributes), values, strict=True)
        ]
    except (IndexError, ValueError):  # ValueError: thousands of digits
        raise Unreadable(Trouble.DAMAGED, "shared text") from None
    for at in [at for at, text in enumerate(texts) if text is None]:
        if values[at] or rests[at]:
            cell = _cell(kinds[attributes[at]], values[at], rests[at])
            texts[at] = grid.text(int(numbers[at]), column_number(letters[at]), cell)
        else:
            texts[at] = ""
    start = 0
    for number, row in groupby(numbers):
        end = start + len(tuple(row))
        grid.place(int(number), widths.spread(letters[start:end], texts[start:end]))  # type: ignore[arg-type]
        start = end


def _kind(attributes: str, book: Book) -> tuple[str, str]:
    """Type and style of a cell from its attributes; "plain" is a number that is no date."""
    if _ATTRIBUTE.sub("", attributes):
        raise Unusual
    given = dict(_ATTRIBUTE.findall(attributes))
    kind, style = given.get("t", ""), given.get("s", "")
    number = kind in ("", "n") and count_of(style) not in book.dates
    return "plain" if number else kind, style


def _cell(kind: tuple[str, str], value: str, rest: str) -> Cell:
    if not rest:
        return Cell(kind[0] if kind[0] != "plain" else "", kind[1], False, value, "")
    found = _REST.fullmatch(rest)
    if not found:
        raise Unusual
    formula, second, inline = found.groups("")
    return Cell(kind[0] if kind[0] != "plain" else "", kind[1], bool(formula), value or second, inline)


class _Widths:
    """Spreads the cells of a row over its columns; rows that begin at A without a gap need no look at each cell."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._dense: set[tuple[str, ...]] = set()

    def spread(self, letters: tuple[str, ...], texts: list[str]) -> list[str]:
        if letters in self._dense:
            return texts
        columns = [column_number(one) for one in letters]
        if len(columns) <= self._grid.columns and columns == list(range(1, len(columns) + 1)):
            self._dense.add(letters)
            return texts
        row: list[str] = []
        for column, text in zip(columns, texts, strict=True):
            if text:
                if column <= len(row):
                    raise Unusual  # out of order, or twice
                row.extend([""] * (column - len(row) - 1))
                row.append(text)
        return row


def _hidden_rows(text: str) -> set[int]:
    if ' hidden="' not in text:
        return set()
    numbers = (_NUMBER.search(row) for row in _ROW.findall(text) if _HIDDEN.search(row))
    return {int(number[1]) for number in numbers if number}


# --- slow: any form, element by element ---


class _Slow:
    """Takes a sheet apart one row at a time."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.hidden: set[int] = set()
        self._row, self._column = 0, 0
        self._found: dict[tuple[int, int], Cell] = {}
        self._kind, self._style, self._formula = "", "", False
        self._value: list[str] = []
        self._inline: list[str] = []
        self._into: list[str] | None = None
        self._aside = 0  # within a reading aid

    def start(self, name: str, given: dict[str, str]) -> None:
        if name == "row":
            self._row = _count(given["r"]) if "r" in given else self._row + 1
            self._column = 0
            if given.get("hidden") in ("1", "true"):
                self.hidden.add(self._row)
        elif name == "c":
            self._begin(given)
        elif name == "v":
            self._into = self._value
        elif name == "t":
            self._into = None if self._aside else self._inline
        elif name == "f":
            self._formula = True
        elif name == "rPh":
            self._aside += 1

    def end(self, name: str) -> None:
        if name in ("v", "t"):
            self._into = None
        elif name == "rPh":
            self._aside -= 1
        elif name == "c":
            value, inline = "".join(self._value), "".join(self._inline)
            if value or inline or self._formula:
                self._found[self._row, self._column] = Cell(self._kind, self._style, self._formula, value, inline)
        elif name == "row":
            self._place()

    def text(self, data: str) -> None:
        if self._into is not None:
            self._into.append(data)

    def _begin(self, given: dict[str, str]) -> None:
        place = _REFERENCE.fullmatch(given["r"]) if "r" in given else None
        if "r" in given and not place:
            raise Unreadable(Trouble.DAMAGED, "reference")
        if place:
            self._column, self._row = column_number(place[1].upper()), _count(place[2])
        else:
            self._column, self._row = self._column + 1, max(self._row, 1)
        self._kind, self._style, self._formula = given.get("t", ""), given.get("s", ""), False
        self._value, self._inline = [], []

    def _place(self) -> None:
        for number, positions in groupby(sorted(self._found), lambda position: position[0]):
            row: list[str] = []
            for _, column in positions:
                text = self.grid.text(number, column, self._found[number, column])
                row.extend([""] * (column - len(row) - 1) if text else ())
                row.extend([text] if text else ())
            try:
                self.grid.place(number, row)
            except Unusual:
                raise Unreadable(Trouble.DAMAGED, "order") from None
        self._found.clear()


def _count(digits: str) -> int:
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 7 and int(digits)):
        raise Unreadable(Trouble.DAMAGED, "reference")
    return int(digits)
