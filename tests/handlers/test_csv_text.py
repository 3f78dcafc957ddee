"""Text tables: any encoding and separator that fits, and no row mended in silence."""

from __future__ import annotations

import pytest

from gateway.handler import CellNote, Limits, Sheet, Trouble, Unreadable
from handlers import csv_text

HEADER = ["姓名", "身份证号", "备注"]
ROW = ["张三", "110101199001010011", "a, b"]
PLAIN = '姓名,身份证号,备注\n张三,110101199001010011,"a, b"\n'


def read(data: bytes, limits: Limits | None = None) -> Sheet:
    (sheet,) = csv_text.read_sheets(data, limits or Limits())
    return sheet


def rows(text: str) -> list[list[str]]:
    return [list(row) for row in read(text.encode()).rows]


def trouble(data: bytes, limits: Limits | None = None) -> tuple[Trouble, str]:
    with pytest.raises(Unreadable) as raised:
        read(data, limits)
    return raised.value.trouble, raised.value.where


@pytest.mark.parametrize(
    "data",
    [
        PLAIN.encode(),
        PLAIN.encode("utf-8-sig"),
        PLAIN.encode("gb18030"),
        b"\xff\xfe" + PLAIN.encode("utf-16-le"),
        b"\xfe\xff" + PLAIN.encode("utf-16-be"),
        PLAIN.replace("\n", "\r\n").encode("gb18030"),
        PLAIN.replace("\n", "\r").encode(),
        PLAIN.encode() + b"\x1a",
    ],
    ids=["utf-8", "marked", "gb18030", "utf-16-le", "utf-16-be", "crlf", "cr", "ctrl-z"],
)
def test_every_encoding_and_line_end_gives_the_same(data: bytes) -> None:
    sheet = read(data)
    assert [list(row) for row in sheet.rows] == [HEADER, ROW] and sheet.notes == ()


def test_rare_characters_come_through_gb18030() -> None:
    assert read("姓名,住址\n㐀𠮷,镕镇".encode("gb18030")).rows[1] == ["㐀𠮷", "镕镇"]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a;b\n1,5;2,5\n", [["a", "b"], ["1,5", "2,5"]]),
        ("a\tb\n1, 2\t3\n", [["a", "b"], ["1, 2", "3"]]),
        ("a,b\n1;2,3\n", [["a", "b"], ["1;2", "3"]]),
        ("2026年10月\n\n姓名\t性别\n张三\t男\n", [["2026年10月"], [], ["姓名", "性别"], ["张三", "男"]]),
        ("only\none\n", [["only"], ["one"]]),
        ("sep=;\na;b,c\n", [[], ["a", "b,c"]]),
        ('"a;b",c\n"d;e",f\n', [["a;b", "c"], ["d;e", "f"]]),
    ],
)
def test_the_separator_is_the_one_that_fits(text: str, seen: list[list[str]]) -> None:
    assert rows(text) == seen


def test_quoted_cells_may_hold_separators_line_ends_and_quotes() -> None:
    assert rows('a,b\n"1,\n2","say ""hi"""\n3,4" pipe\n') == [["a", "b"], ["1,\n2", 'say "hi"'], ["3", '4" pipe']]


def test_short_and_long_rows_are_told_by_number() -> None:
    sheet = read(b"Report of October\n\na,b,c\n1,2\n1,2,3\n1,2,3,4\n1,2,3,,\n\n1,2,3\n1\n")
    assert sheet.notes == (CellNote(4, 3, "short_row"), CellNote(6, 4, "long_row"), CellNote(10, 2, "short_row"))
    assert list(map(list, sheet.rows))[3:8] == [["1", "2"], ["1", "2", "3"], ["1", "2", "3", "4"], ["1", "2", "3"], []]


def test_empty_rows_and_cells_at_the_end_are_cut_off() -> None:
    assert rows("a,b,,\n1,,,\n,,,\n\n\n") == [["a", "b"], ["1"]]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", (Trouble.EMPTY, "")),
        (b"\xef\xbb\xbf\r\n , \n".replace(b" ", b""), (Trouble.EMPTY, "")),
        (b"a,b\n\x001,2\n", (Trouble.ENCODING, "zero byte")),
        (b"a,b\n\xff\xff\xff\n", (Trouble.ENCODING, "")),
        (b"\xef\xbb\xbfa,b\n\xd5\xc5,1\n", (Trouble.ENCODING, "")),
        (b"\xff\xfea\x00,\x00b", (Trouble.ENCODING, "")),
        (b"a,b\n1,2\n3,\x1b[2J4\n", (Trouble.DAMAGED, "control character, line 3")),
        (b'a,b\n1,2\n3,"4\n5,6\n', (Trouble.DAMAGED, "quotes, line 3")),
        (b'a,b\n1,"2"x\n', (Trouble.DAMAGED, "quotes, line 2")),
        (b'a,b\n1,"' + b"x,y\n" * 20_000, (Trouble.DAMAGED, "quotes, line 2")),
        (b"a,b\n1," + b"x" * 40_000, (Trouble.TOO_LARGE, "text, line 2")),
    ],
    ids=["nothing", "only separators", "zero", "neither", "marked", "half", "control", "open", "after", "long", "cell"],
)
def test_what_does_not_fit_is_refused_with_its_line(data: bytes, said: tuple[Trouble, str]) -> None:
    assert trouble(data) == said


@pytest.mark.parametrize("limits", [Limits(rows=2), Limits(columns=1), Limits(cells=5), Limits(bytes=11)])
def test_more_than_the_limits_is_refused(limits: Limits) -> None:
    assert trouble(b"a,b\n1,2\n3,4\n", limits)[0] is Trouble.TOO_LARGE


def test_a_mails_own_text_is_no_table() -> None:
    assert not csv_text.opens(b"Dear colleagues, here is the report, as asked.", "")
    assert csv_text.opens(b"a,b", "报表.CSV") and csv_text.opens(b"\xff\xfea\x00", "a.txt")
    assert not csv_text.opens(b"PK\x03\x04\x00", "a.txt")
