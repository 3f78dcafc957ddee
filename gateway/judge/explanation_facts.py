"""What follows from what an arrival explains, inside the transaction that records its verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from gateway.core.facts import Explained, RepairTaken, SubmissionVerdict
from gateway.core.refusal import Refusal
from gateway.judge.details import submission_id
from gateway.judge.explanations import Prepared
from gateway.ledger.answers import Submission
from gateway.ledger.views import View


def is_stale(prepared: Sequence[Prepared], view: View) -> bool:
    """Whether a version or an explanation came after it was looked at: then all of it is looked at once more."""
    return any(view.explaining_stands_at(one.obligation) != one.stands_at for one in prepared)


def same_as(prepared: Sequence[Prepared], number: int) -> Submission | None:
    """The version that the report at this place repeats, but for its explanations."""
    return next((one.of for one in prepared if one.number == number), None)


def verdicts_with(
    prepared: Sequence[Prepared], verdicts: Sequence[SubmissionVerdict], arrival: str
) -> tuple[SubmissionVerdict, ...]:
    """The verdicts on reports, those that only explain named as that, and one for each other report explained."""
    told = list(verdicts)
    for one in prepared:
        if one.of is None:
            continue
        if one.number >= len(verdicts):
            told.append(_explained(one, one.of, submission_id(arrival, one.number)))
        elif verdicts[one.number].verdict == "duplicate" and (one.list or one.refusal):
            told[one.number] = replace(_explained(one, one.of, verdicts[one.number].submission))
    return tuple(told)


def _explained(one: Prepared, of: Submission, submission: str) -> SubmissionVerdict:
    is_again = one.again is not None and one.list is None
    return SubmissionVerdict(
        submission=submission,
        verdict="duplicate" if is_again else "explained",
        refusal=one.refusal.value if one.refusal else None,
        department=of.department,
        dataflow=of.dataflow,
        period=of.period,
        becomes="",
        version=0,
        nil=False,
        rows=of.rows,
        errors=0,
        queries=of.queries,
        sameness=of.sameness,
        duplicate_of=one.again if is_again else of.submission,
    )


def facts(
    prepared: Sequence[Prepared], verdicts: Sequence[SubmissionVerdict], taken: Sequence[RepairTaken], arrival: str,
    view: View, now: datetime,
) -> Iterator[Explained]:  # fmt: skip
    """One for each report of which something is kept that was not, or that was repaired."""
    yield from _carried(taken, verdicts, view)
    judged = {verdict.submission: verdict for verdict in verdicts}
    for one in prepared:
        verdict = judged[submission_id(arrival, one.number)]
        if one.list and _counts(verdict):
            of = one.of.submission if one.of else verdict.submission
            left = max(verdict.queries - one.explained, 0)
            yield Explained(
                now, verdict.submission, of, arrival, one.list.id, one.list.digest, one.added, one.carried,
                one.explained, left,
            )  # fmt: skip


def _counts(verdict: SubmissionVerdict) -> bool:
    if verdict.verdict == "explained":
        return verdict.refusal is None
    return verdict.verdict == "accepted" or verdict.refusal == Refusal.FINDINGS.value


def _carried(taken: Sequence[RepairTaken], verdicts: Sequence[SubmissionVerdict], view: View) -> Iterator[Explained]:
    """What was said of a report holds for it as repaired: a repair moves no row, and changes no meaning."""
    queries = {verdict.submission: verdict.queries for verdict in verdicts}
    for repair in taken:
        if said := view.explained_of(repair.of):
            known = said[0]
            explained = min(known.explained, queries[repair.submission])
            yield Explained(
                repair.at, repair.submission, repair.submission, repair.arrival, known.list, known.digest, 0,
                explained, explained, queries[repair.submission] - explained,
            )  # fmt: skip


def answered(prepared: Sequence[Prepared], arrival: str) -> frozenset[str]:
    """Of this arrival's submissions those that answer what nothing answered before: that ends, whoever writes."""
    return frozenset(submission_id(arrival, one.number) for one in prepared if one.fewer)
