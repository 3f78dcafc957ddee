"""A session that names the part which ends the worker, and passes over those that are known to do so."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TypeVar

from gateway.core.table import Table
from gateway.judge.formats import SEALED
from gateway.sandbox import Contents, Session, Unsafe, Verified

T = TypeVar("T")
MOST_UNSAFE = 5  # parts of one arrival that may each cost a worker


class UnsafePart(Exception):
    """Reading this part ended the worker; the others deserve a fresh one."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class Careful:
    """Opens and reads parts. Raises `Unsafe` for those known to be, `UnsafePart` for the first that turns out to be."""

    def __init__(self, session: Session, unsafe: Collection[str]) -> None:
        self._session, self._unsafe = session, unsafe

    def open(self, path: str, handler: str, secret: bytes | None) -> Contents:
        lasting = secret is not None and handler != SEALED  # a content key is of its one file
        return self._guarded(path, lambda: self._session.open(path, handler, secret, lasting=lasting))

    def verify(self, path: str, over: str, handler: str, secret: bytes | None) -> Verified:
        return self._guarded(path, lambda: self._session.verify(path, over, handler, secret, lasting=True))

    def read(self, path: str, handler: str) -> tuple[Table, ...]:
        return self._guarded(path, lambda: self._session.read(path, handler))

    def _guarded(self, path: str, ask: Callable[[], T]) -> T:
        if path in self._unsafe:
            raise Unsafe("died")
        try:
            return ask()
        except Unsafe:
            raise UnsafePart(path) from None
