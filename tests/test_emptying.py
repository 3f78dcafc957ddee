"""The log is copied into the file beside the writer, and trouble in that is told apart."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any

import pysqlite3
import pytest

from gateway.store import emptying
from gateway.store.emptying import Emptying
from tests.journal.world import open_store


def until(true: Callable[[], bool]) -> bool:
    end = time.monotonic() + 20
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return true()


def failing(code: int) -> Any:
    """An engine whose connection meets this trouble of SQLite's."""

    def connect() -> None:
        error = pysqlite3.OperationalError("trouble")
        error.sqlite_errorcode = code
        raise error

    return SimpleNamespace(connect=connect)


def test_much_that_is_written_lies_in_the_file_while_the_store_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(emptying, "BEGIN_BYTES", 1 << 20)
    path = tmp_path / "gateway.db"
    store = open_store(path)
    before = path.stat().st_size
    for _ in range(4):
        store.append([], [store.keep(b"x" * 500_000)]).result()
    assert until(lambda: path.stat().st_size - before > 1_000_000)
    store.close()


def test_a_little_is_left_in_the_log(tmp_path: Path) -> None:
    copied = Event()
    one = Emptying(SimpleNamespace(connect=copied.set), lambda reason: None)  # type: ignore[arg-type]
    one.start()
    one.wrote(emptying.BEGIN_BYTES - 1)
    assert not copied.wait(0.2)
    one.wrote(1)
    assert copied.wait(20)
    one.stop()


def test_a_file_that_cannot_be_flushed_ends_the_process_and_a_busy_one_does_not() -> None:
    died: list[str] = []
    for code, deaths in ((5, 0), (10, 1)):  # SQLITE_BUSY, SQLITE_IOERR
        one = Emptying(failing(code), died.append)
        one.start()
        one.wrote(emptying.BEGIN_BYTES)
        assert until(lambda wanted=deaths: len(died) == wanted)  # type: ignore[misc]
        time.sleep(0.1)
        one.stop()
        assert len(died) == deaths
    assert died == ["the database failed while its log was copied: OperationalError"]
