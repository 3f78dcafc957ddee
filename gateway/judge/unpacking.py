"""Containers within containers, opened: what each part of an arrival holds, and what that proves.

Before anybody is proven only what may hold a proof is opened; a password or a key of ours is used for proven senders.
A container speaks for what is in it and for nothing beside it. What an inner mail says of its sender proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from gateway.core.agreement import Protection
from gateway.core.refusal import Refusal
from gateway.handler import Trouble, Unreadable
from gateway.judge.beside import BROKEN, DETACHED, ENDED, LONE, Verify, candidates
from gateway.judge.formats import MAILS, PROOFS, PROTECTIONS, UNPROVEN, WAYS, Way
from gateway.judge.seals import Cover, Open, Seal
from gateway.judge.secrets import NoSecrets, Secrets
from gateway.sandbox import Contents, PartInfo, Unsafe

_SIGNED = "multipart/signed"
MOST_UNPROVEN = 20  # containers of one arrival that are opened before anybody is proven
MOST_PASSWORDS = 5  # of a department that are tried on one file
MOST_TRIES = 20  # of passwords on all files of one arrival, before anybody is proven: each may cost a second


@dataclass(frozen=True, slots=True)
class Unpacked:
    """One part of an arrival, and what became of it where it is a container.

    It was opened (`parts`), or not (`refusal` says why; neither: not yet). `locked` wants a password. A seal for
    somebody else has a cover and a refusal. `no_integrity`: what protects it does not show whether it was changed.
    A signature that lay beside a file and covers it is told as if it held that file.
    """

    part: PartInfo
    opened: bool = False
    parts: tuple[Unpacked, ...] = ()
    refusal: Refusal | None = None
    locked: bool = False
    cover: Cover | None = None
    by_password: bool = False
    protection: Protection | None = None
    no_integrity: bool = False
    notes: tuple[str, ...] = ()
    signers: tuple[str, ...] = ()


def every(tree: Sequence[Unpacked]) -> Iterator[Unpacked]:
    """All parts of a tree, each before what was found in it."""
    for one in tree:
        yield one
        yield from every(one.parts)


@dataclass(slots=True)
class Unpacker:
    """Opens the containers of one arrival, each once. `returned` mails, which a robot sends back, are left closed."""

    open_part: Open
    verify_part: Verify
    open_seal: Callable[[PartInfo], Seal]
    had: datetime
    secrets: Secrets = field(default_factory=NoSecrets, repr=False)
    returned: bool = False
    _ways: frozenset[Way] = UNPROVEN
    _passwords: Sequence[bytes] = field(default=(), repr=False)
    _left: int = MOST_UNPROVEN
    _tries_left: int = MOST_TRIES

    def unpack(self, parts: Sequence[PartInfo]) -> tuple[Unpacked, ...]:
        """What is opened for anybody."""
        return self._beside(_without_copies(tuple(self._unpack(part, None) for part in parts)))

    def try_passwords(self, tree: Sequence[Unpacked], passwords: Sequence[bytes]) -> tuple[Unpacked, ...]:
        """The same with these passwords, to see whether they fit. No key of ours is used."""
        return self._further(tree, UNPROVEN | {Way.PASSWORD}, passwords)

    def unlock(self, tree: Sequence[Unpacked], passwords: Sequence[bytes]) -> tuple[Unpacked, ...]:
        """Everything, for a proven sender of the department that shares these passwords."""
        self._left = self._tries_left = 1 << 20  # from here on the sandbox counts
        return self._further(tree, frozenset(Way), passwords)

    def _further(
        self, tree: Sequence[Unpacked], ways: frozenset[Way], passwords: Sequence[bytes]
    ) -> tuple[Unpacked, ...]:
        self._ways, self._passwords = ways, passwords[:MOST_PASSWORDS]
        return self._beside(tuple(self._again(one, None) for one in tree))

    def _again(self, known: Unpacked, outer: Way | None) -> Unpacked:
        way = WAYS.get(known.part.handler or "")
        if known.opened:
            parts = tuple(self._again(inner, way) for inner in known.parts)
            return replace(known, parts=parts if way is Way.SEAL else self._beside(parts))
        return known if known.refusal else self._unpack(known.part, outer, locked=known.locked)

    def _unpack(self, part: PartInfo, outer: Way | None, *, locked: bool = False) -> Unpacked:
        way = WAYS.get(part.handler or "")
        if way is None or way not in self._ways or not self._left or (self.returned and _is_returned(part, outer)):
            return Unpacked(part, locked=locked)
        self._left -= 1
        try:
            if way is Way.SEAL:
                return self._sealed(part)
            if way is Way.CARRIER and not locked:
                return self._carrier(part)
            if way in (Way.CARRIER, Way.PASSWORD):
                return self._locked(part)
            return self._keyed(part)
        except Unreadable as trouble:
            return Unpacked(part, refusal=Refusal(trouble.trouble.value))
        except Unsafe:
            return Unpacked(part, refusal=Refusal.UNSAFE)

    def _found(self, part: PartInfo, contents: Contents) -> Unpacked:
        way = WAYS[part.handler or ""]
        parts = _without_copies(tuple(self._unpack(inner, way) for inner in contents.parts))
        if way is not Way.SEAL:  # which says more of all that is in it
            parts = self._beside(parts)
        weak = "no_integrity" in contents.notes
        return Unpacked(part, True, parts, no_integrity=weak, notes=contents.notes, signers=contents.signers)

    def _carrier(self, part: PartInfo) -> Unpacked:
        try:
            return self._found(part, self.open_part(part.path, part.handler or "", None))
        except Unreadable as trouble:
            if trouble.trouble is not Trouble.NEEDS_PASSWORD:
                raise
        return self._locked(part) if Way.PASSWORD in self._ways else Unpacked(part, locked=True)

    def _locked(self, part: PartInfo) -> Unpacked:
        """Opened with the first password that fits. Each try holds one password only."""
        passwords: Sequence[bytes | None] = self._passwords[: self._tries_left]
        if WAYS[part.handler or ""] is Way.PASSWORD and Way.KEY in self._ways:
            passwords = (*passwords, None)  # some are locked with what everybody knows, and only to be read
        for password in passwords:
            self._tries_left -= 1
            try:
                found = self._found(part, self.open_part(part.path, part.handler or "", password))
            except Unreadable as trouble:
                if trouble.trouble is not Trouble.NEEDS_PASSWORD:
                    raise
            else:
                return replace(_protected(found), by_password=True) if password and _all_locked(found) else found
        return self._still_locked(part)

    def _still_locked(self, part: PartInfo) -> Unpacked:
        if Way.KEY not in self._ways:
            return Unpacked(part, locked=True)  # once somebody is proven, it may be another department's
        raise Unreadable(Trouble.NEEDS_PASSWORD)

    def _keyed(self, part: PartInfo) -> Unpacked:
        """Opened with our own keys. A signature counts whose certificate is an officer's at that time.

        What may hold a proof is tried without passwords first, and then with each by itself.
        """
        handler = part.handler or ""
        if handler not in PROOFS:
            identity = self.secrets.identity(handler, self.had, self._passwords)
            return _protected(self._found(part, self.open_part(part.path, handler, identity)))
        contents: Contents | None = None
        for passwords in [(), *((password,) for password in self._passwords[: self._tries_left])]:
            self._tries_left -= len(passwords)
            try:
                contents = self.open_part(part.path, handler, self.secrets.identity(handler, self.had, passwords))
            except Unreadable as trouble:
                if trouble.trouble is not Trouble.NEEDS_PASSWORD:
                    raise
            else:
                break
        if contents is None:
            return self._still_locked(part)
        found = self._found(part, contents)
        cover, by_password = self._cover(handler, found.signers)[0], "password" in found.notes
        found = replace(found, cover=cover, by_password=by_password)
        return _protected(found) if contents.encrypted else found

    def _beside(self, siblings: tuple[Unpacked, ...]) -> tuple[Unpacked, ...]:
        """Each signature that lies beside what it signs is put around it, if it counts.

        Of a mail signed in clear the signature lies here too, which is over the mail; then names alone tell of others.
        """
        found = list(siblings)
        whole_mail = any(one.part.media == _SIGNED for one in siblings)
        for signature in [one for one in siblings if one.notes == (DETACHED,) and not one.parts]:
            others = [one for one in found if DETACHED not in one.notes or one.parts]
            places, named = candidates(signature.part, [_core(one).part for one in others])
            if not self._left or (whole_mail and not named):
                continue
            self._pair(signature, [others[at] for at in places], found, named)
        return tuple(found)

    def _pair(self, signature: Unpacked, others: Sequence[Unpacked], found: list[Unpacked], named: bool) -> None:
        for other in others:
            self._left = max(self._left - 1, 0)
            try:
                judged = self._signed_by(signature, _core(other).part)
            except Unreadable as trouble:
                if trouble.trouble is Trouble.FORGED:
                    continue
                found[found.index(signature)] = replace(signature, opened=False, refusal=Refusal(trouble.trouble.value))
                return
            if judged.cover and _core(other) is other:
                found[found.index(other)] = replace(judged, parts=(other,))
                found.remove(signature)
            else:
                found[found.index(signature)] = judged
            return
        found[found.index(signature)] = replace(signature, notes=(DETACHED, BROKEN if named else LONE))
        for other in others if named else ():
            found[found.index(other)] = _refused(other, Refusal.CHANGED_SINCE_SIGNED)

    def _signed_by(self, signature: Unpacked, over: PartInfo) -> Unpacked:
        """What a signature is, over this. Raises `Unreadable(FORGED)` if it is not over it."""
        handler = signature.part.handler or ""
        identity = self.secrets.identity(handler, self.had, ())
        verified = self.verify_part(signature.part.path, over.path, handler, identity)
        judged = replace(signature, notes=(DETACHED, *verified.notes), signers=verified.signers)
        cover, why = self._cover(handler, verified.signers)
        ended = cover is None and why in (Refusal.KEY_EXPIRED, Refusal.KEY_REVOKED)
        return replace(judged, cover=cover, notes=(*judged.notes, ENDED) if ended else judged.notes)

    def _cover(self, handler: str, signers: Sequence[str]) -> tuple[Cover | None, Refusal | None]:
        """What the first signature proves whose certificate is an officer's then; else why the last does not."""
        why = None
        for fingerprint in signers if handler in PROOFS else ():
            officer = self.secrets.signer(handler, fingerprint, self.had)
            if not isinstance(officer, Refusal):
                return Cover(PROOFS[handler], officer, fingerprint), None
            why = officer
        return None, why

    def _sealed(self, part: PartInfo) -> Unpacked:
        seal = self.open_seal(part)
        if seal.refusal:
            return Unpacked(part, refusal=seal.refusal, cover=seal.cover)
        return _protected(replace(self._found(part, seal.contents), cover=seal.cover))


