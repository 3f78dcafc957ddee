"""All that the gateway needs of the outside world, as protocols; each method with its promise."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol


class Temporary(Exception):
    """Nobody's trouble: nothing was recorded, it is still owed, and trying again later may help."""


class Permanent(Exception):
    """The other side said no for good. `code` is ours (an SMTP reply code, a short word), never foreign text."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, timezone-aware, UTC. It may go backwards; nobody may rely on it not to."""


class Chance(Protocol):
    def bytes(self, count: int) -> bytes:
        """That many unpredictable bytes."""


class Resolver(Protocol):
    def txt(self, name: str) -> list[bytes]:
        """The TXT records of a DNS name, strings joined; empty when there are none. Raises `Temporary`."""


class Outlet(Protocol):
    """A way out for a letter that is already written."""

    def send(self, letter: bytes, message_id: str, recipient: str) -> None:
        """Hand a finished message over. Returns once the other side has taken it.

        Sending the same letter again is harmless to meaning: same Message-ID, same bytes.
        Raises `Temporary` (try again) or `Permanent` (never will work).
        """


Channel = Literal["smtp", "imap", "folder", "paper"]


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the channel itself knows about an arrival, beside its bytes.

    `foreign` holds what the other side wrote (MAIL FROM, HELO, a file's name): it is kept encrypted with the
    bytes and never enters a fact. `account` is our own name for the listener, mailbox or folder; `officer` is
    the id of the officer who authenticated to it; `source` is made of numbers of ours or the server's only
    (`UIDVALIDITY.UID`, a digest of a file's name, size and time) and is unique within the account when given.
    """

    channel: Channel
    account: str
    had: datetime
    officer: str | None = None
    source: str | None = None
    foreign: Mapping[str, str] | None = None


class Draft(Protocol):
    """An arrival on its way into the vault. Any thread may use it, one at a time."""

    @property
    def size(self) -> int:
        """Bytes written so far."""

    def write(self, block: bytes) -> Future[None] | None:
        """Take a block of any size. A returned Future asks the writer to wait for it before going on,
        so that memory stays the same whatever the size; it raises `Temporary` when the database is in trouble."""

    def commit(self, envelope: Envelope) -> Future[str]:
        """Record `Received`. The Future gives the arrival's id once that is durable, or raises `Temporary`,
        in which case nothing was recorded. A `source` already known gives the id it was first recorded under."""

    def discard(self) -> None:
        """Forget it. Chunks already stored are orphans and swept later."""


class Inbox(Protocol):
    """Where intake puts what came. Intake does nothing else."""

    def begin(self) -> Draft: ...

    def known(self, account: str, sources: list[str]) -> set[str]:
        """Which of these sources of this account were already recorded. Raises `Temporary`."""

    def ready(self) -> bool:
        """False while the database is in trouble or the disk is below its watermark: refuse new mail for now."""
