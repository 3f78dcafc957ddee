"""What performing a duty needs, in one place: the store, the rules in force, the means of judging, the ways out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from gateway.core.letters import Letters
from gateway.core.open import Open
from gateway.core.rules import Rules
from gateway.judge.case import Means
from gateway.judge.examiners import Examiners
from gateway.ledger.views import View
from gateway.outside import Chance, Clock, Outlet
from gateway.store import Store

MAIL, FOLDER = "mail", "folder"


class Desk(Protocol):
    """What writing a letter needs, for those who do nothing else."""

    @property
    def store(self) -> Store: ...

    @property
    def rules(self) -> Rules: ...

    @property
    def letters(self) -> Letters: ...

    @property
    def clock(self) -> Clock: ...


@dataclass(frozen=True, slots=True)
class Office:
    """Everything that is the same for all duties of one configuration version.

    `source` is the configuration's text, kept with its `Configured` fact. `outlets` are by name: mail, folder.
    `key` is the id of our own sealing and signing keys as departments know it.
    Without `examiners` everything is examined in this process.
    """

    store: Store
    rules: Rules
    source: bytes = field(repr=False)
    letters: Letters
    means: Means
    outlets: Mapping[str, Outlet]
    clock: Clock
    chance: Chance
    key: str
    signing_seed: bytes = field(repr=False)
    confirmation_expires: timedelta = timedelta(days=7)
    acknowledge_after: timedelta = timedelta(minutes=2)
    unproven_kept: timedelta = timedelta(days=90)
    examiners: Examiners | None = None

    def open(self, view: View, now: datetime) -> Open:
        """What is open, by the rules and terms of this office."""
        return view.open(self.rules, now, acknowledge_after=self.acknowledge_after, unproven_kept=self.unproven_kept)
