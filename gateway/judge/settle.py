"""What follows from an examination, with everything known before: the one `Judged` fact of an arrival.

This runs inside the transaction that records it, so that two submissions for one obligation cannot both be the first,
and a sealed file cannot be taken twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gateway.core import decide
from gateway.core.agreement import ProofKind
from gateway.core.calendar import obligation_id
from gateway.core.decide import Admission, Claim, Repeated
from gateway.core.facts import Confirmed, Fact, Ignored, Judged, KeyOffered, Proof, RepairTaken, SubmissionVerdict
from gateway.core.refusal import Refusal
from gateway.core.rules import Rules
from gateway.judge import explanation_facts, repairs
from gateway.judge.case import Case, Examined
from gateway.judge.details import submission_id
from gateway.judge.documents import proofs_of
from gateway.judge.explanations import Prepared as Explanations
from gateway.judge.offered_keys import offers
from gateway.judge.submissions import Found, sameness_of
from gateway.judge.taking import Asked, taken
from gateway.ledger.answers import Question
from gateway.ledger.views import View
from gateway.store import Decision
from gateway.vault import NewBlob

# A mail that its domain signed, or a file that somebody signed or locked, can be sent again by anybody who ever got it.
_REPLAYABLE = frozenset(
    {ProofKind.DKIM, ProofKind.UPSTREAM, ProofKind.OPENPGP, ProofKind.SMIME, ProofKind.PASSWORD}
)  # fmt: skip


# What proves a file and says nothing of what it is for: whoever has last month's could send it for this one.
_PERIODLESS = frozenset({ProofKind.OPENPGP, ProofKind.SMIME, ProofKind.PASSWORD})


@dataclass(frozen=True, slots=True)
class Prepared:
    """An examination with its blobs encrypted beforehand, because the writer's thread must not wait for that."""

    case: Case
    examined: Examined
    key: bytes = field(repr=False)  # of the digests that show sameness
    tables: Mapping[int, NewBlob]  # by place in `examined.found`
    details: NewBlob
    keys: Mapping[str, NewBlob] = field(default_factory=dict)  # by fingerprint
    marked: Mapping[str, NewBlob] = field(default_factory=dict)  # by path of the part
    mended: Mapping[int, repairs.Kept] = field(default_factory=dict)  # by place in `examined.found`
    explained: tuple[Explanations, ...] = ()


def code_digest(code: str, key: bytes) -> str:
    """What a fact may hold of a one-time code."""
    return hashlib.blake2b(code.encode(), key=key, digest_size=16, person=b"one-time code").hexdigest()


def settle(prepared: Prepared, rules: Rules, view: View, now: datetime) -> Decision:
    """The facts that an examined arrival comes to, and the blobs that go with them.

    None at all where what it explains has changed meanwhile: then it is still owed.
    """
    case, examined = prepared.case, prepared.examined
    if explanation_facts.is_stale(prepared.explained, view):
        return Decision((), (), None)
    confirmed = _confirmations(case, examined, view, now, prepared.key)
    proof = examined.proof or (Proof(ProofKind.CONFIRMED, confirmed[0].officer) if confirmed else None)
    verdicts = tuple(
        _verdict(prepared, number, found, proof, rules, view) for number, found in enumerate(examined.found) if proof
    )
    verdicts = explanation_facts.verdicts_with(prepared.explained, verdicts, case.arrival)
    mended = repairs.offered(verdicts, prepared.mended, case.arrival, proof, now)
    agreed, accepted = _taken(case, examined, verdicts, proof, rules, view, now, prepared.key)
    verdicts += agreed
    refusal = None if confirmed else _refusal(prepared, verdicts, view, now)
    if verdicts and refusal in (Refusal.NOTHING_FOUND, Refusal.NOT_ASKED):
        refusal = None
    explained = tuple(explanation_facts.facts(prepared.explained, verdicts, accepted, case.arrival, view, now))
    offered: tuple[KeyOffered, ...] = ()
    if proof or refusal is Refusal.KEY_OFFERED:
        offered = offers(examined.keys, prepared.keys, case.arrival, proof, view, now)
    if refusal is Refusal.KEY_OFFERED and not offered:
        refusal = Refusal.UNCONFIRMED  # so many came in this name that only its owner's word lets one more in
    judged = Judged(
        at=now,
        arrival=case.arrival,
        configured=rules.version,
        quarantined=proof is None,
        refusal=refusal and refusal.value,
        proof=proof,
        submissions=verdicts,
        ignored=tuple(Ignored(one.part, one.why) for one in examined.ignored),
        names=None if proof else examined.names,
        confirms=confirmed[0].arrival if confirmed else None,
        details=prepared.details.id if proof and not confirmed else None,
    )
    used = {blob for v in verdicts for blob in (v.table, v.findings) if blob} | {fact.blob for fact in offered}
    used |= {fact.list for fact in explained}
    lists = (one.list for one in prepared.explained if one.list)
    kept = (*prepared.tables.values(), *prepared.marked.values(), *prepared.keys.values(), *lists)
    blobs = [blob for blob in kept if blob.id in used]
    blobs += repairs.blobs(prepared.mended, mended)
    if judged.details:
        blobs.append(prepared.details)
    facts: tuple[Fact, ...] = (judged, *confirmed, *offered, *mended, *accepted, *explained)
    return Decision(facts, tuple(blobs), judged)


