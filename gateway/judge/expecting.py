"""What a department may report at an instant: its dataflows with the periods open then, and those still wanted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from gateway.checks.recognise import candidates
from gateway.core.calendar import local_day
from gateway.core.parties import Department
from gateway.core.period import Period
from gateway.core.rules import Rules
from gateway.core.standing import Standing
from gateway.judge.submissions import Expected
from gateway.store import Store


def expected_from(store: Store, rules: Rules) -> Callable[[Department, datetime, bool], Expected]:
    """A question to the ledger, with these rules."""

    def expected(department: Department, had: datetime, periods: bool) -> Expected:
        standings: list[Standing] = []
        if periods:
            with store.view() as view:
                standings = view.open_standings(had, department.id)
        open_periods: dict[str, list[Period]] = {}
        wanted: dict[str, list[Period]] = {}
        for standing in standings:
            owed = standing.obligation
            open_periods.setdefault(owed.dataflow, []).append(owed.period)
            if standing.accepted is None:
                wanted.setdefault(owed.dataflow, []).append(owed.period)
        owes = candidates(rules, department.id, open_periods, wanted)
        return Expected(owes, local_day(had, rules.working_days.zone), department.division)

    return expected
