"""The part of SQL that row rules may use: trees of nodes, and which kinds go together.

The part is the one that polars (`pl.sql_expr`) and `gateway.checks.sql_loop` provably understand alike:

* columns of the dataflow, and `period_first`, `period_last`, `had_on` (dates), `reporting_division` (text);
* `12`, `1.5`, `'text'`, `TRUE`, `FALSE`, `NULL`, `DATE '2026-01-31'`, `INTERVAL '20 years'` (days, months, years);
* `OR AND NOT`, `= <> != < <= > >=`, `IS [NOT] NULL`, `[NOT] IN (…)`, `[NOT] BETWEEN … AND …`, `[NOT] LIKE '…'`;
* `+ - *` (one side of `*` is a number of at most 1000), `/` and `%` by a number other than 0,
  a date plus or minus an interval, a date minus a date (compared with an interval of days);
* `CASE WHEN … THEN … [ELSE …] END`, and the functions in `FUNCTIONS`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from gateway.core.dataflow import FieldType


class Kind(StrEnum):
    """The type of an expression. NULL fits every other."""

    TEXT = "text"
    NUMBER = "number"
    TRUTH = "truth"
    DATE = "date"
    SPAN = "span of days"
    INTERVAL = "interval"
    NULL = "null"


class BadRule(Exception):
    """The expression is outside the part we allow. The text is for an administrator, in English."""


@dataclass(frozen=True, slots=True)
class Node:
    """One node of the tree. `op` is an operator or function, or `column` or `literal`, whose `value` says which."""

    op: str
    kind: Kind
    args: tuple[Node, ...] = ()
    value: object = None


@dataclass(frozen=True, slots=True)
class Interval:
    """So many days and months; a rule uses one or the other."""

    days: int = 0
    months: int = 0


T, N, D = Kind.TEXT, Kind.NUMBER, Kind.DATE
FUNCTIONS: Mapping[str, tuple[tuple[Kind, ...], Kind]] = {
    "LENGTH": ((T,), N),
    "UPPER": ((T,), T),
    "LOWER": ((T,), T),
    "LEFT": ((T, N), T),
    "RIGHT": ((T, N), T),
    "SUBSTR": ((T, N, N), T),
    "STARTS_WITH": ((T, T), Kind.TRUTH),
    "ENDS_WITH": ((T, T), Kind.TRUTH),
    "ABS": ((N,), N),
}
"""Functions with fixed arguments. Beside them COALESCE, EXTRACT(YEAR|MONTH|DAY FROM date), TRY_CAST(text AS BIGINT)."""

CONTEXT_COLUMNS: Mapping[str, Kind] = {
    "period_first": Kind.DATE,
    "period_last": Kind.DATE,
    "had_on": Kind.DATE,
    "reporting_division": Kind.TEXT,
}

KINDS: Mapping[FieldType, Kind] = {
    FieldType.STRING: Kind.TEXT,
    FieldType.INTEGER: Kind.NUMBER,
    FieldType.NUMBER: Kind.NUMBER,
    FieldType.BOOLEAN: Kind.TRUTH,
    FieldType.DATE: Kind.DATE,
    FieldType.YEARMONTH: Kind.TEXT,
}


def columns_of(node: Node) -> frozenset[str]:
    """The names of the columns that an expression speaks of."""
    if node.op == "column":
        return frozenset({str(node.value)})
    return frozenset().union(*(columns_of(arg) for arg in node.args))


def need(node: Node, kind: Kind, what: str) -> Node:
    """The node, which must be of this kind or NULL."""
    if node.kind not in (kind, Kind.NULL):
        raise BadRule(f"{what} must be {kind}, and is {node.kind}")
    return node


def alike(nodes: list[Node], what: str) -> Kind:
    """The one kind that all of them are."""
    kinds = {node.kind for node in nodes} - {Kind.NULL}
    if kinds == {Kind.SPAN, Kind.INTERVAL}:
        if any(isinstance(n.value, Interval) and n.value.months for n in nodes):
            raise BadRule("the days between two dates compare with an interval of days only")
        return Kind.SPAN
    if len(kinds) > 1:
        raise BadRule(f"{what} mixes {' and '.join(sorted(kinds))}")
    if Kind.INTERVAL in kinds:
        raise BadRule(f"{what} needs more than intervals")
    return kinds.pop() if kinds else Kind.NULL


def called(name: str, args: list[Node]) -> Node:
    """A function with its arguments."""
    if name == "COALESCE":
        return Node("coalesce", alike(args, name), tuple(args))
    kinds, result = FUNCTIONS[name]
    if len(args) != len(kinds):
        raise BadRule(f"{name} takes {len(kinds)} arguments")
    for arg, kind in zip(args, kinds, strict=True):
        need(arg, kind, name)
    for arg in args[1:]:
        if arg.op != "literal" or (arg.kind is Kind.NUMBER and not (isinstance(arg.value, int) and arg.value > 0)):
            raise BadRule(f"{name} needs plain values after its first argument, and counts from 1")
    return Node(name.lower(), result, tuple(args))


def added(sign: str, node: Node, other: Node) -> Node:
    """A sum, a difference, or two texts as one."""
    if sign == "||":
        return Node("||", Kind.TEXT, (need(node, Kind.TEXT, sign), need(other, Kind.TEXT, sign)))
    if node.kind is Kind.DATE and other.kind is Kind.INTERVAL:
        return Node(f"date{sign}", Kind.DATE, (node,), other.value)
    if sign == "-" and node.kind is Kind.DATE and other.kind is Kind.DATE:
        return Node("days", Kind.SPAN, (node, other))
    return Node(sign, Kind.NUMBER, (need(node, Kind.NUMBER, sign), need(other, Kind.NUMBER, sign)))


def day(text: str) -> Node:
    """The literal of `DATE '…'`."""
    try:
        return Node("literal", Kind.DATE, (), date.fromisoformat(text))
    except ValueError:
        raise BadRule(f"not a date: {text!r}") from None


def interval(text: str) -> Node:
    """The literal of `INTERVAL '…'`."""
    match = re.fullmatch(r"(\d{1,4}) (day|month|year)s?", text)
    if not match:
        raise BadRule(f"not an interval: {text!r}; write it as '30 days', '6 months' or '20 years'")
    count, unit = int(match[1]), match[2]
    value = Interval(days=count) if unit == "day" else Interval(months=count * (12 if unit == "year" else 1))
    return Node("literal", Kind.INTERVAL, (), value)
