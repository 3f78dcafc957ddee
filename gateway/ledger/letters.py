"""What is known of letters, alarms, accesses, configurations and the journal's eras."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, exists, func, select

from gateway.core.facts import About
from gateway.core.matter import LetterKind
from gateway.ledger.answers import Access, Alarm, Configuration, Erasure, Letter
from gateway.ledger.asking import Asking, columns_for
from gateway.ledger.columns import Instant
from gateway.ledger.outgoing import (
    accesses,
    alarms,
    configurations,
    eras,
    erased_blobs,
    letter_about,
    letters,
)
from gateway.ledger.tables import ACCEPTED, arrivals, submissions
from gateway.rows import Prepared

_LETTER_COLUMNS = columns_for(Letter, letters, ["about"])
_FIELDS = [column.name for column in _LETTER_COLUMNS]
_LETTER = select(*_LETTER_COLUMNS)
_BY_ID = Prepared(_LETTER.where(letters.c.letter == bindparam("letter")))
_IS_WRITTEN = Prepared(select(letters.c.letter).where(letters.c.letter == bindparam("letter")))
_ABOUT = Prepared(
    select(letter_about.c.kind, letter_about.c.id, letter_about.c.stage)
    .where(letter_about.c.letter == bindparam("letter"))
    .order_by(letter_about.c.position)
)
UNSENT = and_(letters.c.sent.is_(None), letters.c.dropped.is_(None), letters.c.undeliverable.is_(None))
_WAITING = Prepared(_LETTER.where(letters.c.letter == bindparam("letter"), UNSENT))
_accepts = exists().where(
    letter_about.c.letter == letters.c.letter,
    submissions.c.arrival == letter_about.c.id,
    ACCEPTED,
)
_FRUITLESS = Prepared(
    select(
        select(func.count())
        .select_from(letters)
        .where(
            letters.c.kind == LetterKind.RECEIPT.value,
            letters.c.written_at > bindparam("since", type_=Instant),
            letters.c.officer == bindparam("officer"),
            ~_accepts,
        )
        .scalar_subquery()
        + select(func.count())
        .select_from(arrivals)
        .where(arrivals.c.answer.is_not(None), arrivals.c.proof_officer == bindparam("officer"))
        .scalar_subquery()
    )
)
_CONFIGURATION = Prepared(
    select(*columns_for(Configuration, configurations)).order_by(configurations.c.configured.desc()).limit(1)
)
_ALARM = select(*columns_for(Alarm, alarms))


class LetterViews(Asking):
    """Questions about what went out, and what else the journal tells."""

    def letter(self, letter: str) -> Letter | None:
        row = self._first(_BY_ID, letter=letter)
        return None if row is None else _letter(row, self._rows(_ABOUT, letter=letter))

    def unsent_letter(self, letter: str) -> Letter | None:
        """A letter that still waits for its way out, without what it is about; None for any other."""
        row = self._first(_WAITING, letter=letter)
        return None if row is None else _letter(row, [])

    def has_letter(self, letter: str) -> bool:
        """Whether it was written: a duty for it that is noticed twice must not write it twice."""
        return self._first(_IS_WRITTEN, letter=letter) is not None

    def unsent(self) -> list[Letter]:
        """Written, and neither sent nor dropped nor refused for good; oldest first."""
        return self._letters(_LETTER.where(UNSENT).order_by(letters.c.written))

    def letters_for(self, about: About) -> list[Letter]:
        """All letters that speak of a thing; at any stage, if the stage is empty."""
        same = and_(letter_about.c.kind == about.kind, letter_about.c.id == about.id)
        if about.stage:
            same = and_(same, letter_about.c.stage == about.stage)
        named = select(letter_about.c.letter).where(same)
        return self._letters(_LETTER.where(letters.c.letter.in_(named)).order_by(letters.c.written))

    def fruitless_answers(self, officer: str, since: datetime) -> int:
        """How many answers an officer got after that instant that accepted nothing, and how many are being written."""
        row = self._first(_FRUITLESS, officer=officer, since=since)
        return int(row[0])

    def alarms(self, since: datetime | None = None) -> list[Alarm]:
        """What a person must look at, newest first."""
        wanted = _ALARM if since is None else _ALARM.where(alarms.c.at >= since)
        return [Alarm(*row) for row in self._rows(wanted.order_by(alarms.c.index.desc()))]

    def configuration(self) -> Configuration | None:
        """The version recorded last."""
        row = self._first(_CONFIGURATION)
        return None if row is None else Configuration(*row)

    def configurations(self) -> list[Configuration]:
        found = select(*columns_for(Configuration, configurations)).order_by(configurations.c.configured)
        return [Configuration(*row) for row in self._rows(found)]

    def era(self) -> tuple[str, int] | None:
        """The origin and the number of the journal's present era."""
        row = self._first(select(eras.c.origin, eras.c.era).order_by(eras.c.began.desc()).limit(1))
        return None if row is None else (row[0], row[1])

    def accesses(self, what: str | None = None) -> list[Access]:
        """Who looked at personal data, oldest first; at one thing, or at all."""
        found = select(*columns_for(Access, accesses)).order_by(accesses.c.accessed)
        return [Access(*row) for row in self._rows(found if what is None else found.where(accesses.c.what == what))]

    def erasure(self, blob: str) -> Erasure | None:
        """When and why a blob was deleted, if it was."""
        row = self._first(select(*columns_for(Erasure, erased_blobs)).where(erased_blobs.c.blob == blob))
        return None if row is None else Erasure(*row)

    def _letters(self, statement: Any) -> list[Letter]:
        return [_letter(row, self._rows(_ABOUT, letter=row.letter)) for row in self._rows(statement)]


def _letter(row: Sequence[Any], about: list[Any]) -> Letter:
    known = dict(zip(_FIELDS, row, strict=True))
    return Letter(**known, about=tuple(About(*matter) for matter in about))
