"""Ids that sort by time and that nobody can guess."""

from __future__ import annotations

from datetime import datetime

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def blob_id(now: datetime, drawn: bytes) -> str:
    """`B`, ten letters of time and sixteen of chance (80 bits), in Crockford's base 32: sorts by time."""
    return "B" + crockford(int(now.timestamp() * 1000), 10) + crockford(int.from_bytes(drawn[:10], "big"), 16)


def crockford(number: int, letters: int) -> str:
    """The lowest `5 * letters` bits in Crockford's base 32."""
    return "".join(_CROCKFORD[number >> 5 * place & 31] for place in range(letters - 1, -1, -1))
