"""Sealing and opening by hand: what was sealed comes out, everything else is refused and nothing appears."""

from __future__ import annotations

import random
import stat
from pathlib import Path

import pytest

from handlers.sealed import CHUNK
from tests.cli.command import gateway
from tests.cli.conftest import Played

REPORT = ("--dataflow", "hospital_births", "--period", "2026-M12", "--sender", "health")


@pytest.fixture
def desk(in_folder: Path) -> Path:
    """An officer's machine: a pair of keys, another's public key, two files."""
    for number in ("1", "2"):
        assert gateway("key", "new", "health.reporter", "--number", number).code == 0
    (in_folder / "出生.csv").write_text("编号,性别\n1,2\n", encoding="utf-8")
    (in_folder / "large.bin").write_bytes(random.Random(7).randbytes(2 * CHUNK + 17))
    return in_folder


def seal(*words: object) -> int:
    return gateway("seal", *words, "--key", "health.reporter-1.key", *REPORT).code


def inside(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_what_was_sealed_comes_out_as_it_was(desk: Path) -> None:
    to = ("--to", "health.reporter-2.pub", "--out", "report.sealed")
    assert seal("出生.csv", "large.bin", *to, "--sequence", "4") == 0
    said = gateway(
        "open",
        "report.sealed",
        "--key",
        "health.reporter-2.key",
        "--from",
        "health.reporter-1.pub",
        "--out",
        "out",
        "--json",
    )
    assert said.code == 0, said.err
    manifest = said.json["manifest"]
    assert (manifest["dataflow"], manifest["period"], manifest["sequence"]) == ("hospital_births", "2026-M12", 4)
    assert said.json["proven"] is True
    assert inside(desk / "out") == ["large.bin", "出生.csv"]
    for name in inside(desk / "out"):
        assert (desk / "out" / name).read_bytes() == (desk / name).read_bytes()
        assert stat.S_IMODE((desk / "out" / name).stat().st_mode) == 0o600


def test_the_gateway_opens_what_was_sealed_for_its_public_key(desk: Path, played: Played) -> None:
    assert seal("出生.csv", "--to", played.folder / "keys" / "gateway.pub", "--rows", "1") == 0
    key = played.folder / "credentials" / "sealing.key"
    said = gateway("open", "hospital_births-2026-M12.sealed", "--key", key, "--json")
    assert said.json["manifest"]["files"][0]["rows"] == 1
    assert said.json["proven"] is False
    assert said.json["written"] == []


def test_without_out_everything_is_checked_and_nothing_kept(desk: Path) -> None:
    seal("large.bin", "--to", "health.reporter-2.pub", "--out", "report.sealed")
    before = inside(desk)
    said = gateway("open", "report.sealed", "--key", "health.reporter-2.key")
    assert said.code == 0
    assert "large.bin" in said.out
    assert "NOT PROVEN" in said.out
    assert inside(desk) == before


def test_no_files_say_that_there_is_nothing_to_report(desk: Path) -> None:
    assert seal("--to", "health.reporter-2.pub", "--out", "nil.sealed") == 0
    said = gateway("open", "nil.sealed", "--key", "health.reporter-2.key", "--out", "out", "--json")
    assert said.json["manifest"]["nil"] is True
    assert said.json["written"] == []


def test_nothing_is_written_over(desk: Path) -> None:
    to = ("--to", "health.reporter-2.pub", "--out", "report.sealed")
    seal("出生.csv", *to)
    before = (desk / "report.sealed").read_bytes()
    assert seal("large.bin", *to) == 1
    assert (desk / "report.sealed").read_bytes() == before
    (desk / "out").mkdir()
    (desk / "out" / "出生.csv").write_text("mine")
    said = gateway("open", "report.sealed", "--key", "health.reporter-2.key", "--out", "out")
    assert said.code == 1
    assert "is there already" in said.err
    assert (desk / "out" / "出生.csv").read_text() == "mine"


def test_a_name_from_elsewhere_is_made_harmless(desk: Path) -> None:
    (desk / "a:b?.csv").write_text("x")
    seal("a:b?.csv", "--to", "health.reporter-2.pub", "--out", "report.sealed")
    assert gateway("open", "report.sealed", "--key", "health.reporter-2.key", "--out", "out").code == 0
    assert inside(desk / "out") == ["a_b_.csv"]


@pytest.mark.parametrize("where", [0, 20, 200, CHUNK + 300, 2 * CHUNK + 300, -1])
def test_of_a_changed_file_nothing_appears(desk: Path, where: int) -> None:
    seal("large.bin", "出生.csv", "--to", "health.reporter-2.pub", "--out", "report.sealed")
    data = bytearray((desk / "report.sealed").read_bytes())
    data[where] ^= 1
    (desk / "report.sealed").write_bytes(data)
    said = gateway("open", "report.sealed", "--key", "health.reporter-2.key", "--out", "out")
    assert said.code == 1
    assert "cannot be opened" in said.err
    assert inside(desk / "out") == []


@pytest.mark.parametrize("left", [0, 5, 150, CHUNK, 2 * CHUNK])
def test_of_a_file_cut_short_nothing_appears(desk: Path, left: int) -> None:
    seal("large.bin", "--to", "health.reporter-2.pub", "--out", "report.sealed")
    (desk / "report.sealed").write_bytes((desk / "report.sealed").read_bytes()[:left])
    assert gateway("open", "report.sealed", "--key", "health.reporter-2.key", "--out", "out").code == 1
    assert inside(desk / "out") == []


def test_another_sender_is_not_believed(desk: Path) -> None:
    seal("出生.csv", "--to", "health.reporter-2.pub", "--out", "report.sealed")
    words = ("open", "report.sealed", "--key", "health.reporter-2.key", "--out", "out")
    said = gateway(*words, "--from", "health.reporter-2.pub")
    assert said.code == 1
    assert "do not believe" in said.err
    assert inside(desk / "out") == []


def test_another_key_opens_nothing(desk: Path) -> None:
    seal("出生.csv", "--to", "health.reporter-2.pub", "--out", "report.sealed")
    said = gateway("open", "report.sealed", "--key", "health.reporter-1.key")
    assert said.code == 1
    assert "not sealed for this key" in said.err


@pytest.mark.parametrize(
    "words",
    [
        ("none.csv", "--to", "health.reporter-2.pub"),
        ("出生.csv", "--to", "none.pub"),
        ("出生.csv", "--to", "health.reporter-2.key"),
        ("出生.csv", "--to", "large.bin"),
        ("出生.csv", "出生.csv", "--to", "health.reporter-2.pub"),
        ("出生.csv", "--to", "health.reporter-2.pub", "--to", "health.reporter-2.pub"),
        ("出生.csv", "--to", "health.reporter-2.pub", "--period", "December"),
        ("出生.csv", "--to", "health.reporter-2.pub", "--dataflow", "two words"),
        ("出生.csv", "--to", "health.reporter-2.pub", "--sequence", "-1"),
        ("出生.csv", "large.bin", "--to", "health.reporter-2.pub", "--rows", "1"),
        ("出生.csv", "--to", "health.reporter-2.pub", "--key", "health.reporter-2.pub"),
    ],
)
def test_what_cannot_be_sealed_leaves_nothing(desk: Path, words: tuple[str, ...]) -> None:
    before = inside(desk)
    own = () if "--key" in words else ("--key", "health.reporter-1.key")
    said = gateway("seal", *own, *REPORT, *words, "--out", "report.sealed")
    assert said.code in (1, 2)
    assert said.err
    assert inside(desk) == before


def test_sealing_takes_the_same_memory_whatever_the_size(desk: Path) -> None:
    import tracemalloc

    (desk / "huge.bin").write_bytes(bytes(64 << 20))
    tracemalloc.start()
    try:
        assert seal("huge.bin", "--to", "health.reporter-2.pub", "--out", "huge.sealed") == 0
        assert gateway("open", "huge.sealed", "--key", "health.reporter-2.key", "--out", "out").code == 0
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 24 << 20
