"""Office files locked by hand, from MS-OFFCRYPTO and MS-XLS, so that each field of their encryption can be a lie."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
from dataclasses import dataclass, field

from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tests.handlers.old_books import compound

SALT = bytes(range(16))
SECRET = bytes(range(100, 132))
NAMESPACES = (
    'xmlns="http://schemas.microsoft.com/office/2006/encryption" '
    'xmlns:p="http://schemas.microsoft.com/office/2006/keyEncryptor/password"'
)


def wide(password: str) -> bytes:
    return password.encode("utf-16-le")


@dataclass
class Agile:
    """An agile file, step by step; `changes` replaces words of its description."""

    data: bytes
    password: str
    hash: str = "SHA512"
    bits: int = 256
    spins: int = 1_000
    told_spins: int | None = None
    size: int | None = None
    changes: dict[str, str] = field(default_factory=dict)
    package: bytes | None = None

    def make(self) -> bytes:
        new = lambda data: hashlib.new(self.hash, data).digest()  # noqa: E731
        spun = new(SALT + wide(self.password))
        for number in range(self.spins):
            spun = new(struct.pack("<I", number) + spun)

        def key(block: str) -> bytes:
            return new(spun + bytes.fromhex(block))[: self.bits // 8]

        def vector(block: bytes) -> bytes:
            return new(SALT + block)[:16]

        secret = SECRET[: self.bits // 8]
        size = len(self.data) if self.size is None else self.size
        package = struct.pack("<Q", size) + b"".join(
            cbc(secret, vector(struct.pack("<I", number)), padded(self.data[at : at + 4096]))
            for number, at in enumerate(range(0, len(self.data), 4096))
        )
        mac_key = new(b"mac key")
        mac = hmac.new(mac_key, package, self.hash).digest()
        told = lambda raw: base64.b64encode(raw).decode()  # noqa: E731
        method = (
            f'saltSize="16" blockSize="16" keyBits="{self.bits}" hashSize="{len(mac)}" cipherAlgorithm="AES" '
            f'cipherChaining="ChainingModeCBC" hashAlgorithm="{self.hash.upper()}" saltValue="{told(SALT)}"'
        )
        verifier = bytes(16)
        xml = f"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?><encryption {NAMESPACES}><keyData {method}/>
<dataIntegrity encryptedHmacKey="{told(cbc(secret, vector(bytes.fromhex("5fb2ad010cb9e1f6")), padded(mac_key)))}"
 encryptedHmacValue="{told(cbc(secret, vector(bytes.fromhex("a0677f02b22c8433")), padded(mac)))}"/>
<keyEncryptors><keyEncryptor uri="http://schemas.microsoft.com/office/2006/keyEncryptor/password">
<p:encryptedKey spinCount="{self.spins if self.told_spins is None else self.told_spins}" {method}
 encryptedVerifierHashInput="{told(cbc(key("fea7d2763b4b9e79"), SALT, verifier))}"
 encryptedVerifierHashValue="{told(cbc(key("d7aa0f6d3061344e"), SALT, padded(new(verifier))))}"
 encryptedKeyValue="{told(cbc(key("146e0be7abacd0d6"), SALT, padded(secret)))}"/>
</keyEncryptor></keyEncryptors></encryption>"""
        for word, other in self.changes.items():
            assert word in xml
            xml = xml.replace(word, other)
        info = struct.pack("<HHI", 4, 4, 0x40) + xml.encode()
        return package_file(info, package if self.package is None else self.package)


def package_file(info: bytes, package: bytes) -> bytes:
    return compound({"EncryptionInfo": info, "EncryptedPackage": package})


