"""What a letter says: a template of `config/letters/` and the values it speaks of become a subject and a text.

A template is the whole letter as an officer reads it, in one language; its first line is the subject.
What a sender wrote goes through the `line` filter, so that it can neither break a line nor flood the page.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from jinja2 import DictLoader, Environment, StrictUndefined

from gateway.core.finding import Finding
from gateway.core.parties import Language
from gateway.core.period import Frequency, Period

KINDS = ("receipt", "received", "question", "digest", "delivery", "integrated", "checkpoint", "kit")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_QUARTERS = "一二三四"
_BLANK_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Text:
    """A letter in words: one line of subject, and the body."""

    subject: str
    body: str


class Letters:
    """All templates, compiled once. `sources` maps `zh_CN/receipt.txt` to its text; `zone` is the county's."""

    def __init__(self, sources: Mapping[str, str], zone: str) -> None:
        self._environments = {language: _environment(sources, ZoneInfo(zone), language) for language in Language}

    def write(self, kind: str, language: Language, values: Mapping[str, object]) -> Text:
        """The letter of this kind in this language. A value that the template names and nobody gave is an error."""
        template = self._environments[language].get_template(f"{language.value}/{kind}.txt")
        first, _, rest = template.render(**values).partition("\n")
        subject = line(first.removeprefix("Subject:").strip(), 180)
        return Text(subject, _BLANK_LINES.sub("\n\n", rest.strip("\n")) + "\n")


def _environment(sources: Mapping[str, str], zone: ZoneInfo, language: Language) -> Environment:
    environment = Environment(
        loader=DictLoader(dict(sources)),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - plain text
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals.clear()  # a letter needs its values alone, and copying them for each letter takes longest
    environment.filters["line"] = line
    environment.filters["instant"] = lambda at: instant_text(at, zone, language)
    environment.filters["due"] = lambda at: due_text(at, zone, language)
    environment.filters["period"] = lambda text: period_text(text, language)
    environment.filters["place"] = lambda finding: place_text(finding, language)
    return environment


def line(text: str, most: int = 120) -> str:
    """Foreign text on one line: control and format characters gone, clipped to `most` characters."""
    clean = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in text[: most * 2])
    clean = " ".join(clean.split())
    return clean if len(clean) <= most else clean[: most - 1] + "…"


def instant_text(at: datetime, zone: ZoneInfo, language: Language) -> str:
    """An instant as people read it, on the county's clock, with its zone."""
    local = at.astimezone(zone)
    if language is Language.EN:
        return f"{local.day} {_MONTHS[local.month - 1]} {local.year}, {local:%H:%M} ({local.tzname()})"
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"


def due_text(at: datetime, zone: ZoneInfo, language: Language) -> str:
    """A due instant as people say it: the midnight that ends the 28th is "the end of the 28th"."""
    local = at.astimezone(zone)
    if local.time() != time():
        return instant_text(at, zone, language)
    day = local - timedelta(days=1)
    if language is Language.EN:
        return f"the end of {day.day} {_MONTHS[day.month - 1]} {day.year} ({local.tzname()})"
    return f"{day.year}年{day.month}月{day.day}日24时"


def period_text(text: str, language: Language) -> str:
    """A period as people name it."""
    period = Period.parse(text)
    year, first = period.first.year, period.first.month
    english = language is Language.EN
    match period.frequency:
        case Frequency.MONTHLY:
            return f"{_MONTHS[first - 1]} {year}" if english else f"{year}年{first}月"
        case Frequency.QUARTERLY:
            number = (first - 1) // 3
            return f"quarter {number + 1} of {year}" if english else f"{year}年第{_QUARTERS[number]}季度"
        case Frequency.HALF_YEARLY:
            early = first == 1
            if english:
                return f"{'first' if early else 'second'} half of {year}"
            return f"{year}年{'上' if early else '下'}半年"
        case Frequency.YEARLY:
            return f"the year {year}" if english else f"{year}年度"
        case _:  # on occurrence: a day
            return (
                f"{period.first.day} {_MONTHS[first - 1]} {year}"
                if english
                else f"{year}年{first}月{period.first.day}日"
            )


def place_text(finding: Finding, language: Language) -> str:
    """Where a finding is, as the officer sees it in the workbook."""
    column = column_letters(finding.column) if finding.column else ""
    if language is Language.EN:
        words = [f"row {finding.row}" if finding.row else "", f"column {column}" if column else ""]
        return ", ".join(w for w in words if w) or "the sheet as a whole"
    words = [f"第 {finding.row} 行" if finding.row else "", f"{column} 列" if column else ""]
    return " ".join(w for w in words if w) or "整张表"


def wide(text: str) -> int:
    """How many columns a text takes in letters of one width: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def column_letters(column: int) -> str:
    """1 → A, 27 → AA, as spreadsheets name columns."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def size_text(size: int) -> str:
    """A size in bytes as people read it."""
    for unit, scale in (("MB", 1_000_000), ("KB", 1_000)):
        if size >= scale:
            return f"{size / scale:.1f} {unit}"
    return f"{size} B"
