"""What the ledger answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.core.agreement import ProofKind
from gateway.core.decide import Admission, Claim, Known, Refused, Repeated, decide
from gateway.core.facts import (
    About,
    Accessed,
    Began,
    Confirmed,
    Discarded,
    Erased,
    Extended,
    Ignored,
    Integrated,
    KeyConfirmed,
    KeyOffered,
    KeyRevoked,
    Proof,
    Questioned,
    Released,
    Restored,
    Sent,
    SetAside,
    Troubled,
    Undeliverable,
)
from gateway.core.matter import Matter
from gateway.core.period import Period
from gateway.core.refusal import Refusal
from gateway.core.standing import State
from tests.core.small_county import DAYS, OCTOBER, RULES, at
from tests.ledger.office import Office, judged, letter_for, quarantined, received, verdict

NOW = at("2026-10-05 09:00")
BIRTHS = "health/births/2026-M10"


def report(office: Office, arrival: str, of: str = BIRTHS, **other: object) -> None:
    had = other.pop("had", NOW)
    one = verdict(f"s-{arrival}", of, **other)
    office.record(received(NOW, arrival, had=had), judged(NOW, arrival, one))  # type: ignore[arg-type]


def known_for(office: Office) -> Known:
    """What bears on a sealed report of October's births, with the first manifest and the first key."""
    sealed = frozenset({ProofKind.SEAL})
    claim = Claim("health", "births", OCTOBER, NOW, sealed, frozenset(), "same-x", "m1", "k1", 5)
    return office.view.known_for(claim, RULES)


def test_nothing_is_known_of_what_never_came(office: Office) -> None:
    view = office.view
    assert view.arrival("a") is view.submission("s") is view.letter("l") is view.standing("x/y/2026-M10") is None
    assert view.integration("i") is view.release("r") is view.question("c") is view.era() is None
    assert view.accepted("health", "births", "2026-M10") is view.latest_integration("births", "2026-M10") is None
    assert (view.submissions_of("a"), view.releases(), view.keys_seen()) == ([], [], [])
    known = known_for(office)
    assert (known.versions, known.accepted, known.same_manifest, known.sequence) == (0, None, None, None)


def test_an_arrival_is_told_with_its_proof_and_what_was_ignored(office: Office) -> None:
    parts = (Ignored("2", "no_report"), Ignored("1", "empty"))
    office.record(received(NOW, "a", "li", had=NOW - DAYS))
    waiting = office.view.arrival("a")
    assert waiting and waiting.waits and waiting.proof is None and waiting.had == NOW - DAYS
    office.record(judged(NOW, "a", verdict("s1"), ignored=parts, details="blob-d"))
    arrival = office.view.arrival("a")
    assert arrival and not arrival.waits and arrival.details == "blob-d"
    assert arrival.proof == Proof(ProofKind.SEAL, "li", "k1")
    assert office.view.ignored("a") == parts
    assert [one.submission for one in office.view.submissions_of("a")] == ["s1"]


def test_the_quarantine_holds_what_nobody_vouched_for(office: Office) -> None:
    for arrival in ("a", "b", "c"):
        office.record(received(NOW, arrival), quarantined(NOW, arrival, "unconfirmed", "li"))
    office.record(Discarded(NOW, "a", "admin", "blob"), Confirmed(NOW, "b", "li", "d"))
    assert [one.arrival for one in office.view.quarantined()] == ["c"]


def test_a_question_is_found_by_its_code(office: Office) -> None:
    office.record(received(NOW, "a"), Questioned(NOW, "a", "li", "digest-1", NOW + 7 * DAYS))
    question = office.view.question("digest-1")
    assert question and (question.arrival, question.officer, question.confirmed) == ("a", "li", None)
    office.record(Confirmed(NOW, "a", "li", "b"))
    answered = office.view.question("digest-1")
    assert answered and answered.confirmed


