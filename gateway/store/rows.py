"""Many rows into one table, at the driver's own speed.

SQLAlchemy writes the statement, once for each table; the rows go to the driver as they are. Its own `execute` takes
each row apart and puts it together again, which costs more than SQLite takes to store it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Dialect, Table

Row = tuple[Any, ...]


def insert_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows whose values stand in the order of the table's columns and need no conversion."""
    if rows:
        statement, positional = _statement(table, connection.dialect)
        names = table.columns.keys()
        values = list(rows) if positional else [dict(zip(names, row, strict=True)) for row in rows]
        connection.exec_driver_sql(statement, values)


@cache
def _statement(table: Table, dialect: Dialect) -> tuple[str, bool]:
    compiled = table.insert().compile(dialect=dialect, column_keys=list(table.columns.keys()))
    return str(compiled), bool(compiled.positional)
