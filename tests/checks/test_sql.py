"""Row rules: what is allowed, what is said about the rest, and that plain Python and polars agree on every rule."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.checks.compile import validate_rule
from gateway.checks.sql import BadRule, Kind
from gateway.checks.sql_loop import prepare
from gateway.checks.sql_reader import parse
from gateway.checks.sql_text import written
from tests.checks.county import BIRTHS, rule

COLUMNS = {"s": Kind.TEXT, "t": Kind.TEXT, "i": Kind.NUMBER, "j": Kind.NUMBER, "n": Kind.NUMBER,
           "d": Kind.DATE, "e": Kind.DATE, "b": Kind.TRUTH, "c": Kind.TRUTH}  # fmt: skip
SCHEMA = {"s": pl.String, "t": pl.String, "i": pl.Int64, "j": pl.Int64, "n": pl.Float64,
          "d": pl.Date, "e": pl.Date, "b": pl.Boolean, "c": pl.Boolean}  # fmt: skip


def run(sql: str, rows: list[dict[str, Any]]) -> list[Any]:
    columns = {name: [row.get(name) for row in rows] for name in COLUMNS}
    return list(prepare(parse(sql, COLUMNS))(columns, len(rows)))


def run_polars(sql: str, rows: list[dict[str, Any]]) -> list[Any]:
    frame = pl.DataFrame({name: [row.get(name) for row in rows] for name in COLUMNS}, schema=SCHEMA)
    held = frame.select(pl.sql_expr(written(parse(sql, COLUMNS))).alias("held"))["held"].to_list()
    return held if len(held) == len(rows) else held * len(rows)  # an expression without columns gives one value


@pytest.mark.parametrize(
    ("sql", "row", "holds"),
    [
        ("d >= e", {"d": date(2026, 10, 5), "e": date(2026, 10, 5)}, True),
        ("d >= e", {"d": date(2026, 10, 5)}, None),
        ("d - e <= INTERVAL '30 days'", {"d": date(2026, 10, 5), "e": date(2026, 9, 5)}, True),
        ("d - e <= INTERVAL '29 days'", {"d": date(2026, 10, 5), "e": date(2026, 9, 5)}, False),
        ("d >= e + INTERVAL '20 years'", {"d": date(2026, 2, 28), "e": date(2006, 2, 28)}, True),
        ("d = e + INTERVAL '1 year'", {"d": date(2025, 2, 28), "e": date(2024, 2, 29)}, True),
        ("d = e - INTERVAL '1 month'", {"d": date(2026, 2, 28), "e": date(2026, 3, 31)}, True),
        ("EXTRACT(YEAR FROM d) = 2026", {"d": date(2026, 1, 1)}, True),
        ("i = 1 OR b", {"i": None, "b": True}, True),
        ("i = 1 AND b", {"i": None, "b": False}, False),
        ("NOT (i = 1)", {"i": None}, None),
        ("i IS NOT NULL", {"i": None}, False),
        ("i + j = n", {"i": 1, "j": 2, "n": 3.0}, True),
        ("i <= j * 0.5", {"i": 2, "j": 4}, True),
        ("i / 2 = 1.5", {"i": 3}, True),
        ("i % 2 = 1", {"i": 7}, True),
        ("s LIKE '3301%'", {"s": "330102"}, True),
        ("s NOT LIKE '_3%'", {"s": "330102"}, False),
        ("LENGTH(s) = 2", {"s": "王一"}, True),
        ("SUBSTR(s, 7, 4) = '2026'", {"s": "33010220261005"}, True),
        ("TRY_CAST(LEFT(s, 1) AS BIGINT) = 3", {"s": "3x"}, True),
        ("TRY_CAST(s AS BIGINT) IS NULL", {"s": "3x"}, True),
        ("s IN ('1', '2')", {"s": "3"}, False),
        ("s NOT IN ('1', '2')", {"s": None}, None),
        ("i BETWEEN 1 AND 3", {"i": 3}, True),
        ("CASE WHEN b THEN i > 0 ELSE j > 0 END", {"b": None, "i": 0, "j": 1}, True),
        ("CASE WHEN b THEN i > 0 END", {"b": False, "i": 0}, None),
        ("COALESCE(i, j, 0) = 0", {}, True),
        ("s || t = 'ab'", {"s": "a", "t": "b"}, True),
        ("s = 'it''s'", {"s": "it's"}, True),
        ("b = (i > 3)", {"b": True, "i": 4}, True),
        ("d = period_last", {"d": date(2026, 10, 31)}, None),
    ],
)
def test_a_rule_means_what_its_sql_says(sql: str, row: dict[str, Any], holds: bool | None) -> None:
    if "period_last" in sql:
        columns = {**{name: [row.get(name)] for name in COLUMNS}, "period_last": [None]}
        assert prepare(parse(sql, COLUMNS))(columns, 1) == [holds]
        return
    assert run(sql, [row]) == [holds]
    assert run_polars(sql, [row]) == [holds]


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("", "it ends too early"),
        ("d >= ", "it ends too early"),
        ("nothing = 1", "no column 'nothing'"),
        ("d = '2026-01-01'", "= mixes date and text"),
        ("i", "the whole rule must be truth, and is number"),
        ("i = 1; DROP TABLE x", "cannot read '; DROP TABLE'"),
        ("i = 1 i", "unexpected 'i'"),
        ("REGEXP_LIKE(s, 'a')", "no function REGEXP_LIKE; there are LENGTH, UPPER, LOWER, LEFT, RIGHT, SUBSTR, "
         "STARTS_WITH, ENDS_WITH, ABS, COALESCE, EXTRACT, TRY_CAST"),
        ("CAST(s AS INTEGER) = 1", "no function CAST; there are LENGTH, UPPER, LOWER, LEFT, RIGHT, SUBSTR, "
         "STARTS_WITH, ENDS_WITH, ABS, COALESCE, EXTRACT, TRY_CAST"),
        ("i / j > 1", "/ needs a number up to 1000 (and for / and % not 0) on its other side"),
        ("i % 0 = 1", "% needs a number up to 1000 (and for / and % not 0) on its other side"),
        ("i * j > 1", "* needs a number up to 1000 (and for / and % not 0) on its other side"),
        ("SUBSTR(s, 0, 1) = '1'", "SUBSTR needs plain values after its first argument, and counts from 1"),
        ("SUBSTR(s, 1) = '1'", "SUBSTR takes 3 arguments"),
        ("LEFT(s, i) = '1'", "LEFT needs plain values after its first argument, and counts from 1"),
        ("i IN (1, j)", "IN needs a list of values"),
        ("i IN (SELECT 1)", "no column 'SELECT'"),
        ("d - e > INTERVAL '1 month'",
         "the days between two dates compare with an interval of days only"),
        ("d > DATE '2026-02-30'", "not a date: '2026-02-30'"),
        ("d + INTERVAL '1 fortnight' > e",
         "not an interval: '1 fortnight'; write it as '30 days', '6 months' or '20 years'"),
        ("b NOT", "NOT must stand before a condition, or before IN, BETWEEN or LIKE"),
        ("(i = 1", "expected ) before ''"),
        ("s LIKE 'a\\%'", "LIKE knows % and _ only, no backslash"),
        ("EXTRACT(HOUR FROM d) = 1", "EXTRACT knows YEAR, MONTH and DAY"),
        ("i > 1 AND i", "AND must be truth, and is number"),
    ],
)  # fmt: skip
def test_a_rule_outside_the_allowed_part_is_refused_with_a_reason(sql: str, reason: str) -> None:
    with pytest.raises(BadRule) as raised:
        parse(sql, COLUMNS)
    assert str(raised.value) == reason


def test_a_rule_must_name_the_columns_it_speaks_of_and_no_others() -> None:
    assert validate_rule(BIRTHS, rule("r", "registered >= born", "registered", "born")) is None
    assert validate_rule(BIRTHS, rule("r", "born <= period_last", "born")) is None
    said = validate_rule(BIRTHS, rule("r", "registered >= born", "registered"))
    assert said == "it uses born, which `columns` does not name"
    said = validate_rule(BIRTHS, rule("r", "born <= had_on", "born", "name"))
    assert said == "`columns` names name, which it does not use"
    assert validate_rule(BIRTHS, rule("r", "1 = 1")) == "it speaks of no column"


texts = st.one_of(st.none(), st.text("aAb1 330102男%_\n'", max_size=6))
numbers = st.one_of(st.none(), st.integers(-30, 30), st.integers(-(10**15) + 1, 10**15 - 1))
dates = st.one_of(st.none(), st.dates(date(1899, 12, 1), date(2100, 1, 1)))
truths = st.sampled_from([None, True, False])
rows = st.lists(
    st.fixed_dictionaries({
        "s": texts, "t": texts, "i": numbers, "j": numbers, "d": dates, "e": dates, "b": truths, "c": truths,
        "n": st.one_of(st.none(), st.floats(-1000, 1000, allow_nan=False).map(lambda x: round(x, 2))),
    }),
    min_size=1, max_size=5,
)  # fmt: skip

number_terms = st.recursive(
    st.sampled_from(["i", "j", "n", "0", "3", "2.5", "EXTRACT(YEAR FROM d)", "EXTRACT(DAY FROM e)",
                     "LENGTH(s)", "TRY_CAST(t AS BIGINT)"]),
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from("+-"), inner),
        st.builds("({} * {})".format, inner, st.sampled_from(["2", "0.5", "1000"])),
        st.builds("({} % {})".format, inner, st.sampled_from(["2", "7"])),
        st.builds("({} / {})".format, inner, st.sampled_from(["4"])),
        st.builds("ABS({})".format, inner),
        st.builds("-{}".format, inner),
        st.builds("COALESCE({}, {})".format, inner, inner),
    ),
    max_leaves=4,
)  # fmt: skip
text_terms = st.one_of(
    st.sampled_from(["s", "t", "'a1'", "''", "UPPER(s)", "LOWER(t)", "LEFT(s, 2)", "RIGHT(t, 1)",
                     "SUBSTR(s, 2, 2)", "s || t", "COALESCE(s, 'x')"]),
)  # fmt: skip
date_terms = st.sampled_from(
    ["d", "e", "DATE '2026-02-28'", "d + INTERVAL '1 month'", "e - INTERVAL '20 years'", "d + INTERVAL '30 days'",
     "COALESCE(d, e)"]
)  # fmt: skip
signs = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
conditions = st.recursive(
    st.one_of(
        st.sampled_from(["b", "c", "TRUE", "d IS NULL", "s IS NOT NULL", "s LIKE 'a%'", "t NOT LIKE '_1%'",
                         "s IN ('a', '1')", "i NOT IN (1, 3)", "STARTS_WITH(s, 'a')", "ENDS_WITH(t, '1')",
                         "d - e <= INTERVAL '30 days'", "s = NULL"]),
        st.builds("{} {} {}".format, number_terms, signs, number_terms),
        st.builds("{} {} {}".format, text_terms, signs, text_terms),
        st.builds("{} {} {}".format, date_terms, signs, date_terms),
        st.builds("{} BETWEEN {} AND {}".format, number_terms, number_terms, number_terms),
    ),
    lambda inner: st.one_of(
        st.builds("({} AND {})".format, inner, inner),
        st.builds("({} OR {})".format, inner, inner),
        st.builds("NOT ({})".format, inner),
        st.builds("CASE WHEN {} THEN {} ELSE {} END".format, inner, inner, inner),
        st.builds("({}) = ({})".format, inner, inner),
    ),
    max_leaves=5,
)  # fmt: skip


@settings(max_examples=400, deadline=timedelta(seconds=5))
@given(conditions, rows)
def test_plain_python_and_polars_agree_on_every_rule(sql: str, table: list[dict[str, Any]]) -> None:
    assert run(sql, table) == run_polars(sql, table)
