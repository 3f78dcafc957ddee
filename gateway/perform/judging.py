"""Arrivals get their one verdict each; whoever is proven to have sent one is answered at once.

A run of arrivals is examined one after the other; their verdicts then share a commit, and so do their receipts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from gateway import log
from gateway.core.agreement import ProofKind
from gateway.core.answerable import is_to_be_answered
from gateway.core.duty import Answer, Judge
from gateway.core.facts import Judged, Proof
from gateway.judge import explanations, offered_keys, repairs
from gateway.judge.case import Case, Examined
from gateway.judge.details import Details
from gateway.judge.dossier import Dossier, draw_up
from gateway.judge.settle import Prepared, settle
from gateway.judge.shelf import MOST_BYTES
from gateway.ledger.answers import Arrival
from gateway.ledger.views import View
from gateway.outside import Temporary
from gateway.perform.answering import Answered, answer_with, told_of
from gateway.perform.office import Office
from gateway.perform.together import SECONDS, Troubles, blamed_on, for_a_while
from gateway.store import Decision, Reading, Recorded

MANY = 8  # arrivals of one run that are worth other processes


@dataclass(frozen=True, slots=True)
class Verdict:
    """A verdict on its way into the journal: its arrival, what is kept beside it, and the one to wait for."""

    arrival: Arrival
    details: Details
    recorded: Future[tuple[Recorded, Judged | None]]


def judge(office: Office, run: Sequence[Judge]) -> Troubles:
    """Examine, settle, record. The receipts follow in the same breath, from the same words."""
    troubles: Troubles = {}
    with office.store.reading() as reading:
        waiting = {duty: found for duty in run if (found := _case_of(office, reading, duty))}
    verdicts: dict[Judge, Verdict] = {}
    with office.store.together():
        for duty, dossier in _dossiers(office, {duty: case for duty, (_, case) in waiting.items()}, troubles):
            with blamed_on(duty, troubles):
                verdicts[duty] = _decide(office, *waiting[duty], dossier)
    _answer(office, _settled(verdicts, troubles), troubles)
    return troubles


def _case_of(office: Office, reading: Reading, duty: Judge) -> tuple[Arrival, Case] | None:
    """The arrival as it lies in the ledger and the vault; None if it has its verdict by now."""
    arrival = reading.view.arrival(duty.arrival)
    if arrival is None or not arrival.waits:
        return None
    kept = reading.kept(arrival.blob)
    vouched = Proof(ProofKind(duty.vouched), duty.officer) if duty.vouched and duty.officer else None
    return arrival, Case(
        arrival=arrival.arrival,
        channel=arrival.channel,
        account=arrival.account,
        had=arrival.had,
        officer=arrival.officer,
        blocks=lambda: office.store.whole(kept),
        foreign=kept.meta,
        size=arrival.size,
        vouched=vouched,
    )


def _dossiers(office: Office, cases: Mapping[Judge, Case], troubles: Troubles) -> Iterator[tuple[Judge, Dossier]]:
    """The cases examined, one after the other: here, or, once many came together, in a process of its own."""
    run, others = list(cases.values()), office.examiners
    elsewhere = others is not None and others.are_ready(wanted=len(run) >= MANY)
    drawn = others.draw_up(run, office.means, SECONDS) if others and elsewhere else _here(run, office)
    for duty in cases:
        dossier: Dossier | Temporary | None = None
        with blamed_on(duty, troubles):
            dossier = next(drawn, None)
        if dossier is None:
            return  # the time is up, or what hinders this one hinders them all
        if isinstance(dossier, Temporary):
            troubles[duty.id] = dossier
        else:
            yield duty, dossier


def _here(cases: Sequence[Case], office: Office) -> Iterator[Dossier | Temporary]:
    for case in for_a_while(cases):
        try:
            yield draw_up(case, office.means)
        except Temporary as trouble:
            yield trouble


def _decide(office: Office, arrival: Arrival, case: Case, dossier: Dossier) -> Verdict:
    """Encrypt what will be kept, and ask for the verdict to be settled and recorded."""
    examined = dossier.examined
    details, explained = _explained(office, case, dossier)
    tables = {number: office.store.keep(table) for number, table in dossier.tables.items()}
    keys = offered_keys.kept(examined.keys, office.store.keep)
    marked = {one.part: office.store.keep(one.data, {"name": one.name}) for one in examined.marked}
    mended = repairs.kept(examined.found, examined.mended, case.arrival, office.store.keep, office.chance.bytes)
    blob, key = office.store.keep(details.encode()), office.means.sameness_key
    prepared = Prepared(case, examined, key, tables, blob, keys, marked, mended, explained)

    def decide(view: View) -> Decision:
        if not view.waits(case.arrival):
            return Decision((), (), None)
        return settle(prepared, office.rules, view, office.clock.now())

    return Verdict(arrival, details, office.store.transact(decide, _about(office, case, examined)))


def _explained(office: Office, case: Case, dossier: Dossier) -> tuple[Details, tuple[explanations.Prepared, ...]]:
    """What it explains, with what was asked and said before."""
    if not explanations.concerns(dossier):
        return dossier.details, ()

    def read(blob: str) -> bytes:
        return office.store.read_all(blob, MOST_BYTES)

    with office.store.view() as view:
        return explanations.prepare(case, dossier, office.rules, view, read, office.store.keep)


def _about(office: Office, case: Case, examined: Examined) -> str:
    """What a verdict bears on: its department's submissions and questions, or, where nobody is named, itself alone."""
    named = examined.proof.officer if examined.proof else examined.names
    officer = office.rules.officer(named) if named else None
    return officer.department if officer else case.arrival


def _settled(verdicts: dict[Judge, Verdict], troubles: Troubles) -> dict[Judge, tuple[Verdict, Judged, int]]:
    """Those that are recorded, with the index of each."""
    found: dict[Judge, tuple[Verdict, Judged, int]] = {}
    for duty, verdict in verdicts.items():
        with blamed_on(duty, troubles):
            recorded, judged = verdict.recorded.result()
            if judged is not None:
                _tell(judged)
                found[duty] = verdict, judged, recorded.indexes[0]
    return found


def _answer(office: Office, settled: dict[Judge, tuple[Verdict, Judged, int]], troubles: Troubles) -> None:
    answers = {}
    with office.store.reading() as reading:
        for duty, (verdict, judged, index) in settled.items():
            officer = office.rules.officer(judged.proof.officer) if judged.proof else None
            if officer and is_to_be_answered(judged):  # what is owed to nobody any more is a duty of its own
                answered = Answered(judged, verdict.arrival, reading.proof(index), verdict.details)
                told = told_of(office, reading.view, answered)
                answers[duty] = Answer(duty.arrival, officer.id), answered, told
    written: dict[Judge, Callable[[], object]] = {}
    with office.store.together():
        for duty, owed in answers.items():
            with blamed_on(duty, troubles):
                written[duty] = answer_with(office, *owed)
    for duty, wait in written.items():
        with blamed_on(duty, troubles):
            wait()


def _tell(judged: Judged) -> None:
    if judged.quarantined:
        log.quarantined(judged.arrival, judged.refusal)
    else:
        verdicts = [submission.verdict for submission in judged.submissions]
        log.judged(judged.arrival, verdicts, judged.refusal, judged.proof.kind.value if judged.proof else None)
