"""Every vector says of itself what a reader must say of it; the vectors are made by a second implementation."""

from __future__ import annotations

import base64
import json
from datetime import datetime

import pytest

from gateway.handler import Limits, Part, Unreadable
from handlers import sealed
from tests.handlers import by_hand, make_vectors

WRITTEN = {name: json.loads((make_vectors.FOLDER / name).read_text()) for name in ("good.json", "bad.json")}
VECTORS = [(vector["name"], vector) for document in WRITTEN.values() for vector in document["vectors"]]
KEYS = WRITTEN["good.json"]
LARGE = [vector for vector in make_vectors.bad() if vector[0].startswith("large:")]


def said(file: bytes) -> tuple[str, sealed.Manifest | None]:
    """All steps of reading, in the order of the specification, and what came of them."""
    try:
        unlocked = sealed.unlock_for(file[: sealed.HEADER_BYTES], [by_hand.key("older key"), by_hand.RECIPIENT])
        opened = sealed.open_parts(file, Limits(), unlocked.content_key)
        signed = sealed.Signed.from_mapping(opened.manifest or {})
        public = bytes.fromhex(KEYS["sender_public"])
        return "opened", sealed.verify_manifest(signed, public, unlocked.sealing_public)
    except Unreadable as trouble:
        return trouble.trouble.value, None


@pytest.mark.parametrize("vector", [vector for _, vector in VECTORS], ids=[name for name, _ in VECTORS])
def test_each_vector_is_read_as_it_says(vector: dict[str, str]) -> None:
    verdict, manifest = said(base64.b64decode(vector["file"]))
    assert verdict == vector["expect"], vector["about"]
    if manifest is not None:
        assert manifest.encode().decode() == vector["manifest"]


@pytest.mark.parametrize("vector", LARGE, ids=[vector[0] for vector in LARGE])
def test_large_bad_files_are_read_as_they_say(vector: make_vectors.Bad) -> None:
    assert said(vector[3])[0] == vector[1], vector[2]


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_anyone_can_make_the_vectors_again(name: str) -> None:
    assert make_vectors.documents()[name] == WRITTEN[name]


def test_there_are_bad_vectors_for_every_verdict() -> None:
    bad = WRITTEN["bad.json"]["vectors"]
    assert len(bad) >= 25
    assert {vector["expect"] for vector in bad} == {"damaged", "unsupported", "needs_key", "forged", "too_large"}


def test_what_we_write_the_second_implementation_reads() -> None:
    fields = by_hand.Recipe([make_vectors.TABLE]).fields()
    parts = [
        Part("a.xlsx", "x", b"A" * by_hand.CHUNK),
        Part("空", "x", b""),
        Part("c", "x", b"C" * 600_000),
    ]
    given = {name: fields[name] for name in ("dataflow", "key", "nil", "period", "recipient", "sender", "sequence")}
    given |= {"signed": datetime.fromisoformat(fields["signed"]), "rows": {"a.xlsx": 3}}
    recipients = [by_hand.sealing_public(by_hand.SECOND), by_hand.sealing_public(by_hand.RECIPIENT)]
    file = b"".join(sealed.write(parts, given, recipients, by_hand.SENDER))
    manifest, signature, files = by_hand.read(file, by_hand.RECIPIENT)
    assert files == {part.name: part.data for part in parts}
    assert signature == by_hand.sign(by_hand.canonical(manifest), by_hand.SENDER)
    assert {**manifest, "files": None, "keys": None} == {**fields, "files": None, "keys": None}
    assert [file["rows"] for file in manifest["files"]] == [3, None, None]
