"""The accepted table comes back from its bytes as it went in, small or large."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

import polars as pl
import pytest

from gateway.checks.tables import read_table, table_bytes
from tests.checks.county import birth, sheet
from tests.checks.test_check import IN_POLARS, IN_PYTHON, checked


@pytest.mark.parametrize("large", [IN_PYTHON, IN_POLARS])
def test_types_and_values_come_back(large: int) -> None:
    rows = sheet([birth(1), birth(2, order="", weight="4", late="是", registered="", remark="双胞胎")])
    frame = read_table(table_bytes(checked(rows, large)))
    assert dict(frame.schema) == {
        "id": pl.String, "name": pl.String, "sex": pl.String, "born": pl.Date, "registered": pl.Date,
        "village": pl.String, "order": pl.Int64, "weight": pl.Float64, "month": pl.String, "late": pl.Boolean,
        "phone": pl.String, "remark": pl.String,
    }  # fmt: skip
    assert frame["born"].to_list() == [date(2026, 10, 5)] * 2
    assert frame["registered"].to_list() == [date(2026, 10, 12), None]
    assert frame["order"].to_list() == [1, None]
    assert frame["weight"].to_list() == [3.2, 4.0]
    assert frame["late"].to_list() == [False, True]
    assert frame["remark"].to_list() == [None, "双胞胎"]


def test_other_bytes_are_refused() -> None:
    with pytest.raises(ValueError, match="neither form"):
        read_table(b"something else")


def test_a_small_table_never_loads_polars() -> None:
    program = (
        "import sys; from tests.checks.county import *; from tests.checks.test_check import checked; "
        "from gateway.checks.tables import table_bytes; from gateway.checks.recognise import recognise; "
        "from gateway.checks.sentences import findings_csv; from gateway.core.parties import Language; "
        "found = checked(sheet([birth(1, sex='x')]), 1000); list(found.findings.told(Language.EN)); "
        "table_bytes(found); sys.exit('polars' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=60).returncode == 0
