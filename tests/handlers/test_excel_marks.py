"""A marked workbook is the officer's own: everything is as it was, but for the marks and one sheet in front."""

from __future__ import annotations

import io
import re
import time
import zipfile
from contextlib import suppress
from typing import Any

import openpyxl
import pytest

from gateway.handler import SETTLED, Limits, Mark, Marking, Trouble, Unreadable
from handlers.excel import mark, read_sheets
from tests.handlers.books import DECLARED, MAIN, book, by_openpyxl, by_xlsxwriter, entries, sheet, zipped
from tests.handlers.ugly_book import ROWS, TOP, ugly_book

DATA = "张's 明细"
MOST = 10_000_000
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="0.00"/></numFmts>'
    '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    "<borders count='1'><border/></borders><cellStyleXfs count='1'><xf/></cellStyleXfs>"
    '<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="164" fontId="0" fillId="1" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs></styleSheet>'
)
ERROR, QUERY = "FFFFCFC9", "FFFFF1BF"


def of(row: int, column: int, kind: str = "error", sheet: str = DATA, note: str = "请改正") -> Mark:
    return Mark(sheet, row, column, kind, note, ("性别", "=1+1", note, "1", "", ""))


def marking(*marks: Mark, cells: int = 2_000) -> Marking:
    head = ("序号", "类别", "工作表", "单元格", "项目", "填报内容", "问题", "建议改为")
    kinds = {"error": "错误", "query": "疑问", SETTLED: "已说明"}
    return Marking("核对结果说明", "请改正", "报表核对", ("共几处",), head, kinds, marks, cells)


def marked(data: bytes, *marks: Mark, **given: Any) -> bytes:
    return mark(data, marking(*marks, **given), Limits(), MOST)


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def opened(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data))


OVERRIDE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{OVERRIDE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{OVERRIDE}.styles+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{OVERRIDE}.worksheet+xml"/></Types>'
)


def one_sheet(rows: str, **given: Any) -> bytes:
    """A workbook of one sheet called 表1, complete enough for other programs."""
    return zipped(entries(sheet(rows, **given), styles=STYLES) | {"[Content_Types].xml": TYPES})


def fill(cell: Any) -> str:
    return str(cell.fill.fgColor.rgb) if cell.fill.patternType == "solid" else ""


def test_a_query_that_was_answered_is_listed_and_its_cell_is_left_as_it_is() -> None:
    before = opened(ugly_book())[DATA]
    made = opened(marked(ugly_book(), of(6, 3), of(7, 4, SETTLED), cells=1))
    assert (fill(made[DATA]["C6"]), fill(made[DATA]["D7"])) == (ERROR, fill(before["D7"]))
    assert made[DATA]["C6"].comment and made[DATA]["D7"].comment is None
    *_, last = made.worksheets[0].iter_rows()
    assert (last[1].value, fill(last[1]), fill(last[8])) == ("已说明", "", "")
    assert last[3].hyperlink.location.endswith("!D7")


def looks(cell: Any) -> tuple[str, ...]:
    return tuple(map(repr, (cell.number_format, cell.font, cell.border, cell.alignment, cell.protection)))


MARKS = (of(6, 3), of(7, 4, note="年月日次序不明"), of(8, 7), of(10, 1, "query"), of(0, 0, "query"))


def test_parts_that_nothing_is_said_of_come_back_byte_for_byte() -> None:
    before, after = parts(ugly_book()), parts(marked(ugly_book(), *MARKS))
    assert {name for name in before if before[name] != after[name]} == {
        "[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml", "xl/comments1.xml",
        "xl/drawings/vmlDrawing1.vml", "xl/worksheets/sheet2.xml", "xl/worksheets/sheet3.xml",
    }  # fmt: skip
    assert after.keys() - before.keys() == {"xl/worksheets/marks1.xml"}


def test_of_a_marked_sheet_only_styles_of_marked_cells_change() -> None:
    before, after = (parts(data)["xl/worksheets/sheet2.xml"] for data in (ugly_book(), marked(ugly_book(), *MARKS)))
    cells = re.compile(rb'<c r="(C6|D7|A10)" s="[0-9]+"')
    made = re.compile(rb'<c r="G8" s="[0-9]+"/>')  # there was none
    assert len(made.findall(after)) == 1
    before = before.replace(b'<row r="8" spans="1:11">', b'<row r="8">').replace(
        b'<row r="8" spans="1:9">', b'<row r="8">'
    )
    assert cells.sub(rb'<c r="\1"', before) == cells.sub(rb'<c r="\1"', made.sub(b"", after))


