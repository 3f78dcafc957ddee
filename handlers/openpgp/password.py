"""OpenPGP messages under a password (RFC 9580, 5.3 and 3.7), opened within bounds. For `openpgp`, no handler.

Trust: as in `unwrap`, what comes out of here is believed only where Sequoia has decrypted and authenticated the same.
Done: what `gpg -c` writes: passwords salted, iterated or not (at most 65 MB are hashed for one try, more cannot be
written), AES, packets protected by MDC. Argon2 and AEAD are not: gpg does not write them, and Argon2's memory is asked
for by the file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms

from gateway.handler import Trouble, Unreadable
from handlers.openpgp.packet import SEIP, SKESK, Packet, packets
from handlers.openpgp.unwrap import AES, decrypted

_HASHES: Final = {2: "sha1", 8: "sha256", 9: "sha384", 10: "sha512", 11: "sha224"}
_SALTED, _ITERATED = 1, 3
_LOCKS: Final = 4  # passwords that one message may be under
_BLOCK: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Lock:
    """How a password becomes a key: cipher, digest, salt, bytes to be hashed, and the session key sealed with it."""

    cipher: int
    digest: str
    salt: bytes
    count: int
    sealed: bytes


def inner_by_password(message: Sequence[Packet], passwords: Sequence[str]) -> tuple[list[Packet], str]:
    """What is encrypted in a message, and the first password that fits.

    Raises `Unreadable`: NEEDS_PASSWORD if none fits, DAMAGED, UNSUPPORTED (see above), TOO_LARGE.
    """
    locks = [_lock(packet.body) for packet in message[:-1] if packet.tag == SKESK]
    known = [lock for lock in locks if lock is not None]
    if len(locks) > _LOCKS:
        raise Unreadable(Trouble.TOO_LARGE, "openpgp passwords")
    if len(known) < len(locks) or message[-1].tag != SEIP or message[-1].body[:1] != b"\x01":
        raise Unreadable(Trouble.UNSUPPORTED, "openpgp password form")  # nor is Sequoia asked to do that much work
    body, trouble = message[-1].body[1:], Trouble.NEEDS_PASSWORD
    for password in passwords:
        for lock in known:
            cipher, key = _session_key(lock, _key(lock, password.encode()))
            if not _begins_well(body, cipher, key):
                continue
            try:
                return packets(decrypted(body, cipher, key)), password
            except Unreadable as unreadable:
                trouble = unreadable.trouble  # of 65,536 wrong passwords one begins well
    raise Unreadable(trouble, "openpgp password")


def _lock(body: bytes) -> Lock | None:
    """None for what is not done here."""
    if len(body) < 12 or body[0] != 4 or body[1] not in AES or body[3] not in _HASHES:
        return None
    if body[2] == _SALTED:
        return Lock(body[1], _HASHES[body[3]], body[4:12], 0, body[12:])
    if body[2] != _ITERATED or len(body) < 13:
        return None
    count = 16 + (body[12] & 15) << (body[12] >> 4) + 6
    return Lock(body[1], _HASHES[body[3]], body[4:12], count, body[13:])


def _key(lock: Lock, password: bytes) -> bytes:
    """RFC 9580, 3.7.1: as many digests, each after one more zero, as the key is long."""
    words = lock.salt + password
    count, block = max(lock.count, len(words)), words * (_BLOCK // len(words) + 1)
    key = b""
    while len(key) < AES[lock.cipher]:
        digest = hashlib.new(
            lock.digest, bytes(len(key) // hashlib.new(lock.digest).digest_size), usedforsecurity=False
        )
        for _ in range(count // len(block)):
            digest.update(block)
        digest.update(block[: count % len(block)])
        key += digest.digest()
    return key[: AES[lock.cipher]]


def _session_key(lock: Lock, key: bytes) -> tuple[int, bytes]:
    """The password's key itself, or what is sealed with it; with a wrong one, what cannot be a key."""
    if not lock.sealed:
        return lock.cipher, key
    decryptor = Cipher(algorithms.AES(key), CFB(bytes(16))).decryptor()
    plain = decryptor.update(lock.sealed) + decryptor.finalize()
    return plain[0], plain[1:]


def _begins_well(body: bytes, cipher: int, key: bytes) -> bool:
    """Two bytes stand twice at the beginning: a wrong password is found out without all of it."""
    if AES.get(cipher) != len(key) or len(body) < 18:
        return False
    decryptor = Cipher(algorithms.AES(key), CFB(bytes(16))).decryptor()
    plain = decryptor.update(body[:18]) + decryptor.finalize()
    return plain[14:16] == plain[16:18]
