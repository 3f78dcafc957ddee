"""Binary workbooks: their records are read as another program reads them, and what they hide is told."""

from __future__ import annotations

import io
import random
import struct

import pytest
from python_calamine import CalamineWorkbook

from gateway.handler import CellNote, Limits, Trouble
from handlers import excel, excel_binary
from tests.handlers.binary_books import book, cell, label, parts, real, record, row, sheet, styles, text
from tests.handlers.books import by_xlsxwriter, zipped
from tests.handlers.office import converted
from tests.handlers.reading import Reading
from tests.handlers.test_excel import _registrations

ID = 110101202610020029.0

READING = Reading(excel_binary)
read, rows, trouble = READING.read, READING.rows, READING.trouble


def births() -> bytes:
    """A page with everything that a cell can be."""
    page = sheet(
        row(1, cell(7, 1, struct.pack("<I", 1)), cell(7, 2, struct.pack("<I", 0)), label(4, "体重")),
        row(2, cell(7, 1, struct.pack("<I", 2)), real(2, ID), real(3, 46_300.0, 1), cell(2, 4, b"\x02\0\0\0")),
        row(4, real(2, 46_300.25, 2), cell(4, 3, b"\1"), cell(3, 4, b"\x2a"), hidden=True),
        row(5, cell(62, 1, b"\0" + text("写 法")), cell(1, 2, b"")),
    )
    return book(
        page, sheet(row(1, label(1, "藏"))), strings=["身份证号", "姓名", "张\n三𠮷"],
        style=styles(0, 14, (164, 'yyyy"年"m"月"d"日" h:mm')), states=(0, 1),
    )  # fmt: skip


SEEN = [
    ["姓名", "身份证号", "", "体重"],
    ["张\n三𠮷", "110101202610020000", "2026-10-05", "0"],
    [],
    ["", "2026-10-05T06:00:00", "TRUE", "#N/A"],
    ["写 法"],
]


def test_cells_of_every_kind_are_read_and_what_is_odd_is_told() -> None:
    first, second = read(births())
    assert [list(one) for one in first.rows] == SEEN
    assert first.notes == (CellNote(2, 2, "lost_digits"), CellNote(4, 4, "error_cell"), CellNote(4, 0, "hidden_row"))
    assert (second.name, second.rows[0], second.notes) == ("表2", ["藏"], (CellNote(0, 0, "hidden_sheet"),))


def test_another_program_reads_our_tests_workbook_alike() -> None:
    """LibreOffice opens it and saves it as .xlsx, which `excel` reads."""
    new = converted({"births.xlsb": births()}, "xlsx")["births"]
    was, now = excel.read_sheets(new, Limits()), read(births())
    assert [[list(one) for one in page.rows] for page in was] == [[list(one) for one in page.rows] for page in now]
    assert [sorted(page.notes, key=str) for page in was] == [sorted(page.notes, key=str) for page in now]


def test_another_library_reads_random_pages_alike() -> None:
    chance = random.Random(5)
    values = {(y, x): chance.choice([chance.randrange(-9_999, 9_999), chance.random(), f"文{x}&{y}", True])
              for y in range(1, 200) for x in range(1, 12) if chance.random() < 0.7}  # fmt: skip

    def one(place: tuple[int, int]) -> bytes:
        value = values[place]
        if isinstance(value, bool):
            return cell(4, place[1], b"\1")
        if isinstance(value, str):
            return label(place[1], value)
        whole = isinstance(value, int) and chance.random() < 0.5
        return cell(2, place[1], struct.pack("<i", int(value) << 2 | 2)) if whole else real(place[1], value)

    data = book(sheet(*(row(y, *(one((y, x)) for x in range(1, 12) if (y, x) in values)) for y in range(1, 200))))
    oracle = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    seen = [[str(v).upper() if isinstance(v, bool) else f"{v:.15g}" if isinstance(v, float) else str(v) for v in line]
            for line in oracle]  # fmt: skip
    width = max(map(len, read(data)[0].rows))
    assert [[*line, *[""] * (width - len(line))] for line in read(data)[0].rows] == seen


