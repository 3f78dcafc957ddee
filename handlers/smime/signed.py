"""CMS signed data (RFC 5652, 5): whose signature over which content counts. What `smime` stands on, no handler.

Trust: a signature counts only by a registered certificate, compared as a whole; the certificates that come with a
message are not looked at, and no chain is built. A signature of a registered certificate that does not verify is a
forgery; of any other it is nothing at all.
Done: RSA (PKCS#1 v1.5, PSS), ECDSA, Ed25519, each with SHA-2.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from gateway.handler import Trouble, Unreadable
from handlers.smime.ber import OCTETS, OID, SET, Value, read, set_of
from handlers.smime.cms import DATA, HASHES, RSA, Certified, exactly

_CONTENT_TYPE, _DIGEST = bytes.fromhex("2a864886f70d010903"), bytes.fromhex("2a864886f70d010904")
_PSS, _ED25519 = bytes.fromhex("2a864886f70d01010a"), bytes.fromhex("2b6570")
_WITH_RSA: Final = {bytes.fromhex("2a864886f70d01010" + last): name for last, name in
                    (("b", "sha256"), ("c", "sha384"), ("d", "sha512"))}  # fmt: skip
_WITH_ECDSA: Final = {bytes.fromhex("2a8648ce3d04030" + last): name for last, name in
                      (("2", "sha256"), ("3", "sha384"), ("4", "sha512"))}  # fmt: skip
_RSA_BITS, _CURVE_BITS = 2048, 256
_SIGNERS: Final = 20


@dataclass(frozen=True, slots=True)
class Signed:
    """Signed data: its type and content (None: it lies elsewhere), and who signed."""

    kind: bytes
    content: bytes | None
    signers: tuple[Value, ...]


def signed_data(value: Value) -> Signed:
    fields = value.inner()
    inside = fields[2].inner() if len(fields) > 3 else []
    if not inside or inside[0].tag != OID or fields[-1].tag != SET or len(inside) > 2:
        raise Unreadable(Trouble.DAMAGED, "cms signed")
    content = None
    if len(inside) == 2:
        (octets,) = exactly(inside[1].inner(), 1)
        if octets.tag & 0x1F != OCTETS:
            raise Unreadable(Trouble.DAMAGED, "cms signed")
        content = octets.octets()
    signers = fields[-1].inner()
    if len(signers) > _SIGNERS:
        raise Unreadable(Trouble.TOO_LARGE, "cms signers")
    return Signed(inside[0].content, content, tuple(signers))


def verify(
    signed: Signed, content: bytes, known: Sequence[Certified], at: datetime | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Fingerprints of those whose signature over the content counts, and notes about the others.

    Notes: `unknown_signer`, `expired_signer`, `weak_signature`. Raises `Unreadable(FORGED)`.
    """
    found, notes = set(), set()
    for signer in signed.signers:
        fields = signer.inner()
        if len(fields) < 5:
            raise Unreadable(Trouble.DAMAGED, "cms signer")
        who = next((one for one in known if one.is_named(fields[1])), None)
        if who is None:
            notes.add("unknown_signer")
        elif at and not who.certificate.not_valid_before_utc <= at < who.certificate.not_valid_after_utc:
            notes.add("expired_signer")
        elif _is_weak(who, fields):
            notes.add("weak_signature")
        elif _verifies(signed.kind, content, who, fields):
            found.add(who.fingerprint)
        else:
            raise Unreadable(Trouble.FORGED, "cms signature")
    return tuple(sorted(found)), tuple(sorted(notes))


def _is_weak(who: Certified, fields: Sequence[Value]) -> bool:
    public = who.certificate.public_key()
    short = isinstance(public, rsa.RSAPublicKey) and public.key_size < _RSA_BITS
    short = short or (isinstance(public, ec.EllipticCurvePublicKey) and public.key_size < _CURVE_BITS)
    return short or fields[2].inner()[0].content not in HASHES


def _verifies(kind: bytes, content: bytes, who: Certified, fields: Sequence[Value]) -> bool:
    """RFC 5652, 5.4: the signature is over the attributes, if there are any, and they name type and digest."""
    algorithm = HASHES[fields[2].inner()[0].content]
    attributes = fields[3] if fields[3].tag == 0xA0 else None
    method, signature = exactly(fields[3 + (attributes is not None) :][:2], 2)
    if attributes is None:
        return (
            kind == DATA
            and not _could_be_attributes(content)
            and _fits(who, method, signature.octets(), content, algorithm)
        )
    told: dict[bytes, Value] = {}
    for attribute in attributes.inner():
        name, values = exactly(attribute.inner(), 2)
        if name.content in told:
            return False
        told[name.content] = values
    types, digests = (told[name].inner() if name in told else [] for name in (_CONTENT_TYPE, _DIGEST))
    digest = hashlib.new(algorithm.name, content).digest()
    if [value.content for value in types] != [kind] or len(digests) != 1 or digests[0].tag != OCTETS:
        return False
    if not hmac.compare_digest(digests[0].content, digest):
        return False
    return _fits(who, method, signature.octets(), set_of(attributes), algorithm)


def _could_be_attributes(content: bytes) -> bool:
    """Whether it is a SET: the attributes of another signature must not be taken for content that was signed."""
    try:
        return read(content).tag == SET
    except Unreadable:
        return False


def _fits(who: Certified, method: Value, signature: bytes, signed: bytes, algorithm: hashes.HashAlgorithm) -> bool:
    name, public = method.inner()[0].content, who.certificate.public_key()
    try:
        if isinstance(public, rsa.RSAPublicKey):
            if name == _PSS:
                salt = padding.PSS.AUTO
                public.verify(signature, signed, padding.PSS(padding.MGF1(algorithm), salt), algorithm)
            elif name == RSA or _WITH_RSA.get(name) == algorithm.name:
                public.verify(signature, signed, padding.PKCS1v15(), algorithm)
            else:
                return False
        elif isinstance(public, ec.EllipticCurvePublicKey) and _WITH_ECDSA.get(name) == algorithm.name:
            public.verify(signature, signed, ec.ECDSA(algorithm))
        elif isinstance(public, ed25519.Ed25519PublicKey) and name == _ED25519:
            public.verify(signature, signed)
        else:
            return False
    except InvalidSignature:
        return False
    return True
