"""The exported catalogue keeps to the vocabulary of the standard, and says what the configuration says."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gateway.checks.limits import cell_reader
from gateway.config import load
from gateway.config.catalogue import catalogue
from gateway.config.sql import untried
from gateway.core.rules import Rules

CONFIG = Path(__file__).parents[2] / "config"
FLOWS = sorted(path.stem for path in (CONFIG / "dataflows").glob("*.toml"))
# The standard's table of types and the constraints that each may have; "format" of any string is its default.
ANY = {"required", "unique"}
CONSTRAINTS = {
    "string": ANY | {"pattern", "minLength", "maxLength"},
    "integer": ANY | {"minimum", "maximum"},
    "number": ANY | {"minimum", "maximum"},
    "boolean": ANY,
    "date": ANY | {"minimum", "maximum"},
    "yearmonth": ANY | {"minimum", "maximum"},
    "array": ANY,
}
KINDS: dict[str, type | tuple[type, ...]] = {
    "required": bool, "unique": bool, "pattern": str, "minLength": int, "maxLength": int,
}  # fmt: skip
BOUNDS: dict[str, type | tuple[type, ...]] = {"integer": int, "number": (int, float), "date": str, "yearmonth": str}


@pytest.fixture(scope="module")
def rules() -> Rules:
    return load(CONFIG, sql=untried).rules


@pytest.fixture(scope="module")
def package(rules: Rules) -> dict[str, Any]:
    written: dict[str, Any] = json.loads(json.dumps(catalogue(rules)))
    return written


def named(package: dict[str, Any], name: str) -> dict[str, Any]:
    [found] = [resource for resource in package["resources"] if resource["name"] == name]
    return dict(found)


def test_every_resource_is_a_table_with_a_name_of_its_own(package: dict[str, Any]) -> None:
    names = [resource["name"] for resource in package["resources"]]
    assert len(names) == len(set(names))
    for resource in package["resources"]:
        assert resource["name"] == resource["name"].lower()
        assert ("data" in resource) != ("path" in resource)
        assert resource["profile"] == "tabular-data-resource"


def test_fields_have_types_and_constraints_of_the_standard(package: dict[str, Any]) -> None:
    for resource in package["resources"]:
        names = [field["name"] for field in resource["schema"]["fields"]]
        assert len(names) == len(set(names)) > 0
        for field in resource["schema"]["fields"]:
            constraints = field.get("constraints", {})
            assert constraints.keys() <= CONSTRAINTS[field["type"]]
            for name, value in constraints.items():
                assert isinstance(value, KINDS.get(name) or BOUNDS[field["type"]])
            assert "format" not in field


def test_keys_name_fields_that_there_are(package: dict[str, Any]) -> None:
    for resource in package["resources"]:
        names = {field["name"] for field in resource["schema"]["fields"]}
        assert set(resource["schema"].get("primaryKey", [])) <= names
        for key in resource["schema"].get("foreignKeys", []):
            referred = named(package, key["reference"]["resource"])
            assert set(key["fields"]) <= names
            assert key["reference"]["fields"] == referred["schema"]["primaryKey"] == ["code"]


def test_codes_are_data_that_fits_its_own_schema(package: dict[str, Any], rules: Rules) -> None:
    for codelist in rules.codelists.values():
        rows = named(package, f"codelist.{codelist.name}")["data"]
        assert [row["code"] for row in rows] == [code.code for code in codelist.codes]
        assert all(row["zh_CN"] and row["en"] for row in rows)


@pytest.mark.parametrize("flow", FLOWS)
def test_a_dataflow_says_what_its_file_says(package: dict[str, Any], flow: str) -> None:
    written = tomllib.loads((CONFIG / "dataflows" / f"{flow}.toml").read_text("utf-8"))
    told = named(package, flow)
    assert (told["titles"], told["legalBasis"], told["purpose"]) == (
        written["title"], written["legal_basis"], written["purpose"],
    )  # fmt: skip
    assert told["schema"].get("primaryKey", []) == written.get("primaryKey", [])
    lists = {key["fields"]: key["reference"]["resource"] for key in written.get("foreignKeys", [])}
    keys = {key["fields"][0]: key["reference"]["resource"] for key in told["schema"].get("foreignKeys", [])}
    assert keys == {field: f"codelist.{name}" for field, name in lists.items()}
    for field, source in zip(told["schema"]["fields"], written["fields"], strict=True):
        assert (field["name"], field["type"], field["titles"]) == (source["name"], source["type"], source["title"])
        wanted = {k: v.isoformat() if isinstance(v, date) else v for k, v in source.get("constraints", {}).items()}
        told_of = dict(field.get("constraints", {}))
        if source.get("format") == "id_number":
            assert told_of.pop("pattern") == "[0-9]{17}[0-9X]"
        assert told_of == wanted
    assert [rule["name"] for rule in told["rules"]] == [rule["name"] for rule in written.get("rules", [])]


def test_truth_is_written_as_the_checks_read_it(package: dict[str, Any], rules: Rules) -> None:
    late = rules.dataflows["station_births"].by_name["late"]
    [told] = [f for f in named(package, "station_births")["schema"]["fields"] if f["name"] == "late"]
    for words, value in ((told["trueValues"], True), (told["falseValues"], False)):
        assert [cell_reader(late, None)(word).value for word in words] == [value] * len(words)
