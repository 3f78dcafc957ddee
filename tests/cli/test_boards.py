"""The board, and looking one thing up; whoever takes its bytes says why, and that is recorded."""

from __future__ import annotations

import email
from pathlib import Path

import pytest

from tests.cli.command import at, gateway
from tests.cli.conftest import HOSPITAL_BIRTHS, MONTH, Played


def test_the_board_says_the_state_of_every_report(played: Played) -> None:
    rows = gateway("board", "--period", MONTH, *at(played.folder), "--json").json
    states = {(row["department"], row["dataflow"]): row["state"] for row in rows}
    assert states["health", "hospital_births"] == "on_time"
    assert states["health", "vaccinations"] == "rejected"
    assert states["health", "infant_deaths"] in ("open", "missing")
    assert len(states) == 26
    assert {row["period"] for row in rows} == {MONTH}


def test_the_board_for_people_names_departments_reports_and_counts(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    said = gateway("board", "--period", MONTH, *at(played.folder))
    assert said.code == 0
    assert "清岚县卫生健康局" in said.out
    assert "✓ 医院出生人口" in said.out
    assert "! 一周岁以下儿童接种" in said.out
    assert "按期 on time 1 " in said.out
    assert "待更正 rejected 1 " in said.out


def test_the_board_speaks_english_when_asked(played: Played) -> None:
    said = gateway("board", "--period", MONTH, "--english", *at(played.folder))
    assert "Qinglan County Health Bureau" in said.out
    assert "✓ Hospital births" in said.out


def test_the_board_without_a_period_holds_what_is_open(played: Played) -> None:
    rows = gateway("board", *at(played.folder), "--json").json
    assert ("education", "pupils") in {(row["department"], row["dataflow"]) for row in rows}


@pytest.mark.parametrize("period", ["2026", "December", "2026-M13"])
def test_what_is_no_period_is_told_how_periods_are_written(played: Played, period: str) -> None:
    said = gateway("board", "--period", period, *at(played.folder))
    assert said.code == 2
    assert f"{period} is no period" in said.err


def test_a_period_of_which_nothing_is_known_is_an_empty_board(played: Played) -> None:
    assert gateway("board", "--period", "2031-M01", *at(played.folder), "--json").json == []
    assert "Nothing is owed" in gateway("board", "--period", "2031-M01", *at(played.folder)).out


def test_show_knows_every_kind_of_thing(played: Played) -> None:
    arrival = gateway("show", played.accepted.partition(".")[0], *at(played.folder), "--json").json
    assert [one["submission"] for one in arrival["submissions"]] == [played.accepted]
    submission = gateway("show", played.accepted, *at(played.folder), "--json").json
    assert submission["obligation"] == HOSPITAL_BIRTHS
    letter = gateway("show", arrival["letters"][0]["letter"], *at(played.folder), "--json").json
    assert letter["kind"] == "receipt"
    obligation = gateway("show", HOSPITAL_BIRTHS, *at(played.folder), "--json").json
    assert obligation["state"] == "on_time"
    assert obligation["period"] == MONTH
    assert obligation["accepted"] == played.accepted


def test_show_for_people_holds_the_same(played: Played) -> None:
    said = gateway("show", played.rejected.partition(".")[0], *at(played.folder))
    assert said.code == 0
    assert played.rejected in said.out
    assert "findings" in said.out
    assert "health.reporter" in said.out


@pytest.mark.parametrize(
    "thing",
    ["", "A-", "A-20261222-NOSUCHID", "A-20261222-NOSUCHID.1", "L-0", "R-0", "health/hospital_births", "…/'\"--"],
)
def test_an_id_of_nothing_is_told_what_ids_look_like(played: Played, thing: str) -> None:
    said = gateway("show", *at(played.folder), "--", thing)
    assert said.code == 2
    assert "Nothing is known by the id" in said.err


def test_the_bytes_of_an_arrival_are_those_that_came_and_the_access_is_recorded(own: Path, played: Played) -> None:
    arrival = played.accepted.partition(".")[0]
    target = own / "taken.eml"
    said = gateway("show", arrival, "--content", target, "--reason", "a complaint", "--by", "an auditor", *at(own))
    assert said.code == 0
    assert target.read_bytes().endswith(played.mail.read_bytes())
    assert email.message_from_bytes(target.read_bytes())["Subject"]
    assert target.stat().st_mode & 0o077 == 0
    export = own / "journal"
    gateway("export", export, *at(own))
    accesses = [line for line in export.read_text().splitlines() if '"kind":"accessed"' in line]
    assert len(accesses) == 1
    assert f'"what":"{arrival}"' in accesses[0]
    assert '"by":"an_auditor"' in accesses[0]
    assert "complaint" not in export.read_text()


def test_without_a_reason_nobody_gets_bytes(own: Path, played: Played) -> None:
    target = own / "taken.eml"
    said = gateway("show", played.accepted.partition(".")[0], "--content", target, *at(own))
    assert said.code == 2
    assert "--reason" in said.err
    assert not target.exists()


def test_bytes_are_not_written_over_another_file(own: Path, played: Played) -> None:
    target = own / "taken.eml"
    target.write_text("mine")
    said = gateway("show", played.accepted.partition(".")[0], "--content", target, "--reason", "x", *at(own))
    assert said.code == 1
    assert "is there already" in said.err
    assert target.read_text() == "mine"


def test_of_an_obligation_there_are_no_bytes(own: Path) -> None:
    said = gateway("show", HOSPITAL_BIRTHS, "--content", own / "x", "--reason", "x", *at(own))
    assert said.code == 1
    assert "no bytes are kept" in said.err
