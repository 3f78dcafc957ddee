"""What one recipient is entitled to see of a joined table: its fields and rows, made before its query runs.

Entitlement by the names of outputs is bypassed by `SELECT id AS note`. So a recipient's query runs in a database of
its own that holds nothing but that recipient's views: what it may not see is not there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from gateway.core.parties import Department
from gateway.core.result import Entitlement, Result
from gateway.core.rules import Rules
from gateway.integrate.join import schema_of

if TYPE_CHECKING:
    import duckdb
    import polars

PREVIOUS = "_previous"
_CLOSED = (
    "SET temp_directory=''",
    "SET enable_external_access=false",
    "SET python_enable_replacements=false",
    "SET threads=1",
    "SET memory_limit='2GB'",
)


class NotEntitled(Exception):
    """This recipient's query reads something it has no entitlement to, or is wrong. The text is the database's."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a query gave: column names, and rows of values."""

    columns: tuple[str, ...]
    rows: list[tuple[object, ...]]


def query(
    result: Result, recipient: Department, tables: Mapping[str, polars.DataFrame], rules: Rules, day: date
) -> Outcome:
    """The result's query over this recipient's views of the joined tables (`births`, `births_previous`).

    Raises `NotEntitled` where the query reads what is not there for this recipient.
    """
    import duckdb

    views = {name: view(name, table, recipient, rules, day) for name, table in tables.items()}
    database = _closed_database()
    try:
        for name, frame in views.items():
            if frame is not None:
                _put(database, name, frame)
        database.execute("SET lock_configuration=true")
        cursor = database.execute(result.sql)
        return Outcome(tuple(column[0] for column in cursor.description or ()), cursor.fetchall())
    except duckdb.Error as error:
        raise NotEntitled(str(error)) from None
    finally:
        database.close()


def view(name: str, table: polars.DataFrame, recipient: Department, rules: Rules, day: date) -> polars.DataFrame | None:
    """The recipient's columns and rows of one joined table; None without an entitlement in force that day.

    Several entitlements to one dataflow each give their rows; fields that one of them lacks are NULL in its rows.
    """
    import polars as pl

    dataflow = name.removesuffix(PREVIOUS)
    granted = in_force(rules.entitlements, recipient.id, dataflow, day)
    if not granted:
        return None
    everything = list(dict.fromkeys(f for e in granted for f in e.fields))
    parts = [
        _rows(table, entitlement, recipient).with_columns(
            pl.lit(None).cast(table.schema[f]).alias(f) for f in everything if f not in entitlement.fields
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


def mistakes(rules: Rules, day: date) -> list[tuple[str, str, str]]:
    """Results whose query fails for a recipient (result, department, why), found by running it over empty views."""
    import polars as pl

    found = []
    for result in rules.results.values():
        empty = {flow: pl.DataFrame(schema=schema_of(rules.dataflows[flow])) for flow in result.dataflows}
        empty |= {flow + PREVIOUS: frame for flow, frame in empty.items()}
        for department in result.recipients:
            try:
                outcome = query(result, rules.departments[department], empty, rules, day)
            except NotEntitled as error:
                found.append((result.id, department, str(error).partition("\n")[0]))
                continue
            unnamed = [c for c in outcome.columns if c not in result.columns]
            if unnamed:
                found.append((result.id, department, f"columns without a title: {', '.join(unnamed)}"))
    return found


def _rows(table: polars.DataFrame, entitlement: Entitlement, recipient: Department) -> polars.DataFrame:
    import polars as pl

    fields = ", ".join(f'"{f}"' for f in entitlement.fields)
    database = _closed_database()
    try:
        _put(database, "reported", table)
        condition = f" WHERE {entitlement.rows}" if entitlement.rows else ""
        uses = {"division": recipient.division or ""} if ":division" in condition else {}
        statement = f"SELECT {fields} FROM reported{condition.replace(':division', '$division')}"  # noqa: S608 - configuration
        return pl.DataFrame(pl.from_arrow(database.sql(statement, params=uses or None).to_arrow_table()))
    finally:
        database.close()


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
