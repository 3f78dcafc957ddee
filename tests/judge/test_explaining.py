"""The lines of a reply that explain: how they may be written, what belongs to them, and what is never one."""

from __future__ import annotations

import time

import pytest

from gateway.checks.asked import LONGEST
from gateway.judge.agreeing import Agreed
from gateway.judge.explaining import MOST_LINES, Said, explained, said_in
from gateway.sandbox import Mail, PartInfo
from gateway.sandbox.held import shown_text

LETTER = "L-0123456789ABCDEF"
HEADERS = {"in-reply-to": (f"<{LETTER}@gateway.test>",), "subject": ("回复：（A-20261220-7K3M9QXD）",)}


def part(text: str, media: str = "text/plain") -> PartInfo:
    return PartInfo("1", "", media, len(text), "0" * 64, None, b"", text)


def said(text: str, media: str = "text/plain") -> list[Said]:
    return list(said_in(part(text, media)))


@pytest.mark.parametrize(
    ("line", "row", "sheet", "item"),
    [
        ("12: 早产", 12, "", ""), ("１２：早产", 12, "", ""), ("12﹕早产", 12, "", ""), ("第12行 早产", 12, "", ""),
        ("第 12 行：早产", 12, "", ""), ("行12：早产", 12, "", ""), ("行12 早产", 12, "", ""),
        ("Row 12: 早产", 12, "", ""), ("row 12 早产", 12, "", ""), ("LINE 12: 早产", 12, "", ""),
        ("出生 12 性别：早产", 12, "出生", "性别"), ("出生 第12行 性别：早产", 12, "出生", "性别"),
        ("B12：早产", 12, "", "B"), ("出生 B12: 早产", 12, "出生", "B"), ("第12行B列：早产", 12, "", "B列"),
        ("2026年12月 12 性别：早产", 12, "2026年12月", "性别"), ("全部：早产", None, "", ""),
        ("ALL: 早产", None, "", ""),
        ("整张表：早产", 0, "", ""), ("The sheet as a whole: 早产", 0, "", ""),
    ],
)  # fmt: skip
def test_a_line_names_its_row_in_many_ways(line: str, row: int | None, sheet: str, item: str) -> None:
    assert said(f"您好！\n\n{line}\n\n谢谢") == [Said(3, row, "早产", sheet, item)]


@pytest.mark.parametrize("line", ["12、13：早产", "12, 13: 早产", "第12和13行：早产", "rows 12 and 13: 早产"])
def test_a_line_may_speak_of_several_rows(line: str) -> None:
    assert [(one.row, one.text) for one in said(line)] == [(12, "早产"), (13, "早产")]


@pytest.mark.parametrize(
    "text",
    [
        "", "12:", "12 早产", "第十二行：早产", "您好：见附件", "说明：12", "出生12：早产", "12345678：早产",
        "12：（请写明原因）",
        "Row 12: (please say why)", "> 12: 早产", "-----Original Message-----\n12: 早产", "发件人：人口办\n12: 早产",
        "On 20 Dec 2026 the office wrote:\n12: 早产", "-- \n12: 早产", "x" * 90 + "12：早产",
        " 1）第 12 行 B 列　（待核实）早产\n12：早产", "1) row 12: (query) twins\n12: twins",
    ],
)  # fmt: skip
def test_anything_else_and_anything_quoted_is_none(text: str) -> None:
    assert said(text) == []


def test_what_follows_until_an_empty_line_belongs_to_it() -> None:
    text = "12：早产，\n在外地出生\n13:\n另起一行\n\n张示例\n14: 最后"
    assert [(one.row, one.text) for one in said(text)] == [
        (12, "早产， 在外地出生"), (13, "另起一行"), (14, "最后"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<p>您好</p><p>12：早产&nbsp;一例</p><p>谢谢，李示例</p>", [(2, 12, "", "早产 一例")]),
        ("<div>您好</div><div><br></div><div>12：早产<br>已核对</div><div>13：补登</div>",
         [(2, 12, "", "早产 已核对"), (4, 13, "", "补登")]),
        ("<div>第 <b>12</b> 行：<span>早产</span> <i>一例</i></div>", [(1, 12, "", "早产 一例")]),
        ("Row <b>12</b> <i>sex</i>: twins<br>Zhang", [(1, 12, "sex", "twins Zhang")]),
        ("<ul><li>12：早产<li>13：<b>补登</b></ul>", [(1, 12, "", "早产"), (2, 13, "", "补登")]),
        ("<p>12：&nbsp;</p><p>谢谢</p>", []),
        ("<p>12：<b>（请写明原因）</b></p>", []),
        ("<div>您好</div><blockquote>&gt; 12：早产<br>13：补登</blockquote>", []),
    ],
)  # fmt: skip
def test_a_page_is_read_in_the_lines_in_which_it_is_seen(page: str, expected: list[tuple[int, int, str, str]]) -> None:
    found = said(shown_text(page), "text/html")
    assert [(one.at, one.row, one.item, one.text) for one in found] == expected


def test_of_a_page_as_many_lines_are_read_as_of_a_text() -> None:
    lines = [f"{n}：x" for n in range(1, MOST_LINES + 2)]
    page = "".join(f"<p>{line}</p>" for line in lines)
    assert len(said(shown_text(page), "text/html")) == len(said("\n".join(lines))) == MOST_LINES


@pytest.mark.parametrize(("item", "column"), [("B", 2), ("ab 列", 28), ("column C", 3), ("性别", 0), ("", 0)])
def test_an_item_may_be_a_columns_letter(item: str, column: int) -> None:
    assert Said(1, 12, "早产", item=item).column == column


def test_a_reply_is_known_with_what_it_answers() -> None:
    found = explained(Mail(HEADERS, None, (), (), ()), [part("12：早产\n> 收件编号 A-20261220-ZY3A8WNY")])
    assert found is not None
    assert found.to == Agreed((LETTER,), ("A-20261220-7K3M9QXD", "A-20261220-ZY3A8WNY"), ("A-20261220-ZY3A8WNY",))


def test_without_a_text_or_a_line_nothing_is_explained() -> None:
    mail = Mail(HEADERS, None, (), (), ())
    assert explained(None, []) is explained(mail, []) is explained(mail, [part("你好")]) is None


def test_a_file_that_is_no_mail_answers_what_it_names() -> None:
    found = explained(None, [part("A-20261220-ZY3A8WNY\n12：早产")])
    assert found is not None and found.lines == (Said(2, 12, "早产"),)
    assert found.to == Agreed((), ("A-20261220-ZY3A8WNY",), ("A-20261220-ZY3A8WNY",))


@pytest.mark.parametrize(
    "text",
    [
        "1" * 20_000, "第" * 20_000, ("a " * 40 + "1\n") * 250, ("row 1 " * 13 + ":x\n") * 250, "1、" * 10_000,
        "全部：" + "长" * 19_000, ("12：x\n" * 3_000),
    ],
    ids=lambda text: text[:6],
)  # fmt: skip
def test_hostile_texts_are_read_in_no_time_and_within_bounds(text: str) -> None:
    begun = time.process_time()
    found = said(text)
    assert time.process_time() - begun < 0.5
    assert len(found) <= MOST_LINES and all(len(one.text) <= LONGEST for one in found)
