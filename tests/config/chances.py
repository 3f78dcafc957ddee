"""Chance that is none, for tests."""

from __future__ import annotations

from hashlib import sha256


class Counting:
    """Bytes that differ at every call and are the same in every run."""

    def __init__(self, seed: int = 0) -> None:
        self._drawn = seed * 1_000_000

    def bytes(self, count: int) -> bytes:
        self._drawn += 1
        return b"".join(sha256(f"{self._drawn}.{block}".encode()).digest() for block in range(count // 32 + 1))[:count]
