"""Statements that go to the driver as they are: the same values in and out, the same errors, as through SQLAlchemy."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Boolean, Column, Connection, Integer, MetaData, Table, Text, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from gateway.ledger.columns import Instant, spelled
from gateway.rows import Prepared, insert_rows
from gateway.store.database import open_engine, trouble

NOW = datetime(2026, 10, 5, 9, tzinfo=UTC)

things = Table(
    "things",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("at", Instant),
    Column("good", Boolean),
)
BY_NAME = select(things.c.id, things.c.at, things.c.good).where(things.c.name == bindparam("name"))


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    engine = open_engine(f"sqlite:///{tmp_path}/things.db", "write")
    with engine.begin() as connection:
        things.metadata.create_all(connection)
        connection.execute(insert(things), [{"id": 1, "name": "a", "at": NOW, "good": True}])
        connection.execute(insert(things), [{"id": 2, "name": "b", "at": None, "good": None}])
        yield connection
    engine.dispose()


def test_rows_hold_the_values_that_sqlalchemy_would_give(connection: Connection) -> None:
    prepared = Prepared(BY_NAME)
    for name in ("a", "b", "c"):
        expected = [tuple(row) for row in connection.execute(BY_NAME, {"name": name})]
        assert prepared.rows(connection, name=name) == expected
        assert prepared.first(connection, name=name) == (expected[0] if expected else None)
    assert prepared.first(connection, name="a") == (1, NOW, True)


def test_what_goes_in_is_converted_as_its_column_says(connection: Connection) -> None:
    rows = [{"id": n, "name": "new", "at": NOW, "good": False} for n in (3, 4)]
    Prepared(insert(things)).run(connection, rows)
    changed = update(things).where(things.c.id == bindparam("of_id")).values(at=bindparam("at"), good=True)
    Prepared(changed).run(connection, [{"of_id": 4, "at": None}])
    found = select(things.c.id, things.c.at, things.c.good).where(things.c.name == "new").order_by(things.c.id)
    assert [tuple(row) for row in connection.execute(found)] == [(3, NOW, False), (4, None, True)]


def test_many_rows_go_in_by_position(connection: Connection) -> None:
    insert_rows(connection, things, [(5, "x", 0, 1), (6, "x", 0, 1)])
    assert Prepared(BY_NAME).rows(connection, name="x") == [(n, datetime(1970, 1, 1, tzinfo=UTC), True) for n in (5, 6)]


def test_a_parameter_that_is_forgotten_is_an_error_and_not_null(connection: Connection) -> None:
    with pytest.raises(KeyError, match="name"):
        Prepared(BY_NAME).rows(connection)


def test_the_drivers_errors_are_those_whose_trouble_can_be_asked(connection: Connection) -> None:
    with pytest.raises(IntegrityError) as twice:
        insert_rows(connection, things, [(1, "again", None, None)])
    assert trouble(twice.value) == "ours"
    elsewhere = Table("nowhere", MetaData(), Column("id", Integer))
    with pytest.raises(OperationalError) as missing:
        Prepared(select(elsewhere)).rows(connection)
    assert missing.value.hide_parameters


def test_a_list_of_values_is_refused_and_spelled_words_are_not(connection: Connection) -> None:
    with pytest.raises(TypeError, match="list of values"):
        Prepared(select(things.c.id).where(things.c.name.in_(["a", "b"]))).rows(connection)
    either = Prepared(select(things.c.id).where(things.c.name.in_(spelled(["a", "b"]))).order_by(things.c.id))
    assert either.rows(connection) == [(1,), (2,)]
