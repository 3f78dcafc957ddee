"""Which report a sheet is: the header decides, names corroborate or break ties, and nobody guesses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from gateway.checks.recognise import Book, Candidate, Claim, Ignored, Outcome, Recognised, recognise
from gateway.checks.refused import Refused
from gateway.core.dataflow import Dataflow, FieldType
from gateway.core.parties import Titles
from gateway.core.period import Frequency, Period
from gateway.core.refusal import Refusal
from gateway.core.table import Table
from tests.checks.county import BIRTHS, DEATHS, MOVES, birth, citizen, field, sheet

OCTOBER, SEPTEMBER, Q4 = (Period.parse(p) for p in ("2026-M10", "2026-M09", "2026-Q4"))
TODAY = date(2026, 10, 25)
OWED = (
    Candidate(BIRTHS, Frequency.MONTHLY, (SEPTEMBER, OCTOBER), (OCTOBER,)),
    Candidate(DEATHS, Frequency.MONTHLY, (OCTOBER,), (OCTOBER,)),
    Candidate(MOVES, Frequency.QUARTERLY, (), ()),
)
DEATHS_ROWS = [["身份证号码", "姓名", "性别", "死亡日期"], [citizen(1), "王一", "1", "2026-10-05"]]
DEATHS_ROWS[0][0] = "公民身份号码"
MOVES_ROWS = [["村代码", "迁入人数", "迁出人数"], ["001", "3", "4"]]
BIRTHS_ROWS = sheet([birth(1)])


def look(file_name: str, *sheets: tuple[str, Sequence[Sequence[str]]], subject: str = "", alone: bool = True,
         claim: Claim | None = None, owed: Sequence[Candidate] = OWED) -> list[Outcome]:  # fmt: skip
    tables = [Table.of_rows(name, rows) for name, rows in sheets]
    return list(recognise(Book(file_name, subject, tables, alone), owed, TODAY, claim))


def one(*args: object, **more: object) -> tuple[str, str]:
    """The only outcome, as dataflow and period, or as refusal and English sentence."""
    [outcome] = look(*args, **more)  # type: ignore[arg-type]
    if isinstance(outcome, Refused):
        return outcome.refusal.value, outcome.sentence.en
    assert isinstance(outcome, Recognised)
    return outcome.dataflow, str(outcome.period)


def test_the_header_says_what_it_is_and_the_file_name_for_when() -> None:
    assert one("2026年10月.xlsx", ("Sheet1", BIRTHS_ROWS)) == ("births", "2026-M10")
    assert one("2026年10月.xlsx", ("Sheet1", DEATHS_ROWS)) == ("deaths", "2026-M10")
    assert one("2026Q4.csv", ("2026Q4", MOVES_ROWS)) == ("moves", "2026-Q4")


@pytest.mark.parametrize(
    "header",
    [
        ["Citizen ID", "NAME", "Sex", "date of death"],
        ["*公民身份号码（必填）", " 姓 名 ", "性别\n(代码)", "死亡日期(YYYY-MM-DD)"],
        ["公民身份号码：", "【姓名】", "ｓｅｘ", "死亡日期*"],
        ["id", "name", "sex", "died"],
    ],
)
def test_headers_are_known_in_either_language_and_any_dress(header: list[str]) -> None:
    [found] = look("死亡 2026-10.xlsx", ("Sheet1", [header, DEATHS_ROWS[1]]))
    assert isinstance(found, Recognised)
    assert found.shape
    assert dict(found.shape.columns) == {"id": 0, "name": 1, "sex": 2, "died": 3}


def test_the_header_may_stand_below_titles_that_name_the_period() -> None:
    titles = [["死亡注销月报表"], ["报告期：2026年9月", "", "填报日期：2026年10月2日"], []]
    [found] = look("报表.xlsx", ("Sheet1", [*titles, *DEATHS_ROWS]))
    assert isinstance(found, Recognised)
    assert found.shape
    assert (str(found.period), found.shape.header_row, found.assumed_period) == ("2026-M09", 4, False)


@pytest.mark.parametrize("place", ["title", "sheet", "file", "subject"])
def test_each_name_may_carry_the_period(place: str) -> None:
    text = dict.fromkeys(("title", "sheet", "file", "subject"), "") | {place: "二〇二六年九月"}
    found = one(text["file"], (text["sheet"], [[text["title"]], *BIRTHS_ROWS]), subject=text["subject"])
    assert found == ("births", "2026-M09")


def test_a_file_name_that_says_another_report_than_the_header_is_ambiguous() -> None:
    assert one("出生2026年10月.xlsx", ("Sheet1", DEATHS_ROWS)) == (
        "dataflow_ambiguous",
        "The header is that of “Deaths”, but the file name “出生2026年10月.xlsx” speaks of another report. "
        "Please check and send it again.",
    )


def test_a_file_name_and_a_title_that_say_different_periods_are_ambiguous() -> None:
    assert one("死亡2026年10月.xlsx", ("Sheet1", [["2026年11月死亡月报"], *DEATHS_ROWS])) == (
        "period_ambiguous",
        "The period is not clear: the title in the sheet “2026年11月死亡月报” says 2026-M11, "
        "the file name “死亡2026年10月.xlsx” says 2026-M10. Please name one period only.",
    )
    assert one("2026年9月-2026年10月.xlsx", ("Sheet1", DEATHS_ROWS))[0] == "period_ambiguous"


def test_a_subject_that_contradicts_the_only_file_is_ambiguous() -> None:
    assert one("死亡2026年10月.xlsx", ("Sheet1", DEATHS_ROWS), subject="11月死亡")[0] == "period_ambiguous"
    assert one("2026年10月.xlsx", ("Sheet1", DEATHS_ROWS), subject="出生")[0] == "dataflow_ambiguous"


def test_a_subject_shared_by_several_files_is_asked_only_where_nothing_nearer_speaks() -> None:
    assert one("死亡2026年10月.xlsx", ("", DEATHS_ROWS), subject="9月出生", alone=False) == ("deaths", "2026-M10")
    assert one("死亡.xlsx", ("", DEATHS_ROWS), subject="2026年9月报表", alone=False) == ("deaths", "2026-M09")


def test_each_sheet_of_a_workbook_is_recognised_on_its_own() -> None:
    explanation = [["填表说明"], ["公民身份号码", "18位"], ["姓名", "全名"]]
    found = look(
        "出生死亡2026年10月.xlsx",
        ("填表说明", explanation), ("出生", BIRTHS_ROWS), ("死亡", DEATHS_ROWS), ("示例", BIRTHS_ROWS), ("Sheet4", []),
    )  # fmt: skip
    assert found[0] == Ignored("填表说明", "no_header")
    assert [f.dataflow for f in found[1:3] if isinstance(f, Recognised)] == ["births", "deaths"]
    assert found[3:] == [Ignored("示例", "no_header"), Ignored("Sheet4", "empty")]


TWIN = Dataflow(
    "divorces", Titles("离婚", "Divorces"), "law", "purpose",
    tuple(field(name, FieldType.STRING, zh, name, required=True) for name, zh in (("a", "甲方"), ("b", "乙方"))),
)  # fmt: skip
OTHER = Dataflow("marriages", Titles("结婚", "Marriages"), "law", "purpose", TWIN.fields)


def test_a_header_that_fits_two_reports_needs_a_name() -> None:
    owed = [Candidate(flow, Frequency.MONTHLY, (OCTOBER,), (OCTOBER,)) for flow in (TWIN, OTHER)]
    rows = [["甲方", "乙方"], ["王一", "王二"]]
    assert one("2026年10月.xlsx", ("Sheet1", rows), owed=owed) == (
        "dataflow_ambiguous",
        "The header fits “Divorces”, “Marriages” alike. "
        "Please put the name of the report into the file name or the title.",
    )
    assert one("结婚2026年10月.xlsx", ("Sheet1", rows), owed=owed) == ("marriages", "2026-M10")
    assert one("2026年10月.xlsx", ("离婚", rows), owed=owed) == ("divorces", "2026-M10")
    assert one("离婚2026年10月.xlsx", ("结婚", rows), owed=owed)[0] == "dataflow_ambiguous"


def test_a_missing_required_column_is_named() -> None:
    rows = [["公民身份号码", "姓名", "死亡日期"], DEATHS_ROWS[1]]
    assert one("死亡2026年10月.xlsx", ("Sheet1", rows)) == (
        "header_incomplete",
        "The header of “Deaths” lacks required columns: “Sex”. Please add them and send it again.",
    )


def test_without_any_header_the_named_report_or_all_of_them_are_told() -> None:
    rows = [["王一", "2026-10-05"]]
    found = look("死亡2026年10月.xlsx", ("Sheet1", rows))
    assert found[0] == Ignored("Sheet1", "no_header")
    assert isinstance(found[1], Refused)
    assert found[1].refusal is Refusal.HEADER_INCOMPLETE
    found = look("报表.xlsx", ("Sheet1", rows))
    assert isinstance(found[1], Refused)
    assert found[1].refusal is Refusal.DATAFLOW_UNKNOWN
    assert "“Births”, “Deaths”, “Moves”" in found[1].sentence.en


def test_an_empty_workbook_is_empty() -> None:
    found = look("死亡2026年10月.xlsx", ("Sheet1", []), ("Sheet2", [["", ""]]))
    assert isinstance(found[-1], Refused)
    assert found[-1].refusal is Refusal.EMPTY


def test_the_period_is_assumed_only_if_exactly_one_is_open_and_unfulfilled() -> None:
    [found] = look("死亡.xlsx", ("Sheet1", DEATHS_ROWS))
    assert isinstance(found, Recognised)
    assert (found.period, found.assumed_period) == (OCTOBER, True)
    assert one("出生.xlsx", ("Sheet1", BIRTHS_ROWS)) == (
        "period_unknown",
        "Neither file name, subject, sheet nor title names the period of “Births”. Open now: 2026-M09, 2026-M10.",
    )
    fulfilled = [Candidate(DEATHS, Frequency.MONTHLY, (OCTOBER,), ())]
    assert one("死亡.xlsx", ("Sheet1", DEATHS_ROWS), owed=fulfilled)[0] == "period_unknown"
    assert one("迁移.xlsx", ("Sheet1", MOVES_ROWS))[0] == "period_unknown"


@pytest.mark.parametrize(
    ("below", "nil"),
    [
        ([["本期无数据"]], True),
        ([[], ["", "本期无数据。"]], True),
        ([["Nil"]], True),
        ([["no data"], ["填报人：王一"]], True),
        ([], False),
        ([["本期无数据"], DEATHS_ROWS[1]], False),
        ([["无"]], False),
    ],
)
def test_a_nil_return_is_the_right_header_and_the_words(below: list[list[str]], nil: bool) -> None:
    [found] = look("死亡2026年10月.xlsx", ("Sheet1", [DEATHS_ROWS[0], *below]))
    assert isinstance(found, Recognised)
    assert found.nil is nil


def test_a_manifest_settles_what_it_is() -> None:
    claim = Claim("deaths", SEPTEMBER)
    assert one("出生2026年10月.xlsx", ("11月", DEATHS_ROWS), claim=claim) == ("deaths", "2026-M09")
    found = look("a.xlsx", ("Sheet1", MOVES_ROWS), claim=claim)
    assert isinstance(found[-1], Refused)
    assert found[-1].refusal is Refusal.HEADER_INCOMPLETE
    [found_nil] = look("", claim=Claim("deaths", SEPTEMBER, nil=True))
    assert isinstance(found_nil, Recognised)
    assert (found_nil.nil, found_nil.table) == (True, None)
    [both] = look("a.xlsx", ("Sheet1", DEATHS_ROWS), claim=Claim("deaths", SEPTEMBER, nil=True))
    assert isinstance(both, Refused)
    assert both.refusal is Refusal.MANIFEST_MISMATCH
    assert one("a.xlsx", ("Sheet1", DEATHS_ROWS), claim=Claim("cremations", SEPTEMBER))[0] == "not_owed"


@pytest.mark.parametrize("claim", [None, Claim("births", OCTOBER)], ids=["unsealed", "sealed"])
def test_a_sheet_that_explains_another_is_not_taken_for_a_report(claim: Claim | None) -> None:
    found = look("2026年10月.xlsx", ("出生登记", BIRTHS_ROWS), ("填写示例", BIRTHS_ROWS), claim=claim)
    assert [type(outcome) for outcome in found] == [Recognised, Ignored]


@pytest.mark.parametrize("claim", [None, Claim("births", OCTOBER)], ids=["unsealed", "sealed"])
def test_whoever_fills_in_the_only_sheet_there_is_has_reported_whatever_it_is_called(claim: Claim | None) -> None:
    found = look("2026年10月.xlsx", ("填写示例", BIRTHS_ROWS), claim=claim)
    assert [type(outcome) for outcome in found] == [Recognised]


def test_a_report_may_have_such_a_word_in_its_name() -> None:
    survey = replace(DEATHS, titles=Titles("死亡抽样", "Sample of deaths"))
    owed = (Candidate(survey, Frequency.MONTHLY, (OCTOBER,), (OCTOBER,)),)
    sheets = (("Sample of deaths", DEATHS_ROWS), ("Example", DEATHS_ROWS), ("Sample of deaths, example", DEATHS_ROWS))
    assert [type(outcome) for outcome in look("x.xlsx", *sheets, owed=owed)] == [Recognised, Ignored, Ignored]
