"""The catalogue of dataflows as a Data Package, for other programs: Frictionless Table Schema, as JSON.

Each dataflow and each code list is a resource. Field types, constraints, primary and foreign keys are the standard's
own; what it has no word for (titles in two languages, aliases, rules between columns, whose data it is) stands beside
them under names of ours, which the standard lets readers pass over. A citizen id, which the standard has no format
for, is a string with the pattern of one.
"""

from __future__ import annotations

from typing import Any

from gateway.checks.limits import bound
from gateway.core.dataflow import CodeList, Dataflow, Field, FieldType
from gateway.core.parties import Titles
from gateway.core.rules import Rules

_ID_NUMBER = "[0-9]{17}[0-9X]"


def catalogue(rules: Rules) -> dict[str, Any]:
    """`datapackage.json` of these rules: code lists with their codes, dataflows without data."""
    return {
        "profile": "data-package",
        "name": "dataflows",
        "title": rules.departments[rules.lead_office].titles.zh_CN,
        "version": rules.version,
        "resources": [
            *(_codelist(codelist) for codelist in rules.codelists.values()),
            *(_dataflow(dataflow, rules) for dataflow in rules.dataflows.values()),
        ],
    }


def _codelist(codelist: CodeList) -> dict[str, Any]:
    """A list may have the name of a dataflow."""
    return {
        "name": _list_name(codelist.name),
        **_titled(codelist.titles),
        "profile": "tabular-data-resource",
        "data": [
            {"code": c.code, "zh_CN": c.titles.zh_CN, "en": c.titles.en, "aliases": list(c.aliases)}
            for c in codelist.codes
        ],
        "schema": {
            "fields": [
                {"name": "code", "type": "string", "constraints": {"required": True, "unique": True}},
                {"name": "zh_CN", "type": "string", "constraints": {"required": True}},
                {"name": "en", "type": "string", "constraints": {"required": True}},
                {"name": "aliases", "type": "array"},
            ],
            "primaryKey": ["code"],
        },
    }


def _dataflow(dataflow: Dataflow, rules: Rules) -> dict[str, Any]:
    schema: dict[str, Any] = {"fields": [_field(field) for field in dataflow.fields], "missingValues": [""]}
    if dataflow.primary_key:
        schema["primaryKey"] = list(dataflow.primary_key)
    foreign = [
        {"fields": [f.name], "reference": {"resource": _list_name(f.codelist), "fields": ["code"]}}
        for f in dataflow.fields
        if f.codelist
    ]
    if foreign:
        schema["foreignKeys"] = foreign
    return {
        "name": dataflow.id,
        **_titled(dataflow.titles),
        "profile": "tabular-data-resource",
        "data": [],
        "schema": schema,
        "legalBasis": dataflow.legal_basis,
        "purpose": dataflow.purpose,
        "aliases": list(dataflow.aliases),
        "totalsOnly": dataflow.totals_only,
        "rules": [
            {
                "name": rule.name, "columns": list(rule.columns), "sql": rule.sql, "severity": rule.severity.value,
                "sentence": _words(rule.sentence),
            }
            for rule in dataflow.rules
        ],
        "departments": sorted(a.department for a in rules.agreements.values() if a.dataflow == dataflow.id),
    }  # fmt: skip


def _field(field: Field) -> dict[str, Any]:
    found: dict[str, Any] = {"name": field.name, "type": field.type.value, **_titled(field.titles)}
    if field.note:
        found |= {"description": field.note.zh_CN, "descriptions": _words(field.note)}
    if field.example is not None:
        found["example"] = field.example
    if field.type is FieldType.BOOLEAN:
        found |= {"trueValues": ["TRUE", "true", "1", "是"], "falseValues": ["FALSE", "false", "0", "否"]}
    constraints = _constraints(field)
    if constraints:
        found["constraints"] = constraints
    return found | {"aliases": list(field.aliases), "personal": field.personal, "idNumber": field.format == "id_number"}


def _constraints(field: Field) -> dict[str, Any]:
    said = {
        "required": field.required or None,
        "unique": field.unique or None,
        "pattern": field.pattern or (_ID_NUMBER if field.format == "id_number" else None),
        "minLength": field.min_length,
        "maxLength": field.max_length,
        "minimum": _bound(field, field.minimum),
        "maximum": _bound(field, field.maximum),
    }
    return {name: value for name, value in said.items() if value is not None}


def _bound(field: Field, text: str | None) -> Any:
    """A number as one; a day or a month as the text that the standard writes."""
    is_number = field.type in (FieldType.INTEGER, FieldType.NUMBER)
    return bound(field, text) if is_number and text is not None else text


def _list_name(name: str) -> str:
    return f"codelist.{name}"


def _titled(titles: Titles) -> dict[str, Any]:
    return {"title": titles.zh_CN, "titles": _words(titles)}


def _words(titles: Titles) -> dict[str, str]:
    return {"zh_CN": titles.zh_CN, "en": titles.en}
