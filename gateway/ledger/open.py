"""What is open, as `duties` wants it: each question goes through an index of open rows alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, exists, select

from gateway.core.agreement import Obligation
from gateway.core.calendar import day_begins, extended, may_write, obligations_due_to_open
from gateway.core.chasing import Chased, Told, is_outdated
from gateway.core.key_chasing import Ending, endings
from gateway.core.matter import LetterKind, Matter
from gateway.core.open import Open, ToAnswer, ToJudge, Unsent, Untold
from gateway.core.refusal import Refusal
from gateway.core.rules import Rules
from gateway.ledger.cells import CellViews
from gateway.ledger.letters import UNSENT, LetterViews
from gateway.ledger.obligations import OBLIGATION, ObligationViews, obligation_of
from gateway.ledger.outgoing import letter_about, letters
from gateway.ledger.tables import LAPSES, arrivals, obligations, submissions
from gateway.rows import Prepared

_AT_ONCE = 100  # erased: what is deleted is overwritten, and the writer does nothing else meanwhile
_LOOK_BACK = timedelta(days=3)  # for letters written once a day; longer than any clock is set back
_DAILY = (LetterKind.QUESTION, LetterKind.DIGEST, LetterKind.INTEGRATED, LetterKind.CHECKPOINT)

_DROPPABLE = (LetterKind.DIGEST, LetterKind.RECEIVED, LetterKind.QUESTION)

_acknowledged = exists().where(
    letter_about.c.kind == Matter.RECEIVED.value[0],
    letter_about.c.id == arrivals.c.arrival,
    letter_about.c.stage == Matter.RECEIVED.value[1],
)
_TO_JUDGE = Prepared(
    select(
        arrivals.c.arrival, arrivals.c.recorded, arrivals.c.officer, arrivals.c.vouched_officer,
        arrivals.c.vouched_kind, arrivals.c.deaths, _acknowledged,
    )
    .where(arrivals.c.waits.is_not(None))
    .order_by(arrivals.c.waits)
    .limit(bindparam("limit"))
)  # fmt: skip
_TO_ANSWER = Prepared(
    select(arrivals.c.arrival, arrivals.c.proof_officer)
    .where(arrivals.c.answer.is_not(None))
    .order_by(arrivals.c.answer)
    .limit(bindparam("limit"))
)
_UNTOLD = Prepared(
    select(arrivals.c.arrival, arrivals.c.tell, arrivals.c.refusal)
    .where(arrivals.c.tell.is_not(None))
    .order_by(arrivals.c.judged)
    .limit(bindparam("limit"))
)
_UNSENT = Prepared(
    select(letters.c.letter, letters.c.kind).where(UNSENT).order_by(letters.c.written).limit(bindparam("limit"))
)
_MATTERS = (
    select(
        letter_about.c.letter,
        letter_about.c.kind,
        letter_about.c.id,
        letter_about.c.stage,
        obligations.c.accepted,
        obligations.c.extensions,
        arrivals.c.judged,
        arrivals.c.waits,
        arrivals.c.vouched,
        arrivals.c.discarded,
    )
    .select_from(letter_about)
    .outerjoin(obligations, and_(letter_about.c.kind == "obligation", obligations.c.obligation == letter_about.c.id))
    .outerjoin(arrivals, and_(letter_about.c.kind == "arrival", arrivals.c.arrival == letter_about.c.id))
    .where(letter_about.c.letter.in_(bindparam("letters", expanding=True)))
)
_chasable = and_(
    obligations.c.accepted.is_(None), obligations.c.shuts > bindparam("now"), obligations.c.chase <= bindparam("now")
)
_CHASED = select(*OBLIGATION, obligations.c.extended_until, obligations.c.extensions, obligations.c.extended_at).where(
    _chasable
)
_TOLD = (
    select(letters.c.officer, letter_about.c.id, letter_about.c.stage)
    .select_from(letter_about)
    .join(letters, letters.c.letter == letter_about.c.letter)
    .where(
        letter_about.c.kind == "obligation",
        letter_about.c.id.in_(select(obligations.c.obligation).where(_chasable)),
    )
)
_TOLD_OF_KEYS = (
    select(letters.c.officer, letter_about.c.id, letter_about.c.stage)
    .select_from(letter_about)
    .join(letters, letters.c.letter == letter_about.c.letter)
    .where(
        letter_about.c.kind == Matter.KEY.value[0],
        letter_about.c.id.in_(bindparam("names", expanding=True)),
    )
)
_LAPSED = Prepared(
    select(arrivals.c.arrival)
    .where(LAPSES, arrivals.c.kept_since < bindparam("before"))
    .order_by(arrivals.c.kept_since)
    .limit(bindparam("limit"))
)
_SHOWN = Prepared(select(obligations.c.obligation).where(obligations.c.shuts > bindparam("now")))
_TO_TELL_INTEGRATED = Prepared(
    select(submissions.c.officer, submissions.c.submission)
    .where(submissions.c.tell_integrated.is_not(None), submissions.c.officer.is_not(None))
    .order_by(submissions.c.judged)
)
_LAST_LETTERS = (
    select(letters.c.officer, letters.c.kind, letters.c.written_at)
    .where(letters.c.kind.in_([kind.value for kind in _DAILY]), letters.c.written_at >= bindparam("since"))
    .order_by(letters.c.written_at)
)


class OpenViews(CellViews, ObligationViews, LetterViews):
    """The question of what is open."""

    def open(
        self,
        rules: Rules,
        now: datetime,
        *,
        limit: int = 500,
        acknowledge_after: timedelta = timedelta(minutes=2),
        unproven_kept: timedelta = timedelta(days=90),
    ) -> Open:
        """What is open at this instant, for `duties`. At most `limit` arrivals and letters, the oldest."""
        may_chase = may_write(now, rules.working_days)
        configuration = self.configuration()
        cells, copies = self.cells(rules, now)
        ending = _ending(rules, now)
        return Open(
            rules=rules,
            configured=configuration.version if configuration else None,
            unopened=self._unopened(rules, now),
            to_judge=tuple(map(_to_judge, self._rows(_TO_JUDGE, limit=limit))),
            to_answer=tuple(ToAnswer(*row) for row in self._rows(_TO_ANSWER, limit=limit)),
            untold=tuple(
                Untold(arrival, officer, refusal == Refusal.UNCONFIRMED)
                for arrival, officer, refusal in self._rows(_UNTOLD, limit=limit)
            ),
            unsent=self._unsent_letters(limit, ending),
            chased=tuple(map(_chased, self._rows(_CHASED, now=now))) if may_chase else (),
            told=frozenset(tuple(row) for row in self._rows(_TOLD, now=now)) if may_chase else frozenset(),
            ending=ending,
            told_of_keys=self._told_of_keys(ending) if may_chase else frozenset(),
            cells=cells,
            copies=copies,
            lapsed=self._lapsed(rules, now, unproven_kept),
            to_tell_integrated=tuple(tuple(row) for row in self._rows(_TO_TELL_INTEGRATED)) if may_chase else (),
            last_letters={
                (officer, LetterKind(kind)): at
                for officer, kind, at in self._rows(_LAST_LETTERS, since=now - _LOOK_BACK)
            },
            acknowledge_after=acknowledge_after,
        )

    def _lapsed(self, rules: Rules, now: datetime, kept: timedelta) -> tuple[str, ...]:
        """Days count, not instants: so that what lapses within a day is erased together."""
        before = day_begins(now, rules.working_days.zone) - kept
        return tuple(row[0] for row in self._rows(_LAPSED, before=before, limit=_AT_ONCE))

    def _unopened(self, rules: Rules, now: datetime) -> tuple[Obligation, ...]:
        planned = _planned(rules, now)
        shown = {row[0] for row in self._rows(_SHOWN, now=now)}
        doubtful = [obligation.id for obligation in planned if obligation.id not in shown]
        known = shown | self.known_obligations(doubtful)
        return tuple(obligation for obligation in planned if obligation.id not in known)

    def _told_of_keys(self, ending: tuple[Ending, ...]) -> Told:
        names = [one.name for one in ending]
        return frozenset(tuple(row) for row in self._rows(_TOLD_OF_KEYS, names=names)) if names else frozenset()

    def _unsent_letters(self, limit: int, ending: tuple[Ending, ...]) -> tuple[Unsent, ...]:
        found = self._rows(_UNSENT, limit=limit)
        droppable = [letter for letter, kind in found if kind in _DROPPABLE]
        settled = self._settled(droppable, {one.name for one in ending}) if droppable else set()
        return tuple(Unsent(letter, kind, letter in settled) for letter, kind in found)

    def _settled(self, wanted: list[str], ending: set[str]) -> set[str]:
        """Those of the letters of which every matter has been settled without them."""
        by_letter: dict[str, list[bool]] = {letter: [] for letter in wanted}
        for row in self._rows(_MATTERS, letters=wanted):
            by_letter[row.letter].append(_is_settled(row, ending))
        return {letter for letter, settled in by_letter.items() if settled and all(settled)}


class _Plan:
    """What was open, and which keys end, by the calendar when it was last asked: a large county's takes long."""

    last: tuple[Rules, datetime, list[Obligation]] | None = None
    ending: tuple[Rules, datetime, tuple[Ending, ...]] | None = None


