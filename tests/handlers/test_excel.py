"""Workbooks: what the officer sees in a cell is what we read, and what a cell hides is told."""

from __future__ import annotations

import io
from datetime import date, datetime, time
from typing import Any

import pytest

from gateway.handler import CellNote, Limits, Trouble
from handlers import excel
from tests.handlers.books import book, by_openpyxl, by_xlsxwriter, entries, sheet, zipped
from tests.handlers.reading import Reading

READING = Reading(excel)
read, rows, trouble = READING.read, READING.rows, READING.trouble


def _registrations(book: Any) -> None:
    """As a clerk makes it: a merged title over the header, ids as text and as a number, an empty row between."""
    page = book.add_worksheet("出生登记")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    page.merge_range("A1:D1", "2026年10月出生登记表")
    page.write_row(1, 0, ["姓名", "身份证号", "出生日期", "体重"])
    page.write_row(2, 0, ["张小明", "110101202610010015"])
    page.write_datetime(2, 2, datetime(2026, 10, 1), day)  # noqa: DTZ001
    page.write_number(2, 3, 3.25)
    page.write_row(4, 0, ["李 雷", 110101202610020029, "２０２６－１０－０２", 3])
    page.write_boolean(5, 3, True)


def test_a_clerks_workbook_is_read_as_it_looks() -> None:
    (page,) = read(by_xlsxwriter(_registrations))
    assert page.name == "出生登记"
    assert [list(row) for row in page.rows] == [
        ["2026年10月出生登记表"],
        ["姓名", "身份证号", "出生日期", "体重"],
        ["张小明", "110101202610010015", "2026-10-01", "3.25"],
        [],
        ["李 雷", "110101202610020000", "２０２６－１０－０２", "3"],
        ["", "", "", "TRUE"],
    ]
    assert page.notes == (CellNote(5, 2, "lost_digits"),)


def _other_program(book: Any) -> None:
    page = book.active
    page.title = "A&B"
    page.append(["a<b>&\"c'", "  spaces  ", "two\nlines", "tab\there", 'x="1"', ">"])
    page.append([date(2026, 10, 31), datetime(2026, 10, 31, 8, 30), time(8, 30), 1e15, -0.1, 1 / 3])  # noqa: DTZ001
    page.append([12345678901234567, 123456789012345, 0, -7, 1e21, 1e-7])
    page["A5"] = "=1+1"
    page["B5"] = "#N/A"
    page["B5"].data_type = "e"


def test_another_programs_workbook_is_read_as_it_looks() -> None:
    (page,) = read(by_openpyxl(_other_program))
    assert page.name == "A&B"
    assert [list(row) for row in page.rows] == [
        ["a<b>&\"c'", "  spaces  ", "two\nlines", "tab\there", 'x="1"', ">"],
        ["2026-10-31", "2026-10-31T08:30:00", "08:30:00", "1000000000000000", "-0.1", "0.333333333333333"],
        ["12345678901234600", "123456789012345", "0", "-7", "1000000000000000000000", "0.0000001"],
        [],
        ["", "#N/A"],
    ]
    assert set(page.notes) == {
        CellNote(2, 4, "lost_digits"), CellNote(3, 1, "lost_digits"), CellNote(3, 5, "lost_digits"),
        CellNote(5, 1, "no_value"), CellNote(5, 2, "error_cell"),
    }  # fmt: skip


def _many(book: Any) -> None:
    page = book.add_worksheet()
    for row in range(900):
        for column in range(row % 40):
            if (row * column) % 7 != 3:
                value: Any = (f"文 {row}&{column}", row * column, row / 8, -column, row % 2 == 0)[(row + column) % 5]
                page.write(row, column, value)


def test_the_pattern_the_parser_and_another_library_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    import python_calamine

    from handlers.excel import cells

    data = by_xlsxwriter(_many)
    fast = read(data)
    monkeypatch.setattr(cells, "_fast", _unusual)
    monkeypatch.setattr(excel, "_STRING", __import__("re").compile("never"))
    assert read(data) == fast
    oracle = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
    seen = [[_shown(value) for value in row] for row in oracle.to_python(skip_empty_area=False)]
    width = max(map(len, fast[0].rows))
    assert [[*row, *[""] * (width - len(row))] for row in fast[0].rows] == seen


def _unusual(*_: object) -> None:
    from handlers.forms.grid import Unusual

    raise Unusual


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    return f"{value:.15g}" if isinstance(value, float) else str(value)


@pytest.mark.parametrize("prefix", ["x", "main"])
def test_the_prefix_of_elements_does_not_matter(prefix: str) -> None:
    written = f'<{prefix}:row r="1"><{prefix}:c r="A1"><{prefix}:v>5</{prefix}:v></{prefix}:c></{prefix}:row>'
    assert rows(book(sheet(written, prefix))) == [["5"]]


