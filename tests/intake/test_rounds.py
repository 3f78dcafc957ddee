"""An intake goes round again and again, and further apart while there is only trouble."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from gateway.intake.rounds import Hindered, rounds
from gateway.outside import Temporary


def _pauses(steps: list[Exception | None], every: float) -> list[float]:
    stop = threading.Event()
    pauses: list[float] = []
    left = list(steps)

    def step() -> None:
        outcome = left.pop(0)
        if not left:
            stop.set()
        if outcome is not None:
            raise outcome

    rounds("account", step, lambda: every, stop, pauses.append)
    return pauses


def test_trouble_doubles_the_distance_and_success_brings_it_back() -> None:
    trouble = Hindered("no")
    assert _pauses([None, trouble, trouble, trouble, None, trouble], 60) == [60, 120, 240, 480, 60, 120]


def test_the_distance_has_a_bound() -> None:
    assert _pauses([Hindered("no")] * 60, 60)[-1] == 600
    assert _pauses([Hindered("no")] * 60, 3600)[-1] == 3600


def test_our_own_sentence_is_told_and_nobody_elses() -> None:
    with capture_logs() as logs:
        _pauses([Hindered("the folder is away"), Temporary("Zhang San's database"), None], 1)
    assert [line["event"] for line in logs] == ["intake hindered", "intake in trouble", "intake goes on"]
    assert logs[0]["why"] == "the folder is away"
    assert "Zhang" not in str(logs)


@pytest.mark.parametrize("kind", [ValueError, KeyError, OSError])
def test_trouble_of_our_own_leaves_the_loop(kind: Callable[[], Exception]) -> None:
    with pytest.raises(kind):  # type: ignore[call-overload]
        _pauses([kind()], 1)
