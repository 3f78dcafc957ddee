"""A store of its own for a test: a clock that is turned, chance that can be told, and no ledger."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from nacl.bindings import crypto_scalarmult_base
from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, func, select

from gateway.core.facts import Fact
from gateway.store import Store, StoreKeys
from gateway.vault import VaultKeys

ORIGIN = "gateway.example/county"
PRIVATE, RECOVERY = bytes([1]) * 32, bytes([2]) * 32
KEYS = StoreKeys(
    VaultKeys(crypto_scalarmult_base(PRIVATE), crypto_scalarmult_base(RECOVERY), (PRIVATE,)), bytes([3]) * 32
)

metadata = MetaData()
seen = Table("seen", metadata, Column("position", Integer, primary_key=True), Column("kind", Text))


class TurnedClock:
    """It stands still until it is turned."""

    def __init__(self) -> None:
        self.instant = datetime(2026, 10, 5, 1, 2, 3, tzinfo=UTC)

    def now(self) -> datetime:
        return self.instant

    def turn(self, **span: float) -> None:
        self.instant += timedelta(**span)


class CountedChance:
    """Bytes that are all different and the same in every run."""

    def __init__(self) -> None:
        self.count = 0

    def bytes(self, count: int) -> bytes:
        self.count += 1
        return hashlib.shake_256(self.count.to_bytes(8, "big")).digest(count)


def fold(connection: Connection, entries: Sequence[tuple[int, Fact]]) -> None:
    """A ledger of one table: which kinds there are."""
    rows = [{"position": position, "kind": type(fact).KIND} for position, fact in entries]
    if rows:
        connection.execute(seen.insert(), rows)


class Seen:
    """The view over it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def count(self) -> int:
        return self._connection.scalar(select(func.count()).select_from(seen)) or 0


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


def open_store(path: Path, **more: Any) -> Store:
    chosen = {"clock": TurnedClock(), "chance": CountedChance(), "origin": ORIGIN, "keys": KEYS}
    chosen |= {"fold": fold, "view": Seen, "schema": [metadata]} | more
    return Store.open(url_of(path), **chosen)
