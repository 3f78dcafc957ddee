"""The real daemon, killed twenty times at random while mail keeps coming in."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.faults.killing import check, killed
from tests.handlers.mutating import EXPLORE

KILLS = 20


@pytest.mark.timeout(400)
def test_nothing_acknowledged_is_lost_and_every_arrival_has_one_verdict(tmp_path: Path) -> None:
    survived = killed(tmp_path, KILLS, random.Random(None if EXPLORE else 1))
    print(f"{survived.kills} kills, {survived.sent} mails sent, {len(survived.acknowledged)} acknowledged, "
          f"{len(survived.received)} received, {len(survived.facts)} facts")  # fmt: skip
    check(survived)
