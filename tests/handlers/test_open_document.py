"""OpenDocument spreadsheets: real ones are read as the same workbook in .xlsx is, and repetition costs nothing."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

import pytest

from gateway.handler import CellNote, Limits, Trouble
from handlers import excel, open_document
from tests.handlers.books import by_openpyxl, by_xlsxwriter, zipped
from tests.handlers.office import converted
from tests.handlers.reading import Reading
from tests.handlers.test_excel import _many, _other_program, _registrations

OASIS = "urn:oasis:names:tc:opendocument:xmlns"
SPACES = " ".join(f'xmlns:{name}="{OASIS}:{name}:1.0"' for name in ("office", "table", "text", "style"))
CALC = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
TYPE = "application/vnd.oasis.opendocument.spreadsheet"


def content(*tables: str, styles: str = "", spaces: str = SPACES) -> str:
    written = "".join(f'<table:table table:name="表{at}">{rows}</table:table>' for at, rows in enumerate(tables, 1))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces} {CALC}>'
        f"<office:automatic-styles>{styles}</office:automatic-styles><office:body><office:spreadsheet>"
        f"{written}</office:spreadsheet></office:body></office:document-content>"
    )


def ods(xml: str, **more: str) -> bytes:
    return zipped({"mimetype": TYPE, "content.xml": xml, "META-INF/manifest.xml": "<manifest/>", **more}, method=0)


def row(*cells: str, given: str = "") -> str:
    return f"<table:table-row {given}>{''.join(cells)}</table:table-row>"


def cell(text: str = "", given: str = "", kind: str = "string") -> str:
    kind = f'office:value-type="{kind}"' if kind else ""
    inner = f"<text:p>{text}</text:p>" if text else ""
    return f"<table:table-cell {kind} {given}>{inner}</table:table-cell>"


def page(*rows: str) -> bytes:
    return ods(content("".join(rows)))


READING = Reading(open_document)
read, rows, trouble = READING.read, READING.rows, READING.trouble


def _hiding(book: Any) -> None:
    first, second = book.add_worksheet("明"), book.add_worksheet("暗")
    first.write_column(0, 0, ["a", "b", "c"])
    first.set_row(1, None, None, {"hidden": True})
    first.write_comment(2, 0, "a remark")
    first.insert_textbox(4, 4, "a shape")
    second.write(1, 1, "x")
    second.hide()


@pytest.fixture(scope="module")
def pairs() -> dict[str, tuple[bytes, bytes]]:
    """Workbooks, each as .xlsx and as LibreOffice saves it as .ods."""
    new = {
        "births.xlsx": by_xlsxwriter(_registrations),
        "other.xlsx": by_openpyxl(_other_program),
        "many.xlsx": by_xlsxwriter(_many),
        "hiding.xlsx": by_xlsxwriter(_hiding),
    }
    old = converted(new, "ods")
    return {name: (new[f"{name}.xlsx"], old[name]) for name in old}


@pytest.mark.parametrize("name", ["births", "many", "hiding"])
def test_a_real_document_gives_what_the_workbook_gives(pairs: dict[str, tuple[bytes, bytes]], name: str) -> None:
    """But for truth values, which LibreOffice saves as the numbers 1 and 0 when they came from a workbook."""
    new, document = pairs[name]
    truth = {"TRUE": "1", "FALSE": "0"}
    was, now = excel.read_sheets(new, Limits()), read(document)
    assert [one.name for one in was] == [one.name for one in now]
    for before, after in zip(was, now, strict=True):
        assert [[truth.get(cell, cell) for cell in line] for line in before.rows] == [list(line) for line in after.rows]
        assert before.notes == after.notes


def test_dates_long_numbers_and_failed_formulas_are_told_alike(pairs: dict[str, tuple[bytes, bytes]]) -> None:
    new, document = pairs["other"]
    (was,), (now,) = excel.read_sheets(new, Limits()), read(document)
    assert [list(one) for one in now.rows[:4]] == [list(one) for one in was.rows[:4]]
    assert list(now.rows[4]) == ["2", "#N/A"]  # LibreOffice has worked the formula out
    assert set(now.notes) == {note for note in was.notes if note.code != "no_value"}


def test_a_table_of_text_becomes_dates_where_the_program_took_them_as_such() -> None:
    data = converted({"a.csv": "日期,身份证号\n2026-10-05,110101202610020029\n".encode()}, "ods")["a"]
    (sheet,) = read(data)
    assert list(sheet.rows[1]) == [date(2026, 10, 5).isoformat(), "110101202610020000"]
    assert sheet.notes == (CellNote(2, 2, "lost_digits"),)


def test_cells_and_rows_are_repeated_where_they_are_filled_and_passed_over_where_not() -> None:
    far = 'table:number-columns-repeated="16384"'
    data = page(
        row(cell("a", 'table:number-columns-repeated="2"'), cell(kind=""), cell("b"), cell("", far, "")),
        row(cell("", far, ""), given='table:number-rows-repeated="2"'),
        row(cell("c"), given='table:number-rows-repeated="2" table:visibility="collapse"'),
        row(cell("", far, ""), given='table:number-rows-repeated="1048570"'),
    )
    (sheet,) = read(data)
    assert [list(one) for one in sheet.rows] == [["a", "a", "", "b"], [], [], ["c"], ["c"]]
    assert sheet.notes == (CellNote(4, 0, "hidden_row"), CellNote(5, 0, "hidden_row"))


def test_only_the_words_of_the_cell_itself_are_read() -> None:
    remark = "<office:annotation><text:p>remark</text:p></office:annotation>"
    ruby = "<text:ruby><text:ruby-base>张</text:ruby-base><text:ruby-text>zhang</text:ruby-text></text:ruby>"
    shape = "<table:shapes><draw:frame xmlns:draw='d'><text:p>shape</text:p></draw:frame></table:shapes>"
    inner = f"{remark}<text:p>一 <text:span>二\n三</text:span><text:s text:c='2'/>x</text:p><text:p> {ruby}</text:p>"
    data = page(shape, row(f'<table:table-cell office:value-type="string">{inner}</table:table-cell>', cell("后")))
    assert rows(data) == [["一 二 三  x\n张", "后"]]


def test_covered_cells_and_changes_that_are_kept_are_no_cells() -> None:
    covered = "<table:covered-table-cell/>"
    kept = content(row(cell("a", 'table:number-columns-spanned="2"'), covered, cell("b"))).replace(
        "<office:spreadsheet>",
        f"<office:spreadsheet><table:tracked-changes><table:deletion>{cell('gone')}</table:deletion></table:tracked-changes>",
    )
    assert rows(ods(kept)) == [["a", "", "b"]]


def test_errors_and_formulas_without_a_result_are_told() -> None:
    formula = 'table:formula="of:=1"'
    data = page(
        row(
            cell("#N/A", f'{formula} calcext:value-type="error" office:string-value=""'),
            cell("Err:502", f'{formula} office:value="0"', "float"),
            cell("", formula, ""),
            cell("错误：508", f'{formula} office:value="0"', "float"),
            cell("", f'{formula} office:string-value=""'),
            cell("yes", 'office:boolean-value="true"', "boolean"),
            cell("26:00", 'office:time-value="PT26H00M00S"', "time"),
        )
    )
    (sheet,) = read(data)
    assert list(sheet.rows[0]) == ["#N/A", "Err:502", "", "错误：508", "", "TRUE", "26:00"]
    assert sheet.notes == (
        CellNote(1, 1, "error_cell"), CellNote(1, 2, "error_cell"), CellNote(1, 3, "no_value"),
        CellNote(1, 4, "error_cell"),
    )  # fmt: skip


def test_numbers_of_thousands_of_digits_end_no_reader() -> None:
    digits = "1" * 5_000
    data = page(
        row(
            cell("shown", f'office:value="{digits}"', "float"),
            cell("shown", f'office:value="0.{digits}"', "float"),
            cell("shown", f'office:time-value="PT{digits}H00M00S"', "time"),
        )
    )
    (sheet,) = read(data)
    assert (list(sheet.rows[0]), sheet.notes) == (["shown"] * 3, ())
    assert trouble(page(row(cell("a", f'table:number-columns-repeated="{digits}"')))) == (Trouble.DAMAGED, "repeated")


def test_hidden_sheets_are_known_by_their_style() -> None:
    hiding = '<style:table-properties table:display="false"/>'
    style = f'<style:style style:name="ta9" style:family="table">{hiding}</style:style>'
    data = content(row(cell("a")), styles=style).replace('"表1"', '"表1" table:style-name="ta9"')
    assert read(ods(data))[0].notes == (CellNote(0, 0, "hidden_sheet"),)


LOCKED = "<manifest:manifest xmlns:manifest='m'><manifest:file-entry><manifest:encryption-data/></manifest:file-entry></manifest:manifest>"  # fmt: skip  # noqa: E501


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (page(row(cell("a", 'table:number-columns-repeated="16384"'))), (Trouble.TOO_LARGE, "columns")),
        (page(row(cell("a"), given='table:number-rows-repeated="999999999"')), (Trouble.TOO_LARGE, "rows")),
        (page(row(cell("a", 'table:number-columns-repeated="900"'), given='table:number-rows-repeated="99999"')),
         (Trouble.TOO_LARGE, "cells")),
        (page(row(cell("a" * 32_767), given='table:number-rows-repeated="9999"')), (Trouble.TOO_LARGE, "cells")),
        (page(row(cell("a"), given='table:number-rows-repeated="-1"')), (Trouble.DAMAGED, "repeated")),
        (page(row(cell("a"), given='table:number-rows-repeated="99999999999999"')), (Trouble.DAMAGED, "repeated")),
        (page(row(cell("<text:s text:c='999999999'/>"))), (Trouble.TOO_LARGE, "text")),
        (page(row(cell("a" * 40_000))), (Trouble.TOO_LARGE, "text")),
        (page(row(cell("<x>" * 100 + "</x>" * 100))), (Trouble.DAMAGED, "xml depth")),
        (page("<a/>" * 6_000_000), (Trouble.TOO_LARGE, "xml elements")),
        (page(row(cell("a")))[:-50], (Trouble.DAMAGED, "zip")),
        (ods(content(row(cell("a")))[:-9]), (Trouble.DAMAGED, "xml")),
        (ods("<!DOCTYPE x [<!ENTITY l 'ha'>]>" + content()[38:]), (Trouble.DAMAGED, "xml document type")),
        (ods(content(), **{"META-INF/manifest.xml": LOCKED}), (Trouble.NEEDS_PASSWORD, "")),
        (ods(content()), (Trouble.EMPTY, "sheets")),
        (ods(content(*["<a/>"] * 201)), (Trouble.TOO_LARGE, "sheets")),
        (zipped({"mimetype": TYPE}), (Trouble.DAMAGED, "content")),
        (ods(content(spaces=SPACES.replace('xmlns:table=', 'xmlns:t='))), (Trouble.UNSUPPORTED, "prefixes")),
    ],
    ids=["columns", "rows", "cells", "characters", "negative", "endless", "blanks", "text", "deep", "elements",
         "cut zip", "cut xml",
         "entities", "password", "no sheets", "many sheets", "no content", "prefixes"],
)  # fmt: skip
def test_what_is_wrong_is_said_soon(data: bytes, said: tuple[Trouble, str]) -> None:
    start = time.process_time()
    assert trouble(data) == said
    assert time.process_time() - start < 25


def test_it_opens_documents_whatever_they_are_called() -> None:
    assert open_document.opens_whole(page(row(cell("a"))), "报表.xls")
    assert open_document.opens_whole(zipped({"content.xml": content(), "mimetype": TYPE}), "报表.ods") is False
    assert open_document.opens_whole(zipped({"META-INF/manifest.xml": "<a/>", "content.xml": content()}), "报表.ODS")
    assert not open_document.opens_whole(by_xlsxwriter(_registrations), "报表.ods")
    text = {"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content()}
    assert not open_document.opens_whole(zipped(text, method=0), "报表.odt")
