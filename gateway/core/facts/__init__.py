"""Facts: what happened, written once and never changed.

A fact holds our own ids, codes, numbers, instants and digests, and nothing that a sender wrote. Each class carries its
kind and version; a changed shape gets a new version, and the old class stays readable for ever (a golden line for each
is in the tests). What is only added, and goes without saying otherwise, is a field that came `later`.
Instants are timezone-aware UTC. Digests are lower-case hexadecimal.
"""

from __future__ import annotations

from gateway.core.facts.coming import (
    Admitted,
    Attempted,
    Confirmed,
    Discarded,
    Explained,
    Ignored,
    Judged,
    Proof,
    Questioned,
    Received,
    RepairOffered,
    RepairOffered1,
    RepairTaken,
    SetAside,
    SubmissionVerdict,
)
from gateway.core.facts.fact import Fact
from gateway.core.facts.going import (
    About,
    Accessed,
    Dropped,
    Erased,
    Integrated,
    Released,
    Sent,
    Troubled,
    Undeliverable,
    Written,
)
from gateway.core.facts.keeping import (
    Began,
    Configured,
    KeyConfirmed,
    KeyConfirmed1,
    KeyOffered,
    KeyRevoked,
    Restored,
)
from gateway.core.facts.owing import Extended, Owed

__all__ = [
    "KINDS",
    "About",
    "Accessed",
    "Admitted",
    "Attempted",
    "Began",
    "Configured",
    "Confirmed",
    "Discarded",
    "Dropped",
    "Erased",
    "Explained",
    "Extended",
    "Fact",
    "Ignored",
    "Integrated",
    "Judged",
    "KeyConfirmed",
    "KeyConfirmed1",
    "KeyOffered",
    "KeyRevoked",
    "Owed",
    "Proof",
    "Questioned",
    "Received",
    "Released",
    "RepairOffered",
    "RepairOffered1",
    "RepairTaken",
    "Restored",
    "Sent",
    "SetAside",
    "SubmissionVerdict",
    "Troubled",
    "Undeliverable",
    "Written",
]

KINDS: dict[tuple[str, int], type[Fact]] = {
    (kind.KIND, kind.VERSION): kind
    for kind in (
        Began, Restored, Configured, KeyOffered, KeyConfirmed1, KeyConfirmed, KeyRevoked,
        Received, Judged, RepairOffered1, RepairOffered, RepairTaken, Explained,
        Questioned, Confirmed, Admitted, Discarded, SetAside, Attempted,
        Owed, Extended,
        Written, Sent, Dropped, Undeliverable, Troubled, Integrated, Released, Accessed, Erased,
    )
}  # fmt: skip
