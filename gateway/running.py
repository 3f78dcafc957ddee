"""A gateway that runs: its channels open, its loop turning, until it is told to stop.

`run` lives until SIGTERM; SIGHUP reads the configuration anew. With a turned clock, `settle` plays what is owed at an
instant. Made by `gateway.wiring`.
"""

from __future__ import annotations

import ctypes
import fcntl
import signal
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from typing import IO, Protocol

from gateway import log
from gateway.config.load import Configuration
from gateway.config.mistakes import BadConfiguration
from gateway.daemon import Daemon
from gateway.intake.folder import FolderIntake
from gateway.intake.imap import ImapIntake
from gateway.intake.smtp import Listener
from gateway.intake.smtp_auth import password_check
from gateway.judge.examiners import Examiners
from gateway.keyring import BadKeys, GatewayKeys
from gateway.notify import Notifier
from gateway.outside import Chance, Clock
from gateway.perform.office import Office
from gateway.perform.performer import Performer
from gateway.sandbox import Sandbox
from gateway.store import Store


class AlreadyRunning(Exception):
    """Another process performs duties on this state: two would send letters twice."""


class Intake(Protocol):
    """A channel that runs in a thread of its own."""

    def run(self, stop: threading.Event) -> None: ...


class _Scheduler(Protocol):
    def add_job(self, job: Callable[[], None], trigger: str, **options: object) -> object: ...
    def start(self) -> None: ...
    def shutdown(self, wait: bool) -> None: ...


@dataclass
class Gateway:
    """A gateway that was put together."""

    configuration: Configuration
    keys: GatewayKeys
    clock: Clock
    chance: Chance
    store: Store
    sandbox: Sandbox
    examiners: Examiners
    performer: Performer
    daemon: Daemon
    listener: Listener | None
    intakes: Mapping[str, ImapIntake | FolderIntake]
    office_for: Callable[[Configuration], Office]
    end: Callable[[], None]
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _reload: Callable[[], Configuration] | None = None
    _alone: IO[str] | None = None

    def run(self, reload: Callable[[], Configuration]) -> None:
        """Take in, perform, wait; until SIGTERM or SIGINT. SIGHUP reads the configuration anew.

        Raises `AlreadyRunning` where another process does so on this state.
        """
        self._alone = _lock(self.configuration.settings.state_folder)
        _spare_memory()
        notifier = Notifier.from_environment()
        self._reload = reload
        self._on_signals()
        self.start()
        scheduler = self._scheduler()
        notifier.ready()
        self.daemon.run(self._stop, notifier.alive)
        notifier.stopping()
        scheduler.shutdown(wait=False)
        self.close()

    def start(self) -> None:
        """Open every channel."""
        self.store.listen(self.daemon.wake)
        if self.listener:
            self.listener.start()
            log.listening("smtp", "smtp", self.listener.port)
        for name, intake in self.intakes.items():
            thread = threading.Thread(target=self._intake, args=(name, intake), name=name, daemon=True)
            thread.start()
            self._threads.append(thread)
            log.listening("imap" if isinstance(intake, ImapIntake) else "folder", name)
        hardening = self.sandbox.hardening
        if hardening.missing:
            log.weak_sandbox(", ".join(hardening.missing))
        version, facts = self.configuration.rules.version, self.store.latest().size
        log.started(version, self.keys.name, facts, "partial" if hardening.missing else "full")

    def settle(self) -> None:
        """Perform all that is owed at the clock's present instant."""
        self.daemon.settle()

    def close(self) -> None:
        """Stop taking in, finish what is under way, let go of the files."""
        self._stop.set()
        if self.listener:
            self.listener.stop()
        for thread in self._threads:
            thread.join(10.0)
        self.examiners.close()
        self.sandbox.close()
        facts = self.store.latest().size
        self.store.close()
        if self._alone:
            self._alone.close()
        log.stopped(facts)

    def reconfigure(self, configuration: Configuration) -> None:
        """Put another configuration version in force: rules, letters and logins; ports and paths need a new start."""
        self.performer.office = self.office_for(configuration)
        self.configuration = configuration
        if self.listener:
            self.listener.admit(password_check(configuration.rules.officers()))
        self.daemon.wake()

    def _intake(self, name: str, intake: Intake) -> None:
        try:
            intake.run(self._stop)
        except BaseException as error:
            log.failed(f"intake/{name}", error)
            self.end()

    def _scheduler(self) -> _Scheduler:
        from apscheduler.schedulers.background import BackgroundScheduler

        scheduler: _Scheduler = BackgroundScheduler(timezone=UTC)
        # It only wakes the loop; what is owed at an instant is the loop's own question.
        scheduler.add_job(self.daemon.wake, "interval", seconds=15, max_instances=1, coalesce=True)
        scheduler.start()
        return scheduler

    def _on_signals(self) -> None:
        def stop(number: int, frame: object) -> None:
            log.stopping(signal.Signals(number).name)
            self._stop.set()
            self.daemon.wake()

        def reload(number: int, frame: object) -> None:
            threading.Thread(target=self._read_anew, name="reload", daemon=True).start()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        signal.signal(signal.SIGHUP, reload)

    def _read_anew(self) -> None:
        assert self._reload
        try:
            self.reconfigure(self._reload())
        except (BadConfiguration, BadKeys) as bad:
            log.configuration_refused(len(bad.mistakes), self.configuration.rules.version)


def _lock(state: Path | None) -> IO[str] | None:
    """Hold the state's lock for as long as the process lives; it ends with the process, however that ends."""
    if state is None:
        return None
    lock = (state / "gateway.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise AlreadyRunning(str(state)) from None
    return lock


_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8  # malloc.h


def _spare_memory() -> None:
    """Have glibc give back at once what a large mail's blocks took, and not keep a heap for each thread.

    Left alone it raises its threshold with the first block freed, and the 1 MiB blocks of a mail then stay scattered
    over the threads' heaps: 60 MB where 10 are enough.
    """
    with suppress(OSError, AttributeError):  # another C library has other ways
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_MMAP_THRESHOLD, 256 << 10)
        mallopt(_M_ARENA_MAX, 2)
