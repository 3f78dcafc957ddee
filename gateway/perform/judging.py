"""An arrival gets its one verdict; whoever is proven to have sent it is answered at once."""

from __future__ import annotations

from gateway import log
from gateway.core.agreement import ProofKind
from gateway.core.duty import Answer, Judge, is_to_be_answered
from gateway.core.facts import Judged, Proof
from gateway.core.parties import Language
from gateway.judge import offered_keys
from gateway.judge.case import Case, Examined
from gateway.judge.examine import examine
from gateway.judge.settle import Prepared, accepted_tables, details_of, settle
from gateway.ledger.views import View
from gateway.perform.answering import answer_with
from gateway.perform.office import Office
from gateway.store import Decision


def judge(office: Office, duty: Judge) -> None:
    """Examine, settle, record. The receipt follows in the same breath, from the same words."""
    case = case_of(office, duty)
    if case is None:
        return
    examined = examine(case, office.means)
    details = details_of(case, examined, _language(office, examined))
    tables = {n: office.store.keep(table) for n, table in accepted_tables(examined.found).items()}
    keys = offered_keys.kept(examined.keys, office.store.keep)
    prepared = Prepared(case, examined, tables, office.store.keep(details.encode()), keys)
    judged, index = _record(office, prepared)
    if judged is None:
        return
    _tell(judged)
    if judged.proof and is_to_be_answered(judged):
        duty_to_answer = Answer(judged.arrival, judged.proof.officer)
        answer_with(office, duty_to_answer, judged, index, details)


def case_of(office: Office, duty: Judge) -> Case | None:
    """The arrival as it lies in the ledger and the vault; None if it has its verdict by now."""
    with office.store.view() as view:
        arrival = view.arrival(duty.arrival)
    if arrival is None or not arrival.waits:
        return None
    vouched = Proof(ProofKind(duty.vouched), duty.officer) if duty.vouched and duty.officer else None
    return Case(
        arrival=arrival.arrival,
        channel=arrival.channel,
        account=arrival.account,
        had=arrival.had,
        officer=arrival.officer,
        blocks=lambda: office.store.read(arrival.blob),
        foreign=office.store.meta(arrival.blob),
        vouched=vouched,
    )


def _record(office: Office, prepared: Prepared) -> tuple[Judged | None, int]:
    def decide(view: View) -> Decision:
        known = view.arrival(prepared.case.arrival)
        if known is None or not known.waits:
            return Decision((), (), None)
        return settle(prepared, office.rules, view, office.clock.now(), office.means.sameness_key)

    recorded, judged = office.store.transact(decide).result()
    return judged, recorded.indexes[0] if recorded.indexes else -1


def _language(office: Office, examined: Examined) -> Language:
    officer = office.rules.officer(examined.proof.officer) if examined.proof else None
    return officer.language if officer else Language.ZH_CN


def _tell(judged: Judged) -> None:
    if judged.quarantined:
        log.quarantined(judged.arrival, judged.refusal)
    else:
        verdicts = [submission.verdict for submission in judged.submissions]
        log.judged(judged.arrival, verdicts, judged.refusal, judged.proof.kind.value if judged.proof else None)
