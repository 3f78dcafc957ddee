"""What is owed now: one pure function over what is open. It is work queue, outbox and chaser at once.

Performing a duty records the fact that removes it. What is done once a day compares days of the county's calendar
and asks for a later one, so that a clock set back repeats nothing; what was missed while the gateway was down is
not made up for, only what is owed now is done.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from gateway.core.calendar import local_day, may_write
from gateway.core.chasing import items_by_officer
from gateway.core.duty import (
    Acknowledge,
    Answer,
    AskConfirmation,
    CheckpointLetter,
    Configure,
    Digest,
    Drop,
    Duty,
    Erase,
    IntegratedReceipt,
    Judge,
    OpenObligation,
    Send,
    SetArrivalAside,
)
from gateway.core.key_chasing import key_items
from gateway.core.matter import LetterKind
from gateway.core.open import Open, ToJudge
from gateway.core.releasing import integrations_due, releases_due

DEATHS = 3  # of the process on one arrival, before it is set aside
_DROPPABLE = {LetterKind.DIGEST: "fulfilled", LetterKind.RECEIVED: "judged", LetterKind.QUESTION: "settled"}


def duties(open_: Open, now: datetime) -> list[Duty]:
    """All that is owed now, most urgent first, each once."""
    if open_.configured != open_.rules.version:
        return [Configure(open_.rules.version)]
    joining = integrations_due(open_, now)
    return [
        *(OpenObligation(obligation) for obligation in open_.unopened),
        *(_judge(arrival) for arrival in open_.to_judge),
        *(Answer(arrival.arrival, arrival.officer) for arrival in open_.to_answer),
        *_acknowledgements(open_, now),
        *_questions(open_, now),
        *_outbox(open_),
        *joining,
        *releases_due(open_, now, joining),
        *_daily_letters(open_, now),
        *([Erase(open_.lapsed)] if open_.lapsed else []),
    ]


def _judge(arrival: ToJudge) -> Duty:
    if arrival.deaths >= DEATHS:
        return SetArrivalAside(arrival.arrival, arrival.deaths)
    return Judge(arrival.arrival, arrival.officer, arrival.vouched, arrival.deaths)


def _acknowledgements(open_: Open, now: datetime) -> Iterator[Duty]:
    """Only to officers whom the channel knows: unproven mail is never answered."""
    for arrival in open_.to_judge:
        waited = now - arrival.recorded >= open_.acknowledge_after
        if arrival.officer and waited and not arrival.acknowledged and not arrival.vouched:
            yield Acknowledge(arrival.arrival, arrival.officer)


def _questions(open_: Open, now: datetime) -> Iterator[Duty]:
    """At most one letter an officer and day, at any hour: someone is waiting for it."""
    waiting: dict[str, list[str]] = {}
    for unproven in open_.untold:
        if unproven.asks:
            waiting.setdefault(unproven.officer, []).append(unproven.arrival)
    for officer, arrivals in waiting.items():
        if day := _day_for(open_, officer, LetterKind.QUESTION, now):
            yield AskConfirmation(officer, day, tuple(arrivals))


def _outbox(open_: Open) -> Iterator[Duty]:
    for letter in open_.unsent:
        why = _DROPPABLE.get(LetterKind(letter.kind))
        yield Drop(letter.letter, why) if why and letter.settled else Send(letter.letter)


def _daily_letters(open_: Open, now: datetime) -> Iterator[Duty]:
    if not may_write(now, open_.rules.working_days):
        return
    yield from _digests(open_, now)
    integrated: dict[str, list[str]] = {}
    for officer, submission in open_.to_tell_integrated:
        integrated.setdefault(officer, []).append(submission)
    for officer, submissions in integrated.items():
        if day := _day_for(open_, officer, LetterKind.INTEGRATED, now):
            yield IntegratedReceipt(officer, day, tuple(submissions))
    if open_.rules.auditor_address and (day := _day_for(open_, None, LetterKind.CHECKPOINT, now)):
        yield CheckpointLetter(day)


def _digests(open_: Open, now: datetime) -> Iterator[Duty]:
    items = items_by_officer(open_.chased, open_.rules.departments, open_.told, now)
    keys = key_items(open_.ending, open_.rules, open_.told_of_keys, now)
    unproven: dict[str, list[str]] = {}
    for arrival in open_.untold:
        if not arrival.asks:
            unproven.setdefault(arrival.officer, []).append(arrival.arrival)
    for officer in dict.fromkeys((*items, *keys, *unproven)):
        if day := _day_for(open_, officer, LetterKind.DIGEST, now):
            named = tuple(unproven.get(officer, ()))
            yield Digest(officer, day, items.get(officer, ()), named, keys.get(officer, ()))


def _day_for(open_: Open, officer: str | None, kind: LetterKind, now: datetime) -> date | None:
    """Today, if no letter of this kind was written to this officer today or on a later day."""
    zone = open_.rules.working_days.zone
    today = local_day(now, zone)
    last = open_.last_letters.get((officer, kind))
    return today if last is None or local_day(last, zone) < today else None