def test_of_the_sheet_that_was_in_front_only_the_selection_goes() -> None:
    before, after = (parts(data)["xl/worksheets/sheet3.xml"] for data in (ugly_book(), marked(ugly_book(), *MARKS)))
    assert before.replace(b' tabSelected="1"', b"") == after


def test_another_program_finds_every_value_formula_and_format_as_it_was() -> None:
    before, after = opened(ugly_book()), opened(marked(ugly_book(), *MARKS))
    places = {"C6", "D7", "G8", "A10"}
    assert after.sheetnames == ["核对结果说明", *before.sheetnames]
    for one in before:
        other = after[one.title]
        assert [[cell.value for cell in row] for row in one] == [[cell.value for cell in row] for row in other]
        for a, b in ((a, b) for row in one for a, b in zip(row, other[row[0].row], strict=False)):
            assert looks(a) == looks(b) or a.coordinate == "G8"
            assert repr(a.fill) == repr(b.fill) or (one.title == DATA and a.coordinate in places)
        assert one.merged_cells.ranges == other.merged_cells.ranges
        assert (one.freeze_panes, one.print_area, one.print_title_rows) == (
            other.freeze_panes, other.print_area, other.print_title_rows,
        )  # fmt: skip
        assert {k: v.width for k, v in one.column_dimensions.items()} == {
            k: v.width for k, v in other.column_dimensions.items()
        }
        assert [str(r.sqref) for r in one.conditional_formatting] == [
            str(r.sqref) for r in other.conditional_formatting
        ]
        assert len(one.data_validations.dataValidation) == len(other.data_validations.dataValidation)
        assert (len(one._charts), len(one._images)) == (len(other._charts), len(other._images))
    assert {n: d.value for n, d in before.defined_names.items()} == {n: d.value for n, d in after.defined_names.items()}
    assert read_sheets(ugly_book(), Limits())[1].rows == read_sheets(marked(ugly_book(), *MARKS), Limits())[2].rows


def test_marked_cells_have_the_colour_of_their_kind_and_a_comment() -> None:
    found = opened(marked(ugly_book(), *MARKS))[DATA]
    assert {c.coordinate: fill(c) for row in found for c in row if fill(c) in (ERROR, QUERY)} == {
        "C6": ERROR, "D7": ERROR, "G8": ERROR, "A10": QUERY,
    }  # fmt: skip
    assert (found["D7"].comment.text, found["D7"].comment.author) == ("年月日次序不明", "报表核对")


def test_what_the_officer_wrote_as_a_comment_stays_and_ours_follows_it() -> None:
    found = opened(marked(ugly_book(), *MARKS))[DATA]
    assert found["B4"].comment.text == "证明编号以字母开头"
    theirs, _, ours = found["C6"].comment.text.partition("\n————\n")
    assert (theirs, ours, found["C6"].comment.author) == ("张：这里要再问一下医院", "请改正", "张示例")


def test_each_comment_has_one_box() -> None:
    drawing = parts(marked(ugly_book(), *MARKS))["xl/drawings/vmlDrawing1.vml"].decode()
    rows, columns = (re.findall(rf"<x:{name}>([0-9]+)<", drawing) for name in ("Row", "Column"))
    assert sorted(zip(map(int, rows), map(int, columns), strict=True)) == [(3, 1), (5, 2), (6, 3), (7, 6), (9, 0)]
    numbers = re.findall(r'id="(_x0000_s[0-9]+)"', drawing)
    assert len(numbers) == len(set(numbers)) == 5


