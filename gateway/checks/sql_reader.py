"""Reads a row rule, as it is written in the configuration, into a tree (see `sql` for what may be written)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gateway.checks.sql import (
    CONTEXT_COLUMNS,
    FUNCTIONS,
    BadRule,
    Kind,
    Node,
    added,
    alike,
    called,
    day,
    interval,
    need,
)

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
    return need(node, Kind.TRUTH, "the whole rule")


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
            node = Node("or", Kind.TRUTH, (need(node, Kind.TRUTH, "OR"), need(self._both(), Kind.TRUTH, "OR")))
        return node

    def _both(self) -> Node:
        node = self._not()
        while self._word("AND"):
            node = Node("and", Kind.TRUTH, (need(node, Kind.TRUTH, "AND"), need(self._not(), Kind.TRUTH, "AND")))
        return node

    def _not(self) -> Node:
        if self._word("NOT"):
            return Node("not", Kind.TRUTH, (need(self._not(), Kind.TRUTH, "NOT"),))
        return self._compared()

    def _compared(self) -> Node:
        node = self._sum()
        if self._word("IS"):
            negated = self._word("NOT")
            self._take("NULL")
            return Node("is not null" if negated else "is null", Kind.TRUTH, (node,))
        if sign := self._word(*_COMPARISONS):
            other = self._sum()
            alike([node, other], sign)
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
        alike([node, *items], "IN")
        return Node("in", Kind.TRUTH, (node,), tuple(item.value for item in items))

    def _between(self, node: Node) -> Node:
        low = self._sum()
        self._take("AND")
        high = self._sum()
        alike([node, low, high], "BETWEEN")
        return Node("and", Kind.TRUTH, (Node(">=", Kind.TRUTH, (node, low)), Node("<=", Kind.TRUTH, (node, high))))

    def _like(self, node: Node) -> Node:
        pattern = self._text("LIKE")
        if "\\" in pattern:
            raise BadRule("LIKE knows % and _ only, no backslash")
        return Node("like", Kind.TRUTH, (need(node, Kind.TEXT, "LIKE"),), pattern)

    def _sum(self) -> Node:
        node = self._product()
        while sign := self._word("+", "-", "||"):
            node = added(sign, node, self._product())
        return node

    def _product(self) -> Node:
        node = self._signed()
        while sign := self._word("*", "/", "%"):
            other = self._signed()
            if sign == "*" and node.op == "literal":
                node, other = other, node
            need(node, Kind.NUMBER, sign)
            number = other.value if other.op == "literal" else None
            if not isinstance(number, int | float) or not (0 < number <= 1000 or (sign == "*" and number == 0)):
                raise BadRule(f"{sign} needs a number up to 1000 (and for / and % not 0) on its other side")
            node = Node(sign, Kind.NUMBER, (node, other))
        return node

    def _signed(self) -> Node:
        if self._word("-"):
            node = need(self._signed(), Kind.NUMBER, "-")
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
            return day(self._text(word)) if word == "DATE" else interval(self._text(word))
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
            branches.append(need(self.either(), Kind.TRUTH, "WHEN"))
            self._take("THEN")
            branches.append(self.either())
        if not branches:
            raise BadRule("CASE must be followed by WHEN")
        branches.append(self.either() if self._word("ELSE") else Node("literal", Kind.NULL))
        self._take("END")
        return Node("case", alike([*branches[1::2], branches[-1]], "CASE"), tuple(branches))

    def _function(self, name: str) -> Node:
        if name == "EXTRACT":
            part = self._word("YEAR", "MONTH", "DAY")
            if not part:
                raise BadRule("EXTRACT knows YEAR, MONTH and DAY")
            self._take("FROM")
            node = Node(part.lower(), Kind.NUMBER, (need(self._sum(), Kind.DATE, "EXTRACT"),))
            self._take(")")
            return node
        if name == "TRY_CAST":
            node = need(self._sum(), Kind.TEXT, "TRY_CAST")
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
        return called(name, args)
