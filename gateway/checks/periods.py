"""Which periods a text names: `2026-M10`, `2026年10月`, `202610`, `十月份`, `第四季度`, `下半年`, `October 2026` …

A whole date (`2026年10月28日`, `20261028`) names no period but that of a report on occurrence: it says when something
was written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from gateway.checks.normal import plain
from gateway.core.period import Frequency, Period

_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_CHINESE = {"〇": "0", "○": "0", "零": "0", **{c: str(i) for i, c in enumerate("一二三四五六七八九", 1)}}
_MONTH_WORDS = {"十二": "12", "十一": "11", "十": "10"}

_YEAR = r"(?<!\d)((?:19|20)\d\d)"
_GAP = r"[\s\-_./年]*"
_DATES = re.compile(
    _YEAR + r"(?:\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]"
    r"|([-/._])(\d{1,2})\4(\d{1,2})(?!\d)|(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d))"
)


@dataclass(frozen=True, slots=True)
class Named:
    """A period as a text names it: its frequency and number in the year, and the year if it is said."""

    frequency: Frequency
    number: int
    year: int | None


@dataclass(frozen=True, slots=True)
class _Form:
    """One way of writing. `read` gives (year or None, number)."""

    frequency: Frequency
    pattern: re.Pattern[str]
    read: Callable[[re.Match[str]], tuple[str | None, int]]


def _word(match: re.Match[str]) -> int:
    return next(i for i, name in enumerate(_MONTHS, 1) if name.startswith(match["name"][:3]))


_NAME = r"(?<![a-z])(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
_NAME += r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)(?![a-z])\.?"
_ALONE = "|".join(name for name in _MONTHS if name not in ("march", "may"))  # which are words for other things too
_RANGE = r"(\d{1,2})\s*月?\s*(?:-|~|至|到)\s*(\d{1,2})\s*月"
M, Q, H, Y = Frequency.MONTHLY, Frequency.QUARTERLY, Frequency.HALF_YEARLY, Frequency.YEARLY


def _form(frequency: Frequency, pattern: str, year: int = 1, number: int = 2) -> _Form:
    return _Form(frequency, re.compile(pattern), lambda m: (m[year] if year else None, int(m[number])))


def _halves(match: re.Match[str]) -> int:
    return 1 if "上" in match[0] else 2


_FORMS: Sequence[_Form] = (
    _form(M, _YEAR + r"-?m(0?[1-9]|1[0-2])(?!\d)"),
    _form(Q, _YEAR + _GAP + r"q([1-4])(?!\d)"),
    _form(H, _YEAR + _GAP + r"[sh]([12])(?!\d)"),
    _form(Q, r"(?<![a-z])q([1-4])(?!\d)[\s\-_/.]*" + _YEAR, 2, 1),
    _form(H, r"(?<![a-z])h([12])(?!\d)[\s\-_/.]*" + _YEAR, 2, 1),
    _Form(H, re.compile(_YEAR + _GAP + r"[上下]半年"), lambda m: (m[1], _halves(m))),
    _form(Q, _YEAR + _GAP + r"第?([1-4])季"),
    _form(M, _YEAR + r"\s*年\s*(1[0-2]|0?[1-9])\s*月"),
    _Form(M, re.compile(_NAME + r"[\s\-_,]*" + _YEAR), lambda m: (m[2], _word(m))),
    _Form(M, re.compile(_YEAR + r"[\s\-_,]*" + _NAME), lambda m: (m[1], _word(m))),
    _form(M, _YEAR + r"[-_/.](1[0-2]|0[1-9]|[1-9])(?!\d)(?![-_/.]\d)"),
    _form(M, _YEAR + r"(0[1-9]|1[0-2])(?!\d)"),
    _form(Q, r"quarter ([1-4]) of " + _YEAR, 2, 1),
    _Form(H, re.compile(r"(first|second) half of " + _YEAR), lambda m: (m[2], 1 if m[1] == "first" else 2)),
    _Form(Y, re.compile(r"the year " + _YEAR + r"(?![-_/.\d])"), lambda m: (m[1], 1)),
    _Form(Y, re.compile(_YEAR + r"(?:-?a1(?!\d)|\s*年度?(?!\s*第?\d)|\s+annual)"), lambda m: (m[1], 1)),
    _Form(Y, re.compile(r"annual[\s\-_]*" + _YEAR), lambda m: (m[1], 1)),
    _Form(Q, re.compile(r"(?<![a-z])q([1-4])(?!\d)|(?<!\d)第?([1-4])季度?"), lambda m: (None, int(m[1] or m[2]))),
    _Form(H, re.compile(r"[上下]半年"), lambda m: (None, _halves(m))),
    _form(M, r"(?<!\d)(1[0-2]|0?[1-9])\s*月", 0, 1),
    _Form(M, re.compile(rf"(?<![a-z])(?P<name>{_ALONE})(?![a-z])"), lambda m: (None, _word(m))),
)


def named_in(text: str) -> tuple[Named, ...]:
    """Every period that a text names, each once. Forms that say more are read first and take their letters away."""
    rest = _DATES.sub(" ", _digits(text))
    found: dict[Named, None] = {}
    rest = _ranges(rest, found)
    for form in _FORMS:
        while match := form.pattern.search(rest):
            year, number = form.read(match)
            found[Named(form.frequency, number, int(year) if year else None)] = None
            rest = f"{rest[: match.start()]} | {rest[match.end() :]}"
    said = {(n.frequency, n.number) for n in found if n.year}
    return tuple(n for n in found if n.year or (n.frequency, n.number) not in said)


def dates_in(text: str) -> tuple[date, ...]:
    """Every whole date in a text."""
    found = []
    for match in _DATES.finditer(_digits(text)):
        month, day = match[2] or match[5] or match[7], match[3] or match[6] or match[8]
        try:
            found.append(date(int(match[1]), int(month), int(day)))
        except ValueError:
            continue
    return tuple(found)


def periods_in(text: str, frequency: Frequency, open_periods: Sequence[Period], today: date) -> frozenset[Period]:
    """The periods of this frequency that a text may mean. A year that is not said is that of an open period if one
    fits (of several all are meant), else the last that has begun."""
    if frequency is Frequency.ON_OCCURRENCE:
        return frozenset(Period(day, day, frequency) for day in dates_in(text))
    return frozenset(
        period
        for named in named_in(text)
        if named.frequency is frequency
        for period in _meant(named, open_periods, today)
    )


def _meant(named: Named, open_periods: Sequence[Period], today: date) -> Iterable[Period]:
    if named.year:
        return [_period(named, named.year)]
    fitting = [period for period in open_periods if period == _period(named, period.first.year)]
    if fitting:
        return fitting
    latest = _period(named, today.year)
    return [latest if latest.first <= today else _period(named, today.year - 1)]


def _period(named: Named, year: int) -> Period:
    months = {M: 1, Q: 3, H: 6, Y: 12}[named.frequency]
    return Period.containing(date(year, (named.number - 1) * months + 1, 1), named.frequency)


def _digits(text: str) -> str:
    """The text with numbers as ASCII digits: full-width ones, and Chinese ones where they count years or months."""
    folded = plain(text)
    folded = re.sub(
        r"[〇○零一二三四五六七八九]{4}(?=\s*年)", lambda m: "".join(map(_CHINESE.__getitem__, m[0])), folded
    )
    folded = re.sub(r"(十[一二]?|[一二三四五六七八九])(?=\s*月)", _month_digits, folded)
    folded = re.sub(r"第?\s*([一二三四1-4])\s*(?=季)", lambda m: f"第{_CHINESE.get(m[1], m[1])}", folded)
    return re.sub(r"\b(first|second|third|fourth|1st|2nd|3rd|4th) quarter(?: of)?", _quarter_digits, folded)


def _month_digits(match: re.Match[str]) -> str:
    return _MONTH_WORDS.get(match[0]) or _CHINESE[match[0]]


def _quarter_digits(match: re.Match[str]) -> str:
    order = ("first", "1st", "second", "2nd", "third", "3rd", "fourth", "4th").index(match[1]) // 2 + 1
    return f"q{order}"


def _ranges(text: str, found: dict[Named, None]) -> str:
    """Takes spans of months out of the text: a span that is a quarter or a half-year names it."""

    def take(match: re.Match[str]) -> str:
        low, high = int(match[2]), int(match[3])
        year = int(match[1]) if match[1] else None
        for frequency, months in ((Q, 3), (H, 6), (Y, 12)):
            if 1 <= low <= 12 and high - low == months - 1 and (low - 1) % months == 0:
                found[Named(frequency, (low - 1) // months + 1, year)] = None
        return " | "

    return re.sub(rf"(?:{_YEAR}\s*[年\-/.\s]\s*)?(?<!\d){_RANGE}", take, text)