def test_the_current_version_is_the_latest_accepted(office: Office) -> None:
    report(office, "a", verdict="rejected", refusal="findings", version=1)
    assert office.view.accepted("health", "births", "2026-M10") is None
    report(office, "b", version=2, becomes="replacement")
    report(office, "c", version=3, becomes="correction")
    report(office, "d", version=3, verdict="duplicate", duplicate_of="s-c")
    current = office.view.accepted("health", "births", "2026-M10")
    assert current and (current.submission, current.version, current.had) == ("s-c", 3, NOW)
    assert [one.submission for one in office.view.history(BIRTHS)] == ["s-a", "s-b", "s-c", "s-d"]
    assert known_for(office).versions == 3
    report(office, "e", "civil/births/2026-M10")
    assert [one.submission for one in office.view.accepted_tables("births", "2026-M10")] == ["s-e", "s-c"]


def test_what_could_not_be_recognised_is_kept_with_its_arrival(office: Office) -> None:
    office.record(received(NOW, "a"))
    unknown = verdict("s1", verdict="rejected", refusal="dataflow_unknown", version=0)
    office.record(judged(NOW, "a", replace(unknown, dataflow=None, period=None)))
    [kept] = office.view.submissions_of("a")
    assert (kept.obligation, kept.refusal) == (None, "dataflow_unknown")


def test_same_content_and_same_manifest_are_found(office: Office) -> None:
    report(office, "a", sameness="one", manifest="m1")
    report(office, "b", sameness="two", manifest="m2")
    known, old = known_for(office), office.view.by_manifest("m1")
    assert (known.accepted, known.accepted_sameness) == ("s-b", "two")
    assert old and old.submission == known.same_manifest == "s-a"


def test_a_refusal_of_the_moment_neither_uses_up_a_manifest_nor_a_sequence(office: Office) -> None:
    early = {"verdict": "rejected", "refusal": "not_open", "manifest": "m1", "sequence": 9, "key": "k1", "version": 0}
    report(office, "a", **early)
    known = known_for(office)
    assert office.view.by_manifest("m1") is known.same_manifest is known.sequence is None
    standing = office.view.standing(BIRTHS)
    assert standing and (standing.versions, standing.rejected, standing.state(NOW)) == (0, 0, State.OPEN)


def test_the_highest_sequence_is_per_key_dataflow_and_period(office: Office) -> None:
    report(office, "a", sequence=4, key="k1")
    report(office, "b", sequence=3, key="k1", verdict="rejected", refusal="findings")
    report(office, "c", "health/births/2026-M11", sequence=9, key="k1")
    report(office, "d", sequence=8, key="k2")
    assert known_for(office).sequence == 4


def test_a_claim_is_decided_with_what_is_known(office: Office) -> None:
    sealed = frozenset({ProofKind.SEAL})
    claim = Claim("health", "births", OCTOBER, NOW, sealed, frozenset(), "same-x", "m9", "k1", 5)

    def outcome(**other: object) -> object:
        changed = replace(claim, **other)  # type: ignore[arg-type]
        return decide(changed, office.view.known_for(changed, RULES))

    assert outcome() == Admission(1, "first")
    report(office, "a", manifest="m1", sequence=5, key="k1", sameness="same-1")
    assert outcome() == Refused(Refusal.SEQUENCE_OLD)
    assert outcome(sequence=6) == Admission(2, "correction")
    assert outcome(manifest="m1") == Repeated("s-a")
    assert outcome(sequence=6, sameness="same-1") == Repeated("s-a")
    assert outcome(dataflow="marriages") == Refused(Refusal.NOT_OWED)
    assert outcome(period=Period.parse("2026-Q4")) == Refused(Refusal.NOT_OWED)
    assert outcome(period=Period.parse("2026-M09")) == Refused(Refusal.NOT_OWED)
    assert outcome(period=Period.parse("2026-M11")) == Refused(Refusal.NOT_OPEN)
    assert outcome(had=at("2026-11-28")) == Refused(Refusal.CLOSED)
    office.record(Extended(NOW, BIRTHS, at("2026-10-31"), "admin", "blob"))
    assert outcome(had=at("2026-11-28"), sequence=6) == Admission(2, "correction")


