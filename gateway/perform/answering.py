"""The answer to a proven sender: a letter that a clerk understands, and the signed receipt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway.core.agreement import ProofKind
from gateway.core.duty import Acknowledge, Answer
from gateway.core.facts import Judged, Proof, SubmissionVerdict
from gateway.core.message import Attachment, letter_id
from gateway.core.parties import Language, Officer
from gateway.core.refusal import Refusal, sentence
from gateway.journal import codec
from gateway.judge.details import Details, SubmissionDetail
from gateway.ledger.answers import Arrival, Repair
from gateway.ledger.views import View
from gateway.perform.enclosing import enclose, shown
from gateway.perform.explaining import explaining, way_to_answer
from gateway.perform.office import FOLDER, MAIL, Office
from gateway.perform.receipts import details_of, receipt_for, receipt_of, received_receipt
from gateway.perform.writing import addressee, start_letter, write_letter
from gateway.store import InclusionProof

# To these no better file can be the answer, so the letter names no date to send it by.
_NOT_MENDED = frozenset({Refusal.NOT_OWED, Refusal.NOT_OPEN, Refusal.CLOSED, Refusal.SEQUENCE_OLD})
IN_LETTER = 20  # findings told in the letter itself; the attached table has them all

PROOFS = {
    ProofKind.SEAL: ("密封文件上的签名", "the signature on the sealed file"),
    ProofKind.SUBMISSION: ("登录发送", "your account, through which it was sent"),
    ProofKind.FOLDER: ("您的专用文件夹", "your own folder"),
    ProofKind.OPENPGP: ("您的 OpenPGP 签名", "your OpenPGP signature"),
    ProofKind.SMIME: ("您登记的证书的签名", "the signature with your registered certificate"),
    ProofKind.DKIM: ("贵单位邮件服务器的签名", "the signature of your mail server"),
    ProofKind.UPSTREAM: ("上级邮件服务器的核验", "the check of the mail server before ours"),
    ProofKind.CONFIRMED: ("您登记的地址回复的确认码", "the one-time code that your registered address gave back"),
    ProofKind.ADMITTED: ("管理员的人工核实", "an administrator's own enquiry"),
    ProofKind.PASSWORD: (
        "与贵单位约定的密码打开了文件（较弱的证明）",
        "the password agreed with your department, which opened the file (a weak proof)",
    ),
}
CHANNELS = {
    "smtp": ("通过电子邮件", "by e-mail"),
    "imap": ("通过电子邮件", "by e-mail"),
    "folder": ("通过共享文件夹", "through your folder"),
    "paper": ("以纸质形式", "on paper"),
}


def answer(office: Office, duty: Answer) -> None:
    """The receipt letter for a verdict that lies in the journal."""
    with office.store.reading() as reading:
        arrival = reading.view.arrival(duty.arrival)
        if arrival is None or arrival.judged is None or reading.view.has_letter(letter_id(duty.id)):
            return
        proof = reading.proof(arrival.judged)
        judged = codec.decode(proof.line)
        assert isinstance(judged, Judged)
        answered = Answered(judged, arrival, proof, details_of(office, judged))
        told = told_of(office, reading.view, answered)
    answer_with(office, duty, answered, told)()


@dataclass(frozen=True, slots=True)
class Answered:
    """A verdict that is answered: its arrival, the proof that it is in the journal, and what was kept beside it."""

    judged: Judged
    arrival: Arrival
    proof: InclusionProof
    details: Details


def told_of(office: Office, view: View, answered: Answered) -> list[dict[str, object]]:
    """What the letter tells of each submission, with how its obligation stands now; nothing if nobody is answered."""
    proof = answered.judged.proof
    officer = office.rules.officer(proof.officer) if proof else None
    if officer is None:
        return []
    return [_submission(office, view, s, answered, officer.language) for s in answered.judged.submissions]


def answer_with(
    office: Office, duty: Answer, answered: Answered, told: Sequence[dict[str, object]]
) -> Callable[[], object]:
    """The same, with what the verdict's own performance still has at hand; call what it gives to wait for it."""
    judged, arrival, details = answered.judged, answered.arrival, answered.details
    officer = addressee(office, duty, duty.officer)
    if officer is None or judged.proof is None:
        return lambda: None
    language = officer.language
    enclosed = enclose(office, judged, details, officer, told)
    values = {
        "arrival": judged.arrival,
        "had": arrival.had,
        "channel": CHANNELS[arrival.channel][language is Language.EN],
        "refusal": sentence(Refusal(judged.refusal), language) if judged.refusal else None,
        "submissions": [{**one, **shown(office, enclosed, one, language)} for one in told],
        "ignored": details.ignored,
        "keys": details.keys,
        "proof": PROOFS[judged.proof.kind][language is Language.EN],
    }
    attachments = [
        Attachment("receipt.json", "application/json", receipt_for(office, judged, arrival, answered.proof, details)),
        *_earlier(office, judged.submissions),
        *enclosed.attachments,
    ]
    return start_letter(office, duty, officer, values, attachments, outlet=_way_back(arrival, officer), reply=True)


