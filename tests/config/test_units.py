"""Durations and sizes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.mistakes import Wrong
from gateway.config.units import duration, size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90 s", 90),
        ("2 min", 120),
        ("2min", 120),
        ("1 hour", 3600),
        ("4 h", 14400),
        ("3 days", 259200),
        ("1 week", 604800),
    ],
)
def test_durations_carry_units(text: str, seconds: int) -> None:
    assert duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("text", "count"),
    [("0 B", 0), ("500 kB", 500_000), ("50 MB", 50_000_000), ("1 GiB", 1_073_741_824), ("4 KiB", 4096)],
)
def test_sizes_carry_units(text: str, count: int) -> None:
    assert size(text) == count


@given(st.text(max_size=20))
def test_any_other_text_is_refused_with_a_repair(text: str) -> None:
    for read in (duration, size):
        try:
            read(text)
        except Wrong as wrong:
            assert wrong.reason
            assert wrong.repair


@pytest.mark.parametrize(
    "text", ["", "3", "-3 days", "3.5 days", "3 days 2 h", "three days", "3 DAYS", "99999999999 weeks"]
)
def test_these_are_no_durations(text: str) -> None:
    with pytest.raises(Wrong):
        duration(text)


@pytest.mark.parametrize("text", ["", "50", "50 mb", "50 Mb", "0.5 GB", "50 MB 1 kB", "1e6 B"])
def test_these_are_no_sizes(text: str) -> None:
    with pytest.raises(Wrong):
        size(text)
