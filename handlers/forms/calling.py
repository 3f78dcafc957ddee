"""Calls into libraries written in Rust, whose panics are no `Exception`. No handler, but what some of them stand on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from gateway.handler import Trouble, Unreadable

_PANIC = "PanicException"  # each such library makes a type of its own, of this name


@contextmanager
def calling(trouble: Trouble, where: str) -> Iterator[None]:
    """Whatever goes wrong inside becomes `Unreadable(trouble, where)`, without a word of what the library said.

    `Unreadable` and `MemoryError` pass, and so does what is no error of a library at all (the end of the process).
    """
    try:
        yield
    except (Unreadable, MemoryError):
        raise
    except Exception:
        raise Unreadable(trouble, where) from None
    except BaseException as odd:
        if type(odd).__name__ != _PANIC:
            raise
        raise Unreadable(trouble, where) from None
