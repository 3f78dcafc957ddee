"""Facts about what comes in, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from gateway.core.agreement import ProofKind
from gateway.core.facts.fact import Fact, later


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

    `verdict`: accepted, rejected, duplicate, or explained: it only answers queries of the one that `duplicate_of`
    names, and its `refusal`, if any, says why they are not taken.
    `becomes`: first, replacement, correction, or "" if it counts for nothing.
    `digest` is salted (the salt lies with the findings and table blobs' header); `sameness` is a keyed digest that
    shows equal content without showing the content. `manifest` is the digest of a sealed file's manifest.
    `findings` is the blob of the sender's own file with the findings marked in it, or of what was changed in a repair.
    `no_integrity`: it came under encryption that does not show changes on the way, and nothing else around it does.
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
    no_integrity: bool = later(default=False)


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
class RepairOffered1(Fact):
    """A rejected submission would pass with these repairs, each the only one; as it was first written.

    `table` is the blob of the repaired table, `changes` that of the list of changes with its `digest` (salted);
    `cells` counts the changes, `rows` and `queries` are of the repaired table.
    """

    KIND: ClassVar[str] = "repair_offered"
    submission: str
    arrival: str
    table: str
    changes: str
    digest: str
    cells: int
    rows: int
    queries: int


@dataclass(frozen=True, slots=True)
class RepairOffered(Fact):
    """A rejected submission would pass with these repairs, each the only one; its officer may agree to them.

    `table` is the blob of the repaired table, `changes` that of the list of changes, in which a salt lies; `digest`
    is SHA-256 of that list, as its officer gets it. `cells` counts the changes, `rows` and `queries` are of the
    repaired table. `file` is the blob of the sender's own file with these repairs. `protected`: it came encrypted, and
    so do its repairs go back.
    """

    KIND: ClassVar[str] = "repair_offered"
    VERSION: ClassVar[int] = 2
    submission: str
    arrival: str
    table: str
    changes: str
    digest: str
    cells: int
    rows: int
    queries: int
    file: str | None = None
    protected: bool = False


@dataclass(frozen=True, slots=True)
class RepairTaken(Fact):
    """The officer agreed, with the arrival of a reply: the repaired table counts as this `submission`."""

    KIND: ClassVar[str] = "repair_taken"
    submission: str
    of: str
    arrival: str


@dataclass(frozen=True, slots=True)
class Explained(Fact):
    """Queries of the submission `of` are explained. `submission` is what brought it: a reply, a filled list, or `of`.

    `list` is the blob of all that is explained of it so far, with its `digest` (salted). `added` counts what came with
    this arrival, `carried` what was said of an earlier version and still fits, `explained` all of the list, `open` the
    queries that are left.
    """

    KIND: ClassVar[str] = "explained"
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
