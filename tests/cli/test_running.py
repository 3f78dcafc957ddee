"""The daemon as a process of its own: made, checked, run, spoken to over SMTP, told to read anew, told to stop."""

from __future__ import annotations

import base64
import json
import shutil
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.config.load import load
from gateway.config.sql import untried
from gateway.core.calendar import local_day
from gateway.core.period import Frequency, Period
from gateway.demo.reports import workbook
from gateway.demo.senders import File, mail
from gateway.handler import Part
from gateway.keyring import load_private
from handlers.sealed import write
from tests.cli.command import at, gateway

COMMAND = (sys.executable, "-c", "from gateway.cli import main; main()")
PATIENCE = 60.0  # seconds, on a busy machine
GRACE = 20.0
SENDER = "health.reporter"
FLOW = "infant_deaths"


class Daemon:
    """`gateway run` of one installation, with its log as it is written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([*COMMAND, "run", *map(str, at(folder))], stderr=log, stdout=log)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines(keepends=True) if line.endswith("\n")]

    def wait_for(self, event: str, times: int = 1) -> dict[str, Any]:
        found = until(lambda: [line for line in self.lines() if line["event"] == event][times - 1 :], self)
        return dict(found[0])

    def stop(self) -> float:
        """Ask it to stop; how long that took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(GRACE) == 0
        return time.monotonic() - began


def until(look: Callable[[], Any], daemon: Daemon) -> Any:
    """What `look` finds, as soon as it finds anything."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := look():
            return found
        assert daemon.process.poll() is None, daemon.log.read_text()
        time.sleep(0.1)
    raise AssertionError(f"nothing came\n{daemon.log.read_text()[-3000:]}")


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """What `init` makes, with letters put into a folder, an officer's key taken in, and this month owed."""
    folder = tmp_path / "installed"
    assert gateway("init", folder, "--name", "gateway.county.example").code == 0
    settings = folder / "config" / "gateway.toml"
    text = (
        settings.read_text()
        .replace("port = 2525", "port = 0")
        .replace('# copies = "../letters"', 'copies = "../letters"')
    )
    before, relay, after = text.partition("[relay]\n")
    settings.write_text(before + relay + after.replace("enabled = true", "enabled = false", 1))
    (folder / "letters").mkdir()
    agreements = folder / "config" / "agreements.toml"
    first = today().replace(day=1)
    agreements.write_text(agreements.read_text().replace("valid_from = 2026-01-01", f"valid_from = {first}"))
    assert gateway("key", "new", SENDER, "--number", "1", "--folder", folder, "--days", "3660").code == 0
    shutil.copy(folder / f"{SENDER}-1.pub", folder / "keys")
    assert gateway("check", *at(folder)).code == 0
    return folder


@pytest.fixture
def daemon(installed: Path) -> Iterator[Daemon]:
    running = Daemon(installed)
    try:
        running.wait_for("started")
        yield running
    finally:
        running.process.kill()
        running.process.wait()


@pytest.fixture(autouse=True)
def the_day() -> None:
    """Here the clock is the machine's own: a process of its own looks at no other."""


def today() -> Any:
    return local_day(datetime.now(UTC), "Asia/Shanghai")


def nil_report(folder: Path, period: str) -> File:
    """A sealed workbook that says that there is nothing to report."""
    rules = load(folder / "config", sql=untried).rules
    key = load_private(folder / f"{SENDER}-1.key")
    book = workbook(rules.dataflows[FLOW], [], Period.parse(period), rules.departments["health"])
    to = rules.lead_office
    manifest: dict[str, object] = {
        "sender": "health", "key": key.public.id, "recipient": to, "dataflow": FLOW, "period": period, "sequence": 1,
        "nil": False, "signed": datetime.now(UTC).replace(microsecond=0),
    }  # fmt: skip
    sealing = (folder / "keys" / "gateway.pub").read_text().split()[-1]
    blocks = write([Part("nil.xlsx", "", book)], manifest, [base64.b64decode(sealing)], key.signing_seed)
    return File("report.sealed", b"".join(blocks))


