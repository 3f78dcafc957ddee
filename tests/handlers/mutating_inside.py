"""Mutants that pass the door: changed inside of archives, records and words, sizes and checksums put right again."""

from __future__ import annotations

import random
import re
import struct
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from zipfile import ZipFile

from tests.handlers import binary_books
from tests.handlers.books import zipped
from tests.handlers.mutating import mutated

Mutate = Callable[[random.Random, bytes], bytes]
_TAG = re.compile(rb"<[^<>]*>")
_VALUE = re.compile(rb'"[^"<>]*"')
_NUMBER = re.compile(rb"[0-9]+")
_WORD = re.compile(rb"[A-Za-z:]+")
_SIGNS = (b"<", b">", b'"', b"&", b"/>", b"\0", b"\xff", b"]]>", b"<!--", b"<![CDATA[")
WORDS = tuple(
    word.encode()
    for word in (
        "", "0", "-1", "1", "9" * 5_000, "4294967296", "18446744073709551616", "1e400", "1e-400", "NaN", "-inf", "1.5",
        "0x10", "²", "٣", "１", "½", "1_0", " 1", "+1", "true", "XFD1048576", "AAAA1", "A0", "2026-02-30", "PT1H",
        "&#0;", "&#xD800;", "&#x10FFFF;", "&amp;", "&none;", "_x0000_", "_xD800_", "_x005F_x000D_", "\ufffe",
        "\U0001f600", "a" * 40_000, "../../../x", "/x", "rId1", "[Content_Types].xml", "General", "yyyy-mm-dd",
    )
)  # fmt: skip


def reworded(chance: random.Random, xml: bytes) -> bytes:
    """Its values, numbers and names exchanged for odd ones, its elements lost, doubled, moved; now and then bytes."""
    for _ in range(chance.choice((1, 1, 2, 4))):
        match chance.randrange(8):
            case 0 | 1:
                xml = _replaced(chance, _VALUE, xml, lambda _: b'"' + chance.choice(WORDS) + b'"')
            case 2:
                xml = _replaced(chance, _NUMBER, xml, lambda _: chance.choice(WORDS))
            case 3:
                words = _WORD.findall(xml) or [b"x"]
                xml = _replaced(chance, _WORD, xml, lambda _, words=words: chance.choice(words))
            case 4:
                xml = _replaced(chance, _TAG, xml, lambda _: b"")
            case 5:
                times = chance.choice((1, 1, 2, 300))
                xml = _replaced(chance, _TAG, xml, lambda tag, times=times: tag * times)
            case 6:
                tags = _TAG.findall(xml) or [b"<x>"]
                xml = _replaced(
                    chance, _TAG, xml, lambda tag, tags=tags: tag * chance.randrange(2) + chance.choice(tags)
                )
            case _:
                xml = mutated(chance, xml, _SIGNS)
    return xml


def _replaced(chance: random.Random, pattern: re.Pattern[bytes], text: bytes, by: Callable[[bytes], bytes]) -> bytes:
    """One of the places where the pattern stands."""
    begin = chance.randrange(len(text) or 1)
    found = pattern.search(text, begin) or pattern.search(text)
    return text[: found.start()] + by(found[0]) + text[found.end() :] if found else text


def entries_of(archive: bytes) -> dict[str, bytes]:
    """What a ZIP holds, by name."""
    with ZipFile(BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def with_one_changed(chance: random.Random, entries: Mapping[str, bytes], mutate: Mutate = reworded) -> bytes:
    """The archive anew, after one of its entries was changed, or exchanged for another one, or lost."""
    names = sorted(entries)
    victim = chance.choice(names)
    changed: dict[str, str | bytes] = {**entries, victim: mutate(chance, entries[victim])}
    if chance.random() < 0.05:
        changed[victim] = entries[chance.choice(names)]
    if chance.random() < 0.03:
        del changed[victim]
    return zipped(changed)


def _cut(stream: bytes) -> Iterator[tuple[int, bytes]]:
    """The records of an old workbook: kind, bytes."""
    at = 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + size]
        at += 4 + size


