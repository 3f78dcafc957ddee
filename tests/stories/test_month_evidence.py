"""The month as evidence: it verifies, its ledger follows from it, and no byte of it can be changed unnoticed."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

from gateway.journal.verify import verify
from gateway.ledger import rebuild
from tests.world import Month, exported, key_of, receipts, undone, verified


def test_the_journal_of_the_month_verifies(month: Month) -> None:
    good, wrong = verified(month.county)
    assert wrong == []
    (line,) = good
    assert f"journal of {month.county.gateway.store.latest().size} facts" in line


def test_the_ledger_is_what_follows_from_the_journal(month: Month) -> None:
    store = month.county.gateway.store
    entries = list(store.entries())
    assert store.maintain(lambda connection: rebuild.check(connection, entries)).result() == []


def test_nothing_is_left_to_do(month: Month) -> None:
    assert undone(month.county) == []


def test_no_word_of_a_sender_is_in_the_journal(month: Month, tmp_path: Path) -> None:
    text = exported(month.county, tmp_path / "journal.export").read_text(encoding="utf-8")
    account = month.county.account
    people = [p for b in account.births for p in (b.child, b.mother, b.father)] + [d.person for d in account.deaths]
    assert not [person for person in people if person.id_number in text or person.name in text]
    assert "someone@elsewhere.example" not in text
    assert ".xlsx" not in text


def test_any_byte_of_the_export_changed_is_found(month: Month, tmp_path: Path) -> None:
    export = exported(month.county, tmp_path / "journal.export")
    whole, key = export.read_bytes(), key_of(month.county)
    assert verify([export], [key])[1] == []
    chance = random.Random(20261228)
    places = {0, 1, len(whole) - 1, *(chance.randrange(len(whole)) for _ in range(60))}
    for place in places:
        changed = bytearray(whole)
        changed[place] ^= 1 << chance.randrange(8)
        export.write_bytes(changed)
        assert verify([export], [key])[1], f"byte {place} changed and not found"


def test_any_byte_of_a_receipt_changed_is_found(month: Month, tmp_path: Path) -> None:
    letter = next(letter for letter in month.whole.letters if "receipt.json" in letter.files())
    whole, key = receipts(letter)["receipt.json"], key_of(month.county)
    path = tmp_path / "receipt.json"
    path.write_bytes(whole)
    assert verify([path], [key])[1] == []
    chance = random.Random(7)
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 1 << chance.randrange(8)
        path.write_bytes(changed)
        assert verify([path], [key])[1], f"byte {place} changed and not found"


def test_an_entry_taken_out_of_the_export_is_found(month: Month, tmp_path: Path) -> None:
    export = exported(month.county, tmp_path / "journal.export")
    lines = export.read_bytes().splitlines(keepends=True)
    facts = [number for number, line in enumerate(lines) if line.startswith(b'{"fact":')]
    del lines[facts[len(facts) // 2]]
    export.write_bytes(b"".join(lines))
    assert verify([export], [key_of(month.county)])[1]


def test_a_stranger_can_verify_with_nothing_but_the_one_file_and_the_key(month: Month, tmp_path: Path) -> None:
    import gateway.journal.verify as module

    alone = tmp_path / "verify.py"
    alone.write_bytes(Path(module.__file__).read_bytes())
    export = exported(month.county, tmp_path / "journal.export")
    letter = next(letter for letter in month.whole.letters if "receipt.json" in letter.files())
    (tmp_path / "receipt.json").write_bytes(receipts(letter)["receipt.json"])
    key = str(month.county.gateway.store.verifier)
    ran = subprocess.run(
        [sys.executable, "-I", alone, "--key", key, export, tmp_path / "receipt.json"], capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    stage = json.loads((tmp_path / "receipt.json").read_bytes())["stage"]
    assert f"receipt, {stage}, in order" in ran.stdout
