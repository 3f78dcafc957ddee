"""How questions are put to the ledger's tables: a connection, and rows into frozen dataclasses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from sqlalchemy import Column, Connection, Executable, Table

from gateway.rows import Prepared


class Asking:
    """Part of a `View`: a read snapshot of the ledger, or the writer's transaction.

    What is asked again and again is `Prepared`; its rows are plain tuples.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def _rows(self, statement: Executable | Prepared, **parameters: Any) -> list[Any]:
        if isinstance(statement, Prepared):
            return statement.rows(self._connection, **parameters)
        return list(self._connection.execute(statement, parameters))

    def _first(self, statement: Executable | Prepared, **parameters: Any) -> Any:
        """The first row, or None."""
        if isinstance(statement, Prepared):
            return statement.first(self._connection, **parameters)
        return self._connection.execute(statement, parameters).first()


def columns_for(kind: type, table: Table, without: Iterable[str] = ()) -> list[Column[Any]]:
    """The columns that a dataclass's fields are named after, in its order."""
    left_out = set(without)
    return [table.c[field.name] for field in fields(kind) if field.name not in left_out]