def test_formulas_give_what_was_saved_with_them() -> None:
    rest = struct.pack("<HI", 0, 0)
    page = sheet(
        row(1, cell(8, 1, text("文") + rest), cell(9, 2, struct.pack("<d", 7.5) + rest), cell(10, 3, b"\0" + rest)),
        row(2, cell(11, 1, b"\x07" + rest), cell(8, 2, text("") + b"\2\0" + bytes(4)), cell(8, 3, text("") + rest)),
    )
    (seen,) = read(book(page))
    assert [list(one) for one in seen.rows] == [["文", "7.5", "FALSE"], ["#DIV/0!"]]
    assert seen.notes == (CellNote(2, 1, "error_cell"), CellNote(2, 2, "no_value"))


def test_days_are_counted_from_where_the_workbook_says() -> None:
    page = sheet(row(1, real(1, 46_300.0, 1)))
    assert rows(book(page, style=styles(0, 14))) == [["2026-10-05"]]
    assert rows(book(page, style=styles(0, 14), from_1904=True)) == [["2030-10-06"]]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (book(sheet(row(1, real(1, 1.0)), end=b"")), (Trouble.DAMAGED, "cut off")),
        (book(sheet(row(1, real(1, 1.0)))[:-6]), (Trouble.DAMAGED, "cut off")),
        (book(sheet(record(5, bytes(16)))), (Trouble.DAMAGED, "cell")),
        (book(sheet(row(1, record(5, bytes(9))))), (Trouble.DAMAGED, "record")),
        (book(sheet(row(1, cell(7, 1, b"\7\0\0\0"))), strings=["a"]), (Trouble.DAMAGED, "shared text")),
        (book(sheet(row(1, cell(6, 1, b"\xff\xff\xff\x7fa")))), (Trouble.DAMAGED, "text")),
        (book(sheet(row(1, label(1, "a" * 40_000)))), (Trouble.TOO_LARGE, "text")),
        (book(sheet(row(1, cell(7, 1, bytes(4)))), strings=["a" * 40_000]), (Trouble.TOO_LARGE, "text")),
        (book(sheet(row(1, real(16_384, 1.0)))), (Trouble.TOO_LARGE, "columns")),
        (book(sheet(row(1 << 31, real(1, 1.0)))), (Trouble.TOO_LARGE, "rows")),
        (book(sheet(row(1, real(1, 1.0)), row(1_048_576, real(900, 1.0)))), (Trouble.TOO_LARGE, "cells")),
        (book(), (Trouble.EMPTY, "sheets")),
        (book(*[sheet()] * 201), (Trouble.TOO_LARGE, "sheets")),
        (zipped({n: p for n, p in parts(sheet()).items() if "sheet1" not in n}), (Trouble.DAMAGED, "sheet")),
        (zipped(parts(sheet()) | {"xl/workbook.bin": b"\xff\xff\xff\xff\xff\xff"}), (Trouble.DAMAGED, "cut off")),
        (by_xlsxwriter(_registrations), (Trouble.DAMAGED, "workbook")),
    ],
    ids=["no end", "cut", "no row", "short record", "shared text", "length lies", "long text", "long shared text",
         "columns", "rows", "cells", "no sheets", "many sheets", "sheet missing", "endless size", "xlsx"],
)  # fmt: skip
def test_what_is_wrong_is_said(data: bytes, said: tuple[Trouble, str]) -> None:
    assert trouble(data) == said


def test_it_opens_binary_workbooks_whatever_they_are_called() -> None:
    assert excel_binary.opens_whole(births(), "报表.xlsx")
    assert not excel_binary.opens_whole(by_xlsxwriter(_registrations), "报表.xlsb")
    assert not excel_binary.opens_whole(zipped({"a.xlsb": births()}), "报表.zip")
    assert not excel_binary.opens_whole(b"PK\x03\x04" + bytes(50), "报表.xlsb")
