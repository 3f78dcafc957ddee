"""What a worker may do to us is waste its own time: it is ended, told apart from unreadable files, and replaced."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.handler import Limits, Trouble, Unreadable
from gateway.sandbox import Unsafe


def harm(box, name):
    with box.session() as session:
        session.load([f"probe {name}".encode()])
        session.whole("probe")
        session.open("0", "probe")


def works(box):
    with box.session() as session:
        session.load([b"probe secret"])
        session.whole("probe")
        return b"".join(session.bytes("0")) == b"probe secret"


@pytest.mark.parametrize(
    ("name", "why", "detail"),
    [
        ("die", "died", ""),
        ("abort", "died", "6"),
        ("crash", "died", "11"),
        ("spin", "timeout", ""),
        ("sleep", "timeout", ""),
        ("shout", "protocol", ""),
        ("promise", "protocol", ""),
        ("speak_first", "protocol", ""),
        ("panic", "exception", "panic"),
        ("fail", "exception", "keyerror"),
        ("babble", "protocol", ""),
    ],
)
def test_harm_is_unsafe_without_a_foreign_word_and_the_next_arrival_is_served(make, name, why, detail):
    box = make(time=timedelta(seconds=1))
    with pytest.raises(Unsafe) as raised:
        harm(box, name)
    assert (raised.value.why, raised.value.detail) == (why, detail if name != "panic" else raised.value.detail)
    assert "foreign" not in repr(raised.value)
    assert works(box)


def test_memory_without_end_is_a_file_too_large(make):
    box = make()
    with pytest.raises(Unreadable) as raised:
        harm(box, "grow")
    assert raised.value.trouble is Trouble.TOO_LARGE
    assert works(box)


def test_recursion_without_end_is_a_file_too_deep(make):
    with pytest.raises(Unreadable) as raised:
        harm(make(), "recurse")
    assert raised.value.trouble is Trouble.TOO_DEEP


def test_an_unreadable_file_is_told_with_its_place_and_the_session_goes_on(sandbox):
    with sandbox.session() as session:
        session.load([b"probe unreadable"])
        session.whole("probe")
        with pytest.raises(Unreadable) as raised:
            session.open("0", "probe")
        assert (raised.value.trouble, raised.value.where) == (Trouble.DAMAGED, "row 7")
        assert b"".join(session.bytes("0")) == b"probe unreadable"


def test_after_something_unsafe_the_session_is_over(make):
    box = make()
    with box.session() as session:
        session.load([b"probe die"])
        session.whole("probe")
        for _ in range(2):
            with pytest.raises(Unsafe):
                session.open("0", "probe")


def test_output_beyond_the_cap_is_unsafe(make):
    box = make(output=1 << 20)
    with box.session() as session:
        session.load([b"probe ".ljust(2 << 20)])
        session.whole("probe")
        with pytest.raises(Unsafe) as raised:
            list(session.bytes("0"))
    assert raised.value.why == "output"
    assert works(box)


def test_the_time_of_an_arrival_is_counted_over_all_its_questions(make):
    box = make(time=timedelta(seconds=1))
    with box.session() as session, pytest.raises(Unsafe) as raised:
        for _ in range(400):
            session.load([b"probe parts 1 8000000"])
            session.whole("probe")
            session.open("0", "probe")
    assert raised.value.why == "timeout"


def test_time_that_passes_between_questions_does_not_count(make):
    box = make(time=timedelta(seconds=0.5))
    with box.session() as session:
        session.load([b"probe secret"])
        session.whole("probe")
        time.sleep(0.8)
        assert session.open("0", "probe").parts[0].size == 4


@pytest.mark.parametrize(("file", "trouble"), [("parts 201 1", Trouble.TOO_LARGE), ("nest", Trouble.TOO_DEEP)])
def test_what_unpacks_without_end_is_refused(sandbox, file, trouble):
    with sandbox.session() as session, pytest.raises(Unreadable) as raised:
        session.load([f"probe {file}".encode()])
        path = session.whole("probe").path
        while True:
            path = session.open(path, "probe").parts[0].path
    assert raised.value.trouble is trouble


def test_all_parts_of_an_arrival_together_are_limited(sandbox):
    """Four times what one file may unpack to, however the parts are spread."""
    with sandbox.session(Limits(bytes=10_000)) as session, pytest.raises(Unreadable) as raised:
        session.load([b"probe nest".ljust(9_000)])
        path = session.whole("probe").path
        for _ in range(6):
            path = session.open(path, "probe").parts[0].path
    assert raised.value.trouble is Trouble.TOO_LARGE


def test_an_arrival_over_the_limit_is_refused_without_being_held(sandbox):
    with sandbox.session(Limits(bytes=1_000)) as session:
        session.load(b"x" * 400 for _ in range(3))
        with pytest.raises(Unreadable) as raised:
            session.whole("x")
    assert raised.value.trouble is Trouble.TOO_LARGE


def test_a_worker_killed_while_idle_is_replaced_unnoticed(make):
    box = make()
    with box.session() as session:
        worker = session._worker
    os.kill(worker.pid, signal.SIGKILL)
    os.waitid(os.P_PID, worker.pid, os.WEXITED | os.WNOWAIT)
    assert works(box)


def test_a_worker_that_babbles_while_idle_is_replaced_unnoticed(make):
    box = make()
    with box.session() as session:
        session.load([b"probe babble_later"])
        session.whole("probe")
        session.open("0", "probe")
    time.sleep(0.4)
    assert works(box)


@pytest.mark.parametrize("polite", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_polite_signal_to_all_processes_does_not_cost_an_arrival(make, polite):
    """As systemd sends it to the whole group when the daemon is to stop."""
    box = make()
    with box.session() as session:
        session.load([b"probe secret"])
        os.kill(session._worker.pid, polite)
        assert session.whole("probe").size == 12


def test_a_session_that_is_over_can_neither_ask_nor_disturb_the_next(make):
    box = make()
    with box.session() as old:
        old.load([b"x" * 100])
        old.whole("x")
        blocks = old.bytes("0")
        next(blocks)
    with box.session() as new:
        new.load([b"probe secret"])
        with pytest.raises(Unsafe):
            next(blocks)
        with pytest.raises(Unsafe):
            old.whole("x")
        assert new.whole("y").size == 12


def test_workers_end_with_the_daemon(tmp_path):
    """Even when it is killed without a word."""
    code = (
        "from gateway.sandbox import Sandbox; from gateway.config.settings import SandboxSettings; import time\n"
        "box = Sandbox(SandboxSettings(workers=1), ['mail_message'])\n"
        "with box.session() as s: print(s._worker.pid, flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as daemon:
        worker = Path("/proc") / daemon.stdout.readline().strip()
        assert worker.exists()
        daemon.kill()
    until = time.monotonic() + 10
    while worker.exists() and "Z" not in (worker / "stat").read_text().split()[2] and time.monotonic() < until:
        time.sleep(0.02)
    assert not worker.exists() or (worker / "stat").read_text().split()[2] == "Z"


def test_sessions_run_side_by_side_and_more_of_them_wait(make):
    box = make(workers=2)
    inside, most, lock = [], [], threading.Lock()

    def one():
        with box.session() as session:
            with lock:
                inside.append(1)
                most.append(len(inside))
            session.load([b"probe secret"])
            session.whole("probe")
            time.sleep(0.05)
            assert session.open("0", "probe").parts[0].size == 4
            with lock:
                inside.pop()

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(most) == 8
    assert max(most) == 2
