"""Rows in and out of the database at the driver's own speed.

SQLAlchemy writes each statement, once; the driver runs it. SQLAlchemy's own `execute` takes parameters and rows apart
and puts them together again each time, which costs several times what SQLite needs to find or store them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ClauseElement, Connection, Dialect, Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

Row = tuple[Any, ...]
_Convert = Callable[[Any], Any]


def run_text(connection: Connection, text: str) -> None:
    """A statement without parameters or rows."""
    with _Cursor(connection, text) as cursor:
        cursor.execute(text)


def insert_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows whose values stand in the order of the table's columns and need no conversion."""
    if rows:
        statement, positional = _insert(table, connection.dialect)
        names = table.columns.keys()
        values = list(rows) if positional else [dict(zip(names, row, strict=True)) for row in rows]
        with _Cursor(connection, statement) as cursor:
            cursor.executemany(statement, values)


@cache
def _insert(table: Table, dialect: Dialect) -> tuple[str, bool]:
    compiled = table.insert().compile(dialect=dialect, column_keys=list(table.columns.keys()))
    return str(compiled), bool(compiled.positional)


class Prepared:
    """One statement, compiled when it is first run; its parameters have names, its rows are plain tuples.

    Make it once, in a module. A list that is given with each run (`expanding`) is not for it.
    """

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}  # by the dialect's name

    def rows(self, connection: Connection, **parameters: Any) -> list[Row]:
        """All rows, values converted as their columns say."""
        compiled = self._for(connection.dialect)
        with _Cursor(connection, compiled.text) as cursor:
            cursor.execute(compiled.text, compiled.values(parameters))
            found = cursor.fetchall()
        return [compiled.row(row) for row in found] if compiled.converts else found

    def first(self, connection: Connection, **parameters: Any) -> Row | None:
        """The first row, or None."""
        compiled = self._for(connection.dialect)
        with _Cursor(connection, compiled.text) as cursor:
            cursor.execute(compiled.text, compiled.values(parameters))
            found: Row | None = cursor.fetchone()
        return found if found is None or not compiled.converts else compiled.row(found)

    def run(self, connection: Connection, parameters: Iterable[Mapping[str, Any]]) -> None:
        """Once for each of these, for statements that change rows."""
        compiled = self._for(connection.dialect)
        values = [compiled.values(one) for one in parameters]
        with _Cursor(connection, compiled.text) as cursor:
            cursor.executemany(compiled.text, values)

    def _for(self, dialect: Dialect) -> _Compiled:
        known = self._compiled.get(dialect.name)
        if known is None:
            known = self._compiled[dialect.name] = _compile(self._statement, dialect)
        return known


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement as the driver wants it, and how values go in and come out."""

    text: str
    positional: bool
    binds: tuple[tuple[str, _Convert | None], ...]
    usual: Mapping[str, Any]  # values that the statement itself brings
    converts: tuple[tuple[int, _Convert], ...]  # by place in a row

    def values(self, parameters: Mapping[str, Any]) -> Any:
        given = {**self.usual, **parameters} if self.usual else parameters
        found = [convert(given[name]) if convert else given[name] for name, convert in self.binds]
        return found if self.positional else dict(zip((name for name, _ in self.binds), found, strict=True))

    def row(self, row: Row) -> Row:
        changed = list(row)
        for place, convert in self.converts:
            changed[place] = convert(changed[place])
        return tuple(changed)


def _compile(statement: ClauseElement, dialect: Dialect) -> _Compiled:
    compiled = statement.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)
    if compiled.post_compile_params:
        raise TypeError("a statement with a list of values is another one for each length of the list")
    binds = compiled.binds
    into = {name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in binds.items()}
    names = (compiled.positiontup if compiled.positional else None) or list(binds)
    usual = {name: bind.effective_value for name, bind in binds.items() if not bind.required}
    columns = getattr(statement, "selected_columns", ())
    out = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
    return _Compiled(
        str(compiled),
        bool(compiled.positional),
        tuple((name, into[name]) for name in names),
        usual,
        tuple((place, convert) for place, convert in enumerate(out) if convert),
    )


class _Cursor:
    """The driver's cursor; its errors become SQLAlchemy's, so that whose trouble it is can be asked as everywhere."""

    def __init__(self, connection: Connection, text: str) -> None:
        self._dialect, self._text = connection.dialect, text
        self._cursor = connection.connection.dbapi_connection.cursor()  # type: ignore[union-attr]

    def __enter__(self) -> Any:
        return self._cursor

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._cursor.close()
        errors = self._dialect.loaded_dbapi.Error
        if isinstance(error, errors):
            raise DBAPIError.instance(
                self._text, None, error, errors, hide_parameters=True, dialect=self._dialect
            ) from error
