"""ASN.1 in BER (X.690), as much of it as CMS needs, read under caps. What `smime` stands on, no handler.

Both forms of length are read, as mail programs stream: an octet string may come in pieces. Values are slices of the
bytes as they stand, so that what was signed is what is verified.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from gateway.handler import Trouble, Unreadable

INTEGER, OCTETS, NULL, OID, SEQUENCE, SET = 0x02, 0x04, 0x05, 0x06, 0x30, 0x31
_CONSTRUCTED: Final = 0x20
_DEPTH: Final = 24
_CHILDREN: Final = 300_000  # of one value; a mail program streams pieces of a kilobyte at least


def _odd() -> Unreadable:
    return Unreadable(Trouble.DAMAGED, "asn1")


@dataclass(frozen=True, slots=True)
class Value:
    """One value: its tag (one byte, class and form in it), where it begins, where its content begins and ends."""

    data: bytes
    tag: int
    start: int
    begin: int
    end: int
    after: int  # where the next value begins; after the end marks, if it has them

    @property
    def content(self) -> bytes:
        return self.data[self.begin : self.end]

    @property
    def whole(self) -> bytes:
        """The value with its tag and length, as it stands."""
        return self.data[self.start : self.after]

    def inner(self) -> list[Value]:
        """The values in it."""
        if not self.tag & _CONSTRUCTED:
            raise _odd()
        return list(_values(self.data, self.begin, self.end))

    def octets(self, depth: int = 0) -> bytes:
        """An octet string, whatever its tag, put together from its pieces."""
        if not self.tag & _CONSTRUCTED:
            return self.content
        if depth > _DEPTH:
            raise _odd()
        return b"".join(piece.octets(depth + 1) for piece in self.inner())

    def number(self) -> int:
        if self.tag != INTEGER or self.begin == self.end:
            raise _odd()
        return int.from_bytes(self.content, "big", signed=True)


def read(data: bytes) -> Value:
    """The one value that the bytes are, but for line ends after it. Raises `Unreadable(DAMAGED)`."""
    found = _value(data, 0, len(data), 0)
    if data[found.after :].strip(b"\r\n\0"):
        raise _odd()
    return found


def _values(data: bytes, at: int, end: int) -> Iterator[Value]:
    for _ in range(_CHILDREN):
        if at >= end:
            return
        found = _value(data, at, end, 0)
        yield found
        at = found.after
    raise Unreadable(Trouble.TOO_LARGE, "asn1")


def _value(data: bytes, start: int, end: int, depth: int) -> Value:
    if start + 2 > end or depth > _DEPTH or data[start] & 0x1F == 0x1F:
        raise _odd()
    tag, size, begin = data[start], data[start + 1], start + 2
    if size == 0x80:
        return _endless(data, start, end, depth)
    if size > 0x80:
        more = size & 0x7F
        if more > 4 or begin + more > end:
            raise _odd()
        size, begin = int.from_bytes(data[begin : begin + more], "big"), begin + more
    if begin + size > end:
        raise _odd()
    return Value(data, tag, start, begin, begin + size, begin + size)


def _endless(data: bytes, start: int, end: int, depth: int) -> Value:
    """A value whose length is not told: its content ends with two zero bytes."""
    if not data[start] & _CONSTRUCTED:
        raise _odd()
    at = start + 2
    for _ in range(_CHILDREN):
        if data[at : min(at + 2, end)] == b"\0\0":
            return Value(data, data[start], start, start + 2, at, at + 2)
        at = _value(data, at, end, depth + 1).after
    raise Unreadable(Trouble.TOO_LARGE, "asn1")


def set_of(value: Value) -> bytes:
    """An implicitly tagged SET OF as it was signed: with a SET's own tag. The rest must be DER already."""
    return bytes([SET]) + value.whole[1:]
