"""Reference periods."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.period import Frequency, Period

DATES = st.dates(date(1, 2, 1), date(9998, 1, 1))
FREQUENCIES = st.sampled_from(Frequency)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-M02", date(2026, 2, 1), date(2026, 2, 28)),
        ("2028-M2", date(2028, 2, 1), date(2028, 2, 29)),
        ("2026-M12", date(2026, 12, 1), date(2026, 12, 31)),
        ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
        ("2026-S1", date(2026, 1, 1), date(2026, 6, 30)),
        ("2026-A1", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-10-05", date(2026, 10, 5), date(2026, 10, 5)),
    ],
)
def test_a_notation_names_whole_days(text: str, first: date, last: date) -> None:
    period = Period.parse(text)
    assert (period.first, period.last) == (first, last)


@pytest.mark.parametrize(
    "text",
    ["", "2026", "2026-M13", "2026-M00", "2026-Q5", "2026-A2", "0000-M01", "2026-M1x", "２０２６-M01", "2026-02-30"],
)
def test_anything_else_is_no_period(text: str) -> None:
    with pytest.raises(ValueError):
        Period.parse(text)


@given(DATES, FREQUENCIES)
def test_a_period_reads_as_it_is_written(day: date, frequency: Frequency) -> None:
    period = Period.containing(day, frequency)
    assert period.first <= day <= period.last
    assert Period.parse(str(period)) == period


@given(DATES, FREQUENCIES)
def test_periods_follow_each_other_without_a_gap(day: date, frequency: Frequency) -> None:
    period = Period.containing(day, frequency)
    following = period.next()
    assert following.previous() == period
    assert (following.first - period.last).days == 1


def test_a_period_knows_its_place_in_the_year() -> None:
    numbers = [Period.parse(text).number for text in ("2026-M10", "2026-Q4", "2026-S2", "2026-A1", "2026-02-01")]
    assert numbers == [10, 4, 2, 1, 32]
