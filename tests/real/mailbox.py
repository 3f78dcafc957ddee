"""A foreign mailbox on a real Dovecot, as a test speaks of it."""

from __future__ import annotations

import contextlib
import imaplib
import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from gateway.config.settings import ImapMailbox
from gateway.demo.dovecot import Dovecot
from gateway.intake.imap import ImapIntake
from tests.intake.inbox import FakeInbox, TurnedClock

PASSWORD = "correct horse"
USERS = {f"user{number}": PASSWORD for number in range(150)}
_numbers: dict[int, Iterator[int]] = {}


class ForeignMailbox:
    """A mailbox of its own on a shared server, and the intake that empties it into an inbox in memory."""

    def __init__(self, dovecot: Dovecot, **changes: Any) -> None:
        self.dovecot = dovecot
        self.user = f"user{next(_numbers.setdefault(id(dovecot), itertools.count()))}"
        self.inbox = FakeInbox()
        self.clock = TurnedClock()
        self.settings = replace(
            ImapMailbox("county", "127.0.0.1", dovecot.port, "none", self.user, "password"),
            **changes,
        )
        self.folder = self.settings.folder
        self.processed = self.settings.processed

    def intake(self, inbox: FakeInbox | None = None, **changes: Any) -> ImapIntake:
        settings = replace(self.settings, **changes)
        return ImapIntake(settings, lambda: PASSWORD, inbox or self.inbox, self.clock)

    def poll(self, **changes: Any) -> int:
        return self.intake(**changes).poll()

    def deliver(self, *mails: bytes, had: datetime | None = None) -> None:
        self.dovecot.deliver(self.user, mails, had, self.folder)

    @property
    def waiting(self) -> list[bytes]:
        return self.dovecot.contents(self.user, self.folder)

    @property
    def moved(self) -> list[bytes]:
        return self.dovecot.contents(self.user, self.processed)

    @contextlib.contextmanager
    def client(self, folder: str | None = None) -> Iterator[imaplib.IMAP4]:
        """Another client of the same mailbox."""
        client = imaplib.IMAP4("127.0.0.1", self.dovecot.port)
        client.login(self.user, PASSWORD)
        client.select(folder or self.folder)
        try:
            yield client
        finally:
            with contextlib.suppress(imaplib.IMAP4.error, OSError):
                client.logout()


def mail(text: str, size: int = 0) -> bytes:
    """A small mail that says `text`, filled up to `size` bytes."""
    head = f"From: officer@county.example\r\nSubject: {text}\r\nMessage-ID: <{text}@county.example>\r\n\r\n".encode()
    line = b"0123456789" * 7 + b"\r\n"
    fill = max(0, size - len(head))
    return head + (line * (fill // len(line) + 1))[:fill]
