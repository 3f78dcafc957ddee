"""What is open: all that `duties` looks at, as the ledger found it at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.core.agreement import Obligation
from gateway.core.chasing import Chased, Told
from gateway.core.key_chasing import Ending
from gateway.core.matter import LetterKind
from gateway.core.rules import Rules


@dataclass(frozen=True, slots=True)
class ToJudge:
    """An arrival without a verdict. `officer` authenticated to the channel, or was vouched for."""

    arrival: str
    recorded: datetime
    officer: str | None = None
    vouched: str | None = None  # confirmed, admitted
    deaths: int = 0
    acknowledged: bool = False


@dataclass(frozen=True, slots=True)
class ToAnswer:
    """A proven arrival whose verdict no letter has told yet."""

    arrival: str
    officer: str


@dataclass(frozen=True, slots=True)
class Untold:
    """An unproven arrival that names an officer who has not heard of it. `asks`: their answer would prove it."""

    arrival: str
    officer: str
    asks: bool


@dataclass(frozen=True, slots=True)
class Unsent:
    """A letter written and not sent. `settled`: all that it speaks of has been settled without it."""

    letter: str
    kind: str
    settled: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """One dataflow and period, all departments together."""

    dataflow: str
    period: str
    submissions: tuple[str, ...]  # the current accepted versions
    fulfilled: frozenset[str]  # the obligations they fulfil
    owed: Mapping[str, datetime]  # every obligation of the cell that has opened, with its due instant
    changed: bool  # a current version was never integrated
    integration: str | None = None  # the latest
    integrated_at: datetime | None = None
    integrations: int = 0  # so far


@dataclass(frozen=True, slots=True)
class Copy:
    """The latest copy of a result that a department got, and how many it got so far."""

    result: str
    period: str
    department: str
    integrations: tuple[str, ...]
    released_at: datetime
    number: int


@dataclass(frozen=True, slots=True)
class Open:
    """All that is open. Lists of arrivals and letters may be cut to their oldest; the rest comes next time."""

    rules: Rules
    configured: str | None  # the version recorded last
    unopened: tuple[Obligation, ...] = ()
    to_judge: tuple[ToJudge, ...] = ()
    to_answer: tuple[ToAnswer, ...] = ()
    untold: tuple[Untold, ...] = ()
    unsent: tuple[Unsent, ...] = ()
    chased: tuple[Chased, ...] = ()
    told: Told = frozenset()
    ending: tuple[Ending, ...] = ()
    told_of_keys: Told = frozenset()
    cells: tuple[Cell, ...] = ()
    copies: tuple[Copy, ...] = ()
    lapsed: tuple[str, ...] = ()  # arrivals whose bytes were kept for a while only, and the while is over
    to_tell_integrated: tuple[tuple[str, str], ...] = ()  # officer, submission
    last_letters: Mapping[tuple[str | None, LetterKind], datetime] = field(default_factory=dict)
    acknowledge_after: timedelta = timedelta(minutes=2)
