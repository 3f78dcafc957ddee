"""Accepted tables become one, and every row keeps where it came from."""

from __future__ import annotations

import io
from datetime import date

import polars as pl
import pytest

from gateway.core.dataflow import Dataflow, Field, FieldType
from gateway.core.parties import Titles
from gateway.integrate.join import Contribution, Unjoinable, from_bytes, join, schema_of

FLOW = Dataflow(
    "births",
    Titles("出生", "births"),
    "law",
    "purpose",
    (
        Field("sex", FieldType.STRING, Titles("性别", "Sex")),
        Field("weight", FieldType.INTEGER, Titles("体重", "Weight")),
        Field("born", FieldType.DATE, Titles("出生日期", "Born")),
        Field("month", FieldType.YEARMONTH, Titles("月份", "Month")),
    ),
)


def ipc(**columns: object) -> bytes:
    out = io.BytesIO()
    pl.DataFrame(columns).write_ipc(out)
    return out.getvalue()


ONE = ipc(_row=[5, 7], sex=["1", "2"], weight=[3000, None], born=[date(2026, 10, 1)] * 2, month=["2026-10"] * 2)


def test_contributions_lie_under_each_other_by_department_and_submission() -> None:
    two = ipc(sex=["9"], weight=[1], born=[None], month=[None])
    joined = join(
        FLOW,
        [
            Contribution("A-2.1", "health", two),
            Contribution("A-1.1", "civil", ONE),
            Contribution("A-3.1", "town", None),
        ],
    )
    table = from_bytes(joined.table)
    assert table.select("_department", "_submission", "_row", "sex").rows() == [
        ("civil", "A-1.1", 5, "1"), ("civil", "A-1.1", 7, "2"), ("health", "A-2.1", 1, "9"),
    ]  # fmt: skip
    assert (joined.rows, joined.rows_of) == (3, {"A-1.1": 2, "A-2.1": 1, "A-3.1": 0})


def test_the_table_has_the_dataflow_s_columns_and_types_whatever_came() -> None:
    table = from_bytes(join(FLOW, [Contribution("A-1.1", "health", ipc(sex=["1"], extra=["x"]))]).table)
    assert dict(table.schema) == schema_of(FLOW)
    assert table.row(0)[3:] == ("1", None, None, None)


def test_nothing_at_all_is_an_empty_table_of_that_shape() -> None:
    joined = join(FLOW, [])
    assert (joined.rows, dict(from_bytes(joined.table).schema)) == (0, schema_of(FLOW))


def test_the_order_in_which_they_come_changes_nothing() -> None:
    both = [Contribution("A-1.1", "civil", ONE), Contribution("A-2.1", "health", ONE)]
    assert join(FLOW, both).table == join(FLOW, reversed(both)).table


def test_a_table_of_an_earlier_shape_is_told_and_its_values_are_not() -> None:
    with pytest.raises(Unjoinable) as raised:
        join(FLOW, [Contribution("A-1.1", "health", ipc(weight=["three kilos"]))])
    assert str(raised.value) == "A-1.1" and raised.value.__cause__ is None
