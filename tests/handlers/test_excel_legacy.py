"""Old workbooks: what .xls and .et hold is read as the same workbook in .xlsx is, and what they hide is told."""

from __future__ import annotations

import struct
import time

import pytest
import xlrd

from gateway.handler import CellNote, Limits, Trouble
from handlers import excel, excel_legacy
from handlers.forms.page import rk_number
from tests.handlers.books import by_openpyxl, by_xlsxwriter
from tests.handlers.office import converted
from tests.handlers.old_books import (
    EOF,
    bof,
    cell,
    compound,
    formula,
    label,
    number,
    record,
    row,
    style,
    text5,
    text8,
    workbook,
    xls,
)  # fmt: skip
from tests.handlers.reading import Reading
from tests.handlers.test_excel import _many, _other_program, _registrations

TEXT_FOLLOWS, EMPTY_TEXT = b"\0" * 6 + b"\xff\xff", b"\3" + b"\0" * 5 + b"\xff\xff"

READING = Reading(excel_legacy)
read, rows, trouble = READING.read, READING.rows, READING.trouble


@pytest.fixture(scope="module")
def pairs() -> dict[str, tuple[bytes, bytes]]:
    """Workbooks, each as .xlsx and as LibreOffice saves it as .xls."""
    new = {
        "births.xlsx": by_xlsxwriter(_registrations),
        "other.xlsx": by_openpyxl(_other_program),
        "many.xlsx": by_xlsxwriter(_many),
    }
    old = converted(new, "xls")
    return {name: (new[f"{name}.xlsx"], old[name]) for name in old}


@pytest.mark.parametrize("name", ["births", "many"])
def test_a_real_old_workbook_gives_what_the_new_one_gives(pairs: dict[str, tuple[bytes, bytes]], name: str) -> None:
    new, old = pairs[name]
    assert old.startswith(b"\xd0\xcf\x11\xe0")
    assert read(old) == excel.read_sheets(new, Limits())


def test_dates_long_numbers_and_failed_formulas_are_told_alike(pairs: dict[str, tuple[bytes, bytes]]) -> None:
    new, old = pairs["other"]
    (was,), (now,) = excel.read_sheets(new, Limits()), read(old)
    assert [list(one) for one in now.rows[:4]] == [list(one) for one in was.rows[:4]]
    assert list(now.rows[4]) == ["2", "#N/A"]  # LibreOffice has worked the formula out
    assert set(now.notes) == {note for note in was.notes if note.code != "no_value"}


def test_another_library_sees_the_same_cells(pairs: dict[str, tuple[bytes, bytes]]) -> None:
    page = xlrd.open_workbook(file_contents=pairs["many"][1]).sheet_by_index(0)

    def shown(one: xlrd.sheet.Cell) -> str:
        if one.ctype == xlrd.XL_CELL_BOOLEAN:
            return "TRUE" if one.value else "FALSE"
        return f"{one.value:.15g}" if one.ctype == xlrd.XL_CELL_NUMBER else str(one.value)

    (sheet,) = read(pairs["many"][1])
    width = max(map(len, sheet.rows))
    mine = [[*one, *[""] * (width - len(one))] for one in sheet.rows]
    assert mine == [[shown(page.cell(y, x)) for x in range(page.ncols)] for y in range(page.nrows)]


def test_excel_5_texts_are_read_in_their_code_page() -> None:
    for encoding, page in (("gbk", 936), ("big5", 950)):
        told = {"gbk": "姓名", "big5": "電話"}[encoding]
        head = record(0x42, struct.pack("<H", page)) + style(0) + style(14)
        body = cell(0x204, 1, 1, text5(told, 2, encoding)) + number(2, 1, 46_300, 1)
        data = xls(body, head=head, version=0x500, names=["x"])
        assert rows(data) == [[told], ["2026-10-05"]]
        assert xlrd.open_workbook(file_contents=data).sheet_by_index(0).cell_value(0, 0) == told
        result = formula(2, 2, TEXT_FOLLOWS) + record(0x207, text5(told, 2, encoding))
        assert rows(xls(body + result, head=head, version=0x500, names=["x"])) == [[told], ["2026-10-05", told]]


def test_a_stream_without_a_file_around_it_is_one_sheet() -> None:
    """As web pages write it that call their table a workbook."""
    body = record(0x809, struct.pack("<HHHH", 0, 0x10, 0, 0)) + cell(0x204, 1, 1, text5("出生")) + number(1, 2, 3.0)
    assert excel_legacy.opens_whole(body + EOF, "报表.xls")
    assert rows(body + EOF) == [["出生", "3"]]
    assert trouble(body) == (Trouble.DAMAGED, "cut off")


