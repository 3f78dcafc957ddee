"""Duties become facts: nothing is owed for ever, nothing done twice, and letters go to whom the configuration names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.core import duty as owed
from gateway.core.agreement import ProofKind
from gateway.core.duty import Duty
from gateway.core.facts import (
    About,
    Attempted,
    Configured,
    Dropped,
    Judged,
    Owed,
    Proof,
    Questioned,
    Sent,
    SetAside,
    Troubled,
    Undeliverable,
    Written,
)
from gateway.core.matter import Matter
from gateway.outside import Permanent, Temporary
from gateway.perform.asking import one_time_code
from gateway.perform.performer import BY_DUTY, BY_RUN
from gateway.perform.receipts import receipt_of, stage_of
from gateway.perform.writing import GONE
from tests.judge.desk import CLINIC, OTHER, Desk, body, letter_of, read, report

DAY = timedelta(days=1)


def perform(desk: Desk, duty: Duty) -> None:
    if together := BY_RUN.get(type(duty)):
        for trouble in together(desk.office, [duty]).values():
            raise trouble
    else:
        BY_DUTY[type(duty)](desk.office, duty)


def names(desk: Desk) -> set[str]:
    return {duty.id for duty in desk.performer.owed(desk.clock.now())}


# --- an officer who is gone ---


def proven(desk: Desk) -> str:
    """An arrival with its verdict, whose answer is still owed."""
    arrival = desk.arrive(desk.message(CLINIC, [report()]), CLINIC)
    fact = Judged(desk.clock.now(), arrival, "v", False, "nothing_found", Proof(ProofKind.SUBMISSION, CLINIC), ())
    desk.store.append([fact]).result()
    return arrival


def test_an_answer_to_somebody_who_is_gone_is_recorded_as_dropped_and_owed_no_more(desk: Desk) -> None:
    arrival = proven(desk)
    desk.without(CLINIC)
    desk.settle()  # ends
    [written] = [one for one in desk.facts(Written) if About("arrival", arrival, "verdict") in one.about]
    [dropped] = [one for one in desk.facts(Dropped) if one.letter == written.letter]
    assert (written.officer, dropped.why) == (CLINIC, GONE)
    assert names(desk) == set()
    assert desk.letters_to(CLINIC, "receipt") == []


ARRIVAL_DUTIES: dict[str, Callable[[str, Any], Duty]] = {
    "acknowledge": lambda arrival, day: owed.Acknowledge(arrival, "gone"),
    "ask": lambda arrival, day: owed.AskConfirmation("gone", day, (arrival,)),
    "digest": lambda arrival, day: owed.Digest("gone", day, (), (arrival,)),
    "integrated": lambda arrival, day: owed.IntegratedReceipt("gone", day, (f"{arrival}.1",)),
    "answer": lambda arrival, day: owed.Answer(arrival, "gone"),
}


@pytest.mark.parametrize("kind", ARRIVAL_DUTIES)
def test_so_is_any_other_letter_to_them_and_only_once(desk: Desk, kind: str) -> None:
    duty = ARRIVAL_DUTIES[kind](proven(desk), desk.clock.now().date())
    for _ in range(2):
        perform(desk, duty)
    assert [one.officer for one in desk.facts(Written) if one.officer == "gone"] == ["gone"]
    assert [one.why for one in desk.facts(Dropped)] == [GONE]


def test_the_operator_is_told_whom_nobody_reaches(desk: Desk) -> None:
    with capture_logs() as told:
        perform(desk, owed.AskConfirmation("gone", desk.clock.now().date(), (proven(desk),)))
    assert [line["officer"] for line in told if line["log_level"] == "error"] == ["gone"]


# --- the way out ---


def unsent(desk: Desk) -> str:
    """A receipt that the relay did not take; its letter."""
    desk.mail.refuse(Temporary("the relay"))
    desk.judge(desk.message(CLINIC, [report()]), CLINIC)
    desk.mail.refuse(None)
    desk.clock.turn(hours=1)
    [letter] = {one.letter for one in desk.facts(Written)} - {one.letter for one in desk.facts(Sent)}
    return str(letter)


def test_a_letter_goes_to_the_address_of_the_day_on_which_it_is_sent(desk: Desk) -> None:
    letter = unsent(desk)
    clinic = desk.rules.departments["bailu_clinic"]
    moved = replace(clinic.officers[0], letters_to="new@clinic.example")
    desk.configure(departments={**desk.rules.departments, "bailu_clinic": replace(clinic, officers=(moved,))})
    desk.settle()
    recipient, data = desk.mail.sent[-1]
    assert recipient == "new@clinic.example"
    assert letter.encode() in data


def test_a_letter_to_somebody_who_has_gone_since_is_dropped(desk: Desk) -> None:
    letter = unsent(desk)
    sent = len(desk.mail.sent)
    desk.without(CLINIC)
    desk.settle()
    assert len(desk.mail.sent) == sent
    assert [(one.letter, one.why) for one in desk.facts(Dropped)] == [(letter, GONE)]


def test_a_letter_that_is_refused_for_good_is_an_alarm_and_not_sent_again(desk: Desk) -> None:
    desk.mail.refuse(Permanent("550"))
    desk.judge(desk.message(CLINIC, [report()]), CLINIC)
    assert [one.code for one in desk.facts(Undeliverable)] == ["550"]
    desk.mail.refuse(None)
    desk.settle()
    with desk.store.view() as view:
        assert [alarm.kind for alarm in view.alarms()] == ["undeliverable"]


def test_what_was_sent_is_what_lies_in_the_vault_however_often(desk: Desk) -> None:
    letter = unsent(desk)
    desk.settle()
    first = desk.mail.sent[-1]
    perform(desk, owed.Send(letter))  # sent already
    assert desk.mail.sent[-1] is first
    with desk.store.view() as view:
        known = view.letter(letter)
    assert known and desk.store.read_all(known.blob, 1 << 20) == first[1]


def test_without_any_way_out_letters_wait(desk: Desk) -> None:
    letter = unsent(desk)
    desk.performer.office = replace(desk.office, outlets={})
    with pytest.raises(Temporary):
        perform(desk, owed.Send(letter))


def test_what_became_obsolete_is_dropped_once_and_never_after_it_was_sent(desk: Desk) -> None:
    letter = unsent(desk)
    for _ in range(2):
        perform(desk, owed.Drop(letter, "fulfilled"))
    assert [(one.letter, one.why) for one in desk.facts(Dropped)] == [(letter, "fulfilled")]
    perform(desk, owed.Send(letter))
    assert letter not in {one.letter for one in desk.facts(Sent)}


# --- the same duty again ---


def test_a_duty_that_is_owed_no_longer_is_not_performed(desk: Desk) -> None:
    arrival = desk.arrive(desk.message(CLINIC, [report()]), CLINIC)
    [judge] = desk.performer.owed(desk.clock.now())
    desk.configure()  # another version: nothing is owed before it is recorded
    assert [type(one) for one in desk.performer.owed(desk.clock.now())] == [owed.Configure]
    desk.performer.perform([judge])
    with desk.store.view() as view:
        known = view.arrival(arrival)
    assert known and known.waits


def test_a_configuration_is_recorded_once_and_again_when_it_comes_back(desk: Desk) -> None:
    first = desk.rules.version
    for _ in range(2):
        perform(desk, owed.Configure(first))
    assert [one.version for one in desk.facts(Configured)] == [first]
    perform(desk, owed.Configure("other"))
    perform(desk, owed.Configure(first))
    assert [one.version for one in desk.facts(Configured)] == [first, "other", first]


def test_the_configuration_s_text_lies_in_the_vault(desk: Desk) -> None:
    [configured] = desk.facts(Configured)
    assert desk.store.read_all(configured.blob, 1 << 24) == desk.office.source


def test_an_obligation_opens_once(desk: Desk) -> None:
    opened = desk.facts(Owed)
    with desk.store.view() as view:
        standing = view.standing(opened[0].obligation)
    assert standing
    perform(desk, owed.OpenObligation(standing.obligation))
    assert desk.facts(Owed) == opened


def test_an_arrival_that_ended_the_process_is_counted_and_set_aside_once(desk: Desk) -> None:
    arrival = desk.arrive(desk.message(CLINIC, [report()]), CLINIC)
    for deaths in range(3):
        desk.performer.fatal(owed.Judge(arrival, deaths=deaths), MemoryError())
    assert [one.deaths for one in desk.facts(Attempted)] == [1, 2, 3]
    [duty] = desk.performer.owed(desk.clock.now())
    assert isinstance(duty, owed.SetArrivalAside)
    for _ in range(2):
        perform(desk, duty)
    assert len(desk.facts(SetAside)) == 1
    assert names(desk) == set()


def test_our_own_trouble_with_anything_else_is_not_an_arrival_s(desk: Desk) -> None:
    desk.performer.fatal(owed.Send("L-1"), MemoryError())
    assert desk.facts(Attempted) == []


def test_trouble_for_hours_is_an_alarm_on_the_checkpoint_letter(desk: Desk) -> None:
    desk.performer.trouble(owed.Release("births", "2026-M11", "health", 1, ()), desk.clock.now())
    assert [one.duty for one in desk.facts(Troubled)] == ["release/births/2026-M11/health/1"]
    desk.clock.turn(days=1)
    desk.settle()
    data = [letter for recipient, letter in desk.mail.sent if recipient == desk.rules.auditor_address][-1]
    assert "几小时来一直未能完成" in body(read(data))
    assert "release/births/2026-M11/health/1" in body(read(data))


# --- answers ---


def test_one_verdict_is_answered_once_and_its_receipt_is_always_the_same(desk: Desk) -> None:
    judged = desk.judge(desk.message(CLINIC, [report()]), CLINIC)
    [letter] = desk.letters_to(CLINIC, "receipt")
    perform(desk, owed.Answer(judged.arrival, CLINIC))
    assert len(desk.letters_to(CLINIC, "receipt")) == 1
    [attached] = [part.get_content() for part in letter.iter_attachments()]
    assert attached == receipt_of(desk.office, judged.arrival)


def test_while_an_arrival_is_judged_nobody_else_answers_it(desk: Desk) -> None:
    arrival = proven(desk)
    assert names(desk) == {f"answer/{arrival}"}
    desk.performer._being_judged.add(arrival)
    assert names(desk) == set()


def test_after_a_crash_between_verdict_and_answer_the_answer_is_still_owed(desk: Desk) -> None:
    arrival = proven(desk)
    desk.settle()
    [letter] = desk.letters_to(CLINIC, "receipt")
    assert arrival in letter["Subject"]


def test_a_receipt_of_nothing_is_an_error_of_ours(desk: Desk) -> None:
    with pytest.raises(LookupError):
        receipt_of(desk.office, "A-none")


@pytest.mark.parametrize(
    ("verdicts", "stage"),
    [
        (("accepted", "rejected"), "rejected"),
        (("accepted", "duplicate"), "accepted"),
        (("duplicate",), "duplicate"),
        ((), "rejected"),
    ],
)
def test_of_several_verdicts_the_one_that_asks_for_action_speaks(
    desk: Desk, verdicts: tuple[str, ...], stage: str
) -> None:
    judged = desk.judge(desk.message(CLINIC, [report()]), CLINIC)
    told = tuple(replace(judged.submissions[0], verdict=verdict) for verdict in verdicts)
    assert stage_of(replace(judged, submissions=told)) == stage
    assert stage_of(replace(judged, quarantined=True)) == "quarantined"


def test_received_is_told_where_the_verdict_takes_long(desk: Desk) -> None:
    arrival = desk.arrive(desk.message(CLINIC, [report()]), CLINIC)
    desk.clock.turn(minutes=5)
    assert f"acknowledge/{arrival}" in names(desk)
    perform(desk, owed.Acknowledge(arrival, CLINIC))
    [written] = [one for one in desk.facts(Written) if one.kind == "received"]
    assert written.about == (Matter.RECEIVED(arrival),)


# --- questions and digests ---


def test_a_question_is_written_with_the_digest_of_its_code_in_one_go(desk: Desk) -> None:
    desk.judge(desk.message(CLINIC, [report()]))
    [asked] = desk.facts(Questioned)
    [letter] = desk.letters_to(CLINIC, "question")
    assert asked.code not in body(letter)
    assert letter_of(letter) in {one.letter for one in desk.facts(Written)}


def test_codes_are_unpredictable_and_easy_to_read(desk: Desk) -> None:
    codes = {one_time_code(desk.office) for _ in range(200)}
    assert len(codes) == 200
    assert not set("ILOU") & set("".join(code[3:] for code in codes))


def test_thousands_of_mails_in_an_officer_s_name_make_a_short_digest(desk: Desk) -> None:
    arrivals = [desk.arrive(desk.message(OTHER, [report()], subject=str(n))) for n in range(25)]
    verdicts = [Judged(desk.clock.now(), arrival, "v", True, "forged", None, (), names=OTHER) for arrival in arrivals]
    desk.store.append(verdicts).result()
    perform(desk, owed.Digest(OTHER, (desk.clock.now() + DAY).date(), (), tuple(arrivals)))
    desk.settle()
    letter = desk.letters_to(OTHER, "digest")[-1]
    assert sum(arrival in body(letter) for arrival in arrivals) == 20
    assert "另有 5 封" in body(letter)
    assert "25 封" in letter["Subject"]
