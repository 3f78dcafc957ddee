"""Takes files out of an officer's folder: each is recorded when it is fully there, and moved to `done/` after that.

The folder belongs to one officer, and that is the proof of who sent it. Sub-folders, links and devices are ignored.
"""

from __future__ import annotations

import os
import stat
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import dataclass

from gateway import log
from gateway.config.settings import WatchedFolder
from gateway.core.filenames import readable
from gateway.intake.folder_done import finish
from gateway.intake.folder_events import Events
from gateway.intake.folder_sight import SETTLE, Sight, files, look_of
from gateway.intake.rounds import Hindered, rounds
from gateway.outside import Clock, Draft, Envelope, Inbox, Temporary

BLOCK = 1 << 20
MOST_IN_FLIGHT = 128  # files recorded and not yet durable
MOST_BYTES = 8 << 20
_NEVER_FOLLOW = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class _Recording:
    """A file on its way into the inbox; `leave` it in place when it is recorded."""

    sight: Sight
    source: str
    outcome: Future[str]
    new: bool
    leave: bool


class FolderIntake:
    """One officer's folder. A file counts as there when it was seen unchanged twice, on a network share three times."""

    def __init__(self, folder: WatchedFolder, inbox: Inbox, clock: Clock) -> None:
        self._folder = folder
        self._inbox = inbox
        self._clock = clock
        self._confirmations = 2 if folder.network_share else 1
        self._sights: dict[str, Sight] = {}
        self._recorded: dict[str, str] = {}  # source → arrival, of what is durable and still lies there
        self._told: set[str] = set()  # sources that the operator has heard of
        self._root: tuple[int, int] | None = None
        self._events: Events | None = None  # while `run` runs

    def scan(self) -> int:
        """Look once: how many files were recorded. Raises `Temporary`; the next scan goes on from there."""
        if not self._inbox.ready():
            raise Hindered("no new file is taken for now")
        with self._open_root() as root:
            ripe = self._look(root)
            known = self._inbox.known(self._folder.name, [self._source(sight) for sight in ripe]) if ripe else set()
            return self._take(root, ripe, known)

    def run(self, stop: threading.Event) -> None:
        """Scan after scan until `stop` is set: after each event, and at least as often as the folder is polled."""
        events = Events(self._folder.path)
        self._root = None
        self._events = None if self._folder.network_share else events
        try:
            rounds(self._folder.name, self.scan, self._distance, stop, lambda seconds: events.pause(seconds, stop))
        finally:
            self._events = None
            events.close()

    def _distance(self) -> float:
        usual = self._folder.poll.total_seconds()
        waiting = any(sight.confirmed < self._confirmations for sight in self._sights.values())
        return min(usual, SETTLE.total_seconds() + 0.05) if waiting and not self._folder.network_share else usual

    @contextmanager
    def _open_root(self) -> Iterator[int]:
        try:
            root = os.open(self._folder.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError:
            self._root = None
            raise Hindered("the folder is not there or cannot be opened") from None
        try:
            self._follow(os.fstat(root))
            yield root
        finally:
            os.close(root)

    def _follow(self, status: os.stat_result) -> None:
        """Notice a folder that is another one than before (deleted and made again, another disk mounted)."""
        identity = (status.st_dev, status.st_ino)
        if identity == self._root:
            return
        if self._root is not None:
            log.folder_replaced(self._folder.name)
        self._root = identity
        if self._events is not None and not self._events.watch():
            log.folder_without_events(self._folder.name)

    def _look(self, root: int) -> list[Sight]:
        """Take note of every file; the ones that are fully there, oldest first."""
        now = self._clock.now()
        try:
            seen = dict(files(root))
        except OSError:
            raise Hindered("the folder cannot be read") from None
        before = self._sights
        self._sights = {
            name: before[name].again(look, now) if name in before else Sight(name, look, now, now)
            for name, look in seen.items()
        }
        present = {self._source(sight) for sight in self._sights.values()}
        self._recorded = {source: arrival for source, arrival in self._recorded.items() if source in present}
        self._told &= present
        ripe = [sight for sight in self._sights.values() if sight.confirmed >= self._confirmations]
        return sorted(ripe, key=lambda sight: (sight.look.mtime_ns, sight.name))

    def _source(self, sight: Sight) -> str:
        """Another one for a file over the limit, so that a raised limit lets it in."""
        return sight.look.source(sight.name, "oversized" if sight.look.size > self._folder.size_limit else "")

    def _take(self, root: int, ripe: list[Sight], known: set[str]) -> int:
        in_flight: deque[_Recording] = deque()
        new = held = 0
        try:
            for sight in ripe:
                source = self._source(sight)
                if source in self._recorded:
                    self._move(root, sight, source)
                    continue
                recording = self._record(root, sight, source, source in known)
                if recording is None:
                    continue
                in_flight.append(recording)
                held += sight.look.size
                while len(in_flight) > MOST_IN_FLIGHT or held > MOST_BYTES:
                    held -= in_flight[0].sight.look.size
                    new += self._settle(root, in_flight.popleft())
            while in_flight:
                new += self._settle(root, in_flight.popleft())
        finally:
            wait([recording.outcome for recording in in_flight])
        return new

    def _settle(self, root: int, recording: _Recording) -> bool:
        """Wait until it is durable, then move it. True for what was new."""
        arrival = recording.outcome.result()
        self._recorded[recording.source] = arrival
        if not recording.leave:
            self._move(root, recording.sight, recording.source)
        return recording.new

    def _move(self, root: int, sight: Sight, source: str) -> None:
        if sight.look.size > self._folder.size_limit:
            return
        try:
            finish(root, sight.name, sight.look, self._recorded[source], sight.since)
        except OSError:
            self._tell(source, sight, "cannot be moved to done")

    def _record(self, root: int, sight: Sight, source: str, known: bool) -> _Recording | None:
        """Hand a file's bytes to the inbox. A known one needs no bytes: the inbox gives its arrival again."""
        oversized = sight.look.size > self._folder.size_limit
        foreign = {"name": readable(os.fsencode(sight.name))}
        if oversized:
            foreign["oversized"] = str(sight.look.size)
            self._tell(source, sight, "over the limit")
        draft = self._inbox.begin()
        try:
            if not (known or oversized) and not self._read(root, sight, source, draft):
                draft.discard()
                return None
            envelope = Envelope("folder", self._folder.name, sight.since, self._folder.officer, source, foreign)
            return _Recording(sight, source, draft.commit(envelope), not known, oversized)
        except Temporary:
            draft.discard()
            raise

    def _read(self, root: int, sight: Sight, source: str, draft: Draft) -> bool:
        """Stream the file; False when it can't be read, or is not (or no longer) what was seen."""
        try:
            file = os.open(sight.name, _NEVER_FOLLOW, dir_fd=root)
        except FileNotFoundError:
            return False
        except OSError:
            self._tell(source, sight, "cannot be opened")
            return False
        try:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                return False
            while block := self._block(file, sight, source):
                room = draft.write(block)
                if room is not None:
                    room.result()
            return draft.size == sight.look.size and look_of(os.fstat(file)) == sight.look
        finally:
            os.close(file)

    def _block(self, file: int, sight: Sight, source: str) -> bytes:
        try:
            return os.read(file, BLOCK)
        except OSError:
            self._tell(source, sight, "cannot be read")
            return b""

    def _tell(self, source: str, sight: Sight, why: str) -> None:
        if source not in self._told:
            self._told.add(source)
            log.left_in_place(self._folder.name, why, sight.look.size)
