"""Keys: drawn, compared, told, revoked; and the configuration holds together afterwards."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from gateway.config.load import load
from gateway.config.sql import untried
from tests.cli.command import at, gateway
from tests.cli.conftest import Played


def keys_of(folder: Path) -> dict[str, dict[str, object]]:
    return {key["key"]: key for key in gateway("key", "list", *at(folder), "--json").json}


def test_a_new_key_is_drawn_where_there_is_no_installation(in_folder: Path) -> None:
    made = gateway("key", "new", "housing.reporter", "--number", "7", "--json").json
    private, public = in_folder / "housing.reporter-7.key", in_folder / "housing.reporter-7.pub"
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert made["fingerprint"] in public.read_text()
    secrets = private.read_text().split()[-4:-2]
    assert [len(secret) for secret in secrets] == [44, 44]
    assert not any(secret in public.read_text() for secret in secrets)


def test_a_new_key_is_never_written_over_another(in_folder: Path) -> None:
    assert gateway("key", "new", "housing.reporter").code == 0
    before = {path: path.read_bytes() for path in in_folder.iterdir()}
    said = gateway("key", "new", "housing.reporter")
    assert said.code == 1
    assert "is there already" in said.err
    assert before == {path: path.read_bytes() for path in in_folder.iterdir()}


@pytest.mark.parametrize("name", ["", "Two Words", "../up", "a..b"])
def test_a_key_has_an_id_that_may_name_a_file(in_folder: Path, name: str) -> None:
    assert gateway("key", "new", "--", name).code == 2
    assert not list(in_folder.iterdir())


def test_a_key_that_an_officer_sent_is_compared_and_taken_in(own: Path, in_folder: Path) -> None:
    made = gateway("key", "new", "housing.reporter", "--folder", in_folder, "--json").json
    words = ("key", "confirm", made["public"], "--fingerprint", made["fingerprint"], "--by", "wang", *at(own))
    assert gateway(*words).code == 0
    listed = keys_of(own)[made["key"]]
    assert (listed["state"], listed["officer"]) == ("valid", "housing.reporter")
    assert listed["confirmed"]
    assert load(own / "config", sql=untried).rules.officer("housing.reporter").keys == (made["key"],)


def test_a_key_whose_fingerprint_differs_is_not_taken_in(own: Path, in_folder: Path) -> None:
    made = gateway("key", "new", "housing.reporter", "--folder", in_folder, "--json").json
    said = gateway("key", "confirm", made["public"], "--fingerprint", "0" * 40, *at(own))
    assert said.code == 1
    assert "Do not use this key" in said.err
    assert made["key"] not in keys_of(own)


def test_without_a_fingerprint_a_person_is_asked(own: Path) -> None:
    no = gateway("key", "confirm", "health.reporter-2026", *at(own), stdin="n\n")
    assert no.code == 1
    assert not keys_of(own)["health.reporter-2026"]["confirmed"]
    yes = gateway("key", "confirm", "health.reporter-2026", *at(own), stdin="y\n")
    assert yes.code == 0
    assert keys_of(own)["health.reporter-2026"]["confirmed"]


def test_a_key_of_an_officer_that_there_is_not_is_refused(own: Path, in_folder: Path) -> None:
    made = gateway("key", "new", "nobody.here", "--folder", in_folder, "--json").json
    said = gateway("key", "confirm", made["public"], "--fingerprint", made["fingerprint"], *at(own))
    assert said.code == 2
    assert "no such officer" in said.err


@pytest.mark.parametrize("words", [("confirm", "nothing-2026"), ("revoke", "nothing-2026"), ("revoke", "../up")])
def test_a_key_that_there_is_not_is_named(played: Played, words: tuple[str, ...]) -> None:
    said = gateway("key", *words, *at(played.folder))
    assert said.code == 2
    assert f"There is no key {words[1]}" in said.err


def test_a_file_that_is_no_key_is_named(own: Path) -> None:
    (own / "odd.pub").write_text("no key at all\n")
    assert gateway("key", "confirm", own / "odd.pub", *at(own)).code == 1
    assert gateway("key", "confirm", own / "none.pub", *at(own)).code == 1


def test_a_revoked_key_counts_no_more_from_that_instant(own: Path) -> None:
    words = ("key", "revoke", "health.reporter-2026", "--from", "2026-03-01T00:00+08:00", *at(own))
    assert gateway(*words).code == 0
    listed = keys_of(own)["health.reporter-2026"]
    assert (listed["state"], listed["revoked"]) == ("revoked", "2026-02-28T16:00:00+00:00")
    export = own / "journal"
    gateway("export", export, *at(own))
    assert '"kind":"key_revoked"' in export.read_text()


def test_revoking_from_no_instant_changes_nothing(own: Path) -> None:
    before = (own / "keys" / "health.reporter-2026.pub").read_bytes()
    said = gateway("key", "revoke", "health.reporter-2026", "--from", "yesterday", *at(own))
    assert said.code == 2
    assert (own / "keys" / "health.reporter-2026.pub").read_bytes() == before


def test_keys_are_listed_for_people_too(played: Played) -> None:
    said = gateway("key", "list", *at(played.folder))
    assert said.code == 0
    assert "health.reporter-2026" in said.out
