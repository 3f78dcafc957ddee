"""What is known of obligations: how each stands, which are missing, and the board."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, literal, or_, select

from gateway.core.agreement import Agreement, Obligation
from gateway.core.calendar import extended, is_owed, obligation_for, obligation_id
from gateway.core.decide import OF_THE_MOMENT, Claim, Known
from gateway.core.period import Period
from gateway.core.rules import Rules
from gateway.core.standing import Standing
from gateway.ledger.answers import BoardRow, Extension
from gateway.ledger.arrivals import ArrivalViews
from gateway.ledger.columns import spelled
from gateway.ledger.tables import CURRENT, extensions, obligations, submissions
from gateway.rows import Prepared

OBLIGATION = [
    obligations.c.obligation, obligations.c.department, obligations.c.dataflow, obligations.c.period,
    obligations.c.opens, obligations.c.due, obligations.c.closes, obligations.c.reminders, obligations.c.overdue,
    obligations.c.escalate,
]  # fmt: skip
_SAME = submissions.c.obligation == obligations.c.obligation
_ADMITTED = and_(
    submissions.c.verdict.in_(spelled(("accepted", "rejected"))),
    or_(submissions.c.refusal.is_(None), submissions.c.refusal.not_in(spelled(sorted(OF_THE_MOMENT)))),
)
_REJECTED = and_(_ADMITTED, submissions.c.verdict == "rejected")


def _latest_admitted(column: ColumnElement[Any]) -> ColumnElement[Any]:
    latest = select(column).where(_SAME, _ADMITTED).order_by(submissions.c.judged.desc()).limit(1)
    return latest.correlate(obligations).scalar_subquery()


_STANDING: Select[Any] = select(
    *OBLIGATION,
    obligations.c.extended_until,
    obligations.c.extensions,
    obligations.c.accepted,
    obligations.c.first_had,
    select(submissions.c.nil).where(submissions.c.submission == obligations.c.accepted).scalar_subquery(),
    select(func.max(submissions.c.version)).where(_SAME).correlate(obligations).scalar_subquery(),
    select(func.count()).where(_SAME, _REJECTED).correlate(obligations).scalar_subquery(),
    _latest_admitted(submissions.c.verdict),
    _latest_admitted(submissions.c.submission),
)
_ONE = Prepared(_STANDING.where(obligations.c.obligation == bindparam("obligation")))
_of_this = submissions.c.obligation == bindparam("obligation")
# One question instead of six: each costs the writer more to ask than SQLite to answer.
_KNOWN_FOR = Prepared(
    select(
        select(func.max(submissions.c.version)).where(_of_this).scalar_subquery(),
        select(submissions.c.submission).where(_of_this, CURRENT).scalar_subquery(),
        select(submissions.c.sameness).where(_of_this, CURRENT).scalar_subquery(),
        select(submissions.c.submission)
        .where(submissions.c.manifest == bindparam("manifest"), _ADMITTED)
        .order_by(submissions.c.judged)
        .limit(1)
        .scalar_subquery(),
        select(func.max(submissions.c.sequence))
        .where(
            submissions.c.key == bindparam("key"),
            submissions.c.dataflow == bindparam("dataflow"),
            submissions.c.period == bindparam("period"),
            _ADMITTED,
        )
        .scalar_subquery(),
        obligations.c.extended_until,
        *OBLIGATION,
    ).select_from(
        select(literal(1).label("one"))
        .subquery()
        .outerjoin(obligations, obligations.c.obligation == bindparam("obligation"))
    )
)
_OPEN = _STANDING.where(obligations.c.opens <= bindparam("now"), obligations.c.shuts > bindparam("now")).order_by(
    obligations.c.due, obligations.c.obligation
)
_OPEN_OF = Prepared(_OPEN.where(obligations.c.department == bindparam("department")))
_MISSING = _OPEN.where(obligations.c.accepted.is_(None))
_KNOWN = select(obligations.c.obligation)
_MANY = 500  # names in one question


class ObligationViews(ArrivalViews):
    """Questions about what is owed."""

    def standing(self, obligation: str) -> Standing | None:
        """How an obligation stands; None while it hasn't opened."""
        row = self._first(_ONE, obligation=obligation)
        return None if row is None else _standing(row)

    def open_standings(self, now: datetime, department: str | None = None) -> list[Standing]:
        """What may be reported now, fulfilled or not, earliest due first."""
        found = (
            self._rows(_OPEN, now=now) if department is None else self._rows(_OPEN_OF, now=now, department=department)
        )
        return [_standing(row) for row in found]

    def missing(self, now: datetime) -> list[Standing]:
        """What is past its due instant, not closed yet, and not accepted (rejected or not come at all)."""
        found = [_standing(row) for row in self._rows(_MISSING, now=now)]
        return [standing for standing in found if now >= standing.effective.due]

    def standings_for(self, period: str) -> list[Standing]:
        found = _STANDING.where(obligations.c.period == period).order_by(obligations.c.obligation)
        return [_standing(row) for row in self._rows(found)]

    def extensions_of(self, obligation: str) -> list[Extension]:
        found = select(extensions.c.extended_at, extensions.c.until, extensions.c.by, extensions.c.reason)
        wanted = found.where(extensions.c.obligation == obligation).order_by(extensions.c.extended)
        return [Extension(*row) for row in self._rows(wanted)]

    def known_obligations(self, ids: Sequence[str]) -> set[str]:
        """Which of these have opened."""
        known: set[str] = set()
        for start in range(0, len(ids), _MANY):
            some = obligations.c.obligation.in_(ids[start : start + _MANY])
            known.update(row[0] for row in self._rows(_KNOWN.where(some)))
        return known

    def board(self, now: datetime, period: str | None = None) -> list[BoardRow]:
        """Departments × dataflows: for one period, or for each the latest that is open."""
        if period is not None:
            return [_board_row(standing, now) for standing in self.standings_for(period)]
        latest: dict[tuple[str, str], Standing] = {}
        for standing in sorted(self.open_standings(now), key=lambda one: one.obligation.opens):
            latest[standing.obligation.department, standing.obligation.dataflow] = standing
        return [_board_row(latest[key], now) for key in sorted(latest)]

    def known_for(self, claim: Claim, rules: Rules) -> Known:
        """All that bears on a claim, for `decide`. Ask it in the transaction that records the verdict."""
        agreement = rules.agreements.get(f"{claim.department}/{claim.dataflow}")
        versions, accepted, sameness, seen, sequence, until, *opened = self._first(
            _KNOWN_FOR,
            obligation=obligation_id(claim.department, claim.dataflow, claim.period),
            manifest=claim.manifest,
            key=claim.key,
            dataflow=claim.dataflow,
            period=str(claim.period),
        )
        if opened[0] is None:
            obligation = _planned(claim, agreement, rules)
        else:
            obligation = extended(obligation_of(opened), until) if until else obligation_of(opened)
        return Known(agreement, obligation, versions or 0, accepted, sameness, seen, sequence)


