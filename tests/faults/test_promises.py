"""The promises to the outside, each seen from outside: synced before `250`, recorded before sent, sent twice the same.

`test_the_tests` breaks each of them on purpose and expects the one test here to turn red.
"""

from __future__ import annotations

import re
import smtplib
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.core.facts import Received, Sent, Written
from gateway.demo.county import County
from gateway.demo.post_office import PostOffice
from gateway.outlet.mail import MailOutlet
from gateway.outside import Temporary
from gateway.store import Decision
from tests.faults.real_daemon import RealDaemon
from tests.world import REPORTING_DAY, Site, report, undone, watching

OFFICER = "health.reporter"


@pytest.fixture
def town(site: Site, tmp_path: Path) -> Iterator[County]:
    with site.town(tmp_path, REPORTING_DAY) as county:
        county.work()
        yield county


# --- what the kernel saw ---

_CALL = re.compile(r"^(\d+)\s+(?:<\.\.\. )?(\w+)(?:\((\d+)(?:<([^>]*)>)?| resumed>)(.*)")


def traced(daemon: RealDaemon, mails: int, folder: Path) -> list[str]:
    """The system calls with which the daemon took so many mails."""
    assert daemon.process
    path = folder / "trace"
    calls = "pwrite64,write,writev,sendto,sendmsg,fsync,fdatasync"
    tracer = subprocess.Popen(
        ["strace", "-f", "-y", "-s", "60", "-e", f"trace={calls}", "-p", str(daemon.process.pid), "-o", str(path)],
        stderr=subprocess.PIPE,
    )
    assert tracer.stderr
    assert b"attached" in tracer.stderr.readline()
    try:
        with smtplib.SMTP("localhost", daemon.port, timeout=30) as client:
            for number in range(mails):
                client.sendmail(
                    "someone@elsewhere.example", ["report@qinglan.example"], b"Subject: %d\r\n\r\n" % number
                )
    finally:
        tracer.terminate()
        tracer.wait()
    return path.read_text(errors="replace").splitlines()


def test_the_disk_is_synced_between_a_mails_last_write_and_its_250(tmp_path: Path) -> None:
    daemon = RealDaemon(tmp_path)
    try:
        daemon.start()
        lines = traced(daemon, 5, tmp_path)
    finally:
        daemon.close()
    written, acknowledged = False, 0
    for line in lines:
        if "gateway.db-wal>" in line and "pwrite64(" in line:
            written = True  # and not yet synced
        elif "gateway.db-wal>" in line and re.search(r"\bf(?:data)?sync\(.*= 0$|\bf(?:data)?sync\(.*unfinished", line):
            written = False
        elif re.search(r'(?:sendto|write|writev|sendmsg)\(.*"250 2\.0\.0 A-', line):
            acknowledged += 1
            assert not written, "a 250 went out while the log was not on the disk"
    assert acknowledged == 5
    assert any("gateway.db-wal>" in line and "sync(" in line for line in lines)


# --- what a client and the relay see ---


def test_no_250_is_heard_before_the_commit(town: County) -> None:
    go, held = threading.Event(), threading.Event()
    town.gateway.store.transact(lambda view: (held.set(), go.wait(30), Decision(()))[2])
    assert held.wait(10)
    heard: list[float] = []

    def client() -> None:
        town.send(town.address(OFFICER), report(town, OFFICER, "hospital_births"))
        heard.append(time.monotonic())

    thread = threading.Thread(target=client)
    thread.start()
    try:
        thread.join(1.0)
        assert heard == []
    finally:
        go.set()
        thread.join(30)
    assert heard
    assert [fact for _, fact in town.gateway.store.entries() if isinstance(fact, Received)]


def test_when_a_letter_goes_out_its_fact_is_under_a_signed_checkpoint(
    town: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    unfounded = []
    take = PostOffice._deliver

    def taken(office: PostOffice, recipient: str, raw: bytes) -> None:
        take(office, recipient, raw)
        letter = str(office.letters[-1].message["Message-ID"])[1:].partition("@")[0]
        store = town.gateway.store
        size = store.latest().size
        recorded = [index for index, fact in store.entries() if isinstance(fact, Written) and fact.letter == letter]
        if not recorded or recorded[0] >= size:
            unfounded.append(letter)

    monkeypatch.setattr(PostOffice, "_deliver", taken)
    before = len(town.post_office.letters)
    town.send(town.address(OFFICER), report(town, OFFICER, "hospital_births"), OFFICER)
    town.work()
    town.turn_to(town.clock.now() + timedelta(days=4))
    assert len(town.post_office.letters) > before + 2
    assert unfounded == []


def test_a_letter_that_is_sent_again_is_the_same_to_the_byte(town: County, monkeypatch: pytest.MonkeyPatch) -> None:
    send = MailOutlet.send
    tried: set[str] = set()

    def lost(outlet: MailOutlet, letter: bytes, message_id: str, recipient: str) -> None:
        send(outlet, letter, message_id, recipient)
        if message_id not in tried:
            tried.add(message_id)
            raise Temporary("the answer got lost")

    monkeypatch.setattr(MailOutlet, "send", lost)
    with watching(town) as seen:
        town.send(town.address(OFFICER), report(town, OFFICER, "hospital_births"), OFFICER)
        for _ in range(5):
            town.turn_to(town.clock.now() + timedelta(seconds=10))
    copies: dict[str, list[bytes]] = {}
    for letter in seen.told.letters:
        copies.setdefault(str(letter.message["Message-ID"]), []).append(letter.raw)
    assert copies
    assert all(len(raw) == 2 and raw[0] == raw[1] for raw in copies.values())
    assert len(seen.told.of(Sent)) == len(copies)
    assert undone(town) == []
