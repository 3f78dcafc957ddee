"""Signed receipts, made from the journal, the ledger and the vault alone: asked for again, they are the same bytes."""

from __future__ import annotations

from dataclasses import asdict

from gateway.core.facts import Integrated, Judged, SubmissionVerdict
from gateway.core.parties import Language
from gateway.core.rules import Rules
from gateway.journal import codec
from gateway.journal.receipt import ReceivedFile, Stage, Told, make_receipt
from gateway.judge.details import Details
from gateway.judge.repairs import listed
from gateway.judge.shelf import MOST_BYTES
from gateway.ledger.answers import Arrival
from gateway.perform.office import Office
from gateway.store import InclusionProof

_TOLD = (
    "submission", "verdict", "refusal", "dataflow", "period", "becomes", "version", "nil", "rows", "errors", "queries",
    "manifest", "duplicate_of",
)  # fmt: skip
_EXPLAINED = ("of", "added", "carried", "explained", "open", "digest")


def stage_of(judged: Judged) -> Stage:
    """One word for all verdicts of an arrival: what asks for action speaks first."""
    verdicts = {submission.verdict for submission in judged.submissions}
    if judged.quarantined:
        return "quarantined"
    turned_away = any(one.verdict == "explained" and one.refusal for one in judged.submissions)
    # Nothing but a key came: no report was taken in. "received" would prove an earlier fact, and not this one.
    if "rejected" in verdicts or turned_away or not verdicts:
        return "rejected"
    return "accepted" if verdicts & {"accepted", "explained"} else "duplicate"


def receipt_of(office: Office, arrival: str) -> bytes:
    """The receipt that an arrival's sender got, or will get."""
    with office.store.view() as view:
        known = view.arrival(arrival)
    if known is None or known.judged is None:
        raise LookupError(f"no verdict on {arrival}")
    proof = office.store.receipt_proof(known.judged)
    judged = codec.decode(proof.line)
    assert isinstance(judged, Judged)
    return receipt_for(office, judged, known, proof, details_of(office, judged))


def receipt_for(office: Office, judged: Judged, arrival: Arrival, proof: InclusionProof, details: Details) -> bytes:
    """The receipt of a verdict, with the proof that it is in the journal."""
    told = Told(
        stage=stage_of(judged),
        arrival=judged.arrival,
        had=arrival.had,
        recorded=arrival.recorded,
        proof=asdict(judged.proof) if judged.proof else None,
        files=tuple(ReceivedFile(f.name, f.size, f.sha256) for f in details.files),
        verdicts=tuple(_of(office, s, details) for s in judged.submissions),
    )
    return make_receipt(told, proof, office.store.signer)


def received_receipt(office: Office, arrival: Arrival) -> bytes:
    """The first stage alone: it came, at this instant; the verdict follows."""
    proof = office.store.receipt_proof(arrival.received)
    return make_receipt(Told("received", arrival.arrival, arrival.had, arrival.recorded), proof, office.store.signer)


def integrated_receipt(office: Office, submission: str, index: int) -> bytes:
    """The last stage: a submission became part of the whole that the fact at this index speaks of."""
    arrival = submission.partition(".")[0]
    with office.store.view() as view:
        known = view.arrival(arrival)
    assert known is not None
    proof = office.store.receipt_proof(index)
    fact = codec.decode(proof.line)
    assert isinstance(fact, Integrated)
    verdict = {"submission": submission, "dataflow": fact.dataflow, "period": fact.period}
    told = Told("integrated", arrival, known.had, known.recorded, verdicts=(verdict,))
    return make_receipt(told, proof, office.store.signer)


def details_of(office: Office, judged: Judged) -> Details:
    """What was kept beside the verdict; nothing for a verdict that told nothing."""
    if judged.details is None:
        return Details()
    return Details.decode(office.store.read_all(judged.details, MOST_BYTES))


def _of(office: Office, submission: SubmissionVerdict, details: Details) -> dict[str, object]:
    return (
        _verdict(submission, office.rules, details) | _repairs(office, submission) | _explanations(office, submission)
    )


def _explanations(office: Office, submission: SubmissionVerdict) -> dict[str, object]:
    """How much it explains, and the digest of all that is explained by then; the texts are in the vault alone."""
    if not submission.queries:
        return {}
    with office.store.view() as view:
        known = view.explained_by(submission.submission)
    return {"explanations": [{name: getattr(known, name) for name in _EXPLAINED}]} if known else {}


def _repairs(office: Office, submission: SubmissionVerdict) -> dict[str, object]:
    """What was changed in a repaired submission, cell by cell; the texts themselves are in the vault alone."""
    if submission.verdict != "accepted" or submission.findings is None:
        return {}
    changes = listed(office.store.read_all(submission.findings, MOST_BYTES))
    return {"repairs": [asdict(change) for change in changes]}


def _verdict(submission: SubmissionVerdict, rules: Rules, details: Details) -> dict[str, object]:
    """What the fact says, the title, and that legacy encryption does not show whether the content was changed.

    Older facts left that to the details.
    """
    dataflow = rules.dataflows.get(submission.dataflow or "")
    title = {"title": dataflow.titles[Language.ZH_CN], "title_en": dataflow.titles[Language.EN]} if dataflow else {}
    weak = submission.no_integrity or details.of(submission.submission).no_integrity
    legacy = {"no_integrity": True} if weak else {}
    return {name: getattr(submission, name) for name in _TOLD} | title | legacy
