"""A row rule written back as SQL for polars, with what polars would reckon in too few bits made wide.

`LENGTH` gives 32 unsigned bits (`LENGTH(s) - 5` wraps below zero) and `EXTRACT` eight.
"""

from __future__ import annotations

from datetime import date

from gateway.checks.sql import Interval, Node


def written(node: Node) -> str:
    """The expression as SQL, each part in brackets."""
    args = [written(arg) for arg in node.args]
    match node.op:
        case "column":
            return f'"{node.value}"'
        case "literal":
            return _literal(node.value)
        case "not":
            return f"(NOT {args[0]})"
        case "negative":
            return f"(0 - {args[0]})"
        case "is null" | "is not null":
            return f"({args[0]} {node.op.upper()})"
        case "in":
            assert isinstance(node.value, tuple)
            return f"({args[0]} IN ({', '.join(map(_literal, node.value))}))"
        case "like":
            return f"({args[0]} LIKE {_literal(node.value)})"
        case "date+" | "date-":
            return f"({args[0]} {node.op[-1]} {_literal(node.value)})"
        case "days":
            return f"({args[0]} - {args[1]})"
        case "length":
            return f"CAST(LENGTH({args[0]}) AS BIGINT)"
        case "year" | "month" | "day":
            return f"CAST(EXTRACT({node.op.upper()} FROM {args[0]}) AS BIGINT)"
        case "try_cast":
            return f"TRY_CAST({args[0]} AS BIGINT)"
        case "case":
            whens = (f"WHEN {when} THEN {then}" for when, then in zip(args[:-1:2], args[1:-1:2], strict=True))
            return f"(CASE {' '.join(whens)} ELSE {args[-1]} END)"
    if node.op.isidentifier() and node.op not in ("and", "or"):
        return f"{node.op.upper()}({', '.join(args)})"
    return f"({args[0]} {node.op.upper()} {args[1]})"


def _literal(value: object) -> str:
    match value:
        case None:
            return "NULL"
        case bool():
            return str(value).upper()
        case date():
            return f"DATE '{value.isoformat()}'"
        case Interval():
            return f"INTERVAL '{value.months} months'" if value.months else f"INTERVAL '{value.days} days'"
        case str():
            return "'" + value.replace("'", "''") + "'"
    return repr(value)
