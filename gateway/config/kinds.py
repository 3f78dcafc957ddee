"""Kinds of values: how one value of a TOML file is checked, and what it becomes."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from gateway.config import units
from gateway.config.mistakes import Wrong, guess

T = TypeVar("T")
E = TypeVar("E", bound=Enum)


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """What a value must be: `parse` raises `Wrong`; `example` as it stands in TOML; `blank` where there is no value."""

    parse: Callable[[object], T]
    example: str
    blank: T


def describe(value: object) -> str:
    """A TOML value's kind in words, without the value."""
    names: tuple[tuple[type, str], ...] = (
        (bool, "true or false"), (int, "a number"), (float, "a number"), (str, "text"), (list, "a list"),
        (dict, "a table"), (datetime, "a date with a time"), (date, "a date"), (time, "a time"),
    )  # fmt: skip
    return next((words for kind, words in names if isinstance(value, kind)), "something else")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise Wrong(f"is {describe(value)}, not text", 'Write it in quotes: "…"')
    if not value.strip():
        raise Wrong("is empty", "Write something, or leave the key out if it may be left out")
    return value


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise Wrong(f"is {describe(value)}, not true or false", "Write true or false, without quotes")
    return value


def _day(value: object) -> date:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise Wrong(f"is {describe(value)}, not a date", "Write a date such as 2026-01-31, without quotes")
    return value


def _clock_time(value: object) -> time:
    if not isinstance(value, time):
        raise Wrong(f"is {describe(value)}, not a time", "Write a time such as 08:30:00, without quotes")
    return value


def whole(lowest: int, highest: int) -> Kind[int]:
    """A whole number within bounds, both included."""

    def parse(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise Wrong(f"is {describe(value)}, not a whole number", f"Write a number from {lowest} to {highest}")
        if not lowest <= value <= highest:
            raise Wrong(f"is {value}", f"Write a number from {lowest} to {highest}")
        return value

    return Kind(parse, str(lowest), lowest)


def matching(pattern: str, words: str, example: str) -> Kind[str]:
    """Text of one shape."""
    shape = re.compile(pattern, re.ASCII)

    def parse(value: object) -> str:
        text = _text(value)
        if not shape.fullmatch(text):
            raise Wrong(f'"{text}" is not {words}', f'Write one such as "{example}"')
        return text

    return Kind(parse, f'"{example}"', "")


def choice(kind: type[E], blank: E) -> Kind[E]:
    """One value of an enumeration of ours."""
    values = {str(member.value): member for member in kind}

    def parse(value: object) -> E:
        text = _text(value)
        if text not in values:
            raise Wrong(f'"{text}" is not one of {", ".join(values)}', guess(text, values))
        return values[text]

    return Kind(parse, f'"{next(iter(values))}"', blank)


def one_of(*words: str) -> Kind[str]:
    """One word of a few."""

    def parse(value: object) -> str:
        text = _text(value)
        if text not in words:
            raise Wrong(f'"{text}" is not one of {", ".join(words)}', guess(text, words))
        return text

    return Kind(parse, f'"{words[0]}"', words[0])


def known(names: Collection[str] | None, what: str, inactive: Collection[str] = ()) -> Kind[str]:
    """The id of something that is configured elsewhere, and active. `names` None: that place could not be read."""

    def parse(value: object) -> str:
        text = _text(value)
        if text in inactive:
            raise Wrong(f'{what} "{text}" is inactive', "Make it active, or take this away")
        if names is not None and text not in names:
            raise Wrong(f'there is no {what} "{text}"', guess(text, names))
        return text

    return Kind(parse, f'"{next(iter(sorted(names or ())), "…")}"', "")


def _unit(parse: Callable[[str], T], example: str) -> Callable[[object], T]:
    def parsed(value: object) -> T:
        if isinstance(value, int) and not isinstance(value, bool):
            raise Wrong(f"{value} has no unit", f"Write it with one, in quotes, such as {example}")
        return parse(_text(value))

    return parsed


def _zone(value: object) -> str:
    text = _text(value)
    try:
        ZoneInfo(text)
    except (ValueError, OSError, LookupError):
        raise Wrong(f'"{text}" is no time zone', 'Write one of the IANA names, such as "Asia/Shanghai"') from None
    return text


def _pattern(value: object) -> str:
    text = _text(value)
    try:
        re.compile(text)
    except re.error as error:
        raise Wrong(f"is no regular expression ({error})", "Mend it, or leave pattern out") from None
    return text


def _password_hash(value: object) -> str:
    """Says nothing of the value: it may well be the password itself."""
    if not isinstance(value, str) or not _ARGON2ID.fullmatch(value):
        raise Wrong("is not an Argon2id hash", "Set the password with the gateway command, which writes the hash")
    return value


_ARGON2ID = re.compile(r"\$argon2id\$v=19\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+", re.ASCII)
TEXT = Kind(_text, '"…"', "")
TRUTH = Kind(_truth, "true", False)
DAY = Kind(_day, "2026-01-01", date(1970, 1, 1))
TIME = Kind(_clock_time, "08:30:00", time(8, 30))
DURATION = Kind(_unit(units.duration, '"3 days"'), '"3 days"', timedelta(0))
SIZE = Kind(_unit(units.size, '"50 MB"'), '"50 MB"', 0)
ZONE = Kind(_zone, '"Asia/Shanghai"', "UTC")
PATTERN = Kind(_pattern, '"[0-9]{6}"', "")
PORT = whole(0, 65535)
ID = matching(r"[a-z][a-z0-9]*([_.-][a-z0-9]+)*", "an id (small letters, digits, single _ . or - between)", "health")
NAME = matching(r"[a-z][a-z0-9_]*", "a name (small letters, digits and _)", "town_clinic")
HOST = matching(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9A-Fa-f:.]+", "a host name", "mail.county.example")
DOMAIN = matching(r"([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9-]+", "a domain", "health.county.example")
ADDRESS = matching(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9-]+",
    "a mail address",
    "name@department.example",
)
CREDENTIAL = matching(r"[A-Za-z0-9][A-Za-z0-9_.-]*", "the name of a credential (a file name)", "mail.password")
PASSWORD_HASH = Kind(_password_hash, '"$argon2id$…"', "")
