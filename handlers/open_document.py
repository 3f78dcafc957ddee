"""OpenDocument spreadsheets (.ods), as LibreOffice, WPS and others save them: each sheet as text.

Trust: runs in the sandbox; whatever the file holds ends in sheets or in `Unreadable`. A cell that says it is repeated
a million times costs nothing while it is empty, and counts against the limits as soon as it is not. Formulas are never
evaluated; shapes, remarks and what change tracking keeps are no cells.
"""

from __future__ import annotations

import gc
import re
from dataclasses import replace
from typing import Final

from gateway.handler import CellNote, Limits, Sheet, Trouble, Unreadable
from handlers.forms.grid import Book, Grid
from handlers.forms.page import less
from handlers.forms.values import iso_text, number_text
from handlers.forms.workbook_parts import office_parts
from handlers.forms.xml import elements, parse
from handlers.forms.zip_parts import ZipParts

NAME: Final = "open_document"
WARM: Final = ("encodings.utf_8_sig", "encodings.utf_16_le", "encodings.cp437")
_TYPE: Final = b"application/vnd.oasis.opendocument.spreadsheet"
_WORDY: Final = 3  # times as many bytes as other formats take for the same cells
_MOST_NOTES: Final = 200_000
_ERROR: Final = re.compile(r"#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!)|(?:Err|错误|錯誤)[:：]\s?[0-9]{3}")
_TIME: Final = re.compile(r"PT([0-9]{1,2})H([0-9]{1,2})M([0-9]{1,2})(?:[.,][0-9]+)?S")
_BLANKS: Final = re.compile(r"[ \t\r\n]+")
_NUMBERS: Final = ("float", "percentage", "currency")
_SPACES: Final = ("office", "table", "text", "style")


def opens(head: bytes, name: str) -> bool:
    """Whether it may be one; `opens_whole` knows."""
    return _TYPE in head[:200]


def opens_whole(data: bytes, name: str) -> bool:
    """Whether it says so of itself, or calls itself one and has content."""
    parts = office_parts(data)
    if parts is None or "content.xml" not in parts.names:
        return False
    return _TYPE in data[:200] or name.lower().endswith((".ods", ".ots"))


def read_sheets(data: bytes, limits: Limits) -> tuple[Sheet, ...]:
    """Every sheet in the order of the tabs, hidden ones too.

    Raises `Unreadable`: NEEDS_PASSWORD, DAMAGED, TOO_LARGE, BOMB, EMPTY.
    """
    parts = ZipParts(data, replace(limits, bytes=_WORDY * limits.bytes))
    manifest = parts.read("META-INF/manifest.xml")
    if manifest and any(element == "encryption-data" for element, _ in elements(manifest)):
        raise Unreadable(Trouble.NEEDS_PASSWORD)
    xml = parts.read("content.xml")
    if xml is None:
        raise Unreadable(Trouble.DAMAGED, "content")
    collecting = gc.isenabled()
    gc.disable()  # millions of cells and not one cycle
    try:
        content = _Content(limits)
        parse(xml, content.start, content.end, content.text)
    finally:
        if collecting:
            gc.enable()
    if not content.sheets:
        raise Unreadable(Trouble.EMPTY, "sheets")
    return tuple(content.sheets)


