"""Opening what a command works on, and saying what is wrong with it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.saying import fail, guess

if TYPE_CHECKING:
    from gateway.config.load import Configuration
    from gateway.config.settings import Settings
    from gateway.core.parties import Officer
    from gateway.outside import Clock
    from gateway.store import Store


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


_SQLITE = b"SQLite format 3\x00"

CLOCK: Clock = SystemClock()
"""What commands look at: people use them, in their own time."""


def now() -> datetime:
    """The present instant."""
    return CLOCK.now()


class SystemChance:
    """Unpredictable bytes, for keys drawn where no gateway runs."""

    def bytes(self, count: int) -> bytes:
        return os.urandom(count)


def configuration(config: Path, *, exits: bool = True, tries: bool = False) -> Configuration:
    """The configuration, or every mistake in it on standard error and the end of the command.

    With `tries` the queries of the results are tried too, as the daemon does at its start.
    """
    from gateway.config.load import load
    from gateway.config.mistakes import BadConfiguration
    from gateway.config.sql import in_child, untried

    if exits:
        _must_be_configuration(config)
    try:
        return load(config, sql=in_child if tries else untried)
    except BadConfiguration as bad:
        if not exits:
            raise
        fail(str(bad))


def officer_of(loaded: Configuration, officer: str) -> Officer:
    """The officer of this id, or the end of the command."""
    found = loaded.rules.officer(officer)
    if found is None:
        fail(f"There is no officer {officer}. {guess(officer, [one.id for one in loaded.rules.officers()])}", 2)
    return found


def installation(config: Path) -> Settings:
    """`gateway.toml` alone, for what must work whatever is wrong with the rules: verifying, exporting, saving."""
    from gateway.config.mistakes import BadConfiguration

    _must_be_configuration(config)
    try:
        return _installation(config)
    except BadConfiguration as bad:
        fail(str(bad))


def installation_or_none(config: Path) -> Settings | None:
    """The same where there is one that can be read."""
    from gateway.config.mistakes import BadConfiguration

    try:
        return _installation(config)
    except BadConfiguration:
        return None


def database_of(settings: Settings) -> Path:
    """The state's file."""
    return Path(settings.database.removeprefix("sqlite:///"))


def must_have_state(settings: Settings) -> Path:
    """The state's file, which is there: a command that looks must not make one that belongs to the wrong user."""
    database = database_of(settings)
    if not database.is_file():
        fail(f"There is no state yet at {database}. It is made by: gateway run")
    with database.open("rb") as file:
        if file.read(len(_SQLITE)) not in (_SQLITE, b""):
            fail(f"{database} is no state, or it is beyond repair. A backup is brought back by: gateway restore")
    return database


@contextmanager
def opened(config: Path) -> Iterator[tuple[Configuration, Store]]:
    """The configuration and the state of an installation, beside the running daemon if there is one."""
    from gateway import log
    from gateway.wiring import open_store

    log.configure()  # to standard error: an older state is brought up by whoever opens it first
    loaded = configuration(config)
    must_have_state(loaded.settings)
    store = open_store(loaded)
    try:
        yield loaded, store
    finally:
        store.close()


def _must_be_configuration(config: Path) -> None:
    if not (config / "gateway.toml").exists():
        fail(f"There is no gateway.toml in {config}. Name the folder with --config, or make one with: gateway init")


def _installation(config: Path) -> Settings:
    from gateway.config.files import Files
    from gateway.config.installation import read_installation
    from gateway.config.mistakes import BadConfiguration, Mistakes

    files = Files(config, Mistakes())
    handed = os.environ.get("CREDENTIALS_DIRECTORY")
    settings = read_installation(files, Path(handed) if handed else None)
    if files.mistakes.found:
        raise BadConfiguration(files.mistakes.found)
    return settings
