"""Runs a row rule over plain lists, as polars would run it over columns: each node becomes one list for all rows.

NULL is `None`, and truth has three values.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from operator import add, eq, ge, gt, le, lt, mul, ne, sub, truediv
from typing import Any

from gateway.checks.sql import Interval, Node

Values = Sequence[Any]
Columns = Mapping[str, Values]
Run = Callable[[Columns, int], Values]
"""Columns and their height in, the value for each row out."""

_BINARY: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": eq,
    "<>": ne,
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
    "+": add,
    "-": sub,
    "*": mul,
    "/": truediv,
    "%": lambda a, b: a % b if a >= 0 else -(-a % b),  # the remainder has the sign of what is divided
    "days": sub,
    "||": add,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
    "left": lambda text, count: text[:count],
    "right": lambda text, count: text[-count:],
}
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)


def prepare(node: Node) -> Run:
    """The tree as a function over lists."""
    return _BUILDERS.get(node.op, _single)(node)


def _literal(node: Node) -> Run:
    value = timedelta(days=node.value.days) if isinstance(node.value, Interval) else node.value
    return lambda columns, height: [value] * height


def _column(node: Node) -> Run:
    name = str(node.value)
    return lambda columns, height: columns[name]


def _binary(node: Node) -> Run:
    apply, left = _BINARY[node.op], prepare(node.args[0])
    if node.args[1].op == "literal" and node.args[1].value is not None:
        value = node.args[1].value
        fixed = timedelta(days=value.days) if isinstance(value, Interval) else value
        return lambda columns, height: [None if a is None else apply(a, fixed) for a in left(columns, height)]
    right = prepare(node.args[1])
    return lambda columns, height: [
        None if a is None or b is None else apply(a, b)
        for a, b in zip(left(columns, height), right(columns, height), strict=True)
    ]


def _and(node: Node) -> Run:
    left, right = map(prepare, node.args)
    return lambda columns, height: [
        False if a is False or b is False else None if a is None or b is None else True
        for a, b in zip(left(columns, height), right(columns, height), strict=True)
    ]


def _or(node: Node) -> Run:
    left, right = map(prepare, node.args)
    return lambda columns, height: [
        True if a is True or b is True else None if a is None or b is None else False
        for a, b in zip(left(columns, height), right(columns, height), strict=True)
    ]


def _null(node: Node) -> Run:
    inner = prepare(node.args[0])
    if node.op == "is null":
        return lambda columns, height: [a is None for a in inner(columns, height)]
    return lambda columns, height: [a is not None for a in inner(columns, height)]


def _coalesce(node: Node) -> Run:
    runs = [prepare(arg) for arg in node.args]
    return lambda columns, height: [
        next((value for value in row if value is not None), None)
        for row in zip(*(run(columns, height) for run in runs), strict=True)
    ]


def _case(node: Node) -> Run:
    runs = [prepare(arg) for arg in node.args]

    def run(columns: Columns, height: int) -> Values:
        result = list(runs[-1](columns, height))
        for when, then in reversed(list(zip(runs[:-1:2], runs[1:-1:2], strict=True))):
            for i, (holds, value) in enumerate(zip(when(columns, height), then(columns, height), strict=True)):
                if holds is True:
                    result[i] = value
        return result

    return run


def _single(node: Node) -> Run:
    """Functions of one varying argument."""
    inner, apply = prepare(node.args[0]), _unary(node)
    return lambda columns, height: [None if a is None else apply(a) for a in inner(columns, height)]


def _unary(node: Node) -> Callable[[Any], Any]:
    match node.op:
        case "not":
            return lambda a: not a
        case "negative":
            return lambda a: -a
        case "in":
            allowed = node.value
            assert isinstance(allowed, tuple)
            return lambda a: a in allowed
        case "like":
            parts = (".*" if c == "%" else "." if c == "_" else re.escape(c) for c in str(node.value))
            matches = re.compile("".join(parts), re.DOTALL).fullmatch
            return lambda a: matches(a) is not None
        case "date+" | "date-":
            assert isinstance(node.value, Interval)
            return _mover(node.value, 1 if node.op == "date+" else -1)
        case "substr":
            start, count = (arg.value for arg in node.args[1:])
            assert isinstance(start, int) and isinstance(count, int)
            return lambda a: a[start - 1 : start - 1 + count]
        case "try_cast":
            return _integer
    return _PLAIN[node.op]


_PLAIN: Mapping[str, Callable[[Any], Any]] = {
    "length": len,
    "upper": str.upper,
    "lower": str.lower,
    "abs": abs,
    "year": lambda day: day.year,
    "month": lambda day: day.month,
    "day": lambda day: day.day,
}


def _integer(text: str) -> int | None:
    value = int(text) if len(text) <= 20 and _INTEGER.fullmatch(text) else None
    return value if value is not None and -(2**63) <= value < 2**63 else None


def _mover(interval: Interval, sign: int) -> Callable[[date], date]:
    """Moves dates; a day that the new month has not becomes its last (29 February plus a year is 28 February)."""
    if interval.days:
        step = timedelta(days=sign * interval.days)
        return lambda day: day + step

    @cache
    def month_after(year: int, month: int) -> tuple[int, int, int]:
        total = year * 12 + month - 1 + sign * interval.months
        return total // 12, total % 12 + 1, monthrange(total // 12, total % 12 + 1)[1]

    def move(day: date) -> date:
        year, month, last = month_after(day.year, day.month)
        return date(year, month, min(day.day, last))

    return move


_BUILDERS: Mapping[str, Callable[[Node], Run]] = {
    "literal": _literal,
    "column": _column,
    "and": _and,
    "or": _or,
    "is null": _null,
    "is not null": _null,
    "coalesce": _coalesce,
    "case": _case,
    **dict.fromkeys(_BINARY, _binary),
}
