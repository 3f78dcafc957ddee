"""The year's deadlines as a calendar file (RFC 5545) that any calendar program imports.

An event's UID comes from its obligation, so that importing a newer file moves what was moved and adds what is new.
A deadline that is the midnight after a day is shown as that whole day: at midnight it would stand on the wrong one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gateway.core.agreement import Obligation
from gateway.core.letters import due_text, period_text
from gateway.core.parties import Language, Titles
from gateway.kit.owing import Owing
from gateway.kit.terms import Terms

S = Titles
_NAME = S("{lead}报送日历{year}", "Reports to {lead}, {year}")
_SUMMARY = S("报送截止：{title}（{period}）", "Due: {title}, {period}")
_DESCRIPTION = S(
    "{title}，所属期{period}。\n截止：{due}。\n寄到：{mailbox}。方法见报送指南。",
    "{title}, {period}.\nDue by {due}.\nSend it to {mailbox}; the guide says how.",
)
_REMINDER = S("{title}（{period}）将于{due}截止", "{title}, {period}: due by {due}")
_LINE = 75  # octets, without the line break
_FIRST_SEQUENCE = date(2020, 1, 1)
_SHORT = timedelta(minutes=30)


def calendar_file(terms: Terms) -> bytes:
    """One event for each obligation of the year, each with its reminders; UTF-8, lines folded and ended by CRLF."""
    language = terms.language
    name = _NAME[language].format(lead=terms.lead_office.titles[language], year=terms.year)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//{_host(terms)}//exchange gateway//{'EN' if language is Language.EN else 'ZH'}",
        "CALSCALE:GREGORIAN",
        f"X-WR-CALNAME:{_text(name)}",
        *(line for owing, obligation in terms.deadlines for line in _event(terms, owing, obligation)),
        "END:VCALENDAR",
    ]
    return "".join(fold(line) for line in lines).encode()


def _event(terms: Terms, owing: Owing, obligation: Obligation) -> Iterator[str]:
    language, zone = terms.language, ZoneInfo(owing.timetable.zone)
    said = {
        "title": owing.dataflow.titles[language],
        "period": period_text(str(obligation.period), language),
        "due": due_text(obligation.due, zone, language),
        "mailbox": terms.rules.mailbox,
    }
    starts, when = _when(obligation.due, zone)
    yield "BEGIN:VEVENT"
    yield f"UID:{obligation.id}@{_host(terms)}"
    yield f"DTSTAMP:{_utc(terms.at)}"
    yield f"SEQUENCE:{(terms.day - _FIRST_SEQUENCE).days}"
    yield from when
    yield f"SUMMARY:{_text(_SUMMARY[language].format(**said))}"
    yield f"DESCRIPTION:{_text(_DESCRIPTION[language].format(**said))}"
    yield "TRANSP:TRANSPARENT"
    for reminder in obligation.reminders:
        yield "BEGIN:VALARM"
        yield "ACTION:DISPLAY"
        yield f"TRIGGER:{_before(starts, _letter_hour(terms, reminder).astimezone(zone).replace(tzinfo=None))}"
        yield f"DESCRIPTION:{_text(_REMINDER[language].format(**said))}"
        yield "END:VALARM"
    yield "END:VEVENT"


def _when(due: datetime, zone: ZoneInfo) -> tuple[datetime, tuple[str, str]]:
    """The wall-clock beginning of the event, and the lines that say it; either way it ends at the due instant."""
    local = due.astimezone(zone)
    if local.time() == time():
        day = local.date() - timedelta(days=1)
        whole_day = f"DTSTART;VALUE=DATE:{day:%Y%m%d}", f"DTEND;VALUE=DATE:{local:%Y%m%d}"
        return datetime.combine(day, time()), whole_day
    return (local - _SHORT).replace(tzinfo=None), (f"DTSTART:{_utc(due - _SHORT)}", f"DTEND:{_utc(due)}")


def _letter_hour(terms: Terms, instant: datetime) -> datetime:
    """When a letter of that instant goes out: not in the night."""
    local, earliest = instant.astimezone(terms.zone), terms.rules.working_days.letters_from
    return local if local.time() >= earliest else datetime.combine(local.date(), earliest, terms.zone)


def _before(starts: datetime, at: datetime) -> str:
    """The span from the beginning of the event to an alarm, as a duration."""
    seconds = int((starts - at).total_seconds())
    minutes, sign = abs(seconds) // 60, "-" if seconds > 0 else ""
    days, hours = minutes // 1440, minutes // 60 % 24
    return f"{sign}P{days}DT{hours}H{minutes % 60}M"


def fold(line: str) -> str:
    """A content line in pieces of at most 75 octets, none ending within a character."""
    pieces, rest = [], line.encode()
    room = _LINE
    while len(rest) > room:
        end = room
        while rest[end] & 0xC0 == 0x80:
            end -= 1
        pieces.append(rest[:end].decode())
        rest, room = rest[end:], _LINE - 1  # a continued line begins with a blank
    return "\r\n ".join([*pieces, rest.decode()]) + "\r\n"


def _text(text: str) -> str:
    for plain, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(plain, escaped)
    return text


def _utc(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _host(terms: Terms) -> str:
    return terms.rules.mailbox.rpartition("@")[2]
