"""Odd and hostile spreadsheets and mails without number, each made from a seed, so that what happens can happen again.

A specimen is a report as a clerk would send it, in one of the formats that are read, to which something was done; or a
mail with such files, or one of the mails kept in `mails/`, after something was done to it.
"""

from __future__ import annotations

import base64
import random
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.hostile import harm, harm_records, reports
from tests.hostile.reports import as_file

NAME = "卫生院婴儿死亡2026年12月"
Way = Callable[[random.Random, Any], Any]


@dataclass(frozen=True)
class Specimen:
    """One file: its kind, what was done to it, its name, its bytes."""

    kind: str
    way: str
    name: str
    data: bytes


_XML = (*harm.ANY, *harm.ARCHIVE, *harm.XML)
_SHEETS: dict[str, tuple[tuple[Callable[[random.Random], Any], tuple[Way, ...]], ...]] = {
    "xlsx": ((reports.xlsx, _XML),),
    "ods": ((reports.ods, _XML),),
    "xlsb": (
        (reports.xlsb, (*harm.ANY, *harm.ARCHIVE)),
        (reports.xlsb, (harm_records.binary_lengths_that_lie, harm_records.binary_records_without_end)),
    ),
    "xls": (
        (reports.xls, harm.ANY),
        (reports.stream, (harm_records.lengths_that_lie, harm_records.records_without_end)),
        (reports.stream, (harm_records.chains_that_loop,)),
    ),
    "et": ((reports.xls, harm.ANY), (reports.xlsx, _XML)),
    "csv": (
        (reports.csv, harm.ANY),
        (reports.csv, (harm_records.lines_disturbed, harm_records.lines_without_end, harm_records.in_another_encoding,
                       harm_records.random_bytes)),
    ),
    "zip": ((reports.zipped, (*harm.ANY, *harm.ARCHIVE, harm.archives_in_archives)),),
}  # fmt: skip
_OTHER_NAMES = ("xls", "xlsx", "csv", "ods", "zip", "xlsb", "et", "txt", "dat", "")


def sheets(seed: int, first: int, count: int) -> Iterator[Specimen]:
    """The spreadsheets number `first` to `first + count - 1`, of every kind in turn."""
    kinds = tuple(_SHEETS)
    for number in range(first, first + count):
        chance = random.Random(f"{seed}/sheet/{number}")
        kind = kinds[number % len(kinds)]
        make, ways = chance.choice(_SHEETS[kind])
        way = chance.choice(ways)
        data = as_file(way(chance, make(chance)))
        suffix = chance.choice(_OTHER_NAMES) if chance.random() < 0.1 else kind
        yield Specimen(kind, way.__name__, f"{NAME}.{suffix}", data)


def mails(seed: int, first: int, count: int) -> Iterator[Specimen]:
    """The mails number `first` to `first + count - 1`."""
    for number in range(first, first + count):
        chance = random.Random(f"{seed}/mail/{number}")
        way = chance.choice(_MAILS)
        yield Specimen("eml", way.__name__, "", way(chance))


# --- mails ---

HEAD = b"From: <%s>\r\nTo: <report@lead.example>\r\nSubject: =?utf-8?b?5oql6KGo?=\r\nMIME-Version: 1.0\r\n"
SENDER = b"reporter@bailu-clinic.qinglan.example"
_PIECES = (
    b"\r\n", b"\n", b"\r", b"\0", b"--b", b"--b--", b"=?utf-8?B?", b"?=", b'"', b"\\", b";", b"=", b":", b" ", b"\xff",
    b"<", b"@", b"\r\n\r\n", b"\r\n.\r\n", b"Content-Type: multipart/mixed; boundary=b\r\n", b"(" * 50, b"=00",
    b"\xe2\x80\xae",
)  # fmt: skip


@cache
def _kept() -> tuple[bytes, ...]:
    """The mails of the folder, those of a moderate size."""
    found = []
    for path in sorted((Path(__file__).parent / "mails").glob("*.toml")):
        case = tomllib.loads(path.read_text(encoding="utf-8"))
        pieces = case["build"] if "build" in case else [[case["mail"], 1]]
        found.append(b"".join(text.encode(case.get("encoding", "latin-1")) * times for text, times in pieces))
    return tuple(one for one in found if 0 < len(one) < 200_000)


