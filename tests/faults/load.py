"""Clients that send without pause, and remember what was acknowledged with `250`."""

from __future__ import annotations

import random
import re
import smtplib
import ssl
import threading
from collections import Counter
from dataclasses import dataclass, field

from gateway.demo.founding import PASSWORD
from tests.faults.real_daemon import RealDaemon

_ACKNOWLEDGED = re.compile(rb"A-\d{8}-\w{8}")


@dataclass
class Client:
    """One program that sends; `officer` logs in. A lost connection is opened again."""

    daemon: RealDaemon
    sender: str
    make: list[bytes]
    officer: str | None = None
    acknowledged: list[bytes] = field(default_factory=list)
    sent: int = 0
    replies: Counter[int] = field(default_factory=Counter)

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                self._talk(stop)
            except (OSError, smtplib.SMTPException):
                stop.wait(0.05)

    def _talk(self, stop: threading.Event) -> None:
        with smtplib.SMTP("localhost", self.daemon.port, local_hostname="clerk.example", timeout=20) as connection:
            if self.officer:
                connection.starttls(context=ssl.create_default_context(cafile=str(self.daemon.certificate)))
                connection.login(self.officer, PASSWORD)
            connection.ehlo()
            for _ in range(50):
                if stop.is_set():
                    return
                self._send(connection)
                stop.wait(0.02)

    def _send(self, connection: smtplib.SMTP) -> None:
        """Each mail is marked with a number, so that none is a copy of another."""
        self.sent += 1
        connection.mail(self.sender)
        connection.rcpt("report@qinglan.example")
        code, answer = connection.data(self.make[self.sent % len(self.make)] + b"\r\n%d\r\n" % random.getrandbits(64))
        self.replies[code] += 1
        if code == 250:
            found = _ACKNOWLEDGED.search(answer)
            assert found
            self.acknowledged.append(found[0])


def clients(daemon: RealDaemon) -> list[Client]:
    """One that logs in, one that seals, one that nobody can prove, one stranger."""
    county, now = daemon.county, daemon.county.gateway.clock.now()
    period = f"{now:%Y-M%m}"
    books = [county.csv(department, flow, period) for department, flow in
             (("health", "hospital_births"), ("health", "vaccinations"))]  # fmt: skip
    health, police, clinic = map(
        county.address, ("health.reporter", "public_security.reporter", "bailu_clinic.reporter")
    )
    sealed = []
    for number in range(4):
        book = county.workbook("public_security", "registered_births", period)
        file = county.sealed("public_security.reporter", "registered_births", period, number + 1, [book])
        sealed.append(county.mail(police, "密封报送", [file]))
    return [
        Client(daemon, health, [county.mail(health, "医院出生", [book]) for book in books], "health.reporter"),
        Client(daemon, police, sealed),
        Client(daemon, clinic, [county.mail(clinic, "卫生院", [county.csv("bailu_clinic", "clinic_births", period)])]),
        Client(daemon, "someone@elsewhere.example", [county.mail("someone@elsewhere.example", "你好", [])]),
    ]
