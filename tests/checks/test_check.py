"""A whole sheet: each test gives rows and the findings expected of them, by hand, in plain Python and over polars."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from gateway.checks.check import Checked, check
from gateway.checks.compile import Context, compile_dataflow
from gateway.checks.recognise import Recognised
from gateway.checks.sentences import sentence
from gateway.checks.sheet import Head, find_header
from gateway.core.dataflow import Code, CodeList, Dataflow, Field, FieldType, Severity
from gateway.core.parties import Language, Titles
from gateway.core.period import Period
from gateway.core.table import Table
from gateway.handler import CellNote
from tests.checks.county import BIRTHS, CODELISTS, DEATHS, HEADER, MOVES, birth, citizen, sheet

OCTOBER = Period.parse("2026-M10")
CONTEXT = Context(OCTOBER, date(2026, 10, 28), "330102")
IN_PYTHON, IN_POLARS = 1_000_000, 0


@pytest.fixture(params=[IN_PYTHON, IN_POLARS], ids=["python", "polars"])
def large(request: pytest.FixtureRequest) -> int:
    return int(request.param)


def checked(rows: Sequence[Sequence[str]], large: int, dataflow: Dataflow = BIRTHS,
            notes: Sequence[CellNote] = ()) -> Checked:  # fmt: skip
    table = Table.of_rows("表一", rows, notes)
    shape = find_header(dataflow, Head(table.head(30)))
    assert shape
    return check(compile_dataflow(dataflow, CODELISTS), Recognised(dataflow.id, OCTOBER, table, shape), CONTEXT, large)


def told(found: Checked) -> list[tuple[int, int, str, str, str]]:
    return [(f.row, f.column, f.code, f.value, f.repair) for f in found.findings.told(Language.EN)]


def test_right_rows_have_no_findings_and_typed_values(large: int) -> None:
    found = checked(
        sheet([birth(1), birth(2, remark=" twin ", order="", late="是", registered="", born="2026/10/5")]), large
    )
    assert told(found) == []
    assert found.acceptable
    assert found.rows == 2
    assert list(found.values["born"]) == [date(2026, 10, 5), date(2026, 10, 5)]
    assert list(found.values["order"]) == [1, None]
    assert list(found.values["weight"]) == [3.2, 3.2]
    assert list(found.values["late"]) == [False, True]
    assert list(found.values["remark"]) == [None, "twin"]


def test_every_wrong_cell_is_told_where_it_stands_with_its_repair(large: int) -> None:
    wrong = birth(
        2, id="330102202610050000", name="", sex="男", born="2026-02-30", registered="２０２６-10-12", village="1",
        order="0", weight="32", month="2026年13月", late="maybe", phone="12",
    )  # fmt: skip
    assert told(checked(sheet([birth(1), wrong]), large)) == [
        (3, 1, "lost_digits", "330102202610050000", ""),
        (3, 2, "required", "", ""),
        (3, 3, "code_title", "男", "1"),
        (3, 4, "date_impossible", "2026-02-30", ""),
        (3, 5, "typography", "２０２６-10-12", "2026-10-12"),
        (3, 6, "code_title", "1", "001"),
        (3, 7, "minimum", "0", ""),
        (3, 8, "maximum", "32", ""),
        (3, 9, "type", "2026年13月", ""),
        (3, 10, "type", "maybe", ""),
        (3, 11, "pattern", "12", ""),
    ]


def test_row_rules_speak_of_rows_and_null_passes(large: int) -> None:
    rows = [
        birth(1, registered="2026-10-01"),
        birth(2, registered=""),
        birth(3, id=citizen(3, sex=2)),
        birth(4, late="TRUE"),
        birth(5, born="2026-10-29", registered=""),
        birth(6, born="2026-10-32", registered="2026-10-01"),
    ]
    found = checked(sheet(rows), large)
    assert told(found) == [
        (2, 5, "rule:registered_after_birth", "2026-10-01", ""),
        (4, 1, "rule:sex_in_id", citizen(3, sex=2), ""),
        (5, 10, "rule:late_means_late", "TRUE", ""),
        (6, 4, "rule:not_in_future", "2026-10-29", ""),
        (7, 4, "date_impossible", "2026-10-32", ""),
    ]
    assert (found.findings.errors, found.findings.queries) == (4, 1)


def test_a_day_after_the_due_day_of_last_month_is_no_error(large: int) -> None:
    assert told(checked(sheet([birth(1, born="2026-09-29", registered="2026-09-30")]), large)) == []


def test_the_same_record_twice_names_the_first_row(large: int) -> None:
    found = checked(sheet([birth(1), birth(2), birth(1, name="another"), birth(1)]), large)
    assert told(found) == [(4, 1, "primary_key", citizen(1), ""), (5, 1, "primary_key", citizen(1), "")]
    sentences = [f.sentence for f in found.findings.told(Language.EN)]
    assert sentences == ["“Citizen id” are the same as in row 2: one record twice."] * 2


def test_empty_rows_serial_numbers_totals_and_signatures_are_no_records(large: int) -> None:
    header = ["序号", *HEADER]
    rows = [
        ["出生登记月报"],
        [],
        header,
        ["1", *birth(1)],
        ["2"],
        [],
        ["", *birth(2)],
        ["合 计", "2"],
        ["填报人：王一", "", "审核：王二"],
        ["以下空白"],
    ]
    found = checked(rows, large)
    assert found.rows == 2
    assert told(found) == [
        (8, 1, "totals_row", "合 计", ""),
        (9, 1, "foot_row", "填报人：王一", ""),
        (10, 1, "foot_row", "以下空白", ""),
    ]
    assert found.findings.errors == 0


def test_a_header_without_any_record_is_an_error_and_no_nil_return(large: int) -> None:
    assert [row[2] for row in told(checked([list(HEADER)], large))] == ["no_rows"]
    assert [row[2] for row in told(checked([list(HEADER), ["合计", "0"]], large))] == ["no_rows", "totals_row"]


def test_what_the_reader_noted_about_cells_and_rows_is_told(large: int) -> None:
    notes = [
        CellNote(2, 1, "lost_digits"),
        CellNote(3, 8, "error_cell"),
        CellNote(3, 0, "long_row"),
        CellNote(4, 0, "short_row"),
        CellNote(4, 0, "hidden_row"),
        CellNote(1, 1, "error_cell"),
        CellNote(9, 1, "hidden_row"),
        CellNote(0, 0, "hidden_sheet"),
    ]
    found = checked(sheet([birth(1), birth(2, weight=""), birth(3)]), large, notes=notes)
    assert told(found) == [
        (0, 0, "hidden_sheet", "", ""),
        (2, 1, "lost_digits", citizen(1), ""),
        (3, 0, "long_row", "", ""),
        (3, 8, "error_cell", "", ""),
        (4, 0, "short_row", "", ""),
        (4, 0, "hidden_row", "", ""),
    ]
    assert found.findings.queries == 2


def test_a_formula_saved_without_its_result_is_an_error_even_where_nothing_is_required(large: int) -> None:
    found = checked(sheet([birth(1, weight="")]), large, notes=[CellNote(2, 8, "no_value")])
    assert told(found) == [(2, 8, "no_value", "", "")]
    assert found.findings.errors == 1


def test_a_long_code_list_is_told_by_its_beginning_with_one_mark_for_the_rest() -> None:
    codes = tuple(Code(str(number), Titles(f"码{number}", f"code {number}")) for number in range(20))
    lists = {"village": CodeList("village", Titles("村", "villages"), codes)}
    field = Field("village", FieldType.STRING, Titles("村", "Village"), codelist="village")
    flow = Dataflow("f", Titles("f", "f"), "law", "purpose", (field,))
    text = sentence(flow, lists, Language.ZH_CN, "codelist", "village", "不详", "", 0)
    assert text.count("…") == 1 and "7 码7" in text and "8 码8" not in text


def test_strange_doubled_and_headless_columns_are_told_and_ordinary_ones_are_not(large: int) -> None:
    header = [*HEADER, "备注", "Blood group", "姓名", ""]
    rows = [header, [*birth(1), "ok", "A", "王", ""], [*birth(2), "", "", "", "left over"]]
    assert told(checked(rows, large)) == [
        (1, 14, "unknown_column", "Blood group", ""),
        (1, 15, "doubled_column", "姓名", ""),
        (3, 16, "outside", "left over", ""),
    ]


def test_a_dataflow_of_totals_is_checked_like_any_other(large: int) -> None:
    rows = [["村", "Moved in", "迁出人数（人）*"], ["001", "3", "0"], ["002", "1,024", ""], ["合计", "3", "0"]]
    rows[0][0] = "村代码"
    assert told(checked(rows, large, MOVES)) == [
        (3, 2, "typography", "1,024", "1024"),
        (3, 3, "required", "", ""),
        (4, 1, "totals_row", "合计", ""),
    ]


def test_an_optional_column_may_be_absent(large: int) -> None:
    rows = [row[:4] for row in sheet([birth(1)])]
    found = checked(rows, large)
    assert told(found) == []
    assert list(found.values["registered"]) == [None]


def test_a_nil_return_has_no_rows_and_no_findings() -> None:
    found = check(compile_dataflow(DEATHS, CODELISTS), Recognised("deaths", OCTOBER, None, None, nil=True), CONTEXT)
    assert (found.rows, len(found.findings), found.acceptable) == (0, 0, True)


def test_the_first_findings_are_those_of_the_first_rows(large: int) -> None:
    found = checked(sheet([birth(i, sex="9", phone="1") for i in range(50)]), large)
    assert len(found.findings) == 100
    first = [(f.row, f.column, f.severity) for f in found.findings.told(Language.ZH_CN, at_most=3)]
    assert first == [(2, 3, Severity.ERROR), (2, 11, Severity.ERROR), (3, 3, Severity.ERROR)]


def test_of_too_many_findings_the_errors_are_told_first(large: int) -> None:
    rows = [birth(1, remark="", late="TRUE", registered="2026-10-06"), birth(2, sex="9"), birth(3, sex="8")]
    found = checked(sheet(rows), large).findings
    in_order = [(f.row, f.severity) for f in found.told(Language.EN)]
    assert in_order == [(2, Severity.QUERY), (3, Severity.ERROR), (4, Severity.ERROR)]
    assert [f.row for f in found.first(Language.EN, 3)] == [2, 3, 4]
    assert [f.row for f in found.first(Language.EN, 2)] == [3, 4]
    assert [f.row for f in found.first(Language.EN, 1)] == [3]