def test_shared_texts_go_on_over_the_ends_of_records() -> None:
    long = ["甲" * 5_000, "a" * 9_000, "乙b" * 3_000, "", "丙", "𠮷" * 3_000]
    raw = struct.pack("<II", len(long), len(long))
    pieces = [raw]
    for text in long:  # by hand: a piece ends anywhere among the characters and the next begins with a flag
        wide = not text.isascii()
        characters, width = text.encode("utf-16-le") if wide else text.encode("latin-1"), 2 if wide else 1
        if len(pieces[-1]) > 8_000:
            pieces.append(b"")
        pieces[-1] += struct.pack("<HB", len(characters) // width, wide)
        while characters:
            room = (8_223 - len(pieces[-1])) // width * width
            pieces[-1] += characters[:room]
            characters = characters[room:]
            if characters:
                pieces.append(bytes((wide,)))
    shared = struct.pack("<HH", 0xFC, len(pieces[0])) + pieces[0]
    shared += b"".join(struct.pack("<HH", 0x3C, len(piece)) + piece for piece in pieces[1:])
    assert len(pieces) > 4
    cells = b"".join(cell(0xFD, at, 1, struct.pack("<I", at - 1)) for at in range(1, len(long) + 1))
    assert [one[0] if one else "" for one in rows(xls(cells, head=shared))] == long


def test_formatted_texts_and_reading_aids_are_left_out() -> None:
    rich = struct.pack("<HBHI", 2, 1 | 4 | 8, 1, 6) + "张三".encode("utf-16-le") + bytes(4) + bytes(6)
    shared = record(0xFC, struct.pack("<II", 2, 2) + rich + text8("abc", wide=False))
    cells = cell(0xFD, 1, 1, struct.pack("<I", 0)) + cell(0xFD, 1, 2, struct.pack("<I", 1))
    assert rows(xls(cells, head=shared)) == [["张三", "abc"]]
    assert trouble(xls(cell(0xFD, 1, 1, struct.pack("<I", 2)), head=shared)) == (Trouble.DAMAGED, "shared text")


@pytest.mark.parametrize(
    ("raw", "value"),
    [(0x3FF00000, 1.0), (0x3FF00001, 0.01), ((46_300 << 2) | 2, 46_300.0), ((123_456 << 2) | 3, 1234.56),
     (0xFFFFFFFE, -1.0), (0x80000002, -(2.0**29))],
)  # fmt: skip
def test_packed_numbers_are_unpacked(raw: int, value: float) -> None:
    assert rk_number(raw) == value
    several = record(0xBD, struct.pack("<HHHIHIH", 0, 0, 0, raw, 0, raw, 1))
    seen = f"{value:.15g}"
    assert rows(xls(cell(0x27E, 2, 1, struct.pack("<I", raw)) + several)) == [[seen, seen], [seen]]


def test_days_are_counted_from_where_the_workbook_says() -> None:
    head = record(0x41E, struct.pack("<H", 164) + text8('yyyy"年"m"月"d"日"')) + style(0) + style(164) + style(58)
    body = number(1, 1, 46_300, 1) + number(1, 2, 46_300.5, 2) + number(1, 3, 46_300, 0)
    assert rows(xls(body, head=head)) == [["2026-10-05", "2026-10-05T12:00:00", "46300"]]
    assert rows(xls(body, head=head + record(0x22, b"\1\0"))) == [["2030-10-06", "2030-10-06T12:00:00", "46300"]]


def test_formulas_give_what_was_saved_with_them() -> None:
    body = (
        formula(1, 1, struct.pack("<d", 7.5))
        + formula(1, 2, TEXT_FOLLOWS)
        + record(0x4BC, b"")
        + record(0x207, text8("文"))
    )
    body += formula(1, 3, b"\1\0\1" + bytes(3) + b"\xff\xff") + formula(1, 4, b"\2\0\x07" + bytes(3) + b"\xff\xff")
    body += formula(1, 5, EMPTY_TEXT, options=2) + formula(1, 6, EMPTY_TEXT) + cell(0x205, 2, 1, b"\x2a\1")
    (sheet,) = read(xls(body))
    assert [list(one) for one in sheet.rows] == [["7.5", "文", "TRUE", "#DIV/0!"], ["#N/A"]]
    assert sheet.notes == (
        CellNote(1, 4, "error_cell"), CellNote(1, 5, "no_value"), CellNote(2, 1, "error_cell"),
    )  # fmt: skip


def test_hidden_rows_and_sheets_are_read_and_told_and_lost_digits_too() -> None:
    body = row(1) + row(2, hidden=True) + row(3, hidden=True) + label(1, 1, "a") + number(2, 1, 110101202610020029.0)
    first, second = read(xls(body, body, states=(0, 2)))
    assert first.notes == (CellNote(2, 1, "lost_digits"), CellNote(2, 0, "hidden_row"))
    assert second.notes == (CellNote(0, 0, "hidden_sheet"), *first.notes)
    assert list(second.rows[1]) == ["110101202610020000"]


def test_charts_within_and_beside_sheets_are_passed_over() -> None:
    inner = bof(0x20) + number(1, 1, 9.0) + EOF
    stream = workbook(label(1, 1, "a") + inner + label(2, 1, "b"), label(1, 1, "chart"))
    at = stream.rfind(bof())
    chart = stream[: at + 6] + b"\x20" + stream[at + 7 :]
    assert [[list(one) for one in sheet.rows] for sheet in read(compound({"Workbook": chart}))] == [[["a"], ["b"]]]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", (Trouble.EMPTY, "")),
        (compound({"Workbook": b""}), (Trouble.DAMAGED, "workbook")),
        (compound({"Workbook": bytes(5_000)}), (Trouble.DAMAGED, "workbook")),
        (compound({"WordDocument": bytes(5_000)}), (Trouble.DAMAGED, "workbook")),
        (compound({"Workbook": record(0x409, struct.pack("<HH", 0, 0x10)) + bytes(5_000)}),
         (Trouble.UNSUPPORTED, "older than excel 5")),
        (xls(number(1, 1, 1.0), head=record(0x2F, bytes(54))), (Trouble.NEEDS_PASSWORD, "")),
        (xls(number(1, 1, 1.0), ends=b""), (Trouble.DAMAGED, "cut off")),
        (xls(label(1, 1, "a")[:-1] + b""), (Trouble.DAMAGED, "cut off")),
        (xls(record(0x203, bytes(9))), (Trouble.DAMAGED, "record")),
        (xls(cell(0x204, 1, 1, struct.pack("<HB", 900, 1) + b"ab")), (Trouble.DAMAGED, "text")),
        (xls(cell(0x204, 1, 1, struct.pack("<HB", 40_000, 1) + b"ab")), (Trouble.TOO_LARGE, "text")),
        (xls(number(1, 2_000, 1.0)), (Trouble.TOO_LARGE, "columns")),
        (xls(b"".join(number(at, 1_000, 1.0) for at in range(1, 20_002))), (Trouble.TOO_LARGE, "cells")),
        (xls(), (Trouble.EMPTY, "sheets")),
        (xls(*[b""] * 201), (Trouble.TOO_LARGE, "sheets")),
    ],
    ids=["nothing", "empty stream", "zeros", "word", "excel 4", "password", "no end", "cut record", "short record",
         "short text", "long text", "columns", "cells", "no sheets", "many sheets"],
)  # fmt: skip
def test_what_is_wrong_is_said(data: bytes, said: tuple[Trouble, str]) -> None:
    assert trouble(data) == said


