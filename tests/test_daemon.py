"""The loop: what waits, what is tried again, what ends the process; with a turned clock and work that can be told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs

from gateway.core.duty import Duty, Judge, Send
from gateway.daemon import FIRST_WAIT, LONGEST_WAIT, PATIENCE, Daemon
from gateway.outside import Temporary
from gateway.perform.together import blamed_on
from tests.journal.world import TurnedClock

HOURS = timedelta(hours=1)
ALARM_AFTER = 4 * HOURS


class NoKey(Exception):
    """Something that lies beneath a trouble."""


@dataclass
class Work:
    """Duties are owed until they are performed; `do` says what performing one does."""

    open: list[Duty] = field(default_factory=list)
    do: Callable[[Duty], None] = lambda duty: None
    performed: list[str] = field(default_factory=list)
    troubles: list[tuple[str, datetime]] = field(default_factory=list)
    fatal_of: list[str] = field(default_factory=list)
    hindered: Exception | None = None  # what asking for duties, or recording trouble, raises
    unrecordable: Exception | None = None
    together: int = 1  # duties in a run
    look: Callable[[], None] = lambda: None  # what asking for duties costs
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def owed(self, now: datetime) -> Sequence[Duty]:
        if self.hindered:
            raise self.hindered
        self.look()
        with self._lock:
            return list(self.open)

    def runs(self, duties: Sequence[Duty]) -> Sequence[Sequence[Duty]]:
        return [duties[start : start + self.together] for start in range(0, len(duties), self.together)]

    def perform(self, run: Sequence[Duty]) -> dict[str, Temporary]:
        troubles: dict[str, Temporary] = {}
        for duty in run:
            with self._lock:
                self.performed.append(duty.id)
            with blamed_on(duty, troubles):
                self.do(duty)
                with self._lock:
                    self.open.remove(duty)
        return troubles

    def trouble(self, duty: Duty, since: datetime) -> None:
        if self.unrecordable:
            raise self.unrecordable
        self.troubles.append((duty.id, since))

    def fatal(self, duty: Duty, error: BaseException) -> None:
        self.fatal_of.append(duty.id)
        if self.unrecordable:
            raise self.unrecordable


@dataclass
class Room:
    """A daemon, its work and its clock."""

    work: Work
    clock: TurnedClock
    died: list[bool]
    daemon: Daemon

    def tries(self) -> int:
        """How often the work was tried by now."""
        self.daemon.settle()
        return len(self.work.performed)


def room(*letters: str, threads: int = 2) -> Room:
    work, clock, died = Work([Send(letter) for letter in letters]), TurnedClock(), list[bool]()
    daemon = Daemon(work, clock, threads=threads, alarm_after=ALARM_AFTER, die=lambda: died.append(True))
    return Room(work, clock, died, daemon)


def raising(error: BaseException) -> Callable[[Duty], None]:
    def do(duty: Duty) -> None:
        raise error

    return do


def because() -> Temporary:
    trouble = Temporary("no copy can be made")
    trouble.__cause__ = NoKey("quotes what somebody wrote")
    return trouble


def test_all_that_is_owed_is_performed_once_and_settling_ends() -> None:
    here = room("L-1", "L-2", "L-3")
    here.daemon.settle()
    assert sorted(here.work.performed) == ["send/L-1", "send/L-2", "send/L-3"]
    assert here.work.open == []


def test_what_follows_from_a_duty_is_done_in_the_same_settling() -> None:
    here = room("L-1")
    here.work.do = lambda duty: here.work.open.append(Send("L-2")) if duty == Send("L-1") else None
    here.daemon.settle()
    assert here.work.performed == ["send/L-1", "send/L-2"]


def test_temporary_trouble_waits_twice_as_long_each_time_up_to_half_an_hour() -> None:
    here = room("L-1")
    here.work.do = raising(Temporary("the relay"))
    waits, last = [], here.clock.instant
    for tries in range(1, 13):
        while here.tries() < tries:
            here.clock.turn(seconds=5)
        waits.append(here.clock.instant - last)
        last = here.clock.instant
    assert waits[:4] == [timedelta(0), FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT]
    assert waits[-1] == LONGEST_WAIT


def test_trouble_that_is_over_leaves_nothing_behind() -> None:
    here = room("L-1")
    here.work.do = raising(Temporary("the relay"))
    assert here.tries() == here.tries() == 1
    here.work.do = lambda duty: None
    here.clock.turn(seconds=5)
    assert here.tries() == 2
    here.work.open.append(Send("L-1"))  # owed anew: it waits for nothing
    assert here.tries() == 3


def test_after_hours_of_trouble_there_is_one_alarm() -> None:
    here = room("L-1")
    here.work.do = raising(Temporary("the relay"))
    began = here.clock.instant
    for _ in range(30):
        here.daemon.settle()
        here.clock.turn(minutes=30)
    assert here.work.troubles == [("send/L-1", began)]


def test_an_alarm_that_could_not_be_recorded_is_raised_with_the_next_try() -> None:
    here = room("L-1")
    here.work.do, here.work.unrecordable = raising(Temporary("the database")), Temporary("the database")
    for _ in range(10):
        here.daemon.settle()
        here.clock.turn(minutes=30)
    assert here.work.troubles == [] and not here.died
    here.work.unrecordable = None
    here.daemon.settle()
    assert len(here.work.troubles) == 1


def test_the_log_tells_what_lies_beneath_and_not_what_it_says() -> None:
    here = room("release/births")
    here.work.do = raising(because())
    with capture_logs() as told:
        here.daemon.settle()
    assert [(line["duty"], line["why"], line["tries"]) for line in told] == [("send/release/births", "NoKey", 1)]
    assert "somebody wrote" not in str(told)


def test_a_clock_set_back_makes_nothing_wait_longer() -> None:
    here = room("L-1")
    here.work.do = raising(Temporary("the relay"))
    here.daemon.settle()
    here.clock.turn(days=-1)
    assert here.tries() == 2
    here.clock.turn(seconds=-1)
    assert here.tries() == 2  # it waits from now on


def test_a_clock_set_back_does_not_put_off_the_alarm() -> None:
    here = room("L-1")
    here.work.do = raising(Temporary("the relay"))
    here.daemon.settle()
    here.clock.turn(days=-1)
    for _ in range(12):
        here.daemon.settle()
        here.clock.turn(minutes=30)
    assert len(here.work.troubles) == 1


@pytest.mark.parametrize("error", [ValueError("ours"), KeyboardInterrupt(), MemoryError()])
def test_any_other_trouble_is_recorded_and_ends_the_process(error: BaseException) -> None:
    here = room("L-1")
    here.work.do = raising(error)
    with pytest.raises(type(error)), capture_logs() as told:
        here.daemon.settle()
    assert (here.work.fatal_of, here.died) == (["send/L-1"], [True])
    assert told[0]["error"] == type(error).__name__ and "ours" not in str(told)


def test_the_process_ends_also_when_that_cannot_be_recorded() -> None:
    here = room("L-1")
    here.work.do, here.work.unrecordable = raising(ValueError()), OSError("disk")
    with pytest.raises(OSError, match="disk"):
        here.daemon.settle()
    assert here.died == [True]


def test_our_own_trouble_while_an_alarm_is_raised_ends_the_process_too() -> None:
    here = room("L-1")
    here.work.do = raising(Temporary("the relay"))
    here.daemon.settle()
    here.clock.turn(hours=5)
    here.work.unrecordable = ValueError("ours")
    with pytest.raises(ValueError, match="ours"):
        here.daemon.settle()
    assert here.died == [True]


def test_with_the_database_in_trouble_nothing_is_started_and_nothing_ends() -> None:
    here = room("L-1")
    here.work.hindered = Temporary("the database")
    assert here.daemon.look() == 0
    here.daemon.settle()
    assert here.work.performed == [] and not here.died


def test_one_duty_is_never_under_way_twice() -> None:
    here = room("L-1", threads=4)
    go, began = threading.Event(), threading.Event()

    def slowly(duty: Duty) -> None:
        began.set()
        go.wait(10)

    here.work.do = slowly
    assert here.daemon.look() == 1
    began.wait(10)
    assert [here.daemon.look() for _ in range(5)] == [0] * 5
    go.set()
    here.daemon.settle()
    assert here.work.performed == ["send/L-1"]


def test_a_slow_duty_keeps_no_other_waiting() -> None:
    here = room("slow", "quick")
    go, done = threading.Event(), threading.Event()
    here.work.do = lambda duty: (go.wait(10), None)[1] if duty == Send("slow") else done.set()
    here.daemon.look()
    assert done.wait(10)
    go.set()
    here.daemon.settle()


def started(here: Room, stop: threading.Event, beats: list[float]) -> threading.Thread:
    thread = threading.Thread(target=here.daemon.run, args=(stop, lambda: beats.append(time.monotonic())))
    thread.start()
    return thread


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_the_loop_runs_until_it_is_stopped_and_shows_that_it_lives() -> None:
    here, stop, beats = room(), threading.Event(), list[float]()
    thread = started(here, stop, beats)
    until(lambda: len(beats) > 0)
    here.work.open.append(Send("L-1"))
    here.daemon.wake()
    until(lambda: here.work.performed == ["send/L-1"])
    stop.set()
    here.daemon.wake()
    thread.join(10)
    assert not thread.is_alive()


def test_a_stop_waits_for_what_is_under_way() -> None:
    here, stop = room("L-1"), threading.Event()
    go, began = threading.Event(), threading.Event()
    here.work.do = lambda duty: (began.set(), go.wait(10), None)[2]
    thread = started(here, stop, [])
    began.wait(10)
    stop.set()
    here.daemon.wake()
    go.set()
    thread.join(10)
    assert here.work.open == []


def test_our_own_trouble_in_asking_what_is_owed_ends_the_process() -> None:
    here = room()
    here.work.hindered = ValueError("ours")
    with pytest.raises(ValueError, match="ours"):
        here.daemon.run(threading.Event())
    assert here.died == [True]


def test_what_ends_while_the_ledger_is_asked_is_not_done_again() -> None:
    here = room("L-1")
    go = threading.Event()
    here.work.do = lambda duty: (go.wait(10), None)[1]
    here.daemon.look()
    asked = here.work.owed

    def stale(now: datetime) -> Sequence[Duty]:
        found = asked(now)
        go.set()
        until(lambda: not here.work.open and not here.daemon._busy)
        return found

    here.work.owed = stale  # type: ignore[method-assign]
    assert here.daemon.look() == 0
    assert here.work.performed == ["send/L-1"]


def test_what_one_duty_of_a_run_meets_hinders_the_others_no_more_than_its_own_end() -> None:
    here = room("L-1", "L-2", "L-3")
    here.work.together = 3
    here.work.do = lambda duty: raising(Temporary("the relay"))(duty) if duty == Send("L-2") else None
    here.daemon.settle()
    assert here.work.open == [Send("L-2")]
    here.work.do = lambda duty: None
    here.clock.turn(minutes=1)
    here.daemon.settle()
    assert here.work.open == []


def test_our_own_trouble_is_told_of_the_duty_that_met_it() -> None:
    here = room("L-1", "L-2", "L-3")
    here.work.together = 3
    here.work.do = lambda duty: raising(ValueError("ours"))(duty) if duty == Send("L-2") else None
    with pytest.raises(ValueError, match="ours"):
        here.daemon.settle()
    assert here.work.fatal_of == ["send/L-2"]


def test_one_kind_of_duty_does_not_take_the_threads_of_all() -> None:
    work, held, judged = Work(), threading.Event(), threading.Event()
    work.open = [*(Send(f"L-{number}") for number in range(5)), Judge("A-1")]
    under_way, most, lock = [0], [0], threading.Lock()

    def do(duty: Duty) -> None:
        if isinstance(duty, Judge):
            judged.set()
            return
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        assert held.wait(20)
        with lock:
            under_way[0] -= 1

    work.do = do
    daemon = Daemon(
        work, TurnedClock(), threads=3, lanes={Send: 2}, alarm_after=ALARM_AFTER, die=lambda: None
    )  # fmt: skip
    daemon.look()
    assert judged.wait(20)
    held.set()
    daemon.settle()
    assert (most[0], work.open) == (2, [])


def test_a_stopping_loop_ends_what_is_under_way_and_begins_nothing_more() -> None:
    work, stop, held = Work([Send("L-1"), Send("L-2")]), threading.Event(), threading.Event()
    work.do = lambda duty: (stop.set(), held.wait(20), None)[2]
    daemon = Daemon(work, TurnedClock(), threads=2, lanes={Send: 1}, alarm_after=ALARM_AFTER, die=lambda: None)
    threading.Timer(1.5, held.set).start()
    daemon.run(stop)
    assert (work.performed, work.open) == (["send/L-1"], [Send("L-2")])


def test_a_run_that_waits_for_the_world_outside_lets_another_work() -> None:
    held, second = threading.Event(), threading.Event()
    work = Work([Send("L-1"), Send("L-2")])
    work.do = lambda duty: held.wait(20) if duty == Send("L-1") else second.set()  # type: ignore[func-returns-value]
    daemon = Daemon(work, TurnedClock(), threads=4, lanes={Send: 1}, alarm_after=ALARM_AFTER, die=lambda: None)
    daemon.look()
    assert not second.wait(PATIENCE / 2)
    time.sleep(PATIENCE)
    daemon.look()
    assert second.wait(20)
    held.set()
    daemon.settle()
    assert work.open == []


def looked(work: Work, daemon: Daemon, took: float, enough: int) -> tuple[int, float]:
    """How often a loop looked, each time for so long of the processor's time, until so much was done; and how long."""
    times, stop, begun = [0], threading.Event(), time.monotonic()

    def look() -> None:
        times[0] += 1
        end = time.thread_time() + took
        while time.thread_time() < end:
            pass

    work.look = look
    thread = threading.Thread(target=daemon.run, args=(stop,))
    thread.start()
    until(lambda: len(work.performed) >= enough)
    seconds = time.monotonic() - begun
    stop.set()
    daemon.wake()
    thread.join(10)
    return times[0], seconds


def test_while_runs_wait_their_turn_the_ledger_is_asked_seldom() -> None:
    """Every end of a run wakes the loop, but all that it could find would only have to wait as well."""
    work, took = Work([Send(f"L-{number}") for number in range(40)], lambda duty: time.sleep(0.02)), 0.01
    daemon = Daemon(work, TurnedClock(), threads=2, lanes={Send: 1}, alarm_after=ALARM_AFTER, die=lambda: None)
    times, seconds = looked(work, daemon, took, enough=39)
    assert (times - 2) * took < seconds / 25


def test_once_all_is_begun_the_loop_does_not_rest_long() -> None:
    """A look that took long because much was owed must not keep waiting what comes after."""
    here, took, at = room("L-1"), 0.03, list[float]()

    def do(duty: Duty) -> None:
        at.append(time.monotonic())
        if duty == Send("L-1"):
            here.work.open.append(Send("L-2"))

    here.work.do = do
    looked(here.work, here.daemon, took, enough=2)
    assert at[1] - at[0] < 25 * took
