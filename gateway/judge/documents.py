"""The opened parts of an arrival, walked through: what is a report, what covers it, what is left and why.

A `Document` holds what one file turned out to be: a table to be checked, or the refusal that says why not.
`Documents` cannot be made without a proof. A seal, a signature or a password proves what is inside it and nothing that
lies beside it: whoever has an old sealed file could put a workbook of their own next to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from gateway.core.agreement import ProofKind, Protection
from gateway.core.facts import Proof
from gateway.core.refusal import Refusal
from gateway.core.table import Table
from gateway.handler import Unreadable
from gateway.judge.beside import DETACHED, why_told
from gateway.judge.formats import MAILS, MEANT, SEALED, TABLES, WAYS, Way
from gateway.judge.seals import Cover
from gateway.judge.unpacking import Unpacked, every
from gateway.sandbox import PartInfo, Unsafe
from handlers.sealed import Manifest

# These prove content and not the message that it came in; what lies beside is left under the name given here.
BESIDE = {
    ProofKind.SEAL: "beside_seal",
    ProofKind.OPENPGP: "beside_signed",
    ProofKind.SMIME: "beside_signed",
    ProofKind.PASSWORD: "beside_locked",
}


_WHOLE_MAILS = frozenset({"", "smime.p7m", "encrypted.asc"})  # the names that mail programs give to one in an envelope
_PIECES = frozenset({DETACHED, "public_key", "no_files"})  # notes on a container that holds nothing to send
_PIECES_MEDIA = frozenset(
    {
        "application/pgp-encrypted",
        "application/pgp-signature",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
    }
)


@dataclass(frozen=True, slots=True)
class Wrapping:
    """The containers around a file, from the outermost: their names, what they prove, and how they protect.

    A seal isn't named, as its hand-over list names the files themselves, nor an envelope that is the mail as a whole,
    nor what an envelope held, which is the same.
    The innermost cover counts. `no_integrity`: some encryption around it shows no change, and nothing around that does.
    """

    names: tuple[str, ...] = ()
    cover: Cover | None = None
    by_password: bool = False
    protections: frozenset[Protection] = frozenset()
    no_integrity: bool = False
    firm: bool = False  # whatever is changed from here on inwards shows
    listed: bool = False  # the innermost is a seal, whose hand-over list names what is in it
    enveloped: bool = False  # the innermost is an envelope, and what is in it has no name of its own

    def around(self, outer: Unpacked) -> Wrapping:
        """What lies around the parts of `outer`, which lies in this itself. A signature beside a file has no name."""
        if DETACHED in outer.notes:
            return replace(self, cover=self.cover or outer.cover, firm=True)
        weak = outer.no_integrity and not self.firm
        shows = (outer.protection is not None or outer.cover is not None) and not outer.no_integrity
        way = WAYS.get(outer.part.handler or "")
        return Wrapping(
            self.names if self.enveloped or is_nameless(outer.part, way) else (*self.names, outer.part.name),
            outer.cover or self.cover,
            self.by_password or (outer.by_password and not weak),
            self.protections | ({outer.protection} if outer.protection else frozenset()),
            self.no_integrity or weak,
            self.firm or shows,
            way is Way.SEAL,
            way in (Way.SIGNED, Way.KEY),
        )


def is_nameless(part: PartInfo, way: Way | None) -> bool:
    """Whether a container needs no name in a letter: a seal, or an envelope that is the mail as a whole."""
    return way is Way.SEAL or (way is Way.SIGNED and part.name.lower() in _WHOLE_MAILS)


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
    wrapping: Wrapping = field(default_factory=Wrapping)

    @property
    def manifest(self) -> Manifest | None:
        """The hand-over list of the sealed file that it is or lies in."""
        return self.wrapping.cover.manifest if self.wrapping.cover else None


@dataclass(frozen=True, slots=True)
class Ignoring:
    """A part that is not taken as a report, by its path and name, and why (a code of ours)."""

    part: str
    name: str
    why: str
    within: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Documents:
    """What a proven sender sent."""

    proof: Proof
    files: tuple[Document, ...]
    ignored: tuple[Ignoring, ...]


Read = Callable[[str, str], tuple[Table, ...]]
"""The tables of the part at a path, read by a handler. Raises `Unreadable` or `Unsafe`."""


def proofs_of(document: Document, proof: Proof) -> frozenset[ProofKind]:
    """All that holds for one file: what its containers prove, and what the message does, if that is proven itself."""
    wrapping = document.wrapping
    found = {wrapping.cover.kind} if wrapping.cover else set()
    if wrapping.by_password:
        found.add(ProofKind.PASSWORD)
    return frozenset(found | ({proof.kind} - BESIDE.keys()))


def proof_of_content(tree: Sequence[Unpacked]) -> Proof | None:
    """The strongest proof that a container gives of its content, and of several the first."""
    covers = [one.cover for one in every(tree) if one.cover]
    best = min(covers, key=lambda cover: cover.kind.rank, default=None)
    return Proof(best.kind, best.officer, key=best.key) if best else None


def opened_by_password(tree: Sequence[Unpacked]) -> bool:
    """Whether a shared password opened something that nobody can have changed."""
    return any(one.by_password and not one.no_integrity for one in every(tree))


def has_reports(tree: Sequence[Unpacked]) -> bool:
    """Whether something is there that is meant as a report, whether or not it can be read."""
    return any(one.cover or is_meant(one) for one in every(tree))


def has_uncovered_reports(tree: Sequence[Unpacked]) -> bool:
    """Whether something is there that no container proves."""
    uncovered = [one for one in tree if not one.cover]
    return any((one.part.handler != SEALED and is_meant(one)) or has_uncovered_reports(one.parts) for one in uncovered)


def is_meant(one: Unpacked) -> bool:
    """Whether it is itself a report, or may hold one; of what was opened, its parts tell."""
    part = one.part
    if one.opened or (part.handler in MAILS and not one.refusal):
        return False
    return part.handler in TABLES or part.handler in WAYS or part.name.lower().endswith(MEANT)


def open_documents(read: Read, tree: Sequence[Unpacked], proof: Proof) -> Documents:
    """All that the proven sender sent, read; what is no report is named with the reason why it is left."""
    walk = _Walk(read, proof)
    walk.through(tree, Wrapping())
    return Documents(proof, tuple(walk.files), tuple(walk.ignored))


@dataclass(slots=True)
class _Walk:
    read: Read
    proof: Proof
    files: list[Document] = field(default_factory=list)
    ignored: list[Ignoring] = field(default_factory=list)
    met: set[str] = field(default_factory=set)

    def through(self, tree: Sequence[Unpacked], around: Wrapping) -> None:
        for one in tree:
            why = self._left(one, around)
            if why is None:
                self._take(one, around)
            elif why != _WORDS:
                self.ignored.append(Ignoring(one.part.path, one.part.name, why, around.names))

    def _left(self, one: Unpacked, around: Wrapping) -> str | None:
        """Why a part is left, if it is."""
        if one.opened:
            if one.cover and one.cover.officer != self.proof.officer:
                return "other_officer"
            if not one.parts and not (one.cover and one.cover.manifest):
                return why_told(one.notes) or (_WORDS if _PIECES & set(one.notes) else "empty")
        elif not is_meant(one) and not around.listed:
            return _why_no_report(one.part)
        elif why := self._uncovered(one, around.around(one).cover, around):
            return why
        if one.part.sha256 in self.met:
            return "twin"
        self.met.add(one.part.sha256)
        return None

    def _uncovered(self, one: Unpacked, cover: Cover | None, around: Wrapping) -> str | None:
        """A seal that fails is told to whomever we know, wherever it lies."""
        if cover:
            return "other_officer" if cover.officer != self.proof.officer else None
        if one.part.handler == SEALED or (self.proof.kind is ProofKind.PASSWORD and around.by_password):
            return None
        return BESIDE.get(self.proof.kind)

    def _take(self, one: Unpacked, around: Wrapping) -> None:
        inside, part = around.around(one), one.part
        if one.opened and one.parts:
            self.through(one.parts, inside)
        elif one.opened or one.refusal:  # a nil return is a seal with nothing in it
            self.files.append(_document(part, replace(inside, names=around.names), refusal=one.refusal))
        elif part.handler in TABLES:
            self.files.append(self._read(part, around))
        else:
            refusal = Refusal.UNSUPPORTED if part.size else Refusal.EMPTY
            self.files.append(_document(part, around, refusal=refusal))

    def _read(self, part: PartInfo, around: Wrapping) -> Document:
        try:
            tables = self.read(part.path, part.handler or "")
        except Unreadable as trouble:
            return _document(part, around, refusal=Refusal(trouble.trouble.value))
        except Unsafe:
            return _document(part, around, refusal=Refusal.UNSAFE)
        filled = tuple(table for table in tables if table.height)
        return _document(part, around, filled, None if filled else Refusal.EMPTY)


_WORDS = "words"  # a text that is no file needs no reason


def _why_no_report(part: PartInfo) -> str:
    if part.handler in MAILS:
        return "returned"
    return _WORDS if part.text is not None or not part.size or part.media in _PIECES_MEDIA else "no_report"


def _document(
    part: PartInfo, around: Wrapping, tables: tuple[Table, ...] = (), refusal: Refusal | None = None
) -> Document:
    return Document(part.path, part.name, part.size, part.sha256, tables, refusal, around)
