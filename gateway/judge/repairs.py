"""Repairs that are offered with a rejection: what is kept of them, the facts, and where they are offered.

Both versions are kept: what came, as its arrival, and the repaired table. An offer is open until it is taken
(`taking`), a newer version comes, or the period closes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import orjson

from gateway.checks.repairing import Repaired
from gateway.core.agreement import ProofKind
from gateway.core.facts import Proof, RepairOffered, SubmissionVerdict
from gateway.core.refusal import Refusal
from gateway.judge.agreeing import BY_REPLY
from gateway.judge.consents import SIGNED
from gateway.judge.details import submission_id
from gateway.judge.marking import Marked
from gateway.judge.submissions import Found
from gateway.vault import NewBlob

OFFERED_TO = BY_REPLY | SIGNED | {ProofKind.SEAL}
"""Proofs of a report that its officer's consent can have as well; see `taking`."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The repaired table and the list of changes, encrypted beforehand; `digest` is that of the list itself.

    `protected`: the report came encrypted. `file` is the sender's own with the repairs.
    """

    table: NewBlob
    changes: NewBlob
    digest: str
    repaired: Repaired = field(repr=False)
    protected: bool = False
    file: NewBlob | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """One change as a receipt tells it: `digest` is SHA-256 over salt, old and new text, which are in the vault."""

    sheet: str
    row: int
    column: int
    code: str
    digest: str


def kept(
    found: Sequence[Found],
    mended: Sequence[Marked],
    arrival: str,
    keep: Callable[..., NewBlob],
    chance: Callable[[int], bytes],
) -> Mapping[int, Kept]:
    """What is offered for each submission that can be repaired, by its place."""
    from gateway.checks.tables import table_bytes

    files = {one.part: keep(one.data, {"name": one.name}) for one in mended}
    made: dict[int, Kept] = {}
    for number, one in enumerate(found):
        if one.repaired:
            changes = _encoded(submission_id(arrival, number), one, one.repaired, chance(16))
            digest = hashlib.sha256(changes).hexdigest()
            protected = bool(one.document.wrapping.protections)
            made[number] = Kept(
                keep(table_bytes(one.repaired.checked)), keep(changes), digest, one.repaired, protected,
                files.get(one.document.part),
            )  # fmt: skip
    return made


def blobs(repairs: Mapping[int, Kept], offers: Sequence[RepairOffered]) -> list[NewBlob]:
    """What goes with the offers."""
    used = {blob for fact in offers for blob in (fact.table, fact.changes, fact.file)}
    kept = {blob.id: blob for one in repairs.values() for blob in (one.table, one.changes, one.file) if blob}
    return [blob for name, blob in kept.items() if name in used]


def _encoded(submission: str, found: Found, repaired: Repaired, salt: bytes) -> bytes:
    """The list of changes, as it lies in the vault and goes to the officer; `SEALED.md` says what is in it."""
    changes = [
        {
            "row": one.row, "column": one.column, "field": one.field, "code": one.code, "old": one.old, "new": one.new,
            "digest": hashlib.sha256(salt + f"{one.old}\0{one.new}".encode()).hexdigest(),
        }
        for one in repaired.changes
    ]  # fmt: skip
    about = {"submission": submission, "dataflow": found.dataflow, "period": str(found.period), "sheet": found.sheet}
    return orjson.dumps({**about, "salt": salt.hex(), "changes": changes})


def listed(changes: bytes) -> tuple[Listed, ...]:
    """The list for a receipt, from the bytes that `kept` made."""
    told = orjson.loads(changes)
    return tuple(Listed(told["sheet"], c["row"], c["column"], c["code"], c["digest"]) for c in told["changes"])


# --- offering ---


def offered(
    verdicts: Sequence[SubmissionVerdict], repairs: Mapping[int, Kept], arrival: str, proof: Proof | None, now: datetime
) -> tuple[RepairOffered, ...]:  # fmt: skip
    """An offer for each submission that was rejected and can be repaired, where its officer can take it."""
    if proof is None or proof.kind not in OFFERED_TO:
        return ()
    return tuple(
        RepairOffered(
            at=now,
            submission=verdict.submission,
            arrival=arrival,
            table=repairs[number].table.id,
            changes=repairs[number].changes.id,
            digest=repairs[number].digest,
            cells=len(repairs[number].repaired.changes),
            rows=repairs[number].repaired.checked.rows,
            queries=repairs[number].repaired.checked.findings.queries,
            file=_id(repairs[number].file),
            protected=repairs[number].protected,
        )
        for number, verdict in enumerate(verdicts)
        if number in repairs and verdict.refusal == Refusal.FINDINGS.value
    )


def _id(blob: NewBlob | None) -> str | None:
    return blob.id if blob else None
