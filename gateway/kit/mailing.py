"""The kit by mail: a letter like any other, written once and sent by the outbox when its fact is under a checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from gateway.core.duty import LetterDuty
from gateway.core.facts import About
from gateway.core.letters import Letters
from gateway.core.matter import LetterKind, Matter
from gateway.core.message import Attachment, letter_id
from gateway.core.rules import Rules
from gateway.kit.terms import Terms
from gateway.kit.ways import ways_to_send
from gateway.outside import Clock
from gateway.perform.writing import write_letter
from gateway.store import Store

NEXT = 6  # deadlines told in the letter itself; the guide has them all


@dataclass(frozen=True, slots=True)
class KitLetter(LetterDuty):
    """Somebody asked for this officer's kit to be mailed: at most once a day."""

    LETTER: ClassVar[LetterKind] = LetterKind.KIT
    officer: str
    year: int
    day: date

    @property
    def id(self) -> str:
        return f"kit/{self.officer}/{self.year}/{self.day}"

    @property
    def about(self) -> tuple[About, ...]:
        return (Matter.KIT(f"{self.officer}/{self.year}"),)


@dataclass(frozen=True, slots=True)
class Desk:
    """What writing takes, outside the daemon."""

    store: Store
    rules: Rules
    letters: Letters
    clock: Clock


def mail_kit(desk: Desk, terms: Terms, kit: Sequence[Attachment]) -> tuple[str, bool]:
    """Write the letter that takes the kit to its officer: its id, and whether it was not written today already."""
    duty = KitLetter(terms.officer.id, terms.year, terms.day)
    is_new = write_letter(desk, duty, terms.officer, letter_values(terms, kit), kit)
    return letter_id(duty.id), is_new


def letter_values(terms: Terms, kit: Sequence[Attachment]) -> dict[str, object]:
    """What the letter speaks of."""
    language = terms.language
    coming = [
        {"title": one.dataflow.titles[language], "period": str(owed.period), "due": owed.due}
        for one, owed in terms.deadlines
        if owed.due > terms.at
    ]
    return {
        "year": terms.year,
        "department": terms.department.titles[language],
        "files": [file.name for file in kit],
        "coming": coming[:NEXT],
        "more": max(0, len(coming) - NEXT),
        "at_once": [one.dataflow.titles[language] for one in terms.owing if one.at_once],
        "ways": ways_to_send(terms),
        "fingerprint": terms.key.fingerprint,
    }
