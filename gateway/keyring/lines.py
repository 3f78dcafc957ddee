"""The written form of keys: one line of words, so that a file can be read, compared and sent as text.

    officer-public-key ID OFFICER ED25519 X25519 VALID-FROM VALID-UNTIL [revoked=INSTANT]
    officer-private-key ID OFFICER ED25519-SEED X25519 VALID-FROM VALID-UNTIL
    gateway-public-key NAME ED25519 X25519
    recovery-public-key X25519          signing-private-key SEED, and so on

Keys are 32 bytes in base64, instants UTC as in `2026-01-31T00:00:00Z`. A line beginning with # is a remark.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from gateway.core.parties import PublicKey

OFFICER_PUBLIC = "officer-public-key"
OFFICER_PRIVATE = "officer-private-key"
_ID = re.compile(r"[a-z0-9]+([_.-][a-z0-9]+)*", re.ASCII)
_INSTANT = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class KeyMistake:
    """What is wrong with a key file, by its name in its folder, and how to mend it."""

    file: str
    reason: str
    repair: str


class BadLine(Exception):
    """A line that is no key; the reason for an administrator, without the key."""


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """An officer's own half: what they sign and open with."""

    public: PublicKey
    signing_seed: bytes = field(repr=False)
    sealing_private: bytes = field(repr=False)


def words(text: str, kind: str, counts: tuple[int, ...]) -> list[str]:
    """The words after the kind, in a file that has one such line. Raises `BadLine`."""
    lines = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if len(lines) != 1:
        raise BadLine(f"has {len(lines)} lines where one is meant")
    if lines[0][0] != kind:
        raise BadLine(f"does not begin with {kind}")
    if len(lines[0]) - 1 not in counts:
        raise BadLine(f"has {len(lines[0]) - 1} words after {kind}, where {' or '.join(map(str, counts))} are meant")
    return lines[0][1:]


def key_bytes(word: str) -> bytes:
    """32 bytes from base64, in the one form that is written. Raises `BadLine`."""
    try:
        key = base64.b64decode(word, validate=True)
    except (binascii.Error, ValueError):
        raise BadLine("has a key that is not base64") from None
    if len(key) != 32:
        raise BadLine(f"has a key of {len(key)} bytes instead of 32")
    if base64.b64encode(key).decode() != word:
        raise BadLine("has a key in a form of base64 that nobody writes")
    return key


def key_word(key: bytes) -> str:
    return base64.b64encode(key).decode()


def check_id(word: str) -> str:
    """The same word, if it may name a key, an officer or a gateway. Raises `BadLine`."""
    if not _ID.fullmatch(word):
        raise BadLine("has an id that is not small letters, digits and single . _ - between")
    return word


def instant(word: str) -> datetime:
    try:
        return datetime.strptime(word, _INSTANT).replace(tzinfo=UTC)
    except ValueError:
        raise BadLine("has an instant not written like 2026-01-31T00:00:00Z") from None


def instant_word(at: datetime) -> str:
    return at.astimezone(UTC).strftime(_INSTANT)


def parse_public(text: str) -> PublicKey:
    """A public key from its file. Raises `BadLine`."""
    found = words(text, OFFICER_PUBLIC, (6, 7))
    revoked = None
    if len(found) == 7:
        name, _, at = found[6].partition("=")
        if name != "revoked":
            raise BadLine("has a seventh word that is not revoked=INSTANT")
        revoked = instant(at)
    key = PublicKey(
        check_id(found[0]), check_id(found[1]), key_bytes(found[2]), key_bytes(found[3]), instant(found[4]),
        instant(found[5]), revoked,
    )  # fmt: skip
    if key.valid_until <= key.valid_from:
        raise BadLine("ends before it begins")
    return key


def public_line(key: PublicKey) -> str:
    """The one line of a public key, without its line end."""
    revoked = f" revoked={instant_word(key.revoked)}" if key.revoked else ""
    halves = f"{key_word(key.signing)} {key_word(key.sealing)}"
    dates = f"{instant_word(key.valid_from)} {instant_word(key.valid_until)}"
    return f"{OFFICER_PUBLIC} {key.id} {key.officer} {halves} {dates}{revoked}"


def fingerprint(signing: bytes, sealing: bytes) -> str:
    """Forty digits in groups of five, to be read over the telephone: 132 bits of SHA-256 over both public keys."""
    digest = hashlib.sha256(b"key fingerprint\x00" + signing + sealing).digest()
    digits = f"{int.from_bytes(digest) % 10**40:040}"
    return " ".join(digits[at : at + 5] for at in range(0, 40, 5))


def write_new(path: Path, text: str, mode: int) -> None:
    """A file that was not there before, with these permissions from its first byte. Raises `FileExistsError`."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), mode)
        file.write(text)
