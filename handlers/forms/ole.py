"""The streams of an OLE compound file: what .xls, .et, .msg and password-protected Office files are kept in.

It is no handler but what handlers of such files stand on. Trust: sizes and chains are the sender's word. A chain that
comes back to itself or leaves the file is damage, and no stream is ever longer than the file that holds it.
"""

from __future__ import annotations

import struct
import sys
from array import array
from dataclasses import dataclass
from typing import Final

from gateway.handler import Limits, Trouble, Unreadable

MAGIC: Final = bytes.fromhex("D0CF11E0A1B11AE1")
ENTRIES: Final = 20_000  # of the directory; a mail with two hundred attachments has some thousand
_HEADER: Final = struct.Struct("<24xHHHHH6xIIIIIIIII")
_ENTRY: Final = struct.Struct("<64sHBxIII36xIQ")
_END: Final = 0xFFFFFFFA  # from here on, a number is a mark and not a sector
_NONE: Final = 0xFFFFFFFF
_STORAGE, _STREAM, _ROOT = 1, 2, 5


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    kind: int
    siblings: tuple[int, int]
    child: int
    start: int
    size: int


class Ole:
    """A compound file in memory. `names` are paths with `/` between storages. Raises `Unreadable(DAMAGED)`."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        if len(data) > limits.bytes:
            raise Unreadable(Trouble.TOO_LARGE, "bytes")
        if not data.startswith(MAGIC) or len(data) < 512:
            raise Unreadable(Trouble.DAMAGED, "ole")
        self._data = data
        (
            _, version, order, shift, self._mini_shift, _, fat_sectors, directory, _, self._cutoff,
            mini_fat, mini_sectors, more, _,
        ) = _HEADER.unpack_from(data)  # fmt: skip
        if order != 0xFFFE or shift not in (9, 12) or self._mini_shift != 6 or version not in (3, 4):
            raise Unreadable(Trouble.DAMAGED, "ole")
        self._size = 1 << shift
        self._fat = self._read_fat(fat_sectors, more)
        entries = self._entries(self._chain(directory, self._fat, None))
        root = entries[0] if entries and entries[0].kind == _ROOT else None
        if root is None:
            raise Unreadable(Trouble.DAMAGED, "ole")
        self._mini_fat = _numbers(self._chain(mini_fat, self._fat, None)) if mini_sectors else array("I")
        self._small = self._chain(root.start, self._fat, root.size) if root.size and root.start < _END else b""
        self._streams = {path: entry for path, entry in _paths(entries) if entry.kind == _STREAM}

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._streams)

    def read(self, name: str) -> bytes | None:
        """One stream whole; None if there is none of that name (case does not matter)."""
        entry = self._streams.get(name) or next(
            (e for path, e in self._streams.items() if path.lower() == name.lower()), None
        )
        if entry is None:
            return None
        if not entry.size:
            return b""
        if entry.size < self._cutoff:
            return self._chain(entry.start, self._mini_fat, entry.size, small=True)
        return self._chain(entry.start, self._fat, entry.size)

    def _sector(self, number: int) -> bytes:
        at = (number + 1) * self._size
        found = self._data[at : at + self._size]
        if not found:
            raise Unreadable(Trouble.DAMAGED, "ole sector")
        return found

    def _read_fat(self, count: int, more: int) -> array[int]:
        """The table that says for each sector which comes next. Its own sectors are listed in the header, then in a
        chain of lists."""
        listed = list(struct.unpack_from("<109I", self._data, 76))
        most = len(self._data) // self._size + 1
        while len(listed) < count and more < _END:
            numbers = _numbers(self._sector(more).ljust(self._size, b"\xff"))
            more = numbers.pop()
            listed.extend(numbers)
            if len(listed) > 2 * most + 109:
                raise Unreadable(Trouble.DAMAGED, "ole table")
        found = [self._sector(number) for number in listed[: min(count, most)] if number < _END]
        if not found:
            raise Unreadable(Trouble.DAMAGED, "ole table")
        return _numbers(b"".join(found))

    def _chain(self, start: int, table: array[int], size: int | None, *, small: bool = False) -> bytes:
        """The sectors from `start` on, joined and cut to `size`; all of them if None."""
        step = 1 << self._mini_shift if small else self._size
        found: list[bytes] = []
        number = start
        wanted = len(table) + 1 if size is None else -(-size // step)
        if wanted > len(table) + 1:
            raise Unreadable(Trouble.DAMAGED, "ole size")
        while number < _END and len(found) < wanted:
            if number >= len(table) or len(found) == len(table):
                raise Unreadable(Trouble.DAMAGED, "ole chain")
            found.append(self._small[number * step : (number + 1) * step] if small else self._sector(number))
            number = table[number]
        joined = b"".join(found)
        if size is not None and len(joined) < size:
            raise Unreadable(Trouble.DAMAGED, "ole chain")
        return joined if size is None else joined[:size]

    def _entries(self, raw: bytes) -> list[_Entry]:
        if len(raw) // _ENTRY.size > ENTRIES:
            raise Unreadable(Trouble.TOO_LARGE, "ole entries")
        found = []
        for at in range(0, len(raw) - _ENTRY.size + 1, _ENTRY.size):
            name, length, kind, left, right, child, start, size = _ENTRY.unpack_from(raw, at)
            text = name[: max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
            size = size if self._size == 4096 else size & 0xFFFFFFFF  # the upper half was not always zero
            found.append(_Entry(text, kind, (left, right), child, start, size))
        return found


def _paths(entries: list[_Entry]) -> list[tuple[str, _Entry]]:
    """Every entry below the root with its path, each once, however its neighbours point at one another."""
    found: list[tuple[str, _Entry]] = []
    met = {0}
    ahead = [("", entries[0].child)]
    while ahead:
        folder, number = ahead.pop()
        if number == _NONE or number in met or number >= len(entries):
            continue
        met.add(number)
        entry = entries[number]
        path = folder + entry.name
        found.append((path, entry))
        ahead += [(folder, sibling) for sibling in entry.siblings]
        if entry.kind == _STORAGE and path.count("/") < 32:
            ahead.append((path + "/", entry.child))
    return found


def _numbers(raw: bytes) -> array[int]:
    numbers = array("I", raw[: len(raw) // 4 * 4])
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
