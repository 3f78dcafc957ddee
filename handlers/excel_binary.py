"""Binary workbooks (.xlsb): the records of their parts, each sheet as text.

Trust: runs in the sandbox; whatever the workbook holds ends in sheets or in `Unreadable`. A record never reaches
beyond its part, a text never beyond its record. Formulas are never evaluated.
"""

from __future__ import annotations

import gc
import struct
from collections.abc import Iterator
from typing import Final

from gateway.handler import CellNote, Limits, Sheet, Trouble, Unreadable
from handlers.forms.page import Page, Styles, less, rk_number
from handlers.forms.values import is_date_format
from handlers.forms.workbook_parts import home_of, office_parts, relations
from handlers.forms.zip_parts import ZipParts

NAME: Final = "excel_binary"
WARM: Final = ("encodings.utf_16_le", "encodings.cp437")
_DOUBLE: Final = struct.Struct("<d")
_CELL: Final = struct.Struct("<II")


def opens(head: bytes, name: str) -> bool:
    """Whether it may be one; `opens_whole` knows."""
    return name.lower().endswith(".xlsb") and opens_whole(head, name)


def opens_whole(data: bytes, name: str) -> bool:
    """Whether the workbook's own part is a binary one, whatever the file is called."""
    parts = office_parts(data)
    return parts is not None and any(
        entry.lower().startswith("xl/") and entry.lower().endswith("workbook.bin") for entry in parts.names
    )


def read_sheets(data: bytes, limits: Limits) -> tuple[Sheet, ...]:
    """Every worksheet in the order of the tabs, hidden ones too; sheets of charts or macros are left out.

    Raises `Unreadable`: DAMAGED, TOO_LARGE, BOMB, EMPTY.
    """
    collecting = gc.isenabled()
    gc.disable()  # millions of cells and not one cycle
    try:
        return _read(ZipParts(data, limits), limits)
    except (struct.error, IndexError):  # a record shorter than its kind
        raise Unreadable(Trouble.DAMAGED, "record") from None
    finally:
        if collecting:
            gc.enable()


def _read(parts: ZipParts, limits: Limits) -> tuple[Sheet, ...]:
    home = home_of(parts)
    if home is None or not home.lower().endswith(".bin"):
        raise Unreadable(Trouble.DAMAGED, "workbook")
    related = relations(parts, home)
    tabs, from_1904 = _tabs(parts.read(home) or b"", limits)
    targets = dict(related.values())
    strings = _strings(parts.read(targets.get("sharedStrings", "")) or b"", limits)
    styles = Styles(_dates(parts.read(targets.get("styles", "")) or b""), from_1904)
    sheets: list[Sheet] = []
    left = limits
    for name, relation, hidden in tabs:
        kind, target = related.get(relation, ("", ""))
        if kind != "worksheet":
            continue
        part = parts.read(target)
        if part is None:
            raise Unreadable(Trouble.DAMAGED, "sheet")
        page = Page(styles, left)
        _cells(part, strings, page)
        rows, notes = page.finished()
        left = less(left, rows)
        sheets.append(Sheet(name, rows, (CellNote(0, 0, "hidden_sheet"), *notes) if hidden else tuple(notes)))
    if not sheets:
        raise Unreadable(Trouble.EMPTY, "sheets")
    return tuple(sheets)


def records(part: bytes) -> Iterator[tuple[int, bytes]]:
    """Each record of a part: its kind, its bytes. Numbers are written in seven bits a byte, the last without the top
    bit: two bytes at most for the kind, four for the size."""
    at, end = 0, len(part)
    while at < end:
        kind = part[at]
        at += 1
        if kind & 0x80:
            kind = kind & 0x7F | (part[at] & 0x7F) << 7
            at += 1
        size = 0
        for shift in (0, 7, 14, 21):
            byte = part[at]
            at += 1
            size |= (byte & 0x7F) << shift
            if not byte & 0x80:
                break
        record = part[at : at + size]
        if len(record) < size:
            raise Unreadable(Trouble.DAMAGED, "cut off")
        yield kind, record
        at += size


