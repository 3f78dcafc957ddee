"""What a letter says of explanations: how many queries are answered, which are left, and how to answer those."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.core.agreement import ProofKind
from gateway.core.dataflow import Dataflow, Severity
from gateway.core.facts import Proof, SubmissionVerdict
from gateway.core.finding import Finding
from gateway.core.parties import Language
from gateway.judge.agreeing import BY_REPLY
from gateway.judge.consents import SIGNED
from gateway.judge.details import SubmissionDetail
from gateway.judge.explaining import SAMPLE
from gateway.ledger.answers import Explanations


def explaining(
    verdict: SubmissionVerdict, detail: SubmissionDetail, brought: Explanations | None, proof: Proof | None,
    dataflow: Dataflow | None, language: Language,
) -> dict[str, object]:  # fmt: skip
    """Values for the template. `open` is what is still asked, `by_reply` how a reply could answer it.

    `wrong`: something in the report must be mended, whatever is explained.
    """
    asked = [finding for reference, finding in detail.left() if reference]
    return {
        "open": verdict.queries - len(detail.explained),
        "explained": len(detail.explained),
        "added": brought.added if brought else 0,
        "carried": brought.carried if brought else 0,
        "notes": detail.notes,
        "wrong": any(finding.severity is Severity.ERROR for finding in detail.findings),
        "example": _example(asked, dataflow, language) if asked else "",
        "by_reply": _by_reply(proof),
    }


def _by_reply(proof: Proof | None) -> str:
    """How an answer would be proven as surely as the report; "" if in no way."""
    return way_to_answer(proof.kind) if proof and proof.kind in BY_REPLY | SIGNED else ""


def way_to_answer(proof: ProofKind) -> str:
    """A reply as it comes, or signed; for whoever reports by a folder of their own a text file in it."""
    if proof is ProofKind.FOLDER:
        return "folder"
    return "signature" if proof in SIGNED else "reply"


def _example(asked: Sequence[Finding], dataflow: Dataflow | None, language: Language) -> str:
    """One line to copy, for the first query; with its item where its row has several."""
    one = asked[0]
    several = {other.field for other in asked if (other.sheet, other.row) == (one.sheet, one.row)} != {one.field}
    title = dataflow.by_name[one.field].titles[language] if several and dataflow and one.field else ""
    if language is Language.EN:
        where = f"Row {one.row}" if one.row else "The sheet as a whole"
        return f"{where}{f' {title}' if title else ''}: {SAMPLE.en}"
    where = f"第 {one.row} 行" if one.row else "整张表"
    return f"{where}{f' {title}' if title else ''}：{SAMPLE.zh_CN}"
