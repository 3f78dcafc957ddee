"""Evidence: verified, handed out, saved, brought back; whatever was changed is found."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.journal.checkpoint import Checkpoint
from tests.cli.command import at, gateway
from tests.cli.conftest import Played


def test_the_live_state_verifies(played: Played) -> None:
    said = gateway("verify", *at(played.folder))
    assert said.code == 0
    assert "in order" in said.out
    told = gateway("verify", *at(played.folder), "--json").json
    assert told["verified"] is True
    assert told["wrong"] == []
    assert told["keys"] == ["gateway.qinglan.example"]


def test_a_changed_fact_is_found(own: Path) -> None:
    connection = sqlite3.connect(own / "state" / "gateway.db")
    connection.execute("UPDATE journal SET line = replace(line, 'accepted', 'rejected') WHERE line LIKE '%accepted%'")
    connection.commit()
    connection.close()
    said = gateway("verify", *at(own))
    assert said.code == 1
    assert "WRONG" in said.out
    assert gateway("verify", *at(own), "--json").json["verified"] is False


def test_a_receipt_verifies_alone_and_against_the_state(played: Played) -> None:
    assert gateway("verify", played.receipt, *at(played.folder)).code == 0
    both = gateway("verify", played.receipt, "--live", *at(played.folder))
    assert both.code == 0
    assert len(both.out.splitlines()) == 2


def test_a_changed_receipt_is_found(played: Played, tmp_path: Path) -> None:
    forged = tmp_path / "receipt.json"
    forged.write_bytes(played.receipt.read_bytes().replace(b'"errors":0', b'"errors":1', 1))
    assert forged.read_bytes() != played.receipt.read_bytes()
    said = gateway("verify", forged, *at(played.folder))
    assert said.code == 1
    assert "receipt.json" in said.out


def test_an_export_verifies_anywhere_with_its_receipts(played: Played, in_folder: Path) -> None:
    said = gateway("export", in_folder / "journal", *at(played.folder))
    assert said.code == 0
    assert said.out.strip() == str(in_folder / "journal")
    assert [path.name for path in in_folder.iterdir()] == ["journal"]
    alone = gateway("verify", in_folder / "journal", played.receipt)
    assert alone.code == 0
    assert "no key was given" in alone.out
    key = json.loads((in_folder / "journal").open().readline())["keys"][0]
    assert gateway("verify", "--key", key, in_folder / "journal", played.receipt).code == 0
    other = "gateway.qinglan.example" + key.partition("+")[1] + "00000000+" + key.rpartition("+")[2]
    assert gateway("verify", "--key", other, in_folder / "journal").code == 2


def test_the_export_is_read_by_the_program_that_stands_alone(played: Played, in_folder: Path) -> None:
    from gateway.journal import verify

    gateway("export", in_folder / "journal", *at(played.folder))
    shutil.copy(str(verify.__file__), in_folder / "verify.py")
    alone = subprocess.run(
        [sys.executable, "verify.py", "journal", played.receipt], cwd=in_folder, capture_output=True, text=True
    )
    assert alone.returncode == 0, alone.stdout + alone.stderr
    assert alone.stdout.count("in order") == 2


def test_an_older_export_is_replaced_and_nothing_else(played: Played, in_folder: Path) -> None:
    target = in_folder / "journal"
    for _ in range(2):
        assert gateway("export", target, *at(played.folder)).code == 0
    target.write_text("my own words")
    said = gateway("export", target, *at(played.folder))
    assert said.code == 1
    assert "is no export" in said.err
    assert target.read_text() == "my own words"
    assert gateway("export", in_folder, *at(played.folder)).code == 1
    assert gateway("export", in_folder / "no" / "folder", *at(played.folder)).code == 1


@pytest.mark.parametrize("name", ["none", "."])
def test_a_file_that_is_not_there_cannot_be_verified(in_folder: Path, name: str) -> None:
    said = gateway("verify", in_folder / name)
    assert said.code == 2
    assert "There is no file" in said.err


def test_any_other_file_is_no_evidence(in_folder: Path) -> None:
    for content in (b"", b"hello", b"SQLite format 3\x00", b'{"journal":', b"{}\n", bytes(range(256))):
        (in_folder / "odd").write_bytes(content)
        said = gateway("verify", in_folder / "odd")
        assert said.code == 1
        assert "WRONG" in said.out


def test_a_broken_configuration_does_not_hinder_verifying(own: Path) -> None:
    (own / "config" / "county.toml").write_text("broken")
    assert gateway("verify", *at(own)).code == 0
    assert gateway("export", own / "journal", *at(own)).code == 0
    assert gateway("backup", own / "saved", *at(own)).code == 0
    assert gateway("ledger", "rebuild", "--check", *at(own)).code == 0


def test_a_state_that_is_none_is_named_by_whatever_needs_it(own: Path) -> None:
    (own / "state" / "gateway.db").write_bytes(b"no state at all, whatever its name")
    before = sorted(own.iterdir())
    for words in (("verify",), ("board",), ("export", own / "x"), ("backup", own / "x"), ("ledger", "rebuild")):
        said = gateway(*words, *at(own))
        assert said.code == 1
        assert "is no state" in said.err
    assert sorted(own.iterdir()) == before


def test_a_damaged_state_is_said_to_be_one(own: Path) -> None:
    for path in (own / "state").iterdir():
        path.write_bytes(b"SQLite format 3\x00" + bytes(5000)) if path.suffix == ".db" else path.unlink()
    for words in (("board",), ("export", own / "x"), ("backup", own / "x"), ("ledger", "rebuild", "--check")):
        said = gateway(*words, *at(own))
        assert said.code == 1
        assert "database" in said.err
    assert "WRONG" in gateway("verify", *at(own)).out
    assert not (own / "x.part").exists()


def test_a_backup_is_brought_back_as_a_new_era_that_says_what_was_lost(own: Path, played: Played) -> None:
    saved = own / "saved.db"
    assert gateway("backup", saved, *at(own)).code == 0
    size = _size(saved)
    words = ("discard", played.stranger, "--reason", "later than the backup")
    assert gateway("quarantine", *words, *at(own)).code == 0
    note = own / "checkpoint.txt"
    note.write_text(_notes(own / "state" / "gateway.db")[-1])
    for path in (own / "state").iterdir():
        path.unlink()
    said = gateway("restore", saved, "--receipt", note, "--receipt", played.receipt, *at(own))
    assert said.code == 0, said.err
    assert f"{size} facts brought back" in said.out
    assert "era2" in said.out
    assert "Known to be lost: 1 facts" in said.out
    verified = gateway("verify", "--live", played.receipt, *at(own))
    assert verified.code == 0, verified.out
    assert "1 known to be lost" in verified.out
    assert gateway("ledger", "rebuild", "--check", *at(own)).code == 0
    assert [one["arrival"] for one in gateway("quarantine", "list", *at(own), "--json").json] == [played.stranger]


def test_a_state_that_is_there_is_not_restored_over(own: Path) -> None:
    gateway("backup", own / "saved.db", *at(own))
    before = (own / "state" / "gateway.db").read_bytes()
    said = gateway("restore", own / "saved.db", *at(own))
    assert said.code == 1
    assert "move it away" in said.err
    assert (own / "state" / "gateway.db").read_bytes() == before
    again = gateway("backup", own / "saved.db", *at(own))
    assert again.code == 1
    assert "is there already" in again.err


def test_what_is_no_backup_or_no_receipt_is_refused_and_leaves_no_state(own: Path, played: Played) -> None:
    gateway("backup", own / "saved.db", *at(own))
    for path in (own / "state").iterdir():
        path.unlink()
    (own / "odd").write_bytes(b"no backup")
    assert gateway("restore", own / "odd", *at(own)).code == 1
    forged = own / "forged.json"
    forged.write_bytes(played.receipt.read_bytes().replace(b'"errors":0', b'"errors":1', 1))
    for nothing in (own / "odd", forged):
        said = gateway("restore", own / "saved.db", "--receipt", nothing, *at(own))
        assert said.code == 2
        assert "proves nothing" in said.err
    assert not (own / "state" / "gateway.db").exists()


def test_the_ledger_is_made_anew_and_agrees(own: Path, played: Played) -> None:
    connection = sqlite3.connect(own / "state" / "gateway.db")
    connection.execute("UPDATE submissions SET verdict = 'accepted' WHERE submission = ?", (played.rejected,))
    connection.commit()
    connection.close()
    checked = gateway("ledger", "rebuild", "--check", *at(own))
    assert checked.code == 1
    assert f"submissions {played.rejected}: verdict" in checked.out
    assert gateway("ledger", "rebuild", "--check", "--json", *at(own)).json["agree"] is False
    assert gateway("ledger", "rebuild", *at(own)).code == 0
    assert gateway("ledger", "rebuild", "--check", *at(own)).code == 0


def _notes(database: Path) -> list[str]:
    connection = sqlite3.connect(database)
    notes = [note for (note,) in connection.execute("SELECT note FROM checkpoints ORDER BY size")]
    connection.close()
    return notes


def _size(database: Path) -> int:
    return Checkpoint.parse(_notes(database)[-1]).size
