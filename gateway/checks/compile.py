"""A dataflow becomes checks, once for each configuration version."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from gateway.checks.at_once import AtOnce, at_once
from gateway.checks.cells import Reader
from gateway.checks.limits import bound, cell_reader
from gateway.checks.sql import CONTEXT_COLUMNS, KINDS, BadRule, columns_of
from gateway.checks.sql_loop import Run, prepare
from gateway.checks.sql_reader import parse
from gateway.checks.sql_text import written
from gateway.core.dataflow import CodeList, Dataflow, Field, FieldType, RowRule
from gateway.core.period import Period


@dataclass(frozen=True, slots=True)
class Column:
    """One field ready to be checked, cell by cell or `at_once`.

    `plain` is text of which nothing is demanded but perhaps to be filled.
    """

    field: Field
    read: Reader
    at_once: AtOnce
    codelist: CodeList | None
    plain: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """One row rule ready to run: over lists, or as SQL. `speaks_of` are the columns its expression really uses."""

    rule: RowRule
    run: Run
    sql: str
    speaks_of: frozenset[str]


@dataclass(frozen=True, slots=True)
class Compiled:
    """A dataflow's checks."""

    dataflow: Dataflow
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...]
    codelists: Mapping[str, CodeList]

    @property
    def keys(self) -> tuple[tuple[str, ...], ...]:
        """The sets of columns whose values together may come once only: the primary key, then each unique field."""
        unique = tuple((f.name,) for f in self.dataflow.fields if f.unique and (f.name,) != self.dataflow.primary_key)
        return ((self.dataflow.primary_key,) if self.dataflow.primary_key else ()) + unique


@dataclass(frozen=True, slots=True)
class Context:
    """What row rules may know besides the row: the period, the local day the arrival was had, who reports."""

    period: Period
    had_on: date
    reporting_division: str | None = None

    def values(self) -> Mapping[str, date | str | None]:
        """The value of each of `CONTEXT_COLUMNS`."""
        return {
            "period_first": self.period.first,
            "period_last": self.period.last,
            "had_on": self.had_on,
            "reporting_division": self.reporting_division,
        }


def compile_dataflow(dataflow: Dataflow, codelists: Mapping[str, CodeList]) -> Compiled:
    """The checks of a dataflow whose fields and rules were validated. Raises `BadRule` for one that was not."""
    columns = tuple(_column(field, codelists) for field in dataflow.fields)
    rules = tuple(_rule(dataflow, rule) for rule in dataflow.rules)
    return Compiled(dataflow, columns, rules, codelists)


def validate_rule(dataflow: Dataflow, rule: RowRule) -> str | None:
    """Why this row rule cannot be used, in English for the administrator; None if it can."""
    try:
        used = _rule(dataflow, rule).speaks_of
    except BadRule as bad:
        return str(bad)
    silent, extra = used - set(rule.columns), set(rule.columns) - used
    if silent:
        return f"it uses {', '.join(sorted(silent))}, which `columns` does not name"
    if extra:
        return f"`columns` names {', '.join(sorted(extra))}, which it does not use"
    return None if rule.columns else "it speaks of no column"


def validate_field(field: Field, codelists: Mapping[str, CodeList]) -> str | None:
    """Why this field cannot be checked as it is configured, in English for the administrator; None if it can."""
    if field.name in CONTEXT_COLUMNS:
        return f"the name {field.name} is taken"
    if field.codelist and field.codelist not in codelists:
        return f"no code list {field.codelist}"
    if field.format not in (None, "id_number"):
        return f"no format {field.format}; there is id_number"
    if (field.format or field.pattern) and field.type is not FieldType.STRING:
        return "format and pattern are for strings"
    if (field.minimum or field.maximum) and field.type is FieldType.BOOLEAN:
        return "a truth value has no bounds"
    return _validate_pattern(field.pattern) or _validate_bounds(field)


def _validate_pattern(pattern: str | None) -> str | None:
    if pattern is None:
        return None
    try:
        re.compile(pattern)
    except re.error as error:
        return f"the pattern is no regular expression: {error.msg}"
    if re.search(r"\(\?(?!:)|\\[1-9zZGKRX]|[*+?}][+]", pattern):
        return "the pattern uses look-around, back references or flags; write it without"
    return None


def _validate_bounds(field: Field) -> str | None:
    for text in (field.minimum, field.maximum):
        if text is not None:
            try:
                bound(field, text)
            except ValueError:
                return f"the bound {text} is no {field.type}"
    return None


def _column(field: Field, codelists: Mapping[str, CodeList]) -> Column:
    codelist = codelists[field.codelist] if field.codelist else None
    demands = (field.pattern, field.min_length, field.max_length, field.minimum, field.maximum, field.format)
    is_plain = field.type is FieldType.STRING and codelist is None and all(demand is None for demand in demands)
    return Column(field, cell_reader(field, codelist), at_once(field, codelist), codelist, is_plain)


def _rule(dataflow: Dataflow, rule: RowRule) -> Rule:
    node = parse(rule.sql, {field.name: KINDS[field.type] for field in dataflow.fields})
    return Rule(rule, prepare(node), written(node), columns_of(node) - set(CONTEXT_COLUMNS))
