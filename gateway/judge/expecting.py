"""What a department may report at an instant: its dataflows with the periods open then, and those still wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from gateway.checks.recognise import candidates
from gateway.core.calendar import local_day
from gateway.core.parties import Department
from gateway.core.period import Period
from gateway.core.rules import Rules
from gateway.core.standing import Standing
from gateway.judge.submissions import Expected
from gateway.store import Store

Standings = Callable[[str, datetime], Sequence[Standing]]
"""How the open obligations of a department (its id) stand at an instant."""


def standings_from(store: Store) -> Standings:
    """A question to the ledger."""

    def standings(department: str, had: datetime) -> Sequence[Standing]:
        with store.view() as view:
            found: Sequence[Standing] = view.open_standings(had, department)
        return found

    return standings


def expected(standings: Sequence[Standing], department: Department, had: datetime, rules: Rules) -> Expected:
    """With no standings the dataflows alone: enough for a sealed file, which names its period itself."""
    open_periods: dict[str, list[Period]] = {}
    wanted: dict[str, list[Period]] = {}
    for standing in standings:
        owed = standing.obligation
        open_periods.setdefault(owed.dataflow, []).append(owed.period)
        if standing.accepted is None:
            wanted.setdefault(owed.dataflow, []).append(owed.period)
    owes = candidates(rules, department.id, open_periods, wanted)
    return Expected(owes, local_day(had, rules.working_days.zone), department.division)
