"""What is owed, when, and when no more."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from gateway.core import duty as owed
from gateway.core.duty import Duty, Item
from gateway.core.facts import Admitted, Attempted, Confirmed, Discarded, Extended
from gateway.core.matter import Matter
from tests.core.small_county import DAYS, RULES, at
from tests.ledger.office import Office, judged, letter_for, of_kind, quarantined, received, verdict

MORNING = at("2026-10-05 09:00")
NIGHT = at("2026-10-05 03:00")
BIRTHS, MARRIAGES, THEIR_BIRTHS = (
    "health/births/2026-M10", "civil/marriages/2026-M10", "civil/births/2026-M10",
)  # fmt: skip


def ids(duties: list[Duty]) -> list[str]:
    return [duty.id for duty in duties]


def digests(done: list[Duty]) -> dict[str, tuple[Item, ...]]:
    return {duty.officer: duty.items for duty in done if isinstance(duty, owed.Digest)}


def test_until_the_configuration_is_recorded_nothing_else_is_owed(office: Office) -> None:
    office.rules = replace(RULES, version="v2")
    office.record(received(MORNING, "a"))
    assert office.owed(MORNING) == [owed.Configure("v2")]


def test_obligations_open_at_their_instant_and_once(office: Office) -> None:
    first = of_kind(office.owed(at("2026-10-31")), owed.OpenObligation)
    assert first == []
    opening = of_kind(office.settle(at("2026-11-01")), owed.OpenObligation)
    assert ids(opening) == [
        "open/civil/births/2026-M11",
        "open/civil/marriages/2026-M11",
        "open/health/births/2026-M11",
    ]
    assert of_kind(office.owed(at("2026-11-01 00:01")), owed.OpenObligation) == []


def test_an_arrival_is_judged_answered_and_the_answer_sent(office: Office) -> None:
    office.judging = lambda duty, now: judged(now, duty.arrival, verdict("s1"))
    office.record(received(NIGHT, "a"))
    assert ids(office.settle(NIGHT)) == ["judge/a", "answer/a", "send/answer/a"]


def test_what_is_not_proven_is_never_answered(office: Office) -> None:
    office.judging = lambda duty, now: quarantined(now, duty.arrival, "stranger")
    office.record(received(MORNING, "a"))
    assert ids(office.settle(MORNING)) == ["judge/a", "checkpoint/2026-10-05", "send/checkpoint/2026-10-05"]


def test_received_alone_is_written_only_when_the_verdict_takes_two_minutes(office: Office) -> None:
    office.record(received(NIGHT, "known", "li"), received(NIGHT, "unknown"))
    assert of_kind(office.owed(NIGHT + timedelta(seconds=119)), owed.Acknowledge) == []
    late = NIGHT + timedelta(minutes=2)
    assert of_kind(office.owed(late), owed.Acknowledge) == [owed.Acknowledge("known", "li")]
    office.perform(owed.Acknowledge("known", "li"), late)
    assert of_kind(office.owed(late), owed.Acknowledge) == []


def test_received_is_dropped_when_the_verdict_overtakes_it(office: Office) -> None:
    office.record(received(NIGHT, "a", "li"))
    office.perform(owed.Acknowledge("a", "li"), NIGHT + timedelta(minutes=2))
    office.record(judged(NIGHT, "a", verdict("s1")))
    assert owed.Drop("acknowledge/a", "judged") in office.owed(NIGHT)


def test_after_three_deaths_an_arrival_is_set_aside(office: Office) -> None:
    office.record(received(NIGHT, "a"), Attempted(NIGHT, "a", 2))
    assert office.owed(NIGHT) == [owed.Judge("a", deaths=2)]
    office.record(Attempted(NIGHT, "a", 3))
    assert office.settle(NIGHT) == [owed.SetArrivalAside("a", 3)]
    assert [one.arrival for one in office.view.set_aside()] == ["a"]


def test_what_was_set_aside_is_judged_when_a_person_admits_it(office: Office) -> None:
    office.record(received(NIGHT, "a"), Attempted(NIGHT, "a", 3))
    office.settle(NIGHT)
    office.record(Admitted(NIGHT, "a", "li", "admin", "blob"))
    assert office.owed(NIGHT) == [owed.Judge("a", "li", "admitted")]
    assert office.view.set_aside() == []


class TestQuestions:
    """A registered address is asked at most once a day."""

    def test_a_question_is_asked_at_any_hour_and_once_a_day_for_all_that_wait(self, office: Office) -> None:
        office.judging = lambda duty, now: quarantined(now, duty.arrival, "unconfirmed", "li")
        office.record(received(NIGHT, "a"))
        assert ids(office.settle(NIGHT))[:2] == ["judge/a", "ask/li/2026-10-05"]
        office.record(received(NIGHT, "b"), received(NIGHT, "c"))
        assert of_kind(office.settle(MORNING), owed.AskConfirmation) == []
        tomorrow = of_kind(office.settle(MORNING + DAYS), owed.AskConfirmation)
        assert [(one.id, one.about) for one in tomorrow] == [
            ("ask/li/2026-10-06", (Matter.QUESTION("b"), Matter.QUESTION("c")))
        ]

    def test_an_arrival_is_judged_again_with_the_word_of_who_confirmed_it(self, office: Office) -> None:
        office.judging = lambda duty, now: quarantined(now, duty.arrival, "unconfirmed", "li")
        office.record(received(NIGHT, "a"))
        office.settle(NIGHT)
        office.record(received(MORNING, "b"), judged(MORNING, "b", confirms="a"), Confirmed(MORNING, "a", "li", "b"))
        assert office.owed(NIGHT)[0] == owed.Judge("a", "li", "confirmed")
        office.judging = lambda duty, now: judged(now, duty.arrival, verdict("s1"))
        assert ids(office.settle(NIGHT)) == ["judge/a/confirmed", "answer/a", "send/answer/a"]

    def test_a_question_that_answered_itself_before_it_was_sent_is_dropped(self, office: Office) -> None:
        office.record(received(NIGHT, "a"), quarantined(NIGHT, "a", "unconfirmed", "li"))
        office.perform(owed.AskConfirmation("li", NIGHT.date(), ("a",)), NIGHT)
        office.record(Discarded(NIGHT, "a", "admin", "blob"))
        assert [duty for duty in office.owed(NIGHT) if isinstance(duty, owed.Drop)] == [
            owed.Drop(f"ask/li/{NIGHT.date()}", "settled")
        ]


class TestChasing:
    """The month of a department that forgets."""

    def test_one_letter_an_officer_and_day_says_all(self, office: Office) -> None:
        assert digests(office.settle(at("2026-10-26 09:00"))) == {
            "chen": (Item(THEIR_BIRTHS, "reminder-1"), Item(MARRIAGES, "reminder-1")),
            "li": (Item(BIRTHS, "reminder-1"),),
        }
        assert of_kind(office.owed(at("2026-10-26 23:59")), owed.Digest) == []

    def test_nothing_is_written_at_night(self, office: Office) -> None:
        assert office.owed(at("2026-10-26 08:29")) == []

    def test_after_a_week_of_downtime_only_the_last_stage_is_told(self, office: Office) -> None:
        told = digests(office.settle(at("2026-11-02 09:00")))
        assert told["li"] == told["wang"] == (Item(BIRTHS, "overdue-2"),)
        assert of_kind(office.settle(at("2026-11-03 09:00")), owed.Digest) == [
            owed.Digest("sun", at("2026-11-03 09:00").date(), (
                Item(THEIR_BIRTHS, "escalation-1"), Item(MARRIAGES, "escalation-1"),
            )),
            owed.Digest("zhao", at("2026-11-03 09:00").date(), (Item(BIRTHS, "escalation-1"),)),
        ]  # fmt: skip

    def test_who_has_reported_is_left_alone(self, office: Office) -> None:
        office.record(received(MORNING, "a"), judged(MORNING, "a", verdict("s1")))
        assert "li" not in digests(office.settle(at("2026-10-26 09:00")))

    def test_a_rejected_report_is_still_owed(self, office: Office) -> None:
        office.record(received(MORNING, "a"), judged(MORNING, "a", verdict("s1", verdict="rejected")))
        assert digests(office.settle(at("2026-10-26 09:00")))["li"] == (Item(BIRTHS, "reminder-1"),)

    def test_a_reminder_fulfilled_before_it_was_sent_is_dropped(self, office: Office) -> None:
        now = at("2026-10-26 09:00")
        digest = next(duty for duty in office.owed(now) if duty.id == "digest/li/2026-10-26")
        office.perform(digest, now)
        assert owed.Send(digest.id) in office.owed(now)
        office.record(received(now, "a"), judged(now, "a", verdict("s1")))
        assert owed.Drop(digest.id, "fulfilled") in office.owed(now)
        assert owed.Send(digest.id) not in office.owed(now)

    def test_a_digest_of_which_something_is_still_owed_is_sent(self, office: Office) -> None:
        now = at("2026-10-26 09:00")
        digest = next(duty for duty in office.owed(now) if duty.id == "digest/chen/2026-10-26")
        office.perform(digest, now)
        office.record(received(now, "a"), judged(now, "a", verdict("s1", MARRIAGES)))
        assert owed.Send(digest.id) in office.owed(now)

    def test_an_extension_makes_the_unsent_reminder_obsolete_and_starts_a_new_round(self, office: Office) -> None:
        now = at("2026-10-28 09:00")
        digest = next(duty for duty in office.owed(now) if duty.id == "digest/li/2026-10-28")
        office.perform(digest, now)
        office.record(Extended(now, BIRTHS, at("2026-11-05"), "admin", "blob"))
        assert owed.Drop(digest.id, "fulfilled") in office.owed(now)
        office.settle(now)
        assert "li" not in digests(office.settle(at("2026-10-30 09:00")))
        assert digests(office.settle(at("2026-11-02 09:00")))["li"] == (Item(BIRTHS, "reminder-1+1"),)

    def test_a_second_extension_counts_from_the_first_due_instant(self, office: Office) -> None:
        now = at("2026-10-20 09:00")
        office.record(
            Extended(now, BIRTHS, at("2026-11-05"), "a", "b"), Extended(now, BIRTHS, at("2026-11-02"), "a", "b")
        )
        assert "li" not in digests(office.settle(at("2026-10-29 09:00")))
        assert digests(office.settle(at("2026-10-30 09:00")))["li"] == (Item(BIRTHS, "reminder-1+2"),)

    def test_unproven_mail_that_named_an_officer_is_told_once_with_the_digest(self, office: Office) -> None:
        office.judging = lambda duty, now: quarantined(now, duty.arrival, "unproven", "li")
        office.record(received(NIGHT, "a"))
        assert of_kind(office.settle(NIGHT), owed.Digest) == []
        assert of_kind(office.settle(MORNING), owed.Digest) == [owed.Digest("li", MORNING.date(), (), ("a",))]
        assert of_kind(office.settle(MORNING + DAYS), owed.Digest) == []


class TestResults:
    """Tables are joined when all is in, or when the result must be made."""

    def report(self, office: Office, now: datetime, arrival: str, of: str, **other: object) -> None:
        office.record(received(now, arrival), judged(now, arrival, verdict(f"s-{arrival}", of, **other)))

    def test_when_all_is_in_it_is_joined_and_released_at_once(self, office: Office) -> None:
        for number, of in enumerate((BIRTHS, MARRIAGES, THEIR_BIRTHS)):
            assert of_kind(office.settle(NIGHT), owed.Release) == []
            self.report(office, NIGHT, f"a{number}", of)
        done = of_kind(office.settle(NIGHT), owed.Integrate, owed.Release)
        assert ids(done) == [
            "integrate/births/2026-M10/1",
            "release/bulletin/2026-M10/health/1",
            "release/bulletin/2026-M10/civil/1",
        ]

    def test_without_all_it_waits_until_two_days_after_the_last_due_instant(self, office: Office) -> None:
        self.report(office, NIGHT, "a", BIRTHS)
        assert of_kind(office.settle(at("2026-10-30 23:59")), owed.Integrate, owed.Release) == []
        done = of_kind(office.settle(at("2026-10-31")), owed.Integrate, owed.Release)
        assert done[0] == owed.Integrate("births", "2026-M10", 1, ("s-a",), (THEIR_BIRTHS,))
        assert ids(done)[1:] == ["release/bulletin/2026-M10/health/1", "release/bulletin/2026-M10/civil/1"]

    def test_a_correction_renews_what_was_joined_and_the_next_day_what_was_released(self, office: Office) -> None:
        for number, of in enumerate((BIRTHS, MARRIAGES, THEIR_BIRTHS)):
            self.report(office, NIGHT, f"a{number}", of)
        office.settle(NIGHT)
        self.report(office, MORNING, "b", BIRTHS, becomes="correction", version=2)
        done = of_kind(office.settle(MORNING), owed.Integrate, owed.Release)
        assert done == [owed.Integrate("births", "2026-M10", 2, ("s-a2", "s-b"), ())]
        tomorrow = of_kind(office.settle(MORNING + DAYS), owed.Integrate, owed.Release)
        assert ids(tomorrow) == ["release/bulletin/2026-M10/health/2", "release/bulletin/2026-M10/civil/2"]

    def test_late_reports_are_joined_once_a_day(self, office: Office) -> None:
        now = at("2026-11-02 09:00")
        self.report(office, NIGHT, "a", BIRTHS)
        office.settle(now)
        self.report(office, now, "b", BIRTHS, version=2)
        assert of_kind(office.settle(now), owed.Integrate) == []
        assert ids(of_kind(office.settle(now + DAYS), owed.Integrate)) == ["integrate/births/2026-M10/2"]

    def test_a_dataflow_of_no_result_is_joined_when_the_last_is_due(self, office: Office) -> None:
        office.rules = replace(RULES, results={})
        self.report(office, NIGHT, "a", BIRTHS)
        assert of_kind(office.settle(at("2026-10-28 23:59")), owed.Integrate) == []
        assert ids(of_kind(office.settle(at("2026-10-29")), owed.Integrate)) == ["integrate/births/2026-M10/1"]

    def test_an_event_is_joined_at_once(self, office: Office) -> None:
        self.report(office, NIGHT, "a", "health/events/2026-10-05")
        assert ids(of_kind(office.settle(NIGHT), owed.Integrate)) == ["integrate/events/2026-10-05/1"]

    def test_who_is_not_entitled_gets_nothing(self, office: Office) -> None:
        ended = replace(RULES.entitlements[1], valid_until=at("2026-10-04").date())
        office.rules = replace(RULES, entitlements=(RULES.entitlements[0], ended))
        self.report(office, NIGHT, "a", BIRTHS)
        done = of_kind(office.settle(at("2026-10-31")), owed.Release)
        assert ids(done) == ["release/bulletin/2026-M10/health/1"]

    def test_officers_hear_once_a_day_what_of_theirs_was_joined(self, office: Office) -> None:
        self.report(office, NIGHT, "a", BIRTHS)
        assert of_kind(office.settle(at("2026-10-31")), owed.IntegratedReceipt) == []
        morning = at("2026-10-31 09:00")
        assert of_kind(office.settle(morning), owed.IntegratedReceipt) == [
            owed.IntegratedReceipt("li", morning.date(), ("s-a",))
        ]
        self.report(office, morning, "b", BIRTHS, version=2)
        assert of_kind(office.settle(at("2026-11-01 09:00")), owed.IntegratedReceipt) == [
            owed.IntegratedReceipt("li", at("2026-11-01 09:00").date(), ("s-b",))
        ]


def test_the_auditor_gets_the_checkpoint_daily(office: Office) -> None:
    days = [MORNING + n * DAYS for n in range(3)]
    assert [ids(of_kind(office.settle(day), owed.CheckpointLetter)) for day in days] == [
        ["checkpoint/2026-10-05"], ["checkpoint/2026-10-06"], ["checkpoint/2026-10-07"],
    ]  # fmt: skip
    office.rules = replace(RULES, auditor_address=None)
    assert office.owed(MORNING + 9 * DAYS) == []


def test_a_letter_that_the_other_side_took_is_owed_no_more(office: Office) -> None:
    office.record(letter_for("l", "receipt", "li", NIGHT))
    assert office.settle(NIGHT) == [owed.Send("l")]
    assert office.owed(NIGHT) == []
