"""Opening what a command works on, and saying what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.saying import fail

if TYPE_CHECKING:
    from gateway.config.load import Configuration
    from gateway.store import Store


def configuration(config: Path, *, exits: bool = True) -> Configuration:
    """The configuration, or every mistake in it on standard error and the end of the command."""
    from gateway.config.load import load
    from gateway.config.mistakes import BadConfiguration

    if not (config / "gateway.toml").exists() and exits:
        fail(f"There is no gateway.toml in {config}. Name the folder with --config, or make one with: gateway init")
    try:
        return load(config)
    except BadConfiguration as bad:
        if not exits:
            raise
        fail(str(bad))


@contextmanager
def opened(config: Path) -> Iterator[tuple[Configuration, Store]]:
    """The configuration and the state of an installation, beside the running daemon if there is one."""
    from gateway.wiring import open_store

    loaded = configuration(config)
    store = open_store(loaded)
    try:
        yield loaded, store
    finally:
        store.close()
