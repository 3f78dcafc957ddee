"""`init` makes an installation that works, and `check` says every mistake in one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gateway.journal.checkpoint import Verifier
from tests.cli.command import at, gateway
from tests.cli.conftest import Played


@pytest.fixture
def fresh(new: Path, tmp_path: Path) -> Path:
    """A new installation that may be changed."""
    return shutil.copytree(new, tmp_path / "fresh")


@pytest.mark.parametrize("county", ["example", "minimal"])
def test_what_init_makes_has_no_mistakes(county: str, tmp_path: Path) -> None:
    made = gateway("init", tmp_path / "made", "--name", "gateway.county.example", "--county", county)
    assert made.code == 0
    assert str(tmp_path / "made" / "offline" / "recovery.key") in made.out
    checked = gateway("check", *at(tmp_path / "made"))
    assert checked.code == 0, checked.out
    assert "no mistakes" in checked.out


def test_init_writes_nothing_where_something_is(fresh: Path) -> None:
    before = sorted((path, path.read_bytes()) for path in fresh.rglob("*") if path.is_file())
    said = gateway("init", fresh, "--name", "another")
    assert said.code == 1
    assert f"{fresh / 'config'} is there and not empty" in said.err
    assert before == sorted((path, path.read_bytes()) for path in fresh.rglob("*") if path.is_file())


@pytest.mark.parametrize("words", [("--name", "two words"), ("--name", "g", "--county", "large")])
def test_init_refuses_what_cannot_be_and_makes_nothing(words: tuple[str, ...], tmp_path: Path) -> None:
    said = gateway("init", tmp_path / "made", *words)
    assert said.code == 2
    assert said.err
    assert not (tmp_path / "made").exists()


def test_check_says_every_mistake_at_once(fresh: Path) -> None:
    county = fresh / "config" / "county.toml"
    county.write_text(county.read_text().replace('zone = "Asia/Shanghai"', 'zone = "Moon/Sea"\ncolour = "red"'))
    (fresh / "credentials" / "vault.key").chmod(0o600)
    said = gateway("check", *at(fresh))
    assert said.code == 1
    assert "county.toml: zone" in said.out
    assert "county.toml: colour" in said.out
    assert "2 mistakes" in said.out


def test_check_looks_at_the_credentials_too(fresh: Path) -> None:
    (fresh / "credentials" / "vault.key").chmod(0o644)
    (fresh / "credentials" / "signing.key").unlink()
    told = gateway("check", *at(fresh), "--json").json
    assert {mistake["file"] for mistake in told["mistakes"]} == {"credentials/vault.key", "credentials/signing.key"}
    assert all(mistake["reason"] and mistake["repair"] for mistake in told["mistakes"])


def test_check_tries_the_queries_of_the_results(fresh: Path) -> None:
    query = next((fresh / "config" / "results").glob("*.sql"))
    query.write_text("SELECT no_such_column FROM registered_births")
    said = gateway("check", *at(fresh))
    assert said.code == 1
    assert f"results/{query.name}" in said.out


def test_check_says_how_well_the_sandbox_is_shut_in(new: Path) -> None:
    told = gateway("check", *at(new), "--json").json
    assert told["mistakes"] == []
    assert set(told["sandbox"]["hardening"]) >= {"landlock", "seccomp", "limits", "no_new_privs"}
    assert told["configuration"]["departments"] == 13


def test_the_verifier_that_init_tells_is_what_checks_evidence(played: Played, tmp_path: Path) -> None:
    made = gateway("init", tmp_path / "made", "--name", "gateway.county.example")
    told = next(line.split()[1] for line in made.out.splitlines() if line.startswith("verifier"))
    assert told in gateway("check", *at(tmp_path / "made")).out
    assert Verifier.parse(told).name == "gateway.county.example"
    own = gateway("check", *at(played.folder), "--json").json["configuration"]["verifiers"][0]
    assert gateway("verify", played.receipt, "--key", own).code == 0
    assert gateway("verify", played.receipt, "--key", told).code == 1


def test_a_folder_that_is_no_installation_is_named(tmp_path: Path) -> None:
    for words in (("check",), ("board",), ("verify",), ("run",), ("key", "list")):
        said = gateway(*words, "--config", tmp_path / "nowhere")
        assert said.code in (1, 2)
        assert str(tmp_path / "nowhere") in said.err


def test_looking_does_not_make_a_state(new: Path) -> None:
    for words in (
        ("board",),
        ("verify",),
        ("export", "x"),
        ("backup", "x"),
        ("quarantine", "list"),
        ("ledger", "rebuild"),
    ):
        said = gateway(*words, *at(new))
        assert said.code == 1
        assert "There is no state yet" in said.err
    assert not list((new / "state").iterdir())