def _cut_binary(part: bytes) -> Iterator[tuple[int, bytes]]:
    """The records of a binary workbook's part."""
    at = 0
    while at < len(part):
        two = part[at] & 0x80
        kind, at = (part[at] & 0x7F | part[at + 1] << 7, at + 2) if two else (part[at], at + 1)
        size = shift = 0
        while part[at] & 0x80:
            size, at, shift = size | (part[at] & 0x7F) << shift, at + 1, shift + 7
        size, at = size | part[at] << shift, at + 1
        yield kind, part[at : at + size]
        at += size


def _among(chance: random.Random, found: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    """Records with their bytes, kinds, number and order changed."""
    kinds = [kind for kind, _ in found]
    for _ in range(chance.choice((1, 1, 2, 5))):
        at = chance.randrange(len(found))
        kind, body = found[at]
        match chance.randrange(6):
            case 0 | 1 | 2:
                found[at] = (kind, mutated(chance, body))
            case 3:
                found[at] = (chance.choice(kinds), body)
            case 4:
                found[at : at + chance.randrange(2)] = [chance.choice(found)] * chance.choice((1, 2, 99))
            case _ if len(found) > 1:
                del found[at]
    return found


def old_records(chance: random.Random, stream: bytes) -> bytes:
    """The stream of an .xls; records keep the length they tell."""
    changed = _among(chance, list(_cut(stream)))
    return b"".join(struct.pack("<HH", kind, len(body)) + body for kind, body in changed)


def binary_records(chance: random.Random, part: bytes) -> bytes:
    """A part of an .xlsb, likewise."""
    if not part or part.startswith(b"<"):
        return reworded(chance, part)
    return b"".join(binary_books.record(kind, body) for kind, body in _among(chance, list(_cut_binary(part))))


def tnef_attributes(chance: random.Random, data: bytes) -> bytes:
    """A winmail.dat; attributes keep the length and the sum they tell."""
    head, found, at = data[:6], [], 6
    while at + 9 <= len(data):
        size = int.from_bytes(data[at + 5 : at + 9], "little")
        found.append((int.from_bytes(data[at : at + 5], "little"), data[at + 9 : at + 9 + size]))
        at += 11 + size
    return head + b"".join(
        kind.to_bytes(5, "little") + struct.pack("<I", len(body)) + body + struct.pack("<H", sum(body) & 0xFFFF)
        for kind, body in _among(chance, found)
    )


def ber_values(chance: random.Random, data: bytes, depth: int = 0) -> bytes:
    """A value of ASN.1 with one in it changed, exchanged, doubled or lost; lengths are put right again."""
    values = list(_ber(data))
    inner = [at for at, (tag, body) in enumerate(values) if tag & 0x20 and body]
    if inner and depth < 12 and chance.random() < 0.85:
        at = chance.choice(inner)
        values[at] = (values[at][0], ber_values(chance, values[at][1], depth + 1))
    elif values:
        values = _among(chance, values)
    return b"".join(bytes([tag]) + _ber_length(len(body)) + body for tag, body in values)


def _ber(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of each value, of a known length; what is none ends it."""
    at = 0
    while at + 2 <= len(data):
        tag, size, at = data[at], data[at + 1], at + 2
        if size & 0x80:
            more = size & 0x7F
            size, at = int.from_bytes(data[at : at + more], "big"), at + more
        yield tag, data[at : at + size]
        at += size


def _ber_length(size: int) -> bytes:
    return bytes([size]) if size < 0x80 else b"\x84" + size.to_bytes(4, "big")


def json_values(chance: random.Random, value: object) -> object:
    """A value of JSON with one in it changed for one of another kind, or lost."""
    odd = (None, True, -1, 0, 1 << 63, 1.5, "", "A", "\ud800", "9" * 5_000, [], {}, [[]], {"a": 1}, ["a"])
    if isinstance(value, dict) and value and chance.random() < 0.9:
        name = chance.choice(sorted(value))
        changed = {**value, name: json_values(chance, value[name])}
        if chance.random() < 0.05:
            del changed[name]
        return changed
    if isinstance(value, list) and value and chance.random() < 0.9:
        at = chance.randrange(len(value))
        return [*value[:at], json_values(chance, value[at]), *value[at + 1 :]]
    if isinstance(value, str) and value and chance.random() < 0.4:
        return reworded(chance, value.encode()).decode("utf-8", "replace")
    return chance.choice(odd)