def _core(one: Unpacked) -> Unpacked:
    """A file without the signature that was put around it."""
    return one.parts[0] if DETACHED in one.notes and one.parts else one


def _refused(one: Unpacked, why: Refusal) -> Unpacked:
    core = Unpacked(_core(one).part, refusal=why)
    return core if _core(one) is one else replace(one, parts=(core,))


def _is_returned(part: PartInfo, outer: Way | None) -> bool:
    """A mail attached to a robot's answer is what it answers to; in an envelope it is what was put into that."""
    return part.handler in MAILS and outer not in (Way.SIGNED, Way.KEY)


def _without_copies(siblings: tuple[Unpacked, ...]) -> tuple[Unpacked, ...]:
    """A mail that is signed in clear is told whole, to be verified, and its parts once more beside it."""
    signed = [one for one in siblings if one.opened and one.part.media == _SIGNED]
    copies = {inner.part.sha256 for inner in every(signed)}
    return tuple(one for one in siblings if one in signed or one.part.sha256 not in copies) if copies else siblings


def _all_locked(found: Unpacked) -> bool:
    """In an archive some files may lie open beside locked ones; its handler says where none does."""
    return WAYS[found.part.handler or ""] is Way.PASSWORD or "password" in found.notes


def _protected(found: Unpacked) -> Unpacked:
    return replace(found, protection=PROTECTIONS[found.part.handler or ""])
