"""The entries of a ZIP archive, read one at a time and never beyond their caps.

It is no handler but what handlers of zipped formats stand on. Trust: nothing an archive says of itself is believed.
The directory is capped before it is read, entries may not share bytes, and unpacking stops at the limit, not after it.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import Final

from gateway.handler import Limits, Trouble, Unreadable

ENTRIES: Final = 4_000
_ENTRY: Final = b"PK\x01\x02"  # begins each entry of the directory
_LOCAL: Final = struct.Struct("<4s22xHH")
_SMALL: Final = 4 << 20  # below this much, no ratio is suspicious: formatted empty rows pack a thousandfold
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, ValueError,
    OverflowError, OSError, IndexError, KeyError,
)  # fmt: skip


class ZipParts:
    """An archive in memory. `names` are as written, with `/` between folders. Raises `Unreadable`."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        if data.count(_ENTRY) > ENTRIES:
            raise Unreadable(Trouble.TOO_LARGE, "entries")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except _BROKEN:
            raise Unreadable(Trouble.DAMAGED, "zip") from None
        self._entries = {entry.filename.replace("\\", "/").lstrip("/"): entry for entry in self._zip.infolist()}
        self._packed, self._limits, self._left = len(data), limits, limits.bytes
        _refuse_overlap(data, self._zip.infolist())

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._entries)

    def read(self, name: str) -> bytes | None:
        """One entry whole, its checksum verified; None if there is none of that name (case does not matter)."""
        entry = self._entries.get(name) or next(
            (e for n, e in self._entries.items() if n.lower() == name.lower()), None
        )
        if entry is None:
            return None
        if entry.flag_bits & 1:
            raise Unreadable(Trouble.UNSUPPORTED, "password")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Unreadable(Trouble.UNSUPPORTED, "compression")  # LZMA takes as much memory as the archive asks for
        try:
            with self._zip.open(entry) as stream:
                content = stream.read(self._left + 1)
        except _BROKEN:
            raise Unreadable(Trouble.DAMAGED, "zip") from None
        self._left -= len(content)
        taken = self._limits.bytes - self._left
        if taken > max(_SMALL, self._packed * self._limits.ratio):
            raise Unreadable(Trouble.BOMB, "ratio")
        if self._left < 0:
            raise Unreadable(Trouble.TOO_LARGE, "unpacked")
        return content


def _refuse_overlap(data: bytes, entries: list[zipfile.ZipInfo]) -> None:
    """Entries that share packed bytes unpack the same bytes many times over."""
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if not 0 <= entry.header_offset <= len(data) - _LOCAL.size:
            raise Unreadable(Trouble.DAMAGED, "zip")
        _, name, extra = _LOCAL.unpack_from(data, entry.header_offset)
        if entry.header_offset < end:
            raise Unreadable(Trouble.BOMB, "overlap")
        end = entry.header_offset + _LOCAL.size + name + extra + entry.compress_size
        if end > len(data):
            raise Unreadable(Trouble.DAMAGED, "zip")
