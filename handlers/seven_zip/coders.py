"""The steps by which a 7z archive unpacks: LZMA, LZMA2, Deflate, BZip2, and the filters for programs. Not a handler."""

from __future__ import annotations

import bz2
import lzma
import struct
import zlib
from typing import Any, Final

from gateway.handler import Trouble, Unreadable
from handlers.seven_zip.header import Coder

BROKEN: Final = (lzma.LZMAError, zlib.error, OSError, EOFError, ValueError)
_COPY, _LZMA, _LZMA2 = b"\x00", b"\x03\x01\x01", b"\x21"
_DEFLATE, _BZIP2 = b"\x04\x01\x08", b"\x04\x02\x02"
_FILTERS: Final = {
    b"\x03\x03\x01\x03": lzma.FILTER_X86, b"\x04": lzma.FILTER_X86, b"\x03\x03\x02\x05": lzma.FILTER_POWERPC,
    b"\x03\x03\x04\x01": lzma.FILTER_IA64, b"\x03\x03\x05\x01": lzma.FILTER_ARM,
    b"\x03\x03\x07\x01": lzma.FILTER_ARMTHUMB, b"\x03\x03\x08\x05": lzma.FILTER_SPARC,
}  # fmt: skip
_CHUNK: Final = 1 << 16


def decoded(coder: Coder, content: bytes) -> bytes:
    """One step of unpacking, to exactly the size that was announced. Raises `Unreadable(UNSUPPORTED)` or `BROKEN`."""
    if coder.id == _COPY:
        found = content
    elif coder.id in _FILTERS:
        found = _filtered(content, _FILTERS[coder.id])
    elif coder.id in (_LZMA, _LZMA2, _DEFLATE, _BZIP2):
        found = _decompressor(coder).decompress(content, coder.size) if coder.size else b""
    else:
        raise Unreadable(Trouble.UNSUPPORTED, "compression")
    if len(found) != coder.size:
        raise ValueError
    return found


def _filtered(content: bytes, filter: int) -> bytes:
    """What was changed to pack programs better, changed back. The library does so only behind LZMA2: here, stored."""
    chunks = [content[at : at + _CHUNK] for at in range(0, len(content), _CHUNK)]
    told = [(b"\x02" if at else b"\x01") + struct.pack(">H", len(one) - 1) + one for at, one in enumerate(chunks)]
    last = {"id": lzma.FILTER_LZMA2, "dict_size": _CHUNK}
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[{"id": filter}, last]).decompress(b"".join([*told, b"\0"]))


def _decompressor(coder: Coder) -> Any:
    if coder.id == _DEFLATE:
        return zlib.decompressobj(-zlib.MAX_WBITS)
    if coder.id == _BZIP2:
        return bz2.BZ2Decompressor()
    told = coder.properties
    if coder.id == _LZMA2:
        if len(told) != 1 or told[0] > 40:
            raise ValueError
        wanted = 0xFFFFFFFF if told[0] == 40 else (2 | told[0] & 1) << told[0] // 2 + 11
        return _raw_lzma({"id": lzma.FILTER_LZMA2}, wanted, coder.size)
    if len(told) != 5 or told[0] >= 225:
        raise ValueError
    of = {"id": lzma.FILTER_LZMA1, "lc": told[0] % 9, "lp": told[0] // 9 % 5, "pb": told[0] // 45}
    return _raw_lzma(of, int.from_bytes(told[1:], "little"), coder.size)


def _raw_lzma(of: dict[str, int], wanted: int, size: int) -> lzma.LZMADecompressor:
    """Nothing reaches back further than there is output, so the dictionary needs no more than that."""
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[of | {"dict_size": max(4_096, min(wanted, size))}])
