"""OpenPGP: encrypted, signed, or both; binary, armoured or in a text, also signed in clear. By Sequoia (pysequoia).

The secret is an `Identity`. Its `keys` are our private keys and its `certificates` those whose signatures may count,
each an armoured block as `gpg --armor --export[-secret-keys]` writes it; private ones have no password. `passwords` are
tried on messages that are under a password and not for a key of ours.

Trust: nothing is passed on before Sequoia has authenticated all that was encrypted, and verified all that was signed by
a registered certificate. `signers` are fingerprints of primary keys. Encryption without integrity protection (no MDC)
is refused as damaged, because anybody can make it out of the other kind on the way. The bounds are our own: Sequoia
unpacks whatever it is given, so a message is taken apart here first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import pysequoia

from gateway.handler import Limits, Opened, Part, Trouble, Unreadable
from handlers.forms.calling import calling
from handlers.forms.identity import Identity, read_identity
from handlers.mail_message import opens as is_mail
from handlers.mail_message.entity import is_entity, is_signed, signed_halves
from handlers.openpgp.packet import (
    COMPRESSED,
    LITERAL,
    ONE_PASS,
    PKESK,
    SED,
    SEIP,
    SIGNATURE,
    SKESK,
    Packet,
    dearmoured,
    literal,
    packets,
    uncompressed,
)
from handlers.openpgp.password import inner_by_password
from handlers.openpgp.signers import Judged, judge
from handlers.openpgp.unwrap import SecretKey, inner_packets, secret_keys

NAME: Final = "openpgp"
SECRET: Final = "identity"  # noqa: S105 - a kind, no secret
WARM: Final = ("cryptography.hazmat.backends.openssl.backend",)  # which its keys load when they are first used

_BEGINS: Final = re.compile(
    rb"^-----BEGIN PGP (?:MESSAGE|SIGNED MESSAGE|SIGNATURE|PUBLIC KEY BLOCK)-----", re.MULTILINE
)
_CLEAR: Final = re.compile(
    rb"^-----BEGIN PGP SIGNED MESSAGE-----[ \t]*\n(?:Hash: [^\n]{1,200}\n)*\n(.*?)\n"
    rb"(-----BEGIN PGP SIGNATURE-----[ \t]*\n.*?^-----END PGP SIGNATURE-----)",
    re.MULTILINE | re.DOTALL,
)
_FIRST: Final = {PKESK: b"\x03\x06", SKESK: b"\x04\x06", ONE_PASS: b"\x03\x06", COMPRESSED: b"\x00\x01\x02\x03",
                 SIGNATURE: b"\x03\x04\x06", SEIP: b"\x01\x02"}  # fmt: skip
_PROTOCOL: Final = b"pgp-signature"
_HTML: Final = re.compile(rb"<(?:!doctype|html|head|body|br|div|p|pre)[ />]", re.IGNORECASE)
_AFTER_LENGTH: Final = {0: 2, 1: 3, 2: 5, 3: 1}  # of packets in the old form: where the body begins


def opens(head: bytes, name: str) -> bool:
    """Whether there is armour at the beginning of a line, a packet that may begin a message, or a signed entity."""
    if is_signed(head, _PROTOCOL):
        return True
    if is_mail(head, name) or _HTML.search(head):
        return False  # what is in a mail is asked about by itself, and a page only shows what stands beside it as text
    if _BEGINS.search(head.replace(b"\r\n", b"\n")):
        return True
    if len(head) < 8 or not head[0] & 0x80:
        return False
    if head[0] & 0x40:
        tag, at = head[0] & 0x3F, 2 if head[1] < 192 or 224 <= head[1] < 255 else 3 if head[1] < 224 else 6
    else:
        tag, at = head[0] >> 2 & 0x0F, _AFTER_LENGTH[head[0] & 3]
    return head[at] in _FIRST.get(tag, b"")


def open_parts(data: bytes, limits: Limits, secret: bytes | None = None) -> Opened:
    """The one file in it, called as it is called within; a mail's inside (PGP/MIME) has the media type of a mail.

    Notes: `unsigned`, `unknown_signer`, `revoked_signer`, `expired_signer`, `weak_signature`, `password` (one opened
    it). A signature that lies beside what it signs (see `verify_beside`), or a public key, gives no part and the note
    `detached_signature` or `public_key`. Raises `Unreadable`: NEEDS_KEY, NEEDS_PASSWORD, FORGED, DAMAGED, UNSUPPORTED,
    TOO_LARGE, BOMB.
    """
    if len(data) > 2 * limits.bytes:
        raise Unreadable(Trouble.TOO_LARGE, "openpgp")
    identity = read_identity(secret)
    if is_signed(data, _PROTOCOL):
        return _signed_entity(data, limits, identity)
    if data[:1] >= b"\x80":
        return _opened(packets(data), limits, identity)
    text = data.replace(b"\r\n", b"\n")
    found = _BEGINS.search(text)
    if found and b"SIGNED MESSAGE" in found[0]:
        return _clear(text[found.start() :], identity)
    kind, binary = dearmoured(text[found.start() if found else 0 :])
    if kind == "PUBLIC KEY BLOCK":
        return Opened((), notes=("public_key",))
    return _opened(packets(binary), limits, identity)


def verify_beside(data: bytes, content: bytes, secret: bytes | None = None) -> Opened:
    """Whose signature this is over a file beside it: no part, `signers` and notes. Raises `Unreadable` (FORGED …)."""
    judged = judge(read_identity(secret), _signatures(data), b"", detached_from=content)
    return Opened((), notes=judged.notes, signers=judged.signers)


def _signatures(data: bytes) -> list[Packet]:
    found = packets(data if data[:1] >= b"\x80" else dearmoured(data)[1])
    if not found or any(packet.tag != SIGNATURE for packet in found):
        raise Unreadable(Trouble.DAMAGED, "openpgp signature")
    return found


def _opened(message: list[Packet], limits: Limits, identity: Identity) -> Opened:
    tags = {packet.tag for packet in message}
    if SED in tags:
        raise Unreadable(Trouble.DAMAGED, "openpgp integrity")
    if SEIP in tags:
        return replace(_encrypted(message, limits, identity), encrypted=True)
    return _told(*_signed(uncompressed(message, limits), limits, identity))


def _encrypted(message: list[Packet], limits: Limits, identity: Identity) -> Opened:
    """Opened here, within bounds, for what is in it, and by Sequoia for whether that is true."""
    if message[-1].tag != SEIP or any(packet.tag not in (PKESK, SKESK) for packet in message[:-1]):
        raise Unreadable(Trouble.UNSUPPORTED, "openpgp structure")
    keys = [key for text in identity.keys for key in _own_keys(text)]
    inner, password = inner_packets(message, keys), None
    whole = b"".join(map(bytes, message))
    if inner is None and any(packet.tag == SKESK for packet in message) and not _for_us(whole, message, identity):
        inner, password = inner_by_password(message, identity.passwords)
    if inner is None:
        return _by_sequoia_alone(whole, identity, limits)
    compressed = any(packet.tag == COMPRESSED and packet.body[:1] == b"\x03" for packet in inner)
    if compressed:
        raise Unreadable(Trouble.UNSUPPORTED, "openpgp bzip2")  # Sequoia is built without it
    name, content, judged = _signed(uncompressed(inner, limits), limits, identity)
    if (_decrypted(whole, identity) if password is None else _unlocked(whole, password)).bytes != content:
        raise Unreadable(Trouble.DAMAGED, "openpgp content")
    found = _told(name, content, judged)
    return found if password is None else replace(found, notes=(*found.notes, "password"))


def _for_us(whole: bytes, message: Sequence[Packet], identity: Identity) -> bool:
    """Whether a key of ours opens it all the same, in a form that only Sequoia knows."""
    if not any(packet.tag == PKESK for packet in message):
        return False
    try:
        _decrypted(whole, identity)
    except Unreadable as trouble:
        return trouble.trouble is not Trouble.NEEDS_KEY
    return True


def _unlocked(whole: bytes, password: str) -> pysequoia.Decrypted:
    with calling(Trouble.DAMAGED, "openpgp"):
        return pysequoia.decrypt(whole, passwords=[password])


def _own_keys(text: str) -> list[SecretKey]:
    with calling(Trouble.NEEDS_KEY, "own key"):
        return list(secret_keys(dearmoured(text.encode())[1]))


def _decrypted(whole: bytes, identity: Identity, certificates: Sequence[pysequoia.Cert] = ()) -> pysequoia.Decrypted:
    """The authenticated content, by the first of our keys that fits; verified at once if there are certificates."""
    trouble = Trouble.NEEDS_KEY
    for text in identity.keys:
        with calling(Trouble.NEEDS_KEY, "own key"):
            decryptor = pysequoia.Tsk.from_bytes(text.encode()).decryptor()
        try:
            with calling(Trouble.DAMAGED, "openpgp"):
                try:
                    store = (lambda ids: list(certificates)) if certificates else None
                    return pysequoia.decrypt(whole, decryptor, store)
                except RuntimeError as error:
                    if str(error).startswith("No key to decrypt message"):
                        continue
                    raise
        except Unreadable as unreadable:
            trouble = unreadable.trouble
    raise Unreadable(trouble, "openpgp")


def _by_sequoia_alone(whole: bytes, identity: Identity, limits: Limits) -> Opened:
    """Forms that we do not take apart ourselves: taken only with a signature that counts, which Sequoia verifies.

    What Sequoia cannot verify it does not tell apart from what was not signed.
    """
    _decrypted(whole, identity)
    with calling(Trouble.UNSUPPORTED, "openpgp structure"):
        known = [pysequoia.Cert.from_bytes(text.encode()) for text in identity.certificates]
        alive = [
            c for c in known if not c.is_revoked and not (identity.at and c.expiration and c.expiration <= identity.at)
        ]
    try:
        found = _decrypted(whole, identity, alive) if alive else None
    except Unreadable:
        found = None
    if found is None or found.bytes is None or not found.valid_sigs:
        raise Unreadable(Trouble.UNSUPPORTED, "openpgp structure")
    if len(found.bytes) > limits.bytes:
        raise Unreadable(Trouble.TOO_LARGE, "openpgp")
    signers = tuple(sorted({valid.certificate.lower() for valid in found.valid_sigs}))
    return _told("", found.bytes, Judged(signers, ()))


def _signed(message: list[Packet], limits: Limits, identity: Identity) -> tuple[str, bytes, Judged]:
    """Name, content and signers of a message that is not encrypted. Raises `Unreadable`."""
    signatures = [packet for packet in message if packet.tag == SIGNATURE]
    literals = [packet for packet in message if packet.tag == LITERAL]
    if len(signatures) == len(message):
        return "", b"", Judged((), ("detached_signature",))
    if len(literals) != 1 or len(signatures) + 1 + sum(p.tag == ONE_PASS for p in message) != len(message):
        raise Unreadable(Trouble.DAMAGED, "openpgp structure")
    name, content = literal(literals[0].body)
    if len(content) > limits.bytes:
        raise Unreadable(Trouble.TOO_LARGE, "openpgp")
    judged = judge(identity, signatures, b"".join(map(bytes, message)))
    if judged.signers and judged.content != content:
        raise Unreadable(Trouble.FORGED, "openpgp content")
    return name, content, judged


def _clear(text: bytes, identity: Identity) -> Opened:
    """A text signed in clear: what stands before and after it is none of it."""
    found = _CLEAR.match(text)
    if not found:
        raise Unreadable(Trouble.DAMAGED, "openpgp cleartext")
    signatures = packets(dearmoured(found[2])[1])
    if not signatures or any(packet.tag != SIGNATURE for packet in signatures):
        raise Unreadable(Trouble.DAMAGED, "openpgp cleartext")
    judged = judge(identity, signatures, found[0] + b"\n")
    lines = (line.removeprefix(b"- ").rstrip(b" \t\r") for line in found[1].split(b"\n"))
    content = judged.content if judged.content is not None else b"\r\n".join(lines)
    return _told("", content, judged, media="text/plain")


def _signed_entity(entity: bytes, limits: Limits, identity: Identity) -> Opened:
    """A signed entity of a mail (PGP/MIME): content first, then its signature."""
    over, content, signature = signed_halves(entity, limits)
    judged = judge(identity, _signatures(signature), b"", detached_from=over)
    return _told("", content, judged)


def _told(name: str, content: bytes, judged: Judged, media: str = "application/octet-stream") -> Opened:
    if "detached_signature" in judged.notes:
        return Opened((), notes=judged.notes)
    if is_entity(content):
        media = "message/rfc822"
    return Opened((Part(name, media, content),), notes=judged.notes, signers=judged.signers)
