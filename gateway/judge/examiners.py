"""Examinations in processes of their own: under load the daemon has enough to do with accepting and recording.

They are started when many arrivals first wait; until they are ready the daemon examines as ever. An examiner is trusted
as the daemon is and holds the same keys, because foreign bytes are taken apart by sandbox workers alone; so the two
speak in pickles, over a pair of sockets that nobody else has.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from queue import Empty, LifoQueue
from socket import socketpair
from threading import Lock
from typing import Any

from gateway.judge.case import Case, Means
from gateway.judge.dossier import Dossier
from gateway.judge.explanation_given import Saying
from gateway.outside import Temporary

COMMAND = (sys.executable, "-I", "-B", "-m", "gateway.judge.examiner")
FEW = 256 << 10  # bytes that go with the assignment at once
TOLD = ("rules", "resolver", "sealing_private", "sameness_key", "policies", "secrets")


@dataclass(frozen=True, slots=True)
class Instructions:
    """By what means it examines from now on: fields of `Means`, all but those that live in the daemon."""

    means: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Workplace:
    """The first that it is told: with what sandbox it works."""

    handlers: Sequence[str]
    memory: int  # the rest is as `SandboxSettings` says
    time: timedelta
    output: int
    hardening: str
    workers: int = 1


@dataclass(frozen=True, slots=True)
class Assignment:
    """Arrivals to be examined in this order; after so many seconds no further one is begun.

    Each comes with its bytes where they are few; its own way to them stayed in the daemon.
    """

    cases: Sequence[tuple[Case, bytes | None]] = field(repr=False)
    seconds: float


@dataclass(frozen=True, slots=True)
class BlockOf:
    """Asks for the next block of the case at this place, or for the first; the answer is empty after the last."""

    place: int
    first: bool


@dataclass(frozen=True, slots=True)
class StandingsOf:
    """Asks how the open obligations of a department stood."""

    department: str
    had: datetime


@dataclass(frozen=True, slots=True)
class SayingsOf:
    """Asks what is explained of a report."""

    saying: Saying = field(repr=False)


@dataclass(frozen=True, slots=True)
class Failure:
    """Its own trouble: the kind, and where it was, without any value."""

    kind: str
    places: Sequence[str]


class Broken(Exception):
    """An examiner met trouble of our own: its kind and places, or that it ended without a word."""


class Examiners:
    """So many processes, each with one assignment at a time. Any thread may give one; where all are busy it waits."""

    def __init__(self, workplace: Workplace, count: int, command: Sequence[str] = COMMAND) -> None:
        self._workplace, self._command, self._count = workplace, command, count
        self._free: LifoQueue[_Examiner | None] = LifoQueue()  # None: it ended, and is to be started anew
        self._lock = Lock()
        self._begun: list[_Examiner] = []

    def are_ready(self, wanted: bool) -> bool:
        """Whether to give them anything. The first who wants them has them started, which takes a moment."""
        with self._lock, suppress(EOFError, OSError):  # where none can be started, the daemon examines
            while wanted and len(self._begun) < self._count:
                self._begun.append(self._start())
                self._free.put(self._begun[-1])
            return bool(self._begun) and all(one.is_ready() for one in self._begun)
        return False

    def draw_up(self, cases: Sequence[Case], means: Means, seconds: float) -> Iterator[Dossier | Temporary]:
        """One for each case, in order, as it is done; fewer where the time did not last. Ask it when they are ready.

        Raises `Broken`: then the trouble is that of the case whose turn it was. Raises what a case's blocks raise.
        """
        examiner, fit = self._free.get(), False
        try:
            examiner = examiner or self._start()
            for number, found in enumerate(examiner.draw_up(cases, means, seconds), 1):
                fit = number == len(cases)  # nobody has to ask for more than there are
                yield found
            fit = True
        except (EOFError, OSError):
            raise Broken("ended") from None
        finally:
            if examiner and not fit:
                examiner.end()
            self._free.put(examiner if fit else None)

    def close(self) -> None:
        """End those that are free; any other ends with the process."""
        while True:
            try:
                examiner = self._free.get_nowait()
            except Empty:
                return
            if examiner:
                examiner.end()

    def _start(self) -> _Examiner:
        return _Examiner(self._workplace, self._command)


class _Examiner:
    """One process, seen from the daemon."""

    def __init__(self, workplace: Workplace, command: Sequence[str]) -> None:
        ours, theirs = socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [*command, str(theirs.fileno())], pass_fds=(theirs.fileno(),), start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            )  # fmt: skip
        self._pipe = Connection(ours.detach())
        self._pipe.send(workplace)
        self._means: Means | None = None
        self._ready = False

    def is_ready(self) -> bool:
        """Whether it has said that it can begin; it says so once."""
        self._ready = self._ready or (self._pipe.poll() and self._pipe.recv() is None)
        return self._ready

    def draw_up(self, cases: Sequence[Case], means: Means, seconds: float) -> Iterator[Dossier | Temporary]:
        if not self._ready:
            self._pipe.recv()
            self._ready = True
        if means is not self._means:
            self._pipe.send(Instructions({name: getattr(means, name) for name in TOLD}))
            self._means = means
        self._pipe.send(Assignment([_handed_over(case) for case in cases], seconds))
        coming: Iterator[bytes] = iter(())
        left = len(cases)
        while left and (said := self._pipe.recv()) is not None:
            match said:
                case BlockOf(place, first):
                    coming = iter(cases[place].blocks()) if first else coming
                    self._pipe.send(next(coming, b""))
                case StandingsOf(department, had):
                    self._pipe.send(means.standings(department, had))
                case SayingsOf(saying):
                    self._pipe.send(means.said(saying))
                case Failure(kind, places):
                    raise Broken(kind, *places)
                case Dossier() | Temporary():
                    left -= 1
                    yield said

    def end(self) -> None:
        """At once; it has nothing to lose."""
        self._pipe.close()
        self._process.kill()
        self._process.wait()


def _handed_over(case: Case) -> tuple[Case, bytes | None]:
    """The case without its way to the vault, and its bytes where they are few."""
    return replace(case, blocks=tuple), b"".join(case.blocks()) if case.size <= FEW else None
