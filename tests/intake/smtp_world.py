"""A listener on a free loopback port, an inbox that can fail at each point, and a client that speaks raw SMTP."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

from gateway.config.settings import SmtpListener
from gateway.intake.smtp import Listener
from gateway.outside import Envelope, Temporary

MAILBOX = "reports@county.example"
NOW = datetime(2026, 10, 20, 1, 0, tzinfo=UTC)
SETTINGS = SmtpListener(port=0, hostname="gateway.county.example")


class StandingClock:
    def now(self) -> datetime:
        return NOW


@dataclass
class Draft:
    """A draft that keeps its blocks, and fails as its inbox is told to."""

    inbox: Inbox
    blocks: list[bytes] = field(default_factory=list)
    size: int = 0

    def write(self, block: bytes) -> Future[None] | None:
        self.size += len(block)
        self.blocks.append(block)
        return self.inbox.on_write(self)

    def commit(self, envelope: Envelope) -> Future[str]:
        return self.inbox.on_commit(self, envelope)

    def discard(self) -> None:
        self.inbox.discarded.append(self)


@dataclass
class Inbox:
    """Records in memory. Each `on_…` may be replaced by one that fails."""

    recorded: list[tuple[bytes, Envelope]] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)
    discarded: list[Draft] = field(default_factory=list)
    is_ready: bool = True
    on_begin: Callable[[], None] = lambda: None
    on_write: Callable[[Draft], Future[None] | None] = lambda draft: None
    on_commit: Callable[[Draft, Envelope], Future[str]] = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        self.on_commit = self.on_commit or self.record

    def begin(self) -> Draft:
        self.on_begin()
        self.drafts.append(Draft(self))
        return self.drafts[-1]

    def known(self, account: str, sources: list[str]) -> set[str]:
        return set()

    def ready(self) -> bool:
        return self.is_ready

    def record(self, draft: Draft, envelope: Envelope) -> Future[str]:
        self.recorded.append((b"".join(draft.blocks), envelope))
        return done(f"A{len(self.recorded)}")

    @property
    def contents(self) -> list[bytes]:
        return [content for content, _ in self.recorded]


def done(value: Any) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_result(value)
    return future


def failed(error: BaseException | None = None) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_exception(error or Temporary("the database is in trouble"))
    return future


@contextmanager
def listening(inbox: Any, **settings: Any) -> Iterator[Listener]:
    """A listener; words it does not know itself change its settings."""
    own = {name: settings.pop(name) for name in ("officer_for", "tls") if name in settings}
    listener = Listener(replace(SETTINGS, **settings), [MAILBOX], inbox, StandingClock(), **own)
    listener.start()
    try:
        yield listener
    finally:
        listener.stop(timeout=2)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


class Client:
    """Says bytes and reads replies; one reply may have several lines."""

    def __init__(self, port: int, greet: bool = True) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        self.stream = self.socket.makefile("rb")
        if greet:
            assert self.reply().startswith("220 ")
            assert self.ask("EHLO client.example").startswith("250")

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.stream.close()
        self.socket.close()

    def say(self, words: str | bytes) -> None:
        self.socket.sendall(words if isinstance(words, bytes) else words.encode() + b"\r\n")

    def reply(self) -> str:
        """The next reply, its lines joined by newlines; empty when the other side has hung up."""
        lines = []
        while True:
            try:
                line = self.stream.readline().decode()
            except ConnectionResetError:
                line = ""
            lines.append(line.rstrip("\r\n"))
            if line[3:4] != "-":
                return "\n".join(lines)

    def ask(self, words: str | bytes) -> str:
        self.say(words)
        return self.reply()

    def begin(self) -> None:
        """Up to the 354."""
        assert self.ask("MAIL FROM:<officer@health.example>").startswith("250")
        assert self.ask(f"RCPT TO:<{MAILBOX}>").startswith("250")
        assert self.ask("DATA").startswith("354")

    def mail(self, wire: bytes) -> str:
        """One whole mail; `wire` is what follows DATA, with its end. The answer to it."""
        self.begin()
        return self.ask(wire)

    def hung_up(self) -> bool:
        try:
            return self.stream.read() == b""
        except ConnectionResetError:
            return True


def wait_until(condition: Callable[[], bool]) -> None:
    """Until something in another thread has come true; fails after ten seconds."""
    never = Event()
    for _ in range(1000):
        if condition():
            return
        never.wait(0.01)
    raise AssertionError("it did not come true")


def certificate(folder: Path, name: str = "localhost") -> tuple[Path, Path]:
    """A certificate for this name and 127.0.0.1, signed by itself, and its key, as PEM files."""
    public, private = folder / "tls.pem", folder / "tls.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name},IP:127.0.0.1",
         "-keyout", str(private), "-out", str(public)],
        check=True, capture_output=True,
    )  # fmt: skip
    return public, private
