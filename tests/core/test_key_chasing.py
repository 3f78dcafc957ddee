"""Who is to renew a key, who hears that nobody did, and what silences it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from gateway.core.chasing import Told
from gateway.core.duties import duties
from gateway.core.duty import Digest, KeyItem
from gateway.core.facts import About
from gateway.core.key_chasing import CHASED_FOR, Ending, endings, key_items
from gateway.core.matter import Matter
from gateway.core.open import Open
from gateway.core.parties import Certificate, Department, PublicKey, Role
from gateway.core.rules import Rules
from tests.core.small_county import DAYS, RULES, at, department

ENDS = at("2026-12-31")
KEY = PublicKey("li-1", "li", b"\x01" * 32, b"\x02" * 32, at("2026-01-01"), ENDS)
LEAD: Mapping[str, Department] = {**RULES.departments, "lead": department("lead", qian=Role.REPORTER, shi=Role.HEAD)}


def rules(*keys: PublicKey, certificates: tuple[Certificate, ...] = ()) -> Rules:
    return replace(
        RULES, departments=LEAD, keys={key.id: key for key in keys}, certificates={c.id: c for c in certificates}
    )


def told_at(now: datetime, told: Told = frozenset(), of: Rules | None = None) -> dict[str, list[tuple[str, str]]]:
    county = of or rules(KEY)
    found = key_items(endings(county, now), county, told, now)
    return {officer: [(item.key, item.stage) for item in items] for officer, items in found.items()}


@pytest.mark.parametrize(
    ("before", "stage"),
    [
        (60, "reminder-1"), (31, "reminder-1"), (30, "reminder-2"), (14, "reminder-3"), (7, "reminder-4"),
        (1, "reminder-4"),
    ],
)  # fmt: skip
def test_its_officer_is_reminded_before_a_key_ends(before: int, stage: str) -> None:
    assert told_at(ENDS - before * DAYS) == {"li": [("li-1", stage)]}


def test_long_before_and_long_after_nothing_is_told() -> None:
    moment = timedelta(seconds=1)
    assert told_at(ENDS - 60 * DAYS - moment) == {}
    assert told_at(ENDS + CHASED_FOR - moment) != {}
    assert told_at(ENDS + CHASED_FOR) == {}


@pytest.mark.parametrize(("after", "stage"), [(0, "overdue-1"), (6, "overdue-1"), (7, "overdue-2"), (30, "overdue-3")])
def test_once_it_has_ended_the_head_and_the_lead_office_hear_of_it_too(after: int, stage: str) -> None:
    told = told_at(ENDS + after * DAYS)
    assert told == {"li": [("li-1", stage)], "zhao": [("li-1", "escalation-1")], "qian": [("li-1", "escalation-1")]}


def test_nobody_is_told_the_same_twice() -> None:
    told = {("li", "li-1", "overdue-1"), ("zhao", "li-1", "escalation-1")}
    assert told_at(ENDS, told) == {"qian": [("li-1", "escalation-1")]}
    assert told_at(ENDS + 8 * DAYS, told | {("qian", "li-1", "escalation-1")}) == {"li": [("li-1", "overdue-2")]}


def test_after_a_week_without_letters_only_the_last_reminder_is_owed() -> None:
    assert told_at(ENDS - 5 * DAYS, {("li", "li-1", "reminder-1")}) == {"li": [("li-1", "reminder-4")]}
    assert told_at(ENDS - 29 * DAYS, {("li", "li-1", "reminder-4")}) == {}  # the clock was set back


NEXT = replace(KEY, id="li-2", signing=b"\x03" * 32, sealing=b"\x04" * 32, valid_until=ENDS + 400 * DAYS)


@pytest.mark.parametrize("at_", [ENDS - 30 * DAYS, ENDS, ENDS + 20 * DAYS])
def test_a_key_that_ends_later_silences_it_all(at_: datetime) -> None:
    assert told_at(at_, of=rules(KEY, NEXT)) == {}
    assert told_at(at_, of=rules(NEXT, KEY)) == {}


def test_a_successor_that_will_count_only_tomorrow_silences_it_as_well() -> None:
    assert told_at(ENDS - DAYS, of=rules(KEY, replace(NEXT, valid_from=ENDS))) == {}


def test_a_revoked_successor_silences_nothing_and_a_revoked_key_is_not_chased() -> None:
    gone = ENDS - 20 * DAYS
    assert told_at(ENDS, of=rules(KEY, replace(NEXT, revoked=gone)))["li"] == [("li-1", "overdue-1")]
    assert told_at(ENDS, of=rules(replace(KEY, revoked=gone))) == {}
    assert "li" in told_at(gone, of=rules(replace(KEY, revoked=ENDS)))  # it counts until then


def test_another_officers_key_silences_nothing() -> None:
    assert "li" in told_at(ENDS, of=rules(KEY, replace(NEXT, officer="wang")))


def test_certificates_are_chased_apart_from_keys() -> None:
    certificate = Certificate("li-1", "li", "openpgp", "ff" * 20, at("2026-01-01"), ENDS, "")
    assert told_at(ENDS - DAYS, of=rules(NEXT, certificates=(certificate,))) == {"li": [("openpgp/li-1", "reminder-4")]}
    assert endings(rules(KEY, certificates=(certificate,)), ENDS) == (
        Ending("li-1", "li-1", "li", ENDS), Ending("openpgp/li-1", "li-1", "li", ENDS),
    )  # fmt: skip


def test_a_head_hears_of_their_own_key_once() -> None:
    told = told_at(ENDS, of=rules(replace(KEY, officer="zhao", id="zhao-1")))
    assert told == {"zhao": [("zhao-1", "overdue-1")], "qian": [("zhao-1", "escalation-1")]}


def test_of_the_lead_office_everybody_hears_where_it_has_no_reporter() -> None:
    county = replace(rules(KEY), departments={**RULES.departments, "lead": department("lead", shi=Role.HEAD)})
    assert set(told_at(ENDS, of=county)) == {"li", "zhao", "shi"}


def test_a_key_whose_officer_is_no_more_is_not_chased() -> None:
    assert told_at(ENDS, of=rules(replace(KEY, officer="gone"))) == {}


def test_it_is_told_in_the_one_digest_of_the_day_by_daylight() -> None:
    county = replace(rules(KEY), auditor_address=None)
    now = at("2026-12-24 09:00")
    open_ = Open(county, "v1", ending=endings(county, now))
    assert duties(open_, at("2026-12-24 03:00")) == []
    (digest,) = duties(open_, now)
    assert digest == Digest("li", now.date(), (), (), (KeyItem("li-1", "reminder-4"),))
    assert digest.about == (About("key", "li-1", "reminder-4"),)
    assert Matter.of(digest.about[0]) is Matter.KEY
