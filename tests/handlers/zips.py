"""ZIP archives written entry by entry, so that every field of them can be a lie; and ZipCrypto, which nobody writes."""

from __future__ import annotations

import bz2
import lzma
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

STORED, DEFLATED, DEFLATE64, BZIP2, LZMA = 0, 8, 9, 12, 14
UTF8, ENCRYPTED, LATER = 0x800, 1, 8
TIME = (2026 - 1980) << 25 | 11 << 21 | 20 << 16 | 8 << 11 | 30 << 5  # a local date and time, as DOS has them


def packed(data: bytes, method: int) -> bytes:
    if method == DEFLATED:
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        return packer.compress(data) + packer.flush()
    if method == BZIP2:
        return bz2.compress(data)
    if method == LZMA:
        of = {"id": lzma.FILTER_LZMA1, "dict_size": 1 << 16, "lc": 3, "lp": 0, "pb": 2}
        raw = lzma.compress(data, lzma.FORMAT_RAW, filters=[of])
        return b"\x09\x14\x05\x00\x5d" + (1 << 16).to_bytes(4, "little") + raw
    return data


@dataclass(frozen=True)
class Entry:
    """One entry; what is None is told as it is."""

    name: bytes
    data: bytes = b""
    method: int = DEFLATED
    flags: int = 0
    extra: bytes = b""
    system: int = 0
    mode: int = 0
    size: int | None = None
    checksum: int | None = None
    body: bytes | None = None
    password: bytes | None = None
    local_name: bytes | None = None

    def parts(self) -> tuple[bytes, bytes, int]:
        """The local header with its bytes, the directory's entry up to its offset, and the size of its name."""
        body = packed(self.data, self.method) if self.body is None else self.body
        checksum = zlib.crc32(self.data) if self.checksum is None else self.checksum
        size = len(self.data) if self.size is None else self.size
        flags = self.flags
        if self.password is not None:
            last = TIME >> 8 & 255 if flags & LATER else checksum >> 24
            body, flags = weakly_encrypted(body, self.password, last), flags | ENCRYPTED
        name = self.name if self.local_name is None else self.local_name
        middle = struct.pack("<HHHLLLL", 20, flags, self.method, TIME, checksum, len(body), size)
        local = b"PK\x03\x04" + middle + struct.pack("<HH", len(name), len(self.extra)) + name + self.extra + body
        sizes = struct.pack("<HHHHHL", len(self.name), len(self.extra), 0, 0, 0, self.mode << 16)
        return local, b"PK\x01\x02" + bytes((20, self.system)) + middle + sizes, len(self.name)


def archive(entries: Sequence[Entry], at_zero: bool = False) -> bytes:
    """`at_zero`: every directory entry points to the first local header."""
    body, directory = b"", b""
    for entry in entries:
        local, central, _ = entry.parts()
        directory += central + struct.pack("<L", 0 if at_zero else len(body)) + entry.name + entry.extra
        body += local
    count = len(entries)
    return body + directory + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(directory), len(body), 0)


def weakly_encrypted(data: bytes, password: bytes, last: int) -> bytes:
    """PKWARE's traditional encryption, from APPNOTE 6.1, with a header of eleven bytes that are not random."""
    table = [_crc(n) for n in range(256)]
    keys = [0x12345678, 0x23456789, 0x34567890]

    def update(byte: int) -> None:
        keys[0] = keys[0] >> 8 ^ table[(keys[0] ^ byte) & 255]
        keys[1] = ((keys[1] + (keys[0] & 255)) * 134775813 + 1) % (1 << 32)
        keys[2] = keys[2] >> 8 ^ table[(keys[2] ^ keys[1] >> 24) & 255]

    for byte in password:
        update(byte)
    out = bytearray()
    for byte in bytes(range(11)) + bytes([last]) + data:
        mix = (keys[2] | 2) & 0xFFFF
        out.append(byte ^ (mix * (mix ^ 1) >> 8) & 255)
        update(byte)
    return bytes(out)


def _crc(n: int) -> int:
    for _ in range(8):
        n = n >> 1 ^ (0xEDB88320 if n & 1 else 0)
    return n
