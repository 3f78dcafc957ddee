"""Facts: what happened, written once and never changed.

A fact holds our own ids, codes, numbers, instants and digests, and nothing that a sender wrote. Each class carries its
kind and version; a changed shape gets a new version, and the old class stays readable for ever (a golden line for each
is in the tests). Instants are timezone-aware UTC. Digests are lower-case hexadecimal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from gateway.core.agreement import ProofKind


@dataclass(frozen=True, slots=True)
class Fact:
    """The common part: when it happened."""

    KIND: ClassVar[str] = ""
    VERSION: ClassVar[int] = 1
    at: datetime


# --- the journal itself ---


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


# --- what comes in ---


@dataclass(frozen=True, slots=True)
class Received(Fact):
    """Bytes came in and are durable. `had` counts against the deadline, `at` is when it was recorded.

    `digest` is SHA-256 over the blob's salt and the bytes. `officer` authenticated to the channel.
    """

    KIND: ClassVar[str] = "received"
    arrival: str
    channel: str
    account: str
    had: datetime
    size: int
    blob: str
    digest: str
    officer: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """Why we believe who sent it. `key` for a seal, `domain` is one of our configuration for DKIM and upstream."""

    kind: ProofKind
    officer: str
    key: str | None = None
    domain: str | None = None


@dataclass(frozen=True, slots=True)
class SubmissionVerdict:
    """What became of one submission of an arrival.

    `verdict`: accepted, rejected, duplicate. `becomes`: first, replacement, correction, or "" if it counts for nothing.
    `digest` is salted (the salt lies with the findings and table blobs' header); `sameness` is a keyed digest that
    shows equal content without showing the content. `manifest` is the digest of a sealed file's manifest.
    """

    submission: str
    verdict: str
    refusal: str | None
    department: str
    dataflow: str | None
    period: str | None
    becomes: str
    version: int
    nil: bool
    rows: int
    errors: int
    queries: int
    sameness: str
    manifest: str | None = None
    sequence: int | None = None
    key: str | None = None
    table: str | None = None
    findings: str | None = None
    duplicate_of: str | None = None


@dataclass(frozen=True, slots=True)
class Ignored:
    """A part that was not taken as a submission, by its place in the arrival, and why."""

    part: str
    why: str


@dataclass(frozen=True, slots=True)
class Judged(Fact):
    """The one verdict on an arrival. Without a proof it is quarantined. `refusal` speaks of the arrival as a whole.

    `confirms` is the arrival that this one confirmed with a one-time code. `names` is the officer whom an unproven
    arrival named. `details` is a vault blob with everything the receipt tells (names of files, digests, sentences).
    """

    KIND: ClassVar[str] = "judged"
    arrival: str
    configured: str
    quarantined: bool
    refusal: str | None
    proof: Proof | None
    submissions: tuple[SubmissionVerdict, ...]
    ignored: tuple[Ignored, ...] = ()
    names: str | None = None
    confirms: str | None = None
    details: str | None = None


@dataclass(frozen=True, slots=True)
class Questioned(Fact):
    """A registered address will be asked "did you send this?". `code` is a digest of the one-time code."""

    KIND: ClassVar[str] = "questioned"
    arrival: str
    officer: str
    code: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class Confirmed(Fact):
    """The one-time code came back, with the arrival `by`."""

    KIND: ClassVar[str] = "confirmed"
    arrival: str
    officer: str
    by: str


@dataclass(frozen=True, slots=True)
class Admitted(Fact):
    """An administrator lets a quarantined arrival be judged as that officer's. The reason is in the vault."""

    KIND: ClassVar[str] = "admitted"
    arrival: str
    officer: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Discarded(Fact):
    KIND: ClassVar[str] = "discarded"
    arrival: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class SetAside(Fact):
    """Work on it ended the process three times: a person must look."""

    KIND: ClassVar[str] = "set_aside"
    arrival: str
    deaths: int


@dataclass(frozen=True, slots=True)
class Attempted(Fact):
    """Judging an arrival began while it had already ended the process before (`deaths` times)."""

    KIND: ClassVar[str] = "attempted"
    arrival: str
    deaths: int


# --- what is owed ---


@dataclass(frozen=True, slots=True)
class Owed(Fact):
    """An obligation opened, frozen with its instants."""

    KIND: ClassVar[str] = "owed"
    obligation: str
    department: str
    dataflow: str
    period: str
    opens: datetime
    due: datetime
    closes: datetime
    reminders: tuple[datetime, ...]
    overdue: tuple[datetime, ...]
    escalate: datetime


@dataclass(frozen=True, slots=True)
class Extended(Fact):
    """A later due instant was granted. The reason is in the vault."""

    KIND: ClassVar[str] = "extended"
    obligation: str
    until: datetime
    by: str
    reason: str


# --- what goes out ---


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


KINDS: dict[tuple[str, int], type[Fact]] = {
    (kind.KIND, kind.VERSION): kind
    for kind in (
        Began, Restored, Configured, KeyConfirmed, KeyRevoked,
        Received, Judged, Questioned, Confirmed, Admitted, Discarded, SetAside, Attempted,
        Owed, Extended,
        Written, Sent, Dropped, Undeliverable, Troubled, Integrated, Released, Accessed, Erased,
    )
}  # fmt: skip