def standard(data: bytes, password: str, bits: int = 128, algorithm: int = 0x660E, size: int | None = None) -> bytes:
    """As Office 2007 locks files: blocks one by one, nothing over them all."""
    spun = hashlib.sha1(SALT + wide(password)).digest()
    for number in range(50_000):
        spun = hashlib.sha1(struct.pack("<I", number) + spun).digest()
    last = hashlib.sha1(spun + bytes(4)).digest()
    inner, outer = (
        hashlib.sha1(bytes(a ^ b for a, b in zip(last.ljust(64, b"\0"), bytes([pad]) * 64, strict=True))).digest()
        for pad in (0x36, 0x5C)
    )
    encryptor = Cipher(algorithms.AES((inner + outer)[: bits // 8]), modes.ECB()).encryptor()
    name = wide("Microsoft Enhanced RSA and AES Cryptographic Provider\0")
    header = struct.pack("<8I", 0x24, 0, algorithm, 0x8004, bits, 0x18, 0, 0) + name
    verifier = bytes(range(50, 66))
    info = struct.pack("<HHII", 3, 2, 0x24, len(header)) + header + struct.pack("<I", 16) + SALT
    info += encryptor.update(verifier) + struct.pack("<I", 20)
    info += encryptor.update(hashlib.sha1(verifier).digest().ljust(32, b"\0"))
    package = struct.pack("<Q", len(data) if size is None else size) + encryptor.update(padded(data))
    return package_file(info, package)


def rc4_40(stream: bytes, password: str) -> bytes:
    """A workbook's stream as Excel 97 locks it. It must have 58 bytes for the record, with zeros, after its first."""
    start = hashlib.md5(wide(password)).digest()[:5]
    base = hashlib.md5((start + SALT) * 16).digest()[:5]

    def key(block: int) -> bytes:
        return hashlib.md5(base + struct.pack("<I", block)).digest()

    cipher = Cipher(ARC4(key(0)), None).encryptor()
    verifier = cipher.update(SALT[::-1]), cipher.update(hashlib.md5(SALT[::-1]).digest())
    told = struct.pack("<HHH", 1, 1, 1) + SALT + verifier[0] + verifier[1]
    return _hidden(_with_pass(stream, told), lambda raw: _rekeyed(raw, key))


def crypto_api(stream: bytes, password: str, bits: int = 128) -> bytes:
    """As Excel 2002 and later lock .xls files."""
    start = hashlib.sha1(SALT + wide(password)).digest()

    def key(block: int) -> bytes:
        found = hashlib.sha1(start + struct.pack("<I", block)).digest()
        return found[:5] + bytes(11) if bits == 40 else found[: bits // 8]

    cipher = Cipher(ARC4(key(0)), None).encryptor()
    header = struct.pack("<8I", 4, 0, 0x6801, 0x8004, bits, 1, 0, 0) + wide("Provider\0")
    told = struct.pack("<HHHII", 1, 4, 2, 4, len(header)) + header + struct.pack("<I", 16) + SALT
    told += cipher.update(SALT[::-1]) + struct.pack("<I", 20) + cipher.update(hashlib.sha1(SALT[::-1]).digest())
    return _hidden(_with_pass(stream, told), lambda raw: _rekeyed(raw, key))


def xored(stream: bytes, verifier: int, pattern: bytes) -> bytes:
    """In method 1 of XOR, with what a password makes: its verifier and its sixteen bytes."""
    locked = bytearray(_with_pass(stream, struct.pack("<HHH", 0, 0, verifier)))
    for at, size, skipped in _places(bytes(locked)):
        for k in range(skipped, size):
            byte = locked[at + k]
            locked[at + k] = ((byte << 5 | byte >> 3) & 255) ^ pattern[(at + size + k) % 16]
    return bytes(locked)


def _with_pass(stream: bytes, told: bytes) -> bytes:
    """The record that says how it is locked goes after the first; the tabs then begin so much later."""
    first = 4 + int.from_bytes(stream[2:4], "little")
    record = struct.pack("<HH", 0x2F, len(told)) + told
    found = bytearray(stream[:first] + record + stream[first:])
    at = 0
    while at + 4 <= len(found):
        kind, size = struct.unpack_from("<HH", found, at)
        if kind == 0x85:
            place = struct.unpack_from("<I", found, at + 4)[0] + len(record)
            struct.pack_into("<I", found, at + 4, place)
        at += 4 + size
    return bytes(found)


def _places(stream: bytes) -> list[tuple[int, int, int]]:
    """Where each locked record's data begin, their size, and how many of them stay readable."""
    found, at = [], 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        if kind not in (0x809, 0x2F, 0x194, 0x195, 0xE1, 0x196, 0x138):
            found.append((at + 4, size, 4 if kind == 0x85 else 0))
        at += 4 + size
    return found


def _hidden(stream: bytes, cipher) -> bytes:  # type: ignore[no-untyped-def]
    locked, found = cipher(stream), bytearray(stream)
    for at, size, skipped in _places(stream):
        found[at + skipped : at + size] = locked[at + skipped : at + size]
    return bytes(found)


def _rekeyed(raw: bytes, key) -> bytes:  # type: ignore[no-untyped-def]
    return b"".join(
        Cipher(ARC4(key(block)), None).encryptor().update(raw[at : at + 1024])
        for block, at in enumerate(range(0, len(raw), 1024))
    )


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 16)


def cbc(key: bytes, vector: bytes, data: bytes) -> bytes:
    return Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor().update(data)
