"""What is done to the records of workbooks and to the lines of text tables."""

from __future__ import annotations

import random
import struct

from tests.handlers import binary_books, old_books
from tests.hostile.reports import Parts, as_bytes

# --- what is done to records ---


def lengths_that_lie(chance: random.Random, made: bytes) -> bytes:
    """Records of an old workbook that are longer or shorter than they say, or of another kind."""
    stream, found, at = made, bytearray(), 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        told, body = size, stream[at + 4 : at + 4 + size]
        if chance.random() < 0.05:
            told = chance.choice((0, 1, size + 1, size + 4, 0xFFFF))
        if chance.random() < 0.05:
            kind = chance.choice(
                (0x3C, 0x0A, 0x809, 0xFC, 0x85, 0x06, 0x207, 0xBD, 0x208, 0x2F, chance.getrandbits(16))
            )
        if body and chance.random() < 0.05:
            body = body[: chance.randrange(len(body))] + chance.randbytes(chance.randint(1, 8))
        found += struct.pack("<HH", kind, told) + body
        at += 4 + size
    return old_books.compound({"Workbook": bytes(found)})


def records_without_end(chance: random.Random, made: bytes) -> bytes:
    kind = chance.choice((0x3C, 0x809, 0x201, 0x208, 0xE0, 0x41E, 0x85, 0xFC, 0x203))
    size = chance.choice((0, 4, 14, 100))
    flood = old_books.record(kind, bytes(size)) * (chance.choice((1 << 16, 8 << 20)) // (4 + size))
    at = chance.choice((20, len(made) // 2))
    return old_books.compound({"Workbook": made[:at] + flood + made[at:]})


def chains_that_loop(chance: random.Random, made: bytes) -> bytes:
    """A compound file whose tables point elsewhere."""
    data = bytearray(old_books.compound({"Workbook": made, "x/y": b"z" * 5_000, "x/z": b"z" * 50}))
    for _ in range(chance.randint(1, 6)):
        at = chance.choice(
            (chance.randrange(24, 512), 512 * chance.randrange(1, len(data) // 512) + 4 * chance.randrange(128))
        )
        data[at : at + 4] = struct.pack(
            "<I", chance.choice((0, 1, 2, 7, 0xFFFFFFFE, 0xFFFFFFFF, chance.getrandbits(32)))
        )
    return bytes(data)


def binary_lengths_that_lie(chance: random.Random, made: Parts) -> Parts:
    victim = chance.choice([name for name in made if name.endswith(".bin")])
    part = bytearray(as_bytes(made[victim]))
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(part))
        part[at : at + chance.choice((0, 1, 4))] = chance.choice(
            (b"\xff", b"\x80", b"\xff\xff\xff\x7f", b"\0", b"\x07")
        )
    return made | {victim: bytes(part)}


def binary_records_without_end(chance: random.Random, made: Parts) -> Parts:
    victim = chance.choice([name for name in made if name.endswith(".bin")])
    part = as_bytes(made[victim])
    one = binary_books.record(chance.choice((0, 1, 5, 6, 19, 44, 47, 156)), bytes(chance.choice((0, 12, 25))))
    at = chance.choice((0, len(part) // 2, len(part)))
    return made | {victim: part[:at] + one * (chance.choice((1 << 16, 12 << 20)) // len(one)) + part[at:]}


# --- what is done to lines ---


def lines_disturbed(chance: random.Random, made: bytes) -> bytes:
    pieces = (
        b'"',
        b'"' * 3,
        b",",
        b"\t",
        b"\x00",
        b"\x1b[2J",
        b"\xff\xfe",
        "姓名".encode("big5"),
        b"\r",
        b"\x1a",
        b"=cmd|'/c'!A0",
    )
    data = made
    for _ in range(chance.choice((1, 5, 40))):
        at = chance.randrange(len(data) + 1)
        data = data[:at] + chance.choice(pieces) + data[at:]
    return data


def lines_without_end(chance: random.Random, made: bytes) -> bytes:
    piece, times = chance.choice((
        (b"1,2\n", 2_000_000), (b",", 9_000_000), (b'"', 5_000_000), (b"x", 9_000_000), (b"\n", 9_000_000),
        (b"1" + b"," * 999 + b"\n" + b"1\n" * 90_000, 10), (b'"a\n', 900_000),
    ))  # fmt: skip
    return made + piece * times


def in_another_encoding(chance: random.Random, made: bytes) -> bytes:
    text = "姓名,性別,出生日期\n" + "張國強,男,2026-10-05\n" * chance.randint(1, 50)
    encoding = chance.choice(("big5", "utf-7", "utf-32", "cp949", "shift_jis", "iso2022_jp", "hz"))
    return text.replace("張", "田").replace("國", "国" if encoding == "hz" else "國").encode(encoding, "replace")


def random_bytes(chance: random.Random, made: bytes) -> bytes:
    return chance.randbytes(chance.choice((1, 100, 300_000)))