def test_from_init_to_a_verified_stop(daemon: Daemon) -> None:
    """A report comes in by SMTP, is judged and answered; everything about it can be looked up while it runs."""
    folder, period = daemon.folder, str(Period.containing(today(), Frequency.MONTHLY))
    mailbox = load(folder / "config", sql=untried).rules.mailbox
    port = daemon.wait_for("listening")["port"]
    report = mail(
        "reports@health.qinglan.example", mailbox, "婴儿死亡", "见附件", datetime.now(UTC), [nil_report(folder, period)]
    )
    stranger = mail("someone@elsewhere.example", mailbox, "hello", "buy", datetime.now(UTC), [], 2)
    with smtplib.SMTP("127.0.0.1", port, local_hostname="clerk.example", timeout=30) as connection:
        connection.sendmail("reports@health.qinglan.example", [mailbox], report)
        connection.sendmail("someone@elsewhere.example", [mailbox], stranger)

    judged = daemon.wait_for("judged")
    assert judged["verdicts"] == ["accepted"], daemon.log.read_text()
    daemon.wait_for("quarantined")
    until(lambda: gateway("quarantine", "list", *at(folder), "--json").json, daemon)
    rows = gateway("board", *at(folder), "--json").json  # at the beginning of a month also what is missing of the last
    board = {(row["department"], row["dataflow"], row["period"]): row for row in rows}
    assert board["health", FLOW, period]["submission"] == f"{judged['arrival']}.1"
    assert board["health", FLOW, period]["nil"] is True
    letter = until(lambda: gateway("show", judged["arrival"], *at(folder), "--json").json["letters"], daemon)[0]
    until(lambda: gateway("show", letter["letter"], *at(folder), "--json").json["sent"], daemon)
    assert any(path.is_file() for path in (folder / "letters").rglob("*"))
    assert gateway("verify", *at(folder), "--json").json["verified"] is True
    assert gateway("ledger", "rebuild", "--check", *at(folder)).code == 0

    assert daemon.stop() < GRACE
    assert [line["event"] for line in daemon.lines()][-1] == "stopped"
    assert gateway("verify", *at(folder), "--json").json["verified"] is True


def test_what_the_command_line_decides_the_running_daemon_does(daemon: Daemon) -> None:
    """An admitted mail is judged by the daemon, which shares its state with the command."""
    folder = daemon.folder
    mailbox = load(folder / "config", sql=untried).rules.mailbox
    period = str(Period.containing(today(), Frequency.MONTHLY))
    message = mail("someone@elsewhere.example", mailbox, "hello", "x", datetime.now(UTC), [])
    port = daemon.wait_for("listening")["port"]
    with smtplib.SMTP("127.0.0.1", port, local_hostname="clerk.example", timeout=30) as connection:
        connection.sendmail("someone@elsewhere.example", [mailbox], message)
    arrival = daemon.wait_for("quarantined")["arrival"]
    words = ("quarantine", "admit", arrival, "--officer", SENDER, "--reason", "known by telephone")
    until(lambda: gateway(*words, *at(folder)).code == 0, daemon)
    assert daemon.wait_for("judged")["arrival"] == arrival
    assert period in {row["period"] for row in gateway("board", *at(folder), "--json").json}
    assert gateway("verify", *at(folder)).code == 0


def test_a_bad_configuration_on_reload_leaves_the_old_one_in_force_and_says_so(daemon: Daemon) -> None:
    county = daemon.folder / "config" / "county.toml"
    in_force, good = daemon.wait_for("started")["configuration"], county.read_text()
    county.write_text(good + '\ncolour = "red"\nshape = "round"\n')
    daemon.process.send_signal(signal.SIGHUP)
    refused = daemon.wait_for("configuration refused")
    assert (refused["mistakes"], refused["in_force"]) == (2, in_force)

    county.write_text(good.replace("auditor@", "another.auditor@"))
    daemon.process.send_signal(signal.SIGHUP)
    until(lambda: [line for line in daemon.lines() if line["event"] == "configured"][1:], daemon)
    assert daemon.lines()[-1]["event"] != "configuration refused"
    assert daemon.stop() < GRACE


def test_what_hinders_the_start_is_said_in_a_sentence(installed: Path) -> None:
    (installed / "config" / "county.toml").write_text("x =")
    broken = subprocess.run(
        [*COMMAND, "run", *map(str, at(installed))], capture_output=True, text=True, timeout=PATIENCE
    )
    assert broken.returncode == 1
    assert "county.toml: is not TOML" in broken.stderr
    assert "Traceback" not in broken.stderr


def test_a_second_daemon_on_the_same_state_does_not_start(daemon: Daemon) -> None:
    """Two performers would send letters twice."""
    second = subprocess.run(
        [*COMMAND, "run", *map(str, at(daemon.folder))], capture_output=True, text=True, timeout=PATIENCE
    )
    assert second.returncode == 1
    assert "already" in second.stderr and "Traceback" not in second.stderr
    assert daemon.process.poll() is None


def test_a_port_that_is_taken_is_named(daemon: Daemon, tmp_path: Path) -> None:
    port = daemon.wait_for("listening")["port"]
    other = tmp_path / "other"
    gateway("init", other, "--name", "another.example")
    settings = other / "config" / "gateway.toml"
    settings.write_text(settings.read_text().replace("port = 2525", f"port = {port}"))
    said = subprocess.run([*COMMAND, "run", *map(str, at(other))], capture_output=True, text=True, timeout=PATIENCE)
    assert said.returncode == 1
    assert "in use" in said.stderr
    assert "Traceback" not in said.stderr