class _Content:
    """Takes the document apart, one row at a time."""

    def __init__(self, limits: Limits) -> None:
        self.sheets: list[Sheet] = []
        self._limits = self._left = limits
        self._path: list[str] = []
        self._hidden_styles: set[str] = set()
        self._style = ""
        self._table: _Table | None = None
        self._row: list[str] = []
        self._odd: list[tuple[int, str]] = []  # column and note of this row's cells
        self._times, self._is_hidden = 1, False
        self._column = 0
        self._given: dict[str, str] | None = None  # the attributes of the cell we are in
        self._cell_depth = 0
        self._paragraphs: list[list[str]] = []

    def start(self, name: str, given: dict[str, str]) -> None:
        path = self._path
        if not path:
            _expect_usual_prefixes(given)
        path.append(name)
        if self._given is not None:
            if len(path) == self._cell_depth + 1 and name == "p":
                self._paragraphs.append([])
            elif name in _MARKS and self._in_paragraph():
                self._mark(name, given)
        elif name in ("table-cell", "covered-table-cell"):
            if self._table:
                self._given, self._cell_depth, self._paragraphs = given, len(path), []
        elif name == "table-row":
            self._row, self._odd, self._column = [], [], 0
            self._times = _times(given.get("table:number-rows-repeated"))
            self._is_hidden = given.get("table:visibility", "visible") != "visible"
        elif name == "table" and len(path) > 1 and path[-2] == "spreadsheet":
            self._begin_table(given)
        elif name == "style":
            self._style = given.get("style:name", "")
        elif name == "table-properties" and given.get("table:display") == "false":
            self._hidden_styles.add(self._style)

    def end(self, name: str) -> None:
        depth = len(self._path)
        self._path.pop()
        if self._given is not None:
            if depth == self._cell_depth:
                self._take_cell(self._given)
                self._given = None
        elif self._table is not None:
            if name == "table-row":
                self._table.place(self._row, self._odd, self._times, self._is_hidden)
            elif name == "table" and self._path[-1] == "spreadsheet":
                self._end_table(self._table)

    def text(self, data: str) -> None:
        if self._given is not None and self._in_paragraph():
            pieces = self._paragraphs[-1]
            data = _BLANKS.sub(" ", data)
            pieces.append(data if pieces else data.lstrip(" "))

    def _in_paragraph(self) -> bool:
        """Whether we are in a paragraph of the cell itself: not in a remark, a shape, or the reading aid of a word."""
        below = self._path[self._cell_depth :]
        return bool(below) and below[0] == "p" and _ASIDE.isdisjoint(below)

    def _mark(self, name: str, given: dict[str, str]) -> None:
        times = min(_times(given.get("text:c")), self._limits.text + 1)
        self._paragraphs[-1].append(_MARKS[name] * (times if name == "s" else 1))

    def _begin_table(self, given: dict[str, str]) -> None:
        if len(self.sheets) >= self._limits.parts:
            raise Unreadable(Trouble.TOO_LARGE, "sheets")
        hidden = given.get("table:style-name") in self._hidden_styles
        self._table = _Table(given.get("table:name", ""), hidden, self._left)

    def _end_table(self, table: _Table) -> None:
        sheet = table.finished()
        self._left = less(self._left, list(sheet.rows))
        self.sheets.append(sheet)
        self._table = None

    def _take_cell(self, given: dict[str, str]) -> None:
        times = _times(given.get("table:number-columns-repeated"))
        text, note = _shown(given, "\n".join(map("".join, self._paragraphs)))
        if text or note:
            if len(text) > self._limits.text:
                raise Unreadable(Trouble.TOO_LARGE, "text")
            if self._column + times > self._limits.columns:
                raise Unreadable(Trouble.TOO_LARGE, "columns")
            self._row += [""] * (self._column - len(self._row)) + [text] * times
            if note:
                self._odd += [(self._column + at, note) for at in range(1, times + 1)]
        self._column += times


class _Table:
    """One sheet as it grows."""

    def __init__(self, name: str, hidden: bool, limits: Limits) -> None:
        self._name, self._limits = name, limits
        self._grid = Grid(Book((), frozenset(), False), limits, entities=False)
        self._number = 0
        self._notes = [CellNote(0, 0, "hidden_sheet")] if hidden else []
        self._hidden: set[int] = set()

    def place(self, row: list[str], odd: list[tuple[int, str]], times: int, hidden: bool) -> None:
        """The row, so many times; empty ones only move on."""
        first, self._number = self._number + 1, self._number + times
        if not row:
            return
        if self._number > self._limits.rows:
            raise Unreadable(Trouble.TOO_LARGE, "rows")
        for number in range(first, first + times):
            self._grid.place(number, row)
            if odd and len(self._notes) < _MOST_NOTES:
                self._notes += [CellNote(number, column, note) for column, note in odd]
            if hidden:
                self._hidden.add(number)

    def finished(self) -> Sheet:
        rows, hidden = self._grid.finished(self._hidden)
        return Sheet(self._name, rows, (*self._notes, *hidden))


_MARKS: Final = {"s": " ", "tab": "\t", "line-break": "\n"}
_ASIDE: Final = frozenset(("annotation", "ruby-text", "frame", "custom-shape"))


def _shown(given: dict[str, str], text: str) -> tuple[str, str]:
    """What the cell shows, and what is odd about it."""
    kind, formula = given.get("office:value-type", ""), "table:formula" in given
    if given.get("calcext:value-type") == "error" or (formula and _ERROR.fullmatch(text)):
        return text or "#N/A", "error_cell"
    if kind in _NUMBERS:
        try:
            number, lost = number_text(given.get("office:value", ""))
        except (ValueError, OverflowError):  # says it is a number: let the checks tell what they make of it
            return text, ""
        return number, "lost_digits" if lost else ""
    if kind == "date":
        return iso_text(given.get("office:date-value", "")) or text, ""
    if kind == "time":
        match = _TIME.fullmatch(given.get("office:time-value", ""))
        clock = match and int(match[1]) < 24 and f"{int(match[1]):02}:{int(match[2]):02}:{int(match[3]):02}"
        return clock or text, ""
    if kind == "boolean":
        return "FALSE" if given.get("office:boolean-value") == "false" else "TRUE", ""
    if kind == "" and formula and not text:
        return "", "no_value"
    return text or given.get("office:string-value", ""), ""


def _times(digits: str | None) -> int:
    if digits is None:
        return 1
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
        raise Unreadable(Trouble.DAMAGED, "repeated")
    return max(1, int(digits))


def _expect_usual_prefixes(given: dict[str, str]) -> None:
    """Attributes are known by their prefixes, which every program writes alike; a file that does not is refused."""
    for prefix in _SPACES:
        uri = f"urn:oasis:names:tc:opendocument:xmlns:{prefix}:1.0"
        if any(value == uri and key != f"xmlns:{prefix}" for key, value in given.items()):
            raise Unreadable(Trouble.UNSUPPORTED, "prefixes")
