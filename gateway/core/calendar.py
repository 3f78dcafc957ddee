"""When reports open, fall due, are reminded of and close: instants from timetables, without a clock.

A deadline is the end of a day in the timetable's zone, written as the midnight after it: what was had *before* that
instant is on time. Durations are counted on the wall clock of the zone, so that "three days before" keeps its hour
across a change to summer time. Instants handed out are UTC.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from gateway.core.agreement import Agreement, DueDate, Obligation, Timetable, WorkingDays
from gateway.core.period import Frequency, Period
from gateway.core.rules import Rules

_DAY = timedelta(days=1)
_SLACK = timedelta(days=40)  # more than moving to a working day, or a due day after the period's end, can shift


def obligation_id(department: str, dataflow: str, period: Period) -> str:
    """The name of what one department owes of one dataflow for one period."""
    return f"{department}/{dataflow}/{period}"


@lru_cache(maxsize=8192)
def obligation_for(agreement: Agreement, timetable: Timetable, period: Period, working_days: WorkingDays) -> Obligation:
    """The obligation of this agreement for this period. Raises `ValueError` if the period isn't of that frequency.

    Reports on occurrence are never owed by a day, and their obligation never opens; it says from when until when a
    report of that day is taken.
    """
    due = _due(timetable, period, working_days)
    opens_before = _DAY if period.frequency is Frequency.ON_OCCURRENCE else timetable.opens_before

    def at(shift: timedelta) -> datetime:
        return (due + shift).astimezone(UTC)

    return Obligation(
        id=obligation_id(agreement.department, agreement.dataflow, period),
        department=agreement.department,
        dataflow=agreement.dataflow,
        period=period,
        opens=at(-opens_before),
        due=at(timedelta()),
        closes=at(timetable.closes_after),
        reminders=tuple(at(-before) for before in sorted(timetable.reminders, reverse=True)),
        overdue=tuple(at(after) for after in sorted(timetable.overdue)),
        escalate=at(timetable.escalate_after),
    )


def extended(obligation: Obligation, until: datetime) -> Obligation:
    """The obligation as an extension leaves it: everything that depends on the due instant moves with it."""
    shift = until - obligation.due
    return replace(
        obligation,
        due=until,
        closes=obligation.closes + shift,
        reminders=tuple(instant + shift for instant in obligation.reminders),
        overdue=tuple(instant + shift for instant in obligation.overdue),
        escalate=obligation.escalate + shift,
    )


def is_on_time(had: datetime, due: datetime) -> bool:
    """Whether what was had at that instant met the deadline: the midnight that ends the due day is already late."""
    return had < due


def is_owed(agreement: Agreement, period: Period) -> bool:
    """Whether the agreement is valid on any day of the period."""
    return period.last >= agreement.valid_from and (
        agreement.valid_until is None or period.first <= agreement.valid_until
    )


def obligations_due_to_open(rules: Rules, now: datetime, known_ids: AbstractSet[str]) -> list[Obligation]:
    """All that is open by the calendar and not known yet, oldest due first; what has closed already stays closed."""
    found = [
        obligation
        for agreement in rules.agreements.values()
        for obligation in _open_at(agreement, rules.timetables[agreement.timetable], rules.working_days, now)
        if obligation.id not in known_ids
    ]
    return sorted(found, key=lambda obligation: (obligation.due, obligation.id))


def local_day(instant: datetime, zone: str) -> date:
    """The day on the wall calendar of that zone."""
    return instant.astimezone(ZoneInfo(zone)).date()


def day_begins(instant: datetime, zone: str) -> datetime:
    """The midnight that began the day in that zone."""
    return datetime.combine(local_day(instant, zone), time(), ZoneInfo(zone)).astimezone(UTC)


def may_write(now: datetime, working_days: WorkingDays) -> bool:
    """Whether letters that can wait may go out: not between midnight and the hour for letters."""
    return now.astimezone(ZoneInfo(working_days.zone)).time() >= working_days.letters_from


def periods_within(outer: Period, frequency: Frequency) -> Iterator[Period]:
    """The periods of that frequency whose last day lies in the outer one, in order."""
    period = Period.containing(outer.first, frequency)
    while period.last <= outer.last:
        yield period
        period = period.next()


def _open_at(
    agreement: Agreement, timetable: Timetable, working_days: WorkingDays, now: datetime
) -> Iterator[Obligation]:
    if timetable.frequency is Frequency.ON_OCCURRENCE:
        return
    latest_due_day = local_day(now, timetable.zone) + timetable.opens_before
    period = Period.containing(latest_due_day + _SLACK, timetable.frequency)
    while period.last >= agreement.valid_from:
        obligation = obligation_for(agreement, timetable, period, working_days)
        if obligation.closes <= now:
            return
        if obligation.opens <= now and is_owed(agreement, period):
            yield obligation
        period = period.previous()


def _due(timetable: Timetable, period: Period, working_days: WorkingDays) -> datetime:
    if period.frequency is not timetable.frequency:
        raise ValueError(f"no due date for {period} by timetable {timetable.id}")
    if period.frequency is Frequency.ON_OCCURRENCE:
        day = period.last
    else:
        rule = timetable.due[period.number - 1] if len(timetable.due) > 1 else timetable.due[0]
        day = _working_day(_last_day_that_counts(rule, period), timetable.move_to_working_day, working_days)
    return datetime.combine(day + _DAY, time(), ZoneInfo(timetable.zone))


def _last_day_that_counts(rule: DueDate, period: Period) -> date:
    months = period.first.month - 1 + rule.month - 1
    year, month = period.first.year + months // 12, months % 12 + 1
    day = date(year, month, min(rule.day, calendar.monthrange(year, month)[1]))
    return day if rule.end_of_day else day - _DAY


def _working_day(day: date, move: str, working_days: WorkingDays) -> date:
    step = {"before": -_DAY, "after": _DAY}.get(move)
    while step and not working_days.is_working(day):
        day += step
    return day
