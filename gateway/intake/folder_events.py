"""Wakes a folder's scan when something happens there. A hint only: events get lost, the scan is the truth."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from watchdog.events import (
    FileClosedEvent,
    FileCreatedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)

if TYPE_CHECKING:
    from watchdog.observers.api import BaseObserver

# Reading and moving by ourselves must not wake us again, hence no events of opening, of closing unchanged, of deletion.
_WAKING: list[type[FileSystemEvent]] = [FileCreatedEvent, FileClosedEvent, FileModifiedEvent, FileMovedEvent]
_SLICE = 0.5  # seconds, so that a burst of events wakes once and a stop is heard


class Events(FileSystemEventHandler):
    """Events of one folder. `watch` follows it again after it vanished or was replaced."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._woken = threading.Event()
        self._observer: BaseObserver | None = None

    def on_any_event(self, event: FileSystemEvent) -> None:
        self._woken.set()

    def watch(self) -> bool:
        """Begin, or begin anew. False when the system gives no events; then there is only the polling."""
        from watchdog.observers import Observer

        self.close()
        observer = Observer()
        try:
            observer.schedule(self, str(self._path), recursive=False, event_filter=_WAKING)
            observer.start()
        except OSError:
            return False
        self._observer = observer
        return True

    def pause(self, seconds: float, stop: threading.Event) -> None:
        """Wait that long, or until something happened, or until `stop`."""
        end = time.monotonic() + seconds
        while not self._woken.is_set() and (left := end - time.monotonic()) > 0:
            if stop.wait(min(_SLICE, left)):
                break
        self._woken.clear()

    def close(self) -> None:
        observer, self._observer = self._observer, None
        if observer is not None:
            observer.stop()
            with suppress(RuntimeError):  # it had not begun
                observer.join()
