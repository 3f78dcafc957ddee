"""An officer agrees to repairs by something that proves them by itself: a sealed list of changes, or a signed reply.

A sealed file speaks for what is in it and not for the mail around it, so its officer agrees by sealing the very list
of changes that was sent to them, under another name (`handlers/sealed/SEALED.md`). Nothing in it needs to be read: the
signed hand-over list names the submission and the digest of the list. A signed mail speaks for its own text alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from gateway.core.agreement import ProofKind
from gateway.judge.unpacking import Unpacked, every
from handlers.sealed import Manifest

SIGNED = frozenset({ProofKind.OPENPGP, ProofKind.SMIME})
"""Proofs of a text that was signed; whoever gets it can send it again, in a mail of their own."""

_OFFERED = "repairs-{submission}.json"
_AGREED = re.compile(r"agreed-(A-[0-9]{8}-[0-9A-HJKMNP-TV-Z]{8}\.[0-9]{1,6})\.json", re.ASCII)


@dataclass(frozen=True, slots=True)
class Consent:
    """A sealed list of changes: for which submission, with which digest, and who sealed it."""

    submission: str
    digest: str
    manifest: Manifest


def list_name(submission: str) -> str:
    """How the list of changes is called that is sent to an officer."""
    return _OFFERED.format(submission=submission)


def without_consents(tree: Sequence[Unpacked], officer: str) -> tuple[tuple[Unpacked, ...], tuple[Consent, ...]]:
    """What is left to be read as reports, and what this officer agrees to, each submission once."""
    found = {one.part.path: consent for one in every(tree) if (consent := _consent(one, officer))}
    consents = {consent.submission: consent for consent in reversed(found.values())}
    return tuple(_rest(tree, found)), tuple(reversed(consents.values()))


def _consent(one: Unpacked, officer: str) -> Consent | None:
    """A seal with such a list and nothing else; beside a report it is an odd file of that report."""
    cover = one.cover
    if not one.opened or cover is None or cover.manifest is None or cover.officer != officer:
        return None
    if len(cover.manifest.files) != 1:
        return None
    file = cover.manifest.files[0]
    named = _AGREED.fullmatch(file.name)
    return Consent(named[1], file.sha256, cover.manifest) if named else None


def _rest(tree: Sequence[Unpacked], taken: Collection[str]) -> Iterator[Unpacked]:
    """Without those seals, and without what held nothing else."""
    for one in tree:
        if one.part.path in taken:
            continue
        parts = tuple(_rest(one.parts, taken))
        if parts or not one.parts:
            yield replace(one, parts=parts) if len(parts) != len(one.parts) else one
