"""Row rules as written: a small part of SQL, read into a tree and checked for names and types.

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

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>'(?:[^']|'')*')|"(?P<quoted>[^"]+)"
    |(?P<word>[^\W\d]\w*)|(?P<sign><>|!=|<=|>=|\|\||[-+*/%=<>(),]))""",
    re.X,
)
_COMPARISONS = {"=", "<>", "!=", "<", "<=", ">", ">="}
_RESERVED = {"AND", "OR", "NOT", "IN", "IS", "LIKE", "BETWEEN", "CASE", "WHEN", "THEN", "ELSE", "END", "FROM", "AS"}


def parse(sql: str, columns: Mapping[str, Kind]) -> Node:
    """The tree of a truth expression over these columns. Raises `BadRule`."""
    reader = _Reader(_tokens(sql), {**CONTEXT_COLUMNS, **columns})
    node = reader.either()
    if reader.peek() != ("end", ""):
        raise BadRule(f"unexpected {reader.peek()[1]!r}")
    return _need(node, Kind.TRUTH, "the whole rule")


def columns_of(node: Node) -> frozenset[str]:
    """The names of the columns that an expression speaks of."""
    if node.op == "column":
        return frozenset({str(node.value)})
    return frozenset().union(*(columns_of(arg) for arg in node.args))


def _tokens(sql: str) -> list[tuple[str, str]]:
    found, at, end = [], 0, len(sql.rstrip())
    while at < end:
        match = _TOKEN.match(sql, at)
        if not match or match.lastgroup is None:
            raise BadRule(f"cannot read {sql[at : at + 12].strip()!r}")
        text = match[match.lastgroup]
        found.append((match.lastgroup, text[1:-1].replace("''", "'") if match.lastgroup == "text" else text))
        at = match.end()
    return [*found, ("end", "")]


def _need(node: Node, kind: Kind, what: str) -> Node:
    if node.kind not in (kind, Kind.NULL):
        raise BadRule(f"{what} must be {kind}, and is {node.kind}")
    return node


def _alike(nodes: list[Node], what: str) -> Kind:
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


