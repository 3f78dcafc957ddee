"""Runs of duties: how they are gathered, how long they go on, and whose trouble is whose."""

from __future__ import annotations

import time

import pytest

from gateway.core.duty import Drop, Judge, Send
from gateway.outside import Temporary
from gateway.perform import together
from gateway.perform.together import Failed, Troubles, blamed_on, for_a_while, gather


def test_a_little_is_shared_out_and_much_comes_in_long_runs() -> None:
    judges = [Judge(f"A-{number}") for number in range(100)]
    assert [len(run) for run in gather(judges[:2])] == [1, 1]
    assert [len(run) for run in gather(judges[:7])] == [2, 2, 2, 1]
    assert [len(run) for run in gather(judges)] == [16] * 6 + [4]
    assert [duty for run in gather(judges) for duty in run] == judges


def test_a_run_is_of_one_kind_and_what_is_seldom_goes_alone() -> None:
    runs = gather([Judge("A-1"), Send("L-1"), Drop("L-2", "settled"), Judge("A-2"), Drop("L-3", "settled")])
    assert sorted({type(duty).__name__ for duty in run} == {type(run[0]).__name__} for run in runs) == [True] * 5
    assert sum(isinstance(run[0], Drop) for run in runs) == 2


def test_a_run_begins_nothing_more_when_its_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "SECONDS", 0.05)
    begun = []
    for duty in for_a_while([Send("L-1"), Send("L-2"), Send("L-3")]):
        begun.append(duty.letter)
        time.sleep(0.03)
    assert begun == ["L-1", "L-2"]


def test_a_run_whose_time_is_up_at_once_still_does_its_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "SECONDS", 0.0)
    assert list(for_a_while([Send("L-1"), Send("L-2")])) == [Send("L-1")]


def test_temporary_trouble_is_noted_and_our_own_is_named() -> None:
    troubles: Troubles = {}
    with blamed_on(Send("L-1"), troubles):
        raise Temporary("the relay")
    assert set(troubles) == {"send/L-1"}
    with pytest.raises(Failed) as failed, blamed_on(Send("L-2"), troubles):
        raise ValueError("ours")
    assert failed.value.duty == Send("L-2")
    assert isinstance(failed.value.__cause__, ValueError)
