"""CMS enveloped data (RFC 5652, 6; RFC 5083): its content, by a key of ours. What `smime` stands on, no handler.

Trust: only AES-GCM shows whether the content was changed on the way; with CBC, which most mail programs still use, only
a signature inside does.
Done: content keys sent by RSA (PKCS#1 v1.5, OAEP) or agreed on a curve (`agreement`); AES-CBC, AES-GCM, and 3DES
because old Outlook sends it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from gateway.handler import Trouble, Unreadable
from handlers.smime.agreement import AGREED, CURVES, agreed_key, agreement, wrapped_for
from handlers.smime.ber import OCTETS, SEQUENCE, SET, Value, set_of
from handlers.smime.cms import AUTHENTICATED, HASHES, RSA, Certified, exactly

_OAEP, _MGF1 = bytes.fromhex("2a864886f70d010107"), bytes.fromhex("2a864886f70d010108")
_SHA1: Final = bytes.fromhex("2b0e03021a")
_CBC: Final = {bytes.fromhex("6086480165030401" + last): size for last, size in (("02", 16), ("16", 24), ("2a", 32))}
_GCM: Final = {bytes.fromhex("6086480165030401" + last): size for last, size in (("06", 16), ("1a", 24), ("2e", 32))}
_3DES: Final = bytes.fromhex("2a864886f70d0307")
_RECIPIENTS: Final = 500
_TRIES: Final = 20  # operations with our keys for one message


def decrypted(kind: bytes, value: Value, ours: Sequence[Certified]) -> tuple[bytes, bool]:
    """The content of (authenticated-)enveloped data, and whether its integrity was shown.

    Raises `Unreadable`: NEEDS_KEY, DAMAGED, UNSUPPORTED.
    """
    fields = value.inner()[1:]
    fields = fields[bool(fields) and fields[0].tag == 0xA0 :]
    if len(fields) < 2 or fields[0].tag != SET:
        raise Unreadable(Trouble.DAMAGED, "cms enveloped")
    inside = fields[1].inner()
    if len(inside) != 3 or inside[2].tag & 0xDF != 0x80:
        raise Unreadable(Trouble.DAMAGED, "cms enveloped")
    algorithm = inside[1].inner()
    name, sealed = algorithm[0].content, inside[2].octets()
    size = {**_CBC, **_GCM, _3DES: 24}.get(name)
    if size is None or (name in _GCM) != (kind == AUTHENTICATED) or len(algorithm) != 2:
        raise Unreadable(Trouble.UNSUPPORTED, "cms cipher")
    keys = _content_keys(fields[0].inner(), ours, size)
    if kind == AUTHENTICATED:
        return _by_gcm(keys, algorithm[1], sealed, fields[2:]), True
    return _by_cbc(keys, name, algorithm[1].octets(), sealed), False


def _content_keys(recipients: Sequence[Value], ours: Sequence[Certified], size: int) -> list[bytes]:
    """The content key as each recipient that is us has it. Raises `Unreadable(NEEDS_KEY)` if none is."""
    if len(recipients) > _RECIPIENTS:
        raise Unreadable(Trouble.TOO_LARGE, "cms recipients")
    pairs = ((recipient, own) for recipient in recipients for own in ours)
    found = list(islice((key for pair in pairs for key in _sent_to(*pair)), _TRIES))
    if not found:
        raise Unreadable(Trouble.NEEDS_KEY)
    return [key for key in found if key is not None and len(key) == size]


def opens_with(private: object) -> bool:
    """Whether a private key of this kind can open what is sent to it."""
    on_curve = isinstance(private, ec.EllipticCurvePrivateKey) and isinstance(private.curve, CURVES)
    return on_curve or isinstance(private, rsa.RSAPrivateKey)


def _sent_to(recipient: Value, own: Certified) -> Iterator[bytes | None]:
    """The content key as often as it was sent to this certificate; None where it does not come out."""
    if recipient.tag == AGREED and isinstance(own.private, ec.EllipticCurvePrivateKey):
        agreed = agreement(recipient)
        for sealed in wrapped_for(agreed, own):
            yield agreed_key(agreed, own.private, sealed)
    elif recipient.tag == SEQUENCE and isinstance(own.private, rsa.RSAPrivateKey):
        fields = recipient.inner()
        if len(fields) == 4 and own.is_named(fields[1]):
            try:
                yield own.private.decrypt(fields[3].octets(), _transport(fields[2]))
            except ValueError:
                yield None


def _transport(method: Value) -> padding.AsymmetricPadding:
    """How the key was sent. Raises `Unreadable(UNSUPPORTED)`."""
    name, *parameters = method.inner()
    if name.content == RSA:
        return padding.PKCS1v15()
    if name.content != _OAEP:
        raise Unreadable(Trouble.UNSUPPORTED, "cms transport")
    digest = mask = _hash_named(_SHA1)  # what the standard means where nothing is said
    for parameter in parameters[0].inner() if parameters and parameters[0].tag == SEQUENCE else ():
        (told,) = exactly(parameter.inner(), 1)
        if parameter.tag == 0xA0:
            digest = _hash_named(told.inner()[0].content)
        elif parameter.tag == 0xA1 and told.inner()[0].content == _MGF1:
            mask = _hash_named(told.inner()[1].inner()[0].content)
        else:
            raise Unreadable(Trouble.UNSUPPORTED, "cms transport")
    return padding.OAEP(padding.MGF1(mask), digest, None)


def _hash_named(name: bytes) -> hashes.HashAlgorithm:
    if name == _SHA1:
        return hashes.SHA1()  # noqa: S303 - in OAEP it need not resist collisions
    if name not in HASHES:
        raise Unreadable(Trouble.UNSUPPORTED, "cms transport")
    return HASHES[name]


def _by_cbc(keys: Sequence[bytes], name: bytes, start: bytes, sealed: bytes) -> bytes:
    """The content, its padding taken off. It shows nothing of whether it was changed."""
    make: Callable[[bytes], Any] = TripleDES if name == _3DES else algorithms.AES
    block = 8 if name == _3DES else 16
    for key in keys:
        if len(start) != block or not sealed or len(sealed) % block:
            break
        decryptor = Cipher(make(key), modes.CBC(start)).decryptor()
        plain = decryptor.update(sealed) + decryptor.finalize()
        pad = plain[-1]
        if 1 <= pad <= block and plain.endswith(bytes([pad]) * pad):
            return plain[:-pad]
    raise Unreadable(Trouble.DAMAGED, "cms content")


def _by_gcm(keys: Sequence[bytes], parameters: Value, sealed: bytes, rest: Sequence[Value]) -> bytes:
    """RFC 5084: the attributes, if there are any, are authenticated too."""
    told = parameters.inner()
    attributes = set_of(rest[0]) if rest and rest[0].tag == 0xA1 else b""
    macs = [value for value in rest if value.tag == OCTETS]
    size = told[1].number() if len(told) > 1 else 12
    if len(macs) != 1 or not 12 <= size <= 16 or len(macs[0].content) != size or not 8 <= len(told[0].content) <= 64:
        raise Unreadable(Trouble.DAMAGED, "cms content")
    for key in keys:
        mode = modes.GCM(told[0].content, macs[0].content, min_tag_length=12)
        decryptor = Cipher(algorithms.AES(key), mode).decryptor()
        decryptor.authenticate_additional_data(attributes)
        try:
            return decryptor.update(sealed) + decryptor.finalize()
        except InvalidTag:
            continue
    raise Unreadable(Trouble.DAMAGED, "cms content")
