"""Public keys that officers send: found in what came, and offered; only an administrator lets one count.

A key is one line of words (`gateway.keyring.lines`), in a small file or pasted into the mail. Its id and instants are
its sender's words, so it is kept in the vault, and the fact holds its fingerprint. What seals it is told: a new key
that came sealed with the officer's present one is as good as their own hand, but it is not confirmed by itself,
because whoever stole the present key would seal another one first of all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.core.facts import KeyOffered, Proof
from gateway.core.parties import PublicKey
from gateway.core.rules import Rules
from gateway.judge.formats import MAILS
from gateway.judge.seals import Cover
from gateway.judge.unpacking import Unpacked
from gateway.keyring import BadLine, fingerprint, is_usable, public_line
from gateway.keyring.lines import OFFICER_PRIVATE, OFFICER_PUBLIC, parse_public
from gateway.ledger.views import View
from gateway.sandbox import PartInfo
from gateway.vault import NewBlob

MOST = 3  # keys of one arrival
UNPROVEN_KEPT = 5  # offers in an officer's name within a week that only an address speaks for
WITHIN = timedelta(days=7)
LONGEST = timedelta(days=3660)
_FILE = 4_096  # bytes
# A mail program may break the line at any of its spaces.
_LINE = re.compile(rf"{OFFICER_PUBLIC}((?:\s{{1,8}}\S{{1,128}}){{6}})(?!\S)")
_PRIVATE = re.compile(rf"{OFFICER_PRIVATE}\s{{1,8}}\S")

TOLD = {
    "offered": (
        "已收到，暂不生效。我们会打电话请您在本人电脑上读出四十位指纹，核对一致后才启用",
        "noted, and of no effect yet: we shall telephone and ask you to read its forty digits from your own machine",
    ),
    "registered": ("早已登记", "it is registered already"),
    "private": (
        "这是私钥文件。私钥一旦寄出就不再安全，请作废这一对密钥，重新生成，只寄 .pub 文件",
        "this is the private file. It is not safe any more once it was mailed: make a new key and send its .pub file",
    ),
    "unreadable": ("公钥读不出来，请重新发送 .pub 文件", "it cannot be read; please send the .pub file again"),
    "other_officer": ("这不是您本人的公钥", "it is not a key of yours"),
    "id_taken": (
        "编号与已登记的另一把密钥相同，或不以您的经办人编号开头，请换一个编号重新生成",
        "another key has its id, or the id does not begin with yours; make a new key with another number",
    ),
    "dates": (
        "有效期已过，或超过十年，请重新生成",
        "it is valid no longer, or for more than ten years; please make a new key",
    ),
    "beside_seal": (
        "放在密封文件之外，无法证明由您发出；请一并密封，或登录后发送",
        "it lay beside the sealed file, so nothing proves that it is yours; seal it too, or send it over your account",
    ),
}


@dataclass(frozen=True, slots=True)
class OfferedKey:
    """A key that lay in the part at this path. `why` is a word of `TOLD`; without a `key` it could not be read."""

    path: str
    key: PublicKey | None = None
    sealed_by: Cover | None = None
    why: str = "offered"

    @property
    def fingerprint(self) -> str:
        assert self.key
        return fingerprint(self.key.signing, self.key.sealing)


def without_keys(tree: Sequence[Unpacked]) -> tuple[tuple[Unpacked, ...], tuple[OfferedKey, ...]]:
    """What is left to be read as reports, and the first keys: key files are none, nor is what holds nothing else."""
    keys = _keys_in(tree)
    taken = {one.path for one in keys}
    return (_rest(tree, taken) if taken else tuple(tree)), keys


def _keys_in(tree: Sequence[Unpacked]) -> tuple[OfferedKey, ...]:
    """The first few keys of an arrival, each once: those in sealed files first, because they are better proven."""
    found: dict[object, OfferedKey] = {}
    for part, sealed_by in sorted(_places(tree, None), key=lambda place: place[1] is None):
        for one in _in_part(part):
            same = (one.key.signing, one.key.sealing) if one.key else part.path
            found.setdefault(same, replace(one, sealed_by=sealed_by))
    return tuple(found.values())[:MOST]


def _places(tree: Sequence[Unpacked], sealed_by: Cover | None) -> Iterator[tuple[PartInfo, Cover | None]]:
    """Where a key may lie: not in a mail that is only attached, which may be anybody's."""
    for one in tree:
        yield one.part, sealed_by
        if one.part.handler not in MAILS:
            yield from _places(one.parts, one.cover if one.cover and one.cover.manifest else sealed_by)


