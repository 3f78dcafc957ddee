"""What one cell means: its text read as the field's type, or what is wrong with it and how it would be right.

This is the one definition; `loop` and `columns` both end here for every cell that is not surely right at a glance.
Blanks around plain text are dropped in silence. In every typed or coded cell an accident of typing (full-width digits,
blanks, thousands commas) is an error with the mended text as its repair: nothing is changed behind the sender's back.
Dates are taken in each form that reads only one way, year first.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

from gateway.checks import id_number
from gateway.checks.normal import mended, stripped
from gateway.core.dataflow import Field, FieldType

Value = str | int | float | bool | date | None


class Reading(NamedTuple):
    """A typed value, or the code of a finding with a repair (`""`: none is certain)."""

    value: Value
    code: str = ""
    repair: str = ""


Reader = Callable[[str], Reading]
EMPTY = Reading(None)

_INTEGER = re.compile(r"[+-]?[0-9]{1,15}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,12})?")
_WHOLE = re.compile(r"([+-]?[0-9]{1,15})\.0+")
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_EXPONENT = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+?[0-9]{1,2}")
_DAY = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})-|/([0-9]{1,2})/|\.([0-9]{1,2})\.|年([0-9]{1,2})月)([0-9]{1,2})(日?)")
_EIGHT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_MIDNIGHT = re.compile(r"(.{8,10}?)[T ]0?0:00(?::00)?")
_TIMED = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]?[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?")
_UNSURE_DAY = re.compile(r"[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{1,4}")
_MONTH = re.compile(r"([0-9]{4})(?:[-/.]([0-9]{1,2})|年([0-9]{1,2})月|([0-9]{2}))")
_FIRST_OF_MONTH = re.compile(r"([0-9]{4}-[0-9]{2})-01(?:T00:00:00)?")
_TRUTH = {"TRUE": True, "FALSE": False, "true": True, "false": False, "1": True, "0": False, "是": True, "否": False}
_SERIAL_ZERO = date(1899, 12, 30)
FIRST_YEAR, LAST_YEAR = 1800, 2199


def reader(field: Field) -> Reader:
    """How to read a cell of this field, without its code list, bounds and lengths (see `limits`)."""
    if field.format == "id_number":
        return read_id_number
    return _READERS.get(field.type, read_text)


def read_text(text: str) -> Reading:
    return Reading(stripped(text))


def read_id_number(text: str) -> Reading:
    code = id_number.fault(text)
    if not code:
        return Reading(text)
    if code not in ("id_length", "id_character", "id_old"):
        return Reading(None, code)
    better = mended(text).upper()
    if better != text:
        code = id_number.fault(better)
        if not code:
            return Reading(None, "typography", better)
    if _EXPONENT.fullmatch(better):
        return Reading(None, "lost_digits")
    return Reading(None, code, id_number.from_old(better) if code == "id_old" else "")


def read_integer(text: str) -> Reading:
    if _INTEGER.fullmatch(text):
        return Reading(int(text))
    better = mended(text)
    if _THOUSANDS.fullmatch(better):
        better = better.replace(",", "")
    if whole := _WHOLE.fullmatch(better):
        better = whole[1]
    if _INTEGER.fullmatch(better):
        return Reading(None, "typography", better)
    return Reading(None, "type")


def read_number(text: str) -> Reading:
    if _NUMBER.fullmatch(text):
        return Reading(float(text))
    better = mended(text)
    if _THOUSANDS.fullmatch(better):
        better = better.replace(",", "")
    if _NUMBER.fullmatch(better):
        return Reading(None, "typography", better)
    return Reading(None, "type")


def read_boolean(text: str) -> Reading:
    value = _TRUTH.get(text)
    if value is not None:
        return Reading(value)
    better = mended(text)
    known = next((k for k in (better, better.upper()) if k in _TRUTH), "")
    return Reading(None, "typography", known) if known else Reading(None, "type")


def read_date(text: str) -> Reading:
    day = _day(text)
    if isinstance(day, date):
        return Reading(day)
    if day == "date_impossible":
        return Reading(None, day)
    better = mended(text)
    found = _day(better)
    if not isinstance(found, date) and (timed := _TIMED.fullmatch(better)):
        found = _day(timed[1])
    if isinstance(found, date):
        return Reading(None, "typography", found.isoformat())
    if _UNSURE_DAY.fullmatch(better):
        return Reading(None, "date_order")
    if better.isascii() and better.isdigit() and 20_000 <= int(better[:6]) < 80_000:
        return Reading(None, "date_serial", (_SERIAL_ZERO + timedelta(days=int(better[:6]))).isoformat())
    return Reading(None, found or "type")


def _day(text: str) -> date | str:
    """The day that a text names in one of the sure forms, `date_impossible`, or `""` for another form."""
    if midnight := _MIDNIGHT.fullmatch(text):
        text = midnight[1]
    if match := _DAY.fullmatch(text):
        month = match[2] or match[3] or match[4] or match[5]
        if bool(match[7]) and not match[5]:
            return ""
        year, day = match[1], match[6]
    elif match := _EIGHT.fullmatch(text):
        year, month, day = match.groups()
    else:
        return ""
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return "date_impossible"
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else "date_impossible"


def read_yearmonth(text: str) -> Reading:
    month = _yearmonth(text)
    if month:
        return Reading(month)
    better = _yearmonth(mended(text))
    return Reading(None, "typography", better) if better else Reading(None, "type")


def _yearmonth(text: str) -> str:
    if first := _FIRST_OF_MONTH.fullmatch(text):
        text = first[1]
    match = _MONTH.fullmatch(text)
    if not match:
        return ""
    year, month = int(match[1]), int(match[2] or match[3] or match[4])
    return f"{year:04}-{month:02}" if FIRST_YEAR <= year <= LAST_YEAR and 1 <= month <= 12 else ""


_READERS: dict[FieldType, Reader] = {
    FieldType.INTEGER: read_integer,
    FieldType.NUMBER: read_number,
    FieldType.BOOLEAN: read_boolean,
    FieldType.DATE: read_date,
    FieldType.YEARMONTH: read_yearmonth,
}
