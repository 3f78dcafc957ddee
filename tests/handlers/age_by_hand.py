"""A second writer of age files, byte by byte from the specification (C2SP age), which can also write bad ones."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field

from nacl.bindings import (
    crypto_aead_chacha20poly1305_ietf_encrypt,
    crypto_scalarmult,
    crypto_scalarmult_base,
)

CHUNK = 1 << 16
FILE_KEY = b"\x07" * 16
EPHEMERAL = b"\x11" * 32
PAYLOAD_NONCE = b"\x22" * 16
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def b64(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")


def hkdf(ikm: bytes, salt: bytes, info: bytes) -> bytes:
    """32 bytes of HKDF-SHA-256."""
    key = hmac.digest(salt or b"\0" * 32, ikm, "sha256")
    return hmac.digest(key, info + b"\x01", "sha256")


def seal(key: bytes, nonce: bytes, plain: bytes) -> bytes:
    return crypto_aead_chacha20poly1305_ietf_encrypt(plain, b"", nonce, key)


def public_key(recipient: str) -> bytes:
    """The 32 bytes in `age1…`: bech32, whose checksum is left unread."""
    bits = "".join(f"{_BECH32.index(letter):05b}" for letter in recipient.removeprefix("age1")[:-6])
    return bytes(int(bits[at : at + 8], 2) for at in range(0, 256, 8))


def x25519_stanza(recipient: str) -> list[bytes]:
    """The stanza for one recipient, as lines."""
    theirs, share = public_key(recipient), crypto_scalarmult_base(EPHEMERAL)
    wrap = hkdf(crypto_scalarmult(EPHEMERAL, theirs), share + theirs, b"age-encryption.org/v1/X25519")
    return [b"-> X25519 " + b64(share), b64(seal(wrap, b"\0" * 12, FILE_KEY))]


def scrypt_stanza(password: str, factor: int, told: int | None = None) -> list[bytes]:
    """The stanza for a passphrase; `told` is a work factor to write there instead of the true one."""
    salt = b"\x33" * 16
    wrap = hashlib.scrypt(
        password.encode(), salt=b"age-encryption.org/v1/scrypt" + salt, n=1 << factor, r=8, p=1, dklen=32,
        maxmem=1 << 30,
    )  # fmt: skip
    told_factor = str(factor if told is None else told).encode()
    return [b"-> scrypt " + b64(salt) + b" " + told_factor, b64(seal(wrap, b"\0" * 12, FILE_KEY))]


@dataclass
class AgeFile:
    """An age file in its pieces, each of which can be spoilt before it is written."""

    stanzas: list[list[bytes]]
    content: bytes
    first: bytes = b"age-encryption.org/v1"
    chunks: list[bytes] = field(init=False)
    mac: bytes | None = None
    after: bytes = b""

    def __post_init__(self) -> None:
        pieces = [self.content[at : at + CHUNK] for at in range(0, len(self.content), CHUNK)] or [b""]
        self.chunks = [self.chunk(piece, place, place == len(pieces) - 1) for place, piece in enumerate(pieces)]

    def chunk(self, piece: bytes, place: int, final: bool) -> bytes:
        key = hkdf(FILE_KEY, PAYLOAD_NONCE, b"payload")
        return seal(key, place.to_bytes(11, "big") + bytes([final]), piece)

    def header(self) -> bytes:
        """The header up to and including `---`, over which the MAC is made."""
        return b"\n".join([self.first, *(line for stanza in self.stanzas for line in stanza), b"---"])

    def write(self) -> bytes:
        mac = self.mac or hmac.digest(hkdf(FILE_KEY, b"", b"header"), self.header(), "sha256")
        return self.header() + b" " + b64(mac) + b"\n" + PAYLOAD_NONCE + b"".join(self.chunks) + self.after


def armoured(data: bytes) -> bytes:
    text = base64.b64encode(data)
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return b"\n".join([b"-----BEGIN AGE ENCRYPTED FILE-----", *lines, b"-----END AGE ENCRYPTED FILE-----", b""])
