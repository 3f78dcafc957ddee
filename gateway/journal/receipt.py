"""`receipt.json`: the signed answer that a department keeps, and with which anyone can check the journal.

    {"arrival":"A-…","checkpoint":"origin\\nsize\\nroot\\n\\n— …\\n","fact":{"index":7,"line":"{…}"},
     "files":[{"name":"…","salt":null,"sha256":"…","size":1}],"gateway":"origin","had":"…Z",
     "inclusion":["base64",…],"proof":{…} or null,"recorded":"…Z","signature":"base64","stage":"accepted",
     "verdicts":[{"submission":"…","verdict":"accepted",…}],"version":1}

Canonical like a fact's line, with one newline at its end. The signature (key id and Ed25519, 68 bytes, by the key of
the checkpoint) is over `receipt` and a newline and the same bytes without the signature. A verdict may tell more than
the fact does (titles, sentences), but never otherwise: every field it shares with the fact's has the same value. And
where the fact says `no_integrity`, so does the receipt.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import orjson

from gateway.journal import codec, merkle
from gateway.journal.checkpoint import Checkpoint, Signer, Untrue, Verifier, key_id
from gateway.journal.proofs import InclusionProof

Stage = Literal["received", "accepted", "rejected", "quarantined", "duplicate", "integrated"]

VERSION = 1
_KINDS = {"received": "received", "integrated": "integrated"}  # the other stages tell of a `judged` fact
_STAGES = {"received", "accepted", "rejected", "quarantined", "duplicate", "integrated"}
_FIELDS = {
    "arrival", "checkpoint", "fact", "files", "gateway", "had", "inclusion", "proof", "recorded", "signature", "stage",
    "verdicts", "version",
}  # fmt: skip
_SORTED = orjson.OPT_SORT_KEYS
_PURPOSE = b"receipt\n"


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """One file as it came. `sha256` is what `sha256sum` says of it, or of salt and file where there is a salt."""

    name: str
    size: int
    sha256: str
    salt: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What a receipt tells. `proof` and `verdicts` hold strings, whole numbers, truth values and None only.

    But for lists of such mappings: a verdict's `repairs`, what was changed where, and its `explanations`, how many
    queries of which submission are explained, with the digest of what is kept of that.
    """

    stage: Stage
    arrival: str
    had: datetime
    recorded: datetime
    proof: Mapping[str, object] | None = None
    files: tuple[ReceivedFile, ...] = ()
    verdicts: tuple[Mapping[str, object], ...] = ()


def make_receipt(told: Told, proof: InclusionProof, signer: Signer) -> bytes:
    """The bytes of `receipt.json`. The same arguments always give the same bytes. Raises `Untrue` for a receipt that
    its own fact contradicts."""
    receipt = {
        "version": VERSION,
        "stage": told.stage,
        "gateway": proof.checkpoint.origin,
        "arrival": told.arrival,
        "had": _instant(told.had),
        "recorded": _instant(told.recorded),
        "proof": None if told.proof is None else dict(told.proof),
        "files": [{"name": f.name, "size": f.size, "sha256": f.sha256, "salt": f.salt} for f in told.files],
        "verdicts": [dict(verdict) for verdict in told.verdicts],
        "fact": {"index": proof.index, "line": proof.line.decode()},
        "inclusion": [base64.b64encode(sibling).decode() for sibling in proof.path],
        "checkpoint": proof.checkpoint.note,
    }
    _agree(receipt)
    text = _PURPOSE + orjson.dumps(receipt, option=_SORTED)
    receipt["signature"] = base64.b64encode(signer.under(proof.checkpoint.origin).sign(text)).decode()
    return orjson.dumps(receipt, option=_SORTED) + b"\n"


def open_receipt(data: bytes, verifiers: Iterable[Verifier]) -> dict[str, Any]:
    """The receipt, once its form, signature, checkpoint and proof are found right. Raises `Untrue`."""
    try:
        return _opened(data, list(verifiers))
    except Untrue:
        raise
    except (AttributeError, KeyError, TypeError, ValueError):  # a field of another kind than it has
        raise Untrue("not in the form of a receipt") from None


def _opened(data: bytes, known: list[Verifier]) -> dict[str, Any]:
    try:
        receipt = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise Untrue("not JSON") from None
    if type(receipt) is not dict or receipt.keys() != _FIELDS or receipt["version"] != VERSION:
        raise Untrue("not a receipt of a version that we know")
    if orjson.dumps(receipt, option=_SORTED) + b"\n" != data:
        raise Untrue("not the canonical form")
    checkpoint = Checkpoint.parse(receipt["checkpoint"])
    checkpoint.check(known)
    _check_signature(receipt, checkpoint.origin, known)
    path = [_decode(sibling) for sibling in receipt["inclusion"]]
    leaf = merkle.leaf_hash(receipt["fact"]["line"].encode())
    if not merkle.verify_inclusion(receipt["fact"]["index"], checkpoint.size, leaf, path, checkpoint.root):
        raise Untrue("the fact is not under the checkpoint")
    if receipt["gateway"] != checkpoint.origin:
        raise Untrue("the checkpoint is another gateway's")
    _agree(receipt)
    return receipt


def _check_signature(receipt: Mapping[str, Any], origin: str, verifiers: Iterable[Verifier]) -> None:
    signature = _decode(receipt["signature"])
    text = _PURPOSE + orjson.dumps(
        {name: value for name, value in receipt.items() if name != "signature"}, option=_SORTED
    )
    for verifier in verifiers:
        if verifier.name == origin and signature[:4] == key_id(verifier.name, verifier.public):
            verifier.check(text, signature)
            return
    raise Untrue("signed with a key that is not known")


def _agree(receipt: Mapping[str, Any]) -> None:
    """What the receipt tells must be what its fact says."""
    codec.decode(receipt["fact"]["line"].encode())
    envelope = orjson.loads(receipt["fact"]["line"])
    fact, stage = envelope["fact"], receipt["stage"]
    if stage not in _STAGES or envelope["kind"] != _KINDS.get(stage, "judged"):
        raise Untrue("the fact is of another kind than the stage")
    verdicts = [verdict.get("submission") for verdict in receipt["verdicts"]]
    if stage == "integrated":
        if not set(verdicts) <= set(fact["submissions"]):
            raise Untrue("a submission is not part of what was integrated")
        return
    if fact["arrival"] != receipt["arrival"]:
        raise Untrue("the fact is about another arrival")
    if stage == "received":
        return
    if (stage == "quarantined") != fact["quarantined"] or verdicts != [s["submission"] for s in fact["submissions"]]:
        raise Untrue("the verdicts are not those of the fact")
    for told, said in zip(receipt["verdicts"], fact["submissions"], strict=True):
        if any(told.get(name) != said[name] for name in said.keys() & {*told, "no_integrity"}):
            raise Untrue("a verdict is not that of the fact")


def _instant(value: datetime) -> str:
    if value.utcoffset() is None or value.utcoffset():
        raise ValueError("not a UTC instant")
    return value.isoformat()[:-6] + "Z"


def _decode(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Untrue("not base64") from None
    if base64.b64encode(raw).decode() != text:
        raise Untrue("base64 in another than its one form")
    return raw
