"""The keys and passwords that somebody who looks at a file gives: told apart by how they begin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gateway.core.refusal import Refusal
from gateway.keyring import BadLine
from gateway.keyring.envelopes import ENVELOPES
from gateway.keyring.lines import OFFICER_PRIVATE, key_bytes, words
from handlers.forms.identity import Identity

_OWN = "sealing-private-key"
_PRIVATE = {
    "AGE-SECRET-KEY-1": ("age",), "-----BEGIN OPENSSH PRIVATE KEY": ("age",),
    "-----BEGIN RSA PRIVATE KEY": ("age", "smime"),
    "-----BEGIN PGP PRIVATE KEY BLOCK": ("openpgp",), "-----BEGIN PRIVATE KEY": ("smime",),
    "-----BEGIN EC PRIVATE KEY": ("smime",),
}  # fmt: skip
_PUBLIC = {"-----BEGIN PGP PUBLIC KEY BLOCK": "openpgp", "-----BEGIN CERTIFICATE": "smime"}


@dataclass(frozen=True, slots=True)
class Keys:
    """What a file may be opened with. `private` and `certificates` are texts by the handler that takes them."""

    sealing: tuple[bytes, ...] = field(default=(), repr=False)
    private: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    certificates: tuple[tuple[str, str], ...] = ()
    shared: tuple[bytes, ...] = field(default=(), repr=False)

    def passwords(self, department: str) -> Sequence[bytes]:
        return self.shared

    def identity(self, handler: str, had: datetime, passwords: Sequence[bytes]) -> bytes | None:
        """Certificates count whenever they were valid."""
        if handler not in ENVELOPES:
            return None
        keys = tuple(text for of, text in self.private if of == handler)
        certificates = tuple(text for of, text in self.certificates if of == handler)
        return Identity(keys, certificates, tuple(one.decode() for one in passwords)).secret()

    def signer(self, handler: str, fingerprint: str, had: datetime) -> str | Refusal:
        """Nobody is registered here; the fingerprint itself is shown."""
        return Refusal.KEY_UNKNOWN


NO_KEYS = Keys()


def keys_of(texts: Sequence[str], passwords: Sequence[str] = ()) -> Keys:
    """From the texts of key files, and passwords. Raises `BadLine` for a text that is no key we know."""
    sealing: list[bytes] = []
    private: list[tuple[str, str]] = []
    certificates: list[tuple[str, str]] = []
    for text in texts:
        if _OWN in text:
            sealing.append(key_bytes(words(text, _OWN, (1,))[0]))
        elif OFFICER_PRIVATE in text:
            sealing.append(key_bytes(words(text, OFFICER_PRIVATE, (6,))[3]))
        elif found := [(of, text) for begin, handlers in _PRIVATE.items() if begin in text for of in handlers]:
            private += found
        elif known := [(of, text) for begin, of in _PUBLIC.items() if begin in text]:
            certificates += known
        else:
            raise BadLine("is no key and no certificate of a kind that we know")
    return Keys(tuple(sealing), tuple(private), tuple(certificates), tuple(one.encode() for one in passwords))
