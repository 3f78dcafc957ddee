"""Which cells of a large column are surely right, and their typed values, by polars alone."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import polars as pl

from gateway.checks.cells import FIRST_YEAR, LAST_YEAR
from gateway.checks.compile import Column
from gateway.checks.id_number import CHECK, PROVINCES, WEIGHTS
from gateway.checks.limits import bound
from gateway.core.dataflow import Field, FieldType

WHITE = r"[\s\x1c-\x1f]"
"""What Python strips as a blank, said in the regular expressions of polars."""
EDGE = rf"^{WHITE}|{WHITE}$"
BLANK = rf"^{WHITE}*$"
SURE_DIGITS = 15  # characters; longer numbers are left to the reader
_NUMBER = r"^[+-]?[0-9]{1,15}(\.[0-9]{1,12})?$"
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_ID = r"^[0-9]{17}[0-9X]$"
_TEXT = pl.col("c")
_NONE: Any = pl.lit(value=False)

Glance = tuple[pl.Expr, pl.Expr]


def glance(column: Column, texts: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Typed values (null where not sure), and whether each is sure. Empty cells of an optional field are sure."""
    typed, right = _typed(column)
    right = (right & _within(column.field, typed)).fill_null(value=False) & (_TEXT != "")
    sure = right if column.field.required else right | (_TEXT == "")
    frame = texts.alias("c").to_frame().lazy()
    found = frame.select(pl.when(right).then(typed).alias("typed"), sure.alias("sure")).collect()
    return found["typed"], found["sure"]


def _typed(column: Column) -> Glance:
    field = column.field
    if column.codelist:
        codes = [code.code for code in column.codelist.codes] if field.type is FieldType.STRING else []
        return (_TEXT if codes else _null(field)), _TEXT.is_in(pl.Series(codes, dtype=pl.String).implode())
    if field.format == "id_number":
        return _TEXT, _id_number()
    match field.type:
        case FieldType.INTEGER:
            return _TEXT.cast(pl.Int64, strict=False), _TEXT.str.len_bytes() <= SURE_DIGITS
        case FieldType.NUMBER:
            return _TEXT.cast(pl.Float64, strict=False), _TEXT.str.contains(_NUMBER)
        case FieldType.DATE:
            day = _TEXT.str.to_date("%Y-%m-%d", strict=False)
            return day, _TEXT.str.contains(_DATE) & day.is_between(date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31))
        case FieldType.STRING:
            return _TEXT, ~_TEXT.str.contains(EDGE)
    return _null(field), _NONE  # few different texts: each is read


def _null(field: Field) -> pl.Expr:
    return pl.lit(None, pl.Boolean if field.type is FieldType.BOOLEAN else pl.String)


def _within(field: Field, typed: pl.Expr) -> pl.Expr:
    """Lengths, pattern and bounds."""
    tests: list[pl.Expr] = []
    if field.type is FieldType.STRING:
        low, high = field.min_length, field.max_length
        tests += [typed.str.len_chars() >= low] if low is not None else []
        tests += [typed.str.len_chars() <= high] if high is not None else []
        tests += [typed.str.contains(rf"\A(?:{field.pattern})\z")] if field.pattern else []
    tests += [typed >= bound(field, field.minimum)] if field.minimum is not None else []
    tests += [typed <= bound(field, field.maximum)] if field.maximum is not None else []
    return pl.all_horizontal(tests) if tests else pl.lit(value=True)


@cache
def _sums(weights: tuple[int, ...]) -> pl.Series:
    """For each number of so many digits the weighted sum of its digits modulo 11."""
    sums = [0]
    for weight in weights:
        sums = [(before + weight * digit) % 11 for before in sums for digit in range(10)]
    return pl.Series(sums, dtype=pl.UInt8)


def _id_number() -> pl.Expr:
    """Shape, check character, province and day of birth. The digits are looked up in groups, not one by one."""
    total: pl.Expr = pl.lit(0, pl.UInt8)
    for start, end in ((0, 6), (6, 12), (12, 17)):
        group = _TEXT.str.slice(start, end - start).cast(pl.UInt32, strict=False)
        total = total + pl.lit(_sums(WEIGHTS[start:end])).gather(group)
    check = pl.lit(pl.Series(list(CHECK))).gather((total % 11).cast(pl.UInt32))
    province = _TEXT.str.slice(0, 2).is_in(pl.Series(sorted(PROVINCES)).implode())
    born = _TEXT.str.slice(6, 8).str.to_date("%Y%m%d", strict=False)
    return _TEXT.str.contains(_ID) & (check == _TEXT.str.slice(17, 1)) & province & (born >= date(FIRST_YEAR, 1, 1))
