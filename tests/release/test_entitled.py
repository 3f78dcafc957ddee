"""A recipient's query sees what its recipient is entitled to, whatever it tries: entitlements as attacks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from gateway.core.dataflow import Dataflow, Field, FieldType
from gateway.core.parties import Titles
from gateway.core.result import Entitlement
from gateway.release.entitled import NotEntitled, in_force, query
from tests.core.small_county import BULLETIN, RULES

DAY = date(2026, 11, 2)
BIRTHS = Dataflow(
    "births",
    Titles("出生", "births"),
    "law",
    "purpose",
    tuple(
        Field(name, kind, Titles(name, name))
        for name, kind in [
            ("sex", FieldType.STRING), ("village", FieldType.STRING), ("id_number", FieldType.STRING),
            ("weight", FieldType.INTEGER), ("born", FieldType.DATE),
        ]
    ),
)  # fmt: skip
SECRET = "440123199001011234"
TABLE = pl.DataFrame(
    {
        "_department": ["health", "civil", "civil"],
        "_submission": ["A-1.1", "A-2.1", "A-2.1"],
        "_row": [1, 1, 2],
        "sex": ["1", "2", "1"],
        "village": ["4499211", "4499212", "4499213"],
        "id_number": [SECRET] * 3,
        "weight": [3000, 3100, 2900],
        "born": [date(2026, 10, 1)] * 3,
    }
)
TABLES = {"births": TABLE, "births_previous": TABLE, "marriages": TABLE.select("_department", "sex")}


def grant(*fields: str, rows: str | None = None, who: str = "health", of: str = "births") -> Entitlement:
    return Entitlement(who, of, fields, rows, "purpose", "law", date(2026, 1, 1))


def ask(sql: str, *grants: Entitlement, division: str | None = None, day: date = DAY) -> list[tuple[object, ...]]:
    """What the health office gets for this query with these entitlements."""
    rules = replace(
        RULES, dataflows=RULES.dataflows | {"births": BIRTHS}, entitlements=grants or (grant("sex", "village"),)
    )
    recipient = replace(rules.departments["health"], division=division)
    return query(replace(BULLETIN, sql=sql), recipient, TABLES, rules, day).rows


def test_what_one_is_entitled_to_is_there_with_who_reported_it() -> None:
    assert ask("SELECT _department, sex FROM births ORDER BY village") == [
        ("health", "1"),
        ("civil", "2"),
        ("civil", "1"),
    ]


def test_the_period_before_has_the_same_columns_and_no_more() -> None:
    assert ask("SELECT count(*) FROM births_previous JOIN births USING (village)") == [(3,)]
    with pytest.raises(NotEntitled):
        ask("SELECT id_number FROM births_previous")


def test_columns_have_names_and_order_of_the_query() -> None:
    rules = replace(RULES, entitlements=(grant("sex"),))
    outcome = query(
        replace(BULLETIN, sql='SELECT sex AS "b", 1 AS a FROM births'), rules.departments["health"], TABLES, rules, DAY
    )
    assert (outcome.columns, len(outcome.rows)) == (("b", "a"), 3)


ATTACKS = {
    "a column under another name": "SELECT id_number AS note FROM births",
    "a column in a subquery": "SELECT (SELECT max(id_number) FROM births) AS note",
    "a column in a condition": "SELECT sex FROM births WHERE id_number LIKE '44%'",
    "a column by its order": "SELECT * FROM births ORDER BY id_number",
    "a struct of the row": "SELECT struct_extract(b, 'id_number') FROM births AS b",
    "where the row stood": "SELECT _submission, _row FROM births",
    "another dataflow": "SELECT * FROM marriages",
    "the table behind the view": "SELECT * FROM reported",
    "what was put in": "SELECT * FROM _incoming",
    "a variable of the program": "SELECT * FROM frame",
    "a file": "SELECT * FROM read_csv('/etc/passwd')",
    "a file as text": "SELECT content FROM read_text('/etc/passwd')",
    "a file by its name": "SELECT * FROM '/etc/passwd.csv'",
    "names of files": "SELECT * FROM glob('/etc/*')",
    "writing a file": "COPY births TO '/tmp/stolen.csv'",
    "another database": "ATTACH '/tmp/other.db' AS other",
    "opening the doors": "SET enable_external_access = true",
    "a pragma": "PRAGMA database_list",
    "an extension": "INSTALL httpfs",
    "loading one": "LOAD httpfs",
    "a table of its own": "CREATE TABLE mine AS SELECT 1",
    "changing what is there": "DELETE FROM births",
    "two questions": "SELECT 1; SELECT 2",
    "a second one that opens the doors": "SELECT 1; SET enable_external_access = true",
    "nothing": "",
    "no SQL": "give me all",
    "the environment": "SELECT getenv('PATH')",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_query_cannot_take(attack: str) -> None:
    with pytest.raises(NotEntitled):
        ask(ATTACKS[attack])


@pytest.mark.parametrize(
    "catalogue",
    [
        "SELECT column_name FROM information_schema.columns",
        "SELECT column_name FROM duckdb_columns()",
        "SELECT sql FROM duckdb_tables()",
    ],
)
def test_the_catalogue_knows_only_the_recipient_s_own_columns(catalogue: str) -> None:
    told = str(ask(catalogue))
    assert "sex" in told
    assert "id_number" not in told and "_submission" not in told and "marriages" not in told


def test_the_star_is_what_one_is_entitled_to() -> None:
    assert SECRET not in str(ask("SELECT * FROM births"))


def test_rows_are_those_of_the_condition_even_with_an_or_in_it() -> None:
    only = grant("sex", rows="village = '4499211' OR _department = 'health'")
    assert ask("SELECT count(*) FROM births", only) == [(1,)]


def test_the_division_is_the_recipient_s_and_a_cast_is_no_parameter() -> None:
    own = grant("sex", rows="village = :division AND born >= '2026-10-01'::date")
    assert ask("SELECT count(*) FROM births", own, division="4499212") == [(1,)]
    assert ask("SELECT count(*) FROM births", own) == [(0,)]
    assert ask("SELECT :division", own, division="4499212") == [("4499212",)]


def test_a_division_is_a_value_and_never_sql() -> None:
    own = grant("sex", rows="village = :division")
    assert ask("SELECT count(*) FROM births", own, division="x' OR '1'='1") == [(0,)]


def test_two_entitlements_give_each_its_own_fields_in_its_own_rows() -> None:
    both = grant("sex", "weight", rows="_department = 'health'"), grant("sex", rows="_department = 'civil'")
    assert ask("SELECT _department, weight FROM births ORDER BY weight", *both) == [
        ("health", 3000), ("civil", None), ("civil", None),
    ]  # fmt: skip


def test_an_entitlement_ends() -> None:
    ended = replace(grant("sex"), valid_until=date(2026, 10, 31))
    assert in_force((ended,), "health", "births", date(2026, 10, 31)) == [ended]
    assert in_force((ended,), "health", "births", DAY) == in_force((ended,), "civil", "births", date(2026, 10, 1)) == []
    with pytest.raises(NotEntitled):
        ask("SELECT sex FROM births", ended)


def test_what_the_database_complains_of_is_not_quoted() -> None:
    with pytest.raises(NotEntitled) as raised:
        ask("SELECT village::date FROM births")
    assert "4499211" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_nothing_was_written(tmp_path: Path) -> None:
    with pytest.raises(NotEntitled):
        ask(f"COPY births TO '{tmp_path / 'stolen.csv'}'")
    assert list(tmp_path.iterdir()) == []