def _planned(rules: Rules, now: datetime) -> list[Obligation]:
    """What is open by the calendar, worked out once a minute: everything opens and closes at whole minutes."""
    minute = now.replace(second=0, microsecond=0)
    last = _Plan.last
    if last is None or last[0] is not rules or last[1] != minute:
        _Plan.last = last = (rules, minute, obligations_due_to_open(rules, minute, frozenset()))
    return last[2]


def _ending(rules: Rules, now: datetime) -> tuple[Ending, ...]:
    """The keys that end, looked for once a minute."""
    minute = now.replace(second=0, microsecond=0)
    last = _Plan.ending
    if last is None or last[0] is not rules or last[1] != minute:
        _Plan.ending = last = (rules, minute, endings(rules, minute))
    return last[2]


def _to_judge(row: Any) -> ToJudge:
    arrival, recorded, officer, vouched_officer, vouched, deaths, acknowledged = row
    return ToJudge(arrival, recorded, vouched_officer if vouched else officer, vouched, deaths, acknowledged)


def _chased(row: Any) -> Chased:
    until, granted, at = row[-3:]
    obligation = obligation_of(row)
    return Chased(extended(obligation, until) if until else obligation, granted, at)


def _is_settled(row: Any, ending: set[str]) -> bool:
    if row.kind == Matter.KEY.value[0]:
        return row.id not in ending
    if row.kind == Matter.OBLIGATION.value[0]:
        outdated = row.extensions is not None and is_outdated(row.stage, row.extensions)
        return outdated or row.accepted is not None
    if row.stage == Matter.RECEIVED.value[1]:
        return row.judged is not None and row.waits is None
    return row.vouched is not None or row.discarded is not None
