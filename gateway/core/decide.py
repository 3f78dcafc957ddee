"""Whether a submission counts: the rules of admission, one after the other, as sentences.

They are asked before its content is checked, and inside the transaction that records the verdict, so that two
submissions for one obligation cannot both be the first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.core.agreement import Agreement, Obligation, ProofKind, Protection
from gateway.core.period import Period
from gateway.core.refusal import Refusal

FIRST, REPLACEMENT, CORRECTION = "first", "replacement", "correction"

# So many answers that accept nothing an officer gets within this time; what brings nothing new gets no letter beyond.
MOST_ANSWERS, ANSWERS_WITHIN = 20, timedelta(days=1)

# Refusals that speak of the moment or the wrapping and not of the content: the same file may be right another time.
OF_THE_MOMENT = frozenset(
    {
        Refusal.NOT_OWED,
        Refusal.NOT_OPEN,
        Refusal.CLOSED,
        Refusal.PROOF_TOO_WEAK,
        Refusal.MUST_BE_SEALED,
        Refusal.WEAKLY_ENCRYPTED,
        Refusal.SEQUENCE_OLD,
        Refusal.PERIOD_NOT_SIGNED,
    }
)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a proven submission says it is. `sequence`, `key` and `manifest` are of a sealed file.

    `proofs` are all that hold for it. `protections` are those it came in; `no_integrity` says that none of them shows
    whether it was changed.
    """

    department: str
    dataflow: str
    period: Period
    had: datetime
    proofs: frozenset[ProofKind]
    protections: frozenset[Protection]
    sameness: str
    manifest: str | None = None
    key: str | None = None
    sequence: int | None = None
    no_integrity: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What bears on a claim: the agreement and the rest from the ledger.

    `obligation` has its extension applied; where it hasn't opened yet (or never will), it is what the calendar plans;
    None if the agreement never asks for such a period.
    `accepted` and `accepted_sameness` are of the current version. `same_manifest` is an earlier submission of the
    same sealed file whose refusal, if any, was not of the moment. `sequence` is the highest admitted of that key for
    that dataflow and period.
    """

    agreement: Agreement | None
    obligation: Obligation | None = None
    versions: int = 0
    accepted: str | None = None
    accepted_sameness: str | None = None
    same_manifest: str | None = None
    sequence: int | None = None


@dataclass(frozen=True, slots=True)
class Admission:
    """It counts, as this version; `becomes` says which kind of version that is."""

    version: int
    becomes: str


@dataclass(frozen=True, slots=True)
class Refused:
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Repeated:
    """It is the same as an earlier submission, and is answered as that was."""

    of: str


Outcome = Admission | Refused | Repeated


def decide(claim: Claim, known: Known) -> Outcome:
    """The first rule that objects speaks; where none does, the submission is admitted."""
    for rule in _RULES:
        if objection := rule(claim, known):
            return objection
    return Admission(known.versions + 1, _becomes(known))


def _replay(claim: Claim, known: Known) -> Outcome | None:
    """A sealed file that was seen before changes nothing, however old it is."""
    return Repeated(known.same_manifest) if claim.manifest and known.same_manifest else None


def _owed(claim: Claim, known: Known) -> Outcome | None:
    """A department reports what an agreement asks of it, for a period of the agreement's frequency."""
    return Refused(Refusal.NOT_OWED) if known.agreement is None or known.obligation is None else None


def _proven_enough(claim: Claim, known: Known) -> Outcome | None:
    """The agreement says which proofs suffice; the word of an administrator always does."""
    assert known.agreement is not None  # else it isn't owed, which was said before
    if claim.proofs & {ProofKind.ADMITTED, *known.agreement.proofs}:
        return None
    return Refused(Refusal.PROOF_TOO_WEAK)


def _protected(claim: Claim, known: Known) -> Outcome | None:
    """Where the agreement demands it, what comes must be sealed, or protected in another way that was agreed."""
    assert known.agreement is not None
    if known.agreement.must_be_sealed and not claim.protections & known.agreement.protections:
        return Refused(Refusal.MUST_BE_SEALED)
    return None


def _unchanged(claim: Claim, known: Known) -> Outcome | None:
    """Encryption under which a stranger could change the content unnoticed is taken only where that was agreed."""
    assert known.agreement is not None
    weak = claim.no_integrity and not known.agreement.allow_no_integrity
    return Refused(Refusal.WEAKLY_ENCRYPTED) if weak else None


def _same_content(claim: Claim, known: Known) -> Outcome | None:
    """The content of the current version once more is the same submission once more."""
    if known.accepted and claim.sameness == known.accepted_sameness:
        return Repeated(known.accepted)
    return None


def _open(claim: Claim, known: Known) -> Outcome | None:
    """A period is reported from its opening until it closes; what counts is when we had it."""
    assert known.obligation is not None  # else it isn't owed, which was said before
    if claim.had < known.obligation.opens:
        return Refused(Refusal.NOT_OPEN)
    return Refused(Refusal.CLOSED) if claim.had >= known.obligation.closes else None


def _in_order(claim: Claim, known: Known) -> Outcome | None:
    """A file sealed before one that was admitted already is out of date."""
    if claim.sequence is None or known.sequence is None:
        return None
    return Refused(Refusal.SEQUENCE_OLD) if claim.sequence <= known.sequence else None


_RULES: tuple[Callable[[Claim, Known], Outcome | None], ...] = (
    _replay, _owed, _proven_enough, _protected, _unchanged, _same_content, _open, _in_order,
)  # fmt: skip


def _becomes(known: Known) -> str:
    """A replacement comes before acceptance, a correction after it."""
    if known.accepted:
        return CORRECTION
    return REPLACEMENT if known.versions else FIRST
