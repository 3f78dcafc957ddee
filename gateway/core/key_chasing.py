"""Keys that end: who is to renew one, and who hears that nobody did. A key is chased as a report is.

Its officer is reminded before it ends and told after it has ended; then the heads of the department are told, and the
lead office. A key that ends later silences all of it, for the two may be valid side by side. What is revoked is no
key any more and ends nothing. All follows from the keys in force, which are configuration, and from what letters said.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.core.chasing import Stage, StageKind, Told, highest_told
from gateway.core.duty import KeyItem
from gateway.core.parties import Certificate, Department, Officer, PublicKey, Role
from gateway.core.rules import Rules

_DAY = timedelta(days=1)
REMINDERS = (60 * _DAY, 30 * _DAY, 14 * _DAY, 7 * _DAY)  # before the end
AFTER = (0 * _DAY, 7 * _DAY, 30 * _DAY)
CHASED_FOR = 90 * _DAY  # whoever has not renewed it by then was told all there is to tell


@dataclass(frozen=True, slots=True)
class Ending:
    """A key near or past its end that no other follows. `name` tells it from every other key and certificate."""

    name: str
    key: str
    officer: str
    until: datetime


def endings(rules: Rules, now: datetime) -> tuple[Ending, ...]:
    """Every key that is to be renewed, the soonest first; keys for sealed files and each kind of certificate apart."""
    latest: dict[tuple[str, str], Ending] = {}
    for kind, key in _all(rules):
        if key.revoked is not None and key.revoked <= now:
            continue
        name = f"{kind}/{key.id}" if kind else key.id
        known = latest.get((kind, key.officer))
        if known is None or known.until < key.valid_until:
            latest[kind, key.officer] = Ending(name, key.id, key.officer, key.valid_until)
    due = (one for one in latest.values() if one.until - REMINDERS[0] <= now < one.until + CHASED_FOR)
    return tuple(sorted(due, key=lambda one: (one.until, one.name)))


def key_items(ending: tuple[Ending, ...], rules: Rules, told: Told, now: datetime) -> dict[str, tuple[KeyItem, ...]]:
    """What each officer is to be told of keys now; officers with nothing to be told are left out."""
    highest = highest_told(told)
    found: dict[str, list[KeyItem]] = {}
    for one in ending:
        for officer, stage in _stages_due(one, rules, now):
            known = highest.get((officer.id, one.name, stage.kind is StageKind.ESCALATION))
            if known is None or known < stage.order:
                found.setdefault(officer.id, []).append(KeyItem(one.name, str(stage)))
    return {officer: tuple(items) for officer, items in found.items()}


def _all(rules: Rules) -> Iterator[tuple[str, PublicKey | Certificate]]:
    for key in rules.keys.values():
        yield "", key
    for certificate in rules.certificates.values():
        yield certificate.kind, certificate


def _stages_due(ending: Ending, rules: Rules, now: datetime) -> Iterator[tuple[Officer, Stage]]:
    owner = rules.officer(ending.officer)
    if owner is None:
        return
    reminders = sum(ending.until - before <= now for before in REMINDERS)
    ended = sum(ending.until + after <= now for after in AFTER)
    if not ended:
        yield owner, Stage(StageKind.REMINDER, reminders)
        return
    yield owner, Stage(StageKind.OVERDUE, ended)
    lead = rules.departments[rules.lead_office]
    told = (*rules.departments[owner.department].with_role(Role.HEAD), *_who_keeps_keys(lead))
    for officer in dict.fromkeys(told):
        if officer.id != owner.id:
            yield officer, Stage(StageKind.ESCALATION, 1)


def _who_keeps_keys(lead: Department) -> tuple[Officer, ...]:
    """The reporters of the lead office; everybody there, where it has none."""
    return lead.with_role(Role.REPORTER) or lead.officers
