"""Receipts and exports that somebody changed: whoever reads them says what is wrong, and never breaks off."""

from __future__ import annotations

import base64
import json
import random
from pathlib import Path

import pytest

from gateway.journal.checkpoint import Signer, Untrue, Verifier
from gateway.journal.receipt import open_receipt
from gateway.journal.verify import Key, verify
from gateway.store import Store
from tests.handlers.mutating import fuzzed, mutated
from tests.handlers.mutating_inside import json_values
from tests.journal.evidence import fill, make_evidence, receipt_of
from tests.journal.world import open_store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = open_store(tmp_path / "gateway.db")
    fill(store)
    return store


def told(value: object) -> bytes:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "surrogatepass")


def signed(receipt: object, signer: Signer) -> bytes:
    """With a signature that fits, if it has any: as nobody but the gateway itself could make it."""
    if isinstance(receipt, dict) and isinstance(receipt.get("signature"), str):
        receipt = {name: value for name, value in receipt.items() if name != "signature"}
        receipt["signature"] = base64.b64encode(signer.sign(b"receipt\n" + told(receipt))).decode()
    return told(receipt) + b"\n"


def believed(data: bytes, verifier: Verifier) -> bool:
    try:
        open_receipt(data, [verifier])
    except Untrue:
        return False
    return True


def test_both_readers_of_receipts_believe_the_same_ones(store: Store, tmp_path: Path) -> None:
    good, path, key = receipt_of(store), tmp_path / "receipt.json", Key.parse(str(store.verifier))

    def attempt(chance: random.Random) -> str:
        data = good
        if chance.random() < 0.8:
            changed = json_values(chance, json.loads(good))
            data = signed(changed, store.signer) if chance.random() < 0.7 else told(changed) + b"\n"
        if chance.random() < 0.2:
            data = mutated(chance, data)
        path.write_bytes(data)
        right = verify([path], [key])[1] == []
        assert believed(data, store.verifier) == right
        return "right" if right else "wrong"

    fuzzed(400, ("right", "wrong"), attempt)
    store.close()


def test_a_changed_export_is_found_wrong(tmp_path: Path) -> None:
    evidence = make_evidence(tmp_path)
    lines = evidence.export.read_bytes().splitlines(keepends=True)
    key = Key.parse(str(evidence.key))

    def attempt(chance: random.Random) -> str:
        changed, at = list(lines), chance.randrange(len(lines))
        if chance.random() < 0.5:
            changed[at] = told(json_values(chance, json.loads(lines[at]))) + b"\n"
        else:
            changed[at] = mutated(chance, lines[at])
        evidence.export.write_bytes(b"".join(changed))
        wrong = verify([evidence.export], chance.choice(([key], [])))[1]
        assert bool(wrong) == (changed != lines)
        return "wrong" if wrong else "right"

    fuzzed(200, ("right", "wrong"), attempt)
