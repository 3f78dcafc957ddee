"""The ledger follows from the facts, and whoever changed it by hand is found out."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, insert, update

from gateway.core.facts import KINDS, Fact, Received
from gateway.ledger import outgoing, tables
from gateway.ledger.fold import _STEPS, UnknownFact, fold
from gateway.ledger.rebuild import Difference, check, rebuild
from tests.core.small_county import at
from tests.ledger.office import Office, judged, received, verdict

NOW = at("2026-10-05 09:00")


@pytest.fixture
def lived(office: Office) -> Office:
    office.judging = lambda duty, now: judged(now, duty.arrival, verdict(f"s-{duty.arrival}"))
    office.record(received(NOW, "a"), received(NOW, "b"))
    office.settle(NOW)
    return office


def test_the_ledger_agrees_with_its_facts(lived: Office) -> None:
    assert check(lived.connection, lived.facts) == []


def test_a_changed_column_is_found(lived: Office) -> None:
    lived.connection.execute(update(tables.obligations).values(accepted=None, extensions=1).where(
        tables.obligations.c.obligation == "health/births/2026-M10"))  # fmt: skip
    assert check(lived.connection, lived.facts) == [
        Difference("obligations", ("health/births/2026-M10",), "extensions, accepted")
    ]


def test_a_missing_and_an_unfounded_row_are_found(lived: Office) -> None:
    lived.connection.execute(delete(tables.submissions).where(tables.submissions.c.submission == "s-a"))
    row = {"integration": "i", "submission": "s"}
    lived.connection.execute(insert(outgoing.integration_submissions).values(row))
    assert [str(one) for one in check(lived.connection, lived.facts)] == [
        "integration_submissions i/s: unfounded",
        "submissions s-a: missing",
    ]


def test_a_rebuilt_ledger_is_the_same_whatever_had_become_of_it(lived: Office) -> None:
    lived.connection.execute(delete(tables.arrivals))
    assert rebuild(lived.connection, lived.facts) == len(lived.facts)
    assert check(lived.connection, lived.facts) == []
    assert lived.owed(NOW) == []


def test_every_kind_of_fact_has_its_rule() -> None:
    assert set(_STEPS) == set(KINDS.values())


def test_a_fact_of_an_unknown_kind_is_an_error(office: Office) -> None:
    class Novel(Fact):
        KIND = "novel"

    with pytest.raises(UnknownFact, match="novel"):
        fold(office.connection, [(99, Novel(NOW))])


def test_an_instant_without_a_zone_is_an_error(office: Office) -> None:
    with pytest.raises(Exception, match="offset-naive"):
        office.record(Received(NOW.replace(tzinfo=None), "a", "smtp", "main", NOW, 1, "b", "d"))
