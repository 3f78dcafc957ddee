"""The kinds of duty: what can be owed now. A duty's id comes from what it is about, never from when it was noticed.

Whoever performs a duty that writes a letter puts the duty's `about` into the `Written` fact: that is what settles it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from gateway.core.agreement import Obligation
from gateway.core.facts import About
from gateway.core.matter import LetterKind, Matter


class Duty(ABC):
    """Something owed now."""

    __slots__ = ()

    @property
    @abstractmethod
    def id(self) -> str: ...


class LetterDuty(Duty):
    """A duty that is done when a letter of this kind, about these things, is written."""

    __slots__ = ()
    LETTER: ClassVar[LetterKind]

    @property
    @abstractmethod
    def about(self) -> tuple[About, ...]: ...


@dataclass(frozen=True, slots=True)
class Configure(Duty):
    """Record the configuration version in force. Nothing else is owed before that."""

    version: str

    @property
    def id(self) -> str:
        return f"configure/{self.version}"


@dataclass(frozen=True, slots=True)
class OpenObligation(Duty):
    """Freeze an obligation: record `Owed`."""

    obligation: Obligation

    @property
    def id(self) -> str:
        return f"open/{self.obligation.id}"


@dataclass(frozen=True, slots=True)
class Judge(Duty):
    """Come to a verdict. `officer` sent it as far as the channel knows, or by the word of `vouched`."""

    arrival: str
    officer: str | None = None
    vouched: str | None = None  # confirmed, admitted: whose it is need not be proven again
    deaths: int = 0  # how often work on it has ended the process

    @property
    def id(self) -> str:
        return f"judge/{self.arrival}/{self.vouched}" if self.vouched else f"judge/{self.arrival}"


@dataclass(frozen=True, slots=True)
class SetArrivalAside(Duty):
    """Judging it ended the process three times: record `SetAside`, for a person to look."""

    arrival: str
    deaths: int

    @property
    def id(self) -> str:
        return f"set_aside/{self.arrival}"


@dataclass(frozen=True, slots=True)
class Erase(Duty):
    """Delete the bytes of arrivals that nobody was proven to have sent, or a person discarded, some time ago."""

    arrivals: tuple[str, ...]

    @property
    def id(self) -> str:
        return f"erase/{self.arrivals[0]}"


@dataclass(frozen=True, slots=True)
class Answer(LetterDuty):
    """Write the receipt with the verdict to the officer who proved to be the sender."""

    LETTER: ClassVar[LetterKind] = LetterKind.RECEIPT
    arrival: str
    officer: str

    @property
    def id(self) -> str:
        return f"answer/{self.arrival}"

    @property
    def about(self) -> tuple[About, ...]:
        return (Matter.VERDICT(self.arrival),)


@dataclass(frozen=True, slots=True)
class Acknowledge(LetterDuty):
    """Write "received", to an officer whom the channel knows, because the verdict takes long."""

    LETTER: ClassVar[LetterKind] = LetterKind.RECEIVED
    arrival: str
    officer: str

    @property
    def id(self) -> str:
        return f"acknowledge/{self.arrival}"

    @property
    def about(self) -> tuple[About, ...]:
        return (Matter.RECEIVED(self.arrival),)


@dataclass(frozen=True, slots=True)
class AskConfirmation(LetterDuty):
    """Ask a registered address which of these it sent: a `Questioned` fact and a one-time code for each, one letter."""

    LETTER: ClassVar[LetterKind] = LetterKind.QUESTION
    officer: str
    day: date
    arrivals: tuple[str, ...]

    @property
    def id(self) -> str:
        return f"ask/{self.officer}/{self.day}"

    @property
    def about(self) -> tuple[About, ...]:
        return tuple(Matter.QUESTION(arrival) for arrival in self.arrivals)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a digest: an obligation at a stage (`reminder-1`, `overdue-2`, `escalation-1` …)."""

    obligation: str
    stage: str


@dataclass(frozen=True, slots=True)
class KeyItem:
    """One line of a digest: a key at a stage, by the name that `key_chasing` gives it."""

    key: str
    stage: str


@dataclass(frozen=True, slots=True)
class Digest(LetterDuty):
    """Write the one letter of the day: what is owed, which keys end, and which unproven mail named the officer."""

    LETTER: ClassVar[LetterKind] = LetterKind.DIGEST
    officer: str
    day: date
    items: tuple[Item, ...]
    unproven: tuple[str, ...] = ()
    keys: tuple[KeyItem, ...] = ()

    @property
    def id(self) -> str:
        return f"digest/{self.officer}/{self.day}"

    @property
    def about(self) -> tuple[About, ...]:
        chased = tuple(Matter.OBLIGATION(item.obligation, item.stage) for item in self.items)
        ending = tuple(Matter.KEY(item.key, item.stage) for item in self.keys)
        return chased + ending + tuple(Matter.UNPROVEN(arrival) for arrival in self.unproven)


@dataclass(frozen=True, slots=True)
class IntegratedReceipt(LetterDuty):
    """Write the last stage of the receipt: these submissions have been joined into the whole."""

    LETTER: ClassVar[LetterKind] = LetterKind.INTEGRATED
    officer: str
    day: date
    submissions: tuple[str, ...]

    @property
    def id(self) -> str:
        return f"integrated/{self.officer}/{self.day}"

    @property
    def about(self) -> tuple[About, ...]:
        return tuple(Matter.INTEGRATED(submission) for submission in self.submissions)


@dataclass(frozen=True, slots=True)
class CheckpointLetter(LetterDuty):
    """Write the day's checkpoint to the auditor's address."""

    LETTER: ClassVar[LetterKind] = LetterKind.CHECKPOINT
    day: date

    @property
    def id(self) -> str:
        return f"checkpoint/{self.day}"

    @property
    def about(self) -> tuple[About, ...]:
        return (Matter.CHECKPOINT(self.day.isoformat()),)


@dataclass(frozen=True, slots=True)
class Send(Duty):
    """Hand a written letter over, and record `Sent`."""

    letter: str

    @property
    def id(self) -> str:
        return f"send/{self.letter}"


@dataclass(frozen=True, slots=True)
class Drop(Duty):
    """Record that a letter became obsolete unsent. `why`: fulfilled, judged, settled."""

    letter: str
    why: str

    @property
    def id(self) -> str:
        return f"drop/{self.letter}"


@dataclass(frozen=True, slots=True)
class Integrate(Duty):
    """Join the accepted tables of a dataflow and period; the `number`-th time. `missing` are obligations."""

    dataflow: str
    period: str
    number: int
    submissions: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def id(self) -> str:
        return f"integrate/{self.dataflow}/{self.period}/{self.number}"


@dataclass(frozen=True, slots=True)
class Release(Duty):
    """Make one recipient's copy of a result from these integrations, and write its delivery; the `number`-th time."""

    result: str
    period: str
    department: str
    number: int
    integrations: tuple[str, ...]

    @property
    def id(self) -> str:
        return f"release/{self.result}/{self.period}/{self.department}/{self.number}"
