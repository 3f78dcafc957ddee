"""Tables as offices really send them: each is understood, or told in a sentence that says where and what.

Each goes through recognition and both ways of checking, which must say the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from gateway.checks.check import check
from gateway.checks.compile import Context, compile_dataflow
from gateway.checks.recognise import Book, Candidate, Recognised, recognise
from gateway.checks.refused import Refused
from gateway.core.dataflow import Dataflow, FieldType
from gateway.core.parties import Language, Titles
from gateway.core.period import Frequency, Period
from gateway.core.table import Table
from gateway.handler import Limits
from handlers import excel
from tests.checks.county import BIRTHS, CODELISTS, DEATHS, birth, citizen, field
from tests.handlers.books import by_xlsxwriter

OCTOBER = Period.parse("2026-M10")
TODAY = date(2026, 11, 2)
HEADER = ["公民身份号码", "姓名", "性别", "死亡日期"]
Told = list[tuple[str, int, int, str]]


def dead(number: int, died: str = "2026-10-05") -> list[str]:
    return [citizen(number), f"王{number}", "1", died]


def recognised(rows: Sequence[Sequence[str]] | Table, flow: Dataflow) -> Recognised | Refused:
    table = rows if isinstance(rows, Table) else Table.of_rows("Sheet1", rows)
    owed = [Candidate(flow, Frequency.MONTHLY, (OCTOBER,), (OCTOBER,))]
    [outcome] = recognise(Book("2026年10月.xls", "", [table]), owed, TODAY)
    assert isinstance(outcome, Recognised | Refused)
    return outcome


def seen(rows: Sequence[Sequence[str]] | Table, flow: Dataflow = DEATHS) -> tuple[int, Told]:
    """How many cases there are, and the findings: code, row, column, repair."""
    outcome = recognised(rows, flow)
    assert isinstance(outcome, Recognised), outcome
    compiled, context = compile_dataflow(flow, CODELISTS), Context(OCTOBER, TODAY)
    small, large = check(compiled, outcome, context), check(compiled, outcome, context, large=0)

    def told(findings: object) -> Told:
        return sorted((f.code, f.row, f.column, f.repair) for f in findings.told(Language.ZH_CN))  # type: ignore[attr-defined]

    assert told(small.findings) == told(large.findings) and small.rows == large.rows
    return small.rows, told(small.findings)


def columns(rows: Sequence[Sequence[str]], flow: Dataflow = DEATHS) -> dict[str, int]:
    outcome = recognised(rows, flow)
    assert isinstance(outcome, Recognised) and outcome.shape
    return dict(outcome.shape.columns)


# --- above the table ---


def test_titles_the_sender_and_the_day_may_stand_above_the_header() -> None:
    above = [
        ["附件2"],
        ["死亡注销登记表（2026年10月）"],
        ["填报单位：白鹿镇卫生院（盖章）", "", "", "填报日期：2026年11月1日"],
        [],
    ]
    assert seen([*above, HEADER, dead(1)]) == (1, [])


def test_a_header_in_two_rows_with_merged_cells_is_put_together() -> None:
    upper = ["序号", "死者", "", "", "死亡日期"]
    lower = ["", "公民身份号码", "姓名", "性别", ""]
    assert seen([["2026年10月死亡注销表"], upper, lower, ["1", *dead(1)], ["2", *dead(2)]]) == (2, [])
    assert seen([["公民身份号码", "姓名", "性别", "死亡"], ["", "", "", "日期"], dead(1)]) == (1, [])


PARENTS = Dataflow(
    "parents", Titles("父母", "Parents"), "law", "purpose",
    (
        field("name", FieldType.STRING, "姓名", "Name", required=True),
        field("mother", FieldType.STRING, "母亲姓名", "Mother's name", required=True),
        field("mother_id", FieldType.STRING, "母亲公民身份号码", "Mother's id", required=True),
        field("born", FieldType.DATE, "出生日期", "Born", required=True),
    ),
)  # fmt: skip


def test_a_group_over_columns_says_whose_they_are() -> None:
    upper = ["婴儿", "", "母亲", "", "父亲", ""]
    lower = ["姓名", "出生日期", "姓名", "公民身份号码", "姓名", "公民身份号码"]
    found = columns([upper, lower, ["a", "2026-10-05", "b", "1", "c", "2"]], PARENTS)
    assert found == {"name": 0, "born": 1, "mother": 2, "mother_id": 3}
    assert seen([upper, lower, ["a", "2026-10-05", "b", "1", "c", "2"]], PARENTS) == (
        1, [("unknown_column", 2, 5, ""), ("unknown_column", 2, 6, "")],
    )  # fmt: skip


def test_another_persons_column_is_never_taken_for_the_one_that_is_missing() -> None:
    upper, lower = ["", "母亲", "", "父亲"], ["出生日期", "姓名", "公民身份号码", "姓名"]
    outcome = recognised([upper, lower, ["2026-10-05", "b", "1", "c"]], PARENTS)
    assert isinstance(outcome, Refused) and "“姓名”" in outcome.sentence.zh_CN


def test_the_upper_row_of_a_header_is_no_title_that_names_another_report() -> None:
    owed = [Candidate(flow, Frequency.MONTHLY, (OCTOBER,), (OCTOBER,)) for flow in (DEATHS, BIRTHS)]
    rows = [["出生登记", "", "", "死亡日期"], ["公民身份号码", "姓名", "性别", ""], dead(1)]
    [found] = recognise(Book("2026年10月.xls", "", [Table.of_rows("Sheet1", rows)]), owed, TODAY)
    assert isinstance(found, Recognised) and found.dataflow == "deaths"


@pytest.mark.parametrize(
    "header",
    [
        ["公民\n身份号码", "姓　名", "性 别", "死亡日期\n（年/月/日）"],
        ["公民身份号码（18位）", "*姓名", "性别【代码】", "死亡日期:"],
        ["ＩＤ", "ＮＡＭＥ", "sex", "Date of death"],
    ],
)
def test_headers_may_hold_line_breaks_blanks_units_and_full_width_letters(header: list[str]) -> None:
    assert seen([header, dead(1)]) == (1, [])


def test_a_unit_in_brackets_is_no_part_of_a_title() -> None:
    assert columns([[*HEADER, "体重（千克）"], [*dead(1), "3.2"]]) == {"id": 0, "name": 1, "sex": 2, "died": 3}
    named = [f.titles.zh_CN for f in BIRTHS.fields]
    named[7] = "体重（千克）"
    assert seen([named, birth(1)], BIRTHS)[0] == 1 and columns([named, birth(1)], BIRTHS)["weight"] == 7


# --- between and below ---


def test_rows_may_be_numbered_and_numbers_without_a_case_are_passed_over() -> None:
    assert seen([["序号", *HEADER], ["1", *dead(1)], ["2"], ["3", "", ""]]) == (1, [])


def test_blank_rows_between_are_passed_over_and_rows_keep_their_numbers() -> None:
    rows = [HEADER, dead(1), [], ["", " ", "　"], dead(2, "11/5/2026")]
    assert seen(rows) == (2, [("date_order", 5, 4, "")])


@pytest.mark.parametrize(
    "total",
    [["合计", "2", "", ""], ["合  计", "", "", ""], ["总 计：", "2", "", ""], ["共2人", "", "", ""],
     ["合计：2例", "", "", ""], ["", "小计", "2", ""], ["", "", "", "共计 2 人"], ["Total", "2", "", ""]],
)  # fmt: skip
def test_a_row_of_totals_is_told_and_not_counted(total: list[str]) -> None:
    column = next(at for at, cell in enumerate(total, 1) if cell)
    assert seen([HEADER, dead(1), dead(2), total]) == (2, [("totals_row", 4, column, "")])


@pytest.mark.parametrize(
    "foot",
    [
        ["填表人：张三", "", "审核人：李四", "2026年11月1日"],
        ["填表人", "张三", "审核人", "李四"],
        ["填 表 人：张三", "", "负 责 人：", "（盖章）"],
        ["单位负责人（签章）：", "", "", ""],
        ["", "", "", "2026年11月1日"],
        ["", "", "（盖章）", ""],
        ["说明：1.本表一式两份。", "", "", ""],
        ["2、死亡日期按死亡证明填写。", "", "", ""],
        ["（以下空白）", "", "", ""],
        ["Prepared by: Zhang San", "", "", ""],
    ],
)
def test_lines_of_signatures_and_remarks_at_the_foot_are_told_and_not_counted(foot: list[str]) -> None:
    column = next(at for at, cell in enumerate(foot, 1) if cell)
    assert seen([HEADER, dead(1), [], foot]) == (1, [("foot_row", 4, column, "")])


def test_words_beside_the_table_are_told_and_not_counted() -> None:
    assert seen([HEADER, dead(1), ["", "", "", "", "", "待核实"]]) == (1, [("ignored_row", 3, 6, "")])


def test_a_case_of_which_only_little_is_filled_stays_a_case() -> None:
    rows, told = seen([HEADER, dead(1), ["", "李四", "", ""]])
    assert rows == 2 and {code for code, *_ in told} == {"required"}
    rows, _ = seen([HEADER, dead(1), [citizen(2), "共青", "1", "2026年10月6日"]])
    assert rows == 2


def test_a_table_of_one_column_has_no_lines_at_its_foot_that_look_like_cases() -> None:
    days = Dataflow("days", Titles("日期", "Days"), "law", "purpose",
                    (field("day", FieldType.DATE, "日期", "Day", required=True),))  # fmt: skip
    assert seen([["日期"], ["2026年10月1日"], ["2026年10月2日"]], days) == (2, [])


def test_a_header_that_is_repeated_on_each_page_is_told_cell_by_cell() -> None:
    rows, told = seen([HEADER, dead(1), HEADER, dead(2)])
    assert rows == 3 and {row for _, row, *_ in told} == {3}


# --- in the cells ---


@pytest.mark.parametrize(
    "died",
    ["2026.11.5", "2026年11月5日", "20261105", "2026/11/5", "2026-11-5", "2026-11-05T00:00:00", "2026-11-5 0:00:00"],
)
def test_a_date_in_any_form_that_reads_one_way_is_taken(died: str) -> None:
    assert seen([HEADER, dead(1, died)]) == (1, [])


@pytest.mark.parametrize(
    ("died", "code", "repair"),
    [
        ("11/5/2026", "date_order", ""),
        ("5.11.26", "date_order", ""),
        ("26.11.5", "date_order", ""),
        ("２０２６－１１－０５", "typography", "2026-11-05"),
        ("2026 年 11 月 5 日", "typography", "2026-11-05"),
        ("46331", "date_serial", "2026-11-05"),
        ("2026-11-31", "date_impossible", ""),
        ("2026年11月", "type", ""),
        ("不详", "type", ""),
        ("-", "type", ""),
    ],
)
def test_another_date_is_told_and_repaired_only_where_that_is_certain(died: str, code: str, repair: str) -> None:
    assert seen([HEADER, dead(1, died)]) == (1, [(code, 2, 4, repair)])


def wide(text: str) -> str:
    return "".join(chr(ord(one) + 0xFEE0) for one in text)


@pytest.mark.parametrize(
    "written",
    [wide(citizen(1)), "'" + citizen(1), "‘" + citizen(1), f" {citizen(1)}", citizen(1)[:6] + " " + citizen(1)[6:]],
)
def test_an_id_with_accidents_of_typing_is_an_error_with_a_certain_repair(written: str) -> None:
    assert seen([HEADER, [written, "王", "1", "2026-10-05"]]) == (1, [("typography", 2, 1, citizen(1))])


def test_numbers_stored_as_text_with_an_apostrophe_are_repaired() -> None:
    rows = [[f.titles.zh_CN for f in BIRTHS.fields], birth(1, order="'2", weight="'3.5")]
    assert seen(rows, BIRTHS) == (1, [("typography", 2, 7, "2"), ("typography", 2, 8, "3.5")])


def test_a_real_workbook_with_all_of_it_is_read_and_told() -> None:
    """Merged titles, a header in two rows, an id stored as a number, a failed formula, a hidden row, a foot."""

    def fill(book: object) -> None:
        page = book.add_worksheet("死亡")  # type: ignore[attr-defined]
        day = book.add_format({"num_format": 'yyyy"年"m"月"d"日"'})  # type: ignore[attr-defined]
        page.merge_range("A1:E1", "白鹿镇2026年10月死亡注销登记表")
        page.merge_range("A2:A3", "序号")
        page.merge_range("B2:D2", "死者")
        page.merge_range("E2:E3", "死亡日期")
        page.write_row(2, 1, ["公民身份号码", "姓名", "性别"])
        for at in (1, 2, 3):
            page.write_row(2 + at, 0, [at, *dead(at)[:3]])
            page.write_datetime(2 + at, 4, date(2026, 10, at), day)
        page.write_number(4, 1, float(citizen(2)))
        page.write_formula(5, 2, "=VLOOKUP(1,A1:B2,2)", None, "#N/A")
        page.set_row(3, None, None, {"hidden": True})
        page.write_row(6, 0, ["合计", "3人"])
        page.write_row(8, 0, ["填表人：张三", "", "审核人：李四", "", "2026年11月1日"])

    [sheet] = excel.read_sheets(by_xlsxwriter(fill), Limits())
    assert seen(Table.of_sheet(sheet)) == (
        3,
        [("error_cell", 6, 3, ""), ("foot_row", 9, 1, ""), ("hidden_row", 4, 0, ""), ("lost_digits", 5, 2, ""),
         ("totals_row", 7, 1, "")],
    )  # fmt: skip