def _attached(file: Specimen, encoded: bool = True) -> bytes:
    name = base64.b64encode(file.name.encode()).decode()
    head = (
        f'Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename="=?utf-8?b?{name}?="\r\n'
    )
    if not encoded:
        return head.encode() + b"Content-Transfer-Encoding: binary\r\n\r\n" + file.data
    return head.encode() + b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(file.data)


def _together(parts: list[bytes], boundary: bytes = b"b") -> bytes:
    body = b"".join(b"\r\n--" + boundary + b"\r\n" + part for part in parts)
    return (
        b'Content-Type: multipart/mixed; boundary="' + boundary + b'"\r\n\r\n' + body + b"\r\n--" + boundary + b"--\r\n"
    )


def _files(chance: random.Random, most: int) -> list[Specimen]:
    """Hostile files, none of them very large: a mail holds what a mailbox lets through."""
    found = sheets(chance.getrandbits(30), 0, most)
    return [file for file in found if len(file.data) < 3 << 20]


def kept_and_disturbed(chance: random.Random) -> bytes:
    data = bytearray(chance.choice(_kept()))
    for _ in range(chance.randint(0, 12)):
        at = chance.randrange(len(data) + 1)
        data[at : at + chance.choice((0, 0, 1, 30))] = chance.choice(_PIECES)
    return bytes(data)


def hostile_files(chance: random.Random) -> bytes:
    files = _files(chance, chance.randint(1, 9))
    return HEAD % SENDER + _together([_attached(file, chance.random() < 0.8) for file in files])


def mails_in_mails(chance: random.Random) -> bytes:
    inner = HEAD % SENDER + _together([_attached(file) for file in _files(chance, 2)])
    for _ in range(chance.choice((1, 3, 12, 200))):
        inner = HEAD % SENDER + b"Content-Type: message/rfc822\r\n\r\n" + inner
    return inner


def parts_in_parts(chance: random.Random) -> bytes:
    inner = _together([b"\r\nx"])
    for number in range(chance.choice((5, 60, 2_000))):
        inner = _together([inner], b"b%d" % (number % 7))
    return HEAD % SENDER + inner


def parts_without_end(chance: random.Random) -> bytes:
    part = chance.choice(
        (b"\r\n", b"Content-Type: text/csv; name=a.csv\r\n\r\na,b\r\n1,2\r\n", b"X:" + b"y" * 900 + b"\r\n\r\n")
    )
    return HEAD % SENDER + _together([part] * chance.choice((150, 250, 20_000)))


def fields_without_end(chance: random.Random) -> bytes:
    name = chance.choice((b"From", b"To", b"Received", b"Content-Type", b"X-A", b"Subject", b"DKIM-Signature"))
    value = chance.choice(
        (b"a@b.example, " * 20_000, b"=?utf-8?q?a?= " * 9_000, b"(" * 30_000, b'"' * 9_999, b"x" * 400_000)
    )
    times = chance.choice((1, 40, 3_000)) if len(value) < 30_000 else 1
    return HEAD % SENDER + (name + b": " + value + b"\r\n") * times + b"\r\nx"


def half_of_a_mail(chance: random.Random) -> bytes:
    data = hostile_files(chance)
    return data[: chance.randrange(len(data))]


def words_that_cannot_be_decoded(chance: random.Random) -> bytes:
    words = (b"base64", b"quoted-printable", b"x-uuencode", b"7bit", b"base64\r\nContent-Transfer-Encoding: 8bit")
    part = b"Content-Type: text/csv; charset=%s; name=a.csv\r\nContent-Transfer-Encoding: %s\r\n\r\n%s" % (
        chance.choice((b"utf-8", b"rot13", b"hex", b"x" * 900, b"utf-7")),
        chance.choice(words),
        chance.choice((chance.randbytes(5_000), b"=" * 5_000, b"=3D=\r\n" * 900, b"QUFB" * 9_000 + b"!")),
    )
    return HEAD % SENDER + _together([part])


def nothing_but_noise(chance: random.Random) -> bytes:
    return chance.choice((b"", b"\0" * 5_000, b"\r\n" * 200_000, b":" * 90_000, chance.randbytes(50_000)))


_MAILS: tuple[Callable[[random.Random], bytes], ...] = (
    kept_and_disturbed, kept_and_disturbed, kept_and_disturbed, hostile_files, hostile_files, mails_in_mails,
    parts_in_parts, parts_without_end, fields_without_end, half_of_a_mail, words_that_cannot_be_decoded,
    nothing_but_noise,
)  # fmt: skip
