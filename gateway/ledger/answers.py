"""What the ledger answers with: records of what is known, checked by having been facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gateway.core.facts import About, Ignored, Proof
from gateway.core.standing import Standing, State


@dataclass(frozen=True, slots=True)
class Arrival:
    """Bytes that came in, and what became of them. Numbers named after facts are indexes in the journal."""

    arrival: str
    received: int
    recorded: datetime
    had: datetime
    channel: str
    account: str
    officer: str | None
    size: int
    blob: str
    digest: str
    deaths: int
    set_aside: int | None
    judged: int | None
    judged_at: datetime | None
    configured: str | None
    quarantined: bool
    refusal: str | None
    proof: Proof | None
    details: str | None
    names: str | None
    confirms: str | None
    vouched: int | None
    vouched_kind: str | None
    vouched_officer: str | None
    discarded: int | None
    kept_since: datetime | None  # unproven or discarded then: its bytes are kept for a while only
    erased: int | None
    waits: bool  # for a verdict


@dataclass(frozen=True, slots=True)
class Submission:
    """One submission with its verdict. `judged`, `superseded` and `integrated` are indexes of facts."""

    submission: str
    arrival: str
    judged: int
    verdict: str
    refusal: str | None
    officer: str | None
    department: str
    dataflow: str | None
    period: str | None
    obligation: str | None
    becomes: str
    version: int
    nil: bool
    rows: int
    errors: int
    queries: int
    sameness: str
    manifest: str | None
    sequence: int | None
    key: str | None
    table: str | None
    findings: str | None
    duplicate_of: str | None
    no_integrity: bool
    superseded: int | None
    integrated: int | None
    had: datetime


@dataclass(frozen=True, slots=True)
class Repair:
    """Repairs offered for a rejected submission. `taken_by` is the submission as which the repaired table counts.

    `digest` is that of the list of `changes`; `file` is the sender's own file with them, `protected` how it came.
    """

    submission: str
    arrival: str
    table: str
    changes: str
    digest: str
    cells: int
    rows: int
    queries: int
    file: str | None
    protected: bool
    taken_by: str | None


@dataclass(frozen=True, slots=True)
class Explanations:
    """What is explained of the submission `of` since the fact with this index. Counts as in the fact."""

    explained_in: int
    submission: str
    of: str
    arrival: str
    list: str
    digest: str
    added: int
    carried: int
    explained: int
    open: int


@dataclass(frozen=True, slots=True)
class Question:
    """A registered address was asked whether it sent an arrival. `code` is a digest."""

    arrival: str
    officer: str
    code: str
    asked_at: datetime
    expires: datetime
    confirmed: int | None


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter that was written, what it speaks of, and whether it went out."""

    letter: str
    written: int
    written_at: datetime
    kind: str
    officer: str | None
    outlet: str
    blob: str
    digest: str
    sent: int | None
    sent_at: datetime | None
    dropped: int | None
    dropped_why: str | None
    undeliverable: int | None
    undeliverable_code: str | None
    about: tuple[About, ...]


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One department and dataflow on the board. `versions` counts what was admitted, `rejected` what of it failed."""

    department: str
    dataflow: str
    period: str
    state: State
    nil: bool
    extended: bool
    due: datetime
    versions: int
    rejected: int
    submission: str | None
    standing: Standing


@dataclass(frozen=True, slots=True)
class Extension:
    extended_at: datetime
    until: datetime
    by: str
    reason: str  # a blob


@dataclass(frozen=True, slots=True)
class Integration:
    """The accepted tables of a dataflow and period, joined; `is_stale` if a newer version was accepted since."""

    integration: str
    integrated: int
    integrated_at: datetime
    dataflow: str
    period: str
    submissions: tuple[str, ...]
    missing: tuple[str, ...]
    rows: int
    table: str
    is_stale: bool


@dataclass(frozen=True, slots=True)
class Release:
    """One recipient's copy of a result."""

    release: str
    released: int
    released_at: datetime
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
class Access:
    accessed: int
    accessed_at: datetime
    by: str
    what: str
    fields: tuple[str, ...]
    rows: int
    reason: str  # a blob


@dataclass(frozen=True, slots=True)
class Alarm:
    """`kind`: troubled (about a duty), undeliverable (a letter), set_aside (an arrival)."""

    index: int
    at: datetime
    kind: str
    about: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Erasure:
    """A blob was deleted. `why`: retention."""

    erased: int
    erased_at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Configuration:
    configured: int
    configured_at: datetime
    version: str
    blob: str


@dataclass(frozen=True, slots=True)
class Key:
    """A key as its facts tell: who confirmed it, and from which instant it is revoked."""

    key: str
    officer: str
    fingerprint: str | None
    confirmed_at: datetime | None
    revoked_from: datetime | None


@dataclass(frozen=True, slots=True)
class KeyOffer:
    """A public key that came in. `proof`: how its arrival was proven; None if only the address is the officer's."""

    officer: str
    fingerprint: str
    offered_at: datetime
    arrival: str
    blob: str
    proof: str | None
    sealed_by: str | None


__all__ = [
    "Access",
    "Alarm",
    "Arrival",
    "BoardRow",
    "Configuration",
    "Erasure",
    "Explanations",
    "Extension",
    "Ignored",
    "Integration",
    "Key",
    "KeyOffer",
    "Letter",
    "Question",
    "Release",
    "Repair",
    "Submission",
]
