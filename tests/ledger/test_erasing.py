"""Which bytes may go, and when: told to the ledger as facts."""

from __future__ import annotations

from datetime import timedelta

from gateway.core.duty import Erase
from gateway.core.facts import Admitted, Confirmed, Discarded, Erased, SetAside
from gateway.ledger.rebuild import check
from tests.core.small_county import DAYS, at
from tests.ledger.office import Office, judged, of_kind, quarantined, received, verdict

NOW = at("2026-10-05 09:00")
KEPT = 90 * DAYS
DAY_AFTER = at("2027-01-04 00:00")  # the first day that begins more than ninety days later


def unproven(office: Office, *arrivals: str) -> None:
    for arrival in arrivals:
        office.record(received(NOW, arrival), quarantined(NOW, arrival))


def lapsed(office: Office, moment: object = DAY_AFTER, kept: timedelta = KEPT) -> tuple[str, ...]:
    return office.view.open(office.rules, moment, unproven_kept=kept).lapsed  # type: ignore[arg-type]


def test_the_unproven_lapses_on_the_first_day_that_begins_after_its_term(office: Office) -> None:
    unproven(office, "a")
    assert lapsed(office, DAY_AFTER - timedelta(microseconds=1)) == ()
    assert lapsed(office, DAY_AFTER) == ("a",)


def test_the_term_is_a_setting(office: Office) -> None:
    unproven(office, "a")
    assert lapsed(office, at("2026-10-06 00:00"), timedelta()) == ("a",)
    assert lapsed(office, at("2026-10-05 23:59"), timedelta()) == ()


def test_what_lapses_within_a_day_is_erased_by_one_fact(office: Office) -> None:
    unproven(office, "a")
    office.record(received(NOW, "b"), quarantined(NOW + timedelta(hours=12), "b"))
    done = of_kind(office.settle(DAY_AFTER), Erase)
    assert done == [Erase(("a", "b"))]
    assert [duty.id for duty in done] == ["erase/a"]
    assert of_kind(office.settle(DAY_AFTER + timedelta(hours=23)), Erase) == []


def test_a_flood_is_erased_some_at_a_time(office: Office) -> None:
    unproven(office, *(f"a{number:03}" for number in range(101)))
    sizes = [len(duty.arrivals) for duty in of_kind(office.settle(DAY_AFTER), Erase) if isinstance(duty, Erase)]
    assert sizes == [100, 1]


def test_the_proven_never_lapses(office: Office) -> None:
    office.record(received(NOW, "a"), judged(NOW, "a", verdict("s-a")))
    office.record(received(NOW, "b"), judged(NOW, "b", verdict("s-b", verdict="rejected", refusal="findings")))
    assert lapsed(office, DAY_AFTER + 10_000 * DAYS) == ()


def test_what_somebody_vouched_for_never_lapses_whatever_was_said_of_it_later(office: Office) -> None:
    unproven(office, "a", "b", "c")
    office.record(Admitted(NOW, "a", "li", "admin", "why"), judged(NOW, "a", verdict("s-a")))
    office.record(Confirmed(NOW, "b", "li", "reply"), quarantined(NOW, "b"))
    office.record(Admitted(NOW, "c", "li", "admin", "why"), SetAside(NOW, "c", 3), Discarded(NOW, "c", "admin", "why"))
    assert lapsed(office, DAY_AFTER + 10_000 * DAYS) == ()


def test_the_term_of_what_was_discarded_begins_then(office: Office) -> None:
    unproven(office, "a")
    office.record(Discarded(NOW + 60 * DAYS, "a", "admin", "why"))
    assert lapsed(office, DAY_AFTER + 59 * DAYS) == ()
    assert lapsed(office, DAY_AFTER + 60 * DAYS) == ("a",)


def test_what_was_set_aside_is_kept_until_a_person_has_decided(office: Office) -> None:
    office.record(received(NOW, "a"), SetAside(NOW, "a", 3))
    assert lapsed(office, DAY_AFTER + 1000 * DAYS) == ()
    office.record(Discarded(NOW, "a", "admin", "why"))
    assert lapsed(office) == ("a",)


def test_what_is_erased_is_offered_to_nobody_and_cannot_be_vouched_for(office: Office) -> None:
    office.record(received(NOW, "a"), quarantined(NOW, "a", "unproven", names="li"))
    office.record(Erased(DAY_AFTER, ("blob-a",), "retention"))
    assert office.view.quarantined() == []
    assert office.view.open(office.rules, DAY_AFTER).untold == ()
    office.record(Admitted(DAY_AFTER, "a", "li", "admin", "why"))
    office.record(Discarded(DAY_AFTER, "a", "admin", "why"))
    known = office.view.arrival("a")
    assert known is not None
    assert (known.waits, known.vouched, known.kept_since) == (False, None, None)
    assert known.erased == next(index for index, fact in office.facts if isinstance(fact, Erased))
    assert check(office.connection, office.facts) == []


def test_an_erasure_is_remembered_with_its_instant_and_reason(office: Office) -> None:
    office.record(Erased(NOW, ("b1",), "retention"))
    erasure = office.view.erasure("b1")
    assert erasure is not None
    assert (erasure.erased_at, erasure.why) == (NOW, "retention")
    assert office.view.erasure("b2") is None
