"""Duties from a hand-made picture of what is open; the stories are in `tests/ledger`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.core import duty as owed
from gateway.core.agreement import ProofKind
from gateway.core.answerable import is_to_be_answered, to_be_told
from gateway.core.calendar import obligation_for
from gateway.core.chasing import Chased
from gateway.core.duties import duties
from gateway.core.duty import Duty
from gateway.core.facts import About, Judged, Proof
from gateway.core.matter import LetterKind, Matter
from gateway.core.open import Cell, Copy, Open, ToAnswer, ToJudge, Unsent, Untold
from gateway.core.period import Frequency, Period
from gateway.core.refusal import Refusal
from gateway.core.releasing import release_instant
from tests.core.small_county import DAYS, OCTOBER, RULES, TIMETABLES, WORKING_DAYS, agreement, at

NOW = at("2026-10-05 09:00")
RECENTLY = at("2026-10-05 08:31")
BIRTHS = obligation_for(agreement("health", "births"), TIMETABLES["monthly"], OCTOBER, WORKING_DAYS)
NOTHING = Open(replace(RULES, auditor_address=None), "v1")


def test_where_nothing_is_open_nothing_is_owed() -> None:
    assert duties(NOTHING, NOW) == []


def test_the_most_urgent_comes_first() -> None:
    busy = replace(
        NOTHING,
        unopened=(BIRTHS,),
        to_judge=(ToJudge("a", NOW), ToJudge("b", NOW, deaths=3)),
        to_answer=(ToAnswer("c", "li"),),
        unsent=(Unsent("l1", "receipt", settled=True), Unsent("l2", "digest", settled=True)),
    )
    assert [duty.id for duty in duties(busy, NOW)] == [
        "open/health/births/2026-M10", "judge/a", "set_aside/b", "answer/c", "send/l1", "drop/l2",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", LetterKind)
def test_only_letters_that_can_become_obsolete_are_dropped(kind: LetterKind) -> None:
    droppable = kind in (LetterKind.DIGEST, LetterKind.RECEIVED, LetterKind.QUESTION)
    found = duties(replace(NOTHING, unsent=(Unsent("l", kind.value, settled=True),)), NOW)
    assert [type(duty) for duty in found] == [owed.Drop if droppable else owed.Send]


ONCE_A_DAY: list[tuple[Open, str | None, LetterKind]] = [
    (replace(NOTHING, untold=(Untold("a", "li", asks=True),)), "li", LetterKind.QUESTION),
    (replace(NOTHING, untold=(Untold("a", "li", asks=False),)), "li", LetterKind.DIGEST),
    (replace(NOTHING, to_tell_integrated=(("li", "s"),)), "li", LetterKind.INTEGRATED),
    (replace(NOTHING, rules=RULES), None, LetterKind.CHECKPOINT),
]


@pytest.mark.parametrize(("open_", "officer", "kind"), ONCE_A_DAY)
def test_what_is_written_once_a_day_waits_for_the_next(open_: Open, officer: str | None, kind: LetterKind) -> None:
    def owed_after(last: str) -> list[Duty]:
        return duties(replace(open_, last_letters={(officer, kind): at(last)}), NOW)

    assert len(owed_after("2026-10-04 23:59")) == 1
    assert owed_after("2026-10-05") == []
    assert owed_after("2026-10-06 10:00") == []


def test_at_night_only_what_somebody_waits_for_is_written() -> None:
    night = at("2026-10-05 03:00")
    told = Untold("a", "li", asks=False)
    open_ = replace(NOTHING, untold=(told, replace(told, arrival="b", asks=True)), to_tell_integrated=(("li", "s"),))
    assert [duty.id for duty in duties(open_, night)] == ["ask/li/2026-10-05"]


def test_who_is_known_to_the_channel_hears_of_an_arrival_that_takes_long_once() -> None:
    waiting = ToJudge("a", RECENTLY - DAYS, "li")
    found = duties(replace(NOTHING, to_judge=(waiting, replace(waiting, arrival="b", acknowledged=True))), NOW)
    assert [duty.id for duty in found] == ["judge/a", "judge/b", "acknowledge/a"]


def test_what_has_lapsed_is_erased_last_of_all() -> None:
    open_ = replace(NOTHING, lapsed=("a", "b"), unsent=(Unsent("l", "receipt", settled=False),))
    assert [duty.id for duty in duties(open_, NOW)] == ["send/l", "erase/a"]
    assert duties(open_, NOW)[-1] == owed.Erase(("a", "b"))


PROVEN = Proof(ProofKind.DKIM, "li", domain="county.example")


def judged(refusal: Refusal | None, proof: Proof | None = PROVEN, **other: Any) -> Judged:
    return Judged(NOW, "a", "v1", proof is None, refusal and refusal.value, proof, (), **other)


def test_the_proven_is_answered_but_not_a_robot() -> None:
    silent = [refusal for refusal in Refusal if not is_to_be_answered(judged(refusal))]
    assert silent == [Refusal.AUTOMATIC, Refusal.TOO_OFTEN]
    assert is_to_be_answered(judged(None))
    assert not is_to_be_answered(judged(None, confirms="b"))


def test_the_unproven_is_told_to_whom_it_names_but_not_what_holds_no_report() -> None:
    untold = [refusal for refusal in Refusal if not to_be_told(judged(refusal, None, names="li"))]
    assert untold == [Refusal.NOTHING_FOUND, Refusal.AUTOMATIC]
    assert to_be_told(judged(Refusal.FORGED, None, names="li")) == "li"
    assert to_be_told(judged(Refusal.STRANGER, None)) is None
    assert to_be_told(judged(None, names="li")) is None
    assert not any(is_to_be_answered(judged(refusal, None, names="li")) for refusal in Refusal)


def test_an_arrival_vouched_for_is_not_acknowledged_again() -> None:
    waiting = ToJudge("a", RECENTLY - DAYS, "li", vouched="admitted")
    assert [duty.id for duty in duties(replace(NOTHING, to_judge=(waiting,)), NOW)] == ["judge/a/admitted"]


def test_a_chased_obligation_becomes_a_line_of_the_digest() -> None:
    [digest] = duties(replace(NOTHING, chased=(Chased(BIRTHS),)), at("2026-10-26 09:00"))
    assert isinstance(digest, owed.Digest)
    assert digest.about == (About("obligation", BIRTHS.id, "reminder-1"),)
    assert digest.LETTER is LetterKind.DIGEST


def test_every_duty_is_named_after_what_it_is_about() -> None:
    day = NOW.date()
    named: dict[str, Duty] = {
        "configure/v2": owed.Configure("v2"),
        "acknowledge/a": owed.Acknowledge("a", "li"),
        "ask/li/2026-10-05": owed.AskConfirmation("li", day, ("a",)),
        "integrated/li/2026-10-05": owed.IntegratedReceipt("li", day, ("s",)),
        "checkpoint/2026-10-05": owed.CheckpointLetter(day),
        "drop/l": owed.Drop("l", "settled"),
        "integrate/births/2026-M10/2": owed.Integrate("births", "2026-M10", 2, (), ()),
        "release/bulletin/2026-M10/health/1": owed.Release("bulletin", "2026-M10", "health", 1, ()),
    }
    assert {name: duty.id for name, duty in named.items()} == {name: name for name in named}


def test_a_letter_duty_says_what_its_letter_will_speak_of() -> None:
    day = NOW.date()
    spoken = [
        owed.Answer("a", "li").about,
        owed.Acknowledge("a", "li").about,
        owed.AskConfirmation("li", day, ("a",)).about,
        owed.Digest("li", day, (), ("a",)).about,
        owed.IntegratedReceipt("li", day, ("s",)).about,
        owed.CheckpointLetter(day).about,
    ]
    matters = [Matter.of(about) for (about,) in spoken]
    assert matters == [
        Matter.VERDICT, Matter.RECEIVED, Matter.QUESTION, Matter.UNPROVEN, Matter.INTEGRATED, Matter.CHECKPOINT,
    ]  # fmt: skip


def test_no_letter_speaks_of_what_has_no_word() -> None:
    with pytest.raises(ValueError):
        Matter.of(About("arrival", "a", "lost"))


class TestReleases:
    """When a result is due, from the cells it is made of."""

    def cell(self, dataflow: str = "births", period: str = "2026-M10", **other: object) -> Cell:
        plain = Cell(dataflow, period, ("s",), frozenset(), {}, False, f"i-{dataflow}", NOW, 1)
        return replace(plain, **other)  # type: ignore[arg-type]

    def test_a_copy_of_the_same_integrations_is_not_made_again(self) -> None:
        copies = tuple(Copy("bulletin", "2026-M10", one, ("i-births",), NOW - DAYS, 1) for one in ("health", "civil"))
        late = at("2026-11-02 09:00")
        assert duties(replace(NOTHING, cells=(self.cell(),), copies=copies), late) == []
        [only] = duties(replace(NOTHING, cells=(self.cell(),), copies=copies[:1]), late)
        assert only == owed.Release("bulletin", "2026-M10", "civil", 1, ("i-births",))

    def test_copies_and_tables_are_renewed_on_a_later_day_only(self) -> None:
        late = at("2026-11-02 09:00")
        for last, number in (("2026-11-01 23:59", 1), ("2026-11-02 00:00", 0), ("2026-11-03 10:00", 0)):
            copies = tuple(Copy("bulletin", "2026-M10", one, ("older",), at(last), 1) for one in ("health", "civil"))
            renewed = duties(replace(NOTHING, cells=(self.cell(),), copies=copies), late)
            assert len(renewed) == 2 * number
            changed = self.cell(changed=True, integrated_at=at(last))
            assert len(duties(replace(NOTHING, cells=(changed,), copies=copies), late)) == (1 if number else 0)

    def test_a_result_waits_while_its_tables_are_being_joined(self) -> None:
        late = at("2026-11-02 09:00")
        found = duties(replace(NOTHING, cells=(self.cell(changed=True),)), late)
        assert [type(duty) for duty in found] == [owed.Integrate]

    def test_without_any_integration_there_is_nothing_to_release(self) -> None:
        late = at("2026-11-02 09:00")
        assert duties(replace(NOTHING, cells=(self.cell(integration=None),)), late) == []

    def test_a_quarterly_result_of_monthly_tables_is_due_after_the_last_month(self) -> None:
        quarterly = replace(RULES.results["bulletin"], frequency=Frequency.QUARTERLY)
        instant = release_instant(RULES, quarterly, Period.parse("2026-Q4"))
        assert instant == at("2026-12-31")

    def test_a_result_of_events_alone_is_due_at_no_instant(self) -> None:
        events = replace(RULES.results["bulletin"], dataflows=("events",), frequency=Frequency.MONTHLY)
        assert release_instant(RULES, events, OCTOBER) is None
        open_ = replace(NOTHING, rules=replace(NOTHING.rules, results={"bulletin": events}), cells=(
            self.cell("events", "2026-10-05"),
        ))  # fmt: skip
        assert duties(open_, NOW) == []  # nobody is entitled to events

    def test_a_table_that_no_agreement_asks_for_any_more_is_joined_when_it_was_due(self) -> None:
        old = self.cell("events", "2026-M10", changed=True, integrated_at=None, owed={"x/events/2026-M10": NOW})
        assert duties(replace(NOTHING, cells=(old,)), NOW - DAYS) == []
        assert [duty.id for duty in duties(replace(NOTHING, cells=(old,)), NOW)] == ["integrate/events/2026-M10/2"]

    def test_a_table_of_a_dataflow_that_is_configured_no_more_waits(self) -> None:
        old = self.cell("old", changed=True, integrated_at=None, owed={"x/old/2026-M10": NOW})
        assert duties(replace(NOTHING, cells=(old,)), NOW) == []

    def test_what_is_all_in_is_joined_without_waiting_for_the_due_instant(self) -> None:
        every = frozenset({"civil/births/2026-M10", "health/births/2026-M10"})
        cell = self.cell(changed=True, integrated_at=NOW, fulfilled=every)
        assert [duty.id for duty in duties(replace(NOTHING, cells=(cell,)), NOW)] == ["integrate/births/2026-M10/2"]

    def test_what_was_joined_today_with_something_missing_is_not_joined_again_before_tomorrow(self) -> None:
        late = at("2026-11-02 09:00")
        cell = self.cell(changed=True, integrated_at=late, fulfilled=frozenset())
        again = owed.Integrate("births", "2026-M10", 2, ("s",), ("civil/births/2026-M10", "health/births/2026-M10"))
        assert again not in duties(replace(NOTHING, cells=(cell,)), late)
        assert again in duties(replace(NOTHING, cells=(cell,)), late + DAYS)
