"""A sealed part, opened and its signature checked against the registered key that it names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.core.agreement import ProofKind
from gateway.core.parties import PublicKey
from gateway.core.refusal import Refusal
from gateway.core.rules import Rules
from gateway.judge.formats import SEALED
from gateway.keyring import may_sign
from gateway.sandbox import Contents, PartInfo
from handlers.sealed import Manifest, Signed, unlock_for, verify_manifest

Open = Callable[[str, str, bytes | None], Contents]
"""What the part at a path holds, opened by a handler with a secret. Raises `Unreadable` or `Unsafe`."""


@dataclass(frozen=True, slots=True)
class Cover:
    """What a container proves of all that is in it: who signed it, with which key. A seal has its hand-over list."""

    kind: ProofKind
    officer: str
    key: str
    manifest: Manifest | None = None


@dataclass(frozen=True, slots=True)
class Seal:
    """What a sealed part holds, and who sealed it; or why that counts for nothing. One for somebody else has both."""

    contents: Contents
    cover: Cover | None = None
    refusal: Refusal | None = None


def verified_seal(
    open_part: Open, sealing_private: Sequence[bytes], rules: Rules, had: datetime, part: PartInfo
) -> Seal:
    """Raises `Unreadable` or `Unsafe`."""
    unlocked = unlock_for(part.header, sealing_private)
    contents = open_part(part.path, SEALED, unlocked.content_key)
    signed = Signed.from_mapping(contents.manifest or {})
    key = may_sign(rules.keys, signed.manifest.key, had)
    officer = rules.officer(key.officer) if isinstance(key, PublicKey) else None
    if isinstance(key, Refusal) or officer is None:
        return Seal(contents, refusal=key if isinstance(key, Refusal) else Refusal.KEY_UNKNOWN)
    manifest = verify_manifest(signed, key.signing, unlocked.sealing_public)
    if manifest.sender != officer.department:
        return Seal(contents, refusal=Refusal.FORGED)
    wrong = None if manifest.recipient == rules.lead_office else Refusal.WRONG_RECIPIENT
    return Seal(contents, Cover(ProofKind.SEAL, officer.id, key.id, manifest), wrong)


def unverified_seal(open_part: Open, sealing_private: Sequence[bytes], part: PartInfo) -> Seal:
    """Only opened, for a look at it where nobody is registered. Raises `Unreadable` or `Unsafe`."""
    return Seal(open_part(part.path, SEALED, unlock_for(part.header, sealing_private).content_key))
