"""Workbooks of Excel 97 (.xls), as offices still save them: one sheet of texts and numbers.

Written from MS-XLS and MS-CFB, as little of each as Excel's successors need to open it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

_SECTOR = 512
_SHORTEST = 4096  # a shorter stream would lie elsewhere, among the small ones
_FREE, _END, _TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_BOF, _EOF, _SHEET, _CODEPAGE, _SIZE, _LABEL, _NUMBER = 0x809, 0x0A, 0x85, 0x42, 0x200, 0x204, 0x203
_UNICODE = 1200


def old_workbook(sheet: str, lines: Sequence[Sequence[str | int | float | None]]) -> bytes:
    """An .xls file with these lines of cells; a text has at most 4,000 characters."""
    return _compound(b"Workbook", _stream(sheet, lines))


def _stream(name: str, lines: Sequence[Sequence[str | int | float | None]]) -> bytes:
    """The workbook's stream: what it is, where its sheet begins, the sheet."""
    title = name[:31].encode("utf-16-le")
    listed = struct.pack("<HBB", 0, len(title) // 2, 1) + title
    head = _begin(5) + _record(_CODEPAGE, struct.pack("<H", _UNICODE))
    at = len(head) + 4 + 4 + len(listed) + len(_record(_EOF))
    globals_ = head + _record(_SHEET, struct.pack("<I", at) + listed) + _record(_EOF)
    size = struct.pack("<IIHHH", 0, len(lines), 0, max(map(len, lines), default=0), 0)
    return globals_ + _begin(0x10) + _record(_SIZE, size) + b"".join(_cells(lines)) + _record(_EOF)


def _begin(kind: int) -> bytes:
    return _record(_BOF, struct.pack("<HHHHII", 0x600, kind, 0x0DBB, 0x07CC, 0, 6))


def _record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _cells(lines: Sequence[Sequence[str | int | float | None]]) -> Iterable[bytes]:
    for row, line in enumerate(lines):
        for column, value in enumerate(line):
            place = struct.pack("<HHH", row, column, 0)
            if isinstance(value, str):
                text = value.encode("utf-16-le")
                yield _record(_LABEL, place + struct.pack("<HB", len(text) // 2, 1) + text)
            elif value is not None:
                yield _record(_NUMBER, place + struct.pack("<d", value))


def _compound(name: bytes, stream: bytes) -> bytes:
    """A compound file with one stream: its sectors, the directory, and the table of which sector follows which."""
    pieces = _cut(stream.ljust(_SHORTEST, b"\0"))
    directory = len(pieces)
    pieces += _cut(_entry(b"Root Entry", 5, 1, _END, 0) + _entry(name, 2, _FREE, 0, max(len(stream), _SHORTEST)))
    table = [*range(1, directory), _END, _END]
    count = 1
    while count * _SECTOR // 4 < len(table) + count:
        count += 1
    listed = range(len(pieces), len(pieces) + count)
    table += [_TABLE] * count
    pieces += _cut(struct.pack(f"<{len(table)}I", *table).ljust(count * _SECTOR, b"\xff"))
    head = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<9I", 0, count, directory, 0, _SHORTEST, _END, 0, _END, 0)
    head += struct.pack("<109I", *listed, *[_FREE] * (109 - count))
    return head + b"".join(pieces)


def _cut(data: bytes) -> list[bytes]:
    return [data[at : at + _SECTOR].ljust(_SECTOR, b"\0") for at in range(0, len(data), _SECTOR)]


def _entry(name: bytes, kind: int, child: int, start: int, size: int) -> bytes:
    text = (name.decode() + "\0").encode("utf-16-le")
    return text.ljust(64, b"\0") + struct.pack("<HBBIII36xIQ", len(text), kind, 1, _FREE, _FREE, child, start, size)
