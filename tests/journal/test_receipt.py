"""A receipt says what its fact says, and no byte of it can be changed."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import orjson
import pytest

from gateway.core.facts import Discarded, Integrated, Judged, Received
from gateway.journal import verify
from gateway.journal.checkpoint import Signer, Untrue
from gateway.journal.receipt import Told, make_receipt, open_receipt
from gateway.store import Store
from tests.journal.every_fact import AT
from tests.journal.evidence import ACCEPTED, VERDICT, fill, index_of, receipt_of
from tests.journal.world import open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path / "gateway.db")
    fill(store)
    yield store
    store.close()


def resigned(store: Store, data: bytes, **changed: object) -> bytes:
    """The same receipt with other content and a signature that fits: what only the gateway itself could forge."""
    receipt = orjson.loads(data) | changed
    receipt.pop("signature")
    text = b"receipt\n" + orjson.dumps(receipt, option=orjson.OPT_SORT_KEYS)
    receipt["signature"] = base64.b64encode(store.signer.sign(text)).decode()
    return orjson.dumps(receipt, option=orjson.OPT_SORT_KEYS) + b"\n"


def test_a_receipt_is_believed_and_tells_what_came_and_what_became_of_it(store: Store) -> None:
    receipt = open_receipt(receipt_of(store), [store.verifier])
    assert (receipt["stage"], receipt["arrival"], receipt["had"]) == ("accepted", "A1", "2026-10-05T01:02:02.000120Z")
    assert receipt["verdicts"] == [VERDICT]
    assert receipt["files"][0] == {"name": "出生 十月.xlsx", "salt": None, "sha256": "ab" * 32, "size": 5000}


def test_the_same_receipt_is_the_same_bytes_however_often_it_is_made(store: Store) -> None:
    first = receipt_of(store)
    store.append([Discarded(AT, "A1", "admin", "B4")] * 300).result()
    assert receipt_of(store) == first


def test_every_stage_has_its_kind_of_fact(store: Store) -> None:
    received = replace(ACCEPTED, stage="received", verdicts=(), proof=None)
    integrated = replace(ACCEPTED, stage="integrated", verdicts=({"submission": "S1"},))
    for told, kind in ((received, Received), (integrated, Integrated), (ACCEPTED, Judged)):
        data = receipt_of(store, told, kind)
        assert open_receipt(data, [store.verifier])["stage"] == told.stage


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        (replace(ACCEPTED, stage="received"), Judged),
        (ACCEPTED, Discarded),
        (replace(ACCEPTED, stage="approved"), Judged),  # type: ignore[arg-type]
        (replace(ACCEPTED, arrival="A2"), Judged),
        (replace(ACCEPTED, stage="quarantined"), Judged),
        (replace(ACCEPTED, verdicts=()), Judged),
        (replace(ACCEPTED, verdicts=({**VERDICT, "verdict": "rejected"},)), Judged),
        (replace(ACCEPTED, verdicts=({**VERDICT, "submission": "S2"},)), Judged),
        (replace(ACCEPTED, stage="integrated", verdicts=({"submission": "S9"},)), Integrated),
    ],
)
def test_a_receipt_that_its_fact_contradicts_cannot_be_made(store: Store, told: Told, kind: type) -> None:
    with pytest.raises(Untrue):
        receipt_of(store, told, kind)


def test_an_instant_without_zone_cannot_stand_in_a_receipt(store: Store) -> None:
    with pytest.raises(ValueError, match="UTC"):
        receipt_of(store, replace(ACCEPTED, had=datetime(2026, 10, 5)))  # noqa: DTZ001


def test_a_receipt_signed_by_another_key_is_not_believed(store: Store) -> None:
    proof = store.receipt_proof(index_of(store, Judged))
    forged = make_receipt(ACCEPTED, proof, Signer(store.signer.name, bytes(32)))
    with pytest.raises(Untrue):
        open_receipt(forged, [store.verifier])
    with pytest.raises(Untrue):
        open_receipt(receipt_of(store), [])


def test_even_the_gateway_cannot_make_a_receipt_that_its_journal_contradicts(store: Store) -> None:
    data = receipt_of(store)
    other = orjson.loads(receipt_of(store, replace(ACCEPTED, stage="received", verdicts=()), Received))
    forgeries: list[dict[str, object]] = [
        {"fact": other["fact"]},
        {"inclusion": other["inclusion"]},
        {"inclusion": ["AAAA"]},
        {"gateway": "elsewhere.example"},
        {"arrival": "A2"},
        {"verdicts": [{**VERDICT, "rows": 51}]},
        {"version": 2},
        {"more": 1},
    ]
    assert open_receipt(resigned(store, data), [store.verifier])
    key = verify.Key.parse(str(store.verifier))
    assert verify.check_receipt(resigned(store, data), [key])
    for changed in forgeries:
        with pytest.raises(Untrue):
            open_receipt(resigned(store, data, **changed), [store.verifier])
        with pytest.raises(verify.Wrong):
            verify.check_receipt(resigned(store, data, **changed), [key])


def test_a_receipt_may_not_leave_out_that_nothing_shows_whether_the_content_was_changed(store: Store) -> None:
    index = next(at for at, fact in store.entries() if isinstance(fact, Judged) and fact.arrival == "A4")
    proof, weak = store.receipt_proof(index), {**VERDICT, "submission": "S4", "no_integrity": True}
    told = replace(ACCEPTED, arrival="A4", verdicts=(weak,))
    data = make_receipt(told, proof, store.signer)
    key = verify.Key.parse(str(store.verifier))
    assert open_receipt(data, [store.verifier])["verdicts"] == [weak]
    assert verify.check_receipt(data, [key])[0]["verdicts"] == [weak]
    for silent in ({**weak, "no_integrity": False}, {**VERDICT, "submission": "S4"}):
        with pytest.raises(Untrue):
            make_receipt(replace(told, verdicts=(silent,)), proof, store.signer)
        with pytest.raises(Untrue):
            open_receipt(resigned(store, data, verdicts=[silent]), [store.verifier])
        with pytest.raises(verify.Wrong):
            verify.check_receipt(resigned(store, data, verdicts=[silent]), [key])


def test_no_byte_of_a_receipt_can_be_changed(store: Store) -> None:
    data = receipt_of(store)
    for place in range(len(data)):
        for other in (data[place] ^ 1, data[place] ^ 0x20, 0x20, 0x0A):
            if other != data[place]:
                with pytest.raises(Untrue):
                    open_receipt(data[:place] + bytes([other]) + data[place + 1 :], [store.verifier])
    for changed in (data[:-1], data + b"\n", b"", b"[]", data.replace(b":", b": ", 1)):
        with pytest.raises(Untrue):
            open_receipt(changed, [store.verifier])


def test_the_twins_of_a_base64_text_are_found(store: Store) -> None:
    data = receipt_of(store)
    signature: str = orjson.loads(data)["signature"]
    twin = signature[:-2] + chr(ord(signature[-2]) + 1) + "="
    with pytest.raises(Untrue):
        open_receipt(data.replace(signature.encode(), twin.encode()), [store.verifier])
