"""An officer's folder: what is fully there is recorded, and moved to `done/` after that."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.outside import Envelope
from tests.intake.desk import Desk
from tests.intake.inbox import FakeInbox


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_file_is_recorded_when_it_was_seen_unchanged_twice(desk: Desk) -> None:
    desk.put("十月迁入.csv", b"id,name\r\n")
    assert (desk.intake.scan(), desk.inbox.arrivals) == (0, [])
    assert desk.later() == 1
    arrived = desk.inbox.arrivals[0]
    assert arrived.content == b"id,name\r\n"
    assert arrived.envelope.officer == "officer-1"
    assert (arrived.envelope.channel, arrived.envelope.account) == ("folder", "housing")
    assert arrived.envelope.foreign == {"name": "十月迁入.csv"}
    assert arrived.envelope.source is not None
    assert len(arrived.envelope.source) == 32


def test_the_instant_that_counts_is_the_first_sight_of_the_whole_file(desk: Desk) -> None:
    desk.put("a.csv", b"half")
    desk.intake.scan()
    desk.clock.turn(timedelta(minutes=1))
    desk.put("a.csv", b"half and half")
    whole = desk.clock.now()
    desk.intake.scan()
    assert desk.later() == 1
    assert desk.inbox.arrivals[0].envelope.had == whole


def test_it_moves_to_done_under_its_day_and_arrival(desk: Desk) -> None:
    desk.put("a.csv", b"content")
    desk.settle()
    day = desk.inbox.arrivals[0].envelope.had.astimezone().strftime("%Y-%m-%d")
    assert desk.done == [desk.path / "done" / day / "a00001-a.csv"]
    assert desk.done[0].read_bytes() == b"content"
    assert desk.names == []


def test_it_is_moved_only_when_it_is_durable(tmp_path: Path) -> None:
    seen: list[bool] = []

    class Slow(FakeInbox):
        def record(self, content: bytes, envelope: Envelope) -> Future[str]:
            durable: Future[str] = Future()

            def become_durable() -> None:
                seen.append((tmp_path / "a.csv").exists())
                durable.set_result("a1")

            threading.Timer(0.1, become_durable).start()
            return durable

    desk = Desk(tmp_path, Slow())
    desk.put("a.csv")
    assert desk.settle() == 1
    assert seen == [True]
    assert len(desk.done) == 1


def test_a_growing_file_is_left_until_it_rests(desk: Desk) -> None:
    for size in range(1, 6):
        desk.put("a.csv", b"x" * size)
        assert desk.later() == 0
    assert desk.later() == 1
    assert desk.inbox.contents == [b"xxxxx"]


def test_two_looks_in_the_same_instant_prove_nothing(desk: Desk) -> None:
    desk.put("a.csv")
    assert [desk.intake.scan() for _ in range(5)] == [0] * 5


def test_a_clock_set_back_delays_and_breaks_nothing(desk: Desk) -> None:
    desk.put("a.csv")
    desk.intake.scan()
    assert desk.later(-86_400) == 0
    assert desk.later() == 1


def test_on_a_network_share_a_file_must_rest_longer(tmp_path: Path) -> None:
    desk = Desk(tmp_path, network_share=True)
    desk.put("a.csv")
    assert [desk.intake.scan(), desk.later(), desk.later()] == [0, 0, 1]


def test_a_burst_of_two_thousand_files_is_taken_completely(desk: Desk) -> None:
    for number in range(2_000):
        desk.put(f"报表{number}.csv", str(number).encode())
    assert desk.settle() == 2_000
    assert sorted(desk.inbox.contents) == sorted(str(number).encode() for number in range(2_000))
    assert (desk.names, len(desk.done)) == ([], 2_000)


def test_older_files_come_first(desk: Desk) -> None:
    for number, name in enumerate(["c.csv", "a.csv", "b.csv"]):
        os.utime(desk.put(name, name.encode()), (1_000 + number, 1_000 + number))
    desk.settle()
    assert desk.inbox.contents == [b"c.csv", b"a.csv", b"b.csv"]


def test_a_large_file_streams_in_blocks(desk: Desk) -> None:
    content = os.urandom(3_500_000)
    desk.put("a.xlsx", content)
    assert desk.settle() == 1
    assert desk.inbox.contents == [content]
    assert desk.inbox.drafts[0].largest_block == 1 << 20


def test_an_empty_file_is_a_report_too(desk: Desk) -> None:
    desk.put("a.csv", b"")
    assert desk.settle() == 1


@pytest.mark.parametrize(
    "name", ["~$a.xlsx", ".a.csv", "a.csv.tmp", "A.TMP", "a.part", "a.csv~", ".~lock.a.ods#", "Thumbs.db", "a.filepart"]
)
def test_unfinished_and_system_files_are_ignored(desk: Desk, name: str) -> None:
    desk.put(name)
    assert desk.settle() == 0
    assert desk.names == [name]


def test_links_devices_and_folders_are_ignored(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> None:
    secret = tmp_path_factory.mktemp("elsewhere") / "secret"
    secret.write_bytes(b"not for the gateway")
    (desk.path / "link.csv").symlink_to(secret)
    (desk.path / "folder.csv").mkdir()
    os.mkfifo(desk.path / "pipe.csv")
    assert desk.settle() == 0
    assert secret.exists()


@pytest.mark.parametrize(
    ("name", "shown", "kept"),
    [
        ("x\\..\\..\\etc\\passwd", "x\\..\\..\\etc\\passwd", "x_.._.._etc_passwd"),
        ("a\nb.csv", "a\nb.csv", "a_b.csv"),
        ("...", None, None),
        ("报" * 83 + ".xlsx", "报" * 83 + ".xlsx", "报" * 81 + ".xlsx"),
        ("a" * 255, "a" * 255, "a" * 248),
        ("十月.csv".encode("gb18030"), "十月.csv", "十月.csv"),
        ("evil\u202exslx.csv", "evil\u202exslx.csv", "evil_xslx.csv"),
        ("done", "done", None),
        ("-rf *", "-rf *", "-rf _"),
    ],
)
def test_strange_names_do_no_harm(desk: Desk, name: str | bytes, shown: str | None, kept: str | None) -> None:
    desk.put(name, b"content")
    assert desk.settle() == (shown is not None)
    if shown is not None:
        assert desk.inbox.arrivals[0].envelope.foreign == {"name": shown}
    if kept is not None:
        assert [path.name for path in desk.done] == [f"a00001-{kept}"]
        assert desk.done[0].read_bytes() == b"content"
        assert len(os.fsencode(desk.done[0].name)) <= 255


def test_the_same_name_again_is_a_new_arrival_and_overwrites_nothing(desk: Desk) -> None:
    for content in (b"one", b"two"):
        desk.put("a.csv", content)
        assert desk.settle() == 1
    assert [path.read_bytes() for path in desk.done] == [b"one", b"two"]


def test_a_file_over_the_limit_stays_and_is_recorded_once_without_its_bytes(desk: Desk) -> None:
    desk.restart(size_limit=100)
    desk.put("a.csv", b"x" * 101)
    assert [desk.settle(), desk.settle()] == [1, 0]
    assert desk.inbox.contents == [b""]
    assert desk.inbox.arrivals[0].envelope.foreign == {"name": "a.csv", "oversized": "101"}
    desk.restart(size_limit=100)
    assert (desk.settle(), desk.names) == (0, ["a.csv"])
    desk.restart(size_limit=101)
    assert (desk.settle(), desk.names) == (1, [])
    assert desk.inbox.contents[1] == b"x" * 101


@pytest.mark.parametrize("network_share", [False, True])
def test_the_loop_takes_what_comes_and_ends_when_told(tmp_path: Path, network_share: bool) -> None:
    poll = timedelta(seconds=0.1) if network_share else timedelta(minutes=10)  # only an event can wake it
    desk = Desk(tmp_path, network_share=network_share, poll=poll)
    stop = threading.Event()
    loop = threading.Thread(target=desk.intake.run, args=(stop,))
    loop.start()
    try:
        time.sleep(0.5)
        for number in range(3):
            desk.put(f"{number}.csv", b"content")
        _wait_for(lambda: len(desk.done) == 3, lambda: desk.clock.turn(timedelta(seconds=1)))
    finally:
        stop.set()
        loop.join(10)
    assert not loop.is_alive()
    assert len(desk.inbox.arrivals) == 3


def _wait_for(condition: Callable[[], bool], meanwhile: Callable[[], None], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        meanwhile()
        time.sleep(0.1)