def _rest(tree: Sequence[Unpacked], taken: Collection[str]) -> tuple[Unpacked, ...]:
    left = [
        replace(one, parts=_rest(one.parts, taken))
        for one in tree
        if one.part.path not in taken or not _is_file(one.part)
    ]
    before = {one.part.path: len(one.parts) for one in tree}
    return tuple(one for one in left if one.parts or not before[one.part.path])


def weighed(
    keys: Sequence[OfferedKey], officer: str, by_seal: bool, rules: Rules, had: datetime
) -> tuple[OfferedKey, ...]:
    """The same, each with what becomes of it if this officer sent it; `by_seal`: nothing but a seal proves that."""
    return tuple(replace(one, why=_why(one, officer, by_seal, rules, had)) for one in keys)


def are_good(keys: Sequence[OfferedKey]) -> bool:
    """Whether any of them is offered."""
    return any(_is_good(one) for one in keys)


def kept(keys: Sequence[OfferedKey], keep: Callable[[bytes], NewBlob]) -> dict[str, NewBlob]:
    """The blobs of those that are offered, by fingerprint."""
    return {one.fingerprint: keep(f"{public_line(one.key)}\n".encode()) for one in keys if one.key and _is_good(one)}


def offers(
    keys: Sequence[OfferedKey],
    blobs: Mapping[str, NewBlob],
    arrival: str,
    proof: Proof | None,
    view: View,
    now: datetime,
) -> tuple[KeyOffered, ...]:
    """The facts to record: what was not offered before, or is better proven now.

    Whoever writes in an officer's name may offer keys without end: only the first few of a week are noted.
    """
    found = []
    for one in keys:
        if one.key is None or not _is_good(one):
            continue
        blob = blobs[one.fingerprint].id
        sealed_by = one.sealed_by.key if one.sealed_by else None
        kind = proof.kind if proof else None
        offer = KeyOffered(now, one.key.officer, one.fingerprint, arrival, blob, kind, sealed_by)
        if _is_news(offer, view):
            found.append(offer)
    return tuple(found)


def _in_part(part: PartInfo) -> Iterator[OfferedKey]:
    text = part.text or ""
    for line in _LINE.finditer(text):
        try:
            key = parse_public(" ".join((OFFICER_PUBLIC, *line[1].split())))
        except BadLine:
            yield OfferedKey(part.path, why="unreadable")
            continue
        yield OfferedKey(part.path, key) if is_usable(key) else OfferedKey(part.path, why="unreadable")
    if _PRIVATE.search(text):
        yield OfferedKey(part.path, why="private")


def _is_file(part: PartInfo) -> bool:
    """An attached key, and no mail or report in which one is quoted."""
    return bool(part.name) and part.size <= _FILE


def _is_good(one: OfferedKey) -> bool:
    return one.key is not None and one.why == "offered"


def _why(one: OfferedKey, officer: str | None, by_seal: bool, rules: Rules, had: datetime) -> str:
    key = one.key
    if key is None:
        return one.why
    if key.officer != officer or (one.sealed_by and one.sealed_by.officer != officer):
        return "other_officer"
    same = [k for k in rules.keys.values() if k.signing == key.signing or k.sealing == key.sealing]
    if same:
        return "registered" if all((k.id, k.officer) == (key.id, officer) for k in same) else "id_taken"
    if key.id in rules.keys or not key.id.startswith(f"{officer}-") or len(key.id) > 100:
        return "id_taken"
    if key.valid_until <= had or key.valid_until - key.valid_from > LONGEST:
        return "dates"
    return "beside_seal" if by_seal and not one.sealed_by else "offered"


def _is_news(offer: KeyOffered, view: View) -> bool:
    earlier = view.key_offers(offer.officer)
    for one in earlier:
        as_well_proven = one.proof is not None or offer.proof is None
        as_well_sealed = one.sealed_by is not None or offer.sealed_by is None
        if one.fingerprint == offer.fingerprint and as_well_proven and as_well_sealed:
            return False
    lately = [one for one in earlier if one.proof is None and one.offered_at > offer.at - WITHIN]
    return offer.proof is not None or len(lately) < UNPROVEN_KEPT
