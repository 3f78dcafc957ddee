"""The two encryptions of ZIP archives: WinZip's AES, authenticated before a byte is used, and ZipCrypto. Not a handler.

AES follows WinZip's specification (AE-1, AE-2): PBKDF2-HMAC-SHA1 with 1,000 rounds, AES in counter mode, and ten bytes
of HMAC-SHA1 over all encrypted bytes. It protects the content of each file, not the names, nor which files there are.
ZipCrypto protects nothing from a change and little from a reader: who sees twelve known bytes has the key.
"""

from __future__ import annotations

import hashlib
import hmac
import zlib
from array import array
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from gateway.handler import Trouble, Unreadable
from handlers.forms.zip_parts import extra_fields

AES_METHOD: Final = 99
WEAK_BYTES: Final = 8 << 20  # of ZipCrypto: it goes byte by byte, about a microsecond each
_AES_FIELD: Final = 0x9901
_ROUNDS: Final = 1_000
_MAC: Final = 10
_STEP: Final = 1 << 20
_WEAK_HEADER: Final = 12
_MASK: Final = 0xFFFFFFFF


class WrongPassword(Exception):
    """The password does not open this entry."""


@dataclass(frozen=True, slots=True)
class AesField:
    """What the extra field of an AES entry says: key bits are 128, 192, 256; `method` is the compression inside."""

    version: int
    bits: int
    method: int


def aes_field(extra: bytes) -> AesField:
    """The AES field of an entry. Raises `Unreadable(DAMAGED)`."""
    for kind, field in extra_fields(extra):
        right = kind == _AES_FIELD and len(field) == 7 and field[0] in (1, 2) and field[2:4] == b"AE"
        if right and field[4] in (1, 2, 3):
            return AesField(field[0], 64 + 64 * field[4], int.from_bytes(field[5:7], "little"))
    raise Unreadable(Trouble.DAMAGED, "aes")


def open_aes(packed: memoryview, field: AesField, password: bytes) -> bytes:
    """The bytes of an AES entry, whole and authenticated. Raises `WrongPassword`, `Unreadable(DAMAGED)`."""
    size, salt_size = field.bits // 8, field.bits // 16
    if len(packed) < salt_size + 2 + _MAC:
        raise Unreadable(Trouble.DAMAGED, "aes")
    salt, body = bytes(packed[:salt_size]), packed[salt_size + 2 : -_MAC]
    keys = hashlib.pbkdf2_hmac("sha1", password, salt, _ROUNDS, 2 * size + 2)
    if not hmac.compare_digest(keys[2 * size :], packed[salt_size : salt_size + 2]):
        raise WrongPassword
    told = hmac.new(keys[size : 2 * size], body, "sha1").digest()[:_MAC]
    if not hmac.compare_digest(told, packed[-_MAC:]):
        raise Unreadable(Trouble.DAMAGED, "authentication")
    return _counted(body, keys[:size])


def _counted(body: memoryview, key: bytes) -> bytes:
    """AES in WinZip's counter mode: the counter begins at one, its lowest byte first, which no library's mode does."""
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 - of counters that never repeat
    found = []
    for at in range(0, len(body), _STEP):
        piece = body[at : at + _STEP]
        first, count = at // 16 + 1, -(-len(piece) // 16)
        counters = array("Q", bytes(16 * count))
        counters[0::2] = array("Q", range(first, first + count))
        stream = encryptor.update(counters.tobytes())[: len(piece)]
        mixed = int.from_bytes(piece, "little") ^ int.from_bytes(stream, "little")
        found.append(mixed.to_bytes(len(piece), "little"))
    return b"".join(found)


def open_weak(packed: memoryview, check: bytes, password: bytes) -> bytes:
    """The bytes of a ZipCrypto entry, of which nothing is certain. `check`: what the last byte of its header may be.

    Raises `WrongPassword` (for 254 of 256 wrong ones), `Unreadable`: DAMAGED, TOO_LARGE.
    """
    if len(packed) < _WEAK_HEADER:
        raise Unreadable(Trouble.DAMAGED, "encryption")
    if len(packed) > WEAK_BYTES:
        raise Unreadable(Trouble.TOO_LARGE, "encryption")
    keys = _weak_keys(password)
    header, keys = _weak_stream(packed[:_WEAK_HEADER], keys)
    if header[-1] not in check:
        raise WrongPassword
    return _weak_stream(packed[_WEAK_HEADER:], keys)[0]


_Keys = tuple[int, int, int]
_TABLE: Final = tuple(zlib.crc32(bytes([n]), _MASK) ^ _MASK for n in range(256))


def _weak_keys(password: bytes) -> _Keys:
    low, middle, high = 0x12345678, 0x23456789, 0x34567890
    for byte in password:
        low = (low >> 8) ^ _TABLE[(low ^ byte) & 255]
        middle = ((middle + (low & 255)) * 134775813 + 1) & _MASK
        high = (high >> 8) ^ _TABLE[(high ^ (middle >> 24)) & 255]
    return low, middle, high


def _weak_stream(packed: memoryview, keys: _Keys) -> tuple[bytes, _Keys]:
    low, middle, high = keys
    table, found = _TABLE, bytearray(packed)
    for at, byte in enumerate(packed):
        mix = high | 2
        byte ^= ((mix * (mix ^ 1)) >> 8) & 255
        found[at] = byte
        low = (low >> 8) ^ table[(low ^ byte) & 255]
        middle = ((middle + (low & 255)) * 134775813 + 1) & _MASK
        high = (high >> 8) ^ table[(high ^ (middle >> 24)) & 255]
    return bytes(found), (low, middle, high)
