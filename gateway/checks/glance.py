"""Which cells of a large column are surely right, and their typed values, by polars alone."""

from __future__ import annotations

from datetime import date
from functools import cache

import polars as pl

from gateway.checks.cells import FIRST_YEAR, LAST_YEAR
from gateway.checks.compile import Column
from gateway.checks.id_number import CHECK, PROVINCES, WEIGHTS
from gateway.checks.id_number import FIRST_YEAR as ID_FIRST_YEAR
from gateway.checks.limits import bound
from gateway.core.dataflow import Field, FieldType

SURE_DIGITS = 15  # characters; longer numbers are left to the reader
_NUMBER = r"^[+-]?[0-9]{1,15}(\.[0-9]{1,12})?$"
_FILLERS = ("+", " ", "\t", "\n", "\v", "\f", "\r", "\x85", "\xa0")
"""What polars would pass over in a date of ten bytes."""

Glance = tuple[pl.Expr, pl.Expr]


def glance(column: Column, text: pl.Expr) -> Glance:
    """Typed values (of any use only where they are right), and whether each is filled and surely right."""
    typed, right = _typed(column, text)
    return typed, pl.all_horizontal(right, *_within(column.field, typed)).fill_null(value=False)


def blank(text: pl.Expr) -> pl.Expr:
    """As `rows.blank`."""
    return text.str.strip_chars().str.len_bytes() == 0


def _typed(column: Column, text: pl.Expr) -> Glance:
    field = column.field
    if column.codelist:
        codes = [code.code for code in column.codelist.codes] if field.type is FieldType.STRING else []
        return (text if codes else _null(field)), text.is_in(pl.Series(codes, dtype=pl.String).implode())
    if field.format == "id_number":
        return text, is_id_number(text)
    match field.type:
        case FieldType.INTEGER:
            return text.cast(pl.Int64, strict=False), text.str.len_bytes() <= SURE_DIGITS
        case FieldType.NUMBER:
            return text.cast(pl.Float64, strict=False), text.str.contains(_NUMBER)
        case FieldType.DATE:
            day = text.str.to_date("%Y-%m-%d", strict=False)
            plain = (text.str.len_bytes() == 10) & ~text.str.contains_any(_FILLERS)
            return day, plain & day.is_between(date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31))
        case FieldType.STRING:
            length = text.str.len_bytes()
            return text, (text.str.strip_chars().str.len_bytes() == length) & (length > 0)
    return _null(field), pl.lit(value=False)  # few different texts: each is read


def _null(field: Field) -> pl.Expr:
    return pl.lit(None, {FieldType.BOOLEAN: pl.Boolean, FieldType.INTEGER: pl.Int64}.get(field.type, pl.String))


def _within(field: Field, typed: pl.Expr) -> list[pl.Expr]:
    """Lengths, pattern and bounds."""
    tests: list[pl.Expr] = []
    if field.type is FieldType.STRING:
        low, high = field.min_length, field.max_length
        tests += [typed.str.len_chars() >= low] if low is not None else []
        tests += [typed.str.len_chars() <= high] if high is not None else []
        tests += [typed.str.contains(rf"\A(?:{field.pattern})\z")] if field.pattern else []
    tests += [typed >= bound(field, field.minimum)] if field.minimum is not None else []
    tests += [typed <= bound(field, field.maximum)] if field.maximum is not None else []
    return tests


@cache
def _sums(weights: tuple[int, ...]) -> pl.Series:
    """For each number of so many digits the weighted sum of its digits modulo 11."""
    sums = [0]
    for weight in weights:
        sums = [(before + weight * digit) % 11 for before in sums for digit in range(10)]
    return pl.Series(sums, dtype=pl.UInt8)


@cache
def _days() -> pl.Series:
    """For each number of four digits whether it is a month and a day of every year (29 February is not)."""
    lengths = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    days = {month * 100 + day for month, length in enumerate(lengths, 1) for day in range(1, length + 1)}
    return pl.Series([number in days for number in range(10_000)])


@cache
def _provinces() -> pl.Series:
    return pl.Series([str(number) in PROVINCES for number in range(1000)])


def is_id_number(text: pl.Expr) -> pl.Expr:
    """Whether it is surely a citizen id; one born on a 29 February is not sure."""
    return text.map_batches(_are_id_numbers, return_dtype=pl.Boolean)


def _are_id_numbers(texts: pl.Series) -> pl.Series:
    """Reckons with whole numbers, which costs a tenth of cutting the texts up; a step at a time, because polars would
    reckon a part again for each use of it in one expression."""
    number, in_x = texts.cast(pl.Int64, strict=False), texts.str.ends_with("X")
    at = in_x.arg_true()
    number = number.scatter(at, texts.gather(at).str.strip_suffix("X").cast(pl.Int64, strict=False))
    digits = pl.select(pl.when(in_x).then(number).otherwise(number // 10)).to_series()
    last = pl.select(pl.when(in_x).then(10).otherwise(number % 10)).to_series()
    is_whole = digits.is_between(10**16, 10**17 - 1) & (texts.str.len_bytes() == 18)
    digits = pl.select(pl.when(is_whole).then(digits)).to_series()
    high, low = (digits // _HIGH_PART).cast(pl.UInt32), (digits % _HIGH_PART).cast(pl.UInt32)
    total = _sums(WEIGHTS[:5]).gather(high // 10_000) + _sums(WEIGHTS[5:9]).gather(high % 10_000)
    total = total + _sums(WEIGHTS[9:13]).gather(low // 10_000) + _sums(WEIGHTS[13:]).gather(low % 10_000)
    is_born = _days().gather(low // 1000 % 10_000) & (high % 1000 * 10 + low // 10_000_000 >= ID_FIRST_YEAR)
    right = is_born & _provinces().gather(high // 10_000_000) & (_REMAINDERS.gather(total % 11) == last)
    return right.fill_null(value=False)


_HIGH_PART = 10**8
"""Splits seventeen digits into nine and eight: place and century, then the rest of the birth and the order."""
_REMAINDERS = pl.Series([10 if character == "X" else int(character) for character in CHECK])
