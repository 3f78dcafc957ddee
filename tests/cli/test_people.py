"""Keys and officers: drawn, compared, revoked, added; and the configuration holds together afterwards."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from gateway.config.load import load
from gateway.config.sql import untried
from tests.cli.command import at, gateway
from tests.cli.conftest import Played

ADD = (
    "officer",
    "add",
    "health.deputy",
    "--department",
    "health",
    "--name",
    "李样本",
    "--address",
    "deputy@health.example",
)


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


def test_a_new_officer_is_in_the_configuration(new: Path, own: Path) -> None:
    words = (*ADD, "--address", "second@health.example", "--role", "deputy", "--letters-to", "post@health.example")
    assert gateway(*words, *at(own)).code == 0
    officer = load(own / "config", sql=untried).rules.officer("health.deputy")
    assert (officer.name, officer.role, officer.letters_to) == ("李样本", "deputy", "post@health.example")
    assert officer.addresses == ("deputy@health.example", "second@health.example")
    assert officer.password_hash is None


def test_a_name_with_quotes_is_written_as_it_is(own: Path) -> None:
    name = 'Li "x" \\ = [y]'
    assert gateway(*(name if word == "李样本" else word for word in ADD), *at(own)).code == 0
    assert load(own / "config", sql=untried).rules.officer("health.deputy").name == name


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"health.deputy": "health.reporter"}, 'the id "health.reporter" already belongs'),
        ({"deputy@health.example": "no address"}, "addresses[0]"),
        ({"deputy@health.example": "reports@health.qinglan.example"}, "already belongs"),
        ({"health": "helth"}, 'Did you mean "health"?'),
    ],
)
def test_an_officer_who_does_not_fit_is_not_written(own: Path, changed: dict[str, str], sentence: str) -> None:
    file = own / "config" / "departments" / "health.toml"
    before = file.read_bytes()
    said = gateway(*(changed.get(word, word) for word in ADD), *at(own))
    assert said.code == 2
    assert sentence in said.err
    assert file.read_bytes() == before


def test_an_officer_is_not_added_to_a_broken_configuration(own: Path) -> None:
    (own / "config" / "county.toml").write_text("")
    before = (own / "config" / "departments" / "health.toml").read_bytes()
    said = gateway(*ADD, *at(own))
    assert said.code == 1
    assert "county.toml" in said.err
    assert (own / "config" / "departments" / "health.toml").read_bytes() == before


def test_a_password_is_kept_as_a_hash_that_fits_it(own: Path) -> None:
    from gateway.intake.smtp_auth import password_check

    said = gateway(*ADD, "--password", *at(own), stdin="twelve letters and more\n")
    assert said.code == 0, said.err
    check = password_check(load(own / "config", sql=untried).rules.officers())
    assert check("health.deputy", "twelve letters and more") == "health.deputy"
    assert check("health.deputy", "twelve letters and less") is None
    assert gateway("officer", "password", "health.deputy", *at(own), stdin="another of twelve\n").code == 0
    check = password_check(load(own / "config", sql=untried).rules.officers())
    assert check("health.deputy", "another of twelve") == "health.deputy"


def test_a_short_password_is_refused_and_nobody_is_added(own: Path) -> None:
    assert gateway(*ADD, "--password", *at(own), stdin="short\n").code == 2
    assert load(own / "config", sql=untried).rules.officer("health.deputy") is None
    assert gateway("officer", "password", "nobody", *at(own), stdin="twelve letters\n").code == 2
