"""Which period a text names."""

from __future__ import annotations

from datetime import date

import pytest

from gateway.checks.periods import periods_in
from gateway.core.letters import period_text
from gateway.core.parties import Language
from gateway.core.period import Frequency as F
from gateway.core.period import Period

TODAY = date(2026, 11, 20)
M, Q, H, Y = F.MONTHLY, F.QUARTERLY, F.HALF_YEARLY, F.YEARLY


def named(text: str, frequency: F, *open_periods: str, today: date = TODAY) -> set[str]:
    return {str(period) for period in periods_in(text, frequency, [Period.parse(p) for p in open_periods], today)}


@pytest.mark.parametrize(
    "text",
    [
        "2026-M10", "2026M10", "2026年10月", "2026 年 10 月份", "2026-10", "2026.10", "2026_10", "202610",
        "births_202610.xlsx", "附件2 出生月报202610(1).xlsx", "２０２６年１０月", "二〇二六年十月",
        "October 2026",
        "Oct. 2026", "2026 Oct", "oct-2026",
        "2026年10月出生报表（2026年10月28日填报）", "10月", "十月份", "出生10月.xlsx",
        "Births, October",
    ],
)  # fmt: skip
def test_a_month_is_named_in_many_ways(text: str) -> None:
    assert named(text, M) == {"2026-M10"}


@pytest.mark.parametrize(
    ("text", "frequency", "expected"),
    [
        ("2026Q4", Q, "2026-Q4"),
        ("2026-Q4", Q, "2026-Q4"),
        ("Q4 2026", Q, "2026-Q4"),
        ("2026年第四季度", Q, "2026-Q4"),
        ("2026年4季度", Q, "2026-Q4"),
        ("第4季度", Q, "2026-Q4"),
        ("四季度", Q, "2026-Q4"),
        ("fourth quarter of 2026", Q, "2026-Q4"),
        ("2026年10-12月", Q, "2026-Q4"),
        ("10月至12月", Q, "2026-Q4"),
        ("2026年下半年", H, "2026-S2"),
        ("2026-S2", H, "2026-S2"),
        ("2026H1", H, "2026-S1"),
        ("上半年", H, "2026-S1"),
        ("2026年7月至12月", H, "2026-S2"),
        ("2026年度", Y, "2026-A1"),
        ("2025年", Y, "2025-A1"),
        ("2026-A1", Y, "2026-A1"),
        ("annual 2026", Y, "2026-A1"),
        ("2026-10-05", F.ON_OCCURRENCE, "2026-10-05"),
        ("事件20261005.xlsx", F.ON_OCCURRENCE, "2026-10-05"),
        ("2026年10月5日", F.ON_OCCURRENCE, "2026-10-05"),
    ],
)
def test_longer_periods_and_days_too(text: str, frequency: F, expected: str) -> None:
    assert named(text, frequency) == {expected}


@pytest.mark.parametrize(
    ("text", "frequency"),
    [
        ("births_20261028.xlsx", M),
        ("填报日期：2026年10月28日", M),
        ("2026-10-28", M),
        ("330102202610050014", M),
        ("May we report in March?", M),
        ("2026年第四季度", M),
        ("第3次", Q),
        ("2026年第1次", Q),
        ("2026年10月", Q),
        ("2026年10月", Y),
        ("版本2", Q),
        ("2026-13", M),
    ],
)
def test_what_is_no_period_of_that_kind_is_not_taken_for_one(text: str, frequency: F) -> None:
    assert named(text, frequency) == set()


def test_without_a_year_the_open_period_is_meant_or_the_last_that_has_begun() -> None:
    january = date(2027, 1, 5)
    assert named("12月", M, "2026-M12", today=january) == {"2026-M12"}
    assert named("12月", M, today=january) == {"2026-M12"}
    assert named("1月", M, "2026-M12", today=january) == {"2027-M01"}
    assert named("10月", M, "2025-M10", "2026-M10") == {"2025-M10", "2026-M10"}


def test_two_periods_in_one_text_are_both_named() -> None:
    assert named("2026年9月和2026年10月", M) == {"2026-M09", "2026-M10"}


@pytest.mark.parametrize("text", ["2026-M01", "2026-M10", "2026-Q1", "2026-Q4", "2026-S1", "2026-S2", "2026-A1"])
@pytest.mark.parametrize("language", Language)
def test_a_period_in_the_words_of_our_letters_is_that_period(text: str, language: Language) -> None:
    period = Period.parse(text)
    assert periods_in(period_text(text, language), period.frequency, (), date(2027, 5, 5)) == {period}
