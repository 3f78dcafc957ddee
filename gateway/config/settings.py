"""How this installation runs: addresses, ports, paths and limits from `config/gateway.toml`.

Rules (who owes what) are in `gateway.core.rules`; nothing here changes what a fact means. Sizes are bytes,
durations `timedelta`, paths absolute. A credential is named, never contained: its value is a file of that name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal

Security = Literal["tls", "starttls", "none"]  # "none" is allowed on loopback only


@dataclass(frozen=True, slots=True)
class SmtpListener:
    """Our own listener, the embedded mailbox."""

    host: str = "127.0.0.1"
    port: int = 2525
    hostname: str = "localhost"
    certificate: Path | None = None  # PEM chain; None: no STARTTLS, and no AUTH unless on loopback
    private_key: str | None = None  # credential: PEM
    size_limit: int = 50_000_000
    connections: int = 200
    connections_per_peer: int = 50
    command_timeout: timedelta = timedelta(seconds=60)
    message_timeout: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class ImapMailbox:
    """A foreign mailbox that we empty."""

    name: str
    host: str
    port: int
    security: Security
    user: str
    password: str  # credential
    folder: str = "INBOX"
    processed: str = "Processed"
    oversized: Literal["leave"] = "leave"
    size_limit: int = 50_000_000
    poll: timedelta = timedelta(minutes=1)
    certificate_authority: Path | None = None  # PEM; None: the system's
    upstream: str | None = None  # authserv-id whose Authentication-Results we believe


@dataclass(frozen=True, slots=True)
class WatchedFolder:
    """A folder that belongs to one officer; `done/` and `answers/` lie in it."""

    name: str
    path: Path
    officer: str
    poll: timedelta = timedelta(seconds=10)
    network_share: bool = False  # no events there: poll, and wait until a file's size is stable twice
    size_limit: int = 50_000_000


@dataclass(frozen=True, slots=True)
class Relay:
    """The SMTP server that takes our letters."""

    host: str = "127.0.0.1"
    port: int = 25
    security: Security = "none"
    user: str | None = None
    password: str | None = None  # credential
    certificate_authority: Path | None = None
    timeout: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    workers: int = 2
    memory: int = 1 << 30
    time: timedelta = timedelta(seconds=30)
    output: int = 256 << 20
    hardening: Literal["required", "best"] = "best"


@dataclass(frozen=True, slots=True)
class Settings:
    database: str  # SQLAlchemy URL
    keys: Path
    credentials: Path
    config: Path
    smtp: SmtpListener | None
    imap: tuple[ImapMailbox, ...] = ()
    folders: tuple[WatchedFolder, ...] = ()
    relay: Relay | None = None
    letters_folder: Path | None = None  # also keep a copy of each letter sent (officers may be given folders instead)
    sandbox: SandboxSettings = field(default_factory=SandboxSettings)
    dns: Path | None = None  # a TOML file of TXT records instead of the system's resolver
    dkim_domains: tuple[str, ...] = ()  # domains whose aligned DKIM we accept as proof
    disk_watermark: int = 500_000_000
    acknowledge_after: timedelta = timedelta(minutes=2)
    confirmation_expires: timedelta = timedelta(days=7)
    unproven_kept: timedelta = timedelta(days=90)
    alarm_after: timedelta = timedelta(hours=4)
    log_level: str = "info"

    @property
    def state_folder(self) -> Path | None:
        """Where the database file lies; None for a database server."""
        path = self.database.partition("sqlite:///")[2]
        return Path(path).parent if path else None
