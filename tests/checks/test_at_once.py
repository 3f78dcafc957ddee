"""A column read as a whole is what its cells are, read one by one; and the plainest columns are read as a whole."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.checks.at_once import at_once
from gateway.checks.limits import cell_reader
from gateway.core.dataflow import Field
from gateway.core.dataflow import FieldType as T
from gateway.core.parties import Language
from tests.checks.county import CODELISTS, field

LIST = next(iter(CODELISTS))
FIELDS = [
    field("x", T.STRING, "项", "item"),
    field("x", T.STRING, "项", "item", required=True, min_length=2, max_length=4),
    field("x", T.STRING, "项", "item", pattern="[a-z0-9]+"),
    field("x", T.STRING, "项", "item", format="id_number"),
    field("x", T.STRING, "项", "item", codelist=LIST),
    field("x", T.INTEGER, "项", "item", required=True),
    field("x", T.INTEGER, "项", "item", minimum="-5", maximum="1000"),
    field("x", T.NUMBER, "项", "item", minimum="0.5"),
    field("x", T.DATE, "项", "item"),
    field("x", T.DATE, "项", "item", minimum="2026-01-01", maximum="2026-12-31"),
    field("x", T.YEARMONTH, "项", "item"),
    field("x", T.BOOLEAN, "项", "item"),
]
ODD = [
    "", " ", "\u3000", "1\n2", "\n1", "1\n", "2026-01-05\n2026-01-06", "2026-02-30", "2026-1-5", "20260105",
    "1799-01-01", "１２", "1_0", "1e3", "nan", "1.", "-0", "+7", "\x1c", "a ", "\x85a", "2026-W01-1", "999999999999999",
    "9" * 16, *(code.code for code in CODELISTS[LIST].codes[:3]),
    *(code.choice(language) for code in CODELISTS[LIST].codes for language in Language),
]  # fmt: skip
TEXTS = st.lists(
    st.sampled_from(ODD)
    | st.integers(-2000, 2000).map(str)
    | st.dates(date(1790, 1, 1), date(2210, 1, 1)).map(str)
    | st.floats(-10, 10).map(lambda number: f"{number:.2f}")
    | st.text("ab1 \n\u3000é家", max_size=5),
    max_size=6,
)


def one_by_one(made: Field, texts: list[str]) -> list[object] | None:
    readings = [cell_reader(made, CODELISTS[made.codelist] if made.codelist else None)(text) for text in texts]
    return None if any(reading.code for reading in readings) else [reading.value for reading in readings]


@given(st.sampled_from(FIELDS), TEXTS)
def test_a_column_as_a_whole_is_what_its_cells_are(made: Field, texts: list[str]) -> None:
    values = at_once(made, CODELISTS[made.codelist] if made.codelist else None)(texts)
    if values is not None:
        assert list(values) == one_by_one(made, texts)
        assert [type(value) for value in values] == [type(value) for value in one_by_one(made, texts) or ()]


@pytest.mark.parametrize(
    ("number", "texts"),
    [
        (0, ["王芳", "a b"]),
        (1, ["王芳", "abcd"]),
        (2, ["abc", "1"]),
        (4, [code.code for code in CODELISTS[LIST].codes]),
        (5, ["0", "-3", "999999999999999"]),
        (6, ["-5", "1000"]),
        (7, ["0.5", "3"]),
        (8, ["2026-01-05", "1800-01-01"]),
        (9, ["2026-01-01", "2026-12-31"]),
    ],
)
def test_the_plainest_columns_are_read_as_a_whole(number: int, texts: list[str]) -> None:
    made = FIELDS[number]
    assert at_once(made, CODELISTS[made.codelist] if made.codelist else None)(texts) is not None


@pytest.mark.parametrize(
    ("number", "texts"),
    [
        (1, ["王芳", "b"]),
        (1, ["王芳", "abcde"]),
        (2, ["abc", "A"]),
        (4, ["no such code"]),
        (5, ["1", ""]),
        (5, ["1\n2"]),
        (6, ["-6"]),
        (6, ["1001"]),
        (8, ["2026-02-29"]),
        (8, ["1799-12-31"]),
        (9, ["2027-01-01"]),
    ],
)
def test_a_column_with_one_cell_in_doubt_is_read_cell_by_cell(number: int, texts: list[str]) -> None:
    made = FIELDS[number]
    assert at_once(made, CODELISTS[made.codelist] if made.codelist else None)(texts) is None
