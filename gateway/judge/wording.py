"""The words of a mail that count: those that whatever proves its sender speaks for, in an envelope or not.

A signature proves its own text alone, and a seal no word at all. Where the message as a whole is proven its words may
lie in an envelope that it is (signed opaquely, signed in clear, encrypted), but not under another officer's signature.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateway.core.agreement import ProofKind
from gateway.core.facts import Proof
from gateway.judge.consents import SIGNED
from gateway.judge.documents import Wrapping, is_nameless
from gateway.judge.formats import MAIL, WAYS, Way
from gateway.judge.seals import Cover
from gateway.judge.unpacking import Unpacked, every
from gateway.sandbox import PartInfo


def words_of(tree: Sequence[Unpacked], proof: Proof | None) -> tuple[PartInfo, ...]:
    """The parts in which a mail may speak; of one that nothing proves yet, as if its sender were."""
    if proof and proof.kind is ProofKind.SEAL:
        return ()
    if proof and proof.kind in SIGNED:
        signed = next(one for one in every(tree) if _is_by(one.cover, proof))
        return tuple(one.part for one in _inside(signed))
    return tuple(_spoken(tree, proof.officer if proof else ""))


def wrapping_of(tree: Sequence[Unpacked], path: str, around: Wrapping | None = None) -> Wrapping | None:
    """What lies around the part at this path; None if it is not there."""
    around = around or Wrapping()
    for one in tree:
        if one.part.path == path:
            return around
        if found := wrapping_of(one.parts, path, around.around(one)):
            return found
    return None


def _is_by(cover: Cover | None, proof: Proof) -> bool:
    return cover is not None and (cover.kind, cover.officer, cover.key) == (proof.kind, proof.officer, proof.key)


def _spoken(tree: Sequence[Unpacked], officer: str) -> Iterator[PartInfo]:
    for one in tree:
        if not one.opened or not _is_envelope(one.part):
            yield one.part
        elif one.cover is None or one.cover.officer == officer:
            yield from _spoken(_inside(one), officer)


def _is_envelope(part: PartInfo) -> bool:
    """Whether it is the mail itself, or its text: what somebody attached has a name of its own."""
    way = WAYS.get(part.handler or "")
    return way is Way.SIGNED and (part.text is not None or is_nameless(part, way))


def _inside(envelope: Unpacked) -> Sequence[Unpacked]:
    """The parts right in it, not those of mails that are attached."""
    parts = envelope.parts
    return parts[0].parts if len(parts) == 1 and parts[0].part.handler == MAIL else parts
