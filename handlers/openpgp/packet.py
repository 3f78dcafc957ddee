"""OpenPGP's outer form (RFC 9580): armour, packets, compression, under caps. What `openpgp` stands on, no handler.

Trust: nothing here is authenticated, and nothing here decides. It finds out how a message is built and how large it
is, before Sequoia is let near it, which unpacks whatever it is given.
"""

from __future__ import annotations

import binascii
import bz2
import hashlib
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.handler import Limits, Trouble, Unreadable

PKESK, SIGNATURE, SKESK, ONE_PASS, SECRET_KEY, PUBLIC_KEY, SECRET_SUBKEY, COMPRESSED, SED = 1, 2, 3, 4, 5, 6, 7, 8, 9
MARKER, LITERAL, PUBLIC_SUBKEY, SEIP, PADDING = 10, 11, 14, 18, 21

_PACKETS: Final = 1_000
_PARTIALS: Final = 100_000
_COMPRESSIONS: Final = 2  # within each other
_SMALL: Final = 4 << 20  # below this much, no ratio is suspicious
_ARMOUR: Final = re.compile(
    rb"^-----BEGIN PGP ([A-Z ]{4,40})-----[ \t]*\n(?:[A-Za-z]{1,40}: [^\n]{0,500}\n)*[ \t]*\n"
    rb"((?:[A-Za-z0-9+/]{1,256}={0,2}[ \t]*\n)+)(?:=[A-Za-z0-9+/]{4}[ \t]*\n)?-----END PGP \1-----",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet, its lengths resolved."""

    tag: int
    body: bytes

    def __bytes__(self) -> bytes:
        return bytes([0xC0 | self.tag, 0xFF]) + len(self.body).to_bytes(4, "big") + self.body


def dearmoured(text: bytes) -> tuple[str, bytes]:
    """The kind (`MESSAGE`, `SIGNATURE` …) and the bytes of the first armour in a text. Raises `Unreadable(DAMAGED)`."""
    found = _ARMOUR.search(text.replace(b"\r\n", b"\n"))
    if not found:
        raise Unreadable(Trouble.DAMAGED, "openpgp armour")
    try:
        data = binascii.a2b_base64(found[2].translate(None, b" \t\n"), strict_mode=True)
    except binascii.Error:
        raise Unreadable(Trouble.DAMAGED, "openpgp armour") from None
    return found[1].decode("ascii"), data  # the checksum shows nothing that a signature does not


def packets(data: bytes) -> list[Packet]:
    """Every packet, to the last byte. Raises `Unreadable`: DAMAGED, TOO_LARGE."""
    found: list[Packet] = []
    at = 0
    while at < len(data):
        if len(found) >= _PACKETS:
            raise Unreadable(Trouble.TOO_LARGE, "openpgp packets")
        first = data[at]
        if not first & 0x80:
            raise Unreadable(Trouble.DAMAGED, "openpgp packet")
        if first & 0x40:
            body, at = _new_body(data, at + 1)
            found.append(Packet(first & 0x3F, body))
        else:
            body, at = _old_body(data, at + 1, first & 3)
            found.append(Packet(first >> 2 & 0x0F, body))
    return found


def _take(data: bytes, at: int, size: int) -> tuple[bytes, int]:
    if at + size > len(data):
        raise Unreadable(Trouble.DAMAGED, "openpgp cut off")
    return data[at : at + size], at + size


def _old_body(data: bytes, at: int, kind: int) -> tuple[bytes, int]:
    """A body in the old form; of kind 3 it goes on to the end."""
    if kind == 3:
        return data[at:], len(data)
    size, at = _take(data, at, 1 << kind)
    return _take(data, at, int.from_bytes(size, "big"))


def _new_body(data: bytes, at: int) -> tuple[bytes, int]:
    """A body in the new form, its pieces put together."""
    pieces: list[bytes] = []
    while True:
        first, at = _take(data, at, 1)
        size = first[0]
        if 224 <= size < 255:
            piece, at = _take(data, at, 1 << (size & 0x1F))
            pieces.append(piece)
            if len(pieces) > _PARTIALS:
                raise Unreadable(Trouble.TOO_LARGE, "openpgp pieces")
            continue
        if size == 255:
            more, at = _take(data, at, 4)
            size = int.from_bytes(more, "big")
        elif size >= 192:
            more, at = _take(data, at, 1)
            size = (size - 192 << 8) + more[0] + 192
        piece, at = _take(data, at, size)
        return (b"".join([*pieces, piece]) if pieces else piece), at


def uncompressed(found: Sequence[Packet], limits: Limits) -> list[Packet]:
    """The packets of a message that is not, or no longer, encrypted, without their compression.

    Raises `Unreadable`: DAMAGED, BOMB, TOO_LARGE.
    """
    for _ in range(_COMPRESSIONS + 1):
        meant = [packet for packet in found if packet.tag not in (MARKER, PADDING)]
        if not any(packet.tag == COMPRESSED for packet in meant):
            return meant
        if len(meant) != 1:
            raise Unreadable(Trouble.DAMAGED, "openpgp compression")
        found = packets(_unpacked(meant[0].body, limits))
    raise Unreadable(Trouble.BOMB, "openpgp compression")


def _unpacked(body: bytes, limits: Limits) -> bytes:
    if not body or body[0] > 3:
        raise Unreadable(Trouble.DAMAGED, "openpgp compression")
    if body[0] == 0:
        return body[1:]
    how = bz2.BZ2Decompressor() if body[0] == 3 else zlib.decompressobj(-15 if body[0] == 1 else 15)
    most = min(limits.bytes, max(_SMALL, len(body) * limits.ratio)) + (1 << 16)  # and the packets around the content
    try:
        plain = how.decompress(body[1:], most)
    except (zlib.error, OSError, ValueError, EOFError):
        raise Unreadable(Trouble.DAMAGED, "openpgp compression") from None
    if len(plain) >= most:
        raise Unreadable(Trouble.TOO_LARGE if most > limits.bytes else Trouble.BOMB, "openpgp compression")
    if not how.eof:
        raise Unreadable(Trouble.DAMAGED, "openpgp compression")
    return plain


def literal(body: bytes) -> tuple[str, bytes]:
    """The file name and the content of a literal packet. Raises `Unreadable(DAMAGED)`."""
    end = 2 + body[1] if len(body) > 1 else 0
    if len(body) < end + 4 or end == 0:
        raise Unreadable(Trouble.DAMAGED, "openpgp literal")
    name = body[2:end]
    try:
        text = name.decode("utf-8")
    except UnicodeDecodeError:
        text = name.decode("gb18030", "replace")
    return ("" if text in ("_CONSOLE", "-") else text), body[end + 4 :]


def fingerprint(body: bytes) -> str:
    """The fingerprint of a public key packet, lower-case hex; empty for a version before 4."""
    if body[:1] == b"\x04":
        return hashlib.sha1(b"\x99" + len(body).to_bytes(2, "big") + body, usedforsecurity=False).hexdigest()
    if body[:1] == b"\x06":
        return hashlib.sha256(b"\x9b" + len(body).to_bytes(4, "big") + body).hexdigest()
    return ""
