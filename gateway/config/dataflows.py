"""Dataflows: every `dataflows/ID.toml`, in the vocabulary of Frictionless Table Schema."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from datetime import date

from gateway.checks.compile import validate_field, validate_rule
from gateway.checks.limits import cell_reader
from gateway.config.files import Files
from gateway.config.kinds import NAME, PATTERN, TEXT, TRUTH, choice, known, one_of, whole
from gateway.config.reader import Table
from gateway.core.dataflow import Dataflow, Field, FieldType, RowRule, Severity

_LENGTH = whole(1, 32767)
_TYPE = choice(FieldType, FieldType.STRING)
_SEVERITY = choice(Severity, Severity.ERROR)
_FORMAT = one_of("id_number")
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)


def read_dataflows(files: Files, codelists: Collection[str]) -> tuple[dict[str, Dataflow], set[str]]:
    """Every `dataflows/ID.toml`, and the ids of those that say `active = false`."""
    files.strangers("dataflows", (".toml",))
    found: dict[str, Dataflow] = {}
    inactive: set[str] = set()
    for name, file in files.names("dataflows").items():
        table = files.toml(file)
        if table is None:
            continue
        with table:
            if not table.may("active", TRUTH, True):
                inactive.add(name)
            if name.endswith("_previous"):
                table.wrong("", "ends in _previous, which names the period before in results", "Rename the file")
            found[name] = _dataflow(table, name, codelists)
    return {name: flow for name, flow in found.items() if name not in inactive}, inactive


def _dataflow(table: Table, name: str, codelists: Collection[str]) -> Dataflow:
    if not table.raw.get("fields"):
        table.wrong("fields", "has no field", "Describe at least one column under [[fields]]")
    lists = _foreign_keys(table, codelists)
    fields = tuple(_field(item, lists) for item in table.tables("fields"))
    names = list(dict.fromkeys(field.name for field in fields))
    _check_headers(table, fields)
    for column in lists:
        if column not in names:
            table.wrong("foreignKeys", f'speak of a field "{column}" that is none', f"Known are: {', '.join(names)}")
    active = table.raw.get("active", True) is not False
    dataflow = Dataflow(
        id=name,
        titles=table.titles("title"),
        legal_basis=table.need("legal_basis", TEXT) if active else table.may("legal_basis", TEXT, ""),
        purpose=table.need("purpose", TEXT) if active else table.may("purpose", TEXT, ""),
        fields=fields,
        primary_key=table.any("primaryKey", known(names, "field")),
        rules=tuple(_rules(table, names)),
        aliases=table.any("aliases", TEXT),
        totals_only=table.may("totals_only", TRUTH, False),
    )
    for index, rule in enumerate(dataflow.rules):
        trouble = validate_rule(dataflow, rule) if rule.sql and rule.columns else None
        if trouble:
            table.wrong(f"rules[{index}]", f"cannot be used: {trouble}", "Mend the rule's sql or its columns")
    return dataflow


def _foreign_keys(table: Table, codelists: Collection[str]) -> dict[str, str]:
    """Which field takes its codes from which list.

    Written as `{ fields = "sex", reference = { resource = "sex", fields = "code" } }`.
    """
    found: dict[str, str] = {}
    for item in table.tables("foreignKeys"):
        column = item.need("fields", NAME)
        with item.table("reference") as reference:
            found[column] = reference.need("resource", known(codelists, "code list"))
            reference.need("fields", one_of("code"))
    return found


def _field(item: Table, codelists: dict[str, str]) -> Field:
    name, kind = item.need("name", NAME), item.need("type", _TYPE)
    item.asks("note")
    with item.table("constraints") as limits:
        lower, upper = (_bound(limits, key, kind) for key in ("minimum", "maximum"))
        field = Field(
            name=name,
            type=kind,
            titles=item.titles("title"),
            aliases=item.any("aliases", TEXT),
            required=limits.may("required", TRUTH, False),
            unique=limits.may("unique", TRUTH, False),
            codelist=codelists.get(name),
            format=item.may("format", _FORMAT, None),
            pattern=limits.may("pattern", PATTERN, None),
            min_length=limits.may("minLength", _LENGTH, None),
            max_length=limits.may("maxLength", _LENGTH, None),
            minimum=lower,
            maximum=upper,
            personal=item.may("personal", TRUTH, False),
            note=item.titles("note") if "note" in item else None,
            example=item.may("example", TEXT, None),
        )
        if not _check_constraints(limits, field):
            trouble = validate_field(replace(field, codelist=None), {})
            if trouble:
                item.wrong("", f"cannot be checked: {trouble}", "Mend this field")
            elif field.example and not field.codelist and cell_reader(field, None)(field.example).code:
                item.wrong("example", "would itself be found wrong", "Write a cell that passes")
    return field


def _check_constraints(limits: Table, field: Field) -> bool:
    """Whether there was a mistake."""
    before = len(limits.mistakes.found)
    text_only = {"pattern": field.pattern, "minLength": field.min_length, "maxLength": field.max_length}
    for key, value in text_only.items():
        if value is not None and field.type is not FieldType.STRING:
            limits.wrong(
                key, f"says nothing about a field of type {field.type}", "Take it away, or make the type string"
            )
    if field.min_length and field.max_length and field.min_length > field.max_length:
        limits.wrong("minLength", f"is more than maxLength, {field.max_length}", "Let it be at most that")
    if (
        field.minimum is not None
        and field.maximum is not None
        and _order(field, field.minimum) > _order(field, field.maximum)
    ):
        limits.wrong("minimum", f"is more than maximum, {field.maximum}", "Let it be at most that")
    return len(limits.mistakes.found) > before


def _order(field: Field, bound: str) -> tuple[float, str]:
    return (float(bound), "") if field.type in (FieldType.INTEGER, FieldType.NUMBER) else (0, bound)


def _bound(limits: Table, key: str, kind: FieldType) -> str | None:
    """A bound as text: a number for numbers, a date or a month for those."""
    value: object = limits.raw.get(key)
    limits.asks(key)
    match kind, value:
        case _, None:
            return None
        case (FieldType.INTEGER, int()) | (FieldType.NUMBER, int() | float()) if not isinstance(value, bool):
            return str(value)
        case FieldType.DATE, date():
            return value.isoformat()
        case FieldType.YEARMONTH, str() if _MONTH.fullmatch(value):
            return value
    examples = {
        FieldType.INTEGER: "0",
        FieldType.NUMBER: "0.5",
        FieldType.DATE: "1900-01-01",
        FieldType.YEARMONTH: '"1900-01"',
    }
    if kind in examples:
        limits.wrong(key, f"is no bound for a field of type {kind}", f"Write it such as {examples[kind]}")
    else:
        limits.wrong(key, f"says nothing about a field of type {kind}", "Take it away, or use minLength and maxLength")
    return None


def _check_headers(table: Table, fields: tuple[Field, ...]) -> None:
    """A header must lead to one column only."""
    taken: dict[str, str] = {}
    for index, field in enumerate(fields):
        words = {field.name, field.titles.zh_CN, field.titles.en, *field.aliases}
        if field.name and field.name in [earlier.name for earlier in fields[:index]]:
            table.wrong(
                f"fields[{index}].name", f'"{field.name}" is the name of an earlier field', "Give each field its own"
            )
            continue
        for word in sorted({word.casefold() for word in words if word}):
            if taken.setdefault(word, field.name) != field.name:
                reason = f'the header "{word}" already leads to "{taken[word]}"'
                table.wrong(f"fields[{index}]", reason, "Give each field headers of its own")


def _rules(table: Table, names: list[str]) -> list[RowRule]:
    rules: list[RowRule] = []
    for item in table.tables("rules"):
        name = item.need("name", NAME)
        if name in {rule.name for rule in rules}:
            item.wrong("name", f'"{name}" is the name of an earlier rule', "Give each rule a name of its own")
        columns = item.some("columns", known(names, "field"))
        rule = RowRule(
            name,
            columns,
            item.need("sql", TEXT),
            item.may("severity", _SEVERITY, Severity.ERROR),
            item.titles("sentence"),
        )
        rules.append(rule)
    return rules
