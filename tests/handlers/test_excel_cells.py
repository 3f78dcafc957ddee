"""One cell at a time: each form that a program may write it in, and each kind of value."""

from __future__ import annotations

import pytest

from gateway.handler import Limits, Unreadable
from handlers import excel
from handlers.forms.values import date_text, is_date_format, number_text
from tests.handlers.books import book, sheet

DAY = "yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"
DATES = (
    f'<styleSheet><numFmts><numFmt numFmtId="164" formatCode="{DAY}"/></numFmts><cellXfs>'
    '<xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="22"/><xf numFmtId="20"/>'
    "</cellXfs></styleSheet>"
)


def rows(data: bytes) -> list[list[str]]:
    return [list(row) for row in excel.read_sheets(data, Limits())[0].rows]


CELLS = {
    "plain": ('<row r="1"><c r="A1"><v>5</v></c><c r="C1" t="str"><v>x</v></c></row>', [["5", "", "x"]]),
    "no references": ("<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>", [["1", "2"], ["3"]]),
    "single quotes": ("<row r='2'><c r='B2' t='str'><v>x</v></c></row>", [[], ["", "x"]]),
    "other order": ('<row r="1"><c t="str" s="0" r="A1"><v>x</v></c></row>', [["x"]]),
    "own attributes": ('<row r="1"><c r="A1" t="str" cm="1"><v>x</v></c></row>', [["x"]]),
    "line ends within": ('<row r="1"><c\nr="A1"\n><v>7</v></c></row>', [["7"]]),
    "line end and comment": ('<row r="1"><!-- <c r="B1"><v>6</v></c> --><c r="A1"><v>7</v></c></row>', [["7"]]),
    "literal text": ('<row r="1"><c r="A1" t="str"><v><![CDATA[<&>]]></v></c></row>', [["<&>"]]),
    "entities": ('<row r="1"><c r="A1" t="str"><v>&lt;&#20986;&#x751F;&amp;amp;</v></c></row>', [["<出生&amp;"]]),
    "own text": ('<row r="1"><c r="A1" t="inlineStr"><is><t>出生</t></is></c></row>', [["出生"]]),
    "own text in runs": (
        '<row r="1"><c r="A1" t="inlineStr"><is><r><t>出</t></r><r><t>生</t></r></is></c></row>',
        [["出生"]],
    ),
    "reading aid": (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>出生</t><rPh><t>chusheng</t></rPh></is></c></row>',
        [["出生"]],
    ),
    "escaped": ('<row r="1"><c r="A1" t="str"><v>a_x000D_b_x005F_</v></c></row>', [["a\rb_"]]),
    "escaped pair": ('<row r="1"><c r="A1" t="str"><v>_xD83D__xDE00_</v></c></row>', [["\U0001f600"]]),
    "escaped half": ('<row r="1"><c r="A1" t="str"><v>a_xD83D_b</v></c></row>', [["a\ufffdb"]]),
    "style without end": (f'<row r="1"><c r="A1" s="{"1" * 5_000}"><v>7</v></c></row>', [["7"]]),
    "number without end": (f'<row r="1"><c r="A1"><v>{"1" * 5_000}</v></c></row>', [["1" * 5_000]]),
    "formula": (
        '<row r="1"><c r="A1"><f>SUM(B1:B2)</f><v>7</v></c><c r="B1" t="str"><f t="shared" si="0"/><v>x</v></c></row>',
        [["7", "x"]],
    ),
    "iso date": ('<row r="1"><c r="A1" t="d"><v>2026-10-05T00:00:00</v></c></row>', [["2026-10-05"]]),
    "days": (
        '<row r="1"><c r="A1" s="1"><v>46296</v></c><c r="B1" s="2"><v>1</v></c><c r="C1" s="2"><v>60</v></c>'
        '<c r="D1" s="2"><v>61</v></c></row>',
        [["2026-10-01", "1900-01-01", "60", "1900-03-01"]],
    ),
    "times": (
        '<row r="1"><c r="A1" s="3"><v>46296.354166666664</v></c><c r="B1" s="4"><v>0.5</v></c></row>',
        [["2026-10-01T08:30:00", "12:00:00"]],
    ),
    "no day": ('<row r="1"><c r="A1" s="1"><v>-3</v></c><c r="B1" s="1"><v>3000000</v></c></row>', [["-3", "3000000"]]),
    "truths": ('<row r="1"><c r="A1" t="b"><v>1</v></c><c r="B1" t="b"><v>0</v></c></row>', [["TRUE", "FALSE"]]),
    "no number": ('<row r="1"><c r="A1"><v>oops</v></c></row>', [["oops"]]),
    "only formats": (
        '<row r="1"><c r="A1" s="1"/><c r="B1" s="1"></c></row><row r="2"><c r="A2"><v>1</v></c>'
        '<c r="B2" s="1"/></row>',
        [[], ["1"]],
    ),
    "cells out of order": ('<row r="1"><c r="B1"><v>2</v></c><c r="A1"><v>1</v></c></row>', [["1", "2"]]),
    "far format": ('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576" s="1"/></row>', [["1"]]),
    "nothing": ("", []),
}


