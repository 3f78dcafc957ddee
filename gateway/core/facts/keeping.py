"""Facts about the journal itself, the configuration and the keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from gateway.core.agreement import ProofKind
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
class KeyOffered(Fact):
    """An officer's public key came in; it counts for nothing until it is confirmed.

    `fingerprint` is the forty digits over both public keys, and the key itself is in the vault: its id is the sender's
    own words. `proof`: how its arrival was proven; None if only the address is the officer's. `sealed_by` is the id of
    the registered key that it came sealed with.
    """

    KIND: ClassVar[str] = "key_offered"
    officer: str
    fingerprint: str
    arrival: str
    blob: str
    proof: ProofKind | None
    sealed_by: str | None = None


@dataclass(frozen=True, slots=True)
class KeyConfirmed1(Fact):
    """As it was written before a reason was asked for."""

    KIND: ClassVar[str] = "key_confirmed"
    key: str
    officer: str
    fingerprint: str
    by: str


@dataclass(frozen=True, slots=True)
class KeyConfirmed(Fact):
    """An administrator compared a key's fingerprint with its officer. The reason is in the vault."""

    KIND: ClassVar[str] = "key_confirmed"
    VERSION: ClassVar[int] = 2
    key: str
    officer: str
    fingerprint: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class KeyRevoked(Fact):
    """A key counts no more for what we have from `from_instant` on, whenever it says that it was signed."""

    KIND: ClassVar[str] = "key_revoked"
    key: str
    officer: str
    from_instant: datetime
    by: str
