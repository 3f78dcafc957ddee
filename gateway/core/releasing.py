"""When accepted tables are joined, and when results go back to those entitled.

A dataflow's tables of a period are joined when all that is owed is accepted, or else when a result must be made with
what is there; corrections renew what was joined, and what was released, at most once a day unless all is in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from gateway.core.agreement import Agreement, Obligation
from gateway.core.calendar import is_owed, local_day, obligation_for, periods_within
from gateway.core.duty import Integrate, Release
from gateway.core.open import Cell, Copy, Open
from gateway.core.period import Frequency, Period
from gateway.core.result import Result
from gateway.core.rules import Rules

Cells = Mapping[tuple[str, str], Cell]


def result_period(result: Result, period: Period) -> Period:
    """The period of the result into which a dataflow's period goes: the one in which it ends."""
    return Period.containing(period.last, result.frequency)


def planned(rules: Rules, dataflow: str, period: Period) -> Iterator[Obligation]:
    """What the agreements of today ask for that dataflow and period, opened or not."""
    for agreement in rules.agreements.values():
        if agreement.dataflow == dataflow and is_owed(agreement, period):
            timetable = rules.timetables[agreement.timetable]
            if timetable.frequency is period.frequency and period.frequency is not Frequency.ON_OCCURRENCE:
                yield obligation_for(agreement, timetable, period, rules.working_days)


def parts_of(rules: Rules, result: Result, period: Period) -> list[tuple[str, Period]]:
    """The dataflows and periods that a result of that period is made from, by today's agreements."""
    return sorted(
        {
            (agreement.dataflow, part)
            for agreement in rules.agreements.values()
            if agreement.dataflow in result.dataflows
            for part in _parts(rules, agreement, period)
        }
    )


def release_instant(rules: Rules, result: Result, period: Period) -> datetime | None:
    """When the result is made with what is there: days after the last due instant. None if nothing is ever due."""
    dues = [
        obligation.due
        for dataflow, part in parts_of(rules, result, period)
        for obligation in planned(rules, dataflow, part)
    ]
    return max(dues) + timedelta(days=result.releases_after_due_days) if dues else None


def integrations_due(open_: Open, now: datetime) -> list[Integrate]:
    """The cells to be joined now; a dataflow that is configured no more waits until it is again."""
    return [
        Integrate(
            cell.dataflow,
            cell.period,
            cell.integrations + 1,
            cell.submissions,
            tuple(sorted(_owed(open_.rules, cell) - cell.fulfilled)),
        )
        for cell in open_.cells
        if cell.changed and cell.dataflow in open_.rules.dataflows and _may_integrate(open_.rules, cell, now)
    ]


def releases_due(open_: Open, now: datetime, joining: list[Integrate]) -> list[Release]:
    """The copies to be made now; none of a result whose tables are just being joined."""
    cells = {(cell.dataflow, cell.period): cell for cell in open_.cells}
    copies = {(copy.result, copy.period, copy.department): copy for copy in open_.copies}
    busy = {(duty.dataflow, duty.period) for duty in joining}
    found = []
    for result in open_.rules.results.values():
        for period in sorted({result_period(result, Period.parse(p)) for d, p in cells if d in result.dataflows}):
            made_from = _integrations(open_.rules, result, period, cells, busy, now)
            for department in result.recipients if made_from else ():
                copy = copies.get((result.id, str(period), department))
                if _is_entitled(open_.rules, result, department, now) and _is_wanted(open_.rules, copy, made_from, now):
                    number = copy.number + 1 if copy else 1
                    found.append(Release(result.id, str(period), department, number, made_from))
    return found


def _parts(rules: Rules, agreement: Agreement, period: Period) -> Iterator[Period]:
    frequency = rules.timetables[agreement.timetable].frequency
    if frequency is not Frequency.ON_OCCURRENCE:
        yield from (part for part in periods_within(period, frequency) if is_owed(agreement, part))


def _owed(rules: Rules, cell: Cell) -> frozenset[str]:
    """All that is owed of a cell: what has opened, and what the agreements will open."""
    ahead = planned(rules, cell.dataflow, Period.parse(cell.period))
    return frozenset(cell.owed) | {obligation.id for obligation in ahead}


def _is_complete(rules: Rules, cell: Cell) -> bool:
    return cell.owed.keys() <= cell.fulfilled and _owed(rules, cell) <= cell.fulfilled


def _may_integrate(rules: Rules, cell: Cell, now: datetime) -> bool:
    if _is_complete(rules, cell):
        return True
    if _done_today(rules, cell.integrated_at, now):
        return False
    period = Period.parse(cell.period)
    results = [result for result in rules.results.values() if cell.dataflow in result.dataflows]
    instants = [release_instant(rules, result, result_period(result, period)) for result in results]
    due = [instant for instant in instants if instant is not None]
    return min(due or [_last_due(rules, cell)]) <= now


def _last_due(rules: Rules, cell: Cell) -> datetime:
    ahead = planned(rules, cell.dataflow, Period.parse(cell.period))
    return max((*cell.owed.values(), *(obligation.due for obligation in ahead)))


def _integrations(
    rules: Rules, result: Result, period: Period, cells: Cells, busy: set[tuple[str, str]], now: datetime
) -> tuple[str, ...]:
    """The integrations that a result is made from if it is to be made now, else none."""
    parts = {(dataflow, str(part)) for dataflow, part in parts_of(rules, result, period)}
    parts |= {
        key for key in cells if key[0] in result.dataflows and result_period(result, Period.parse(key[1])) == period
    }
    instant = release_instant(rules, result, period)
    complete = all(key in cells and _is_complete(rules, cells[key]) for key in parts)
    if parts & busy or not (complete or (instant is not None and instant <= now)):
        return ()
    made = (cells[key].integration for key in sorted(parts) if key in cells)
    return tuple(integration for integration in made if integration is not None)


def _is_wanted(rules: Rules, copy: Copy | None, made_from: tuple[str, ...], now: datetime) -> bool:
    if copy is None:
        return True
    return set(copy.integrations) != set(made_from) and not _done_today(rules, copy.released_at, now)


def _is_entitled(rules: Rules, result: Result, department: str, now: datetime) -> bool:
    today = local_day(now, rules.working_days.zone)
    return any(
        entitlement.department == department
        and entitlement.dataflow in result.dataflows
        and entitlement.valid_from <= today
        and (entitlement.valid_until is None or today <= entitlement.valid_until)
        for entitlement in rules.entitlements
    )


def _done_today(rules: Rules, last: datetime | None, now: datetime) -> bool:
    """Whether it was done on this day already, or on a later one: a clock set back repeats nothing."""
    zone = rules.working_days.zone
    return last is not None and local_day(last, zone) >= local_day(now, zone)
