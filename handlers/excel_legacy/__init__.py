"""Old workbooks (.xls, and the .et of WPS): the streams of Excel 97 to 2003 and of Excel 5, each sheet as text.

Read here and not by a library: xlrd expects well-formed files and fails in many ways, calamine panics on damaged ones
and empties error cells. Trust: runs in the sandbox; whatever the workbook holds ends in sheets or in `Unreadable`.
Formulas are never evaluated: what counts is the value that the sender's program saved with them.
"""

from __future__ import annotations

import gc
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from gateway.handler import CellNote, Limits, Sheet, Trouble, Unreadable
from handlers.excel_legacy.biff import BIFF8, BOF, EOF, FILEPASS, Texts, codec, is_locked, records
from handlers.forms.ole import MAGIC, Ole
from handlers.forms.page import Page, Styles, less, rk_number
from handlers.forms.values import is_date_format

NAME: Final = "excel_legacy"
WARM: Final = ("encodings.gb18030", "encodings.cp950", "encodings.cp1252", "encodings.utf_16_le", "encodings.latin_1")
_SUFFIXES: Final = (".xls", ".xlt", ".et", ".ett")
_RAW: Final = (b"\x09\x08\x08\x00", b"\x09\x08\x10\x00")  # a stream without its compound file, as some programs make
_WORKSHEET: Final = 0x10
_DOUBLE: Final = struct.Struct("<d")
_CELL: Final = struct.Struct("<HHH")
_RK: Final = struct.Struct("<HI")

Records = Iterator[tuple[int, int, list[bytes]]]


def opens(head: bytes, name: str) -> bool:
    """Whether it may be one; `opens_whole` knows."""
    return head.startswith(_RAW) or (head.startswith(MAGIC) and "Workbook".encode("utf-16-le") in head)


def opens_whole(data: bytes, name: str) -> bool:
    """Whether there is a workbook among its streams; of a damaged one, whether it calls itself a workbook."""
    if data.startswith(_RAW):
        return True
    if not data.startswith(MAGIC):
        return False
    try:
        names = {stream.lower() for stream in Ole(data, Limits(bytes=len(data))).names}
    except Unreadable:
        return name.lower().endswith(_SUFFIXES)
    return not names.isdisjoint(("workbook", "book"))


@dataclass(slots=True)
class _Book:
    """What the sheets of a workbook refer to, as it is gathered."""

    encoding: str | None  # of texts; None for BIFF8, which says it with each
    tabs: list[tuple[str, int, bool]] = field(default_factory=list)  # name, where it begins, hidden
    strings: list[str] = field(default_factory=list)
    formats: dict[int, str] = field(default_factory=dict)
    cells: list[int] = field(default_factory=list)  # number format of each cell style
    from_1904: bool = False

    def styles(self) -> Styles:
        shown = {number: is_date_format(str(number), self.formats.get(number)) for number in set(self.cells)}
        return Styles(frozenset(at for at, number in enumerate(self.cells) if shown[number]), self.from_1904)


def read_sheets(data: bytes, limits: Limits) -> tuple[Sheet, ...]:
    """Every worksheet in the order of the tabs, hidden ones too; sheets of charts or macros are left out.

    Raises `Unreadable`: NEEDS_PASSWORD, DAMAGED, TOO_LARGE, BOMB, EMPTY; UNSUPPORTED for what is older than Excel 5.
    """
    if not data:
        raise Unreadable(Trouble.EMPTY)
    stream = data if data.startswith(_RAW) else _stream(Ole(data, limits))
    if len(stream) > limits.bytes:
        raise Unreadable(Trouble.TOO_LARGE, "bytes")
    if is_locked(stream):
        raise Unreadable(Trouble.NEEDS_PASSWORD)
    collecting = gc.isenabled()
    gc.disable()  # millions of cells and not one cycle
    try:
        return _read(stream, limits)
    except (struct.error, IndexError):  # a record shorter than its kind
        raise Unreadable(Trouble.DAMAGED, "record") from None
    finally:
        if collecting:
            gc.enable()


def _stream(ole: Ole) -> bytes:
    for name in ("Workbook", "Book"):
        stream = ole.read(name)
        if stream is not None:
            return stream
    raise Unreadable(Trouble.DAMAGED, "workbook")


def _read(stream: bytes, limits: Limits) -> tuple[Sheet, ...]:
    version, kind = _begin(stream, 0)
    if kind == _WORKSHEET:  # a sheet without a workbook around it
        book = _Book(None if version == BIFF8 else "gb18030", [("", 0, False)])
    else:
        book = _globals(stream, limits, version)
    styles = book.styles()
    sheets: list[Sheet] = []
    left, unread = limits, len(stream)
    for name, start, hidden in book.tabs:
        if _begin(stream, start)[1] != _WORKSHEET:
            continue
        page = Page(styles, left)
        unread -= _cells(stream, start, book, page, limits) - start
        if unread < 0:
            raise Unreadable(Trouble.BOMB, "overlap")  # the same bytes told as several sheets
        rows, notes = page.finished()
        left = less(left, rows)
        sheets.append(Sheet(name, rows, (CellNote(0, 0, "hidden_sheet"), *notes) if hidden else tuple(notes)))
    if not sheets:
        raise Unreadable(Trouble.EMPTY, "sheets")
    return tuple(sheets)


def _begin(stream: bytes, at: int) -> tuple[int, int]:
    """Version and kind of what begins here."""
    kind, size, version, what = struct.unpack_from("<HHHH", stream, at) if at + 8 <= len(stream) else (0, 0, 0, 0)
    if kind & 0xFF != BOF & 0xFF or size < 4:
        raise Unreadable(Trouble.DAMAGED, "workbook")
    if kind != BOF or version not in (BIFF8, 0x0500, 0):
        raise Unreadable(Trouble.UNSUPPORTED, "older than excel 5")
    return version, what


