"""Checkpoints: the head of the journal's tree, signed, as C2SP's signed-note and tlog-checkpoint specify.

gateway.example/county          the origin; the key's name is the same
1024                            how many entries
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— gateway.example/county Az3grlgtzPICa5OS8npVmf1…   base64 of key id (4 bytes) and Ed25519 signature (64)
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from nacl.bindings import crypto_sign
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

_ED25519 = b"\x01"
_DASH = "— "


class Untrue(ValueError):
    """This is not what the holder of the key signed. The message holds no part of the text."""


def key_id(name: str, public: bytes) -> bytes:
    """The four bytes that, with the name, tell keys apart (c2sp.org/signed-note)."""
    return sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key and the name it signs under. Its text form is `name+keyid+base64`, as in Go's sumdb/note."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, text: str) -> Verifier:
        name, _, rest = text.partition("+")
        encoded = rest.partition("+")[2]
        try:
            raw = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            raise Untrue("not a verifier key") from None
        verifier = cls(name, raw[1:])
        if len(raw) != 33 or not is_name(name) or str(verifier) != text:
            raise Untrue("not a verifier key")
        return verifier

    def __str__(self) -> str:
        encoded = base64.b64encode(_ED25519 + self.public).decode()
        return f"{self.name}+{key_id(self.name, self.public).hex()}+{encoded}"

    def check(self, text: bytes, signature: bytes) -> None:
        """Raises `Untrue` unless this key made the 68 bytes (key id and signature) over the text."""
        if signature[:4] != key_id(self.name, self.public):
            raise Untrue("signed with another key")
        try:
            VerifyKey(self.public).verify(text, signature[4:])
        except (BadSignatureError, ValueError):
            raise Untrue("the signature does not fit") from None


@dataclass(frozen=True)
class Signer:
    """A private key (32-byte seed) and the name it signs under."""

    name: str
    seed: bytes

    def __post_init__(self) -> None:
        if not is_name(self.name):
            raise ValueError("a key's name has neither spaces nor plus signs")

    def __repr__(self) -> str:
        return f"Signer({self.name!r})"

    @cached_property
    def verifier(self) -> Verifier:
        return Verifier(self.name, bytes(SigningKey(self.seed).verify_key))

    @cached_property
    def _prepared(self) -> tuple[bytes, bytes]:
        return key_id(self.name, self.verifier.public), self.seed + self.verifier.public

    def sign(self, text: bytes) -> bytes:
        """Key id and Ed25519 signature, 68 bytes."""
        identity, secret = self._prepared
        return identity + crypto_sign(text, secret)[:64]

    def under(self, name: str) -> Signer:
        """The same key under another name: an era has its own origin."""
        return self if name == self.name else Signer(name, self.seed)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed tree head. `note` is the text exactly as signed and stored."""

    origin: str
    size: int
    root: bytes
    note: str

    @classmethod
    def sign(cls, size: int, root: bytes, signer: Signer) -> Checkpoint:
        text = _body(signer.name, size, root)
        signature = base64.b64encode(signer.sign(text.encode())).decode()
        return cls(signer.name, size, root, f"{text}\n{_DASH}{signer.name} {signature}\n")

    @classmethod
    def parse(cls, note: str) -> Checkpoint:
        """Take a checkpoint of ours apart, without checking the signature. Raises `Untrue` for any other form."""
        lines = note.split("\n")
        if len(lines) != 6 or not lines[1].isascii() or not lines[1].isdecimal():
            raise Untrue("not a checkpoint")
        origin, size, root = lines[0], int(lines[1]), _decode(lines[2])
        signature = _decode(lines[4].rpartition(" ")[2])
        found = cls(origin, size, root, note)
        if len(root) != 32 or len(signature) != 68 or found._rebuilt(signature) != note:
            raise Untrue("not a checkpoint in its one canonical form")
        return found

    def check(self, verifiers: Iterable[Verifier]) -> None:
        """Raises `Untrue` unless one of these keys, under this checkpoint's origin, signed it."""
        signature = _decode(self.note.split("\n")[4].rpartition(" ")[2])
        text = _body(self.origin, self.size, self.root).encode()
        for verifier in verifiers:
            if verifier.name == self.origin and signature[:4] == key_id(verifier.name, verifier.public):
                verifier.check(text, signature)
                return
        raise Untrue("signed with a key that is not known")

    def _rebuilt(self, signature: bytes) -> str:
        text = _body(self.origin, self.size, self.root)
        return f"{text}\n{_DASH}{self.origin} {base64.b64encode(signature).decode()}\n"


def is_name(name: str) -> bool:
    """Whether a text may name a key and be an origin: no spaces, no plus, no control characters."""
    return bool(name) and "+" not in name and name.isprintable() and not any(letter.isspace() for letter in name)


def _body(origin: str, size: int, root: bytes) -> str:
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Untrue("not base64") from None
