"""Facts about what goes out: letters, results, and who looked at what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from gateway.core.facts.fact import Fact


@dataclass(frozen=True, slots=True)
class About:
    """What a letter speaks of: an arrival, an obligation at a stage, a release … `stage` is a word of ours."""

    kind: str
    id: str
    stage: str = ""


@dataclass(frozen=True, slots=True)
class Written(Fact):
    """A letter was rendered, once; its bytes are in the vault. `letter` follows from the duty it fulfils."""

    KIND: ClassVar[str] = "written"
    letter: str
    kind: str
    officer: str | None  # None: the auditor's address
    outlet: str
    blob: str
    digest: str
    about: tuple[About, ...] = ()


@dataclass(frozen=True, slots=True)
class Sent(Fact):
    KIND: ClassVar[str] = "sent"
    letter: str
    outlet: str


@dataclass(frozen=True, slots=True)
class Dropped(Fact):
    """A letter became obsolete before it was sent."""

    KIND: ClassVar[str] = "dropped"
    letter: str
    why: str


@dataclass(frozen=True, slots=True)
class Undeliverable(Fact):
    """The other side said no for good."""

    KIND: ClassVar[str] = "undeliverable"
    letter: str
    code: str


@dataclass(frozen=True, slots=True)
class Troubled(Fact):
    """A duty has met only temporary trouble for hours: an alarm."""

    KIND: ClassVar[str] = "troubled"
    duty: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Integrated(Fact):
    """The accepted tables of a dataflow and period, joined into one, as of this moment."""

    KIND: ClassVar[str] = "integrated"
    integration: str
    dataflow: str
    period: str
    submissions: tuple[str, ...]
    missing: tuple[str, ...]  # obligations
    rows: int
    table: str


@dataclass(frozen=True, slots=True)
class Released(Fact):
    """One recipient's copy of a result as of this moment, with what it was made from."""

    KIND: ClassVar[str] = "released"
    release: str
    result: str
    period: str
    department: str
    integrations: tuple[str, ...]
    fields: tuple[str, ...]
    rows: int
    purpose: str
    legal_basis: str
    blob: str
    digest: str
    configured: str


@dataclass(frozen=True, slots=True)
class Accessed(Fact):
    """Someone looked at personal data. The stated reason is in the vault."""

    KIND: ClassVar[str] = "accessed"
    by: str
    what: str
    fields: tuple[str, ...]
    rows: int
    reason: str


@dataclass(frozen=True, slots=True)
class Erased(Fact):
    """Blobs were deleted as retention asks; the journal still proves that they were."""

    KIND: ClassVar[str] = "erased"
    blobs: tuple[str, ...]
    why: str
