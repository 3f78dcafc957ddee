"""Facts about the journal itself, the configuration and the keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from gateway.core.facts.fact import Fact


@dataclass(frozen=True, slots=True)
class Began(Fact):
    """A journal starts: its origin (the first line of its checkpoints) and the era, counted from 1."""

    KIND: ClassVar[str] = "began"
    origin: str
    era: int


@dataclass(frozen=True, slots=True)
class Restored(Fact):
    """A new era after a restore: the last checkpoint of our own, and the highest one known from receipts."""

    KIND: ClassVar[str] = "restored"
    origin: str
    era: int
    own_size: int
    own_root: str
    known_size: int
    known_root: str


@dataclass(frozen=True, slots=True)
class Configured(Fact):
    """A configuration version came into force; its text is in the vault."""

    KIND: ClassVar[str] = "configured"
    version: str
    blob: str


@dataclass(frozen=True, slots=True)
class KeyConfirmed(Fact):
    KIND: ClassVar[str] = "key_confirmed"
    key: str
    officer: str
    fingerprint: str
    by: str


@dataclass(frozen=True, slots=True)
class KeyRevoked(Fact):
    KIND: ClassVar[str] = "key_revoked"
    key: str
    officer: str
    from_instant: datetime
    by: str
