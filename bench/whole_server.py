"""Our side of `bench.whole`: a whole gateway in a process of its own, whose letters are written and then let go.

Prints its port. For each number read from its input it prints the monotonic time at which so many receipts were
written, and the processor seconds used so far by itself and by its sandbox workers.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway import log
from gateway.config.load import load
from gateway.perform.office import FOLDER, MAIL
from gateway.wiring import build


class _Clock:
    """The real clock, moved to where the year's reports are open."""

    def __init__(self, shift: timedelta) -> None:
        self._shift = shift

    def now(self) -> datetime:
        return datetime.now(UTC) + self._shift


class _LetGo:
    """Takes every letter and keeps none: what is measured ends with `Written`."""

    def send(self, letter: bytes, message_id: str, recipient: str) -> None:
        pass


class _Counting:
    """Counts receipts as they are written, in the writer's own thread."""

    def __init__(self) -> None:
        self.times: dict[int, float] = {}
        self.count = self._wanted = 0
        self._changed = threading.Condition()

    def add(self, count: int) -> None:
        with self._changed:
            for number in range(self.count + 1, self.count + count + 1):
                self.times[number] = time.monotonic()
            self.count += count
            if self.count >= self._wanted:
                self._changed.notify_all()

    def wait_for(self, number: int) -> float:
        with self._changed:
            self._wanted = number
            self._changed.wait_for(lambda: self.count >= number, timeout=300)
            return self.times.get(number, time.monotonic())


def main() -> None:
    log.configure("warning")
    now = datetime.fromisoformat(sys.argv[2])
    let_go = _LetGo()
    gateway = build(
        load(Path(sys.argv[1])), clock=_Clock(now - datetime.now(UTC)), outlets={MAIL: let_go, FOLDER: let_go}
    )
    counting = _Counting()
    transact = gateway.store.transact

    def counted(decide, about=None):  # type: ignore[no-untyped-def]
        future = transact(decide, about)
        # A receipt's letter is the one decision that answers True.
        future.add_done_callback(lambda done: counting.add(done.exception() is None and done.result()[1] is True))
        return future

    gateway.store.transact = counted  # type: ignore[method-assign]
    gateway.start()
    gateway.settle()
    stop = threading.Event()
    threading.Thread(target=gateway.daemon.run, args=(stop,), daemon=True).start()
    assert gateway.listener
    print(gateway.listener.port, flush=True)
    for line in sys.stdin:
        at = counting.wait_for(int(line))
        print(at, sum(os.times()[:2]), _workers(), flush=True)
    stop.set()


def _workers() -> float:
    """Processor seconds of all children, ended or living."""
    ticks = 0
    for process in Path("/proc/self/task").glob("*/children"):
        for child in process.read_text().split():
            ticks += sum(map(int, Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[11:13]))
    return sum(os.times()[2:4]) + ticks / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
