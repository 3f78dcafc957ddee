"""A bounded part of the hostile corpus at each run of the tests; `python -m tests.hostile.soak` runs all of it."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from unittest import mock

import pytest

from gateway.sandbox import Session
from tests.hostile.corpus import mails, sheets
from tests.hostile.soak import check
from tests.hostile.trial import Trial, trial

SEED = 20261122
SHEETS, MAILS = 28, 16  # four of each kind, and mails that take as long
PATIENCE = 40.0  # seconds after which a slow machine may stop; the first ones hold what must be seen


@pytest.fixture(scope="module")
def judging() -> Iterator[Trial]:
    with trial() as found:
        yield found


def test_hostile_sheets_end_in_content_or_a_sentence_and_the_next_report_is_taken(judging: Trial) -> None:
    until, said = time.monotonic() + PATIENCE, Counter[str]()
    for specimen in sheets(SEED, 0, SHEETS):
        said.update(check(judging, specimen).said)
        if time.monotonic() > until and said["accepted"] and said["damaged"]:
            break
    judging.recovers()
    assert said["accepted"] and said["damaged"]


def test_torture_mails_end_in_content_or_a_sentence_and_the_next_report_is_taken(judging: Trial) -> None:
    until = time.monotonic() + PATIENCE
    for specimen in mails(SEED, 0, MAILS):
        check(judging, specimen)
        if time.monotonic() > until:
            break
    judging.recovers()


def test_a_workers_death_is_noticed_and_told_and_the_next_report_is_taken(judging: Trial) -> None:
    """So that a count of no deaths means something."""
    (good,) = [one for one in sheets(SEED, 0, 200) if (one.kind, one.way) == ("xls", "as_it_is")][:1]
    read = Session.read

    def killed(self: Session, path: str, handler: str) -> object:
        os.kill(self._worker.pid, signal.SIGKILL)
        return read(self, path, handler)

    with mock.patch.object(Session, "read", killed):
        outcome = judging.judge(good)
    assert (outcome.said, outcome.deaths) == (("unsafe",), ("died 9",))
    judging.recovers()


def test_a_seed_gives_the_same_files_again() -> None:
    assert list(sheets(1, 5, 20)) == list(sheets(1, 0, 25))[5:]
    assert list(mails(1, 3, 5)) == list(mails(1, 0, 8))[3:]
    assert {one.data for one in sheets(1, 0, 20)}.isdisjoint(one.data for one in sheets(2, 0, 20))