def _taken(
    case: Case, examined: Examined, verdicts: tuple[SubmissionVerdict, ...], proof: Proof | None, rules: Rules,
    view: View, now: datetime, key: bytes,
) -> tuple[tuple[SubmissionVerdict, ...], tuple[RepairTaken, ...]]:  # fmt: skip
    officer = rules.officer(proof.officer) if proof else None
    if proof is None or officer is None:
        return (), ()
    asked = Asked(proof, officer.department, case.arrival, case.had, rules, view, key, verdicts)
    return taken(examined.agreed, examined.consents, asked, now)


def _confirmations(
    case: Case, examined: Examined, view: View, now: datetime, sameness_key: bytes
) -> tuple[Confirmed, ...]:
    """The open questions that this arrival's one-time codes answer, asked of the officer whom it names or proves."""
    sender = examined.proof.officer if examined.proof else examined.names
    found: dict[str, Confirmed] = {}
    for code in examined.codes if sender else ():
        question = view.question(code_digest(code, sameness_key))
        if question and question.officer == sender and case.had < question.expires and _waits_for(question, view):
            found.setdefault(question.arrival, Confirmed(now, question.arrival, question.officer, case.arrival))
    return tuple(found.values())


def _waits_for(question: Question, view: View) -> bool:
    """A code works once, and only while nobody else has decided about what it was asked for."""
    asked = view.arrival(question.arrival)
    settled = asked is None or asked.vouched is not None or asked.discarded is not None or asked.erased is not None
    return question.confirmed is None and not settled


def _verdict(
    prepared: Prepared, number: int, found: Found, proof: Proof, rules: Rules, view: View
) -> SubmissionVerdict:
    officer = rules.officer(proof.officer)
    assert officer is not None  # whoever is proven is configured, by these same rules
    manifest = found.document.manifest
    digest = manifest.digest if manifest else None
    checked, table = found.checked, prepared.tables.get(number)
    same = explanation_facts.same_as(prepared.explained, number)
    sameness = same.sameness if same else found.sameness
    outcome = _outcome(prepared, found, sameness, digest, proof, officer.department, rules, view)
    admitted = outcome if isinstance(outcome, Admission) else None
    refusal = outcome.refusal if isinstance(outcome, decide.Refused) else None
    if admitted and checked and checked.findings.errors:
        refusal = Refusal.FINDINGS
    repeated = outcome.of if isinstance(outcome, Repeated) else None
    marked = prepared.marked.get(found.document.part) if refusal is Refusal.FINDINGS else None
    return SubmissionVerdict(
        submission=submission_id(prepared.case.arrival, number),
        verdict="duplicate" if repeated else "rejected" if refusal else "accepted",
        refusal=refusal and refusal.value,
        department=officer.department,
        dataflow=found.dataflow,
        period=str(found.period) if found.period else None,
        becomes=admitted.becomes if admitted else "",
        version=admitted.version if admitted else 0,
        nil=found.nil,
        rows=checked.rows if checked else 0,
        errors=checked.findings.errors if checked else 0,
        queries=checked.findings.queries if checked else 0,
        sameness=sameness,
        manifest=digest,
        sequence=manifest.sequence if manifest else None,
        key=manifest.key if manifest else None,
        table=table.id if table and not refusal and not repeated else None,
        findings=marked.id if marked else None,
        duplicate_of=repeated,
        no_integrity=found.document.wrapping.no_integrity,
    )


