"""The guide: one sheet of paper with an officer's deadlines for the year, how to send, and whom to call.

It is an HTML page without a script that asks nothing of anybody and prints on one page of A4.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import resources
from zoneinfo import ZoneInfo

from gateway.core.agreement import Obligation
from gateway.core.letters import due_text, period_text
from gateway.core.parties import Language
from gateway.kit.guide_words import MONTHS, WEEKDAYS, WORDS
from gateway.kit.owing import Owing, last_day
from gateway.kit.terms import Terms
from gateway.kit.ways import ways_to_send

_STYLE_HERE = "STYLE-DIGEST"


@dataclass(frozen=True, slots=True)
class Deadline:
    """One row of a table: a period, its due instant in words, and the last working day before that.

    `is_earlier`: the last day that counts is no working day.
    """

    period: str
    due: str
    working_day: str
    is_earlier: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Reports with the same deadlines."""

    reports: tuple[str, ...]
    deadlines: tuple[Deadline, ...]


def guide(terms: Terms) -> bytes:
    """The page, as UTF-8. Its content policy allows its own style, known by its digest, and nothing else."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    source = resources.files("gateway.kit").joinpath("guide.html").read_text("utf-8")
    style = source.partition("<style>")[2].partition("</style>")[0]
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    page = environment.from_string(source.replace(_STYLE_HERE, f"sha256-{digest}")).render(_values(terms))
    return page.encode()


def _values(terms: Terms) -> dict[str, object]:
    language = terms.language
    return {
        "language": {Language.ZH_CN: "zh-CN", Language.EN: "en"}[language],
        "words": {name: titles[language] for name, titles in WORDS.items()},
        "between": language.comma,
        "year": terms.year,
        "officer": terms.officer,
        "department": terms.department.titles[language],
        "lead_office": terms.lead_office.titles[language],
        "people": terms.lead_office.officers,
        "telephone": terms.rules.telephone,
        "mailbox": terms.rules.mailbox,
        "fingerprint": terms.key.fingerprint,
        "groups": groups(terms),
        "at_once": [one.dataflow.titles[language] for one in terms.owing if one.at_once],
        "ways": ways_to_send(terms),
        "made": period_text(terms.day.isoformat(), language),
    }


def groups(terms: Terms) -> tuple[Group, ...]:
    """The reports that are due by days, those with the same deadlines together, in the order in which they are owed."""
    found: dict[tuple[Deadline, ...], list[str]] = {}
    for one in terms.owing:
        if not one.at_once:
            rows = tuple(_deadline(terms, one, obligation) for obligation in one.obligations)
            found.setdefault(rows, []).append(one.dataflow.titles[terms.language])
    return tuple(Group(tuple(reports), rows) for rows, reports in found.items())


def _deadline(terms: Terms, owing: Owing, obligation: Obligation) -> Deadline:
    language, zone = terms.language, owing.timetable.zone
    day = working = last_day(obligation, zone)
    while not terms.rules.working_days.is_working(working):
        working -= timedelta(days=1)
    return Deadline(
        period_text(str(obligation.period), language),
        due_text(obligation.due, ZoneInfo(zone), language),
        _short_day(working, language),
        working != day,
    )


def _short_day(day: date, language: Language) -> str:
    weekday = WEEKDAYS[language][day.weekday()]
    return (
        f"{weekday} {day.day} {MONTHS[day.month - 1]}"
        if language is Language.EN
        else f"{day.month}月{day.day}日 {weekday}"
    )
