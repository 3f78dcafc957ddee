"""Facts about what is owed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from gateway.core.facts.fact import Fact


@dataclass(frozen=True, slots=True)
class Owed(Fact):
    """An obligation opened, frozen with its instants."""

    KIND: ClassVar[str] = "owed"
    obligation: str
    department: str
    dataflow: str
    period: str
    opens: datetime
    due: datetime
    closes: datetime
    reminders: tuple[datetime, ...]
    overdue: tuple[datetime, ...]
    escalate: datetime


@dataclass(frozen=True, slots=True)
class Extended(Fact):
    """A later due instant was granted. The reason is in the vault."""

    KIND: ClassVar[str] = "extended"
    obligation: str
    until: datetime
    by: str
    reason: str
