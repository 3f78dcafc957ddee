"""Only what can be mended in one way is mended, and only if nothing is left to be mended then."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from gateway.checks import id_number, repairing
from gateway.checks.check import check
from gateway.checks.compile import Context, compile_dataflow
from gateway.checks.recognise import Recognised
from gateway.checks.repairing import Change, Repaired, repaired
from gateway.checks.sheet import find_header
from gateway.core.dataflow import Code, CodeList, Dataflow, Field, FieldType, RowRule, Severity
from gateway.core.parties import Titles
from gateway.core.period import Period
from gateway.core.table import Table

T = Titles("x", "x")
SEX = CodeList("sex", T, (Code("1", Titles("男", "male")), Code("2", Titles("女", "female"))))
FIELDS = (
    Field("number", FieldType.INTEGER, Titles("号", "number"), unique=True),
    Field("sex", FieldType.STRING, Titles("性别", "sex"), codelist="sex", required=True),
    Field("day", FieldType.DATE, Titles("日期", "day")),
    Field("id", FieldType.STRING, Titles("身份号码", "id"), format="id_number"),
)
FLOW = Dataflow("flow", T, "law", "purpose", FIELDS)
PERIOD = Period.parse("2026-M12")
RIGHT = "110101199003078507"


def mended(*rows: tuple[str, ...], flow: Dataflow = FLOW) -> Repaired | None:
    table = Table.of_rows("表", [("号", "性别", "日期", "身份号码"), *rows])
    compiled = compile_dataflow(flow, {"sex": SEX})
    recognised = Recognised("flow", PERIOD, table, find_header(flow, table.rows()))
    context = Context(PERIOD, date(2026, 12, 20))
    return repaired(compiled, recognised, check(compiled, recognised, context), context)


def test_slips_of_the_keyboard_titles_and_dates_are_mended() -> None:
    found = mended(("１", "男", "2026年1月3日", RIGHT), (" 2", "2", " 2026/1/4 ", ""))
    assert found
    assert found.changes == (
        Change(2, 1, "number", "typography", "１", "1"), Change(2, 2, "sex", "code_title", "男", "1"),
        Change(3, 1, "number", "typography", " 2", "2"),
        Change(3, 3, "day", "typography", " 2026/1/4 ", "2026-01-04"),
    )  # fmt: skip
    values = found.checked.values
    assert [list(values[name]) for name in ("number", "sex")] == [[1, 2], ["1", "2"]]
    assert found.checked.acceptable


@pytest.mark.parametrize(
    "row",
    [("x", "男", "", ""), ("1", "", "", ""), ("1", "1", "46000", ""), ("1", "1", "1/2/2026", ""),
     ("1", "男", "", "110101900307851")],
    ids=["no number", "empty", "perhaps a date", "which order", "old id"],
)  # fmt: skip
def test_where_one_error_has_no_certain_repair_nothing_is_mended(row: tuple[str, ...]) -> None:
    assert mended(("７", "1", "", ""), row) is None


BORN = (
    "TRY_CAST(SUBSTR(id, 7, 8) AS BIGINT) = EXTRACT(YEAR FROM day) * 1000 * 10 + EXTRACT(MONTH FROM day) * 100 "
    "+ EXTRACT(DAY FROM day)"
)
TIED = replace(FLOW, rules=(RowRule("born", ("day", "id"), BORN, Severity.ERROR, T),))


@pytest.mark.parametrize("day", ["1990-03-07", " 1990/3/7 "])
def test_exchanged_digits_of_an_id_are_mended_where_the_row_bears_witness(day: str) -> None:
    found = mended(("1", "男", day, "110101199030078507"), flow=TIED)
    assert found
    assert Change(2, 4, "id", "id_check_digit", "110101199030078507", RIGHT) in found.changes
    assert list(found.checked.values["id"]) == [RIGHT]


@pytest.mark.parametrize(
    ("day", "number"), [("", "110101199030078507"), ("1990-03-07", "110101199003070507"), ("x", "110101199030078507")]
)
def test_without_a_witness_a_check_digit_is_nobodys_to_mend(day: str, number: str) -> None:
    assert mended(("1", "男", day, number), flow=TIED) is None


def test_a_sheet_without_errors_has_nothing_to_mend() -> None:
    assert mended(("1", "1", "", "")) is None


def test_what_would_break_another_check_once_mended_is_not_offered() -> None:
    assert mended(("1", "1", "", ""), ("１", "1", "", "")) is None


def test_more_than_a_person_looks_through_is_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repairing, "MOST", 1)
    assert mended(("１", "1", "", "")) is not None
    assert mended(("１", "男", "", "")) is None


def test_an_id_whose_check_digit_fails_is_never_mended_by_guessing() -> None:
    wrong = RIGHT[:15] + RIGHT[16] + RIGHT[15] + RIGHT[17]  # as likely another slip
    assert id_number.fault(wrong) == "id_check_digit"
    assert mended(("1", "男", "", wrong)) is None
