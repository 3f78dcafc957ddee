"""Signatures that lie beside what they sign, as `report.xlsx.asc` beside `report.xlsx`: which files each may be over.

A signature is over bytes: whatever it fits is what was signed, however that is called. The name tells what it should
fit. If it does not, the file was changed since; a signature that names nothing and fits nothing says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from gateway.sandbox import PartInfo, Verified

DETACHED: Final = "detached_signature"  # notes of handlers, and our own after them
BROKEN: Final = "broken_signature"
LONE: Final = "lone_signature"
ENDED: Final = "ended_signer"

Verify = Callable[[str, str, str, bytes | None], Verified]
"""Whose signature the part at a path is over the part at another, by a handler with a secret.

Raises `Unreadable` (FORGED where it does not fit) or `Unsafe`.
"""

_ENDS: Final = (".asc", ".sig", ".sign", ".gpg", ".pgp", ".p7s")
_MOST_TRIED: Final = 5

# Why a signature that proves nothing is told of, by the notes on it.
_TOLD: Final = {
    "unknown_signer": "unknown_signature", "revoked_signer": "ended_signature", "expired_signer": "ended_signature",
    "weak_signature": "weak_signature", ENDED: "ended_signature", LONE: LONE,
}  # fmt: skip


def candidates(signature: PartInfo, siblings: Sequence[PartInfo]) -> tuple[tuple[int, ...], bool]:
    """The places of those that it may be over, and whether it names them."""
    name = signature.name.casefold()
    meant = next((name[: -len(end)] for end in _ENDS if name.endswith(end)), "")
    named = tuple(at for at, one in enumerate(siblings) if meant and one.name.casefold() == meant)
    if named:
        return named, True
    return tuple(at for at, one in enumerate(siblings) if one.name and one.size)[:_MOST_TRIED], False


def why_told(notes: Sequence[str]) -> str | None:
    """The code under which its sender is told why it proves nothing, if that is worth a word."""
    return next((_TOLD[note] for note in notes if note in _TOLD), None)
