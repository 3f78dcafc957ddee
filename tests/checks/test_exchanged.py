"""An exchange of two digits in an id is the repair only where the row itself bears witness to it."""

from __future__ import annotations

from datetime import date

import pytest

from bench.exchanged import SEED, measure, rules
from gateway.checks.exchanged import exchanged
from gateway.checks.id_number import check_character

FIRST17 = "44992119851203471"
RIGHT = FIRST17 + check_character(FIRST17)
ROW = {"birth_date": date(1985, 12, 3), "sex": "1", "id_number": None}


def swapped(at: int) -> str:
    return f"{RIGHT[:at]}{RIGHT[at + 1]}{RIGHT[at]}{RIGHT[at + 2 :]}"


def mended(written: str, **row: object) -> str:
    return exchanged(written, "id_number", rules(), ROW | row)


@pytest.mark.parametrize("at", [7, 8, 9, 10, 11, 12])
def test_two_digits_of_birth_exchanged_are_put_right(at: int) -> None:
    assert RIGHT[at] != RIGHT[at + 1]
    assert mended(swapped(at)) == RIGHT


@pytest.mark.parametrize("at", [0, 2, 14, 15])
def test_an_exchange_of_which_the_row_says_nothing_is_not_guessed(at: int) -> None:
    assert mended(swapped(at)) == ""


def test_without_a_birth_date_there_is_no_witness() -> None:
    assert mended(swapped(10), birth_date=None) == ""


def test_the_sex_alone_is_no_witness_and_a_sex_that_speaks_against_it_is_heard() -> None:
    assert mended(swapped(10), sex="2") == ""
    assert mended(swapped(15), birth_date=None, sex="1") == ""


def test_one_digit_mistyped_in_the_birth_date_is_not_taken_for_an_exchange() -> None:
    for at in range(6, 14):
        for digit in set("0123456789") - {RIGHT[at]}:
            assert mended(f"{RIGHT[:at]}{digit}{RIGHT[at + 1 :]}") == ""


def test_measured_on_made_up_rows_it_is_rarely_wrong_and_never_for_one_slip() -> None:
    """The figures of the docstring are those of 20,000 rows each: `python -m bench.exchanged`."""
    exchange, one, two, _ = measure(1_000, SEED)
    assert exchange.wrong == one.offered == 0
    assert exchange.offered > 0.45 * exchange.seen
    assert two.wrong <= 0.005 * two.seen
