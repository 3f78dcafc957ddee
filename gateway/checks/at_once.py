"""Whether every cell of a small column is surely right, asked of the column as a whole, and the typed values.

For plain lists what `glance` is for frames: most columns of most reports hold nothing but the plainest texts, and are
read in a few steps and not cell by cell. `cells` stays the one definition: where this says nothing, each cell is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from gateway.checks.cells import FIRST_YEAR, LAST_YEAR, reader
from gateway.checks.limits import bound, written_forms
from gateway.core.dataflow import CodeList, Field, FieldType

Values = Sequence[Any]
AtOnce = Callable[[Sequence[str]], Values | None]
"""Texts in; typed values out, or None where some cell may not be right, or not be filled."""


def _lines(one: str) -> re.Pattern[str]:
    return re.compile(f"{one}(?:\n{one})*")


_INTEGERS = _lines("[+-]?[0-9]{1,15}")
_NUMBERS = _lines(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,12})?")
_DATES = _lines("[0-9]{4}-[0-9]{2}-[0-9]{2}")


def at_once(field: Field, codelist: CodeList | None) -> AtOnce:
    """How to read a column of this field as a whole."""
    typed = _codes(field, codelist) if codelist else _typed(field)
    within = _within(field)

    def read(texts: Sequence[str]) -> Values | None:
        values = typed(texts) if texts else None
        return values if values is not None and within(values) else None

    return read


def _typed(field: Field) -> AtOnce:
    if field.format == "id_number":
        return _nothing
    return _READERS.get(field.type, _nothing)


def _nothing(texts: Sequence[str]) -> Values | None:
    """Each cell is read."""
    return None


def _codes(field: Field, codelist: CodeList) -> AtOnce:
    readings = {text: reader(field)(code) for text, code in written_forms(codelist).items()}
    known = {text: reading.value for text, reading in readings.items() if not reading.code}

    def read(texts: Sequence[str]) -> Values | None:
        return [known[text] for text in texts] if known.keys() >= set(texts) else None

    return read


def _texts(texts: Sequence[str]) -> Values | None:
    return texts if "" not in texts and all(map(str.__eq__, texts, map(str.strip, texts))) else None


def _by_lines(lines: re.Pattern[str], one: Callable[[str], Any]) -> AtOnce:
    """A line break within a cell cannot pass for the end of one: `one` takes no such text."""

    def read(texts: Sequence[str]) -> Values | None:
        try:
            return list(map(one, texts)) if lines.fullmatch("\n".join(texts)) else None
        except ValueError:
            return None

    return read


def _day(text: str) -> date:
    day = date.fromisoformat(text)
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(text)
    return day


_READERS: dict[FieldType, AtOnce] = {
    FieldType.STRING: _texts,
    FieldType.INTEGER: _by_lines(_INTEGERS, int),
    FieldType.NUMBER: _by_lines(_NUMBERS, float),
    FieldType.DATE: _by_lines(_DATES, _day),
}


def _within(field: Field) -> Callable[[Values], bool]:
    """Lengths, pattern and bounds, of all values together."""
    tests: list[Callable[[Values], bool]] = []
    if field.type is FieldType.STRING:
        least, most = field.min_length or 0, field.max_length
        if least:
            tests.append(lambda values: min(map(len, values)) >= least)
        if most is not None:
            tests.append(lambda values: max(map(len, values)) <= most)
    if field.pattern:
        fits = re.compile(field.pattern).fullmatch
        tests.append(lambda values: all(map(fits, map(str, values))))
    if field.minimum is not None:
        low = bound(field, field.minimum)
        tests.append(lambda values: bool(min(values) >= low))
    if field.maximum is not None:
        high = bound(field, field.maximum)
        tests.append(lambda values: bool(max(values) <= high))
    return lambda values: all(test(values) for test in tests)
