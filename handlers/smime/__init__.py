"""S/MIME (RFC 8551): encrypted, signed, or both, also one within the other; checked by `cryptography`.

The secret is an `Identity`. Its `keys` are ours, each a PEM text of a private key without a password and its
certificate; its `certificates` are the registered ones of officers, in PEM. `passwords` are not used.

Trust: `signers` are SHA-256 fingerprints of whole registered certificates. No authority vouches for anybody here, and
certificates that come with a message count for nothing. Encryption by CBC, which nearly all mail programs use, does
not show whether it was changed: `no_integrity`, unless a verified signature lies within or around it.
What is inside is a MIME entity and is handed on as one, to be split as a mail is.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from gateway.handler import Limits, Opened, Part, Trouble, Unreadable
from handlers.forms.calling import calling
from handlers.forms.identity import read_identity
from handlers.mail_message import open_parts as split
from handlers.mail_message.entity import is_entity, is_signed, signed_halves
from handlers.smime.cms import AUTHENTICATED, ENVELOPED, SIGNED, Certified, certified, content_info
from handlers.smime.enveloped import decrypted
from handlers.smime.signed import signed_data, verify

NAME: Final = "smime"
SECRET: Final = "identity"  # noqa: S105 - a kind, no secret

_DER: Final = re.compile(
    rb"\x30(?:\x80|[\x00-\x7f]|\x81.|\x82..|\x83.{3}|\x84.{4})\x06[\x09\x0b]\x2a\x86\x48\x86\xf7\x0d\x01"
    rb"(?:\x07[\x02\x03]|\x09\x10\x01\x17)",
    re.DOTALL,
)
_PEM: Final = re.compile(
    rb"\s*-----BEGIN (PKCS7|CMS)-----\r?\n((?:[A-Za-z0-9+/]{1,256}={0,2}\r?\n)+)-----END \1-----\s*", re.DOTALL
)
_PKCS7: Final = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_LAYERS: Final = 4
_SIGNED_ODDLY: Final = {"unknown_signer", "expired_signer", "weak_signature"}


@dataclass(frozen=True, slots=True)
class _Means:
    keys: tuple[str, ...]
    known: Sequence[Certified]
    at: datetime | None
    limits: Limits


@dataclass(frozen=True, slots=True)
class _Layer:
    """What a message held, who signed it, and what was odd. No content: it lies elsewhere, or there is none."""

    content: bytes | None
    signers: frozenset[str] = frozenset()
    notes: frozenset[str] = frozenset()
    encrypted: bool = False


def opens(head: bytes, name: str) -> bool:
    """Whether it is signed or enveloped data, in DER or PEM, or a signed entity of a mail."""
    return bool(_DER.match(head)) or head.lstrip()[:16].startswith((b"-----BEGIN PKCS7", b"-----BEGIN CMS-")) or (
        is_signed(head, b"pkcs7-signature")
    )  # fmt: skip


def open_parts(data: bytes, limits: Limits, secret: bytes | None = None) -> Opened:
    """The one entity (or file, where there is no entity) in it, without a name.

    Notes: `no_integrity`, `unsigned`, `unknown_signer`, `expired_signer`, `weak_signature`. A signature that lies
    beside what it signs (see `verify_beside`), or certificates alone, give no part and the note `detached_signature` or
    `public_key`.
    Raises `Unreadable`: NEEDS_KEY, FORGED, DAMAGED, UNSUPPORTED, TOO_LARGE.
    """
    if len(data) > 2 * limits.bytes:
        raise Unreadable(Trouble.TOO_LARGE, "smime")
    identity = read_identity(secret)
    means = _Means(identity.keys, _certificates(identity.certificates), identity.at, limits)
    with calling(Trouble.DAMAGED, "smime"):
        layer = _signed_entity(data, means) if is_signed(data[:4096], b"pkcs7-signature") else _opened(data, means)
    if layer.content is None:
        return Opened((), notes=tuple(sorted(layer.notes)))
    notes = layer.notes - ({"no_integrity"} if layer.signers else set())
    if not layer.signers and not notes & _SIGNED_ODDLY:
        notes |= {"unsigned"}
    if len(layer.content) > limits.bytes:
        raise Unreadable(Trouble.TOO_LARGE, "smime")
    media = "message/rfc822" if is_entity(layer.content) else "application/octet-stream"
    return Opened(
        (Part("", media, layer.content),),
        notes=tuple(sorted(notes)),
        signers=tuple(sorted(layer.signers)),
        encrypted=layer.encrypted,
    )


def verify_beside(data: bytes, content: bytes, secret: bytes | None = None) -> Opened:
    """Whose signature this is over a file beside it: no part, `signers` and notes. Raises `Unreadable` (FORGED …)."""
    identity = read_identity(secret)
    with calling(Trouble.DAMAGED, "smime"):
        kind, value = content_info(_binary(data))
        if kind != SIGNED or (signed := signed_data(value)).content is not None or not signed.signers:
            raise Unreadable(Trouble.DAMAGED, "smime signature")
        signers, notes = verify(signed, content, _certificates(identity.certificates), identity.at)
    return Opened((), notes=notes, signers=signers)


def _binary(data: bytes) -> bytes:
    pem = _PEM.fullmatch(data)
    return binascii.a2b_base64(pem[2]) if pem else data


def _certificates(texts: Sequence[str]) -> list[Certified]:
    """Those that can be read: `gateway check` tells of the others."""
    found = []
    for text in texts:
        try:
            with calling(Trouble.DAMAGED, "certificate"):
                found.append(certified(text))
        except Unreadable:
            continue
    return found


def _opened(data: bytes, means: _Means, depth: int = 0) -> _Layer:
    """One message and whatever messages lie within it."""
    if depth > _LAYERS:
        raise Unreadable(Trouble.TOO_DEEP, "smime")
    kind, value = content_info(_binary(data))
    if kind == SIGNED:
        signed = signed_data(value)
        if signed.content is None:
            return _Layer(None, notes=frozenset({"detached_signature" if signed.signers else "public_key"}))
        signers, notes = verify(signed, signed.content, means.known, means.at)
        layer = _Layer(signed.content, frozenset(signers), frozenset(notes))
    elif kind in (ENVELOPED, AUTHENTICATED):
        with calling(Trouble.NEEDS_KEY, "own key"):
            ours = [certified(text, private=True) for text in means.keys]
        content, whole = decrypted(kind, value, ours)
        layer = _Layer(content, notes=frozenset() if whole else frozenset({"no_integrity"}), encrypted=True)
    else:
        raise Unreadable(Trouble.UNSUPPORTED, "cms type")
    return _within(layer, means, depth)


def _within(layer: _Layer, means: _Means, depth: int) -> _Layer:
    """The layer, or what the message says that it consists of."""
    assert layer.content is not None
    if not is_entity(layer.content):
        return layer
    if is_signed(layer.content, b"pkcs7-signature", first=False):
        inner = _signed_entity(layer.content, means, depth + 1)
    else:
        parts = split(layer.content, means.limits).parts
        if len(parts) != 1 or parts[0].media not in _PKCS7:
            return layer
        inner = _opened(parts[0].data, means, depth + 1)
    if inner.content is None:
        return layer
    encrypted = layer.encrypted or inner.encrypted
    return replace(inner, signers=layer.signers | inner.signers, notes=layer.notes | inner.notes, encrypted=encrypted)


def _signed_entity(entity: bytes, means: _Means, depth: int = 0) -> _Layer:
    """A signed entity of a mail: content first, then its signature."""
    over, content, signature = signed_halves(entity, means.limits)
    kind, value = content_info(signature)
    if kind != SIGNED or (signed := signed_data(value)).content is not None:
        raise Unreadable(Trouble.DAMAGED, "smime signature")
    signers, notes = verify(signed, over, means.known, means.at)
    return _within(_Layer(content, frozenset(signers), frozenset(notes)), means, depth)
