"""Trouble from outside: the disk, other processes, the relay, the folder, the sandbox. Nothing is lost by it."""

from __future__ import annotations

import os
import signal
import smtplib
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.core.facts import Attempted, Judged, Received, SetAside, Troubled, Undeliverable, Written
from gateway.demo.county import County
from gateway.demo.post_office import PostOffice
from gateway.demo.senders import put
from gateway.outside import Temporary
from gateway.perform import judging, performer
from gateway.perform.together import Failed
from gateway.sandbox.worker import Worker
from gateway.store import database, writer
from tests.faults.real_daemon import free_port
from tests.world import REPORTING_DAY, Site, Told, report, restarted, send_in, undone, watching

OFFICER = "health.reporter"


@pytest.fixture
def town(site: Site, tmp_path: Path) -> Iterator[County]:
    with site.town(tmp_path, REPORTING_DAY) as county:
        county.work()
        yield county


# In a process of its own, because locks on files are a process's and not a connection's.
_HOLDS = """
import sys, pysqlite3
held = pysqlite3.connect(sys.argv[1], isolation_level=None)
held.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.readline()
held.execute("ROLLBACK")
"""


def state(county: County) -> Path:
    return county.folder / "gateway" / "state" / "gateway.db"


def refused(county: County) -> int:
    """The code with which the listener refuses a mail now."""
    with pytest.raises(smtplib.SMTPException) as caught:
        county.send(county.address(OFFICER), report(county, OFFICER, "hospital_births"))
    error = caught.value
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return next(iter(error.recipients.values()))[0]
    assert isinstance(error, smtplib.SMTPResponseException)
    return error.smtp_code


def arrivals(county: County) -> list[Received]:
    return [fact for _, fact in county.gateway.store.entries() if isinstance(fact, Received)]


# --- database and disk ---


