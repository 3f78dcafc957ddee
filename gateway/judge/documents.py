"""The opened parts of an arrival: seals first, because a seal is a proof; tables only once the sender is proven.

A `Document` holds what one file turned out to be: a table to be checked, or the refusal that says why not.
`Documents` cannot be made without a proof. A seal proves what is inside it and nothing that lies beside it: whoever
has an old sealed file could put a workbook of their own next to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.core.agreement import ProofKind
from gateway.core.facts import Proof
from gateway.core.parties import PublicKey
from gateway.core.refusal import Refusal
from gateway.core.rules import Rules
from gateway.core.table import Table
from gateway.handler import Unreadable
from gateway.keyring import may_sign
from gateway.sandbox import Contents, PartInfo, Unsafe
from handlers.sealed import Manifest, Signed, unlock_for, verify_manifest

SEALED = "sealed"
TABLES = frozenset({"excel_legacy", "excel", "csv_text"})
# What ends like this is meant as a report even where no handler knows it, and deserves an explanation.
MEANT = (
    ".xls", ".xlsb", ".xlsm", ".xlsx", ".ods", ".et", ".csv", ".tsv", ".zip", ".rar", ".7z", ".doc", ".docx", ".wps",
    ".sealed", ".age", ".gpg", ".pgp", ".asc", ".p7m", ".dat", ".msg", ".eml", ".pdf",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed part that was opened: who sealed it, or why the seal proves nothing. `parts` are the files in it."""

    part: PartInfo
    parts: tuple[PartInfo, ...] = ()
    manifest: Manifest | None = None
    key: PublicKey | None = None
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One file of an arrival. `tables` are its sheets; `refusal` says why there are none.

    A nil return in a sealed file has a manifest and neither.
    """

    part: str
    name: str
    size: int
    sha256: str
    tables: tuple[Table, ...] = ()
    refusal: Refusal | None = None
    seal: Sealed | None = None


@dataclass(frozen=True, slots=True)
class Ignoring:
    """A part that is not taken as a report, by its path and name, and why (a code of ours)."""

    part: str
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Documents:
    """What a proven sender sent."""

    proof: Proof
    files: tuple[Document, ...]
    ignored: tuple[Ignoring, ...]


Open = Callable[[str, str, bytes], Contents]
"""What the part at a path holds, opened by a handler with a secret. Raises `Unreadable` or `Unsafe`."""

Read = Callable[[str, str], tuple[Table, ...]]
"""The tables of the part at a path, read by a handler. Raises `Unreadable` or `Unsafe`."""


def open_seals(
    open_part: Open, parts: Sequence[PartInfo], sealing_private: Sequence[bytes], rules: Rules, had: datetime
) -> tuple[Sealed, ...]:
    """Every sealed part, opened and its signature checked against the registered key that it names."""
    return tuple(_open_seal(open_part, part, sealing_private, rules, had) for part in parts if part.handler == SEALED)


def _open_seal(
    open_part: Open, part: PartInfo, sealing_private: Sequence[bytes], rules: Rules, had: datetime
) -> Sealed:
    try:
        unlocked = unlock_for(part.header, sealing_private)
        contents = open_part(part.path, SEALED, unlocked.content_key)
        signed = Signed.from_mapping(contents.manifest or {})
        key = may_sign(rules.keys, signed.manifest.key, had)
        officer = None if isinstance(key, Refusal) else rules.officer(key.officer)
        if isinstance(key, Refusal) or officer is None:
            return Sealed(part, refusal=key if isinstance(key, Refusal) else Refusal.KEY_UNKNOWN)
        manifest = verify_manifest(signed.raw, signed.signature, key.signing, unlocked.sealing_public)
    except Unreadable as trouble:
        return Sealed(part, refusal=Refusal(trouble.trouble.value))
    except Unsafe:
        return Sealed(part, refusal=Refusal.UNSAFE)
    if manifest.sender != officer.department:
        return Sealed(part, refusal=Refusal.FORGED)
    wrong = None if manifest.recipient == rules.lead_office else Refusal.WRONG_RECIPIENT
    return Sealed(part, contents.parts, manifest, key, wrong)


def proof_by_seals(seals: Sequence[Sealed]) -> Proof | None:
    """The proof that the first good seal gives, of the sealed files of that officer and nothing else."""
    for seal in seals:
        if seal.key:
            return Proof(ProofKind.SEAL, seal.key.officer, key=seal.key.id)
    return None


def has_unsealed_reports(parts: Sequence[PartInfo]) -> bool:
    """Whether something is there that a seal cannot prove."""
    return any(part.handler != SEALED and _is_meant(part) for part in parts)


def has_reports(parts: Sequence[PartInfo]) -> bool:
    """Whether something is there that is meant as a report, whether or not it can be read."""
    return any(part.handler == SEALED or _is_meant(part) for part in parts)


def open_documents(read: Read, parts: Sequence[PartInfo], seals: Sequence[Sealed], proof: Proof) -> Documents:
    """All that the proven sender sent, read; what is no report is named with the reason why it is left."""
    files: list[Document] = []
    ignored: list[Ignoring] = []
    sealed: Mapping[str, Sealed] = {seal.part.path: seal for seal in seals}
    met: set[str] = set()
    for part in parts:
        seal = sealed.get(part.path)
        if why := _left(part, seal, proof, met):
            ignored.append(Ignoring(part.path, part.name, why))
        elif seal:
            files += _from_seal(read, seal)
        elif _is_meant(part):
            files.append(_plain(read, part))
    return Documents(proof, tuple(files), tuple(ignored))


def _is_meant(part: PartInfo) -> bool:
    return part.handler in TABLES or part.name.lower().endswith(MEANT)


def _left(part: PartInfo, seal: Sealed | None, proof: Proof, met: set[str]) -> str | None:
    """Why a part is left, if it is; a text that is no file needs no reason."""
    if seal is None and not _is_meant(part):
        return "no_report" if part.text is None and part.size else None
    if seal is None and proof.kind is ProofKind.SEAL:
        return "beside_seal"
    if seal and seal.key and seal.key.officer != proof.officer:
        return "other_officer"
    if part.sha256 in met:
        return "twin"
    met.add(part.sha256)
    return None


def _plain(read: Read, part: PartInfo) -> Document:
    if part.handler in TABLES:
        return _read(read, part, None)
    refusal = Refusal.UNSUPPORTED if part.size else Refusal.EMPTY
    return Document(part.path, part.name, part.size, part.sha256, refusal=refusal)


def _from_seal(read: Read, seal: Sealed) -> Iterator[Document]:
    part = seal.part
    if seal.refusal or (seal.manifest and seal.manifest.nil):
        yield Document(part.path, part.name, part.size, part.sha256, refusal=seal.refusal, seal=seal)
        return
    for inner in seal.parts:
        if inner.handler in TABLES:
            yield _read(read, inner, seal)
        else:
            yield Document(inner.path, inner.name, inner.size, inner.sha256, refusal=Refusal.UNSUPPORTED, seal=seal)


def _read(read: Read, part: PartInfo, seal: Sealed | None) -> Document:
    try:
        tables = read(part.path, part.handler or "")
    except Unreadable as trouble:
        refusal = Refusal(trouble.trouble.value)
        return Document(part.path, part.name, part.size, part.sha256, refusal=refusal, seal=seal)
    except Unsafe:
        return Document(part.path, part.name, part.size, part.sha256, refusal=Refusal.UNSAFE, seal=seal)
    filled = tuple(table for table in tables if table.height)
    empty = None if filled else Refusal.EMPTY
    return Document(part.path, part.name, part.size, part.sha256, filled, empty, seal)
