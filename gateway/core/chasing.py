"""Who is to be reminded of what: the last stage that is due and not yet told, never the ones before it.

Reminders and overdue notices go to the department's reporters (to everybody, where it has none), overdue notices to
its deputies too, and the escalation to its heads. An extension begins a new round of stages around the new due
instant; those that had passed when it was granted are not told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.core.agreement import Obligation
from gateway.core.duty import Item
from gateway.core.parties import Department, Officer, Role


class StageKind(StrEnum):
    REMINDER = "reminder"
    OVERDUE = "overdue"
    ESCALATION = "escalation"


_RANK = {StageKind.REMINDER: 0, StageKind.OVERDUE: 1, StageKind.ESCALATION: 2}


@dataclass(frozen=True, slots=True)
class Stage:
    """How far the chasing of an obligation has come: `reminder-1`, or `overdue-2+1` after one extension."""

    kind: StageKind
    number: int
    round: int = 0

    @classmethod
    def parse(cls, text: str) -> Stage:
        """Raises `ValueError` for what `str(stage)` never gives."""
        kind, _, rest = text.partition("-")
        number, _, extensions = rest.partition("+")
        return cls(StageKind(kind), int(number), int(extensions or 0))

    @property
    def order(self) -> tuple[int, int, int]:
        return self.round, _RANK[self.kind], self.number

    def __str__(self) -> str:
        return f"{self.kind}-{self.number}" + (f"+{self.round}" if self.round else "")


@dataclass(frozen=True, slots=True)
class Chased:
    """An obligation that is not fulfilled, with its instants as the latest extension left them."""

    obligation: Obligation
    extensions: int = 0
    extended_at: datetime | None = None


Told = Set[tuple[str, str, str]]  # officer, obligation or key, stage: what letters have said so far


def items_by_officer(
    chased: tuple[Chased, ...], departments: Mapping[str, Department], told: Told, now: datetime
) -> dict[str, tuple[Item, ...]]:
    """What each officer is to be told now; officers with nothing to be told are left out."""
    highest = highest_told(told)
    found: dict[str, list[Item]] = {}
    for one in chased:
        department = departments.get(one.obligation.department)
        if department is None:
            continue
        for officer, stage in _stages_due(one, department, now):
            known = highest.get((officer.id, one.obligation.id, stage.kind is StageKind.ESCALATION))
            if known is None or known < stage.order:
                found.setdefault(officer.id, []).append(Item(one.obligation.id, str(stage)))
    return {officer: tuple(items) for officer, items in found.items()}


def is_outdated(stage: str, extensions: int) -> bool:
    """Whether what a letter says of an obligation was overtaken by an extension."""
    return Stage.parse(stage).round < extensions


def _stages_due(chased: Chased, department: Department, now: datetime) -> Iterator[tuple[Officer, Stage]]:
    obligation = chased.obligation
    if obligation.closes <= now:
        return
    reminder = _last_due(StageKind.REMINDER, obligation.reminders, chased, now)
    overdue = _last_due(StageKind.OVERDUE, obligation.overdue, chased, now)
    escalation = _last_due(StageKind.ESCALATION, (obligation.escalate,), chased, now)
    reporters = department.with_role(Role.REPORTER) or department.officers
    if overdue:
        for officer in dict.fromkeys((*reporters, *department.with_role(Role.DEPUTY))):
            yield officer, overdue
    elif reminder:
        for officer in reporters:
            yield officer, reminder
    if escalation:
        for officer in department.with_role(Role.HEAD):
            yield officer, escalation


def _last_due(kind: StageKind, instants: tuple[datetime, ...], chased: Chased, now: datetime) -> Stage | None:
    """The last of these instants that has come, unless it had come already when the extension was granted."""
    number = sum(instant <= now for instant in instants)
    if not number or (chased.extended_at is not None and instants[number - 1] <= chased.extended_at):
        return None
    return Stage(kind, number, chased.extensions)


def highest_told(told: Told) -> dict[tuple[str, str, bool], tuple[int, int, int]]:
    """How far each officer was told of each thing, escalations apart."""
    highest: dict[tuple[str, str, bool], tuple[int, int, int]] = {}
    for officer, obligation, text in told:
        stage = Stage.parse(text)
        key = (officer, obligation, stage.kind is StageKind.ESCALATION)
        highest[key] = max(highest.get(key, stage.order), stage.order)
    return highest