class _Reader:
    """Recursive descent over the tokens; one method for one level of binding, loosest first."""

    def __init__(self, tokens: list[tuple[str, str]], columns: Mapping[str, Kind]) -> None:
        self._tokens, self._at, self._columns = tokens, 0, columns

    def peek(self) -> tuple[str, str]:
        return self._tokens[self._at]

    def _word(self, *words: str) -> str | None:
        """Takes one of these keywords or signs if it comes next."""
        group, text = self.peek()
        if group in ("word", "sign") and text.upper() in words:
            self._at += 1
            return text.upper()
        return None

    def _take(self, word: str) -> None:
        if not self._word(word):
            raise BadRule(f"expected {word} before {self.peek()[1]!r}")

    def _text(self, what: str) -> str:
        group, text = self.peek()
        if group != "text":
            raise BadRule(f"{what} needs a quoted text")
        self._at += 1
        return text

    def either(self) -> Node:
        node = self._both()
        while self._word("OR"):
            node = Node("or", Kind.TRUTH, (_need(node, Kind.TRUTH, "OR"), _need(self._both(), Kind.TRUTH, "OR")))
        return node

    def _both(self) -> Node:
        node = self._not()
        while self._word("AND"):
            node = Node("and", Kind.TRUTH, (_need(node, Kind.TRUTH, "AND"), _need(self._not(), Kind.TRUTH, "AND")))
        return node

    def _not(self) -> Node:
        if self._word("NOT"):
            return Node("not", Kind.TRUTH, (_need(self._not(), Kind.TRUTH, "NOT"),))
        return self._compared()

    def _compared(self) -> Node:
        node = self._sum()
        if self._word("IS"):
            negated = self._word("NOT")
            self._take("NULL")
            return Node("is not null" if negated else "is null", Kind.TRUTH, (node,))
        if sign := self._word(*_COMPARISONS):
            other = self._sum()
            _alike([node, other], sign)
            return Node("<>" if sign == "!=" else sign, Kind.TRUTH, (node, other))
        negated = self._word("NOT")
        for word, read in (("IN", self._in), ("BETWEEN", self._between), ("LIKE", self._like)):
            if self._word(word):
                found = read(node)
                return Node("not", Kind.TRUTH, (found,)) if negated else found
        if negated:
            raise BadRule("NOT must stand before a condition, or before IN, BETWEEN or LIKE")
        return node

    def _in(self, node: Node) -> Node:
        self._take("(")
        items = [self._sum()]
        while self._word(","):
            items.append(self._sum())
        self._take(")")
        if any(item.op != "literal" or item.kind is Kind.NULL for item in items):
            raise BadRule("IN needs a list of values")
        _alike([node, *items], "IN")
        return Node("in", Kind.TRUTH, (node,), tuple(item.value for item in items))

    def _between(self, node: Node) -> Node:
        low = self._sum()
        self._take("AND")
        high = self._sum()
        _alike([node, low, high], "BETWEEN")
        return Node("and", Kind.TRUTH, (Node(">=", Kind.TRUTH, (node, low)), Node("<=", Kind.TRUTH, (node, high))))

    def _like(self, node: Node) -> Node:
        pattern = self._text("LIKE")
        if "\\" in pattern:
            raise BadRule("LIKE knows % and _ only, no backslash")
        return Node("like", Kind.TRUTH, (_need(node, Kind.TEXT, "LIKE"),), pattern)

    def _sum(self) -> Node:
        node = self._product()
        while sign := self._word("+", "-", "||"):
            node = _added(sign, node, self._product())
        return node

    def _product(self) -> Node:
        node = self._signed()
        while sign := self._word("*", "/", "%"):
            other = self._signed()
            if sign == "*" and node.op == "literal":
                node, other = other, node
            _need(node, Kind.NUMBER, sign)
            number = other.value if other.op == "literal" else None
            if not isinstance(number, int | float) or not (0 < number <= 1000 or (sign == "*" and number == 0)):
                raise BadRule(f"{sign} needs a number up to 1000 (and for / and % not 0) on its other side")
            node = Node(sign, Kind.NUMBER, (node, other))
        return node

    def _signed(self) -> Node:
        if self._word("-"):
            node = _need(self._signed(), Kind.NUMBER, "-")
            return Node("negative", Kind.NUMBER, (node,))
        return self._atom()

    def _atom(self) -> Node:
        group, text = self.peek()
        self._at += 1
        if group == "number":
            if len(text) > 15:
                raise BadRule("a number has at most 15 digits")
            return Node("literal", Kind.NUMBER, (), float(text) if "." in text else int(text))
        if group == "text":
            return Node("literal", Kind.TEXT, (), text)
        if group == "quoted":
            return self._column(text)
        if group == "sign" and text == "(":
            node = self.either()
            self._take(")")
            return node
        if group != "word":
            raise BadRule(f"unexpected {text!r}" if text else "it ends too early")
        return self._named(text)

    def _named(self, text: str) -> Node:
        word = text.upper()
        if word in ("TRUE", "FALSE"):
            return Node("literal", Kind.TRUTH, (), word == "TRUE")
        if word == "NULL":
            return Node("literal", Kind.NULL)
        if word in ("DATE", "INTERVAL") and self.peek()[0] == "text":
            return _date(self._text(word)) if word == "DATE" else _interval(self._text(word))
        if word == "CASE":
            return self._case()
        if self._word("("):
            return self._function(word)
        if word in _RESERVED:
            raise BadRule(f"unexpected {text!r}")
        return self._column(text)

    def _column(self, name: str) -> Node:
        if name not in self._columns:
            raise BadRule(f"no column {name!r}")
        return Node("column", self._columns[name], (), name)

    def _case(self) -> Node:
        branches: list[Node] = []
        while self._word("WHEN"):
            branches.append(_need(self.either(), Kind.TRUTH, "WHEN"))
            self._take("THEN")
            branches.append(self.either())
        if not branches:
            raise BadRule("CASE must be followed by WHEN")
        branches.append(self.either() if self._word("ELSE") else Node("literal", Kind.NULL))
        self._take("END")
        return Node("case", _alike([*branches[1::2], branches[-1]], "CASE"), tuple(branches))

    def _function(self, name: str) -> Node:
        if name == "EXTRACT":
            part = self._word("YEAR", "MONTH", "DAY")
            if not part:
                raise BadRule("EXTRACT knows YEAR, MONTH and DAY")
            self._take("FROM")
            node = Node(part.lower(), Kind.NUMBER, (_need(self._sum(), Kind.DATE, "EXTRACT"),))
            self._take(")")
            return node
        if name == "TRY_CAST":
            node = _need(self._sum(), Kind.TEXT, "TRY_CAST")
            self._take("AS")
            self._take("BIGINT")
            self._take(")")
            return Node("try_cast", Kind.NUMBER, (node,))
        if name not in FUNCTIONS and name != "COALESCE":
            known = ", ".join([*FUNCTIONS, "COALESCE", "EXTRACT", "TRY_CAST"])
            raise BadRule(f"no function {name}; there are {known}")
        args = [self.either()]
        while self._word(","):
            args.append(self.either())
        self._take(")")
        return _call(name, args)


def _call(name: str, args: list[Node]) -> Node:
    if name == "COALESCE":
        return Node("coalesce", _alike(args, name), tuple(args))
    kinds, result = FUNCTIONS[name]
    if len(args) != len(kinds):
        raise BadRule(f"{name} takes {len(kinds)} arguments")
    for arg, kind in zip(args, kinds, strict=True):
        _need(arg, kind, name)
    for arg in args[1:]:
        if arg.op != "literal" or (arg.kind is Kind.NUMBER and not (isinstance(arg.value, int) and arg.value > 0)):
            raise BadRule(f"{name} needs plain values after its first argument, and counts from 1")
    return Node(name.lower(), result, tuple(args))


def _added(sign: str, node: Node, other: Node) -> Node:
    if sign == "||":
        return Node("||", Kind.TEXT, (_need(node, Kind.TEXT, sign), _need(other, Kind.TEXT, sign)))
    if node.kind is Kind.DATE and other.kind is Kind.INTERVAL:
        return Node(f"date{sign}", Kind.DATE, (node,), other.value)
    if sign == "-" and node.kind is Kind.DATE and other.kind is Kind.DATE:
        return Node("days", Kind.SPAN, (node, other))
    return Node(sign, Kind.NUMBER, (_need(node, Kind.NUMBER, sign), _need(other, Kind.NUMBER, sign)))


def _date(text: str) -> Node:
    try:
        return Node("literal", Kind.DATE, (), date.fromisoformat(text))
    except ValueError:
        raise BadRule(f"not a date: {text!r}") from None


def _interval(text: str) -> Node:
    match = re.fullmatch(r"(\d{1,4}) (day|month|year)s?", text)
    if not match:
        raise BadRule(f"not an interval: {text!r}; write it as '30 days', '6 months' or '20 years'")
    count, unit = int(match[1]), match[2]
    value = Interval(days=count) if unit == "day" else Interval(months=count * (12 if unit == "year" else 1))
    return Node("literal", Kind.INTERVAL, (), value)
