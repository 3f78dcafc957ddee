"""What one recipient is entitled to see of a joined table: its fields and rows, made before its query runs.

Entitlement by the names of outputs is bypassed by `SELECT id AS note`. So a recipient's query runs in a database of
its own that holds nothing but that recipient's views: what it may not see is not there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from gateway.config.sql import bound_division
from gateway.core.parties import Department
from gateway.core.result import Entitlement, Result
from gateway.core.rules import Rules

if TYPE_CHECKING:
    import duckdb
    import polars

PREVIOUS = "_previous"
REPORTED_BY = "_department"
_CLOSED = (
    "SET temp_directory=''",
    "SET enable_external_access=false",
    "SET python_enable_replacements=false",
    "SET threads=1",
    "SET memory_limit='2GB'",
)


class NotEntitled(Exception):
    """This recipient's query reads something it has no entitlement to, or is wrong.

    It carries the kind of the database's error and not its text, which may quote what was reported.
    """


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a query gave: column names, and rows of values."""

    columns: tuple[str, ...]
    rows: list[tuple[object, ...]]


def query(
    result: Result, recipient: Department, tables: Mapping[str, polars.DataFrame], rules: Rules, day: date
) -> Outcome:
    """The result's query over this recipient's views of the joined tables (`births`, `births_previous`).

    Raises `NotEntitled` where the query reads what is not there for this recipient, or is no single question.
    """
    import duckdb

    database = _closed_database()
    try:
        for name, table in tables.items():
            frame = view(name, table, recipient, rules, day)
            if frame is not None:
                _put(database, name, frame)
        database.execute("SET lock_configuration=true")
        sql = bound_division(result.sql)
        statements = database.extract_statements(sql)
        if len(statements) != 1 or statements[0].type is not duckdb.StatementType.SELECT:
            raise NotEntitled("not one SELECT")
        cursor = database.execute(sql, _division(recipient, sql))
        return Outcome(tuple(column[0] for column in cursor.description or ()), cursor.fetchall())
    except duckdb.Error as error:
        raise NotEntitled(type(error).__name__) from None
    finally:
        database.close()


def view(name: str, table: polars.DataFrame, recipient: Department, rules: Rules, day: date) -> polars.DataFrame | None:
    """Who reported each row, and the recipient's columns and rows; None without an entitlement in force that day.

    Several entitlements to one dataflow each give their rows; fields that one of them lacks are NULL in its rows.
    """
    import polars as pl

    dataflow = name.removesuffix(PREVIOUS)
    granted = in_force(rules.entitlements, recipient.id, dataflow, day)
    if not granted:
        return None
    everything = list(dict.fromkeys((REPORTED_BY, *(f for e in granted for f in e.fields))))
    parts = [
        _rows(table, entitlement, recipient).with_columns(
            pl.lit(None).cast(table.schema[f]).alias(f)
            for f in everything
            if f not in (REPORTED_BY, *entitlement.fields)
        )
        for entitlement in granted
    ]
    return pl.concat([part.select(everything) for part in parts], how="vertical")


def in_force(entitlements: Sequence[Entitlement], department: str, dataflow: str, day: date) -> list[Entitlement]:
    return [
        e
        for e in entitlements
        if e.department == department
        and e.dataflow == dataflow
        and e.valid_from <= day
        and (e.valid_until is None or day <= e.valid_until)
    ]


def _rows(table: polars.DataFrame, entitlement: Entitlement, recipient: Department) -> polars.DataFrame:
    import polars as pl

    fields = ", ".join(f'"{f}"' for f in dict.fromkeys((REPORTED_BY, *entitlement.fields)))
    condition = f" WHERE ({bound_division(entitlement.rows)})" if entitlement.rows else ""
    database = _closed_database()
    try:
        _put(database, "reported", table)
        statement = f"SELECT {fields} FROM reported{condition}"  # noqa: S608 - configuration
        found = database.sql(statement, params=_division(recipient, statement)).to_arrow_table()
        return pl.DataFrame(pl.from_arrow(found))
    finally:
        database.close()


def _division(recipient: Department, sql: str) -> dict[str, str] | None:
    return {"division": recipient.division or ""} if "$division" in sql else None


def _closed_database() -> duckdb.DuckDBPyConnection:
    import duckdb

    database = duckdb.connect(":memory:")
    for statement in _CLOSED:
        database.execute(statement)
    return database


def _put(database: duckdb.DuckDBPyConnection, name: str, frame: polars.DataFrame) -> None:
    database.register("_incoming", frame.to_arrow())
    database.execute(f'CREATE TABLE "{name}" AS SELECT * FROM _incoming')  # noqa: S608 - our own names
    database.unregister("_incoming")
