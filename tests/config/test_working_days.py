"""The calendar of the example against the notice of the State Council for 2026."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from gateway.config import load
from gateway.config.sql import try_sql

CALENDAR = load(Path(__file__).parents[2] / "config", sql=try_sql).rules.working_days
FREE_2026 = {"New Year": (1, 1, 3), "Spring Festival": (2, 15, 9), "Qingming": (4, 4, 3), "Labour Day": (5, 1, 5)} | {
    "Dragon Boat": (6, 19, 3), "Mid-Autumn": (9, 25, 3), "National Day": (10, 1, 7)
}  # fmt: skip
"""Month, first day, number of days, as the notice states them."""


def test_every_holiday_of_2026_is_free_for_as_many_days_as_the_notice_says() -> None:
    for month, day, count in FREE_2026.values():
        days = [date(2026, month, day) + timedelta(days=i) for i in range(count)]
        assert not any(CALENDAR.is_working(each) for each in days)
    assert len([day for day in CALENDAR.holidays if day.year == 2026]) == sum(
        count for _, _, count in FREE_2026.values()
    )


def test_the_make_up_days_of_2026_are_worked() -> None:
    for month, day in [(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)]:
        assert CALENDAR.is_working(date(2026, month, day))
        assert date(2026, month, day).weekday() >= 5


def test_an_ordinary_weekend_is_free_and_an_ordinary_weekday_worked() -> None:
    assert not CALENDAR.is_working(date(2026, 11, 21))
    assert CALENDAR.is_working(date(2026, 11, 20))


def test_of_2027_only_the_statutory_days_are_known() -> None:
    assert len([day for day in CALENDAR.holidays if day.year == 2027]) == 13
    assert not [day for day in CALENDAR.worked if day.year == 2027]
