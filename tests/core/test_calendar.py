"""Deadlines of the mission, in instants."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.agreement import DueDate, Timetable, WorkingDays
from gateway.core.calendar import (
    day_begins,
    extended,
    is_on_time,
    is_owed,
    may_write,
    obligation_for,
    obligations_due_to_open,
    periods_within,
)
from gateway.core.period import Frequency, Period
from tests.core.small_county import DAYS, OCTOBER, RULES, TIMETABLES, WORKING_DAYS, agreement, at, timetable

BIRTHS = agreement("health", "births")


def due(table: Timetable, period: str, days: WorkingDays = WORKING_DAYS) -> datetime:
    return obligation_for(agreement("health", "births"), table, Period.parse(period), days).due


@pytest.mark.parametrize(
    ("frequency", "period", "instant"),
    [
        ("monthly", "2026-M10", "2026-10-29"),
        ("monthly", "2026-M02", "2026-03-01"),
        ("quarterly", "2026-Q3", "2026-09-29"),
        ("half_yearly", "2026-S1", "2026-06-29"),
        ("half_yearly", "2026-S2", "2026-12-29"),
        ("yearly", "2026-A1", "2027-01-11"),
    ],
)
def test_a_report_is_due_as_its_due_day_ends(frequency: str, period: str, instant: str) -> None:
    assert due(TIMETABLES[frequency], period) == at(instant)


def test_by_the_28th_may_mean_as_the_27th_ends() -> None:
    assert due(timetable(Frequency.MONTHLY, DueDate(1, 28, end_of_day=False)), "2026-M10") == at("2026-10-28")


def test_a_due_day_that_a_month_does_not_have_is_its_last_day() -> None:
    assert due(timetable(Frequency.MONTHLY, DueDate(1, 31)), "2026-M02") == at("2026-03-01")


@pytest.mark.parametrize(("move", "instant"), [("no", "2026-11-29"), ("before", "2026-11-28"), ("after", "2026-12-01")])
def test_a_due_day_on_a_saturday_moves_as_the_timetable_says(move: str, instant: str) -> None:
    assert date(2026, 11, 28).weekday() == 5
    assert due(timetable(Frequency.MONTHLY, DueDate(1, 28), move_to_working_day=move), "2026-M11") == at(instant)


def test_a_weekend_that_is_worked_moves_nothing() -> None:
    worked = WorkingDays(frozenset(), frozenset({date(2026, 11, 28)}))
    table = timetable(Frequency.MONTHLY, DueDate(1, 28), move_to_working_day="after")
    assert due(table, "2026-M11", worked) == at("2026-11-29")


def test_each_period_of_a_year_may_have_its_own_due_date() -> None:
    table = timetable(Frequency.HALF_YEARLY, DueDate(6, 28), DueDate(6, 20))
    assert [due(table, "2026-S1"), due(table, "2026-S2")] == [at("2026-06-29"), at("2026-12-21")]


def test_everything_else_counts_from_the_due_instant() -> None:
    obligation = obligation_for(BIRTHS, TIMETABLES["monthly"], OCTOBER, WORKING_DAYS)
    assert obligation.id == "health/births/2026-M10"
    assert obligation.opens == at("2026-10-01")
    assert obligation.reminders == (at("2026-10-26"), at("2026-10-28"))
    assert obligation.overdue == (at("2026-10-30"), at("2026-11-01"))
    assert obligation.escalate == at("2026-11-03")
    assert obligation.closes == at("2026-11-28")


def test_three_days_before_keeps_its_hour_across_a_change_to_winter_time() -> None:
    table = timetable(Frequency.MONTHLY, DueDate(1, 26), zone="Europe/Berlin", reminders=(3 * DAYS,))
    obligation = obligation_for(BIRTHS, table, OCTOBER, WORKING_DAYS)
    assert obligation.due - obligation.reminders[0] == timedelta(days=3, hours=1)


def test_a_period_of_another_frequency_has_no_due_date() -> None:
    with pytest.raises(ValueError, match="2026-Q4"):
        obligation_for(BIRTHS, TIMETABLES["monthly"], Period.parse("2026-Q4"), WORKING_DAYS)


def test_a_report_on_occurrence_is_taken_from_its_day_on() -> None:
    taken = obligation_for(BIRTHS, TIMETABLES["on_occurrence"], Period.parse("2026-10-05"), WORKING_DAYS)
    assert (taken.opens, taken.closes) == (at("2026-10-05"), at("2026-11-05"))


def test_an_extension_moves_all_that_depends_on_the_due_instant() -> None:
    obligation = obligation_for(BIRTHS, TIMETABLES["monthly"], OCTOBER, WORKING_DAYS)
    later = extended(obligation, obligation.due + 2 * DAYS)
    assert later.due == at("2026-10-31")
    assert later.reminders == (at("2026-10-28"), at("2026-10-30"))
    assert later.overdue == (at("2026-11-01"), at("2026-11-03"))
    assert (later.escalate, later.closes, later.opens) == (at("2026-11-05"), at("2026-11-30"), obligation.opens)


def test_the_midnight_that_ends_the_due_day_is_late() -> None:
    assert is_on_time(at("2026-10-28 23:59:59.999999"), at("2026-10-29"))
    assert not is_on_time(at("2026-10-29"), at("2026-10-29"))


def test_what_is_open_by_the_calendar_opens_once() -> None:
    opening = obligations_due_to_open(RULES, at("2026-10-01"), frozenset())
    assert [one.id for one in opening] == [
        "civil/births/2026-M10", "civil/marriages/2026-M10", "health/births/2026-M10",
    ]  # fmt: skip
    assert obligations_due_to_open(RULES, at("2026-10-01"), {one.id for one in opening}) == []


def test_nothing_opens_before_its_instant() -> None:
    assert obligations_due_to_open(RULES, at("2026-10-01") - timedelta(microseconds=1), frozenset()) == []


def test_after_long_downtime_all_open_periods_open_but_none_that_has_closed() -> None:
    rules = replace(RULES, agreements={"a": agreement("health", "births")})
    opening = obligations_due_to_open(rules, at("2027-03-05"), frozenset())
    assert [str(one.period) for one in opening] == ["2027-M02", "2027-M03"]
    assert [str(one.period) for one in obligations_due_to_open(rules, at("2027-03-27"), frozenset())] == [
        "2027-M02", "2027-M03",
    ]  # fmt: skip


def test_periods_outside_the_agreement_are_not_owed() -> None:
    short = agreement("health", "births", valid_from=date(2026, 10, 15), valid_until=date(2026, 11, 1))
    owed = [is_owed(short, Period.parse(f"2026-M{month:02}")) for month in (9, 10, 11, 12)]
    assert owed == [False, True, True, False]
    rules = replace(RULES, agreements={"a": short})
    assert [str(one.period) for one in obligations_due_to_open(rules, at("2026-12-05"), frozenset())] == ["2026-M11"]


def test_letters_that_can_wait_are_not_written_at_night() -> None:
    assert not may_write(at("2026-10-05"), WORKING_DAYS)
    assert not may_write(at("2026-10-05 08:29"), WORKING_DAYS)
    assert may_write(at("2026-10-05 08:30"), WORKING_DAYS)
    assert may_write(at("2026-10-05 08:00"), replace(WORKING_DAYS, letters_from=time(8)))


def test_a_quarter_holds_three_months() -> None:
    assert [str(one) for one in periods_within(Period.parse("2026-Q4"), Frequency.MONTHLY)] == [
        "2026-M10", "2026-M11", "2026-M12",
    ]  # fmt: skip
    assert list(periods_within(OCTOBER, Frequency.QUARTERLY)) == []


ZONES = st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/Havana", "Pacific/Apia", "UTC"])


@given(
    st.dates(date(1990, 1, 1), date(2090, 1, 1)),
    st.sampled_from([f for f in Frequency if f is not Frequency.ON_OCCURRENCE]),
    ZONES,
    st.sampled_from(["no", "before", "after"]),
)
def test_instants_are_in_order_in_every_zone(day: date, frequency: Frequency, zone: str, move: str) -> None:
    table = replace(TIMETABLES[frequency], zone=zone, move_to_working_day=move)
    one = obligation_for(BIRTHS, table, Period.containing(day, frequency), WORKING_DAYS)
    instants = (one.opens, *one.reminders, one.due, *one.overdue, one.escalate, one.closes)
    assert list(instants) == sorted(instants)


@given(st.integers(0, 40_000), ZONES, st.integers(1, 400), st.integers(1, 400))
def test_exactly_the_open_periods_open(hours: int, zone: str, before: int, after: int) -> None:
    """Against the plain definition, month by month."""
    table = replace(TIMETABLES["monthly"], zone=zone, opens_before=before * DAYS, closes_after=after * DAYS)
    rules = replace(RULES, timetables={"monthly": table}, agreements={"a": BIRTHS})
    instant = at("2026-10-02") + timedelta(hours=hours)
    wanted, period = [], Period.containing(BIRTHS.valid_from, Frequency.MONTHLY)
    while period.first.year < 2034:
        one = obligation_for(BIRTHS, table, period, WORKING_DAYS)
        if one.opens <= instant < one.closes:
            wanted.append(one)
        period = period.next()
    assert obligations_due_to_open(rules, instant, frozenset()) == wanted


def test_a_day_begins_at_its_own_midnight_and_lasts_until_the_next() -> None:
    assert day_begins(at("2026-10-05 23:59"), "Asia/Shanghai") == at("2026-10-05 00:00")
    assert day_begins(at("2026-10-05 00:00"), "Asia/Shanghai") == at("2026-10-05 00:00")
    assert day_begins(datetime(2026, 3, 29, 12, tzinfo=UTC), "Europe/Berlin") == datetime(2026, 3, 28, 23, tzinfo=UTC)
