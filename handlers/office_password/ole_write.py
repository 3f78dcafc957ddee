"""An OLE compound file with one stream: what an old workbook comes in once it is decrypted. Not a handler."""

from __future__ import annotations

import struct
from typing import Final

_SECTOR: Final = 512
_SMALL: Final = 4_096  # shorter streams would lie elsewhere; zeros at the end of a workbook mean nothing
_FREE, _END, _TABLE, _LISTS = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFC
_LISTED: Final = 109  # sectors of the table that the header lists; others are listed in sectors of their own


def compound(name: str, stream: bytes) -> bytes:
    """A file (version 3) whose only stream has this name, filled up with zeros to at least 4,096 bytes."""
    data = stream.ljust(_SMALL, b"\0")
    data += bytes(-len(data) % _SECTOR)
    used = len(data) // _SECTOR + 1  # with the directory, which comes first
    tables = lists = 0
    while tables * 128 < used + tables + lists or lists * 127 < tables - _LISTED:
        tables = -(-(used + tables + lists) // 128)
        lists = max(0, -(-(tables - _LISTED) // 127))
    chain = [_END, *range(2, used), _END]
    table = chain + [_TABLE] * tables + [_LISTS] * lists
    table += [_FREE] * (tables * 128 - len(table))
    places = range(used, used + tables)
    header = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<9I", 0, tables, 0, 0, _SMALL, _END, 0, used + tables if lists else _END, lists)
    head = [*places[:_LISTED], *[_FREE] * (_LISTED - tables)]
    body = header + struct.pack("<109I", *head) + _directory(name, max(len(stream), _SMALL)) + data
    return body + struct.pack(f"<{len(table)}I", *table) + _further(places[_LISTED:], used + tables, lists)


def _further(places: range, first: int, lists: int) -> bytes:
    found = b""
    for number in range(lists):
        here = list(places[number * 127 : number * 127 + 127])
        after = first + number + 1 if number + 1 < lists else _END
        found += struct.pack("<128I", *here, *[_FREE] * (127 - len(here)), after)
    return found


def _directory(name: str, size: int) -> bytes:
    root = _entry("Root Entry", 5, 1, _END, 0)
    return (root + _entry(name, 2, _FREE, 1, size)).ljust(_SECTOR, b"\0")


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    text = (name + "\0").encode("utf-16-le")
    head = text.ljust(64, b"\0") + struct.pack("<HBBIII36x", len(text), kind, 1, _FREE, _FREE, child)
    return head + struct.pack("<IQ", start, size)
