"""A backup or a restore that fails leaves nothing behind that looks like one, or fills the disk."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.store import backup, restore
from gateway.store.database import Unfit
from tests.journal.world import KEYS, TurnedClock, fold, metadata, open_store, url_of

ROOM = 40_000  # bytes; the empty state takes more


@contextmanager
def a_full_disk() -> Iterator[None]:
    """No file can grow beyond `ROOM` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "gateway.db"
    open_store(path).close()
    return path


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_a_backup_on_a_full_disk_leaves_nothing_behind(path: Path, tmp_path: Path) -> None:
    before = names(tmp_path)
    with a_full_disk(), pytest.raises(Exception, match="disk"):
        backup(url_of(path), tmp_path / "saved.db")
    assert names(tmp_path) == before
    backup(url_of(path), tmp_path / "saved.db")
    assert names(tmp_path) == sorted([*before, "saved.db"])


def test_a_restore_on_a_full_disk_leaves_nothing_behind(path: Path, tmp_path: Path) -> None:
    backup(url_of(path), tmp_path / "saved.db")
    before = names(tmp_path)
    with a_full_disk(), pytest.raises(OSError, match="too large"):
        restore(tmp_path / "saved.db", tmp_path / "back.db", KEYS, TurnedClock(), fold=fold, schema=[metadata])
    assert names(tmp_path) == before


def test_a_file_that_is_no_backup_leaves_nothing_of_itself_beside_the_state(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    with pytest.raises(Unfit):
        restore(tmp_path / "empty.db", tmp_path / "back.db", KEYS, TurnedClock(), fold=fold, schema=[metadata])
    assert names(tmp_path) == ["empty.db"]


def test_what_a_killed_process_left_is_no_part_of_the_next_backup_or_restore(path: Path, tmp_path: Path) -> None:
    for left in ("saved.db.part", "back.db.part", "back.db.part-wal"):
        (tmp_path / left).write_bytes(b"half")
    backup(url_of(path), tmp_path / "saved.db")
    restore(tmp_path / "saved.db", tmp_path / "back.db", KEYS, TurnedClock(), fold=fold, schema=[metadata])
    assert names(tmp_path) == ["back.db", "gateway.db", "saved.db"]


def test_a_backup_that_bears_the_name_of_the_work_in_progress_is_not_overwritten(path: Path, tmp_path: Path) -> None:
    backup(url_of(path), tmp_path / "back.db.part")
    before = (tmp_path / "back.db.part").read_bytes()
    with pytest.raises(FileExistsError):
        restore(tmp_path / "back.db.part", tmp_path / "back.db", KEYS, TurnedClock(), fold=fold, schema=[metadata])
    assert (tmp_path / "back.db.part").read_bytes() == before
    with pytest.raises(FileExistsError):
        backup(url_of(tmp_path / "back.db.part"), tmp_path / "back.db")
    assert (tmp_path / "back.db.part").read_bytes() == before
