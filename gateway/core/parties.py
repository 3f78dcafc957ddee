"""Who owes reports and gets results: departments and their designated officers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    REPORTER = "reporter"
    DEPUTY = "deputy"
    HEAD = "head"


class Language(StrEnum):
    ZH_CN = "zh_CN"
    EN = "en"

    @property
    def comma(self) -> str:
        """What stands between the members of a list."""
        return ", " if self is Language.EN else "、"


@dataclass(frozen=True, slots=True)
class Titles:
    """The same title in each language we write."""

    zh_CN: str
    en: str

    def __getitem__(self, language: Language) -> str:
        return self.en if language is Language.EN else self.zh_CN


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An officer's keys under one id: Ed25519 to sign, X25519 to seal for; each 32 bytes. Instants are UTC.

    `revoked` is an instant: what was signed before it stays believed.
    """

    id: str
    officer: str
    signing: bytes
    sealing: bytes
    valid_from: datetime
    valid_until: datetime
    revoked: datetime | None = None


@dataclass(frozen=True, slots=True)
class Certificate:
    """An officer's registered OpenPGP key or S/MIME certificate. Instants are UTC; `revoked` is as in `PublicKey`.

    `kind` is the handler's: `openpgp` or `smime`. `fingerprint` is lower-case hex: of the primary key (OpenPGP), the
    SHA-256 of the whole certificate (S/MIME). `text` is the public key block or PEM certificate itself.
    """

    id: str
    officer: str
    kind: str
    fingerprint: str
    valid_from: datetime
    valid_until: datetime
    text: str = field(repr=False)
    revoked: datetime | None = None


@dataclass(frozen=True, slots=True)
class Officer:
    """A designated person of a department. `addresses` they send from; `letters_to` is where we write to them."""

    id: str
    department: str
    name: str
    role: Role
    language: Language
    addresses: tuple[str, ...]
    letters_to: str
    password_hash: str | None = None  # Argon2id, for authenticated submission; None: may not log in
    folder: str | None = None  # the watched folder that is theirs alone
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Department:
    """A party that owes us reports or gets results. `division` is its code in the list of divisions, if any."""

    id: str
    titles: Titles
    division: str | None
    officers: tuple[Officer, ...]

    def with_role(self, role: Role) -> tuple[Officer, ...]:
        return tuple(officer for officer in self.officers if officer.role is role)
