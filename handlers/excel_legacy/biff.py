"""The records of an .xls stream (BIFF5 and BIFF8): cut apart, with their texts, whatever a record says of its length.

It is no handler but what handlers of old workbooks stand on. Trust: foreign. A record never reaches beyond the stream,
a text never beyond its record and the `CONTINUE` records after it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from gateway.handler import Limits, Trouble, Unreadable

BOF, EOF, CONTINUE, FILEPASS = 0x0809, 0x000A, 0x003C, 0x002F
BIFF8: Final = 0x0600
_HEAD: Final = struct.Struct("<HH")
_CODEPAGES: Final = {
    367: "ascii", 874: "cp874", 932: "cp932", 936: "gb18030", 949: "cp949", 950: "cp950", 1250: "cp1250",
    1251: "cp1251", 1252: "cp1252", 10000: "mac_roman", 32768: "mac_roman", 32769: "cp1252", 54936: "gb18030",
    65001: "utf-8",
}  # fmt: skip


def records(stream: bytes, start: int = 0) -> Iterator[tuple[int, int, list[bytes]]]:
    """Each record from `start` on: its type, where the next one begins, and its pieces. Ends where the stream does."""
    at, end = start, len(stream) - 3
    held: tuple[int, list[bytes]] | None = None
    unpack = _HEAD.unpack_from
    while at < end:
        kind, size = unpack(stream, at)
        piece = stream[at + 4 : at + 4 + size]
        if len(piece) < size:
            break
        if kind == CONTINUE and held:
            held[1].append(piece)
        else:
            if held:
                yield held[0], at, held[1]
            held = (kind, [piece])
        at += 4 + size
    if held:
        yield held[0], at, held[1]


def is_locked(stream: bytes) -> bool:
    """Whether the workbook is encrypted: the record that says so is among the first, and readable."""
    for number, (kind, _, _) in enumerate(records(stream)):
        if kind == FILEPASS:
            return True
        if number > 8:
            break
    return False


def codec(codepage: int) -> str:
    """How texts of one byte or more are written. Who does not say is taken for a neighbour's program."""
    return _CODEPAGES.get(codepage, "gb18030")


class Texts:
    """Reads texts out of a record's pieces, from `at` on. `encoding` is that of BIFF5; None is BIFF8."""

    def __init__(self, pieces: list[bytes], at: int, encoding: str | None, limits: Limits) -> None:
        self._pieces, self._number, self._at = pieces, 0, at
        self._encoding, self._most = encoding, limits.text

    @property
    def ended(self) -> bool:
        return self._number >= len(self._pieces) - 1 and self._at >= len(self._pieces[-1])

    def text(self, length_bytes: int) -> str:
        """The text that begins here, its length in one byte or two."""
        length = int.from_bytes(self.raw(length_bytes), "little")
        if length > self._most:
            raise Unreadable(Trouble.TOO_LARGE, "text")
        if self._encoding is not None:
            try:
                return self.raw(length).decode(self._encoding)
            except UnicodeDecodeError:
                raise Unreadable(Trouble.ENCODING, "old text") from None
        flags = self.raw(1)[0]
        runs = int.from_bytes(self.raw(2), "little") if flags & 8 else 0
        extra = int.from_bytes(self.raw(4), "little") if flags & 4 else 0
        text = self._characters(length, flags)
        if runs or extra:
            self.raw(4 * runs + extra)
        return text

    def raw(self, size: int) -> bytes:
        """So many bytes, over the ends of pieces where need be."""
        piece = self._pieces[self._number]
        end = self._at + size
        if end <= len(piece):
            found = piece[self._at : end]
            self._at = end
            return found
        parts = []
        while size:
            if self._at >= len(self._pieces[self._number]):
                self._next()
            part = self._pieces[self._number][self._at : self._at + size]
            parts.append(part)
            self._at += len(part)
            size -= len(part)
        return b"".join(parts)

    def _characters(self, length: int, flags: int) -> str:
        """Characters of one byte or two; each piece after the first says anew which."""
        parts = []
        while length:
            if self._at >= len(self._pieces[self._number]):
                self._next()
                flags = self.raw(1)[0]
            width = 1 + (flags & 1)
            here = min(length, (len(self._pieces[self._number]) - self._at) // width)
            if not here:
                raise Unreadable(Trouble.DAMAGED, "text")
            part = self.raw(here * width)
            parts.append(part.decode("utf-16-le" if width == 2 else "latin-1", "surrogatepass"))
            length -= here
        text = parts[0] if len(parts) == 1 else "".join(parts)
        return text if text.isascii() else _whole(text)

    def _next(self) -> None:
        if self._number + 1 >= len(self._pieces):
            raise Unreadable(Trouble.DAMAGED, "text")
        self._number, self._at = self._number + 1, 0


def _whole(text: str) -> str:
    """Halves of a character that were cut apart are put together; a half alone is shown as unreadable."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
