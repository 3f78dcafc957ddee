"""Who is reminded of what, and when no more."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.calendar import extended, obligation_for
from gateway.core.chasing import Chased, Stage, StageKind, Told, is_outdated, items_by_officer
from gateway.core.parties import Department, Role
from tests.core.small_county import DAYS, OCTOBER, RULES, TIMETABLES, WORKING_DAYS, agreement, at, department

BIRTHS = obligation_for(agreement("health", "births"), TIMETABLES["monthly"], OCTOBER, WORKING_DAYS)
MISSING = Chased(BIRTHS)


def told_now(now: datetime, told: Told = frozenset(), chased: Chased = MISSING) -> dict[str, list[str]]:
    items = items_by_officer((chased,), RULES.departments, told, now)
    return {officer: [item.stage for item in some] for officer, some in items.items()}


@pytest.mark.parametrize(
    ("now", "stages"),
    [
        ("2026-10-25 23:59", {}),
        ("2026-10-26", {"li": ["reminder-1"]}),
        ("2026-10-28 09:00", {"li": ["reminder-2"]}),
        ("2026-10-29 09:00", {"li": ["reminder-2"]}),
        ("2026-10-30 09:00", {"li": ["overdue-1"], "wang": ["overdue-1"]}),
        ("2026-11-02 09:00", {"li": ["overdue-2"], "wang": ["overdue-2"]}),
        ("2026-11-05 09:00", {"li": ["overdue-2"], "wang": ["overdue-2"], "zhao": ["escalation-1"]}),
        ("2026-11-28", {}),
    ],
)
def test_each_hears_of_the_last_stage_that_has_come(now: str, stages: dict[str, list[str]]) -> None:
    assert told_now(at(now)) == stages


def test_a_stage_is_told_once() -> None:
    told = {("li", BIRTHS.id, "reminder-2")}
    assert told_now(at("2026-10-28 09:00"), told) == {}


def test_a_clock_set_back_tells_no_earlier_stage() -> None:
    assert told_now(at("2026-10-27"), {("li", BIRTHS.id, "reminder-2")}) == {}


def test_what_one_officer_heard_the_other_still_has_to_hear() -> None:
    assert told_now(at("2026-10-30 09:00"), {("li", BIRTHS.id, "overdue-1")}) == {"wang": ["overdue-1"]}


def test_what_the_reporter_heard_does_not_silence_the_escalation() -> None:
    told = {("zhao", BIRTHS.id, "overdue-2"), ("li", BIRTHS.id, "overdue-2"), ("wang", BIRTHS.id, "overdue-2")}
    assert told_now(at("2026-11-05"), told) == {"zhao": ["escalation-1"]}


def test_an_extension_starts_a_new_round_and_silences_what_had_passed() -> None:
    later = Chased(extended(BIRTHS, BIRTHS.due + 5 * DAYS), 1, at("2026-10-31 10:00"))
    assert told_now(at("2026-10-31 11:00"), chased=later) == {}
    told = {("li", BIRTHS.id, "reminder-2")}
    assert told_now(at("2026-11-02 09:00"), told, later) == {"li": ["reminder-2+1"]}


def test_a_department_without_reporters_is_reminded_as_a_whole() -> None:
    everybody: dict[str, Department] = {"health": department("health", wu=Role.DEPUTY, he=Role.HEAD)}
    items = items_by_officer((MISSING,), everybody, frozenset(), at("2026-10-30"))
    assert sorted(items) == ["he", "wu"]


def test_a_department_that_is_no_more_is_not_chased() -> None:
    gone = Chased(replace(BIRTHS, department="gone"))
    assert told_now(at("2026-10-30"), chased=gone) == {}


def test_a_stage_of_an_earlier_round_is_outdated() -> None:
    assert is_outdated("reminder-1", 1)
    assert not is_outdated("reminder-1+1", 1)


@given(st.builds(Stage, st.sampled_from(StageKind), st.integers(1, 99), st.integers(0, 9)))
def test_a_stage_reads_as_it_is_written(stage: Stage) -> None:
    assert Stage.parse(str(stage)) == stage
