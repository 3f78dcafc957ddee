"""Copies the write-ahead log into the file beside the writer, which would otherwise stop for it.

SQLite's own way is to do it within a commit: then everybody waits while some megabytes are copied and flushed. A
passive checkpoint copies what is committed and hinders nobody. Should writing outrun it, the writer's own limit stays.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from typing import Any

from sqlalchemy import Engine

from gateway.store import database

BEGIN_BYTES = 16 << 20  # written, before it is worth while


class Emptying:
    """One thread, for the life of the store. The writer tells it what it wrote."""

    def __init__(self, engine: Engine, die: Callable[[str], None]) -> None:
        self._engine, self._die = engine, die
        self._written = 0  # bytes, about, since the log was last copied; the writer's thread alone counts
        self._wake, self._stopped = Event(), False
        self._thread = Thread(target=self._run, name="emptying", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wrote(self, size: int) -> None:
        """A commit of about so many bytes took hold."""
        self._written += size
        if self._written >= BEGIN_BYTES:
            self._written = 0
            self._wake.set()

    def stop(self) -> None:
        self._stopped = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            if self._stopped:
                return
            self._copy()

    def _copy(self) -> None:
        try:
            with self._engine.connect() as connection:
                driver: Any = connection.connection.driver_connection
                driver.execute("PRAGMA wal_checkpoint(PASSIVE)").close()
        except Exception as error:  # a file that can't be flushed ends the process; anything else is tried again
            if database.is_fatal(error):
                self._die(f"the database failed while its log was copied: {type(error).__name__}")
