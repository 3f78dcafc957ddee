"""The glance at a large column is sure of what is plainly right, so that only the rest is read cell by cell."""

from __future__ import annotations

import polars as pl
import pytest

from gateway.checks.compile import compile_dataflow
from gateway.checks.glance import glance
from tests.checks.county import BIRTHS, CODELISTS, citizen

COLUMNS = {column.field.name: column for column in compile_dataflow(BIRTHS, CODELISTS).columns}


def sure(name: str, *texts: str) -> list[bool]:
    right = glance(COLUMNS[name], pl.col("c"))[1]
    return pl.DataFrame({"c": texts}).select(right.alias("sure"))["sure"].to_list()


@pytest.mark.parametrize(
    ("name", "right", "doubtful"),
    [
        ("id", [citizen(n) for n in range(200)], [citizen(1)[:-1] + "?", "", "+" + citizen(1)[1:], citizen(1) + "0"]),
        ("name", ["王一", "a b"], [" 王一", "王一\u3000", "", "x" * 21]),
        ("sex", ["1", "2"], ["3", " 1", ""]),
        ("born", ["2026-10-05", "1900-01-01"], ["2026-02-29", "2026- 1-05", "+2026-1-05", "2026/10/05", "1899-12-31"]),
        ("order", ["1", "20", "007"], ["21", "1.0", "x", "0000000000000001"]),
        ("weight", ["3.2", "9"], ["9.01", "1e0", "nan", "inf", ".5"]),
        ("phone", ["12345678"], ["1234567", "12345678\n", "１２３４５６７８"]),
    ],
)
def test_what_is_plainly_right_is_sure_and_nothing_else_is(name: str, right: list[str], doubtful: list[str]) -> None:
    assert sure(name, *right) == [True] * len(right)
    assert sure(name, *doubtful) == [False] * len(doubtful)
