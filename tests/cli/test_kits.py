"""`gateway kit`: a folder for an officer, before and after the gateway has run; by mail only where it has."""

from __future__ import annotations

from pathlib import Path

from gateway.cli import opening
from gateway.core.facts import Written
from tests.cli.command import at, gateway
from tests.cli.conftest import Played

NAMES = {
    "报送指南2026.html", "医院出生人口.xlsx", "一周岁以下儿童接种.xlsx", "婴儿死亡.xlsx", "及时通报事项.xlsx",
    "报送日历2026.ics", "seal.html",
}  # fmt: skip


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_kit_is_made_before_the_gateway_has_ever_run(new: Path, in_folder: Path) -> None:
    said = gateway("kit", "health.reporter", *at(new))
    assert (said.code, said.err) == (0, "")
    assert names(in_folder / "kit-health.reporter-2026") == NAMES
    assert "kit-health.reporter-2026/seal.html" in said.out
    assert not (new / "state" / "gateway.db").exists()


def test_by_mail_it_is_written_for_the_gateway_to_send(own: Path, tmp_path: Path) -> None:
    words = ("kit", "health.reporter", "--mail", "--json", *at(own))
    said = gateway(*words, "--folder", tmp_path / "kit").json
    assert set(said["files"]) == NAMES
    assert said["written"] is True
    with opening.opened(own / "config") as (_, store):
        written = [fact for _, fact in store.entries() if isinstance(fact, Written)]
        assert (written[-1].letter, written[-1].kind) == (said["letter"], "kit")
    again = gateway(*words, "--folder", tmp_path / "again").json
    assert (again["letter"], again["written"]) == (said["letter"], False)
    told = gateway("show", said["letter"], *at(own))
    assert told.code == 0


def test_without_mail_nothing_is_recorded(played: Played, tmp_path: Path) -> None:
    with opening.opened(played.folder / "config") as (_, store):
        before = store.latest().size
    assert gateway("kit", "health.reporter", "--folder", tmp_path / "kit", *at(played.folder)).code == 0
    with opening.opened(played.folder / "config") as (_, store):
        assert store.latest().size == before


def test_mail_needs_a_gateway_that_sends_it(new: Path, in_folder: Path) -> None:
    said = gateway("kit", "health.reporter", "--mail", *at(new))
    assert said.code == 1
    assert "gateway run" in said.err
    assert not list(in_folder.iterdir())


def test_of_another_year(new: Path, in_folder: Path) -> None:
    assert gateway("kit", "health.reporter", "--year", 2027, *at(new)).code == 0
    assert "报送指南2027.html" in names(in_folder / "kit-health.reporter-2027")


def test_an_officer_that_there_is_not_is_guessed(new: Path, in_folder: Path) -> None:
    said = gateway("kit", "health.reprter", *at(new))
    assert (said.code, said.out) == (2, "")
    assert "health.reporter" in said.err
    assert not list(in_folder.iterdir())


def test_a_folder_that_holds_something_is_left_alone(new: Path, in_folder: Path) -> None:
    (in_folder / "mine.txt").write_text("mine")
    said = gateway("kit", "health.reporter", "--folder", in_folder, *at(new))
    assert said.code == 1
    assert "nothing was written over it" in said.err
    assert names(in_folder) == {"mine.txt"}
