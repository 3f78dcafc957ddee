"""The citizen id, against an independent implementation and by hand."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import ric

from gateway.checks import id_number
from gateway.checks.cells import read_id_number

# The example that GB 11643-1999 itself prints for its check characters.
PRINTED = ("11010519491231002X", "440524188001010014")


@pytest.mark.parametrize("text", PRINTED)
def test_the_examples_of_the_standard_are_right(text: str) -> None:
    assert id_number.fault(text) == ""


@pytest.mark.parametrize(
    ("text", "code", "repair"),
    [
        ("110105194912310021", "id_check_digit", ""),
        ("11010519491231002x", "typography", "11010519491231002X"),
        ("１１０１０５１９４９１２３１００２Ｘ", "typography", "11010519491231002X"),
        ("110105 19491231 002X", "typography", "11010519491231002X"),
        ("11010519491231002", "id_length", ""),
        ("1101051949123100200", "id_length", ""),
        ("A1010519491231002X", "id_character", ""),
        ("110105194912310000", "lost_digits", ""),
        ("1.10105194912E+17", "lost_digits", ""),
        ("110105491231002", "id_old", "11010519491231002X"),
        ("110105491331002", "id_old", ""),
    ],
)
def test_each_fault_has_its_name_and_a_repair_only_if_it_is_certain(text: str, code: str, repair: str) -> None:
    assert read_id_number(text)[1:] == (code, repair)


def with_check(first17: str) -> str:
    return first17 + id_number.check_character(first17)


def test_a_day_that_never_was_and_a_province_that_is_none_are_found() -> None:
    assert id_number.fault(with_check("11010519490229001")) == "id_birth"
    assert id_number.fault(with_check("11010517991231001")) == "id_birth"
    assert id_number.fault(with_check("99010519491231001")) == "id_place"


@settings(max_examples=300, deadline=None)
@given(st.from_regex(r"[0-9]{17}", fullmatch=True))
def test_the_check_character_is_that_of_an_independent_implementation(first17: str) -> None:
    assert id_number.check_character(first17) == ric.calc_check_digit(first17 + "0")


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(["110105", "330102"]),  # places that the other one knows for all these years
    st.from_regex(r"(199[0-9]|20[01][0-9])[01][0-9][0-3][0-9]{4}", fullmatch=True),
    st.sampled_from("0123456789X"),
    st.booleans(),
)
def test_a_number_is_right_exactly_if_an_independent_implementation_says_so(
    place: str, rest: str, last: str, mends: bool
) -> None:
    first17 = place + rest
    text = first17 + (id_number.check_character(first17) if mends else last)
    assert (id_number.fault(text) == "") is ric.is_valid(text)
