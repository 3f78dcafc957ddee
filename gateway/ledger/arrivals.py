"""What is known of arrivals and submissions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, select

from gateway.core.agreement import ProofKind
from gateway.core.decide import OF_THE_MOMENT
from gateway.core.facts import Ignored, Proof
from gateway.ledger.answers import Arrival, Question, Submission
from gateway.ledger.asking import Asking, columns_for
from gateway.ledger.columns import spelled
from gateway.ledger.tables import ACCEPTED, CURRENT, QUARANTINED, arrivals, ignored_parts, questions, submissions
from gateway.rows import Prepared

_ARRIVAL = columns_for(Arrival, arrivals, ["proof", "waits"])
_FIELDS = [column.name for column in _ARRIVAL]
_PROOF = [arrivals.c.proof_kind, arrivals.c.proof_officer, arrivals.c.proof_key, arrivals.c.proof_domain]
_SUBMISSION = [*columns_for(Submission, submissions, ["had"]), arrivals.c.had]
_ADMITTED = and_(
    submissions.c.verdict.in_(spelled(("accepted", "rejected"))),
    (submissions.c.refusal.is_(None)) | (submissions.c.refusal.not_in(spelled(sorted(OF_THE_MOMENT)))),
)


def _arrivals(*conditions: ColumnElement[bool]) -> Select[Any]:
    return select(*_ARRIVAL, *_PROOF, arrivals.c.waits).where(*conditions)


def _submissions(*conditions: ColumnElement[bool]) -> Select[Any]:
    joined = submissions.join(arrivals, arrivals.c.arrival == submissions.c.arrival)
    return select(*_SUBMISSION).select_from(joined).where(*conditions)


_BY_ID = Prepared(_arrivals(arrivals.c.arrival == bindparam("arrival")))
_WAITS = Prepared(
    select(arrivals.c.arrival).where(arrivals.c.arrival == bindparam("arrival"), arrivals.c.waits.is_not(None))
)
_offered = arrivals.c.discarded.is_(None) & arrivals.c.erased.is_(None)
_QUARANTINED = _arrivals(QUARANTINED, _offered, arrivals.c.waits.is_(None)).order_by(arrivals.c.judged)
_SET_ASIDE = _arrivals(arrivals.c.set_aside.is_not(None), _offered).order_by(arrivals.c.set_aside)
_IGNORED = (
    select(ignored_parts.c.part, ignored_parts.c.why)
    .where(ignored_parts.c.arrival == bindparam("arrival"))
    .order_by(ignored_parts.c.judged, ignored_parts.c.position)
)
_SUBMISSION_BY_ID = _submissions(submissions.c.submission == bindparam("submission"))
_OF_ARRIVAL = _submissions(submissions.c.arrival == bindparam("arrival")).order_by(submissions.c.submission)
_OF_OBLIGATION = _submissions(submissions.c.obligation == bindparam("obligation")).order_by(submissions.c.judged)
_ACCEPTED_OF = Prepared(_submissions(submissions.c.obligation == bindparam("obligation"), CURRENT))
_TABLES = _submissions(
    submissions.c.dataflow == bindparam("dataflow"), submissions.c.period == bindparam("period"), CURRENT
).order_by(submissions.c.department)
_MANIFEST = Prepared(
    _submissions(submissions.c.manifest == bindparam("manifest"), _ADMITTED).order_by(submissions.c.judged)
)
_ACCEPTED_IN = Prepared(
    select(submissions.c.period, submissions.c.sameness).where(
        submissions.c.obligation >= bindparam("first"), submissions.c.obligation < bindparam("beyond"), ACCEPTED
    )
)
_QUESTIONS = select(*columns_for(Question, questions))


class ArrivalViews(Asking):
    """Questions about arrivals and the submissions in them."""

    def arrival(self, arrival: str) -> Arrival | None:
        row = self._first(_BY_ID, arrival=arrival)
        return None if row is None else _arrival(row)

    def waits(self, arrival: str) -> bool:
        """Whether it still has to get a verdict."""
        return self._first(_WAITS, arrival=arrival) is not None

    def ignored(self, arrival: str) -> tuple[Ignored, ...]:
        """The parts of an arrival that were not taken as submissions."""
        return tuple(Ignored(*row) for row in self._rows(_IGNORED, arrival=arrival))

    def quarantined(self) -> list[Arrival]:
        """What nobody was proven to have sent or vouched for, while its bytes are kept; oldest verdict first."""
        return [_arrival(row) for row in self._rows(_QUARANTINED)]

    def set_aside(self) -> list[Arrival]:
        """What ended the process again and again, for a person to look at."""
        return [_arrival(row) for row in self._rows(_SET_ASIDE)]

    def question(self, code: str) -> Question | None:
        """The question that a one-time code (its digest) answers."""
        row = self._first(_QUESTIONS.where(questions.c.code == code))
        return None if row is None else Question(*row)

    def submission(self, submission: str) -> Submission | None:
        return self._one(_SUBMISSION_BY_ID, submission=submission)

    def submissions_of(self, arrival: str) -> list[Submission]:
        return [Submission(*row) for row in self._rows(_OF_ARRIVAL, arrival=arrival)]

    def history(self, obligation: str) -> list[Submission]:
        """All submissions for department/dataflow/period, in the order of their verdicts."""
        return [Submission(*row) for row in self._rows(_OF_OBLIGATION, obligation=obligation)]

    def accepted_contents(self, department: str, dataflow: str) -> list[tuple[str, str]]:
        """Period and sameness of every version that was ever accepted."""
        first = f"{department}/{dataflow}/"
        return self._rows(_ACCEPTED_IN, first=first, beyond=first[:-1] + "0")  # the sign after a slash

    def accepted(self, department: str, dataflow: str, period: str) -> Submission | None:
        """The current version: the latest that was accepted."""
        return self._one(_ACCEPTED_OF, obligation=f"{department}/{dataflow}/{period}")

    def accepted_tables(self, dataflow: str, period: str) -> list[Submission]:
        """The current versions of all departments, by department; nil returns too (they have no `table`)."""
        return [Submission(*row) for row in self._rows(_TABLES, dataflow=dataflow, period=period)]

    def by_manifest(self, manifest: str) -> Submission | None:
        """The first submission of this sealed file that was judged by its content."""
        return self._one(_MANIFEST, manifest=manifest)

    def _one(self, statement: Select[Any] | Prepared, **parameters: Any) -> Submission | None:
        row = self._first(statement, **parameters)
        return None if row is None else Submission(*row)


def _arrival(row: Sequence[Any]) -> Arrival:
    *known, kind, officer, key, domain, waits = row
    proof = Proof(ProofKind(kind), officer, key, domain) if kind else None
    return Arrival(**dict(zip(_FIELDS, known, strict=True)), proof=proof, waits=waits is not None)
