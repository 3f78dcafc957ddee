"""Keys that end, told once and day by day, as the ledger remembers what letters said."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from gateway.core.duty import Digest, Drop
from gateway.core.key_chasing import endings
from gateway.core.parties import PublicKey
from tests.core.small_county import DAYS, RULES, at
from tests.ledger.office import Office

ENDS = at("2027-01-31")
KEY = PublicKey("li-1", "li", b"\x01" * 32, b"\x02" * 32, at("2026-01-01"), ENDS)
NEXT = PublicKey("li-2", "li", b"\x03" * 32, b"\x04" * 32, at("2026-01-01"), ENDS + 700 * DAYS)
ALONE = replace(RULES, version="v1", agreements={}, results={}, auditor_address=None, keys={"li-1": KEY})


def digests(office: Office, now: datetime) -> list[tuple[str, str]]:
    done = office.settle(now)
    return [(one.officer, item.stage) for one in done if isinstance(one, Digest) for item in one.keys]


def test_each_stage_is_told_once_until_a_successor_is_in_force(office: Office) -> None:
    office.rules = ALONE
    told = []
    day = ENDS - 70 * DAYS + (at("2026-12-01 09:00") - at("2026-12-01"))
    while day < ENDS + 20 * DAYS:
        if day > ENDS + 5 * DAYS:
            office.rules = replace(ALONE, version="v2", keys={"li-1": KEY, "li-2": NEXT})
        told += [(officer, stage, (day - ENDS).days) for officer, stage in digests(office, day)]
        day += DAYS
    assert told == [
        ("li", "reminder-1", -60), ("li", "reminder-2", -30), ("li", "reminder-3", -14), ("li", "reminder-4", -7),
        ("li", "overdue-1", 0), ("zhao", "escalation-1", 0),
    ]  # fmt: skip


def test_a_letter_about_a_key_is_dropped_unsent_when_a_successor_is_in_force(office: Office) -> None:
    office.rules = ALONE
    now = ENDS - 5 * DAYS + (at("2026-12-01 09:00") - at("2026-12-01"))
    (digest,) = office.owed(now)
    office.perform(digest, now)
    assert [type(duty).__name__ for duty in office.owed(now)] == ["Send"]
    office.rules = replace(ALONE, keys={"li-1": KEY, "li-2": NEXT})
    assert [type(duty) for duty in office.owed(now)] == [Drop]


def test_keys_are_looked_for_by_the_rules_in_force(office: Office) -> None:
    now = ENDS - 5 * DAYS
    assert office.view.open(ALONE, now).ending == endings(ALONE, now) != ()
    assert office.view.open(RULES, now).ending == ()
