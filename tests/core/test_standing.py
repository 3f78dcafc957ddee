"""The word for an obligation at a moment."""

from __future__ import annotations

from datetime import datetime

import pytest

from gateway.core.calendar import obligation_for
from gateway.core.standing import Standing, State
from tests.core.small_county import DAYS, OCTOBER, TIMETABLES, WORKING_DAYS, agreement, at

BIRTHS = obligation_for(agreement("health", "births"), TIMETABLES["monthly"], OCTOBER, WORKING_DAYS)
BEFORE, AFTER = at("2026-10-28 12:00"), at("2026-10-30 12:00")
LATER = BIRTHS.due + 3 * DAYS


@pytest.mark.parametrize(
    ("standing", "now", "state"),
    [
        (Standing(BIRTHS), BEFORE, State.OPEN),
        (Standing(BIRTHS), BIRTHS.due, State.MISSING),
        (Standing(BIRTHS, LATER), AFTER, State.EXTENDED),
        (Standing(BIRTHS, LATER), LATER, State.MISSING),
        (Standing(BIRTHS, accepted="s", first_had=BEFORE), AFTER, State.ON_TIME),
        (Standing(BIRTHS, accepted="s", first_had=BIRTHS.due), AFTER, State.LATE),
        (Standing(BIRTHS, LATER, accepted="s", first_had=AFTER), AFTER, State.ON_TIME),
        (Standing(BIRTHS, last_rejected="s"), BEFORE, State.REJECTED),
        (Standing(BIRTHS, last_rejected="s"), AFTER, State.REJECTED),
        (Standing(BIRTHS, accepted="a", first_had=BEFORE, last_rejected="s"), AFTER, State.ON_TIME),
    ],
)
def test_the_state_follows_from_what_came_and_the_instant(standing: Standing, now: datetime, state: State) -> None:
    assert standing.state(now) is state


def test_an_extension_moves_the_obligation() -> None:
    assert Standing(BIRTHS).effective == BIRTHS
    assert Standing(BIRTHS, LATER).effective.due == LATER
