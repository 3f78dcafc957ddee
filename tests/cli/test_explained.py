"""What an officer explained: counted for whoever asks, told only with a reason that is recorded."""

from __future__ import annotations

import json
from pathlib import Path

from gateway.cli.looking import extract, known
from gateway.core.facts import Accessed
from tests.judge.conftest import desk, the_site
from tests.judge.desk import Desk
from tests.judge.queried import answer, report, send

__all__ = ["desk", "the_site"]


def test_show_counts_what_is_explained_and_what_is_open(desk: Desk) -> None:
    of = send(desk, report()).submissions[0].submission
    before = known(desk.store, of)
    assert before and (before["explained"], before["open"], before["explanations"]) == (0, 4, [])
    assert known(desk.store, f"{of}/explained") is None
    brought = answer(desk, "3：双胞胎").submissions[0].submission
    after = known(desk.store, of)
    assert after and (after["explained"], after["open"]) == (1, 3)
    assert [one.submission for one in after["explanations"]] == [brought]
    assert known(desk.store, f"{of}/other") is None


def test_what_was_said_is_written_out_and_the_access_recorded(desk: Desk, tmp_path: Path) -> None:
    of = send(desk, report()).submissions[0].submission
    answer(desk, "3：双胞胎")
    thing = f"{of}/explained"
    found = known(desk.store, thing)
    assert found
    extract(desk.store, thing, found, tmp_path / "said.json", "admin", "query by the county")
    (told,) = json.loads((tmp_path / "said.json").read_text("utf-8"))["explanations"]
    assert (told["asked"]["row"], told["text"]) == (3, "双胞胎")
    (access,) = desk.facts(Accessed)
    assert (access.what, access.rows, access.by) == (thing, 1, "admin")
