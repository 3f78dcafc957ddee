"""Findings become marks: each with its words, as many as a person can look through, never a formula."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest

from gateway.checks import fresh_book as making
from gateway.checks.fresh_book import fresh_book
from gateway.checks.marking import MOST_CELLS, MOST_LISTED, marking
from gateway.core.dataflow import Severity
from gateway.core.finding import Finding
from gateway.core.parties import Language, Titles
from gateway.core.table import Table

TITLES = {"sex": Titles("性别", "Sex")}


def finding(
    row: int, column: int = 1, severity: Severity = Severity.ERROR, sheet: str = "表", repair: str = ""
) -> Finding:
    return Finding(severity, "type", sheet, row, column, "sex", "=1+1", "写错了。", repair)


def opened(data: bytes | None) -> Any:
    assert data
    return openpyxl.load_workbook(io.BytesIO(data))


def test_a_mark_says_what_is_wrong_and_how_it_would_be_right() -> None:
    found = marking([finding(2, repair="1"), finding(3)], TITLES, Language.EN)
    assert [mark.note for mark in found.marks] == ["写错了。\nSuggested: 1", "写错了。"]
    assert found.marks[0].told == ("Sex", "=1+1", "写错了。", "1", "", "")


@pytest.mark.parametrize(("count", "capped"), [(MOST_CELLS, False), (MOST_CELLS + 1, True), (MOST_LISTED + 1, True)])
def test_too_many_findings_are_cut_and_the_first_sheet_says_so(count: int, capped: bool) -> None:
    found = marking([finding(row) for row in range(1, count + 1)], TITLES, Language.ZH_CN)
    assert len(found.marks) == min(count, MOST_LISTED)
    assert any(f"只着色了前 {MOST_CELLS} 个" in line and f"共 {count} 处" in line for line in found.lines) is capped


def test_a_fresh_book_shows_every_text_as_text_and_colours_the_marked_cells() -> None:
    table = Table.of_rows("表", [["性别", "=cmd"], ["=1+1", "http://x"], ["0123", ""]])
    findings = [finding(2), finding(2, severity=Severity.QUERY), finding(3, 2, Severity.QUERY), finding(0, 0)]
    book = opened(fresh_book(marking(findings, TITLES, Language.ZH_CN), [table]))
    data = book["表"]
    assert [[cell.value for cell in row] for row in data] == [["性别", "=cmd"], ["=1+1", "http://x"], ["0123", None]]
    assert {cell.data_type for row in data for cell in row} == {"s", "n"}
    assert [data[at].fill.fgColor.rgb for at in ("A1", "A2", "B3")] == ["00000000", "FFFFCFC9", "FFFFF1BF"]
    assert data["A2"].comment.text == "写错了。"
    front = book.worksheets[0]
    links = [cell.hyperlink and cell.hyperlink.location for cell in front["D"]]
    assert [link for link in links if link] == ["'表'!A2", "'表'!A2", "'表'!B3"]


@pytest.mark.parametrize("language", list(Language))
def test_a_query_that_was_answered_is_listed_with_the_answer_and_not_coloured(language: Language) -> None:
    findings = [finding(2), finding(2, severity=Severity.QUERY), finding(3, severity=Severity.QUERY)]
    found = marking(findings, TITLES, language, ["", "r/2", "r/3"], {2: "=已核对"})
    assert [mark.told[4:] for mark in found.marks] == [("", ""), ("", "r/2"), ("=已核对", "r/3")]
    assert ("1 处疑问" in found.lines[0]) or ("1 to mend or explain" in found.lines[0])
    assert any("另有 1 处疑问您已说明" in line or "1 more, explained already" in line for line in found.lines)
    book = opened(fresh_book(found, [Table.of_rows("表", [["性别"], ["7"], ["8"]])]))
    data, front = book["表"], book.worksheets[0]
    assert [data[at].fill.fgColor.rgb for at in ("A2", "A3")] == ["FFFFCFC9", "00000000"]
    assert data["A2"].comment and data["A3"].comment is None
    *_, last = front.iter_rows()
    assert [last[at].value for at in (1, 3, 8, 9)] == [found.kinds["explained"], "A3", "=已核对", "r/3"]
    assert {cell.fill.fgColor.rgb for cell in last} == {"00000000"}


def test_where_all_queries_are_answered_nobody_is_asked_to_explain() -> None:
    found = marking([finding(2), finding(3, severity=Severity.QUERY)], TITLES, Language.ZH_CN, explained={1: "早产"})
    assert not any("请在下表“说明”一栏写明原因" in line for line in found.lines)


def test_names_that_no_sheet_may_have_are_made_so_that_each_has_one() -> None:
    names = ["a/b", "A:B", "核对结果说明", "'", "长" * 60]
    tables = [Table.of_rows(name, [["x"]]) for name in names]
    made = opened(fresh_book(marking([finding(1, sheet="A:B")], TITLES, Language.ZH_CN), tables))
    assert made.sheetnames == ["核对结果说明", "a b", "A B 2", "核对结果说明 2", "1", "长" * 28]
    assert made["A B 2"]["A1"].comment


def test_a_table_too_large_to_be_made_anew_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "MOST_CELLS", 3)
    assert fresh_book(marking([finding(1)], TITLES, Language.ZH_CN), [Table.of_rows("表", [["a", "b"]] * 2)]) is None


def test_only_the_first_cells_of_a_fresh_book_are_coloured(monkeypatch: pytest.MonkeyPatch) -> None:
    from gateway.checks import marking as words

    monkeypatch.setattr(words, "MOST_CELLS", 2)
    made = fresh_book(
        marking([finding(n) for n in (1, 1, 2, 3)], TITLES, Language.ZH_CN), [Table.of_rows("表", [["a"]] * 3)]
    )
    assert [bool(cell.comment) for cell in opened(made)["表"]["A"]] == [True, True, False]