def test_the_first_sheet_lists_all_with_links_and_holds_no_formula() -> None:
    front = opened(marked(ugly_book(), *MARKS)).worksheets[0]
    rows = [[cell.value for cell in row] for row in front.iter_rows(min_row=5)]
    assert rows[0] == ["1", "错误", DATA, "C6", "性别", "=1+1", "请改正", "1", None, None]
    assert [row[3] for row in rows] == ["C6", "D7", "G8", "A10", None]
    assert [link.location for row in front.iter_rows(min_row=5) for cell in row if (link := cell.hyperlink)] == [
        f"'张''s 明细'!{place}" for place in ("C6", "D7", "G8", "A10")
    ]
    assert all(cell.data_type in "sn" and cell.data_type != "f" for row in front for cell in row)
    assert b"<f>" not in parts(marked(ugly_book(), *MARKS))["xl/worksheets/marks1.xml"]


def test_the_first_sheet_alone_is_selected_and_names_still_mean_their_sheet() -> None:
    found = opened(marked(ugly_book(), *MARKS))
    assert found.active.title == "核对结果说明"
    assert [one.sheet_view.tabSelected for one in found] == [True, None, None, None]
    home = parts(marked(ugly_book(), *MARKS))["xl/workbook.xml"].decode()
    assert set(re.findall(r'localSheetId="([0-9])"', home)) == {"2"}


def test_cells_and_rows_that_are_not_there_are_made_in_their_order() -> None:
    rows = '<row r="2" spans="2:2"><c r="B2" s="1"><v>5</v></c></row><row r="4" s="1" customFormat="1"/>'
    data = one_sheet(rows, before='<cols><col min="3" max="3" width="9" style="1"/></cols>')
    places = ((1, 1), (2, 1), (2, 3), (3, 2), (4, 2), (7, 3), (9, 1))
    xml = parts(marked(data, *(of(*place, sheet="表1") for place in places)))["xl/worksheets/sheet1.xml"].decode()
    assert re.findall(r'r="([A-Z]?[0-9]+)"', xml) == [
        "1", "A1", "2", "A2", "B2", "C2", "3", "B3", "4", "B4", "7", "C7", "9", "A9",
    ]  # fmt: skip
    assert 'spans="2:2"' not in xml
    found = opened(marked(data, *(of(*place, sheet="表1") for place in places)))["表1"]
    formats = {place: found.cell(*place).number_format for place in (*places, (2, 2))}
    assert {place for place, shown in formats.items() if shown == "0.00"} == {(2, 2), (2, 3), (4, 2), (7, 3)}


@pytest.mark.parametrize("rows", ["", '<row r="3"/>'])
def test_an_empty_sheet_can_be_marked(rows: str) -> None:
    closed = parts(one_sheet(rows))
    name = "xl/worksheets/sheet1.xml"
    closed[name] = closed[name].replace(b"<sheetData></sheetData>", b"<sheetData/>")
    for data in (one_sheet(rows), zipped(dict(closed))):
        assert fill(opened(marked(data, of(2, 2, sheet="表1")))["表1"]["B2"]) == ERROR


@pytest.mark.parametrize("kind", ["prefixed", "strict", "utf-16", "bom", "quotes"])
def test_other_ways_of_writing_the_same_are_kept(kind: str) -> None:
    rows = '<row r="2"><c r="B2" s="1" t="str"><v>x</v></c></row>'
    found = entries(sheet(rows), styles=STYLES) | {"[Content_Types].xml": TYPES}
    one = "xl/worksheets/sheet1.xml"
    if kind == "prefixed":
        found[one] = sheet(re.sub(r"<(/?)(row|c|v)\b", r"<\1x:\2", rows), prefix="x")
    elif kind == "utf-16":
        found[one] = str(found[one]).replace("UTF-8", "UTF-16").encode("utf-16")
    elif kind == "bom":
        found[one] = b"\xef\xbb\xbf" + str(found[one]).encode()
    elif kind == "quotes":
        found[one] = str(found[one]).replace('s="1"', "s = '1'")
    elif kind == "strict":
        old = "http://schemas.openxmlformats.org"
        found = {
            name: str(xml)
            .replace(f"{old}/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main")
            .replace(f"{old}/officeDocument/2006", "http://purl.oclc.org/ooxml/officeDocument")
            for name, xml in found.items()
        }
    data = marked(zipped(found), of(2, 2, sheet="表1"), of(3, 1, sheet="表1"))
    front, sheet_1 = read_sheets(data, Limits())
    assert (front.name, sheet_1.name, list(sheet_1.rows[1])) == ("核对结果说明", "表1", ["", "x"])
    xml = parts(data)[one].decode()
    prefix = "x:" if kind == "prefixed" else ""
    assert f'<{prefix}row r="3"><{prefix}c r="A3" s="' in xml
    assert f"<{prefix}legacyDrawing " in xml
    if kind == "strict":
        assert all(b"schemas.openxmlformats.org/officeDocument" not in text for name, text in parts(data).items())
    else:
        assert fill(opened(data)["表1"]["B2"]) == ERROR


