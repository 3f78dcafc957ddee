"""Mails of fifty megabytes, and what the daemon's own memory comes to while they arrive and are judged."""

from __future__ import annotations

import base64
import io
import random
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gateway.core.calendar import local_day
from gateway.core.facts import Fact, Judged
from gateway.demo.founding import PASSWORD
from tests.faults.real_daemon import RealDaemon

OFFICER = "health.reporter"
BARRED = 200_000_000  # bytes
_SIZE = 35_000_000  # of the attachment; base64 makes 48 MB of it


@dataclass(frozen=True)
class Measured:
    """Bytes: of the mail, of the daemon at rest, and the most it ever had."""

    size: int
    idle: int
    peak: int
    verdict: str


def csv_file(daemon: RealDaemon) -> tuple[str, bytes]:
    """As many hospital births as fit, each row right by itself."""
    name, data = (file := daemon.county.csv("health", "hospital_births", _this_month(daemon))).name, file.data
    head, *rows = data.splitlines(keepends=True)
    return name, head + b"".join(rows) * (_SIZE // sum(map(len, rows)))


def workbook(daemon: RealDaemon) -> tuple[str, bytes]:
    """A workbook that is large because of what lies in it beside the table, which holds no day that is yet to come."""
    import zipfile

    file = daemon.county.workbook("health", "vaccinations", _this_month(daemon))
    book = io.BytesIO(file.data)
    with zipfile.ZipFile(book, "a", zipfile.ZIP_STORED) as parts:
        parts.writestr("xl/media/image1.png", random.Random(1).randbytes(_SIZE))
    return file.name, book.getvalue()


def _this_month(daemon: RealDaemon) -> str:
    """The daemon goes by the real clock: of a month long past nothing is owed."""
    return f"{local_day(daemon.county.gateway.clock.now(), 'Asia/Shanghai'):%Y-M%m}"


def binary(_: RealDaemon) -> tuple[str, bytes]:
    """No report at all."""
    return "scan.bin", random.Random(2).randbytes(_SIZE)


KINDS: dict[str, Callable[[RealDaemon], tuple[str, bytes]]] = {
    "a CSV file": csv_file,
    "a workbook": workbook,
    "no report": binary,
}


def measured(folder: Path, kind: str) -> Measured:
    """One such mail to a daemon of its own, by an officer who logs in."""
    daemon = RealDaemon(folder)
    try:
        daemon.start()
        idle = daemon.peak_memory()
        message = _mail(daemon, *KINDS[kind](daemon))
        _send(daemon, message)
        facts = daemon.until(lambda facts: any(isinstance(fact, Judged) for fact in facts), 240)
        return Measured(len(message), idle, daemon.peak_memory(), _verdict(facts))
    finally:
        daemon.close()


def _mail(daemon: RealDaemon, name: str, data: bytes) -> bytes:
    sender = daemon.county.address(OFFICER)
    head = (
        f"From: {sender}\r\nTo: report@qinglan.example\r\nSubject: large\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename="{name}"\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n"
    ).encode()
    return head + base64.encodebytes(data).replace(b"\n", b"\r\n")


def _send(daemon: RealDaemon, message: bytes) -> None:
    with smtplib.SMTP("localhost", daemon.port, local_hostname="clerk.example", timeout=120) as connection:
        connection.starttls(context=ssl.create_default_context(cafile=str(daemon.certificate)))
        connection.login(OFFICER, PASSWORD)
        connection.sendmail(daemon.county.address(OFFICER), ["report@qinglan.example"], message)


def _verdict(facts: list[Fact]) -> str:
    judged = next(fact for fact in facts if isinstance(fact, Judged))
    return ", ".join(s.refusal or s.verdict for s in judged.submissions) or judged.refusal or "nothing"
