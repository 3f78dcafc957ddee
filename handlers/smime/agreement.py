"""CMS key agreement (RFC 5652, 6.2.2; RFC 5753): a content key sent to a key on a curve. For `smime`, no handler.

The sender's key is made for this one message, and its point is looked at by `cryptography`: one that is not on our
curve is refused.
Done: ECDH on P-256, P-384 and P-521 (the cofactor is 1, so both kinds are the same), the KDF of X9.63, wrapping by AES
and by 3DES, which openssl takes where it is told nothing. Not done: senders with a lasting key, MQV, X25519.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

from gateway.handler import Trouble, Unreadable
from handlers.smime.ber import OCTETS, SEQUENCE, Value
from handlers.smime.cms import Certified, exactly

AGREED: Final = 0xA1  # the tag of such a recipient
CURVES: Final = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
_KDF: Final[dict[bytes, hashes.HashAlgorithm]] = {
    bytes.fromhex("2b81051086483f0002"): hashes.SHA1(),  # noqa: S303 - a KDF need not resist collisions
    bytes.fromhex("2b81051086483f0003"): hashes.SHA1(),  # noqa: S303 - the same, by cofactor
    **{
        bytes.fromhex(f"2b8104010{kind}0{number}"): digest
        for kind in ("b", "e")  # standard and cofactor
        for number, digest in ((1, hashes.SHA256()), (2, hashes.SHA384()), (3, hashes.SHA512()))
    },
}
_3DES: Final = bytes.fromhex("2a864886f70d0109100306")
_WRAP: Final = {bytes.fromhex("6086480165030401" + last): size for last, size in (("05", 16), ("19", 24), ("2d", 32))}
_RECIPIENTS: Final = 500


@dataclass(frozen=True, slots=True)
class Agreement:
    """One recipient info: the sender's key, how the wrapping key follows, and the wrapped keys by whom they are for."""

    point: bytes | None  # None: a lasting key, which we do not know
    entropy: bytes | None
    method: Value
    sealed: tuple[tuple[Value, bytes], ...]


def agreement(recipient: Value) -> Agreement:
    """Raises `Unreadable`: DAMAGED, TOO_LARGE."""
    fields = recipient.inner()
    if len(fields) not in (4, 5) or fields[1].tag != 0xA0 or (len(fields) == 5 and fields[2].tag != 0xA1):
        raise Unreadable(Trouble.DAMAGED, "cms agreement")
    (origin,) = exactly(fields[1].inner(), 1)
    point = exactly(origin.inner(), 2)[1].content[1:] if origin.tag == 0xA1 else None
    entropy = exactly(fields[2].inner(), 1)[0].octets() if len(fields) == 5 else None
    each = fields[-1].inner()
    if len(each) > _RECIPIENTS:
        raise Unreadable(Trouble.TOO_LARGE, "cms recipients")
    pairs = [exactly(one.inner(), 2) for one in each]
    return Agreement(point, entropy, fields[-2], tuple((who, sealed.octets()) for who, sealed in pairs))


def wrapped_for(agreed: Agreement, own: Certified) -> Iterator[bytes]:
    """The keys that are wrapped for this certificate."""
    for who, sealed in agreed.sealed:
        named = who.inner()[0].octets() == own.key_id != b"" if who.tag == 0xA0 else own.is_named(who)
        if named:
            yield sealed


def agreed_key(agreed: Agreement, own: ec.EllipticCurvePrivateKey, sealed: bytes) -> bytes | None:
    """The content key, or None if it is not what was wrapped. Raises `Unreadable(UNSUPPORTED)`."""
    name, wrap = exactly(agreed.method.inner(), 2)
    digest = _KDF.get(name.content)
    how = wrap.inner()[0].content if wrap.tag == SEQUENCE else b""
    size = 24 if how == _3DES else _WRAP.get(how)
    if agreed.point is None or digest is None or size is None or not isinstance(own.curve, CURVES):
        raise Unreadable(Trouble.UNSUPPORTED, "cms agreement")
    try:
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(own.curve, agreed.point)
        secret = own.exchange(ec.ECDH(), theirs)
        wrapping = X963KDF(digest, size, _shared_info(wrap, agreed.entropy, size)).derive(secret)
        return _unwrapped_by_3des(wrapping, sealed) if how == _3DES else aes_key_unwrap(wrapping, sealed)
    except (ValueError, InvalidUnwrap):
        return None


def _unwrapped_by_3des(wrapping: bytes, sealed: bytes) -> bytes:
    """RFC 3217, 3.2. Raises `InvalidUnwrap`."""
    if len(sealed) != 40:
        raise InvalidUnwrap
    outer = Cipher(TripleDES(wrapping), modes.CBC(bytes.fromhex("4adda22c79e82105"))).decryptor().update(sealed)[::-1]
    plain = Cipher(TripleDES(wrapping), modes.CBC(outer[:8])).decryptor().update(outer[8:])
    check = hashlib.sha1(plain[:24], usedforsecurity=False).digest()[:8]
    if not hmac.compare_digest(check, plain[24:]):
        raise InvalidUnwrap
    return plain[:24]


def _shared_info(wrap: Value, entropy: bytes | None, size: int) -> bytes:
    """ECC-CMS-SharedInfo, in DER: what the wrapping key is for."""
    ukm = _der(0xA0, _der(OCTETS, entropy)) if entropy is not None else b""
    return _der(SEQUENCE, wrap.whole + ukm + _der(0xA2, _der(OCTETS, (8 * size).to_bytes(4, "big"))))


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content
