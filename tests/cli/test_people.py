"""Officers added and given passwords; the configuration holds together afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config.load import load
from gateway.config.sql import untried
from tests.cli.command import at, gateway

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
