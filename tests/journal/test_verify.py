"""Verification finds what was changed, and finds nothing where nothing was."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from gateway.core.facts import Began, Integrated, Received, Restored, Sent
from gateway.journal import codec, merkle, verify
from gateway.journal.checkpoint import Checkpoint, Signer
from gateway.store import restore
from tests.journal.every_fact import AT
from tests.journal.evidence import (
    ACCEPTED,
    SINGLE,
    SIZE,
    Evidence,
    fill,
    make_evidence,
    receipt_of,
    write_export,
)
from tests.journal.world import KEYS, ORIGIN, TurnedClock, fold, metadata, open_store


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    return make_evidence(tmp_path_factory.mktemp("verify"))


@pytest.fixture
def copy(evidence: Evidence, tmp_path: Path) -> Iterator[Evidence]:
    shutil.copytree(evidence.state.parent, tmp_path / "copy")
    folder = tmp_path / "copy"
    yield Evidence(folder / "gateway.db", folder / "journal.export", folder / "receipt.json", evidence.key)


def check(evidence: Evidence, *paths: Path) -> list[str]:
    """What is wrong with these files, to someone who holds the gateway's key."""
    return verify.verify(paths, [verify.Key.parse(str(evidence.key))])[1]


def test_a_state_an_export_and_a_receipt_of_one_journal_are_in_order_together(evidence: Evidence) -> None:
    good, wrong = verify.verify(
        [evidence.receipt, evidence.state, evidence.export], [verify.Key.parse(str(evidence.key))]
    )
    assert wrong == []
    assert len(good) == 3
    assert f"{SIZE} facts under {SINGLE + 1} checkpoints" in good[0]
    assert good[2] == "receipt.json: receipt, accepted, in order"


def test_every_stage_of_receipt_is_in_order(tmp_path: Path) -> None:
    store = open_store(tmp_path / "gateway.db")
    fill(store)
    received = receipt_of(store, replace(ACCEPTED, stage="received", verdicts=()), Received)
    integrated = receipt_of(store, replace(ACCEPTED, stage="integrated", verdicts=({"submission": "S1"},)), Integrated)
    keys = [verify.Key.parse(str(store.verifier))]
    stages = [verify.check_receipt(data, keys)[0]["stage"] for data in (received, integrated)]
    assert stages == ["received", "integrated"]
    store.close()


def test_it_runs_alone_and_answers_by_its_exit_code(copy: Evidence) -> None:
    alone = copy.state.parent / "alone.py"
    shutil.copy(verify.__file__, alone)
    command = [sys.executable, "-I", str(alone), "--key", str(copy.key), copy.state, copy.export, copy.receipt]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=copy.state.parent)
    assert (ended.returncode, ended.stderr) == (0, "")
    copy.receipt.write_bytes(copy.receipt.read_bytes().replace(b"accepted", b"acceptee", 1))
    ended = subprocess.run(command, capture_output=True, text=True, cwd=copy.state.parent)
    assert ended.returncode == 1
    assert "WRONG  receipt.json:" in ended.stdout


