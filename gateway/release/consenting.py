"""An officer's consent to repairs, made by hand: the list of changes that came sealed, sealed back under its own name.

`handlers/sealed/SEALED.md` gives the format. Everything stays in memory: the list holds cells of a report.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gateway.handler import Limits, Part, Trouble, Unreadable
from gateway.keyring import PrivateKey
from gateway.release.sealing import Public
from handlers.sealed import Manifest, Signed, open_parts, unlock_for, verify_manifest, write

_NAME = re.compile(r"repairs-(A-[0-9A-Z-]{1,40}\.[0-9]{1,6})\.json", re.ASCII)
_ABOUT = ("submission", "dataflow", "period", "sheet")
MOST = 100_000_000  # bytes of a sealed file


@dataclass(frozen=True, slots=True)
class Changed:
    """One cell of the list, by row and column from 1."""

    row: int
    column: int
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Offered:
    """A list of changes as it came: what it is about, and its bytes, which are what is sealed."""

    submission: str
    dataflow: str
    period: str
    sheet: str
    changes: tuple[Changed, ...]
    data: bytes
    manifest: Manifest


def offers_in(file: Path, key: PrivateKey, sender: Public) -> tuple[Offered, ...]:
    """The lists in a sealed file that this sender signed for this key. Raises `Unreadable`."""
    data = file.read_bytes() if file.stat().st_size <= MOST else b""
    unlocked = unlock_for(data, (key.sealing_private,))
    opened = open_parts(data, Limits(), unlocked.content_key)
    signed = Signed.from_mapping(opened.manifest or {})
    manifest = verify_manifest(signed, sender.signing, unlocked.sealing_public)
    return tuple(_offered(part, manifest) for part in opened.parts if _NAME.fullmatch(part.name))


def _offered(part: Part, manifest: Manifest) -> Offered:
    try:
        told = json.loads(part.data)
        changes = tuple(Changed(c["row"], c["column"], str(c["old"]), str(c["new"])) for c in told["changes"])
        submission, dataflow, period, sheet = (str(told[name]) for name in _ABOUT)
    except (ValueError, TypeError, KeyError):
        raise Unreadable(Trouble.DAMAGED, "list of changes") from None
    if part.name != f"repairs-{submission}.json":
        raise Unreadable(Trouble.DAMAGED, "list of changes")
    return Offered(submission, dataflow, period, sheet, changes, part.data, manifest)


def consent(offered: Offered, key: PrivateKey, recipients: Sequence[Public], signed: datetime) -> bytes:
    """The sealed file that says yes to this list, for these recipients; the sequence is the present second."""
    manifest = {
        "sender": offered.manifest.recipient, "key": key.public.id, "recipient": offered.manifest.sender,
        "dataflow": offered.dataflow, "period": offered.period, "sequence": int(signed.timestamp()),
        "nil": False, "signed": signed.replace(microsecond=0),
    }  # fmt: skip
    part = Part(f"agreed-{offered.submission}.json", "application/json", offered.data)
    return b"".join(write([part], manifest, [one.sealing for one in recipients], key.signing_seed))
