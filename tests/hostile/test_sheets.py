"""Hostile sheets: each gets content or a clear word, soon, in little memory, and the reader lives on."""

from __future__ import annotations

import random
import time
import zipfile
from collections.abc import Iterator
from io import BytesIO

import pytest

from tests.handlers.books import by_openpyxl, by_xlsxwriter
from tests.handlers.test_excel import _other_program, _registrations
from tests.hostile.sheets.limited import Limited
from tests.hostile.sheets.make import FOLDER, LARGE, SMALL, zipped

FUZZ_SECONDS = 4
TROUBLES = {"read", "damaged", "too_large", "bomb", "encoding", "unsupported", "empty"}


@pytest.fixture(scope="module")
def limited() -> Iterator[Limited]:
    with Limited() as process:
        yield process


@pytest.mark.parametrize("name", sorted(SMALL))
def test_each_file_of_the_folder_gets_the_word_in_its_name(limited: Limited, name: str) -> None:
    answer = limited.read(name, (FOLDER / name).read_bytes())
    assert answer["said"] == name.partition(".")[0]
    assert answer["seconds"] < 5


@pytest.mark.parametrize("name", sorted(LARGE))
def test_large_files_get_the_word_in_their_name(limited: Limited, name: str) -> None:
    answer = limited.read(name, LARGE[name]())
    assert answer["said"] == name.partition(".")[0]
    assert answer["seconds"] < 10


def test_the_folder_holds_what_its_maker_makes() -> None:
    assert {path.name for path in FOLDER.glob("*.*.*")} == set(SMALL)
    assert all((FOLDER / name).read_bytes() == make() for name, make in SMALL.items())


def _mutants(chance: random.Random, originals: list[bytes]) -> Iterator[bytes]:
    """Workbooks with some bytes changed, in the archive or inside one of its parts."""
    while True:
        data = chance.choice(originals)
        if chance.random() < 0.3:
            yield _mutated(chance, data)
            continue
        with zipfile.ZipFile(BytesIO(data)) as archive:
            parts: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
        victim = chance.choice(sorted(parts))
        yield zipped(parts | {victim: _mutated(chance, archive_bytes(parts[victim]))})


def archive_bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


def _mutated(chance: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(changed) + 1)
        match chance.randrange(4):
            case 0:
                changed[at : at + 1] = chance.randbytes(1)
            case 1:
                del changed[at : at + chance.randint(1, 20)]
            case 2:
                changed[at:at] = changed[at : at + chance.randint(1, 60)]
            case _:
                changed[at:at] = chance.choice(
                    (b"<", b">", b'"', b"&", b"-", b"9" * 9, b"<c ", b"</row>", b"\x00", b"\xff")
                )
    return bytes(changed)


def test_mutants_never_take_the_reader_down() -> None:
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    mutants = _mutants(chance, [by_xlsxwriter(_registrations), by_openpyxl(_other_program)])
    with Limited() as process:
        process.read("first.xlsx", next(mutants))  # starting it is no part of the time
        end, seen = time.monotonic() + FUZZ_SECONDS, set()
        while time.monotonic() < end:
            answer = process.read("mutant.xlsx", next(mutants))
            seen.add(answer["said"])
            assert answer["said"] in TROUBLES and answer["seconds"] < 5, f"seed {seed}"
    assert {"read", "damaged"} <= seen
