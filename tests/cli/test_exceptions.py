"""What only a person decides: more time, and what becomes of mail that nobody was proven to have sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import at, gateway
from tests.cli.conftest import HOSPITAL_BIRTHS, Played

PUPILS = "education/pupils/2026-S2"


def test_an_extension_by_day_ends_with_that_day_where_the_office_is(own: Path) -> None:
    said = gateway("extension", "grant", PUPILS, "--until", "2026-12-31", "--reason", "new software", *at(own))
    assert said.code == 0, said.err
    shown = gateway("show", PUPILS, *at(own), "--json").json
    assert shown["due"] == "2026-12-31T16:00:00+00:00"
    assert shown["originally_due"] == "2026-12-28T16:00:00+00:00"
    assert shown["extensions"][0]["by"]


def test_an_extension_by_instant_is_that_instant(own: Path) -> None:
    until = "2027-01-02T12:00+08:00"
    assert gateway("extension", "grant", PUPILS, "--until", until, "--reason", "x", *at(own)).code == 0
    assert gateway("show", PUPILS, *at(own), "--json").json["due"] == "2027-01-02T04:00:00+00:00"


@pytest.mark.parametrize(
    ("obligation", "until", "sentence"),
    [
        ("education/pupils/2031-S2", "2026-12-31", "There is no open obligation"),
        ("nonsense", "2026-12-31", "There is no open obligation"),
        (PUPILS, "2026-12-20", "an extension must be later"),
        (PUPILS, "tomorrow", "is no day"),
        (PUPILS, "2026-02-30", "is no day"),
        (PUPILS, "9999-12-31", "is no day"),
        (PUPILS, "2027-01-02T12:00", "needs its zone"),
    ],
)
def test_an_extension_that_cannot_be_is_told_why(played: Played, obligation: str, until: str, sentence: str) -> None:
    said = gateway("extension", "grant", obligation, "--until", until, "--reason", "x", *at(played.folder))
    assert said.code in (1, 2)
    assert sentence in said.err


def test_a_decision_without_a_reason_is_none(played: Played) -> None:
    said = gateway("extension", "grant", PUPILS, "--until", "2026-12-31", *at(played.folder))
    assert said.code == 2
    assert "--reason" in said.err


def test_quarantine_lists_and_shows_what_lies_there(played: Played) -> None:
    listed = gateway("quarantine", "list", *at(played.folder), "--json").json
    assert [(one["arrival"], one["refusal"]) for one in listed] == [(played.stranger, "stranger")]
    assert played.stranger in gateway("quarantine", "list", *at(played.folder)).out
    shown = gateway("quarantine", "show", played.stranger, *at(played.folder), "--json").json
    assert shown["quarantined"] is True
    assert played.stranger in gateway("quarantine", "show", played.stranger, *at(played.folder)).out


def test_what_is_admitted_waits_for_a_verdict_as_that_officers(own: Path, played: Played) -> None:
    words = ("admit", played.stranger, "--officer", "health.reporter", "--reason", "they telephoned")
    said = gateway("quarantine", *words, *at(own))
    assert said.code == 0, said.err
    assert gateway("quarantine", "list", *at(own), "--json").json == []
    shown = gateway("show", played.stranger, *at(own), "--json").json
    assert (shown["vouched_officer"], shown["waits"]) == ("health.reporter", True)


def test_what_is_discarded_stays_recorded(own: Path, played: Played) -> None:
    assert gateway("quarantine", "discard", played.stranger, "--reason", "advertising", *at(own)).code == 0
    assert gateway("quarantine", "list", *at(own), "--json").json == []
    assert gateway("show", played.stranger, *at(own), "--json").json["discarded"] is not None
    again = gateway("quarantine", "discard", played.stranger, "--reason", "advertising", *at(own))
    assert again.code == 1
    assert "is not in quarantine" in again.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("show", "A-1"), "There is no arrival A-1"),
        (("admit", "A-1", "--officer", "health.reporter", "--reason", "x"), "is not in quarantine"),
        (("admit", "A-1", "--officer", "nobody", "--reason", "x"), "There is no officer nobody"),
        (("discard", HOSPITAL_BIRTHS, "--reason", "x"), "is not in quarantine"),
    ],
)
def test_what_is_not_there_cannot_be_decided_upon(played: Played, words: tuple[str, ...], sentence: str) -> None:
    said = gateway("quarantine", *words, *at(played.folder))
    assert said.code in (1, 2)
    assert sentence in said.err
