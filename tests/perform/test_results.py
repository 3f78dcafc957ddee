"""Accepted tables are joined, told of, and go back to whom they are due; or wait until somebody mends what hinders."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import openpyxl
import pytest
from structlog.testing import capture_logs

from gateway.core.facts import Integrated, Released, Troubled, Written
from gateway.core.parties import Titles
from gateway.core.period import Frequency
from gateway.core.result import Entitlement, Result
from gateway.handler import Limits
from gateway.integrate.join import from_bytes
from handlers.sealed import open_parts, unlock
from tests.judge.desk import CLINIC, FLOW, HEALTH, OTHER, Desk, body, report

AFTER = datetime(2026, 12, 31, 2, tzinfo=UTC)  # two days and some hours after the due instant
COLUMNS = {"reporter": Titles("报送单位", "Reporter"), "sex": Titles("性别", "Sex")}
DEATHS = Result(
    "deaths", Titles("婴儿死亡情况", "Infant deaths"), Frequency.MONTHLY, (FLOW,),
    f"SELECT _department AS reporter, sex FROM {FLOW} ORDER BY ALL",
    ("health",), "purpose", "law", COLUMNS,
)  # fmt: skip
GRANT = Entitlement("health", FLOW, ("sex",), None, "purpose", "law", date(2026, 1, 1))


def reported(desk: Desk, result: Result = DEATHS, *officers: str) -> None:
    """These officers have reported; the county has this result and no other."""
    desk.configure(results={result.id: result}, entitlements=(GRANT,))
    desk.settle()
    for officer in officers or (CLINIC, OTHER):
        department = officer.partition(".")[0]
        desk.judge(desk.message(officer, [report(2, department)]), officer)


def after_it_was_due(desk: Desk) -> None:
    desk.clock.instant = AFTER
    desk.settle()


def test_a_result_goes_sealed_to_the_one_entitled_with_all_that_came(desk: Desk) -> None:
    reported(desk)
    after_it_was_due(desk)
    [integrated] = desk.facts(Integrated)
    assert (integrated.rows, len(integrated.submissions), integrated.missing) == (4, 2, ())
    [released] = desk.facts(Released)
    assert (released.department, released.fields, released.rows) == ("health", ("reporter", "sex"), 4)
    [letter] = desk.letters_to(HEALTH, "delivery")
    [part] = letter.iter_attachments()
    sealed = part.get_content()
    assert sealed == desk.store.read_all(released.blob, 1 << 24)
    [file] = open_parts(sealed, Limits(), unlock(sealed, [desk.site.keys[HEALTH].sealing_private])).parts
    rows = list(openpyxl.load_workbook(io.BytesIO(file.data)).worksheets[0].iter_rows(min_row=4, values_only=True))
    assert rows == [("bailu_clinic", "1")] * 2 + [("songquan_clinic", "1")] * 2


def test_everybody_who_contributed_is_told_so_with_a_receipt(desk: Desk) -> None:
    reported(desk)
    after_it_was_due(desk)
    [letter] = desk.letters_to(CLINIC, "integrated")
    assert "贵单位 2 行，全县合计 4 行" in body(letter)
    [attached] = letter.iter_attachments()
    assert attached.get_content_type() == "application/json"


def test_what_was_missing_is_named_also_when_it_is_configured_no_more(desk: Desk) -> None:
    reported(desk, DEATHS, CLINIC)
    desk.clock.instant = AFTER
    keys = desk.rules.keys
    desk.configure(keys={})  # joined, but nobody can open a copy yet
    desk.settle()
    [integrated] = desk.facts(Integrated)
    assert integrated.missing == (f"songquan_clinic/{FLOW}/2026-M12",)
    departments = {name: one for name, one in desk.rules.departments.items() if name != "songquan_clinic"}
    agreements = {name: one for name, one in desk.rules.agreements.items() if one.department != "songquan_clinic"}
    desk.configure(keys=keys, departments=departments, agreements=agreements)
    desk.clock.turn(hours=1)
    desk.settle()
    [letter] = desk.letters_to(HEALTH, "delivery")
    assert "songquan_clinic：卫生院婴儿死亡" in body(letter)


def hindered(desk: Desk) -> list[str]:
    """What the log says hinders the release."""
    with capture_logs() as told:
        after_it_was_due(desk)
    return [line["why"] for line in told if "why" in line and "duty" in line]


def test_without_a_key_of_the_department_the_copy_waits_and_becomes_an_alarm(desk: Desk) -> None:
    reported(desk, DEATHS, CLINIC)
    keys = desk.rules.keys
    desk.configure(keys={})
    assert hindered(desk) == ["NoKey"]
    assert desk.facts(Released) == []
    for _ in range(10):
        desk.clock.turn(minutes=30)
        desk.settle()
    assert [one.duty for one in desk.facts(Troubled)] == ["release/deaths/2026-M12/health/1"]
    desk.configure(keys=keys)
    desk.clock.turn(minutes=31)
    desk.settle()
    assert len(desk.facts(Released)) == 1


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        (f"SELECT certificate AS sex, '' AS reporter FROM {FLOW}", "NotEntitled"),
        ("SELECT repeat('x', 40000) AS sex, '' AS reporter", "Unwritable"),
    ],
)
def test_what_cannot_be_made_waits_for_an_administrator(desk: Desk, sql: str, why: str) -> None:
    reported(desk, replace(DEATHS, sql=sql), CLINIC)
    assert hindered(desk) == [why]
    assert desk.facts(Released) == []


def test_tables_that_no_longer_fit_the_dataflow_are_not_bent(desk: Desk) -> None:
    reported(desk, DEATHS, CLINIC)
    flow = desk.rules.dataflows[FLOW]
    fields = tuple(replace(one, type=type(one.type).DATE) if one.name == "village" else one for one in flow.fields)
    desk.configure(dataflows={**desk.rules.dataflows, FLOW: replace(flow, fields=fields)})
    assert hindered(desk) == ["Unjoinable"]
    assert not desk.died


def test_a_correction_is_joined_and_released_anew_with_the_next_day(desk: Desk) -> None:
    reported(desk)
    after_it_was_due(desk)
    desk.clock.turn(days=1)
    desk.judge(desk.message(CLINIC, [report(5)]), CLINIC)
    desk.clock.turn(days=1)
    desk.settle()
    assert [one.rows for one in desk.facts(Released)] == [4, 7]
    with desk.store.view() as view:
        latest = view.latest_integration(FLOW, "2026-M12")
    assert latest and from_bytes(desk.store.read_all(latest.table, 1 << 24)).height == 7


def test_the_previous_period_is_there_for_the_query(desk: Desk) -> None:
    reported(desk, replace(DEATHS, sql=f"SELECT '' AS reporter, sex FROM {FLOW}_previous"))
    after_it_was_due(desk)
    assert [one.rows for one in desk.facts(Released)] == [0]


def test_a_release_is_written_once_for_each_of_its_facts(desk: Desk) -> None:
    reported(desk)
    after_it_was_due(desk)
    desk.clock.turn(hours=6)
    desk.settle()
    assert len([one for one in desk.facts(Written) if one.kind == "delivery"]) == len(desk.facts(Released)) == 1
    assert desk.clock.now() - AFTER == timedelta(hours=6)