def _text(record: bytes, at: int) -> str:
    """A text with its length in characters before it. A cut pair of surrogates is shown as unreadable."""
    end = at + 4 + 2 * int.from_bytes(record[at : at + 4], "little")
    if end > len(record):
        raise Unreadable(Trouble.DAMAGED, "text")
    return record[at + 4 : end].decode("utf-16-le", "replace")


def _tabs(part: bytes, limits: Limits) -> tuple[list[tuple[str, str, bool]], bool]:
    """The sheets (name, relation, hidden), and whether days are counted from 1904."""
    tabs, from_1904 = [], False
    for kind, record in records(part):
        if kind == 156:
            relation = _text(record, 8) if record[8:12] != b"\xff\xff\xff\xff" else ""
            tabs.append((_text(record, 12 + 2 * len(relation)), relation, record[0] & 3 != 0))
        elif kind == 153:
            from_1904 = bool(record[0] & 1)
        if len(tabs) > limits.parts:
            raise Unreadable(Trouble.TOO_LARGE, "sheets")
    return tabs, from_1904


def _strings(part: bytes, limits: Limits) -> list[str]:
    """The texts that cells share, without their formats and reading aids."""
    strings = [_text(record, 1) for kind, record in records(part) if kind == 19]
    if max(map(len, strings), default=0) > limits.text:
        raise Unreadable(Trouble.TOO_LARGE, "text")
    return strings


def _dates(part: bytes) -> frozenset[int]:
    """Which cell styles show a number as a date."""
    formats: dict[int, str] = {}
    cells: list[int] = []
    within = False
    for kind, record in records(part):
        if kind == 44:
            formats[int.from_bytes(record[:2], "little")] = _text(record, 2)
        elif kind in (617, 618):
            within = kind == 617
        elif kind == 47 and within:
            cells.append(int.from_bytes(record[2:4], "little"))
    shown = {number: is_date_format(str(number), formats.get(number)) for number in set(cells)}
    return frozenset(at for at, number in enumerate(cells) if shown[number])


def _cells(part: bytes, strings: list[str], page: Page) -> None:
    """Takes the cells of a sheet. One that does not say where its cells end was cut off."""
    row, whole = 0, False
    for kind, record in records(part):
        if kind == 0:
            row = int.from_bytes(record[:4], "little") + 1
            if record[11] & 0x10:
                page.hidden.add(row)
        elif kind == 146:
            whole = True
        elif 2 <= kind <= 11 or kind == 62:
            if not row:
                raise Unreadable(Trouble.DAMAGED, "cell")
            _cell(kind, record, row, strings, page)
    if not whole:
        raise Unreadable(Trouble.DAMAGED, "cut off")


def _cell(kind: int, record: bytes, row: int, strings: list[str], page: Page) -> None:
    column, style = _CELL.unpack_from(record)
    column, style = column + 1, style & 0xFFFFFF
    if kind == 7:
        number = struct.unpack_from("<I", record, 8)[0]
        if number >= len(strings):
            raise Unreadable(Trouble.DAMAGED, "shared text")
        page.text(row, column, strings[number])
    elif kind == 2:
        page.number(row, column, rk_number(struct.unpack_from("<I", record, 8)[0]), style)
    elif kind in (5, 9):
        page.number(row, column, _DOUBLE.unpack_from(record, 8)[0], style)
    elif kind in (4, 10):
        page.truth(row, column, record[8])
    elif kind in (3, 11):
        page.error(row, column, record[8])
    else:
        text = _text(record, 9 if kind == 62 else 8)
        unseen = kind == 8 and not text and record[12] & 2  # to be calculated when it is opened
        page.text(row, column, text, "no_value" if unseen else "")