def test_merged_cells_are_marked_where_their_text_stands() -> None:
    def fill_in(made: Any) -> None:
        one = made.add_worksheet("表1")
        one.merge_range("B2:C4", "镇")

    found = opened(marked(by_xlsxwriter(fill_in), of(3, 3, sheet="表1", note="一"), of(4, 2, sheet="表1", note="二")))
    assert fill(found["表1"]["B2"]) == ERROR
    assert found["表1"]["B2"].comment.text == "一\n\n二"


def test_a_sheet_with_buttons_and_no_comments_gets_its_boxes_into_the_same_drawing() -> None:
    def fill_in(made: Any) -> None:
        made.add_worksheet("表1").insert_button("B3", {"caption": "打印"})

    drawing = parts(marked(by_xlsxwriter(fill_in), of(2, 2, sheet="表1")))["xl/drawings/vmlDrawing1.vml"]
    assert drawing.count(b'ObjectType="Button"') == drawing.count(b'ObjectType="Note"') == 1


def test_comments_of_another_program_are_kept() -> None:
    def fill_in(made: Any) -> None:
        made.active["B2"] = "值"
        made.active["B2"].comment = openpyxl.comments.Comment("问", "李")
        made.active["A1"].comment = openpyxl.comments.Comment("答", "李")

    found = opened(marked(by_openpyxl(fill_in), of(2, 2, sheet="Sheet", note="改"), of(1, 2, sheet="Sheet")))["Sheet"]
    assert (found["B2"].comment.text, found["A1"].comment.text) == ("问\n————\n改", "答")


def test_marks_of_an_earlier_round_go_when_the_workbook_comes_again() -> None:
    once = marked(ugly_book(), *MARKS)
    found = opened(marked(once, of(8, 7), of(9, 9, note="新")))
    assert found.sheetnames == opened(once).sheetnames
    data = found[DATA]
    assert [c.coordinate for row in data for c in row if fill(c) in (ERROR, QUERY)] == ["G8", "I9"]
    assert (data["D7"].comment, data["I9"].comment.text) == (None, "新")
    assert found.worksheets[0].max_row == 6
    drawing = parts(marked(once, of(8, 7)))["xl/drawings/vmlDrawing1.vml"]
    assert drawing.count(b"<x:ClientData") == 3


def test_only_so_many_cells_are_coloured_and_all_are_listed() -> None:
    marks = [of(row, 2, sheet="表1") for row in range(1, 31)]
    found = opened(marked(one_sheet(""), *marks, cells=10))
    assert sum(fill(c) == ERROR for row in found["表1"] for c in row) == 10
    assert found.worksheets[0].max_row == 4 + 30


def test_a_finding_about_a_sheet_that_is_not_there_is_listed_without_a_link() -> None:
    front = opened(marked(ugly_book(), of(2, 2, sheet="别的"))).worksheets[0]
    assert (front["D5"].value, front["D5"].hyperlink) == ("B2", None)


def test_a_font_s_name_is_a_name_whatever_stands_in_it() -> None:
    given = zipped(entries(sheet("<row r='1'><c r='A1'/></row>"), styles=STYLES.replace("Calibri", "{0:>9} {x} {"))
                   | {"[Content_Types].xml": TYPES})  # fmt: skip
    book = opened(marked(given, of(1, 1, sheet="表1")))
    assert book.worksheets[0]["A1"].font.name == "{0:>9} {x} {"


def test_characters_that_no_workbook_can_hold_are_left_out() -> None:
    front = read_sheets(marked(ugly_book(), of(2, 2, note="a\x00b\ufffe<&>_x000D_")), Limits())[0]
    assert front.rows[4][6] == "ab<&>_x000D_"