def test_an_obligation_that_opens_after_its_report_was_accepted_opens_fulfilled(office: Office) -> None:
    report(office, "a", "health/births/2026-M11", had=NOW)
    office.settle(at("2026-11-01"))
    standing = office.view.standing("health/births/2026-M11")
    assert standing and (standing.accepted, standing.first_had) == ("s-a", NOW)


def test_a_standing_counts_what_came(office: Office) -> None:
    report(office, "a", verdict="rejected", refusal="findings", version=1)
    standing = office.view.standing(BIRTHS)
    assert standing and (standing.last_rejected, standing.rejected, standing.versions) == ("s-a", 1, 1)
    report(office, "b", version=2, nil=True)
    standing = office.view.standing(BIRTHS)
    assert standing and (standing.accepted, standing.nil, standing.last_rejected) == ("s-b", True, None)


def test_a_correction_after_the_deadline_does_not_make_it_late(office: Office) -> None:
    report(office, "a")
    report(office, "b", version=2, becomes="correction", had=at("2026-10-30"))
    assert [one.state.value for one in office.view.board(at("2026-10-30")) if one.submission == "s-b"] == ["on_time"]


def test_the_board_has_a_word_for_everyone(office: Office) -> None:
    report(office, "a", had=at("2026-10-29"))
    report(office, "b", "civil/births/2026-M10", verdict="rejected", refusal="findings")
    rows = office.view.board(at("2026-10-30"), "2026-M10")
    assert [(row.department, row.dataflow, row.state.value) for row in rows] == [
        ("civil", "births", "rejected"), ("civil", "marriages", "missing"), ("health", "births", "late"),
    ]  # fmt: skip
    assert [one.obligation.dataflow for one in office.view.missing(at("2026-10-30"))] == ["births", "marriages"]
    assert office.view.missing(at("2026-10-28")) == []


def test_the_board_of_now_shows_the_latest_open_period(office: Office) -> None:
    office.settle(at("2026-11-01"))
    assert {row.period for row in office.view.board(at("2026-11-02"))} == {"2026-M11"}
    opened = office.view.open_standings(at("2026-11-02"), "health")
    assert [one.obligation.id for one in opened] == [BIRTHS, "health/births/2026-M11"]


def test_an_extension_moves_what_is_missing(office: Office) -> None:
    office.record(Extended(NOW, "civil/marriages/2026-M10", at("2026-11-05"), "admin", "blob-why"))
    now = at("2026-10-30")
    assert "civil/marriages/2026-M10" not in [one.obligation.id for one in office.view.missing(now)]
    assert [(one.until, one.reason) for one in office.view.extensions_of("civil/marriages/2026-M10")] == [
        (at("2026-11-05"), "blob-why")
    ]
    states = {row.dataflow: (row.state.value, row.extended) for row in office.view.board(now, "2026-M10")}
    assert states["marriages"] == ("extended", True)


def test_letters_are_found_by_what_they_speak_of(office: Office) -> None:
    about = (Matter.OBLIGATION(BIRTHS, "reminder-1"), Matter.UNPROVEN("a"))
    office.record(letter_for("l1", "digest", "li", NOW, about), letter_for("l2", "receipt", "li", NOW))
    office.record(Sent(NOW, "l2", "mail"))
    view = office.view
    assert [one.letter for one in view.letters_for(About("obligation", BIRTHS))] == ["l1"]
    assert view.letters_for(About("obligation", BIRTHS, "overdue-1")) == []
    assert [(one.letter, one.about) for one in view.unsent()] == [("l1", about)]
    assert (view.has_letter("l1"), view.has_letter("l3")) == (True, False)


def test_an_integration_knows_that_it_is_stale(office: Office) -> None:
    report(office, "a")
    office.record(Integrated(NOW, "i1", "births", "2026-M10", ("s-a",), ("civil/births/2026-M10",), 50, "t"))
    one = office.view.integration("i1")
    assert one and (one.submissions, one.missing, one.is_stale) == (("s-a",), ("civil/births/2026-M10",), False)
    report(office, "b", version=2)
    latest = office.view.latest_integration("births", "2026-M10")
    assert latest and latest.is_stale
    cell = office.view.cell("births", "2026-M10")
    assert (cell.submissions, cell.changed, cell.integration) == (("s-b",), True, "i1")


