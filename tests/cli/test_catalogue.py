"""`gateway dataflows`: a table for people, a Data Package for programs."""

from __future__ import annotations

from pathlib import Path

from tests.cli.command import at, gateway


def test_people_see_a_line_for_each_dataflow(new: Path) -> None:
    said = gateway("dataflows", "--english", *at(new))
    assert said.code == 0
    line = next(line for line in said.out.splitlines() if "hospital_births" in line)
    assert line.split() == ["hospital_births", "Hospital", "births", "8", "4", "1"]
    assert "医院出生人口" in gateway("dataflows", *at(new)).out


def test_programs_get_the_package(new: Path) -> None:
    package = gateway("dataflows", "--json", *at(new)).json
    names = {resource["name"] for resource in package["resources"]}
    assert {"hospital_births", "codelist.sex"} <= names