def test_one_sheet_told_many_times_is_a_bomb() -> None:
    body = b"".join(number(at, 1, 1.0) for at in range(1, 3_000))
    stream = workbook(body)
    at = stream.find(struct.pack("<HH", 0x85, 12))
    tab = stream[at : at + 16]
    tabs = tab[:4] + struct.pack("<I", struct.unpack_from("<I", tab, 4)[0] + 16 * 99) + tab[8:]
    assert trouble(compound({"Workbook": stream[:at] + tabs * 100 + stream[at + 16 :]})) == (Trouble.BOMB, "overlap")


def test_it_opens_workbooks_by_what_they_hold_and_damaged_ones_by_their_name() -> None:
    whole = xls(number(1, 1, 1.0))
    assert excel_legacy.opens_whole(whole, "报表.doc") and excel_legacy.opens_whole(compound({"Book": whole}), "")
    assert not excel_legacy.opens_whole(compound({"WordDocument": whole}), "报表.xls")
    assert not excel_legacy.opens_whole(compound({"EncryptedPackage": whole}), "报表.xlsx")
    assert excel_legacy.opens_whole(whole[:600], "报表.ET") and not excel_legacy.opens_whole(whole[:600], "a.msg")
    assert not excel_legacy.opens_whole(by_xlsxwriter(_registrations), "报表.xls")


def test_a_million_empty_records_are_passed_over_soon() -> None:
    start = time.process_time()
    assert trouble(xls(record(0x201, bytes(6)) * 1_000_000, ends=b"")) == (Trouble.DAMAGED, "cut off")
    assert time.process_time() - start < 5