def test_releases_are_found_by_result_and_recipient(office: Office) -> None:
    report(office, "a")
    office.record(Integrated(NOW, "i1", "births", "2026-M10", ("s-a",), (), 50, "t"))
    for name, to in (("r1", "health"), ("r2", "civil")):
        office.record(
            Released(NOW, name, "bulletin", "2026-M10", to, ("i1",), ("sex",), 9, "why", "law", "b", "d", "v1")
        )
    view = office.view
    assert [one.release for one in view.releases()] == ["r1", "r2"]
    assert [one.release for one in view.releases("bulletin", "2026-M10", "civil")] == ["r2"]
    release = view.release("r1")
    assert release and (release.integrations, release.fields) == (("i1",), ("sex",))


def test_alarms_are_told_newest_first(office: Office) -> None:
    office.record(letter_for("l", "receipt", "li", NOW), received(NOW, "a"))
    office.record(Troubled(NOW, "send/l", NOW - timedelta(hours=4)), Undeliverable(NOW + DAYS, "l", "550"))
    office.record(SetAside(NOW + 2 * DAYS, "a", 3))
    assert [(one.kind, one.about) for one in office.view.alarms()] == [
        ("set_aside", "a"), ("undeliverable", "l"), ("troubled", "send/l"),
    ]  # fmt: skip
    assert [one.kind for one in office.view.alarms(NOW + DAYS)] == ["set_aside", "undeliverable"]


def test_keys_eras_configurations_accesses_and_erasures_are_remembered(office: Office) -> None:
    office.record(
        Began(NOW, "county.example/journal", 1), KeyConfirmed(NOW, "k1", "li", "ff", "admin", "blob-why"),
        KeyRevoked(NOW, "k1", "li", NOW + DAYS, "admin"), KeyRevoked(NOW, "k2", "li", NOW, "admin"),
        Accessed(NOW, "auditor", "s-a", ("sex", "name"), 50, "blob"), Erased(NOW, ("b1", "b2"), "retention"),
        Restored(NOW, "county.example/journal/era2", 2, 5, "aa", 5, "aa"),
    )  # fmt: skip
    view = office.view
    assert [(one.key, one.fingerprint, one.revoked_from) for one in view.keys_seen()] == [
        ("k1", "ff", NOW + DAYS), ("k2", None, NOW),
    ]  # fmt: skip
    assert view.revocations() == {"k1": NOW + DAYS, "k2": NOW}
    office.record(KeyRevoked(NOW, "k1", "li", NOW - DAYS, "admin"), KeyRevoked(NOW, "k1", "li", NOW, "admin"))
    assert view.revocations()["k1"] == NOW - DAYS  # a later one does not bring it back
    assert view.era() == ("county.example/journal/era2", 2)
    assert [one.version for one in view.configurations()] == ["v1"]
    assert [(one.what, one.fields) for one in view.accesses()] == [("s-a", ("sex", "name"))]
    assert view.accesses("s-b") == []
    erased = view.erasure("b2")
    assert (erased and erased.why, view.erasure("b3")) == ("retention", None)


def test_offered_keys_are_told_in_their_order_of_one_officer_or_all(office: Office) -> None:
    office.record(
        KeyOffered(NOW, "li", "11", "a1", "blob-1", None), KeyOffered(NOW + DAYS, "wang", "22", "a2", "blob-2", None),
        KeyOffered(NOW + DAYS, "li", "11", "a3", "blob-3", ProofKind.SEAL, "k1"),
    )  # fmt: skip
    assert [(one.arrival, one.proof, one.sealed_by) for one in office.view.key_offers("li")] == [
        ("a1", None, None), ("a3", "seal", "k1"),
    ]  # fmt: skip
    assert [(one.officer, one.offered_at) for one in office.view.key_offers()][1] == ("wang", NOW + DAYS)


@pytest.mark.parametrize("count", [1, 501])
def test_many_obligations_are_looked_up_at_once(office: Office, count: int) -> None:
    names = [BIRTHS, *(f"x/{number}/2026-M10" for number in range(count))]
    assert office.view.known_obligations(names) == {BIRTHS}
