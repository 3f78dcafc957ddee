"""What is to be joined and released: the dataflows and periods in which something changed.

A result that every recipient has, made from what is joined now, costs one row in each of two short lists; only where
something differs are the cells themselves looked at. Integrations older than the horizon are not released any more,
unless a correction brings a new one: a recipient entitled later does not get the past.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, bindparam, select

from gateway.core.open import Cell, Copy
from gateway.core.period import Period
from gateway.core.releasing import parts_of, result_period
from gateway.core.result import Result
from gateway.core.rules import Rules
from gateway.ledger.asking import Asking
from gateway.ledger.outgoing import integrations, releases
from gateway.ledger.tables import CURRENT, obligations, submissions

HORIZON = timedelta(days=100)

Key = tuple[str, str]  # dataflow, period

_periods: BindParameter[str] = bindparam("periods", expanding=True)
_CHANGED = (
    select(submissions.c.dataflow, submissions.c.period).where(submissions.c.to_integrate.is_not(None)).distinct()
)
_JOINED_SINCE = select(
    integrations.c.integrated, integrations.c.dataflow, integrations.c.period, integrations.c.integration
).where(integrations.c.integrated_at >= bindparam("since"))
_COPIES = (
    select(releases.c.result, releases.c.period, releases.c.department, releases.c.integrations, releases.c.released_at)
    .where(releases.c.period.in_(_periods))
    .order_by(releases.c.released)
)
_SUBMISSIONS = (
    select(
        submissions.c.dataflow, submissions.c.period, submissions.c.submission, submissions.c.obligation,
        submissions.c.integrated,
    )
    .where(CURRENT, submissions.c.period.in_(_periods))
    .order_by(submissions.c.department)
)  # fmt: skip
_OWED = select(
    obligations.c.dataflow, obligations.c.period, obligations.c.obligation, obligations.c.due,
    obligations.c.extended_until,
).where(obligations.c.period.in_(_periods))  # fmt: skip
_INTEGRATIONS = (
    select(integrations.c.dataflow, integrations.c.period, integrations.c.integration, integrations.c.integrated_at)
    .where(integrations.c.period.in_(_periods))
    .order_by(integrations.c.integrated)
)


class CellViews(Asking):
    """The question of what changed in which dataflow and period."""

    def cells(self, rules: Rules, now: datetime) -> tuple[tuple[Cell, ...], tuple[Copy, ...]]:
        """The cells with something to join, or to release; and the latest copies of results made from them."""
        changed = {(row.dataflow, row.period) for row in self._rows(_CHANGED)}
        joined: dict[Key, str] = {}
        for row in sorted(self._rows(_JOINED_SINCE, since=now - HORIZON)):
            joined[row.dataflow, row.period] = row.integration
        wanted: set[Key] = set(changed)
        copies: list[Copy] = []
        by_result = _by_result(rules, {*changed, *joined})
        known = self._copies({str(period) for _, period in by_result})
        for (result_id, period), keys in by_result.items():
            result = rules.results[result_id]
            mine = {one: copy for one in result.recipients if (copy := known.get((result_id, str(period), one)))}
            if _differs(result, mine, {joined[key] for key in keys if key in joined}) or keys & changed:
                wanted |= keys | {(dataflow, str(part)) for dataflow, part in parts_of(rules, result, period)}
            copies.extend(mine.values())  # always: a cell wanted for another result must not look uncopied for this one
        return tuple(self._cells(wanted)), tuple(copies)

    def cell(self, dataflow: str, period: str) -> Cell:
        """One dataflow and period as it is now."""
        return next(self._cells({(dataflow, period)}))

    def _copies(self, periods: set[str]) -> dict[tuple[str, str, str], Copy]:
        found: dict[tuple[str, str, str], Copy] = {}
        for row in self._rows(_COPIES, periods=sorted(periods)) if periods else ():
            key = (row.result, row.period, row.department)
            number = found[key].number + 1 if key in found else 1
            found[key] = Copy(*key, row.integrations, row.released_at, number)
        return found

    def _cells(self, keys: set[Key]) -> Iterator[Cell]:
        if not keys:
            return
        periods = sorted({period for _, period in keys})
        held, owed, made = (
            _grouped(self._rows(statement, periods=periods)) for statement in (_SUBMISSIONS, _OWED, _INTEGRATIONS)
        )
        for key in sorted(keys):
            last = made[key][-1] if made[key] else None
            yield Cell(
                *key,
                submissions=tuple(row.submission for row in held[key]),
                fulfilled=frozenset(row.obligation for row in held[key]),
                owed={row.obligation: row.extended_until or row.due for row in owed[key]},
                changed=any(row.integrated is None for row in held[key]),
                integration=last and last.integration,
                integrated_at=last and last.integrated_at,
                integrations=len(made[key]),
            )


def _by_result(rules: Rules, keys: set[Key]) -> dict[tuple[str, Period], set[Key]]:
    """Which of these cells go into which result of which period."""
    found: dict[tuple[str, Period], set[Key]] = defaultdict(set)
    for result in rules.results.values():
        for dataflow, period in keys:
            if dataflow in result.dataflows:
                found[result.id, result_period(result, Period.parse(period))].add((dataflow, period))
    return found


def _differs(result: Result, copies: dict[str, Copy], joined: set[str]) -> bool:
    """Whether a recipient has no copy yet, or one from other integrations than there are now."""
    return len(copies) < len(result.recipients) or any(set(copy.integrations) != joined for copy in copies.values())


def _grouped(rows: Iterable[Any]) -> dict[Key, list[Any]]:
    found: dict[Key, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.dataflow, row.period].append(row)
    return found
