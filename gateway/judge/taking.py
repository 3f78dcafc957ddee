"""Repairs that were offered are taken by their officer's consent, which must be proven as surely as the report was.

A reply that says yes takes all that was offered for the arrivals that it names; a sealed list of changes takes the one
submission that it is about, if it is the very list that was sent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.core import decide
from gateway.core.agreement import ProofKind, Protection
from gateway.core.decide import Admission, Claim, Repeated
from gateway.core.facts import Proof, RepairTaken, SubmissionVerdict
from gateway.core.matter import Matter
from gateway.core.period import Period
from gateway.core.refusal import Refusal
from gateway.core.rules import Rules
from gateway.judge.agreeing import BY_REPLY, Agreed
from gateway.judge.consents import SIGNED, Consent
from gateway.judge.documents import BESIDE
from gateway.ledger.answers import Repair, Submission
from gateway.ledger.views import View

# What its domain or a person signed can be sent again by anybody who has it, under fields that nothing signs.
_BY_TEXT = frozenset({ProofKind.DKIM, ProofKind.UPSTREAM}) | SIGNED


@dataclass(frozen=True, slots=True)
class Asked:
    """Who agrees, to what, and what is known: `before` are the verdicts on what else the same arrival holds."""

    proof: Proof
    department: str
    arrival: str
    had: datetime
    rules: Rules
    view: View
    key: bytes
    before: Sequence[SubmissionVerdict] = ()


@dataclass(frozen=True, slots=True)
class _Yes:
    """One consent: the offer that it means, if there is such a one, what proves it, and its seal if it has one."""

    offer: Repair | None
    proofs: frozenset[ProofKind]
    consent: Consent | None = None


def taken(
    agreed: Agreed | None, consents: Sequence[Consent], asked: Asked, now: datetime
) -> tuple[tuple[SubmissionVerdict, ...], tuple[RepairTaken, ...]]:
    """The verdicts on what is agreed to, and the offers that are taken."""
    verdicts: list[SubmissionVerdict] = []
    facts: list[RepairTaken] = []
    met: set[str] = set()
    for yes in (*_sealed(consents, asked), *_replied(agreed, asked)):
        of = asked.view.submission(yes.offer.submission) if yes.offer else None
        submission = f"{asked.arrival}.{len(asked.before) + len(verdicts) + 1}"
        if yes.offer is None or of is None or of.department != asked.department:
            if yes.consent:
                verdicts.append(_unknown(submission, yes.consent, asked))
        elif of.submission not in met:
            met.add(of.submission)
            verdicts.append(_verdict(submission, yes, yes.offer, of, asked))
            if verdicts[-1].verdict == "accepted":
                facts.append(RepairTaken(now, submission, of.submission, asked.arrival))
    return tuple(verdicts), tuple(facts)


def _sealed(consents: Sequence[Consent], asked: Asked) -> Iterator[_Yes]:
    """A sealed list counts where it is, byte for byte, the one that was offered, and says what that is about."""
    itself = frozenset({asked.proof.kind} - BESIDE.keys())
    for consent in consents:
        offer, of = asked.view.repair_of(consent.submission), asked.view.submission(consent.submission)
        about = (consent.manifest.dataflow, consent.manifest.period)
        same = offer is not None and of is not None and offer.digest == consent.digest
        meant = same and of is not None and about == (of.dataflow, of.period)
        yield _Yes(offer if meant else None, itself | {ProofKind.SEAL}, consent)


def _replied(agreed: Agreed | None, asked: Asked) -> Iterator[_Yes]:
    if agreed is None or asked.proof.kind not in BY_REPLY | SIGNED:
        return
    arrivals = list(agreed.in_text)
    if asked.proof.kind not in _BY_TEXT:
        letters = (asked.view.letter(letter) for letter in agreed.letters)
        spoken = (about for letter in letters if letter for about in letter.about)
        arrivals += [about.id for about in spoken if Matter.of(about) is Matter.VERDICT] + list(agreed.arrivals)
    for arrival in dict.fromkeys(arrivals):
        yield from (_Yes(offer, frozenset({asked.proof.kind})) for offer in asked.view.repairs_of(arrival))


def _verdict(submission: str, yes: _Yes, offer: Repair, of: Submission, asked: Asked) -> SubmissionVerdict:
    same = _keyed(f"repaired {of.sameness}", asked.key)
    outcome = _outcome(yes, offer, of, same, asked)
    admitted = outcome if isinstance(outcome, Admission) else None
    manifest = yes.consent.manifest if yes.consent else None
    return SubmissionVerdict(
        submission=submission,
        verdict="accepted" if admitted else "duplicate" if isinstance(outcome, Repeated) else "rejected",
        refusal=outcome.refusal.value if isinstance(outcome, decide.Refused) else None,
        department=of.department,
        dataflow=of.dataflow,
        period=of.period,
        becomes=admitted.becomes if admitted else "",
        version=admitted.version if admitted else 0,
        nil=False,
        rows=offer.rows,
        errors=0,
        queries=offer.queries,
        sameness=same,
        manifest=manifest.digest if manifest else None,
        sequence=manifest.sequence if manifest else None,
        key=manifest.key if manifest else None,
        table=offer.table if admitted else None,
        findings=offer.changes if admitted else None,
        duplicate_of=outcome.of if isinstance(outcome, Repeated) else None,
        no_integrity=of.no_integrity,
    )


def _unknown(submission: str, consent: Consent, asked: Asked) -> SubmissionVerdict:
    """A sealed list that nobody was sent; of what it says of itself only what we know goes into the fact."""
    return SubmissionVerdict(
        submission=submission,
        verdict="rejected",
        refusal=Refusal.OFFER_UNKNOWN.value,
        department=asked.department,
        dataflow=consent.manifest.dataflow if consent.manifest.dataflow in asked.rules.dataflows else None,
        period=None,
        becomes="",
        version=0,
        nil=False,
        rows=0,
        errors=0,
        queries=0,
        sameness=_keyed(f"consent {consent.digest}", asked.key),
        manifest=consent.manifest.digest,
        sequence=consent.manifest.sequence,
        key=consent.manifest.key,
    )


def _keyed(text: str, key: bytes) -> str:
    return hashlib.blake2b(text.encode(), key=key, digest_size=16).hexdigest()


def _outcome(yes: _Yes, offer: Repair, of: Submission, same: str, asked: Asked) -> decide.Outcome:
    """Taken once; lapsed when something newer came; proven as surely as the first time; then as any submission.

    A consent holds no cell, so where the report came as protected as was agreed it needs no protection itself.
    """
    assert of.dataflow and of.period and of.obligation  # else it would not have been rejected for its findings
    if offer.taken_by:
        return Repeated(offer.taken_by)
    if _is_newer(of, asked):
        return decide.Refused(Refusal.OFFER_LAPSED)
    first = asked.view.arrival(offer.arrival)
    if first and first.proof and min(kind.rank for kind in yes.proofs) > first.proof.kind.rank:
        return decide.Refused(Refusal.PROOF_TOO_WEAK)
    manifest = yes.consent.manifest if yes.consent else None
    claim = Claim(
        department=of.department,
        dataflow=of.dataflow,
        period=Period.parse(of.period),
        had=asked.had,
        proofs=yes.proofs,
        protections=frozenset(Protection) if offer.protected else frozenset(),
        sameness=same,
        manifest=manifest.digest if manifest else None,
        key=manifest.key if manifest else None,
        sequence=manifest.sequence if manifest else None,
    )
    return decide.decide(claim, asked.view.known_for(claim, asked.rules))


def _is_newer(of: Submission, asked: Asked) -> bool:
    """Whether a version was admitted since, or comes with the consent itself; what was turned away is none."""
    versions = [one.submission for one in asked.view.history(of.obligation or "") if one.version]
    beside = any(one.version and (one.dataflow, one.period) == (of.dataflow, of.period) for one in asked.before)
    return beside or versions[-1] != of.submission
