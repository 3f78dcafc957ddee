"""The loop: what is owed now is performed, and each performance is a fact that ends the duty.

Nothing else decides what is done next. After a week of downtime the loop does what is owed now; a duty that meets
temporary trouble is still owed and tried again later; any trouble of our own ends the process, and systemd starts it
anew with nothing lost, because all that is known is in the journal.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from gateway import log
from gateway.core.duty import Duty
from gateway.outside import Clock, Temporary
from gateway.perform.together import Failed

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=30)
PATIENCE = 0.25  # seconds; a run that takes longer waits for a relay or the disk, and another may work meanwhile
# Before the next look, in times of the processor's time that one took: where all that it found is begun, and where not.
_REST, _LONG_REST = 8.0, 32.0


class Work(Protocol):
    """What the loop needs: what is owed at an instant, and how to perform it."""

    def owed(self, now: datetime) -> Sequence[Duty]: ...

    def runs(self, duties: Sequence[Duty]) -> Sequence[Sequence[Duty]]:
        """Which of these to perform together, each run of one kind."""

    def perform(self, run: Sequence[Duty]) -> Mapping[str, Temporary]:
        """Ends with facts recorded for these duties, all of one kind, but for those that met temporary trouble.

        Those are named by their ids; what a run did not come to is neither. Raises `Failed` for trouble of our own.
        """

    def trouble(self, duty: Duty, since: datetime) -> None:
        """Record that a duty has met only temporary trouble for hours."""

    def fatal(self, duty: Duty, error: BaseException) -> None:
        """Record what was being done when our own trouble came, if that can still be done."""


@dataclass(slots=True)
class Waiting:
    """A duty in temporary trouble: when it began, how often it was tried, when to try again."""

    since: datetime
    tries: int
    again: datetime
    told: bool = False


class Daemon:
    """Performs duties with a few threads; `wake` it whenever something may have changed.

    `lanes` says for some kinds how many runs may work at once; at most half the threads, where they have to wait.
    """

    def __init__(
        self,
        work: Work,
        clock: Clock,
        *,
        threads: int,
        alarm_after: timedelta,
        die: Callable[[], None],
        lanes: Mapping[type[Duty], int] | None = None,
    ) -> None:
        self._work, self._clock, self._alarm_after, self._die = work, clock, alarm_after, die
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="duty")
        self._wake, self._all_begun = threading.Event(), threading.Event()
        self._busy: dict[str, Future[None]] = {}
        self._threads, self._lanes = threads, lanes or {}
        self._begun: dict[type[Duty], list[float]] = defaultdict(list)  # when each run under way was begun
        self._queues: dict[type[Duty], deque[tuple[Sequence[Duty], Future[None]]]] = defaultdict(deque)
        self._waiting: dict[str, Waiting] = {}
        self._lock = threading.Lock()

    def wake(self) -> None:
        self._wake.set()

    def run(self, stop: threading.Event, pulse: Callable[[], None] = lambda: None) -> None:
        """Until `stop` is set: look, perform, wait to be woken. `pulse` tells the outside that we are alive."""
        while not stop.is_set():
            self._wake.clear()
            pulse()
            begun = time.thread_time()
            try:
                self.look()
            except BaseException as error:
                log.failed("look", error)
                self._die()
                raise
            # Under load every finished duty wakes the loop: looking must not take more than its share.
            took = time.thread_time() - begun
            stop.wait(took * _REST)
            self._all_begun.wait(min(took * (_LONG_REST - _REST), 1.0))
            self._wake.wait(1.0)
        with self._lock:
            self._queues.clear()  # what has not begun is still owed
        self._pool.shutdown(wait=True)

    def look(self) -> int:
        """Start everything that is owed now and not yet under way or waiting; how many were started."""
        return len(self._start()[0])

    def _start(self) -> tuple[list[Future[None]], list[Future[None]]]:
        """What was started, and what had been under way before it was asked what is owed."""
        now = self._clock.now()
        with self._lock:
            before = dict(self._busy)
        try:
            owed = self._work.owed(now)
        except Temporary:
            return [], list(before.values())
        ids = {duty.id for duty in owed}
        with self._lock:
            self._waiting = {id_: waiting for id_, waiting in self._waiting.items() if id_ in ids}
            # What ended while it was asked what is owed may still be among it.
            ready = [d for d in owed if d.id not in before and not self._must_wait(d.id, now)]
            for kind in list(self._queues):
                self._begin_next(kind)  # those under way may have turned out to be waiting
            started = [self._queue(run) for run in self._work.runs(ready)]
            self._tell_begun()
            return started, list(before.values())

    def _queue(self, run: Sequence[Duty]) -> Future[None]:
        """Begin a run, or let it wait for one of its kind to end: one kind must not take all threads."""
        future: Future[None] = Future()
        self._busy |= {duty.id: future for duty in run}
        self._queues[type(run[0])].append((run, future))
        self._begin_next(type(run[0]))
        return future

    def _begin_next(self, kind: type[Duty]) -> None:
        queue, begun, now = self._queues[kind], self._begun[kind], time.monotonic()
        lanes = self._lanes.get(kind)
        if queue and (lanes is None or self._has_room(begun, lanes, now)):
            begun.append(now)
            self._pool.submit(self._perform, *queue.popleft(), now)

    def _tell_begun(self) -> None:
        if any(self._queues.values()):
            self._all_begun.clear()
        else:
            self._all_begun.set()

    def _has_room(self, begun: Sequence[float], lanes: int, now: float) -> bool:
        working = sum(now - one < PATIENCE for one in begun)
        return working < lanes and len(begun) < max(lanes, self._threads // 2)

    def settle(self) -> None:
        """Perform until nothing is owed that can be done now. For a turned clock, and for a graceful stop."""
        under_way = True
        while under_way:
            started, before = self._start()
            for future in (*started, *before):
                future.result()
            under_way = bool(started or before)

    def _must_wait(self, duty_id: str, now: datetime) -> bool:
        waiting = self._waiting.get(duty_id)
        # A clock set back must not make a duty wait longer than the longest wait.
        return waiting is not None and now < waiting.again <= now + LONGEST_WAIT

    def _perform(self, run: Sequence[Duty], future: Future[None], begun: float) -> None:
        """A run to its end, and then the next of its kind. Its Future is settled when it is busy no longer."""
        failure: BaseException | None = None
        try:
            self._work_off(run)
        except BaseException as error:
            failure = error
        with self._lock:
            for duty in run:
                self._busy.pop(duty.id, None)
            self._begun[type(run[0])].remove(begun)
            self._begin_next(type(run[0]))
            self._tell_begun()
        self._wake.set()
        if failure is None:
            future.set_result(None)
        else:
            future.set_exception(failure)

    def _work_off(self, run: Sequence[Duty]) -> None:
        try:
            troubles = self._work.perform(run)
            for duty in run:
                if duty.id in troubles:
                    self._put_off(duty, troubles[duty.id])
        except Failed as failed:
            error = failed.__cause__ or failed
            self._end(failed.duty, error)
            raise error from None
        except BaseException as error:
            self._end(run[0], error)
            raise

    def _end(self, duty: Duty, error: BaseException) -> None:
        """Whatever else fails on the way, the process ends."""
        try:
            log.failed(duty.id, error)
            self._work.fatal(duty, error)
        finally:
            self._die()

    def _put_off(self, duty: Duty, trouble: Temporary) -> None:
        now = self._clock.now()
        with self._lock:
            waiting = self._waiting.setdefault(duty.id, Waiting(now, 0, now))
            waiting.since = min(waiting.since, now)  # the clock may have been set back
            waiting.tries += 1
            pause = min(FIRST_WAIT * 2 ** min(waiting.tries - 1, 12), LONGEST_WAIT)
            waiting.again = now + pause
        log.temporary(duty.id, type(trouble.__cause__ or trouble).__name__, waiting.tries, pause.total_seconds())
        if not waiting.told and now - waiting.since >= self._alarm_after:
            self._alarm(duty, waiting)

    def _alarm(self, duty: Duty, waiting: Waiting) -> None:
        """Once; in trouble itself, it is tried again with the duty."""
        with suppress(Temporary):
            self._work.trouble(duty, waiting.since)
            waiting.told = True
