"""A mended workbook is the officer's own: the repaired cells hold their new text, and every other byte is as it was."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

import openpyxl
import pytest

from gateway.handler import Limits, Mend, Trouble, Unreadable
from handlers.excel import mend, read_sheets
from tests.handlers.books import book, by_xlsxwriter, sheet
from tests.handlers.test_excel_marks import DATA, MOST, STYLES, parts
from tests.handlers.ugly_book import ugly_book


def mended(data: bytes, *cells: Mend, most: int = MOST) -> bytes:
    return mend(data, cells, Limits(), most)


def to(row: int, column: int, text: str, name: str = DATA) -> Mend:
    return Mend(name, row, column, text)


def sheet_part(data: bytes) -> str:
    """The part that holds the cells of the reports."""
    return next(
        name for name, xml in parts(data).items() if name.startswith("xl/worksheets/") and xml.count(b"<row") > 6
    )


def test_the_cells_hold_their_new_texts_and_all_others_what_they_held() -> None:
    before = ugly_book()
    after = mended(before, to(6, 3, "1"), to(6, 4, "2026-12-03"), to(7, 3, "2"))
    old, new = (next(s for s in read_sheets(data, Limits()) if s.name == DATA) for data in (before, after))
    differing = {
        (i, j): (a, b)
        for i, (one, other) in enumerate(zip(old.rows, new.rows, strict=True), 1)
        for j, (a, b) in enumerate(zip(one, other, strict=True), 1)
        if a != b
    }
    assert differing == {(6, 3): ("男", "1"), (6, 4): ("2026.12.3", "2026-12-03"), (7, 3): ("２", "2")}


def test_no_other_part_changes_but_for_the_order_to_compute_anew() -> None:
    data = ugly_book()
    before, after = parts(data), parts(mended(data, to(6, 3, "1")))
    changed = {name for name in before if before[name] != after.get(name)}
    assert set(before) == set(after)
    assert changed <= {sheet_part(data), "xl/workbook.xml"}
    told = re.sub(rb' fullCalcOnLoad="1"', b"", after["xl/workbook.xml"])
    assert told == re.sub(rb' fullCalcOnLoad="1"', b"", before["xl/workbook.xml"])
    assert b'fullCalcOnLoad="1"' in after["xl/workbook.xml"]


def test_every_other_cell_of_the_sheet_is_the_same_bytes() -> None:
    data = ugly_book()
    name = sheet_part(data)
    before, after = (parts(one)[name] for one in (data, mended(data, to(6, 3, "1"))))
    cell = rb'<c r="C6"[^>]*>.*?</c>'
    assert re.sub(cell, b"", before) == re.sub(cell, b"", after)
    found = re.search(cell, after)
    style = re.search(rb'<c r="C6" (s="\d+")', before)
    assert found and style and style[1] in found[0]
    assert found[0].endswith(b'<is><t xml:space="preserve">1</t></is></c>')


@pytest.mark.parametrize("text", ["1", "=1+1", "+1", "<a&b>", "007", "2026-12-01", "_x0041_", " 1 ", "说明"])
def test_a_text_stays_a_text_whatever_it_looks_like(text: str) -> None:
    after = mended(ugly_book(), to(6, 3, text))
    cell = openpyxl.load_workbook(io.BytesIO(after))[DATA]["C6"]
    assert cell.data_type in ("s", "inlineStr") and cell.value.replace("_x005F_", "_") == text
    assert next(s for s in read_sheets(after, Limits()) if s.name == DATA).rows[5][2] == text


def test_a_number_becomes_the_text_that_it_should_have_been() -> None:
    def fill(made: Any) -> None:
        made.add_worksheet("Sheet1").write_column("A1", ["代码", 1])

    data = by_xlsxwriter(fill)
    after = mended(data, to(2, 1, "01", "Sheet1"))
    assert read_sheets(after, Limits())[0].rows == [["代码"], ["01"]]


FORMULA = '<row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1"><v>1</v></c><c r="C1"/></row>'
ARRAY = (
    '<row r="1"><c r="A1"><f t="array" ref="A1:B2">C1:D2</f><v>2</v></c><c r="B1"><v>1</v></c></row>'
    '<row r="2"><c r="B2"><v>1</v></c><c r="C2"><v>1</v></c></row>'
)
RICH = '<row r="1"><c r="A1" vm="1" t="e"><v>#VALUE!</v></c></row>'


def plain(rows: str) -> bytes:
    return book(sheet(rows), styles=STYLES)


@pytest.mark.parametrize(
    ("rows", "row", "column"),
    [(FORMULA, 1, 1), (FORMULA, 1, 3), (FORMULA, 1, 4), (FORMULA, 2, 1), (ARRAY, 1, 2), (ARRAY, 2, 2), (RICH, 1, 1)],
)
def test_what_is_computed_or_not_there_is_not_touched(rows: str, row: int, column: int) -> None:
    with pytest.raises(Unreadable) as trouble:
        mended(plain(rows), Mend("表1", row, column, "x"))
    assert (trouble.value.trouble, trouble.value.where) == (Trouble.UNSUPPORTED, "cell")


def test_beside_a_computed_range_a_cell_can_be_mended() -> None:
    after = mended(plain(ARRAY), Mend("表1", 2, 3, "x"))
    assert read_sheets(after, Limits())[0].rows[1][2] == "x"


@pytest.mark.parametrize("data", [b"", b"a,b\n1,2\n", b"\xd0\xcf\x11\xe0" + bytes(600)])
def test_what_is_no_xlsx_is_refused(data: bytes) -> None:
    with pytest.raises(Unreadable):
        mended(data, to(1, 1, "x"))


def test_a_sheet_that_is_not_there_and_a_file_that_grows_too_large_are_refused() -> None:
    for cells, most, trouble in (
        ([to(1, 1, "x", "nowhere")], MOST, Trouble.UNSUPPORTED),
        ([to(6, 3, "1")], 1_000, Trouble.TOO_LARGE),
    ):
        with pytest.raises(Unreadable) as found:
            mended(ugly_book(), *cells, most=most)
        assert found.value.trouble is trouble


def test_a_book_that_only_says_it_has_macros_is_called_what_it_is() -> None:
    """Excel opens no .xlsx whose parts say that it is an .xlsm."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(ugly_book())) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            xml = source.read(name)
            if name == "[Content_Types].xml":
                kind = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
                xml = xml.replace(b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml", kind)
                assert kind in xml
            target.writestr(name, xml)
    assert b"macroEnabled" not in parts(mended(out.getvalue(), to(6, 3, "1")))["[Content_Types].xml"]
