"""`gateway agree`: what is offered is shown, and sealed back only by who says yes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command import gateway

SUBMISSION = "A-20261220-7K3M9QXD.1"
NAME = f"repairs-{SUBMISSION}.json"
CHANGES = [{"row": 2, "column": 28, "field": "sex", "code": "code_title", "old": "男", "new": "1", "digest": "d"}]
ABOUT = {"submission": SUBMISSION, "dataflow": "hospital_births", "period": "2026-M12"}
LIST = {**ABOUT, "sheet": "出生", "salt": "00", "changes": CHANGES}
OFFICER = ("--key", "health.reporter-1.key", "--from", "lead.office-1.pub")


@pytest.fixture
def desk(in_folder: Path) -> Path:
    """Two machines in one: an officer's and the lead office's, which seals the list for the officer."""
    for officer in ("health.reporter", "lead.office"):
        assert gateway("key", "new", officer, "--number", "1").code == 0
    return in_folder


def came(desk: Path, told: object = LIST, name: str = NAME, by: str = "lead.office") -> Path:
    """The sealed file that came with a rejection."""
    (desk / name).write_text(json.dumps(told, ensure_ascii=False), "utf-8")
    (desk / "findings.csv").write_text("行,问题\n2,错\n", "utf-8")
    said = gateway(
        "seal", name, "findings.csv", "--key", f"{by}-1.key", "--to", "health.reporter-1.pub", "--out", "f.sealed",
        "--dataflow", "hospital_births", "--period", "2026-M12", "--sender", "lead_office", "--recipient", "health",
    )  # fmt: skip
    assert said.code == 0, said.err
    return desk / "f.sealed"


def test_the_list_is_shown_and_its_very_bytes_are_sealed_back(desk: Path) -> None:
    said = gateway("agree", came(desk), *OFFICER, "--yes")
    assert said.code == 0, said.err
    assert all(words in said.out for words in ("AB2", "男", "hospital_births 2026-M12", "出生"))
    made = f"agreed-{SUBMISSION}.sealed"
    back = ("--key", "lead.office-1.key", "--from", "health.reporter-1.pub", "--out", "got", "--json")
    manifest = gateway("open", made, *back).json["manifest"]
    about = [manifest[name] for name in ("sender", "recipient", "dataflow", "period", "nil")]
    assert about == ["health", "lead_office", "hospital_births", "2026-M12", False]
    assert [(file["name"], file["rows"]) for file in manifest["files"]] == [(f"agreed-{SUBMISSION}.json", None)]
    assert (desk / "got" / f"agreed-{SUBMISSION}.json").read_bytes() == (desk / NAME).read_bytes()


@pytest.mark.parametrize(("answer", "made"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_without_yes_it_asks_and_only_a_yes_counts(desk: Path, answer: str, made: bool) -> None:
    said = gateway("agree", came(desk), *OFFICER, "--out", "mine", stdin=answer)
    assert said.code == 0, said.err
    assert (desk / "mine" / f"agreed-{SUBMISSION}.sealed").exists() is made


def test_what_somebody_else_sealed_offers_nothing(desk: Path) -> None:
    said = gateway("agree", came(desk, by="health.reporter"), *OFFICER, "--yes")
    assert (said.code, "forged" in said.err) == (1, True)


@pytest.mark.parametrize(
    ("told", "name"), [({**LIST, "submission": "A-20261220-7K3M9QXE.1"}, NAME), ([], NAME), ({"submission": 1}, NAME)]
)
def test_a_list_that_is_none_is_refused(desk: Path, told: object, name: str) -> None:
    said = gateway("agree", came(desk, told, name), *OFFICER, "--yes")
    assert (said.code, "damaged" in said.err) == (1, True)


def test_where_nothing_is_offered_it_says_so(desk: Path) -> None:
    said = gateway("agree", came(desk, name="other.json"), *OFFICER, "--yes")
    assert (said.code, "No repairs are offered" in said.err) == (1, True)


def test_it_writes_over_nothing(desk: Path) -> None:
    file = came(desk)
    assert gateway("agree", file, *OFFICER, "--yes").code == 0
    said = gateway("agree", file, *OFFICER, "--yes")
    assert (said.code, "is there already" in said.err) == (2, True)
