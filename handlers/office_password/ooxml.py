"""The two encryptions of current Office files (MS-OFFCRYPTO 2.3.4): agile and standard. Not a handler.

Agile (Office 2010 and later, LibreOffice, WPS) carries an HMAC over all encrypted bytes; it is verified before one of
them is decrypted. Standard (Office 2007) has nothing of the kind: blocks may be exchanged unnoticed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import io
import struct
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from msoffcrypto.method.ecma376_standard import ECMA376Standard

from gateway.handler import Trouble, Unreadable
from handlers.forms.xml import elements

SPINS: Final = 1_000_000  # rounds over a password; programs write 100,000, a second goes into a million
_HASHES: Final = {"SHA1": 20, "SHA256": 32, "SHA384": 48, "SHA512": 64}
_SEGMENT: Final = 4_096
_VERIFIER_INPUT, _VERIFIER_VALUE = bytes.fromhex("fea7d2763b4b9e79"), bytes.fromhex("d7aa0f6d3061344e")
_KEY_VALUE: Final = bytes.fromhex("146e0be7abacd0d6")
_HMAC_KEY, _HMAC_VALUE = bytes.fromhex("5fb2ad010cb9e1f6"), bytes.fromhex("a0677f02b22c8433")
_AES: Final = {0x660E: 128, 0x660F: 192, 0x6610: 256}


class WrongPassword(Exception):
    """The password does not open this file."""


@dataclass(frozen=True, slots=True)
class _Agile:
    """What an agile file says of its encryption: how the key is made from the password, and how it is used."""

    spins: int
    password: _Method
    verifier_input: bytes
    verifier_value: bytes
    key_value: bytes
    data: _Method
    hmac_key: bytes
    hmac_value: bytes


@dataclass(frozen=True, slots=True)
class _Method:
    """AES in CBC mode with keys of `size` bytes, and a hash by which keys and vectors are made."""

    hash: str
    size: int
    salt: bytes

    def digest(self, data: bytes) -> bytes:
        return hashlib.new(self.hash, data).digest()

    def vector(self, block: bytes) -> bytes:
        return self.digest(self.salt + block)[:16]

    def decrypt(self, key: bytes, vector: bytes, data: bytes) -> bytes:
        if not data or len(data) % 16 or len(vector) != 16:
            raise Unreadable(Trouble.DAMAGED, "encryption")
        decryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).decryptor()
        return decryptor.update(data) + decryptor.finalize()


def has_integrity(info: bytes) -> bool:
    """Whether the file is in agile encryption. Raises `Unreadable(UNSUPPORTED)` for what is neither of the two."""
    major, minor = struct.unpack_from("<HH", info.ljust(4, b"\0"))
    if (major, minor) == (4, 4):
        return True
    if major in (2, 3, 4) and minor == 2:
        return False
    raise Unreadable(Trouble.UNSUPPORTED, "encryption")


def decrypted(info: bytes, package: bytes, password: str) -> bytes:
    """The file in a package. Raises `WrongPassword`, `Unreadable`: DAMAGED, TOO_LARGE, UNSUPPORTED."""
    size = int.from_bytes(package[:8], "little")
    if len(package) < 8 or size > len(package) - 8:
        raise Unreadable(Trouble.DAMAGED, "encryption")
    return _agile(info, package, password)[:size] if has_integrity(info) else _standard(info, package, password)[:size]


def _agile(info: bytes, package: bytes, password: str) -> bytes:
    told = _told(info)
    spun = _spun(told, password)

    def key(block: bytes) -> bytes:
        return told.password.digest(spun + block)[: told.password.size].ljust(told.password.size, b"\x36")

    def opened(block: bytes, data: bytes) -> bytes:
        return told.password.decrypt(key(block), told.password.salt[:16], data)

    tried = told.password.digest(opened(_VERIFIER_INPUT, told.verifier_input)[: len(told.password.salt)])
    if not hmac.compare_digest(opened(_VERIFIER_VALUE, told.verifier_value)[: len(tried)], tried):
        raise WrongPassword
    secret = opened(_KEY_VALUE, told.key_value)[: told.data.size]
    _verify(told, secret, package)
    return b"".join(
        told.data.decrypt(secret, told.data.vector(struct.pack("<I", number)), package[at : at + _SEGMENT])
        for number, at in enumerate(range(8, len(package), _SEGMENT))
    )


def _verify(told: _Agile, secret: bytes, package: bytes) -> None:
    """Every byte of the package is as it was when it was encrypted, or nothing of it is used."""
    size = _HASHES[told.data.hash]
    key = told.data.decrypt(secret, told.data.vector(_HMAC_KEY), told.hmac_key)[:size]
    value = told.data.decrypt(secret, told.data.vector(_HMAC_VALUE), told.hmac_value)[:size]
    found = hmac.new(key, package, told.data.hash).digest()
    if len(key) < size or not hmac.compare_digest(value, found):
        raise Unreadable(Trouble.DAMAGED, "authentication")


def _spun(told: _Agile, password: str) -> bytes:
    make = getattr(hashlib, told.password.hash.lower())
    found: bytes = make(told.password.salt + password.encode("utf-16-le")).digest()
    number = struct.Struct("<I").pack
    for at in range(told.spins):
        found = make(number(at) + found).digest()
    return found


def _told(info: bytes) -> _Agile:
    """Raises `Unreadable`: DAMAGED, TOO_LARGE (rounds over the password), UNSUPPORTED."""
    found: dict[str, dict[str, str]] = {}
    for name, given in elements(info[8:]):
        if name in ("keyData", "dataIntegrity") or (name == "encryptedKey" and "spinCount" in given):
            found.setdefault(name, given)
    if "encryptedKey" not in found or "dataIntegrity" not in found or "keyData" not in found:
        raise Unreadable(Trouble.UNSUPPORTED, "encryption")
    key, integrity = found["encryptedKey"], found["dataIntegrity"]
    try:
        spins = int(key["spinCount"])
        if spins > SPINS:
            raise Unreadable(Trouble.TOO_LARGE, "rounds")
        return _Agile(
            spins, _method(key), _raw(key, "encryptedVerifierHashInput"), _raw(key, "encryptedVerifierHashValue"),
            _raw(key, "encryptedKeyValue"), _method(found["keyData"]), _raw(integrity, "encryptedHmacKey"),
            _raw(integrity, "encryptedHmacValue"),
        )  # fmt: skip
    except (KeyError, ValueError):
        raise Unreadable(Trouble.DAMAGED, "encryption") from None


def _method(given: dict[str, str]) -> _Method:
    bits, hash = int(given["keyBits"]), given["hashAlgorithm"].replace("-", "")
    modes = (given["cipherAlgorithm"], given["cipherChaining"], int(given["blockSize"]))
    if modes != ("AES", "ChainingModeCBC", 16) or hash not in _HASHES or bits not in _AES.values():
        raise Unreadable(Trouble.UNSUPPORTED, "encryption")
    salt = _raw(given, "saltValue")
    if not 16 <= len(salt) <= 64:
        raise Unreadable(Trouble.DAMAGED, "encryption")
    return _Method(hash, bits // 8, salt)


def _raw(given: dict[str, str], name: str) -> bytes:
    try:
        return base64.b64decode(given[name], validate=True)
    except binascii.Error:
        raise Unreadable(Trouble.DAMAGED, "encryption") from None


def _standard(info: bytes, package: bytes, password: str) -> bytes:
    try:
        size = struct.unpack_from("<I", info, 8)[0]
        algorithm, hash, bits, provider = struct.unpack_from("<IIII", info, 20)
        salt_size, salt, verifier, _, value = struct.unpack_from("<I16s16sI32s", info, 12 + size)
    except struct.error:
        raise Unreadable(Trouble.DAMAGED, "encryption") from None
    if _AES.get(algorithm) != bits or salt_size != 16:
        raise Unreadable(Trouble.UNSUPPORTED, "encryption")
    key = ECMA376Standard.makekey_from_password(password, algorithm, hash, provider, bits, 16, salt)
    if not ECMA376Standard.verifykey(key, verifier, value):
        raise WrongPassword
    whole = len(package) - (len(package) - 8) % 16
    found: bytes = ECMA376Standard.decrypt(key, io.BytesIO(package[:whole]))
    return found