@pytest.mark.parametrize("name", CELLS)
def test_each_form_of_a_cell_is_read(name: str) -> None:
    written, seen = CELLS[name]
    assert rows(book(sheet(written), styles=DATES)) == seen


def test_dates_counted_from_1904_are_four_years_later() -> None:
    data = book(
        sheet('<row r="1"><c r="A1" s="1"><v>44834</v></c></row>'), styles=DATES, head='<workbookPr date1904="1"/>'
    )
    assert rows(data) == [["2026-10-01"]]


@pytest.mark.parametrize(
    ("raw", "shown", "lost"),
    [
        ("1", "1", False),
        ("1.0", "1", False),
        ("1E3", "1000", False),
        ("0.30000000000000004", "0.3", False),
        ("-0", "0", False),
        ("1.10101199001011E+17", "110101199001011000", True),
        ("999999999999999", "999999999999999", False),
        ("1000000000000000", "1000000000000000", True),
        ("-1e15", "-1000000000000000", True),
        ("1e-10", "0.0000000001", False),
    ],
)
def test_numbers_are_shown_as_a_spreadsheet_shows_them(raw: str, shown: str, lost: bool) -> None:
    assert number_text(raw) == (shown, lost)


@pytest.mark.parametrize(
    ("code", "dates"),
    [
        ("yyyy-mm-dd", True),
        ('[$-804]yyyy"年"m"月";@', True),
        ("m/d/yy h:mm", True),
        ("[h]:mm:ss", True),
        ("mmm", True),
        ("General", False),
        ("0.00", False),
        ('#,##0"days"', False),
        ("[Red]-0.00", False),
        ("0\\d", False),
        ("@", False),
        ('[DBNum1][$-804]yyyy"年"m"月"d"日"', True),
        ("_-* #,##0.00_-", False),
        ("0.00E+00", False),
    ],
)
def test_formats_of_dates_are_told_from_those_of_numbers(code: str, dates: bool) -> None:
    assert is_date_format("164", code) is dates


def test_seconds_are_rounded_and_carry() -> None:
    assert date_text("46296.999999999", False) == "2026-10-02"
    assert date_text("46296.00001157", False) == "2026-10-01T00:00:01"


@pytest.mark.parametrize("quote", ['"', "'"], ids=["plain", "not plain"])
@pytest.mark.parametrize(
    ("kind", "value", "said"), [("s", "1" * 5_000, "damaged"), ("n", "1" * 33_000, "too_large")], ids=["shared", "long"]
)
def test_numbers_of_thousands_of_digits_are_no_numbers(quote: str, kind: str, value: str, said: str) -> None:
    data = book(sheet(f'<row r="1"><c r="A1" t={quote}{kind}{quote}><v>{value}</v></c></row>'), strings="<sst/>")
    with pytest.raises(Unreadable, match=said):
        excel.read_sheets(data, Limits())


@pytest.mark.parametrize("quote", ['"', "'"], ids=["plain", "not plain"])
@pytest.mark.parametrize("style", ["0", "1"], ids=["number", "date"])
@pytest.mark.parametrize("raw", ["4" + "0" * 395 + ".125", "0." + "5" * 398, "0" * 395 + "46296", "1" * 400])
def test_what_no_program_would_write_as_a_number_is_shown_as_it_stands(quote: str, style: str, raw: str) -> None:
    data = book(sheet(f'<row r="1"><c r="A1" s={quote}{style}{quote}><v>{raw}</v></c></row>'), styles=DATES)
    (found,) = excel.read_sheets(data, Limits())
    assert ([list(row) for row in found.rows], found.notes) == ([[raw]], ())