def test_the_command_says_when_it_had_no_key_of_its_own(evidence: Evidence, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify.main([str(evidence.export), str(evidence.receipt)]) == 0
    assert "no key was given" in capsys.readouterr().out
    assert verify.main([str(evidence.receipt)]) == 1
    assert verify.main(["--key", "nonsense", str(evidence.receipt)]) == 1
    assert verify.main(["--key", str(evidence.key), str(evidence.export.with_name("none"))]) == 1
    assert verify.main(["--key", str(evidence.key), str(evidence.receipt)]) == 0


def test_every_changed_byte_of_an_export_is_found(copy: Evidence) -> None:
    signed_anew(copy.export, lambda lines: lines, lambda size: ORIGIN)
    data = copy.export.read_bytes()
    assert check(copy, copy.export) == []
    for place in range(len(data)):
        for other in {data[place] ^ 1, 0x20, data[place] ^ 0x20} - {data[place]}:
            copy.export.write_bytes(data[:place] + bytes([other]) + data[place + 1 :])
            assert check(copy, copy.export), (place, other)


def test_every_changed_byte_of_a_receipt_is_found(copy: Evidence) -> None:
    data = copy.receipt.read_bytes()
    for place in range(len(data)):
        for other in {data[place] ^ 1, 0x20 if place % 2 else data[place] ^ 0x20} - {data[place]}:
            copy.receipt.write_bytes(data[:place] + bytes([other]) + data[place + 1 :])
            assert check(copy, copy.receipt), (place, other)


def test_a_line_taken_out_doubled_or_cut_off_is_found(copy: Evidence) -> None:
    lines = copy.export.read_bytes().splitlines(keepends=True)
    for place in range(len(lines)):
        copy.export.write_bytes(b"".join(lines[:place] + lines[place + 1 :]))
        assert check(copy, copy.export), place
        copy.export.write_bytes(b"".join([*lines[:place], lines[place], *lines[place:]]))
        assert check(copy, copy.export), place
    for end in (1, 5, len(lines[0]), len(lines[0]) + 10):
        copy.export.write_bytes(b"".join(lines)[:-end])
        assert check(copy, copy.export), end


def test_an_export_of_the_older_form_is_still_in_order_though_it_counts_no_checkpoints(copy: Evidence) -> None:
    head, *lines = copy.export.read_bytes().splitlines(keepends=True)
    older = {name: value for name, value in orjson.loads(head).items() if name != "notes"} | {"journal": 1}
    copy.export.write_bytes(orjson.dumps(older, option=orjson.OPT_SORT_KEYS) + b"\n" + b"".join(lines))
    assert check(copy, copy.export, copy.receipt) == []
    copy.export.write_bytes(orjson.dumps(older | {"journal": 3}, option=orjson.OPT_SORT_KEYS) + b"\n" + b"".join(lines))
    assert check(copy, copy.export)


TAMPERING = [
    "UPDATE journal SET line = replace(line, 'L1', 'L2') WHERE position = 16",
    "UPDATE journal SET leaf = zeroblob(32) WHERE position = 3",
    f"UPDATE journal SET position = position + 1 WHERE position = {SIZE - 1}",
    f"DELETE FROM journal WHERE position = {SIZE - 3}",
    "DELETE FROM journal WHERE position = 4",
    f"INSERT INTO journal VALUES ({SIZE}, '{{}}', zeroblob(32))",
    "INSERT INTO journal VALUES (-1, '{}', zeroblob(32))",
    f"DELETE FROM checkpoints WHERE size = {SIZE}",
    f"UPDATE checkpoints SET size = {SIZE + 1} WHERE size = {SIZE}",
    f"UPDATE checkpoints SET size = {SINGLE + 1} WHERE size = {SINGLE}",
    "UPDATE checkpoints SET note = replace(note, 'A', 'B') WHERE size = 5",
    "UPDATE checkpoints SET note = 'x' WHERE size = 5",
    "INSERT INTO journal_nodes VALUES (1, 0, zeroblob(32))",
    "DROP TABLE journal_nodes",
    "DELETE FROM journal",
    "DELETE FROM checkpoints",
]


@pytest.mark.parametrize("statement", TAMPERING)
def test_a_changed_state_is_found(copy: Evidence, statement: str) -> None:
    with sqlite3.connect(copy.state) as connection:
        connection.execute(statement)
    connection.close()
    assert check(copy, copy.state)


def test_a_history_signed_anew_contradicts_its_older_receipts_and_exports(copy: Evidence, tmp_path: Path) -> None:
    store = open_store(tmp_path / "rewritten.db")
    store.append([Sent(AT, "L9", "mail")]).result()
    fill(store)
    store.close()
    assert check(copy, tmp_path / "rewritten.db") == []
    assert check(copy, tmp_path / "rewritten.db", copy.receipt) == [
        "receipt.json: rewritten.db does not hold what this receipt proves: it was rewritten or cut short"
    ]
    assert check(copy, tmp_path / "rewritten.db", copy.export) == [
        "rewritten.db: it tells another history than journal.export"
    ]


def test_a_receipt_of_a_journal_that_was_cut_short_shows_it(copy: Evidence, tmp_path: Path) -> None:
    store = open_store(tmp_path / "short.db")
    store.close()
    assert check(copy, tmp_path / "short.db") == []
    assert len(check(copy, tmp_path / "short.db", copy.receipt)) == 1


def restored(copy: Evidence, tmp_path: Path, known: Checkpoint | None) -> Path:
    """A state put back from a backup that is older than the receipt."""
    early = open_store(tmp_path / "early.db")
    early.close()
    restore(tmp_path / "early.db", tmp_path / "back.db", KEYS, TurnedClock(), known, fold=fold, schema=[metadata])
    return tmp_path / "back.db"


def test_the_gap_that_a_restore_admits_is_reported_as_what_it_is(copy: Evidence, tmp_path: Path) -> None:
    note = verify.plain(copy.receipt.read_bytes()[:-1], "receipt")["checkpoint"]
    back = restored(copy, tmp_path, Checkpoint.parse(note))
    good, wrong = verify.verify([back, copy.receipt], [verify.Key.parse(str(copy.key))])
    assert wrong == []
    assert "back.db: era 2 began with a restore after 1 facts; 5 known to be lost" in good
    assert "receipt.json: receipt, accepted, in order; it lies in the gap that the restore of era 2 admits" in good
    store = open_store(back)
    assert store.latest().origin == f"{ORIGIN}/era2"
    write_export(store, tmp_path / "back.export")
    store.close()
    assert check(copy, back, tmp_path / "back.export") == []


def test_a_gap_that_a_restore_does_not_admit_stays_wrong(copy: Evidence, tmp_path: Path) -> None:
    back = restored(copy, tmp_path, None)
    assert check(copy, back) == []
    assert len(check(copy, back, copy.receipt)) == 1


def signed_anew(path: Path, change: Callable[[list[bytes]], list[bytes]], origins: Callable[[int], str]) -> None:
    """An export of other facts, every checkpoint true and signed with the gateway's own key."""
    lines = change([codec.encode(Began(AT, ORIGIN, 1)), codec.encode(Sent(AT, "L1", "mail"))])
    keys = [str(Signer(ORIGIN, KEYS.signing).verifier)]
    out = [orjson.dumps({"journal": 2, "keys": keys, "notes": len(lines), "size": len(lines)})]
    frontier = merkle.Frontier()
    for line in lines:
        frontier = frontier.grow([merkle.leaf_hash(line)]).frontier
        signer = Signer(origins(frontier.size), KEYS.signing)
        note = Checkpoint.sign(frontier.size, frontier.root(), signer).note
        out += [line, orjson.dumps({"checkpoint": note})]
    path.write_bytes(b"".join(line + b"\n" for line in out))


ERA2 = f"{ORIGIN}/era2"


@pytest.mark.parametrize(
    ("change", "origins", "right"),
    [
        (lambda lines: lines, lambda size: ORIGIN, True),
        (lambda lines: lines[1:], lambda size: ORIGIN, False),
        (lambda lines: [*lines, lines[0]], lambda size: ORIGIN, False),
        (lambda lines: [lines[0].replace(b'"era":1', b'"era":2')], lambda size: ORIGIN, False),
        (lambda lines: lines, lambda size: ERA2, False),
        (lambda lines: [*lines, b'{"fact":{},"kind":"restored","version":1}'], lambda size: ORIGIN, False),
        (lambda lines: [*lines, b'{"kind":"restored" }'], lambda size: ORIGIN, False),
        (lambda lines: [*lines, b'{"fact":{"kind":"began"},"kind":"written","version":1}'], lambda size: ORIGIN, True),
    ],
)
def test_a_journal_whose_eras_are_not_in_order_is_wrong_even_if_signed(
    tmp_path: Path, change: Callable[[list[bytes]], list[bytes]], origins: Callable[[int], str], right: bool
) -> None:
    signed_anew(tmp_path / "other.export", change, origins)
    assert (verify.verify([tmp_path / "other.export"], [])[1] == []) == right


def test_a_restore_that_lies_about_where_the_last_era_ended_is_wrong(copy: Evidence, tmp_path: Path) -> None:
    def lie(lines: list[bytes]) -> list[bytes]:
        return [*lines, codec.encode(Restored(AT, ERA2, 2, own_size=2, own_root="aa", known_size=9, known_root="aa"))]

    signed_anew(tmp_path / "other.export", lie, lambda size: ORIGIN if size < 3 else ERA2)
    assert verify.verify([tmp_path / "other.export"], [])[1] == [
        "other.export: era 2 does not begin where the one before ended"
    ]


def test_a_long_journal_is_checked_in_several_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "PARALLEL_FROM", 66_000)
    store = open_store(tmp_path / "gateway.db")
    for start in range(0, 68_000, 1_000):
        store.append([Sent(AT, f"L{start + number}", "mail") for number in range(1_000)])
    last = store.append([Sent(AT, "last", "mail")]).result().size
    key = verify.Key.parse(str(store.verifier))
    write_export(store, tmp_path / "journal.export")
    good, wrong = verify.verify([tmp_path / "gateway.db", tmp_path / "journal.export"], [key])
    store.close()
    assert wrong == []
    assert all(f"journal of {last} facts" in sentence for sentence in good)
    with sqlite3.connect(tmp_path / "gateway.db") as connection:
        connection.execute("UPDATE journal_nodes SET hash = zeroblob(32) WHERE level = 2")
    connection.close()
    assert verify.verify([tmp_path / "gateway.db"], [key])[1] == [
        "gateway.db: the stored nodes of the tree are not those of its entries"
    ]
