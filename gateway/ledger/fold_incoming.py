"""What facts about arrivals and obligations do to the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gateway.core import facts
from gateway.core.answerable import is_to_be_answered, to_be_told
from gateway.ledger import statements as s
from gateway.ledger.columns import to_micros
from gateway.ledger.statements import Step
from gateway.ledger.tables import arrivals

_UNJUDGED: dict[str, Any] = {column.name: None for column in arrivals.c} | {"deaths": 0, "quarantined": False}


def received(index: int, fact: facts.Received) -> Sequence[Step]:
    row = _UNJUDGED | {
        "arrival": fact.arrival, "received": index, "recorded": fact.at, "had": fact.had, "channel": fact.channel,
        "account": fact.account, "source": fact.source, "officer": fact.officer, "size": fact.size,
        "blob": fact.blob, "digest": fact.digest, "waits": index,
    }  # fmt: skip
    return ((s.add_arrival, row),)


def judged(index: int, fact: facts.Judged) -> Sequence[Step]:
    steps: list[Step] = [(s.judge_arrival, _verdict(index, fact))]
    for position, part in enumerate(fact.ignored):
        ignored = {"judged": index, "position": position, "arrival": fact.arrival, "part": part.part, "why": part.why}
        steps.append((s.add_ignored_part, ignored))
    for verdict in fact.submissions:
        obligation = obligation_of(verdict)
        steps.append((s.add_submission, _submission(index, fact, verdict, obligation)))
        if verdict.verdict == "accepted" and obligation:
            of = {"of_obligation": obligation}
            steps.append((s.supersede, of | {"superseded": index}))
            steps.append((s.fulfil_obligation, of | {"of_arrival": fact.arrival, "accepted": verdict.submission}))
    return steps


def obligation_of(verdict: facts.SubmissionVerdict) -> str | None:
    """The name of the obligation that a submission speaks to, as far as it was recognised; owed or not."""
    if verdict.dataflow is None or verdict.period is None:
        return None
    return f"{verdict.department}/{verdict.dataflow}/{verdict.period}"


def touched_by_judged(fact: facts.Judged) -> Sequence[str]:
    return (fact.arrival, *filter(None, map(obligation_of, fact.submissions)))


def _verdict(index: int, fact: facts.Judged) -> dict[str, Any]:
    proof = fact.proof
    return {
        "of_arrival": fact.arrival, "judged": index, "judged_at": fact.at, "configured": fact.configured,
        "quarantined": fact.quarantined, "refusal": fact.refusal, "names": fact.names, "confirms": fact.confirms,
        "details": fact.details,
        "proof_kind": proof and proof.kind.value, "proof_officer": proof and proof.officer,
        "proof_key": proof and proof.key, "proof_domain": proof and proof.domain,
        "answer": index if is_to_be_answered(fact) else None,
        "tell": to_be_told(fact),
        "kept_since": fact.at if fact.quarantined else None,
    }  # fmt: skip


def _submission(
    index: int, fact: facts.Judged, verdict: facts.SubmissionVerdict, obligation: str | None
) -> dict[str, Any]:
    return {
        "submission": verdict.submission, "arrival": fact.arrival, "judged": index, "verdict": verdict.verdict,
        "refusal": verdict.refusal, "officer": fact.proof and fact.proof.officer, "department": verdict.department,
        "dataflow": verdict.dataflow, "period": verdict.period, "obligation": obligation,
        "becomes": verdict.becomes, "version": verdict.version, "nil": verdict.nil, "rows": verdict.rows,
        "errors": verdict.errors, "queries": verdict.queries, "sameness": verdict.sameness,
        "manifest": verdict.manifest, "sequence": verdict.sequence, "key": verdict.key, "table": verdict.table,
        "findings": verdict.findings, "duplicate_of": verdict.duplicate_of,
        "no_integrity": verdict.no_integrity,
        "to_integrate": index if verdict.verdict == "accepted" and obligation else None,
        "superseded": None, "integrated": None, "tell_integrated": None,
    }  # fmt: skip


def repair_offered(index: int, fact: facts.RepairOffered | facts.RepairOffered1) -> Sequence[Step]:
    newer = fact if isinstance(fact, facts.RepairOffered) else None
    row = {
        "offered": index, "submission": fact.submission, "arrival": fact.arrival, "table": fact.table,
        "changes": fact.changes, "digest": fact.digest, "cells": fact.cells, "rows": fact.rows,
        "queries": fact.queries, "file": newer and newer.file, "protected": newer is not None and newer.protected,
        "taken_by": None,
    }  # fmt: skip
    return ((s.add_repair, row),)


def repair_taken(index: int, fact: facts.RepairTaken) -> Sequence[Step]:
    return ((s.take_repair, {"of_submission": fact.of, "taken_by": fact.submission}),)


def explained(index: int, fact: facts.Explained) -> Sequence[Step]:
    row = {
        "explained_in": index, "submission": fact.submission, "of": fact.of, "arrival": fact.arrival,
        "list": fact.list, "digest": fact.digest, "added": fact.added, "carried": fact.carried,
        "explained": fact.explained, "open": fact.open,
    }  # fmt: skip
    return ((s.add_explanation, row),)


def questioned(index: int, fact: facts.Questioned) -> Sequence[Step]:
    row = {
        "asked": index, "asked_at": fact.at, "arrival": fact.arrival, "officer": fact.officer, "code": fact.code,
        "expires": fact.expires, "confirmed": None, "confirmed_by": None,
    }  # fmt: skip
    return ((s.add_question, row),)


def confirmed(index: int, fact: facts.Confirmed) -> Sequence[Step]:
    return (
        (
            s.confirm_question,
            {
                "of_arrival": fact.arrival,
                "of_officer": fact.officer,
                "confirmed": index,
                "confirmed_by": fact.by,
            },
        ),
        _vouch(index, fact),
    )


def admitted(index: int, fact: facts.Admitted) -> Sequence[Step]:
    return (_vouch(index, fact),)


def _vouch(index: int, fact: facts.Confirmed | facts.Admitted) -> Step:
    return s.vouch, {
        "of_arrival": fact.arrival,
        "vouched": index,
        "vouched_kind": fact.KIND,
        "vouched_officer": fact.officer,
    }


def discarded(index: int, fact: facts.Discarded) -> Sequence[Step]:
    return ((s.discard, {"of_arrival": fact.arrival, "discarded": index, "kept_since": fact.at}),)


def set_aside(index: int, fact: facts.SetAside) -> Sequence[Step]:
    alarm = {"index": index, "at": fact.at, "kind": fact.KIND, "about": fact.arrival, "since": None}
    return (
        (s.set_aside, {"of_arrival": fact.arrival, "set_aside": index, "deaths": fact.deaths}),
        (s.add_alarm, alarm),
    )


def attempted(index: int, fact: facts.Attempted) -> Sequence[Step]:
    return ((s.attempt, {"of_arrival": fact.arrival, "deaths": fact.deaths}),)


def owed(index: int, fact: facts.Owed) -> Sequence[Step]:
    row = {
        "obligation": fact.obligation, "owed": index, "department": fact.department, "dataflow": fact.dataflow,
        "period": fact.period, "opens": fact.opens, "due": fact.due, "closes": fact.closes,
        "reminders": fact.reminders, "overdue": fact.overdue, "escalate": fact.escalate, "shuts": fact.closes,
        "chase": min((*fact.reminders, *fact.overdue, fact.escalate)),
        "extended_until": None, "extended_at": None, "extensions": 0,
    }  # fmt: skip
    return ((s.add_obligation, row),)


def extended(index: int, fact: facts.Extended) -> Sequence[Step]:
    row = {
        "extended": index, "extended_at": fact.at, "obligation": fact.obligation, "until": fact.until,
        "by": fact.by, "reason": fact.reason,
    }  # fmt: skip
    changes = {
        "of_obligation": fact.obligation,
        "until": fact.until,
        "until_micros": to_micros(fact.until),
        "extended_at": fact.at,
    }
    return (s.add_extension, row), (s.extend, changes)
