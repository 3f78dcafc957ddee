"""A small journal with everything in it, and the receipts that came from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from gateway.core.facts import Began, Integrated, Judged, Received, Restored
from gateway.journal import export
from gateway.journal.checkpoint import Verifier
from gateway.journal.receipt import ReceivedFile, Told, make_receipt
from gateway.store import Store
from tests.journal.every_fact import AT, EVERY
from tests.journal.world import ORIGIN, open_store

JUDGED = next(fact for fact in EVERY if isinstance(fact, Judged))
RECEIVED = next(fact for fact in EVERY if isinstance(fact, Received))
INTEGRATED = next(fact for fact in EVERY if isinstance(fact, Integrated))
FILES = (ReceivedFile("出生 十月.xlsx", 5000, "ab" * 32), ReceivedFile("b.csv", 7, "cd" * 32, "ef" * 16))
VERDICT = {"submission": "S1", "verdict": "accepted", "rows": 50, "title": "出生登记"}
PROOF = {"kind": "seal", "officer": "liu", "key": "K1"}
ACCEPTED = Told("accepted", "A1", RECEIVED.had, RECEIVED.at, PROOF, FILES, (VERDICT,))
SINGLE = sum(not isinstance(fact, Restored) for fact in EVERY)  # each under a checkpoint of its own; `Began` first
SIZE = SINGLE + 5  # the last ones share one


@dataclass(frozen=True)
class Evidence:
    state: Path
    export: Path
    receipt: Path
    key: Verifier


def fill(store: Store) -> None:
    for fact in EVERY:
        if not isinstance(fact, Began | Restored):
            store.append([fact]).result()
    store.append([replace(INTEGRATED, integration=f"I{number}") for number in range(5)]).result()


def index_of(store: Store, kind: type) -> int:
    return next(index for index, fact in store.entries() if type(fact) is kind)


def receipt_of(store: Store, told: Told = ACCEPTED, kind: type = Judged) -> bytes:
    return make_receipt(told, store.receipt_proof(index_of(store, kind)), store.signer)


def write_export(store: Store, path: Path) -> Path:
    with store._reader.connect() as connection:
        path.write_bytes(b"".join(export.write(connection, [store.verifier])))
    return path


def make_evidence(folder: Path) -> Evidence:
    store = open_store(folder / "gateway.db")
    fill(store)
    (folder / "receipt.json").write_bytes(receipt_of(store))
    write_export(store, folder / "journal.export")
    key = store.verifier
    store.close()
    assert key.name == ORIGIN and AT
    return Evidence(folder / "gateway.db", folder / "journal.export", folder / "receipt.json", key)
