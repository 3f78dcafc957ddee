"""Compound files: every stream is found whole, and no chain leads anywhere but to its end."""

from __future__ import annotations

import io
import random
import time

import olefile
import pytest

from gateway.handler import Limits, Trouble, Unreadable
from handlers.forms.ole import Ole
from tests.handlers.mutating import fuzzed, mutated
from tests.handlers.old_books import compound

STREAMS = {
    "Workbook": bytes(range(256)) * 40,
    "_VBA_PROJECT_CUR/VBA/dir": b"small",
    "\x05SummaryInformation": b"x" * 4_095,
    "empty": b"",
    "just large": b"y" * 4_096,
}


@pytest.mark.parametrize("size", [512, 4096])
def test_streams_are_read_whole_large_small_and_in_storages(size: int) -> None:
    ole = Ole(compound(STREAMS, size), Limits())
    assert {name: ole.read(name) for name in ole.names} == STREAMS
    assert ole.read("WORKBOOK") == STREAMS["Workbook"]
    assert ole.read("none") is None


@pytest.mark.parametrize("size", [512, 4096])
def test_another_library_finds_the_same_streams_in_what_our_tests_make(size: int) -> None:
    other = olefile.OleFileIO(io.BytesIO(compound(STREAMS, size)))
    assert {"/".join(path): other.openstream(path).read() for path in other.listdir()} == STREAMS


def test_more_sectors_than_the_header_can_list_are_found() -> None:
    """One hundred and nine sectors of the table reach seven megabytes; the list goes on in sectors of its own."""
    data = random.Random(1).randbytes(7_500_000)
    assert Ole(compound({"Workbook": data}), Limits()).read("Workbook") == data


def spoiled(at: int, number: int, size: int = 4) -> bytes:
    data = bytearray(compound(STREAMS))
    data[at : at + size] = number.to_bytes(size, "little")
    return bytes(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        compound(STREAMS)[:511],
        spoiled(30, 40, 2),  # sectors of a terabyte
        spoiled(28, 0xFFFF, 2),
        spoiled(48, 0xFFFFFF),  # a directory beyond the end
        spoiled(76, 0xFFFFFF),  # a table beyond the end
        spoiled(44, 0),
    ],
    ids=["nothing", "short", "sectors", "order", "directory", "table", "no table"],
)
def test_a_damaged_head_is_damage(data: bytes) -> None:
    with pytest.raises(Unreadable) as raised:
        Ole(data, Limits()).read("Workbook")
    assert raised.value.trouble is Trouble.DAMAGED


def test_a_chain_that_comes_back_to_itself_is_damage_and_takes_no_time() -> None:
    data = bytearray(compound(STREAMS))
    fat = (int.from_bytes(data[76:80], "little") + 1) * 512
    directory = int.from_bytes(data[48:52], "little")
    data[fat + directory * 4 : fat + directory * 4 + 4] = directory.to_bytes(4, "little")
    start = time.process_time()
    with pytest.raises(Unreadable):
        Ole(bytes(data), Limits())
    assert time.process_time() - start < 1


def test_mutants_give_streams_no_longer_than_the_file_or_damage() -> None:
    original = compound(STREAMS)

    def attempt(chance: random.Random) -> None:
        data = mutated(chance, original, within=512)
        ole = Ole(data, Limits())
        found = [ole.read(name) for name in ole.names]
        assert all(stream is not None and len(stream) <= len(data) for stream in found)

    assert fuzzed(2_000, ("content", "damaged"), attempt).keys() <= {"content", "damaged", "too_large"}
