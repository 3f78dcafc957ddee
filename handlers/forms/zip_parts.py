"""The entries of a ZIP archive, read one at a time and never beyond their caps.

It is no handler but what handlers of zipped formats stand on. Trust: nothing an archive says of itself is believed.
The directory is capped before it is read, entries may not share bytes, and unpacking stops at the limit, not after it.
What comes out of an entry has exactly the size and checksum that were announced, or nothing does.
"""

from __future__ import annotations

import bz2
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, Final

from gateway.handler import Limits, Trouble, Unreadable

ENTRIES: Final = 4_000
_SIGNS: Final = 20_000  # of entries in all bytes: a stored workbook brings a directory of its own
_ENTRY: Final = b"PK\x01\x02"  # begins each entry of the directory
_LOCAL: Final = struct.Struct("<4s22xHH")
_SMALL: Final = 4 << 20  # below this much, no ratio is suspicious: formatted empty rows pack a thousandfold
_DICTIONARY: Final = 64 << 20  # LZMA takes as much memory as the archive asks for
_ENCRYPTED: Final = 1
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, NotImplementedError, RuntimeError,
    ValueError, OverflowError, OSError, IndexError, KeyError,
)  # fmt: skip
# What the first entry of an office document is called; a plain archive of such documents begins with another name.
_OFFICE: Final = (
    "[content_types].xml", "_rels/", "docprops/", "customxml/", "xl/", "word/", "ppt/", "mimetype", "ofd.xml",
    "meta-inf/",
)  # fmt: skip


class ZipParts:
    """An archive in memory. `names` are as written, with `/` between folders. Raises `Unreadable`."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        if data.count(_ENTRY) > _SIGNS:
            raise Unreadable(Trouble.TOO_LARGE, "entries")
        try:
            archive = zipfile.ZipFile(io.BytesIO(data))
        except _BROKEN:
            raise Unreadable(Trouble.DAMAGED, "zip") from None
        self.entries = archive.infolist()
        if len(self.entries) > ENTRIES:
            raise Unreadable(Trouble.TOO_LARGE, "entries")
        self._entries = {entry.filename.replace("\\", "/").lstrip("/"): entry for entry in self.entries}
        self._data, self._limits, self._left = data, limits, limits.bytes
        self._begins = _places(data, self.entries, archive.start_dir)

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
        if entry.flag_bits & _ENCRYPTED:
            raise Unreadable(Trouble.UNSUPPORTED, "password")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Unreadable(Trouble.UNSUPPORTED, "compression")  # no program saves a workbook like that
        return self.unpack(entry, self.packed(entry), entry.compress_type)

    def packed(self, entry: zipfile.ZipInfo) -> memoryview:
        """The bytes of an entry as they lie in the archive."""
        begin = self._begins[entry.header_offset]
        return memoryview(self._data)[begin : begin + entry.compress_size]

    def unpack(self, entry: zipfile.ZipInfo, packed: bytes | memoryview, method: int, checksum: bool = True) -> bytes:
        """What an entry unpacks to, all of it and nothing beyond; counted against the limits of the archive."""
        try:
            content = _unpacked(packed, method, self._left + 1)
        except _BROKEN:
            raise Unreadable(Trouble.DAMAGED, "zip") from None
        self._left -= len(content)
        taken = self._limits.bytes - self._left
        if taken > max(_SMALL, len(self._data) * self._limits.ratio):
            raise Unreadable(Trouble.BOMB, "ratio")
        if self._left < 0:
            raise Unreadable(Trouble.TOO_LARGE, "unpacked")
        if len(content) != entry.file_size or (checksum and zlib.crc32(content) != entry.CRC):
            raise Unreadable(Trouble.DAMAGED, "checksum")
        return content


def is_office(head: bytes) -> bool:
    """Whether an archive begins as office documents do (OOXML, OpenDocument, OFD), by the name of its first entry."""
    if not head.startswith(b"PK\x03\x04") or len(head) < 30:
        return False
    name = head[30 : 30 + int.from_bytes(head[26:28], "little")]
    return name.replace(b"\\", b"/").lower().decode("latin-1").startswith(_OFFICE)


def _places(data: bytes, entries: list[zipfile.ZipInfo], directory: int) -> dict[int, int]:
    """Where the bytes of each entry begin, by its header. Entries that share bytes unpack them many times over."""
    begins: dict[int, int] = {}
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        at = entry.header_offset
        if not 0 <= at <= len(data) - _LOCAL.size:
            raise Unreadable(Trouble.DAMAGED, "zip")
        sign, name, extra = _LOCAL.unpack_from(data, at)
        if at < end:
            raise Unreadable(Trouble.BOMB, "overlap")
        begins[at] = at + _LOCAL.size + name + extra
        end = begins[at] + entry.compress_size
        here = data[at + _LOCAL.size : at + _LOCAL.size + name]
        if sign != b"PK\x03\x04" or end > directory or here != written_name(entry):
            raise Unreadable(Trouble.DAMAGED, "zip")
    return begins


def written_name(entry: zipfile.ZipInfo) -> bytes:
    """The name of an entry, byte for byte as the archive has it."""
    return entry.orig_filename.encode("utf-8" if entry.flag_bits & 0x800 else "cp437")


def extra_fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    """The extra fields of an entry by their ids, as far as they are whole."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        yield kind, extra[at + 4 : at + 4 + size]
        at += 4 + size


def _unpacked(packed: bytes | memoryview, method: int, most: int) -> bytes:
    """At most `most` bytes. A stream must end where its bytes do."""
    if method == zipfile.ZIP_STORED:
        return bytes(packed[:most])
    unpacker: Any
    if method == zipfile.ZIP_DEFLATED:
        unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    elif method == zipfile.ZIP_BZIP2:
        unpacker = bz2.BZ2Decompressor()
    elif method == zipfile.ZIP_LZMA:
        unpacker, packed = _lzma(packed)
    else:
        raise Unreadable(Trouble.UNSUPPORTED, "compression")
    content: bytes = unpacker.decompress(packed, most)
    if len(content) < most and (unpacker.unused_data or not (unpacker.eof or method == zipfile.ZIP_LZMA)):
        raise ValueError
    return content


def _lzma(packed: bytes | memoryview) -> tuple[lzma.LZMADecompressor, memoryview]:
    """An LZMA stream of a ZIP: two bytes of version, the size of the properties, and those."""
    size = int.from_bytes(packed[2:4], "little")
    properties = bytes(packed[4 : 4 + size])
    if size != 5 or len(properties) < 5 or properties[0] >= 225:
        raise ValueError
    if int.from_bytes(properties[1:], "little") > _DICTIONARY:
        raise Unreadable(Trouble.TOO_LARGE, "dictionary")
    of = {"id": lzma.FILTER_LZMA1, "dict_size": int.from_bytes(properties[1:], "little"), "lc": properties[0] % 9,
          "lp": properties[0] // 9 % 5, "pb": properties[0] // 45}  # fmt: skip
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[of]), memoryview(packed)[9:]
