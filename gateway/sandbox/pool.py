"""The workers of this installation: as many as configured, warm, each ended after so much use or at any suspicion."""

from __future__ import annotations

import queue
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol, Self

from gateway.handler import Limits
from gateway.outside import Temporary
from gateway.sandbox.answers import Hardening
from gateway.sandbox.session import Session
from gateway.sandbox.worker import Worker

_ARRIVALS = 5_000  # of one worker's life
_GROWTH = 64 << 10  # KiB above what it began with
_LIVES = 4  # processor time of a whole life, in times of one arrival


class SandboxSettings(Protocol):
    """What the pool needs of `gateway.config.settings.SandboxSettings`, which lies above it."""

    @property
    def workers(self) -> int: ...
    @property
    def memory(self) -> int: ...
    @property
    def time(self) -> timedelta: ...
    @property
    def output(self) -> int: ...
    @property
    def hardening(self) -> str: ...


class NotHardened(Exception):
    """The kernel lacks something that the configuration requires. `missing` are names of `Hardening`."""

    def __init__(self, missing: tuple[str, ...]) -> None:
        super().__init__(", ".join(missing))
        self.missing = missing


class Sandbox:
    """A pool of workers. Any thread may open sessions, up to `settings.workers` at a time; more of them wait.

    `handlers` are the names of modules in `handlers`, in the order in which they are asked whether a file is theirs;
    `mail_message` must be among them where mails are split. `path` are further folders to import from (tests).
    Raises `NotHardened` where hardening is required and the kernel lacks it, `RuntimeError` where a worker can't start.
    """

    def __init__(self, settings: SandboxSettings, handlers: Sequence[str], path: Sequence[Path] = ()) -> None:
        self._settings = settings
        self._seconds = settings.time.total_seconds()
        self._order: dict[str, Any] = {
            "handlers": list(handlers),
            "memory": settings.memory,
            "seconds": max(1, int(_LIVES * self._seconds)),
            "path": [str(folder) for folder in path],
        }
        self._closed = False
        self._free: queue.LifoQueue[Worker | None] = queue.LifoQueue()  # None: a place whose worker could not start
        first = Worker(self._order)
        for _ in range(settings.workers - 1):
            self._free.put(Worker(self._order))
        try:
            self.hardening: Hardening = first.ready()
            self._require(self.hardening)
        except BaseException:
            first.kill()
            self.close()
            raise
        self._free.put(first)

    @contextmanager
    def session(self, limits: Limits | None = None) -> Iterator[Session]:
        """One worker for one arrival; waits for a free one. Raises `Temporary` when no process can be started.

        At the end the worker forgets the arrival, or is ended and replaced if there was anything suspicious about it.
        """
        worker = self._take()
        session = Session(worker, limits or Limits())
        try:
            yield session
        finally:
            self._give_back(worker, session)

    def close(self) -> None:
        """End the workers that are free; those in a session end with it."""
        self._closed = True
        while True:
            try:
                worker = self._free.get_nowait()
            except queue.Empty:
                return
            if worker:
                worker.kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _take(self) -> Worker:
        worker = self._free.get()
        try:
            if worker and worker.hardening and not worker.idle():  # ended by somebody, or babbling: nobody's fault now
                worker.kill()
                worker = None
            worker = worker or Worker(self._order)
            self._require(worker.ready())
        except BaseException as trouble:
            self._free.put(None)
            if isinstance(trouble, OSError):
                raise Temporary from None
            raise
        worker.begin(self._seconds, self._settings.output)
        return worker

    def _give_back(self, worker: Worker, session: Session) -> None:
        worker.arrivals += 1
        if session.forget() and not self._worn(worker) and not self._closed:
            self._free.put(worker)
            return
        worker.kill()
        try:
            self._free.put(None if self._closed else Worker(self._order))
        except OSError:
            self._free.put(None)

    def _worn(self, worker: Worker) -> bool:
        memory, cpu = worker.used
        tired = cpu / 1000 > self._seconds  # the next arrival must have all of its own time
        return tired or worker.arrivals >= _ARRIVALS or memory - worker.at_first > _GROWTH

    def _require(self, hardening: Hardening) -> None:
        if self._settings.hardening == "required" and hardening.missing:
            raise NotHardened(hardening.missing)