def test_utf_16_is_read() -> None:
    written = sheet('<row r="1"><c r="A1" t="str"><v>出生</v></c></row>').replace("UTF-8", "UTF-16")
    assert rows(book(written.encode("utf-16"))) == [["出生"]]


def test_hidden_rows_and_sheets_are_read_and_told() -> None:
    one = sheet(
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="2" hidden="1"><c r="A2"><v>2</v></c></row>'
        '<row r="3" hidden="1"/>'
    )
    first, second = read(book(one, one, states=("visible", "veryHidden")))
    assert first.notes == (CellNote(2, 0, "hidden_row"),)
    assert second.notes == (CellNote(0, 0, "hidden_sheet"), CellNote(2, 0, "hidden_row"))


def test_shared_texts_in_runs_and_with_reading_aids_are_whole() -> None:
    runs = '<si><r><t>张</t></r><r><t xml:space="preserve"> 三</t></r></si>'
    strings = f'<sst>{runs}<si><t>李四</t><rPh sb="0" eb="1"><t>lisi</t></rPh></si><si/></sst>'
    cells = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>2</v></c><c r="C1" t="s"><v>1</v></c></row>'
    assert rows(book(sheet(cells), strings=strings)) == [["张 三", "", "李四"]]


def test_sheets_of_charts_are_left_out() -> None:
    parts = entries(sheet('<row r="1"><c r="A1"><v>1</v></c></row>'), sheet(""))
    relations = str(parts["xl/_rels/workbook.xml.rels"])
    second = 'worksheet" Target="worksheets/sheet2'
    parts["xl/_rels/workbook.xml.rels"] = relations.replace(second, second.replace("work", "chart", 1))
    assert [page.name for page in read(zipped(parts))] == ["表1"]


@pytest.mark.parametrize(
    "target",
    ["/xl/worksheets/sheet1.xml", "worksheets\\sheet1.xml", "./worksheets/Sheet1.XML", "../xl/worksheets/sheet1.xml"],
)
def test_targets_are_found_however_they_are_written(target: str) -> None:
    parts = entries(sheet('<row r="1"><c r="A1"><v>1</v></c></row>'))
    parts["xl/_rels/workbook.xml.rels"] = str(parts["xl/_rels/workbook.xml.rels"]).replace(
        "worksheets/sheet1.xml", target
    )
    assert rows(zipped(parts)) == [["1"]]


def test_rows_and_cells_are_limited_over_all_sheets() -> None:
    two = sheet('<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A2"><v>2</v></c></row>')
    assert len(read(book(two, two), Limits(rows=4))) == 2
    assert trouble(book(two, two), Limits(rows=3)) == (Trouble.TOO_LARGE, "rows")
    assert trouble(book(two, two), Limits(cells=3)) == (Trouble.TOO_LARGE, "cells")
    assert trouble(book(sheet('<row r="1"><c r="AB1"><v>1</v></c></row>')), Limits(columns=27)) == (
        Trouble.TOO_LARGE,
        "columns",
    )
    assert trouble(book(sheet('<row r="1"><c r="A1" t="str"><v>abcd</v></c></row>')), Limits(text=3)) == (
        Trouble.TOO_LARGE,
        "text",
    )


def test_what_is_another_format_is_said() -> None:
    ole2 = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600)
    assert trouble(ole2) == (Trouble.UNSUPPORTED, "not_excel")
    assert trouble(ole2 + "EncryptedPackage".encode("utf-16-le")) == (Trouble.NEEDS_PASSWORD, "not_excel")
    assert trouble(b"<html><table><tr><td>1</td></tr></table>") == (Trouble.UNSUPPORTED, "not_excel")
    assert trouble(zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<x/>"})) == (
        Trouble.UNSUPPORTED,
        "open_document",
    )
    binary = '<Relationships><Relationship Id="r" Type="x/officeDocument" Target="xl/workbook.bin"/></Relationships>'
    assert trouble(zipped({"_rels/.rels": binary, "xl/workbook.bin": b"\x83"})) == (Trouble.UNSUPPORTED, "binary_excel")
    assert trouble(zipped({"word/document.xml": "<x/>"})) == (Trouble.DAMAGED, "workbook")
    assert trouble(b"") == (Trouble.EMPTY, "")


def test_it_opens_what_is_or_calls_itself_a_workbook() -> None:
    made = by_xlsxwriter(_registrations)[:4096]
    assert excel.opens(made, "") and excel.opens(b"<html>", "报表.XLS")
    assert not excel.opens(b"PK\x03\x04word/document.xml[Content_Types].xml", "a.docx") and not excel.opens(
        b"PK\x03\x04a.txt", "a.zip"
    )