def acknowledge(office: Office, duty: Acknowledge) -> None:
    """ "Received", because the verdict takes long."""
    officer = addressee(office, duty, duty.officer)
    if officer is None:
        return
    with office.store.view() as view:
        arrival = view.arrival(duty.arrival)
    assert arrival is not None
    receipt = Attachment("receipt.json", "application/json", received_receipt(office, arrival))
    values = {"arrival": duty.arrival, "had": arrival.had}
    write_letter(office, duty, officer, values, [receipt], outlet=_way_back(arrival, officer))


def _way_back(arrival: Arrival, officer: Officer) -> str:
    """Into the folder where it lay, if that is the officer's own; somebody else's sealed file may lie there too."""
    return FOLDER if arrival.channel == "folder" and arrival.officer == officer.id else MAIL


def _submission(
    office: Office,
    view: View,
    verdict: SubmissionVerdict,
    answered: Answered,
    language: Language,
) -> dict[str, object]:
    details, had, proof = answered.details, answered.arrival.had, answered.judged.proof
    detail = details.of(verdict.submission)
    dataflow = office.rules.dataflows.get(verdict.dataflow or "")
    offer, taken = view.repair_of(verdict.submission), view.repair_taken_as(verdict.submission)
    standing = view.standing(f"{verdict.department}/{verdict.dataflow}/{verdict.period}")
    due = standing.effective.due if standing else None
    left = [finding for _, finding in detail.left()]
    return {
        "submission": verdict.submission,
        "verdict": verdict.verdict,
        "title": dataflow.titles[language] if dataflow else details.name_of(detail.part),
        "period": verdict.period,
        "file": details.name_of(detail.part),
        "sheet": detail.sheet,
        "becomes": verdict.becomes,
        "version": verdict.version,
        "nil": verdict.nil,
        "rows": verdict.rows,
        "errors": verdict.errors,
        "queries": verdict.queries,
        "due": due,
        "late": due is not None and had >= due,
        "again": due is not None and verdict.refusal not in _NOT_MENDED,
        "stands": standing is not None and standing.accepted is not None,
        "overdue": due is not None and office.clock.now() >= due,
        "assumed_period": detail.assumed_period,
        "no_integrity": verdict.no_integrity or detail.no_integrity,
        "reason": _reason(verdict, detail, language),
        "findings": left[:IN_LETTER],
        "offered": offer.cells if offer else 0,
        "by": _way_to_agree(office, verdict, offer, proof),
        "offer": offer,
        "taken": taken,
        "repaired": taken.cells if taken else 0,
        "more": max(_left_in_all(verdict, detail) - IN_LETTER, 0),
        "duplicate_of": verdict.duplicate_of,
    } | explaining(verdict, detail, view.explained_by(verdict.submission), proof, dataflow, language)


def _left_in_all(verdict: SubmissionVerdict, detail: SubmissionDetail) -> int:
    in_all = verdict.queries if detail.of else detail.findings_in_all
    return in_all - len(detail.explained)


def _way_to_agree(office: Office, verdict: SubmissionVerdict, offer: Repair | None, proof: Proof | None) -> str:
    """What must prove the consent, so that it is as sure as the report: a seal, a signature, or a plain reply's own."""
    if offer is None or proof is None:
        return ""
    agreement = office.rules.agreements.get(f"{verdict.department}/{verdict.dataflow}")
    enough = proof.kind is ProofKind.ADMITTED or (agreement is not None and proof.kind in agreement.proofs)
    if proof.kind is ProofKind.SEAL or not enough:
        return "seal"
    return way_to_answer(proof.kind)


def _reason(verdict: SubmissionVerdict, detail: SubmissionDetail, language: Language) -> str:
    """The refusal's own sentence, or the more telling one of the check that refused."""
    if verdict.refusal is None:
        return ""
    return detail.reason or sentence(Refusal(verdict.refusal), language)


def _earlier(office: Office, submissions: Sequence[SubmissionVerdict]) -> list[Attachment]:
    """The identical receipts of what came before, for duplicates."""
    arrivals = dict.fromkeys(
        s.duplicate_of.partition(".")[0] for s in submissions if s.duplicate_of and s.verdict == "duplicate"
    )
    return [Attachment(f"receipt-{a}.json", "application/json", receipt_of(office, a)) for a in arrivals]
