"""A state that another version of the program made is brought up when it is opened, whole or not at all."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from gateway.core.facts import Fact, Received
from gateway.ledger import rebuild as rebuilding
from gateway.ledger.tables import metadata as ledger
from gateway.store import Store, backup, database, restore, schema
from gateway.store.database import Unfit
from gateway.store.migrations import FIRST, HEAD
from tests.journal.every_fact import AT
from tests.journal.world import KEYS, ORIGIN, CountedChance, TurnedClock, url_of

SCRIPTS = Path(schema.__file__).parent / "migrations"


def received(number: int) -> Received:
    return Received(AT, f"A-{number}", "smtp", "main", AT, 5000, f"B-{number}", "dd")


def opened(path: Path) -> Store:
    return Store.open(url_of(path), KEYS, TurnedClock(), CountedChance(), ORIGIN)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A state with a few facts."""
    path = tmp_path / "gateway.db"
    store = opened(path)
    store.append([received(1), received(2)]).result()
    store.close()
    return path


@contextmanager
def writing(path: Path) -> Iterator[Connection]:
    engine = database.open_engine(url_of(path), "write")
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def run(path: Path, *statements: str) -> list[Any]:
    found: list[Any] = []
    with writing(path) as connection:
        for statement in statements:
            result = connection.execute(text(statement))
            found = list(result) if result.returns_rows else []
    return found


def unmarked(path: Path) -> None:
    """As it was before there were marks."""
    run(path, "DROP TABLE alembic_version", "DROP TABLE ledger_version")


def facts(path: Path) -> list[Fact]:
    store = opened(path)
    try:
        return [fact for _, fact in store.entries()]
    finally:
        store.close()


def made(connection: Connection) -> dict[str, str]:
    rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
    return {name: re.sub(r"\s+", " ", sql).replace("( ", "(").replace(" )", ")") for name, sql in rows}


def differences(path: Path) -> list[str]:
    with writing(path) as connection:
        return [str(one) for one in rebuilding.check(connection, schema.entries(connection))]


def test_a_new_state_has_the_tables_that_all_migrations_lead_to(tmp_path: Path) -> None:
    with writing(tmp_path / "new.db") as connection:
        schema.bring_up(connection, [])
        new = made(connection)
    with writing(tmp_path / "migrated.db") as connection:
        config = Config()
        config.set_main_option("script_location", str(SCRIPTS))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        migrated = made(connection)
    assert new == migrated
    assert {"journal", "vault_chunks", "ledger_version", "alembic_version"} <= set(new)


def test_the_newest_revision_is_the_one_that_a_new_state_is_marked_with() -> None:
    scripts = ScriptDirectory(str(SCRIPTS))
    assert scripts.get_heads() == [HEAD]
    assert scripts.get_base() == FIRST


def test_a_state_from_before_there_were_marks_is_brought_up_and_loses_nothing(path: Path) -> None:
    before = facts(path)
    unmarked(path)
    run(path, "DROP TABLE key_offers", "ALTER TABLE letters DROP COLUMN undeliverable_code")
    assert facts(path) == before
    assert run(path, "SELECT version_num FROM alembic_version") == [(HEAD,)]
    assert differences(path) == []


def test_a_ledger_of_another_version_is_made_anew(path: Path) -> None:
    run(path, "UPDATE ledger_version SET version = 'older'", "DELETE FROM arrivals")
    assert len(facts(path)) == 3
    assert differences(path) == []


def test_a_ledger_of_this_version_is_left_as_it_is(path: Path) -> None:
    run(path, "DELETE FROM arrivals WHERE arrival = 'A-1'")
    facts(path)
    assert differences(path) == ["arrivals A-1: missing"]


def test_other_rules_or_other_tables_are_another_version(path: Path) -> None:
    with writing(path) as connection:
        version = schema.ledger_version(connection.dialect, [ledger], 1)
        assert version != schema.ledger_version(connection.dialect, [ledger], 2)
        assert version != schema.ledger_version(connection.dialect, [ledger, schema.metadata], 1)
        assert version == schema.ledger_version(connection.dialect, [ledger], 1)


def test_a_state_of_a_newer_program_is_not_touched(path: Path) -> None:
    run(path, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Unfit, match="newer"):
        opened(path)
    assert run(path, "SELECT version_num FROM alembic_version") == [("9999",)]


def test_what_fails_halfway_leaves_the_state_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unmarked(path)
    with writing(path) as connection:
        before = made(connection)

    def broken(*_: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(rebuilding, "_fold_all", broken)
        with pytest.raises(KeyboardInterrupt):
            opened(path)
    with writing(path) as connection:
        assert made(connection) == before
    assert len(facts(path)) == 3


def test_an_older_backup_is_brought_up_when_it_is_put_back(path: Path, tmp_path: Path) -> None:
    unmarked(path)
    run(path, "DROP TABLE key_offers")
    backup(url_of(path), tmp_path / "saved.db")
    restore(tmp_path / "saved.db", tmp_path / "restored.db", KEYS, TurnedClock())
    assert run(tmp_path / "restored.db", "SELECT version_num FROM alembic_version") == [(HEAD,)]
    assert differences(tmp_path / "restored.db") == []


def test_a_state_that_is_up_to_date_or_new_needs_no_migrating_program(path: Path, tmp_path: Path) -> None:
    """Its import would cost every start a fifth of a second, and the daemon megabytes."""
    script = (
        "import sys; from pathlib import Path; from tests.test_schema import opened\n"
        "del sys.modules['alembic']\n"
        f"opened(Path({str(path)!r})).close(); opened(Path({str(tmp_path / 'new.db')!r})).close()\n"
        "assert 'alembic' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=Path(__file__).parents[1])
