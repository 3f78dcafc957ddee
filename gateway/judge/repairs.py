"""Repairs that are offered with a rejection, and taken by a reply: the facts, and the rules that hold for them.

Both versions are kept: what came, as its arrival, and the repaired table. An offer is open until it is taken, a newer
version comes, or the period closes; whoever takes it must be proven as surely as whoever sent the first version.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import orjson

from gateway.checks.repairing import Repaired
from gateway.core import decide
from gateway.core.agreement import ProofKind
from gateway.core.decide import Admission, Claim, Repeated
from gateway.core.duty import Matter
from gateway.core.facts import Proof, RepairOffered, RepairTaken, SubmissionVerdict
from gateway.core.period import Period
from gateway.core.refusal import Refusal
from gateway.core.rules import Rules
from gateway.judge.agreeing import BY_REPLY, Agreed
from gateway.judge.submissions import Found
from gateway.ledger.answers import Repair, Submission
from gateway.ledger.views import View
from gateway.vault import NewBlob

# What its domain signed can be sent again by anybody who has it, and fields outside its signature can be changed.
_BY_DOMAIN = frozenset({ProofKind.DKIM, ProofKind.UPSTREAM})


@dataclass(frozen=True, slots=True)
class Kept:
    """The repaired table and the list of changes, encrypted beforehand."""

    table: NewBlob
    changes: NewBlob
    repaired: Repaired = field(repr=False)


@dataclass(frozen=True, slots=True)
class Listed:
    """One change as a receipt tells it: `digest` is SHA-256 over salt, old and new text, which are in the vault."""

    sheet: str
    row: int
    column: int
    code: str
    digest: str


def kept(
    found: Sequence[Found], keep: Callable[[bytes], NewBlob], chance: Callable[[int], bytes]
) -> Mapping[int, Kept]:
    """What is offered for each submission that can be repaired, by its place."""
    from gateway.checks.tables import table_bytes

    made: dict[int, Kept] = {}
    for number, one in enumerate(found):
        if one.repaired:
            changes = _encoded(one, one.repaired, chance(16))
            made[number] = Kept(keep(table_bytes(one.repaired.checked)), keep(changes), one.repaired)
    return made


def blobs(repairs: Mapping[int, Kept], offers: Sequence[RepairOffered]) -> list[NewBlob]:
    """What goes with the offers."""
    used = {blob for fact in offers for blob in (fact.table, fact.changes)}
    return [blob for one in repairs.values() for blob in (one.table, one.changes) if blob.id in used]


def _encoded(found: Found, repaired: Repaired, salt: bytes) -> bytes:
    changes = [
        {
            "row": one.row, "column": one.column, "field": one.field, "code": one.code, "old": one.old, "new": one.new,
            "digest": hashlib.sha256(salt + f"{one.old}\0{one.new}".encode()).hexdigest(),
        }
        for one in repaired.changes
    ]  # fmt: skip
    return orjson.dumps({"sheet": found.sheet, "salt": salt.hex(), "changes": changes})


def listed(changes: bytes) -> tuple[Listed, ...]:
    """The list for a receipt, from the bytes that `kept` made."""
    told = orjson.loads(changes)
    return tuple(Listed(told["sheet"], c["row"], c["column"], c["code"], c["digest"]) for c in told["changes"])


# --- offering ---


def offered(
    verdicts: Sequence[SubmissionVerdict], repairs: Mapping[int, Kept], arrival: str, proof: Proof | None,
    rules: Rules, now: datetime,
) -> tuple[RepairOffered, ...]:  # fmt: skip
    """An offer for each submission that was rejected and can be repaired, where a reply could take it."""
    if proof is None or proof.kind not in BY_REPLY:
        return ()
    return tuple(
        RepairOffered(
            at=now,
            submission=verdict.submission,
            arrival=arrival,
            table=repairs[number].table.id,
            changes=repairs[number].changes.id,
            digest=repairs[number].changes.digest,
            cells=len(repairs[number].repaired.changes),
            rows=repairs[number].repaired.checked.rows,
            queries=repairs[number].repaired.checked.findings.queries,
        )
        for number, verdict in enumerate(verdicts)
        if number in repairs and verdict.refusal == Refusal.FINDINGS.value and not _must_be_sealed(verdict, rules)
    )


def _must_be_sealed(verdict: SubmissionVerdict, rules: Rules) -> bool:
    agreement = rules.agreements.get(f"{verdict.department}/{verdict.dataflow}")
    return agreement is None or agreement.must_be_sealed


# --- taking ---


def taken(
    agreed: Agreed | None, proof: Proof | None, arrival: str, had: datetime, rules: Rules, view: View, now: datetime,
    key: bytes,
) -> tuple[tuple[SubmissionVerdict, ...], tuple[RepairTaken, ...]]:  # fmt: skip
    """The verdicts on what a reply agrees to, and the offers that it takes."""
    officer = rules.officer(proof.officer) if proof else None
    if agreed is None or proof is None or officer is None or proof.kind not in BY_REPLY:
        return (), ()
    verdicts: list[SubmissionVerdict] = []
    facts: list[RepairTaken] = []
    for offer in _meant(agreed, proof, view):
        of = view.submission(offer.submission)
        if of is None or of.department != officer.department:
            continue
        submission = f"{arrival}.{len(verdicts) + 1}"
        verdict = _verdict(submission, offer, of, proof, had, rules, view, key)
        verdicts.append(verdict)
        if verdict.verdict == "accepted":
            facts.append(RepairTaken(now, submission, of.submission, arrival))
    return tuple(verdicts), tuple(facts)


def _meant(agreed: Agreed, proof: Proof, view: View) -> Iterable[Repair]:
    arrivals = list(agreed.in_text)
    if proof.kind not in _BY_DOMAIN:
        letters = (view.letter(letter) for letter in agreed.letters)
        spoken = (about for letter in letters if letter for about in letter.about)
        arrivals += [about.id for about in spoken if Matter.of(about) is Matter.VERDICT] + list(agreed.arrivals)
    return [offer for arrival in dict.fromkeys(arrivals) for offer in view.repairs_of(arrival)]


def _verdict(
    submission: str, offer: Repair, of: Submission, proof: Proof, had: datetime, rules: Rules, view: View, key: bytes
) -> SubmissionVerdict:
    same = hashlib.blake2b(f"repaired {of.sameness}".encode(), key=key, digest_size=16).hexdigest()
    outcome = _outcome(offer, of, proof, had, same, rules, view)
    admitted = outcome if isinstance(outcome, Admission) else None
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
        table=offer.table if admitted else None,
        findings=offer.changes if admitted else None,
        duplicate_of=outcome.of if isinstance(outcome, Repeated) else None,
        no_integrity=of.no_integrity,
    )


def _outcome(
    offer: Repair, of: Submission, proof: Proof, had: datetime, same: str, rules: Rules, view: View
) -> decide.Outcome:
    """Taken once; lapsed when something newer came; proven as surely as the first time; then as any submission."""
    assert of.dataflow and of.period and of.obligation  # else it would not have been rejected for its findings
    if offer.taken_by:
        return Repeated(offer.taken_by)
    if view.history(of.obligation)[-1].submission != of.submission:
        return decide.Refused(Refusal.OFFER_LAPSED)
    first = view.arrival(offer.arrival)
    kinds = list(ProofKind)
    if first and first.proof and kinds.index(proof.kind) > kinds.index(first.proof.kind):
        return decide.Refused(Refusal.PROOF_TOO_WEAK)
    claim = Claim(
        department=of.department,
        dataflow=of.dataflow,
        period=Period.parse(of.period),
        had=had,
        proofs=frozenset({proof.kind}),
        protections=frozenset(),
        sameness=same,
    )
    return decide.decide(claim, view.known_for(claim, rules))