def test_a_copy_that_is_too_large_is_not_made() -> None:
    with pytest.raises(Unreadable) as raised:
        mark(ugly_book(), marking(*MARKS), Limits(), 5_000)
    assert raised.value.trouble is Trouble.TOO_LARGE


def test_what_cannot_be_changed_without_harm_is_said_so() -> None:
    macros = entries(sheet(""), styles=STYLES)
    related = str(macros["xl/_rels/workbook.xml.rels"])
    macros["xl/_rels/workbook.xml.rels"] = related.replace(
        "</Relationships>",
        '<Relationship Id="m" Type="http://schemas.microsoft.com/office/2006/relationships/vbaProject" '
        'Target="vbaProject.bin"/></Relationships>',
    )
    disordered = book(sheet('<row r="2"/><row r="1"/>'), styles=STYLES)
    for data in (b"\xd0\xcf\x11\xe0", b"a,b", book(sheet("")), zipped(macros), disordered):
        with pytest.raises(Unreadable) as raised:
            marked(data, of(1, 1, sheet="表1"))
        assert raised.value.trouble is Trouble.UNSUPPORTED


def test_a_document_type_is_refused() -> None:
    bad = DECLARED + f'<!DOCTYPE x [<!ENTITY a "b">]><worksheet xmlns="{MAIN}"><sheetData/></worksheet>'
    with pytest.raises(Unreadable) as raised:
        marked(book(bad, styles=STYLES), of(1, 1, sheet="表1"))
    assert raised.value.trouble is Trouble.UNSUPPORTED


MANY = 20_000
LONG = [
    ("xl/worksheets/sheet2.xml", b"</sheetData>", b"<row " * MANY + b"</sheetData>"),
    ("xl/worksheets/sheet2.xml", b"<c ", b"<c" + b" " * MANY * 5),
    ("xl/workbook.xml", b"<workbookView", b"<workbookView" + b" " * MANY * 5),
    ("xl/styles.xml", b"<xf ", b"<xf" + b" " * MANY * 2),
    ("xl/drawings/vmlDrawing1.vml", b"</xml>", b"<v:shape " * MANY + b"</xml>"),
    ("xl/comments1.xml", b"</commentList>", b'<comment ref="C6"><text/></comment>' * MANY + b"</commentList>"),
    ("xl/styles.xml", b"</fills>", b"<fill><fgColor/></fill>" * MANY + b"</fills>"),
    ("xl/worksheets/sheet2.xml", b"<sheetData>",
     b"<cols>" + b'<col min="9" max="9" style="0"/>' * MANY * 9 + b"</cols><sheetData>"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("part", "old", "new"), LONG, ids=["rows", "cells", "view", "styles", "boxes", "comments", "fills", "columns"]
)
def test_no_part_is_gone_through_again_for_each_of_its_pieces(part: str, old: bytes, new: bytes) -> None:
    data = parts(ugly_book())
    assert old in data[part]
    book = zipped({**data, part: data[part].replace(old, new)}, zipfile.ZIP_STORED)
    begun = time.process_time()
    with suppress(Unreadable):
        marked(book, *(of(row, column) for row in range(2, 102) for column in range(1, 10)))
    assert time.process_time() - begun < 4


def test_numbers_of_thousands_of_digits_in_the_frame_of_a_workbook_do_no_harm() -> None:
    data = parts(ugly_book())
    digits = b"9" * 5_000
    for part, old, new in (
        ("xl/workbook.xml", b'sheetId="1"', b'sheetId="%s"' % digits),
        ("xl/workbook.xml", b'localSheetId="', b'localSheetId="%s' % digits),
        ("xl/comments1.xml", b'authorId="0"', b'authorId="%s"' % digits),
        ("xl/drawings/vmlDrawing1.vml", b"<x:Row>", b"<x:Row>" + digits),
    ):
        assert old in data[part]
        assert parts(marked(zipped({**data, part: data[part].replace(old, new)}), *MARKS))


def test_the_rows_of_the_ugly_book_are_where_the_tests_think() -> None:
    assert read_sheets(ugly_book(), Limits())[1].rows[TOP][1] == ROWS[0][1]
