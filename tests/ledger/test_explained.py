"""What was explained, and how far that goes: each submission has a list of its own, the latest holds everything."""

from __future__ import annotations

from gateway.core.facts import Explained
from gateway.ledger.rebuild import check
from tests.core.small_county import at
from tests.ledger.office import Office, judged, received, verdict

NOW = at("2026-10-05 09:00")
OBLIGATION = "health/births/2026-M10"


def explained(submission: str, of: str, explained: int, open_: int) -> Explained:
    arrival = f"arrival-{submission}"
    return Explained(NOW, submission, of, arrival, f"list-{submission}", "dd", 1, 0, explained, open_)


def test_the_latest_explanation_of_a_submission_tells_of_all_of_them(office: Office) -> None:
    office.record(received(NOW, "a"), judged(NOW, "a", verdict("s1", OBLIGATION, queries=3)))
    office.record(explained("s2", "s1", 1, 2))
    office.record(explained("s3", "s1", 3, 0))
    told = office.view.explained_of("s1")
    assert [(one.submission, one.explained, one.open) for one in told] == [("s3", 3, 0), ("s2", 1, 2)]
    assert office.view.explained_by("s2") == told[1]
    assert office.view.explained_of("s2") == [] and office.view.explained_by("s1") is None
    assert check(office.connection, office.facts) == []


def test_whether_anything_came_since_is_seen_from_two_numbers(office: Office) -> None:
    assert office.view.explaining_stands_at(OBLIGATION) == (None, None)
    office.record(received(NOW, "a"), judged(NOW, "a", verdict("s1", OBLIGATION, queries=3)))
    first = office.view.explaining_stands_at(OBLIGATION)
    office.record(explained("s2", "s1", 1, 2))
    second = office.view.explaining_stands_at(OBLIGATION)
    office.record(received(NOW, "b"), judged(NOW, "b", verdict("s4", OBLIGATION, verdict="rejected", version=2)))
    third = office.view.explaining_stands_at(OBLIGATION)
    assert first[0] is not None and first[1] is None
    assert second[0] == first[0] and second[1] is not None
    assert third[0] is not None and third[0] > first[0] and third[1] == second[1]
