"""One consistent file of the whole state, and the new era that begins when it is put back.

A restore may bring back less than was once signed. So nothing is ever signed again under the old origin: the journal
goes on under `<origin>/era2` with the fact `Restored`, which says how far the old era's own checkpoint reached and how
far a receipt shows that it really went. The gap between the two is what verification then reports.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from sqlalchemy import Engine, MetaData, make_url, select

from gateway.core.facts import Began, Restored
from gateway.journal import codec
from gateway.journal.checkpoint import Checkpoint, Signer
from gateway.journal.tables import journal
from gateway.outside import Clock
from gateway.store import database
from gateway.store.batch import EMPTY, Batch, Fold, read_head
from gateway.store.schema import bring_up
from gateway.store.store import StoreKeys, _fold_version, _ledger


def backup(url: str, target: Path) -> None:
    """Write the state as it is at one moment into a new file, durably. What was erased is not in it."""
    if target.exists():
        raise FileExistsError(f"{target} is already there")
    state = Path(make_url(url).database or "")
    with _made(target, state) as partial, _engine(url, "read") as engine, engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute("PRAGMA query_only=OFF").close()
        driver.execute("VACUUM INTO ?", (str(partial),)).close()


def restore(
    source: Path,
    target: Path,
    keys: StoreKeys,
    clock: Clock,
    known: Checkpoint | None = None,
    *,
    fold: Fold | None = None,
    schema: Sequence[MetaData] | None = None,
) -> Checkpoint:
    """Put a backup in place of a state that is gone, and begin a new era. Gives its first checkpoint.

    `known` is the highest checkpoint that any receipt shows; without one the backup's own last is taken. Raises
    `FileExistsError` if a state is there, `Unfit` if the backup holds none.
    """
    if target.exists():
        raise FileExistsError(f"{target} is already there")
    if source.with_name(source.name + "-wal").exists():
        raise database.Unfit("that is a database in use, not a backup of one")
    rules = None if schema is not None or fold is not None else _fold_version()
    with _made(target, source) as partial:
        shutil.copyfile(source, partial)
        with _engine(f"sqlite:///{partial.absolute()}", "write") as engine:
            return _begin_era(engine, keys, clock, known, rules, *_fold_only(fold, schema))


def _begin_era(
    engine: Engine,
    keys: StoreKeys,
    clock: Clock,
    known: Checkpoint | None,
    rules: int | None,
    fold: Fold,
    schema: Sequence[MetaData],
) -> Checkpoint:
    with engine.begin() as connection:
        bring_up(connection, schema, rules)
        head = read_head(connection, EMPTY)
        last = head.checkpoint
        if last is None:
            raise database.Unfit("the backup holds no journal")
        begins = journal.c.line.like('%"kind":"began"%') | journal.c.line.like('%"kind":"restored"%')
        lines = connection.scalars(select(journal.c.line).where(begins).order_by(journal.c.position))
        eras = [fact for fact in (codec.decode(line.encode()) for line in lines) if isinstance(fact, Began | Restored)]
        known = known if known is not None and known.size > last.size else last
        era = eras[-1].era + 1
        fact = Restored(
            at=clock.now(),
            origin=f"{eras[0].origin}/era{era}",
            era=era,
            own_size=last.size,
            own_root=last.root.hex(),
            known_size=known.size,
            known_root=known.root.hex(),
        )
        batch = Batch(connection, head, fold, lambda _: None, set())
        batch.add([fact], [codec.encode(fact)], ())
        checkpoint = batch.finish(Signer(fact.origin, keys.signing)).checkpoint
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
    assert checkpoint is not None
    return checkpoint


def _fold_only(fold: Fold | None, schema: Sequence[MetaData] | None) -> tuple[Fold, Sequence[MetaData]]:
    chosen, _, parts = _ledger(fold, lambda _: None, schema)
    return chosen, parts


@contextmanager
def _made(target: Path, source: Path) -> Iterator[Path]:
    """Where a file is put together that becomes the target, durably, if all goes well; otherwise nothing is left."""
    partial = target.with_name(target.name + ".part")
    if source.absolute() == partial.absolute():
        raise FileExistsError(f"{partial} is needed for what is not finished, and must not be what it is made from")
    _remove(partial)  # what a process that was killed has left
    try:
        yield partial
        _remove_logs(partial)
        _durable(partial)
        partial.rename(target)
    except BaseException:
        _remove(partial)
        raise
    _durable(target.parent)


def _remove(partial: Path) -> None:
    partial.unlink(missing_ok=True)
    _remove_logs(partial)


def _remove_logs(partial: Path) -> None:
    for suffix in ("-wal", "-shm", "-journal"):
        partial.with_name(partial.name + suffix).unlink(missing_ok=True)


@contextmanager
def _engine(url: str, role: Literal["read", "write"]) -> Iterator[Engine]:
    engine = database.open_engine(url, role)
    try:
        yield engine
    finally:
        engine.dispose()


def _durable(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
