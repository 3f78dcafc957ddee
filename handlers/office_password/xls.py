"""The encryptions of old workbooks (.xls, MS-XLS 2.2.10): RC4 in two forms, and XOR. Not a handler.

None of them shows a change. All leave the records' heads readable and some records whole, so that the stream keeps
its length.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import Final

from msoffcrypto.method.rc4 import DocumentRC4
from msoffcrypto.method.rc4_cryptoapi import DocumentRC4CryptoAPI
from msoffcrypto.method.xor_obfuscation import DocumentXOR

from gateway.handler import Trouble, Unreadable
from handlers.office_password.ooxml import WrongPassword

RECORDS: Final = 6_000_000
_BOF, _FILEPASS, _SHEET = 0x0809, 0x002F, 0x0085
_READABLE: Final = frozenset({_BOF, _FILEPASS, 0x0194, 0x0195, 0x00E1, 0x0196, 0x0138})
_HEAD: Final = struct.Struct("<HH")
_LOOKED_AT: Final = 10  # records before the one that says how a workbook is encrypted
_REKEYED: Final = 1_024
_XOR_PASSWORD: Final = 15
_ROTATED: Final = bytes((n << 3 | n >> 5) & 255 for n in range(256))

Place = tuple[int, int, int]  # kind, where the data begins, their size


def locked_at(stream: bytes) -> Place | None:
    """The record that says how the workbook is encrypted; None if it is not."""
    for number, (kind, at, size) in enumerate(_records(stream[:40_000])):
        if kind == _FILEPASS:
            return kind, at, size
        if number > _LOOKED_AT or (number == 0 and kind != _BOF):
            return None
    return None


def decrypted(stream: bytes, password: str) -> bytes:
    """The stream as if it had never been encrypted. Raises `WrongPassword`, `Unreadable`: DAMAGED, UNSUPPORTED."""
    place = locked_at(stream)
    if place is None:
        raise Unreadable(Trouble.DAMAGED, "encryption")
    _, at, size = place
    told = stream[at : at + size]
    kind, major, minor = struct.unpack_from("<HHH", told.ljust(6, b"\0"))
    if kind == 1 and (major, minor) == (1, 1) and size >= 54:
        plain = _rc4(stream, told, password)
    elif kind == 1 and major in (2, 3, 4) and minor == 2:
        plain = _crypto_api(stream, told, password)
    elif kind == 0 and size == 6:
        return _xored(stream, minor, password)
    else:
        raise Unreadable(Trouble.UNSUPPORTED, "encryption")
    return _merged(stream, plain)


def _records(stream: bytes) -> Iterator[Place]:
    at, count, end = 0, 0, len(stream) - 3
    while at < end:
        kind, size = _HEAD.unpack_from(stream, at)
        at += 4
        if at + size > len(stream) or count > RECORDS:
            return
        yield kind, at, size
        at, count = at + size, count + 1


def _hidden(stream: bytes) -> Iterator[tuple[int, int, int]]:
    """Where encrypted bytes begin and end, and where the data of their record begins."""
    for kind, at, size in _records(stream):
        if kind not in _READABLE:
            yield (at + 4 if kind == _SHEET else at), at + size, at


def _merged(stream: bytes, plain: bytes) -> bytes:
    """The decrypted bytes where there were encrypted ones, all others as they were, and nothing said of a password."""
    found = bytearray(stream)
    for begin, end, _ in _hidden(stream):
        found[begin:end] = plain[begin:end]
    return _unlocked(found)


def _unlocked(stream: bytearray) -> bytes:
    place = locked_at(bytes(stream[:40_000]))
    if place:
        _, at, size = place
        stream[at - 4 : at + size] = _HEAD.pack(0, size) + bytes(size)
    return bytes(stream)


def _rc4(stream: bytes, told: bytes, password: str) -> bytes:
    salt, verifier, value = struct.unpack_from("<16s16s16s", told, 6)
    if not DocumentRC4.verifypw(password, salt, verifier, value):
        raise WrongPassword
    plain: bytes = DocumentRC4.decrypt(password, salt, io.BytesIO(stream), _REKEYED).read()
    return plain


def _crypto_api(stream: bytes, told: bytes, password: str) -> bytes:
    try:
        size = struct.unpack_from("<I", told, 10)[0]
        algorithm, _, bits = struct.unpack_from("<III", told, 22)
        salt_size, salt, verifier, _, value = struct.unpack_from("<I16s16sI20s", told, 14 + size)
    except struct.error:
        raise Unreadable(Trouble.DAMAGED, "encryption") from None
    bits = bits or 40
    if algorithm != 0x6801 or salt_size != 16 or bits % 8 or not 40 <= bits <= 128:
        raise Unreadable(Trouble.UNSUPPORTED, "encryption")
    if not DocumentRC4CryptoAPI.verifypw(password, salt, bits, verifier, value):
        raise WrongPassword
    plain: bytes = DocumentRC4CryptoAPI.decrypt(password, salt, bits, io.BytesIO(stream), _REKEYED).read()
    return plain


def _xored(stream: bytes, verifier: int, password: str) -> bytes:
    """Method 1 of MS-OFFCRYPTO 2.3.7: at most 15 bytes of a password, in the encoding of a Chinese Windows."""
    try:
        short = password.encode("gbk")[:_XOR_PASSWORD].decode("latin-1")
    except UnicodeEncodeError:
        raise WrongPassword from None
    if not short or not DocumentXOR.verifypw(short, verifier):
        raise WrongPassword
    pattern = bytes(DocumentXOR.create_xor_array_method1(short))
    found = bytearray(stream)
    for begin, end, start in _hidden(stream):
        if end > begin:
            first = (end + begin - start) % 16
            key = (pattern[first:] + pattern * ((end - begin) // 16 + 1))[: end - begin]
            mixed = int.from_bytes(stream[begin:end], "big") ^ int.from_bytes(key, "big")
            found[begin:end] = mixed.to_bytes(end - begin, "big").translate(_ROTATED)
    return _unlocked(found)
