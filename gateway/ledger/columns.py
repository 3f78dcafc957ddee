"""How the ledger stores values: instants as integers, short lists as text; the same in every database."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Index, Table, Text, literal_column
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import ColumnElement
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(instant: datetime) -> int:
    """Microseconds since 1970 UTC. Raises `TypeError` for a datetime without a zone."""
    return (instant - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)


class Instant(TypeDecorator[datetime]):
    """An aware datetime, stored as microseconds since 1970 UTC: it sorts, and no database drops its zone."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else to_micros(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else from_micros(value)


class Instants(TypeDecorator[tuple[datetime, ...]]):
    """A few instants in one column, as numbers between commas."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[datetime, ...] | None, dialect: Dialect) -> str:
        return ",".join(str(to_micros(instant)) for instant in value or ())

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[datetime, ...]:
        return tuple(from_micros(int(text)) for text in value.split(",")) if value else ()


class Words(TypeDecorator[tuple[str, ...]]):
    """A few of our own words in one column, a line each. They hold no line breaks: a fact has no foreign text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str:
        return "\n".join(value or ())

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[str, ...]:
        return tuple(value.split("\n")) if value else ()


def spelled(words: Iterable[str]) -> list[ColumnElement[str]]:
    """Words of our own that stand in a statement itself and not among its parameters: it is the same one each time."""
    return [literal_column(f"'{word}'", Text) for word in words]


def index_where(table: Table, name: str, condition: ColumnElement[bool], *columns: str) -> None:
    """A partial index, so that finding the few rows still open costs nothing for the many that are done."""
    Index(
        f"{table.name}_{name}",
        *(table.c[column] for column in columns),
        sqlite_where=condition,
        postgresql_where=condition,
    )
