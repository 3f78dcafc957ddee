"""What a cell says: numbers, dates and texts of a workbook as the officer sees them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from html import unescape
from typing import Final

_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_NOT_TOKENS: Final = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]|am/pm|a/p')
_DATES: Final = frozenset(str(n) for n in (*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
LONGEST_NUMBER: Final = 400  # signs; no program writes so many, and what is remembered of dates stays small
_LAST_DAY: Final = 2_958_465  # 9999-12-31


def text_of(raw: str, entities: bool = True) -> str:
    """The text that the XML stands for; `_x000D_` is how workbooks write characters that XML cannot."""
    if entities and "&" in raw:
        raw = unescape(raw)
    if "_x" not in raw:
        return raw
    text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), raw)
    # Two escapes may be one character; half of one is shown as unreadable.
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def count_of(digits: str) -> int | None:
    """The whole number that an attribute writes; None for what is none, or more than any count."""
    return int(digits) if digits.isdecimal() and len(digits) <= 10 else None


def number_text(raw: str) -> tuple[str, bool]:
    """A number as a spreadsheet shows it, to fifteen digits, and whether it has more digits than a number can keep.

    Raises `ValueError` if it is no number, or one of `LONGEST_NUMBER` signs.
    """
    if len(raw) >= LONGEST_NUMBER:
        raise ValueError("not a number")
    if raw.isascii() and raw.isdigit():
        return raw, len(raw) > 15
    value = float(raw)
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError("not a number")
    short = format(value, ".15g")
    if "e" in short:
        short = format(Decimal(short), "f")
    return ("0" if short == "-0" else short), value.is_integer() and abs(value) >= 1e15


@lru_cache(maxsize=4096)
def date_text(raw: str, from_1904: bool) -> str:
    """The date, time, or both that a number stands for; the plain number where there is no such day.

    Raises `ValueError` if it is no number.
    """
    seconds = round(float(raw) * 86_400)
    days, rest = divmod(seconds, 86_400)
    clock = f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
    if days == 0 and rest:
        return clock
    if not 0 < days <= _LAST_DAY - 1462 * from_1904 or (days == 60 and not from_1904):  # there was no 29 February 1900
        return number_text(raw)[0]
    start = datetime(1904, 1, 1) if from_1904 else datetime(1899, 12, 30 if days > 60 else 31)  # noqa: DTZ001
    day = (start + timedelta(days=days)).strftime("%Y-%m-%d")
    return f"{day}T{clock}" if rest else day


def iso_text(raw: str) -> str:
    """A date that the workbook holds in ISO form already."""
    return raw.removesuffix("Z").removesuffix(".000").removesuffix("T00:00:00")


def is_date_format(number: str, code: str | None) -> bool:
    """Whether a number format, by its number or its own code, shows dates or times."""
    if code is None:
        return number in _DATES
    shown = _NOT_TOKENS.sub("", code.lower()).partition(";")[0]
    return (shown != "general" and any(token in shown for token in "ydhs")) or shown.strip("-/. ") in ("m", "mm", "mmm")
