"""The packets inside an encrypted OpenPGP message, found with a private key. What `openpgp` stands on, no handler.

Sequoia's Python side gives an encrypted message's content, but refuses to verify its signatures if they were compressed
with it, which is what GnuPG does unless told otherwise. So the message is opened here as well, by the primitives of
`cryptography`, to hand what is in it to Sequoia as a signed message of its own.

Trust: what comes out of here is believed only where Sequoia has decrypted and authenticated the same content.
Done: RSA, ECDH on Curve25519 and the NIST curves, X25519; AES; packets protected by MDC. Anything else gives None.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, x25519
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

from gateway.handler import Trouble, Unreadable
from handlers.openpgp.packet import (
    PKESK,
    SECRET_KEY,
    SECRET_SUBKEY,
    SEIP,
    Packet,
    fingerprint,
    packets,
)

_RSA, _ECDH, _X25519 = (1, 2), 18, 25
AES: Final = {7: 16, 8: 24, 9: 32}  # cipher → bytes of its key
_HASHES: Final = {8: "sha256", 9: "sha384", 10: "sha512"}
_CURVE25519: Final = bytes.fromhex("2b060104019755010501")
_CURVES: Final[dict[bytes, ec.EllipticCurve]] = {
    bytes.fromhex("2a8648ce3d030107"): ec.SECP256R1(),
    bytes.fromhex("2b81040022"): ec.SECP384R1(),
    bytes.fromhex("2b81040023"): ec.SECP521R1(),
}
_MDC: Final = b"\xd3\x14"
_TRIES: Final = 200  # session keys of one message times keys of ours


@dataclass(frozen=True, slots=True)
class SecretKey:
    """One of our keys that opens: its algorithm, its public numbers as they stand, its secret ones."""

    version: int
    fingerprint: str
    algorithm: int
    public: bytes = field(repr=False)
    secret: bytes = field(repr=False)

    @property
    def key_id(self) -> bytes:
        whole = bytes.fromhex(self.fingerprint)
        return whole[:8] if self.version == 6 else whole[-8:]


class _Odd(Exception):
    """This key or session key is not what it should be; another may be."""


def secret_keys(data: bytes) -> Iterator[SecretKey]:
    """The keys of a private key block that can open, as far as this module knows them and they have no password."""
    for packet in packets(data):
        if packet.tag in (SECRET_KEY, SECRET_SUBKEY) and packet.body[:1] in (b"\x04", b"\x06"):
            try:
                yield _secret_key(packet.body)
            except (_Odd, IndexError):
                continue


def _secret_key(body: bytes) -> SecretKey:
    version, algorithm = body[0], body[5]
    at = 6 if version == 4 else 10
    end = _public_end(body, at, algorithm)
    if body[end] != 0:
        raise _Odd  # a password protects it
    return SecretKey(version, fingerprint(body[:end]), algorithm, body[at:end], body[end + 1 :])


def _public_end(body: bytes, at: int, algorithm: int) -> int:
    if algorithm in _RSA:
        return _mpi(body, _mpi(body, at)[1])[1]
    if algorithm == _X25519:
        return at + 32
    if algorithm == _ECDH:
        after = _mpi(body, at + 1 + body[at])[1]
        return after + 1 + body[after]
    raise _Odd


def _mpi(body: bytes, at: int) -> tuple[bytes, int]:
    end = at + 2 + (int.from_bytes(body[at : at + 2], "big") + 7) // 8
    if end > len(body):
        raise _Odd
    return body[at + 2 : end], end


def inner_packets(message: Sequence[Packet], keys: Sequence[SecretKey]) -> list[Packet] | None:
    """What is encrypted in a message, or None where this module does not know how.

    Raises `Unreadable(DAMAGED)` if the session key fits and the content does not.
    """
    if message[-1].tag != SEIP or message[-1].body[:1] != b"\x01":
        return None
    tries = 0
    for packet in message[:-1]:
        for key in keys if packet.tag == PKESK else ():
            if not _may_fit(packet.body, key):
                continue
            tries += 1
            if tries > _TRIES:
                raise Unreadable(Trouble.TOO_LARGE, "openpgp recipients")
            try:
                cipher, session_key = _session_key(packet.body, key)
            except (_Odd, ValueError, IndexError, KeyError, InvalidUnwrap):
                continue
            return packets(decrypted(message[-1].body[1:], cipher, session_key))
    return None


def _may_fit(body: bytes, key: SecretKey) -> bool:
    """Whether a session key is for this key, or does not say for whom it is."""
    return body[:1] == b"\x03" and len(body) > 10 and body[1:9] in (key.key_id, b"\0" * 8) and body[9] == key.algorithm


def _session_key(body: bytes, key: SecretKey) -> tuple[int, bytes]:
    """The cipher and the session key. Raises many things if it is not for this key."""
    sealed = body[10:]
    if key.algorithm in _RSA:
        return _checked(_by_rsa(sealed, key))
    if key.algorithm == _ECDH:
        plain = _by_ecdh(sealed, key)
        return _checked(plain[: -plain[-1]])
    return _by_x25519(sealed, key)


def _checked(plain: bytes) -> tuple[int, bytes]:
    cipher, session_key = plain[0], plain[1:-2]
    if len(session_key) != AES[cipher] or sum(session_key) & 0xFFFF != int.from_bytes(plain[-2:], "big"):
        raise _Odd
    return cipher, session_key


def _by_rsa(sealed: bytes, key: SecretKey) -> bytes:
    n, after = _mpi(key.public, 0)
    e, _ = _mpi(key.public, after)
    d, after = _mpi(key.secret, 0)
    p, after = _mpi(key.secret, after)
    q, _ = _mpi(key.secret, after)
    numbers = [int.from_bytes(number, "big") for number in (n, e, d, p, q)]
    public = rsa.RSAPublicNumbers(numbers[1], numbers[0])
    d_, p_, q_ = numbers[2:]
    crt = rsa.rsa_crt_dmp1(d_, p_), rsa.rsa_crt_dmq1(d_, q_), rsa.rsa_crt_iqmp(p_, q_)
    private = rsa.RSAPrivateNumbers(p_, q_, d_, *crt, public).private_key()
    return private.decrypt(_mpi(sealed, 0)[0].rjust((private.key_size + 7) // 8, b"\0"), padding.PKCS1v15())


def _by_ecdh(sealed: bytes, key: SecretKey) -> bytes:
    """RFC 9580, 11.5: the shared point through a hash gives the key that wraps."""
    oid = key.public[1 : 1 + key.public[0]]
    _, after = _mpi(key.public, 1 + len(oid))
    hash_name, wrap = _HASHES[key.public[after + 2]], AES[key.public[after + 3]]
    point, end = _mpi(sealed, 0)
    number = _mpi(key.secret, 0)[0]
    if oid == _CURVE25519:
        private = x25519.X25519PrivateKey.from_private_bytes(number.rjust(32, b"\0")[::-1])
        shared = private.exchange(x25519.X25519PublicKey.from_public_bytes(point[1:]))
    else:
        curve = _CURVES[oid]
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(curve, point)
        shared = ec.derive_private_key(int.from_bytes(number, "big"), curve).exchange(ec.ECDH(), theirs)
    kdf = key.public[after : after + 1 + key.public[after]]
    about = bytes([len(oid)]) + oid + bytes([_ECDH]) + kdf + b"Anonymous Sender    " + bytes.fromhex(key.fingerprint)
    wrapping = hashlib.new(hash_name, b"\0\0\0\x01" + shared + about).digest()[:wrap]
    return aes_key_unwrap(wrapping, sealed[end + 1 : end + 1 + sealed[end]])


def _by_x25519(sealed: bytes, key: SecretKey) -> tuple[int, bytes]:
    """RFC 9580, 5.1.6: the cipher stands before the wrapped key."""
    private = x25519.X25519PrivateKey.from_private_bytes(key.secret[:32])
    shared = private.exchange(x25519.X25519PublicKey.from_public_bytes(sealed[:32]))
    hkdf = HKDF(hashes.SHA256(), 16, salt=None, info=b"OpenPGP X25519")
    session_key = aes_key_unwrap(hkdf.derive(sealed[:32] + key.public + shared), sealed[34 : 33 + sealed[32]])
    if len(session_key) != AES[sealed[33]]:
        raise _Odd
    return sealed[33], session_key


def decrypted(body: bytes, cipher: int, session_key: bytes) -> bytes:
    """The packets under CFB and MDC (RFC 9580, 5.13.1). Raises `Unreadable(DAMAGED)`."""
    decryptor = Cipher(algorithms.AES(session_key), CFB(b"\0" * 16)).decryptor()
    plain = decryptor.update(body) + decryptor.finalize()
    if len(plain) < 18 + 22 or plain[-22:-20] != _MDC:
        raise Unreadable(Trouble.DAMAGED, "openpgp integrity")
    digest = hashlib.sha1(plain[:-20], usedforsecurity=False).digest()
    if not hmac.compare_digest(digest, plain[-20:]):
        raise Unreadable(Trouble.DAMAGED, "openpgp integrity")
    return plain[18:-22]