def test_while_another_process_holds_the_database_mail_waits_outside_and_comes_in_by_itself(
    site: Site, town: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_BUSY_MILLISECONDS", 50)
    monkeypatch.setattr(writer, "_TROUBLE_SECONDS", 0.1)
    restarted(site, town)
    other = subprocess.Popen([sys.executable, "-c", _HOLDS, state(town)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert other.stdout
    assert other.stdout.readline() == b"held\n"
    try:
        assert refused(town) in (451, 452)
        put(town.officer_folder, town.csv("bailu_police", "station_births", "2026-M12"))
        with pytest.raises(Temporary):
            town.work()
    finally:
        other.communicate(b"let go\n")
    assert arrivals(town) == []
    time.sleep(0.2)
    told = send_in(town, OFFICER, "hospital_births")
    assert sorted(one.verdict for one in told.submissions) == ["accepted", "accepted"]  # the file came as well
    assert undone(town) == []


def test_a_full_disk_is_a_refusal_for_the_moment(site: Site, town: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "_TROUBLE_SECONDS", 0.1)
    store = town.gateway.store

    def pages(most: int) -> None:
        store.maintain(lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count={most}").close()).result()

    used = store.maintain(lambda connection: connection.exec_driver_sql("PRAGMA page_count").scalar()).result()
    pages(used)
    before = len(list(store.entries()))
    big = town.mail(town.address(OFFICER), "large", [], "x" * 300_000)
    with pytest.raises(smtplib.SMTPResponseException) as caught:
        town.send(town.address(OFFICER), big)
    assert caught.value.smtp_code in (451, 452)
    assert len(list(store.entries())) == before
    pages(1 << 30)
    time.sleep(0.2)
    town.send(town.address(OFFICER), big)
    town.work()
    assert len(arrivals(town)) == 1
    assert undone(town) == []


def test_below_the_watermark_of_the_disk_no_mail_is_taken(site: Site, town: County) -> None:
    restarted(site, town, disk_watermark=1 << 60)
    assert refused(town) == 452
    assert arrivals(town) == []
    restarted(site, town, disk_watermark=0)
    assert [one.verdict for one in send_in(town, OFFICER, "hospital_births").submissions] == ["accepted"]


# --- the relay, and a folder that is gone ---


def test_a_relay_that_is_down_for_hours_gets_everything_later_and_an_alarm_tells_of_it(
    site: Site, town: County
) -> None:
    relay = town.gateway.configuration.settings.relay
    assert relay
    away = type(relay)(host="127.0.0.1", port=free_port())
    with watching(town) as seen:
        restarted(site, town, relay=away)
        town.send(town.address(OFFICER), report(town, OFFICER, "hospital_births"), OFFICER)
        waits = []
        for _ in range(20):
            town.work()
            again = max(one.again for one in town.gateway.daemon._waiting.values())
            waits.append(again - town.clock.now())
            town.clock.instant = again
    assert waits[0] < waits[3] < waits[6]
    assert max(waits) == timedelta(minutes=30)
    assert seen.told.letters == ()
    troubled = [fact.duty for fact in seen.told.of(Troubled)]
    assert troubled
    assert len(troubled) == len(set(troubled))  # each told once
    assert all(duty.startswith("send/") for duty in troubled)
    with watching(town) as seen:
        restarted(site, town, relay=relay)
        town.work()
    assert any("已接收" in letter.subject for letter in seen.told.letters)
    assert undone(town) == []


def test_what_a_relay_refuses_for_good_is_a_fact_and_an_alarm_and_tried_no_more(
    site: Site, town: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no(*_: Any) -> str:
        return "550 5.1.1 no such user"

    with monkeypatch.context() as patched:
        patched.setattr(PostOffice, "handle_DATA", no)
        restarted(site, town)  # a connection that is open already would go on as before
        told = send_in(town, OFFICER, "hospital_births")
    refused_letters = told.of(Undeliverable)
    assert {fact.code for fact in refused_letters} == {"550"}
    with watching(town) as seen:
        town.turn_to(town.clock.now() + timedelta(hours=1))
    assert not [letter for letter in seen.told.letters if "receipt.json" in letter.files()]
    with town.gateway.store.view() as view:
        alarms = {(alarm.kind, alarm.about) for alarm in view.alarms()}
    assert alarms == {("undeliverable", fact.letter) for fact in refused_letters}
    town.turn_to(town.clock.now() + timedelta(days=1))
    auditor = town.post_office.to("auditor@audit.qinglan.example")[-1]
    assert all(fact.letter in auditor.text for fact in refused_letters)


def test_answers_wait_for_a_folder_that_is_gone(town: County) -> None:
    folder = town.officer_folder
    put(folder, town.csv("bailu_police", "station_births", "2026-M12"))
    for intake in town.gateway.intakes.values():
        intake.scan()  # type: ignore[union-attr]
        town.clock.instant += timedelta(seconds=3)
        intake.scan()  # type: ignore[union-attr]
    folder.rename(folder.with_name("unmounted"))
    town.gateway.settle()
    written = [fact for _, fact in town.gateway.store.entries() if isinstance(fact, Written) and fact.kind == "receipt"]
    assert len(written) == 1
    assert undone(town) == [f"send/{written[0].letter}"]
    folder.with_name("unmounted").rename(folder)
    town.turn_to(town.clock.now() + timedelta(minutes=1))
    assert undone(town) == []
    assert len(list(folder.glob("answers/*/receipt.json"))) == 1


# --- the sandbox, and trouble of our own ---


def test_a_worker_killed_while_it_reads_costs_nobody_their_report(
    town: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is proven gets an answer, whoever is not is kept; the daemon lives and serves the next one."""
    ready = Worker.begin
    killed: list[int] = []

    def begun(worker: Worker, *arguments: Any) -> None:
        ready(worker, *arguments)
        if not killed:
            killed.append(worker._process.pid)
            threading.Timer(0.0, os.kill, (worker._process.pid, signal.SIGKILL)).start()

    monkeypatch.setattr(Worker, "begin", begun)
    told = send_in(town, OFFICER, "hospital_births")
    assert killed
    (judged,) = told.of(Judged)
    verdicts = [(one.verdict, one.refusal) for one in judged.submissions]
    assert judged.refusal == "unsafe_mail" or verdicts in ([("accepted", None)], [("rejected", "unsafe")])
    assert any("receipt.json" in letter.files() for letter in told.letters)
    again = send_in(town, OFFICER, "infant_deaths", [])
    assert [one.verdict for one in again.submissions] == ["accepted"]


def test_what_ends_the_process_is_set_aside_the_third_time_and_the_others_go_on(
    site: Site, town: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exception is one that nobody foresaw; each time the process ends and is started again."""
    town.send(town.address(OFFICER), report(town, OFFICER, "hospital_births"), OFFICER)
    (poison,) = arrivals(town)
    judge = judging.judge

    def poisoned(office: Any, run: Any) -> Any:
        for duty in run:
            if duty.arrival == poison.arrival:
                raise Failed(duty) from ZeroDivisionError()
        return judge(office, run)

    by_run = {kind: poisoned if act is judge else act for kind, act in performer.BY_RUN.items()}
    monkeypatch.setattr(performer, "BY_RUN", by_run)
    deaths = 0
    with watching(town) as seen:
        while deaths < 10:
            try:
                town.work()
                break
            except ZeroDivisionError:
                deaths += 1
                restarted(site, town)
    assert deaths == 3
    assert [fact.deaths for fact in seen.told.of(Attempted)] == [1, 2, 3]
    assert [fact.arrival for fact in seen.told.of(SetAside)] == [poison.arrival]
    with town.gateway.store.view() as view:
        assert "set_aside" in {alarm.kind for alarm in view.alarms()}
    told: Told = send_in(town, OFFICER, "infant_deaths", [])
    assert [one.verdict for one in told.submissions] == ["accepted"]


def test_trouble_of_our_own_ends_the_process_even_when_it_cannot_be_recorded(
    site: Site, town: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[bool] = []
    town.gateway.close()
    town.gateway = site.build(town.gateway.configuration, clock=town.clock, end=lambda: ended.append(True))
    assert town.gateway.listener
    town.gateway.listener.start()
    town.send(town.address(OFFICER), report(town, OFFICER, "hospital_births"), OFFICER)

    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    def unwritable(*_: Any) -> None:
        raise Temporary

    monkeypatch.setattr(performer, "BY_DUTY", dict.fromkeys(performer.BY_DUTY, broken))
    monkeypatch.setattr(performer.Performer, "fatal", unwritable)
    with pytest.raises((ZeroDivisionError, Temporary)):
        town.work()
    assert ended
