"""A generated table judged by pandera with rules written independently: the same cells are wrong."""

from __future__ import annotations

import random
from datetime import datetime

import pandera.polars as pa
import polars as pl
import pytest
from stdnum.cn import ric

from gateway.core.parties import Language
from tests.checks.county import HEADER, birth, citizen, sheet
from tests.checks.test_check import IN_POLARS, IN_PYTHON, checked

WRONG = {
    "id": ["330102202610050015", "33010220261005001", "", "990102202610050014"],
    "name": ["", "王" * 21],
    "sex": ["3", "", "男"],
    "born": ["2026-02-30", "", "1899-12-31", "soon"],
    "order": ["0", "21", "one", "1.5"],
    "phone": ["1", "123456789012", "12-345678"],
}


def is_day(text: str) -> bool:
    try:
        return datetime.strptime(text, "%Y-%m-%d").year >= 1900  # noqa: DTZ007
    except ValueError:
        return False


def each(check: object) -> pa.Check:
    return pa.Check(check, element_wise=True)


SCHEMA = pa.DataFrameSchema({
    "id": pa.Column(pl.String, each(ric.is_valid)),
    "name": pa.Column(pl.String, pa.Check.str_length(1, 20)),
    "sex": pa.Column(pl.String, pa.Check.isin(["1", "2"])),
    "born": pa.Column(pl.String, each(is_day)),
    "order": pa.Column(pl.String, pa.Check.str_matches(r"^([1-9]|1[0-9]|20)$")),
    "phone": pa.Column(pl.String, pa.Check.str_matches(r"^[0-9]{8,11}$")),
})  # fmt: skip


@pytest.mark.parametrize("large", [IN_PYTHON, IN_POLARS], ids=["python", "polars"])
def test_the_same_cells_are_wrong_as_for_an_independent_framework(large: int) -> None:
    chance = random.Random(7)
    rows = []
    for number in range(300):
        right = {"id": citizen(number % 500, born="20240229"), "born": "2024-02-29", "registered": ""}
        names = chance.sample(list(WRONG), chance.choice([0, 0, 0, 1, 2]))
        rows.append(birth(number, **{**right, **{name: chance.choice(WRONG[name]) for name in names}}))
    frame = pl.DataFrame(rows, schema=list(FIELDS), orient="row")
    with pytest.raises(pa.errors.SchemaErrors) as raised:
        SCHEMA.validate(frame, lazy=True)
    cases = raised.value.failure_cases
    theirs = set(zip(cases["index"].to_list(), cases["column"].to_list(), strict=True))
    findings = checked(sheet(rows, HEADER), large).findings.told(Language.EN)
    repeats = ("rule:", "primary_key", "unique")
    ours = {(f.row - 2, f.field) for f in findings if not f.code.startswith(repeats)}
    assert ours == theirs
    assert len(ours) > 50


FIELDS = (
    "id", "name", "sex", "born", "registered", "village", "order", "weight", "month", "late", "phone", "remark",
)  # fmt: skip
