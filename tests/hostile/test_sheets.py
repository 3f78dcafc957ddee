"""Hostile sheets: each gets content or a clear word, soon, in little memory, and the reader lives on."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.handlers.mutating import fuzzed, kept, mutated
from tests.handlers.mutating_inside import entries_of, with_one_changed
from tests.hostile.sheets.limited import Limited
from tests.hostile.sheets.make import FOLDER, LARGE, SMALL

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


def test_mutants_never_take_the_reader_down() -> None:
    """As in the other fuzzes, and in a process of little memory."""
    books = [(data, entries_of(data)) for data in kept("[bo]*s.xlsx") + kept("other.xlsx")]
    with Limited() as process:

        def attempt(chance: random.Random) -> str:
            whole, entries = chance.choice(books)
            mutant = mutated(chance, whole) if chance.random() < 0.3 else with_one_changed(chance, entries)
            answer = process.read("mutant.xlsx", mutant)
            assert answer["said"] in TROUBLES and answer["seconds"] < 5, answer
            return str(answer["said"])

        fuzzed(300, ("read", "damaged"), attempt)
