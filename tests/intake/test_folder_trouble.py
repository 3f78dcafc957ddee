"""Whatever breaks between a folder and the inbox, the next scan goes on and nothing is lost or doubled."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway.intake import folder as folder_module
from gateway.intake import folder_done
from gateway.intake.folder_sight import look_of
from gateway.outside import Envelope, Temporary
from tests.intake.desk import Desk
from tests.intake.inbox import FakeInbox


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    path = tmp_path / "officer"
    path.mkdir()
    return Desk(path)


def test_a_file_that_could_not_be_recorded_stays_and_comes_with_the_next_scan(desk: Desk) -> None:
    for number in range(5):
        desk.put(f"{number}.csv", str(number).encode())
    desk.intake.scan()
    desk.inbox.fail_commits = 2
    with pytest.raises(Temporary):
        desk.later()
    while desk.inbox.fail_commits:
        with pytest.raises(Temporary):
            desk.later()
    desk.later()
    assert sorted(desk.inbox.contents) == [b"0", b"1", b"2", b"3", b"4"]
    assert (desk.names, len(desk.done)) == ([], 5)


def test_nothing_is_taken_while_the_inbox_takes_nothing(desk: Desk) -> None:
    desk.put("a.csv")
    desk.intake.scan()
    desk.inbox.is_ready = False
    with pytest.raises(Temporary):
        desk.later()
    assert (desk.names, desk.inbox.drafts) == (["a.csv"], [])
    desk.inbox.is_ready = True
    assert desk.later() == 1


def test_after_a_crash_between_record_and_move_a_file_is_only_moved(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.put("a.csv", b"content")
    with monkeypatch.context() as broken:
        broken.setattr(folder_module, "finish", _crash)
        with pytest.raises(_Crash):
            desk.settle()
    assert (len(desk.inbox.arrivals), desk.names) == (1, ["a.csv"])
    desk.restart()
    with monkeypatch.context() as watched:
        watched.setattr(os, "read", _crash)
        assert desk.settle() == 0
    assert len(desk.inbox.arrivals) == 1
    assert [path.name for path in desk.done] == ["a00001-a.csv"]
    assert desk.done[0].read_bytes() == b"content"


def test_a_file_saved_anew_while_the_old_one_is_recorded_is_not_taken_along(desk: Desk) -> None:
    desk.put("a.csv", b"old")

    def save_anew() -> None:
        desk.put("beside.tmp", b"new")
        os.replace(desk.path / "beside.tmp", desk.path / "a.csv")

    meddled = Desk(desk.path, _Meddling(save_anew))
    meddled.intake.scan()
    assert meddled.later() == 1
    assert meddled.inbox.contents == [b"old"]
    assert desk.done == []
    assert [(desk.path / name).read_bytes() for name in desk.names] == [b"new"]
    desk.restart()
    assert desk.settle() == 1
    assert desk.inbox.contents == [b"new"]


def test_a_file_that_changes_while_it_is_read_is_left_until_it_rests(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = desk.put("a.csv", b"first")
    read = os.read

    def read_and_change(file: int, size: int) -> bytes:
        block = read(file, size)
        if block:
            path.write_bytes(b"other")  # of the same size
        return block

    desk.intake.scan()
    with monkeypatch.context() as meddling:
        meddling.setattr(os, "read", read_and_change)
        assert desk.later() == 0
    assert (desk.inbox.arrivals, desk.inbox.discarded) == ([], 1)
    assert desk.settle() == 1
    assert desk.inbox.contents == [b"other"]


def test_a_file_that_vanishes_is_nobodys_trouble(desk: Desk) -> None:
    path = desk.put("a.csv")
    desk.put("b.csv", b"b")
    desk.intake.scan()
    path.unlink()
    assert desk.later() == 1
    assert desk.inbox.contents == [b"b"]


def test_an_unreadable_file_is_told_once_and_tried_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.put("a.csv", b"a")
    desk.put("b.csv", b"b")
    opened = os.open

    def refusing(path: str, *arguments: int, **options: int) -> int:
        if path == "a.csv":
            raise PermissionError
        return opened(path, *arguments, **options)

    with monkeypatch.context() as broken, capture_logs() as logs:
        broken.setattr(os, "open", refusing)
        assert desk.settle() == 1
        assert [desk.later(), desk.later()] == [0, 0]
    assert [(line["event"], line["why"]) for line in logs] == [("left in place", "cannot be opened")]
    assert "a.csv" not in str(logs)
    assert desk.later() == 1
    assert sorted(desk.inbox.contents) == [b"a", b"b"]


def test_a_file_that_cannot_be_moved_is_told_once_and_never_recorded_again(
    desk: Desk, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (desk.path / "done").symlink_to(elsewhere)  # a trap: it must not be followed
    desk.put("a.csv")
    with capture_logs() as logs:
        assert [desk.settle(), desk.settle()] == [1, 0]
    assert [line["why"] for line in logs] == ["cannot be moved to done"]
    assert (desk.names, list(elsewhere.iterdir())) == (["a.csv"], [])
    (desk.path / "done").unlink()
    assert desk.later() == 0
    assert len(desk.done) == len(desk.inbox.arrivals) == 1


def test_nothing_in_done_is_ever_overwritten(desk: Desk) -> None:
    day = desk.clock.now().astimezone().strftime("%Y-%m-%d")
    taken = desk.path / "done" / day / "a00001-a.csv"
    taken.parent.mkdir(parents=True)
    taken.write_bytes(b"somebody's")
    desk.put("a.csv", b"mine")
    desk.settle()
    kept = {path.name: path.read_bytes() for path in desk.done}
    assert kept == {"a00001-a.csv": b"somebody's", "a00001-2-a.csv": b"mine"}


def test_a_link_put_in_place_of_a_recorded_file_is_not_followed(desk: Desk, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_bytes(b"not for the gateway")
    path = desk.put("a.csv", b"content")
    desk.intake.scan()
    path.unlink()
    path.symlink_to(secret)
    assert [desk.later(), desk.later()] == [0, 0]
    assert desk.inbox.arrivals == []


def test_a_link_put_there_between_look_and_open_is_not_followed(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_bytes(b"not for the gateway")
    desk.put("a.csv").unlink()
    (desk.path / "a.csv").symlink_to(secret)
    monkeypatch.setattr(folder_module, "files", lambda _: [("a.csv", look_of(secret.stat()))])
    assert desk.settle() == 0
    assert desk.inbox.arrivals == []


def test_a_folder_that_vanished_is_trouble_until_it_is_back(desk: Desk) -> None:
    desk.intake.scan()
    shutil.rmtree(desk.path)
    with pytest.raises(Temporary, match="not there"):
        desk.later()
    desk.path.mkdir()
    desk.put("a.csv")
    assert desk.settle() == 1


def test_a_folder_that_is_suddenly_another_one_is_told(desk: Desk, tmp_path: Path) -> None:
    desk.intake.scan()
    desk.path.rename(tmp_path / "moved away")
    desk.path.mkdir()
    with capture_logs() as logs:
        desk.intake.scan()
    assert [line["event"] for line in logs] == ["the folder is another one than before"]


def test_the_loop_hears_events_again_after_its_folder_came_back(desk: Desk) -> None:
    desk.restart(poll=timedelta(seconds=1))
    stop = threading.Event()
    loop = threading.Thread(target=desk.intake.run, args=(stop,))
    loop.start()
    try:
        time.sleep(0.3)
        shutil.rmtree(desk.path)
        time.sleep(1.5)
        assert loop.is_alive()
        desk.path.mkdir()
        desk.put("a.csv")
        end = time.monotonic() + 20
        while not desk.done and time.monotonic() < end:
            desk.clock.turn(timedelta(seconds=1))
            time.sleep(0.1)
    finally:
        stop.set()
        loop.join(10)
    assert len(desk.done) == 1


def test_what_changed_is_put_back_under_a_name_of_its_own(desk: Desk) -> None:
    path = desk.put("a.csv", b"recorded")
    root = os.open(desk.path, os.O_RDONLY)
    look = look_of(path.stat())
    path.write_bytes(b"changed since")
    try:
        assert not folder_done.finish(root, "a.csv", look, "a1", desk.clock.now())
    finally:
        os.close(root)
    assert desk.names == ["a1-new-a.csv"]
    assert (desk.path / "a1-new-a.csv").read_bytes() == b"changed since"


class _Meddling(FakeInbox):
    """Somebody does something just before the record is durable."""

    def __init__(self, meddle: Callable[[], None]) -> None:
        super().__init__()
        self._meddle = meddle

    def record(self, content: bytes, envelope: Envelope) -> Future[str]:
        self._meddle()
        return super().record(content, envelope)


class _Crash(Exception):
    pass


def _crash(*_: object) -> None:
    raise _Crash