def _globals(stream: bytes, limits: Limits, version: int) -> _Book:
    book = _Book(None if version == BIFF8 else "gb18030")
    for kind, _, pieces in records(stream):
        first = pieces[0]
        if kind == EOF:
            return book
        if kind == 0x85:
            _tab(pieces, book, limits)
        elif kind == 0xFC:
            _strings(pieces, book, limits)
        elif kind == 0x041E:
            book.formats[first[0] | first[1] << 8] = Texts(pieces, 2, book.encoding, limits).text(
                2 if book.encoding is None else 1
            )
        elif kind == 0xE0:
            book.cells.append(first[2] | first[3] << 8)
        elif kind == 0x22:
            book.from_1904 = first[0] == 1
        elif kind == 0x42 and book.encoding is not None:
            book.encoding = codec(first[0] | first[1] << 8)
        elif kind == FILEPASS:
            raise Unreadable(Trouble.NEEDS_PASSWORD)
    raise Unreadable(Trouble.DAMAGED, "cut off")


def _tab(pieces: list[bytes], book: _Book, limits: Limits) -> None:
    start, state, kind = struct.unpack_from("<IBB", pieces[0])
    if len(book.tabs) >= limits.parts:
        raise Unreadable(Trouble.TOO_LARGE, "sheets")
    if kind == 0:
        book.tabs.append((Texts(pieces, 6, book.encoding, limits).text(1), start, state & 3 != 0))


def _strings(pieces: list[bytes], book: _Book, limits: Limits) -> None:
    """The texts that cells share. Their count is not believed."""
    texts = Texts(pieces, 8, None, limits)
    while not texts.ended:
        book.strings.append(texts.text(2))


def _cells(stream: bytes, start: int, book: _Book, page: Page, limits: Limits) -> int:
    """Takes the cells of the sheet that begins at `start`; where it ends. A sheet without an end was cut off."""
    depth, waiting = 0, (0, 0)
    for kind, after, pieces in records(stream, start):
        if kind == EOF:
            depth -= 1
            if not depth:
                return after
        elif kind == BOF:
            depth += 1
        elif depth == 1:
            if kind == 0x0006:
                waiting = _formula(pieces[0], page)
            elif kind == 0x0207 and waiting != (0, 0):
                page.text(*waiting, Texts(pieces, 0, book.encoding, limits).text(2))
                waiting = (0, 0)
            elif kind in _KINDS:
                _KINDS[kind](pieces, book, page, limits)
    raise Unreadable(Trouble.DAMAGED, "cut off")


def _formula(record: bytes, page: Page) -> tuple[int, int]:
    """Takes the saved result; where the record after it will give a text, the cell that this is for."""
    row, column, style = _CELL.unpack_from(record)
    result, options = record[6:14], record[14] | record[15] << 8
    row, column = row + 1, column + 1
    if result[6:] != b"\xff\xff":
        page.number(row, column, _DOUBLE.unpack(result)[0], style)
    elif result[0] == 0:
        return row, column
    elif result[0] == 1:
        page.truth(row, column, result[2])
    elif result[0] == 2:
        page.error(row, column, result[2])
    elif options & 2:  # to be calculated when it is opened: an empty text that nobody has seen
        page.text(row, column, "", "no_value")
    return 0, 0


def _shared(pieces: list[bytes], book: _Book, page: Page, limits: Limits) -> None:
    row, column, _, number = struct.unpack_from("<HHHI", pieces[0])
    if number >= len(book.strings):
        raise Unreadable(Trouble.DAMAGED, "shared text")
    page.text(row + 1, column + 1, book.strings[number])


def _own(pieces: list[bytes], book: _Book, page: Page, limits: Limits) -> None:
    row, column, _ = _CELL.unpack_from(pieces[0])
    page.text(row + 1, column + 1, Texts(pieces, 6, book.encoding, limits).text(2))


def _double(pieces: list[bytes], book: _Book, page: Page, limits: Limits) -> None:
    row, column, style = _CELL.unpack_from(pieces[0])
    page.number(row + 1, column + 1, _DOUBLE.unpack_from(pieces[0], 6)[0], style)


def _packed(pieces: list[bytes], book: _Book, page: Page, limits: Limits) -> None:
    row, column, style, raw = struct.unpack_from("<HHHI", pieces[0])
    page.number(row + 1, column + 1, rk_number(raw), style)


def _packed_row(pieces: list[bytes], book: _Book, page: Page, limits: Limits) -> None:
    record = pieces[0]
    row, column = struct.unpack_from("<HH", record)
    for place, at in enumerate(range(4, len(record) - 7, 6), column + 1):
        style, raw = _RK.unpack_from(record, at)
        page.number(row + 1, place, rk_number(raw), style)


def _truth_or_error(pieces: list[bytes], book: _Book, page: Page, limits: Limits) -> None:
    record = pieces[0]
    row, column, _ = _CELL.unpack_from(record)
    (page.error if record[7] else page.truth)(row + 1, column + 1, record[6])


def _row(pieces: list[bytes], book: _Book, page: Page, limits: Limits) -> None:
    record = pieces[0]
    if record[12] & 0x20:
        page.hidden.add((record[0] | record[1] << 8) + 1)


_KINDS: Final = {
    0x00FD: _shared, 0x0204: _own, 0x00D6: _own, 0x0203: _double, 0x027E: _packed, 0x00BD: _packed_row,
    0x0205: _truth_or_error, 0x0208: _row,
}  # fmt: skip
