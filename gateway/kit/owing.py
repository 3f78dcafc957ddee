"""What an officer's department owes in a year: each dataflow with its obligations.

Those are the ones for a period of that year, and the ones that fall due in it: the yearly report for last year does so
in January, and the one for this year in the January after.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from gateway.core.agreement import Agreement, Obligation, Timetable
from gateway.core.calendar import is_owed, local_day, obligation_for, obligation_id
from gateway.core.dataflow import Dataflow
from gateway.core.period import Frequency, Period
from gateway.core.rules import Rules
from gateway.core.standing import Standing

Known = Callable[[str], Obligation | None]
"""An obligation by its id as it stands, frozen at its opening and perhaps extended; None while it has not opened."""

if TYPE_CHECKING:
    from gateway.store import Store

_INSTANT = timedelta(microseconds=1)
_EARLIER = timedelta(days=400)  # the yearly report of last year falls due in January


@dataclass(frozen=True, slots=True)
class Owing:
    """One dataflow that is owed, with the year's obligations by their due instants; reports on occurrence have none."""

    agreement: Agreement
    dataflow: Dataflow
    timetable: Timetable
    obligations: tuple[Obligation, ...]

    @property
    def at_once(self) -> bool:
        """Whether it is due whenever something happens, and not by a day."""
        return self.timetable.frequency is Frequency.ON_OCCURRENCE


def not_opened(obligation: str) -> None:
    """Where nothing is recorded."""


def as_recorded(store: Store | None) -> Known:
    """What the ledger knows, where there is one."""
    if store is None:
        return not_opened

    def known(obligation: str) -> Obligation | None:
        with store.view() as view:
            standing: Standing | None = view.standing(obligation)
        return standing.effective if standing else None

    return known


def owed_in(rules: Rules, department: str, year: int, known: Known = not_opened) -> tuple[Owing, ...]:
    """What this department owes in this year, in the order of its agreements; what is not owed any more is left out."""
    found = [_owing(rules, agreement, year, known) for agreement in rules.owed_by(department)]
    first, last = date(year, 1, 1), date(year, 12, 31)
    return tuple(
        one for one in found if one.obligations or (one.at_once and _is_valid_within(one.agreement, first, last))
    )


def last_day(obligation: Obligation, zone: str) -> date:
    """The last day that counts: the one that ends at the due instant, or in which it lies."""
    return local_day(obligation.due - _INSTANT, zone)


def _owing(rules: Rules, agreement: Agreement, year: int, known: Known) -> Owing:
    timetable = rules.timetables[agreement.timetable]
    found = []
    for period in _periods(timetable.frequency, year):
        if is_owed(agreement, period):
            known_as = known(obligation_id(agreement.department, agreement.dataflow, period))
            owed = known_as or obligation_for(agreement, timetable, period, rules.working_days)
            if year in (last_day(owed, timetable.zone).year, period.last.year):
                found.append(owed)
    in_order = tuple(sorted(found, key=lambda owed: (owed.due, owed.period)))
    return Owing(agreement, rules.dataflows[agreement.dataflow], timetable, in_order)


def _periods(frequency: Frequency, year: int) -> Iterator[Period]:
    """More than can fall due in the year: a due day may lie before or after its period's end."""
    if frequency is Frequency.ON_OCCURRENCE:
        return
    period = Period.containing(date(year, 1, 1) - _EARLIER, frequency)
    while period.first.year <= year:
        yield period
        period = period.next()


def _is_valid_within(agreement: Agreement, first: date, last: date) -> bool:
    return agreement.valid_from <= last and (agreement.valid_until is None or agreement.valid_until >= first)