def _planned(claim: Claim, agreement: Agreement | None, rules: Rules) -> Obligation | None:
    """The obligation that a claim speaks to, as the calendar plans it, where it hasn't opened."""
    if agreement is None or not is_owed(agreement, claim.period):
        return None
    timetable = rules.timetables[agreement.timetable]
    if timetable.frequency is not claim.period.frequency:
        return None
    return obligation_for(agreement, timetable, claim.period, rules.working_days)


def obligation_of(row: Sequence[Any]) -> Obligation:
    """From the columns of `OBLIGATION`, in their order."""
    name, department, dataflow, period, *instants = row[:10]
    return Obligation(name, department, dataflow, Period.parse(period), *instants)


def _standing(row: Sequence[Any]) -> Standing:
    until, granted, accepted, first_had, nil, versions, rejected, latest_verdict, latest = row[10:]
    return Standing(
        obligation_of(row),
        until,
        granted,
        accepted,
        first_had,
        bool(nil),
        versions or 0,
        rejected,
        latest if latest_verdict == "rejected" else None,
    )


def _board_row(standing: Standing, now: datetime) -> BoardRow:
    obligation = standing.effective
    return BoardRow(
        obligation.department,
        obligation.dataflow,
        str(obligation.period),
        standing.state(now),
        standing.nil,
        standing.extended_until is not None,
        obligation.due,
        standing.versions,
        standing.rejected,
        standing.accepted,
        standing,
    )
