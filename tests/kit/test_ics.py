"""The calendar file says what is owed and when, to a program that knows nothing of us."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.calendar import obligation_for
from gateway.core.parties import Language
from gateway.core.period import Frequency, Period
from gateway.kit.ics import calendar_file, fold
from gateway.kit.owing import Owing
from tests.kit.county import county
from tests.kit.kits import AT, DEPARTMENTS, terms

SHANGHAI = ZoneInfo("Asia/Shanghai")
EVERY = pytest.mark.parametrize("department", DEPARTMENTS)
IN_BOTH = pytest.mark.parametrize("language", Language)
PERIODS = {Frequency.MONTHLY: "2026-M{:02}", Frequency.QUARTERLY: "2026-Q{}", Frequency.HALF_YEARLY: "2026-S{}",
           Frequency.YEARLY: "2026-A{}"}  # fmt: skip
A_YEAR = {Frequency.MONTHLY: 12, Frequency.QUARTERLY: 4, Frequency.HALF_YEARLY: 2, Frequency.YEARLY: 1}


def owed(department: str) -> dict[str, datetime]:
    """The due instant of each obligation of 2026, put together from the agreements anew."""
    found = {}
    for agreement in county().owed_by(department):
        timetable = county().timetables[agreement.timetable]
        for number in range(1, A_YEAR.get(timetable.frequency, 0) + 1):
            period = Period.parse(PERIODS[timetable.frequency].format(number))
            obligation = obligation_for(agreement, timetable, period, county().working_days)
            found[obligation.id] = obligation.due
    return found


def events(data: bytes) -> dict[str, icalendar.Event]:
    calendar = icalendar.Calendar.from_ical(data)
    return {str(event["UID"]): event for event in calendar.walk("VEVENT")}


def end_of(event: icalendar.Event) -> datetime:
    end = event.decoded("DTEND")
    return end if isinstance(end, datetime) else datetime.combine(end, time(), SHANGHAI)


@EVERY
@IN_BOTH
def test_each_obligation_of_the_year_is_an_event_that_ends_when_it_is_due(department: str, language: Language) -> None:
    found = events(calendar_file(terms(department, language)))
    ends = {uid.removesuffix("@qinglan.example"): end_of(event) for uid, event in found.items()}
    assert ends == owed(department)


@EVERY
def test_an_alarm_goes_off_when_the_reminder_would_be_written(department: str) -> None:
    made = terms(department)
    found = events(calendar_file(made))
    for _, obligation in made.deadlines:
        event = found[f"{obligation.id}@qinglan.example"]
        begins = datetime.combine(event.decoded("DTSTART"), time(), SHANGHAI)
        alarms = [begins + alarm.decoded("TRIGGER") for alarm in event.walk("VALARM")]
        # A day's letters are written from half past eight; reminders of midnights wait until then.
        assert alarms == [reminder + timedelta(hours=8, minutes=30) for reminder in obligation.reminders]
        assert alarms


def test_a_due_instant_within_a_day_is_an_instant_in_the_calendar_too() -> None:
    made = terms("health")
    one, *_ = made.owing
    until = datetime(2026, 2, 3, 10, tzinfo=UTC)
    extended = replace(one.obligations[0], due=until, reminders=(until - timedelta(days=1),))
    [event] = events(calendar_file(replace(made, owing=(replace(one, obligations=(extended,)),)))).values()
    assert event.decoded("DTEND") == until
    [alarm] = event.walk("VALARM")
    assert event.decoded("DTSTART") + alarm.decoded("TRIGGER") == until - timedelta(days=1)


def test_importing_again_changes_events_and_adds_none() -> None:
    before, after = (events(calendar_file(terms("health", at=at))) for at in (AT, AT + timedelta(days=40)))
    assert before.keys() == after.keys()
    assert all(after[uid]["SEQUENCE"] > before[uid]["SEQUENCE"] for uid in before)
    assert all(after[uid].decoded("DTSTAMP") == AT + timedelta(days=40) for uid in after)


@IN_BOTH
def test_what_an_event_says_can_be_read(language: Language) -> None:
    event = events(calendar_file(terms("health", language)))["health/hospital_births/2026-M03@qinglan.example"]
    words = {
        Language.ZH_CN: ("报送截止：医院出生人口（2026年3月）", "截止：2026年3月28日24时。"),
        Language.EN: ("Due: Hospital births, March 2026", "Due by the end of 28 March 2026 (CST)."),
    }[language]
    assert str(event["SUMMARY"]) == words[0]
    assert words[1] in str(event["DESCRIPTION"]).split("\n")[1]
    assert event.decoded("DTSTART") == date(2026, 3, 28)


@EVERY
@IN_BOTH
def test_lines_are_as_the_format_wants_them(department: str, language: Language) -> None:
    data = calendar_file(terms(department, language))
    *lines, last = data.split(b"\r\n")
    assert last == b"" and b"\n" not in b"".join(lines) and b"\r" not in b"".join(lines)
    assert all(len(line) <= 75 for line in lines)
    assert [line.decode() for line in lines]  # each of whole characters


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"])))
def test_a_folded_line_unfolds_to_itself(text: str) -> None:
    folded = fold(text)
    assert folded.endswith("\r\n")
    assert all(len(line.encode()) <= 75 for line in folded.removesuffix("\r\n").split("\r\n"))
    assert folded.removesuffix("\r\n").replace("\r\n ", "") == text


def test_what_is_owed_in_two_years_comes_in_both() -> None:
    """The yearly report for 2026 falls due in January 2027."""
    for year in (2026, 2027):
        [survey] = [one for one in terms("statistics", year=year).owing if isinstance(one, Owing) and not one.at_once]
        assert "2026-A1" in [str(owed.period) for owed in survey.obligations]
