"""When things are due: `timetables.toml` and `working_days.toml`."""

from __future__ import annotations

from datetime import date, timedelta

from gateway.config.files import Files
from gateway.config.kinds import DAY, DURATION, TIME, ZONE, choice, one_of, whole
from gateway.config.reader import Table
from gateway.core.agreement import DueDate, Timetable, WorkingDays
from gateway.core.period import Frequency

_FREQUENCY = choice(Frequency, Frequency.MONTHLY)
_MONTHS = {Frequency.MONTHLY: 1, Frequency.QUARTERLY: 3, Frequency.HALF_YEARLY: 6, Frequency.YEARLY: 12}
_ZERO = timedelta(0)


def read_timetables(files: Files, zone: str) -> dict[str, Timetable]:
    """Timetables by id: one table each. `zone` is the county's, for those that name none."""
    table = files.toml("timetables.toml")
    if table is None:
        return {}
    with table:
        return {name: _timetable(name, item, zone) for name, item in table.members()}


def _timetable(name: str, item: Table, county_zone: str) -> Timetable:
    frequency = item.need("frequency", _FREQUENCY)
    zone = item.may("zone", ZONE, county_zone)
    if frequency is Frequency.ON_OCCURRENCE:  # nothing falls due: a day's report may come on any day
        return Timetable(name, frequency, (), zone, _ZERO, (), (), _ZERO, item.need("closes_after", DURATION))
    before = len(item.mistakes.found)
    timetable = Timetable(
        id=name,
        frequency=frequency,
        due=_due(item, frequency),
        zone=zone,
        opens_before=item.need("opens_before", DURATION),
        reminders=tuple(sorted(item.any("reminders", DURATION), reverse=True)),
        overdue=tuple(sorted(item.any("overdue", DURATION))),
        escalate_after=item.need("escalate_after", DURATION),
        closes_after=item.need("closes_after", DURATION),
        move_to_working_day=item.may("move_to_working_day", one_of("no", "before", "after"), "no"),
    )
    if len(item.mistakes.found) == before:
        _check_order(item, timetable)
    return timetable


def _due(item: Table, frequency: Frequency) -> tuple[DueDate, ...]:
    """One due date for every period, or one for each period of a year, first to last."""
    months = _MONTHS[frequency]
    end_of_day = item.need("due_at", one_of("end of day", "start of day")) == "end of day"
    due: list[DueDate] = []
    for entry in item.tables("due"):
        month = entry.need("month", whole(1, months + 12))
        due.append(DueDate(month, entry.need("day", whole(1, 31)), end_of_day))
    if len(due) not in (1, 12 // months):
        many = f" or {12 // months}" if months < 12 else ""
        reason = f"has {len(due)} due dates" if due else "has no due date"
        item.wrong(
            "due", reason, f"Write 1{many} such as {{ month = {months}, day = 28 }}, months counted in the period"
        )
    return tuple(due)


def _check_order(item: Table, timetable: Timetable) -> None:
    for before in timetable.reminders:
        if before > timetable.opens_before:
            item.wrong(
                "reminders",
                f"has a reminder ({_words(before)}) before the period opens",
                "Open earlier, or remind later",
            )
            break
    if timetable.escalate_after > timetable.closes_after:
        item.wrong("escalate_after", "is later than closes_after", "Escalate before the period closes")
    if timetable.overdue and timetable.overdue[-1] > timetable.closes_after:
        item.wrong("overdue", "has a notice after closes_after", "Send notices before the period closes")


def _words(span: timedelta) -> str:
    return f"{span.days} days" if span % timedelta(days=1) == _ZERO else f"{span.total_seconds():.0f} s"


def read_working_days(files: Files, zone: str) -> WorkingDays:
    """The county's calendar."""
    table = files.toml("working_days.toml")
    if table is None:
        return WorkingDays(frozenset(), frozenset())
    with table:
        holidays, worked = table.any("holidays", DAY), table.any("worked", DAY)
        for index, day in enumerate(worked):
            _check_worked(table, index, day, holidays)
        return WorkingDays(frozenset(holidays), frozenset(worked), table.need("letters_from", TIME), zone)


def _check_worked(table: Table, index: int, day: date, holidays: tuple[date, ...]) -> None:
    if day in holidays:
        table.wrong(f"worked[{index}]", f"{day} is a holiday too", "Take it away from holidays or from worked")
    elif day.weekday() < 5:
        table.wrong(f"worked[{index}]", f"{day} is no Saturday or Sunday", "Write only weekend days that are worked")