def _refusal(prepared: Prepared, verdicts: Sequence[SubmissionVerdict], view: View, now: datetime) -> Refusal | None:
    """What is said of the arrival as a whole: that it came too often, where it brings nothing new.

    Somebody's robot may be answering our letters, or a signed mail is sent again and again by whoever got hold of it.
    """
    examined, arrival = prepared.examined, prepared.case.arrival
    if examined.proof is None or examined.refusal is Refusal.AUTOMATIC:
        return examined.refusal
    answered = explanation_facts.answered(prepared.explained, arrival)
    if any(_is_new(verdict, view) or verdict.submission in answered for verdict in verdicts):
        return examined.refusal
    answers = view.fruitless_answers(examined.proof.officer, now - decide.ANSWERS_WITHIN)
    return Refusal.TOO_OFTEN if answers >= decide.MOST_ANSWERS else examined.refusal


def _is_new(verdict: SubmissionVerdict, view: View) -> bool:
    """Whether it is accepted, or a report that we know with a content that we did not."""
    if verdict.verdict != "rejected" or verdict.dataflow is None or verdict.period is None:
        return verdict.verdict == "accepted"
    history = view.history(f"{verdict.department}/{verdict.dataflow}/{verdict.period}")
    return all(earlier.sameness != verdict.sameness for earlier in history)


def _outcome(
    prepared: Prepared, found: Found, same: str, digest: str | None, proof: Proof, department: str, rules: Rules,
    view: View,
) -> decide.Outcome:  # fmt: skip
    """What the ledger says of it; a sealed file seen before is a duplicate, whatever else might be said of it now."""
    if not (found.dataflow and found.period):
        return decide.Refused(found.refusal or Refusal.DATAFLOW_UNKNOWN)
    manifest = found.document.manifest
    if found.refusal and not (digest and view.by_manifest(digest)):
        return decide.Refused(found.refusal)
    claim = Claim(
        department=department,
        dataflow=found.dataflow,
        period=found.period,
        had=prepared.case.had,
        proofs=proofs_of(found.document, proof),
        protections=found.document.wrapping.protections,
        sameness=same,
        manifest=digest,
        key=manifest.key if manifest else None,
        sequence=manifest.sequence if manifest else None,
        no_integrity=found.document.wrapping.no_integrity,
    )
    if claim.proofs <= _REPLAYABLE and (earlier := _accepted_before(claim, view)):
        return Repeated(earlier)
    if claim.proofs <= _PERIODLESS and _is_of_another_period(found, claim, view, prepared.key):
        return decide.Refused(Refusal.PERIOD_NOT_SIGNED)
    return decide.decide(claim, view.known_for(claim, rules))


def _is_of_another_period(found: Found, claim: Claim, view: View, key: bytes) -> bool:
    """Whether these very bytes were accepted for a period that they do not name. Nothing to report may be so twice."""
    if found.nil:
        return False
    known = view.accepted_contents(claim.department, claim.dataflow)
    return any(same == sameness_of(key, found.document, found.sheet, claim.dataflow, period) for period, same in known)


def _accepted_before(claim: Claim, view: View) -> str | None:
    """The same content in any version accepted so far: an old mail sent again must not take back a correction."""
    history = view.history(obligation_id(claim.department, claim.dataflow, claim.period))
    return next((s.submission for s in history if s.verdict == "accepted" and s.sameness == claim.sameness), None)
