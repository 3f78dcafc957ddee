"""winmail.dat: what Outlook packed comes out under its real name, and no length it tells is believed."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import pytest
import tnefparse

from gateway.handler import Limits, Opened, Part, Unreadable
from handlers import winmail
from tests.handlers.mutating import outcomes

TABLE = "姓名,性别\r\n张三,1\r\n".encode("gb18030") * 20
MESSAGE_ID = bytes.fromhex("0703020000000000c000000000000046")
LONG, SHORT, SHOWN, DATA, TAG = 0x3707, 0x3704, 0x3001, 0x3701, 0x370E
TEXT8, TEXT16, OBJECT, BINARY = 0x1E, 0x1F, 0x0D, 0x102


def attribute(level: int, number: int, content: bytes, checksum: int | None = None, size: int | None = None) -> bytes:
    told = sum(content) % 65536 if checksum is None else checksum
    head = struct.pack("<BII", level, number, len(content) if size is None else size)
    return head + content + struct.pack("<H", told)


def tnef(*attributes: bytes, codepage: int | None = 936) -> bytes:
    first = attribute(1, 0x00069007, struct.pack("<II", codepage, 0)) if codepage else b""
    version = attribute(1, 0x00089006, struct.pack("<I", 0x10000))
    return b"\x78\x9f\x3e\x22\x01\x00" + version + first + b"".join(attributes)


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def value(kind: int, number: int, data: bytes, name: bytes = b"") -> bytes:
    """A property of variable length."""
    return struct.pack("<HH", kind, number) + name + struct.pack("<II", 1, len(data)) + padded(data)


def wide(number: int, text: str) -> bytes:
    return value(TEXT16, number, (text + "\0").encode("utf-16-le"))


def properties(*values: bytes, count: int | None = None) -> bytes:
    told = len(values) if count is None else count
    return attribute(2, 0x00069005, struct.pack("<I", told) + b"".join(values))


def attached(data: bytes | None = TABLE, title: bytes = b"", further: bytes = b"") -> bytes:
    """One attachment, its attributes in Outlook's order."""
    rendering = attribute(2, 0x00069002, bytes(14))
    named = attribute(2, 0x00018010, title + b"\0") if title else b""
    content = b"" if data is None else attribute(2, 0x0006800F, data)
    return rendering + named + content + further


def opened(data: bytes, limits: Limits = Limits()) -> Opened:  # noqa: B008 - frozen
    return winmail.open_parts(data, limits)


def told(parts: Sequence[Part]) -> list[tuple[str, str, bytes]]:
    return [(part.name, part.media, part.data) for part in parts]


def trouble(data: bytes, limits: Limits = Limits()) -> tuple[str, str]:  # noqa: B008 - frozen
    with pytest.raises(Unreadable) as raised:
        opened(data, limits)
    return raised.value.trouble.value, raised.value.where


OTHER = "application/octet-stream"
NAMED = b"\x08\x20\x06\x00" + bytes(12)
ODD_PROPERTIES = properties(
    struct.pack("<HHi", 3, 0x3705, 1),
    struct.pack("<HHhh", 11, 0x7FFE, 1, 0),
    struct.pack("<HHq", 0x40, 0x3007, 1),
    struct.pack("<HH", 0x48, 0x0FF6) + bytes(16),
    struct.pack("<HHIii", 0x1003, 0x1234, 2, 1, 2),
    struct.pack("<HHI", 0x101E, 0x1235, 2)
    + struct.pack("<I", 2)
    + b"a\0\0\0"
    + struct.pack("<I", 5)
    + padded(b"four\0"),
    struct.pack("<HH", 0x1F, 0x8001) + NAMED + struct.pack("<II", 0, 7) + struct.pack("<II", 1, 2) + padded(b"\0\0"),
    struct.pack("<HH", 3, 0x8002)
    + NAMED
    + struct.pack("<II", 1, 6)
    + padded("名字".encode("utf-16-le") + b"\0\0")
    + b"\1\0\0\0",
    wide(LONG, "长名.csv"),
)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (tnef(attached(title="出生.csv".encode("gbk"))), [("出生.csv", OTHER, TABLE)]),
        (tnef(attached(title="出生.csv".encode("big5")), codepage=950), [("出生.csv", OTHER, TABLE)]),
        (tnef(attached(title="出生.csv".encode()), codepage=65001), [("出生.csv", OTHER, TABLE)]),
        (tnef(attached(title="出生.csv".encode("gbk")), codepage=None), [("出生.csv", OTHER, TABLE)]),
        (tnef(attached(title="出生.csv".encode("gbk")), codepage=4_711), [("出生.csv", OTHER, TABLE)]),
        (tnef(attached(title=b"\xff.csv")), [("\ufffd.csv", OTHER, TABLE)]),
        (tnef(attached(title=b"BIRTHS~1.CSV", further=properties(wide(LONG, "出生登记 2026年11月.csv")))),
         [("出生登记 2026年11月.csv", OTHER, TABLE)]),
        (tnef(attached(title=b"B~1.CSV", further=properties(value(TEXT8, LONG, "长.csv\0".encode("gbk"))))),
         [("长.csv", OTHER, TABLE)]),
        (tnef(attached(further=properties(wide(SHOWN, "shown"), wide(SHORT, "short.csv"), wide(TAG, "Text/CSV")))),
         [("short.csv", "text/csv", TABLE)]),
        (tnef(attached(further=properties(wide(TAG, "text/<b>"), wide(SHOWN, "shown.csv")))),
         [("shown.csv", OTHER, TABLE)]),
        (tnef(attached(title=b"a.csv", further=ODD_PROPERTIES)), [("长名.csv", OTHER, TABLE)]),
        (tnef(attached(None, b"a.csv", properties(value(BINARY, DATA, TABLE)))), [("a.csv", OTHER, TABLE)]),
        (tnef(attached(None, b"a.doc", properties(value(OBJECT, DATA, bytes(16) + TABLE)))), [("a.doc", OTHER, TABLE)]),
        (tnef(attached(title=b"1.csv"), attached(b"", b"2.csv"), attached(b"3", b"3.csv")),
         [("1.csv", OTHER, TABLE), ("2.csv", OTHER, b""), ("3.csv", OTHER, b"3")]),
        (tnef(attached(title=b"a.csv")) + b"\r\n", [("a.csv", OTHER, TABLE)]),
        (tnef(attached(title=b"a.csv"), attached(None, b"nothing")), [("a.csv", OTHER, TABLE)]),
    ],
    ids=["gbk", "big5", "utf-8", "no codepage", "unknown codepage", "broken name", "long name", "long name of bytes",
         "media", "media that is none", "all kinds of properties", "data as property", "object", "three", "line end",
         "no data"],
)  # fmt: skip
def test_attachments_come_out_under_their_names(data: bytes, expected: list[tuple[str, str, bytes]]) -> None:
    assert told(opened(data).parts) == expected


def test_another_program_reads_what_we_write_by_hand() -> None:
    data = tnef(attached(title=b"B~1.CSV", further=properties(wide(LONG, "出生登记.csv"))), attached(b"22", b"b.csv"))
    found = [(one.long_filename().rstrip("\0"), one.data) for one in tnefparse.TNEF(data).attachments]
    assert (
        found == [(part.name, part.data) for part in opened(data).parts] == [("出生登记.csv", TABLE), ("b.csv", b"22")]
    )


def test_a_message_within_is_tnef_again() -> None:
    inner = tnef(attached(title="内.csv".encode("gbk")))
    outer = tnef(attached(None, b"forwarded", properties(value(OBJECT, DATA, MESSAGE_ID + inner))))
    (part,) = opened(outer).parts
    assert (part.name, part.media, part.data) == ("forwarded", "application/ms-tnef", inner)
    assert winmail.opens(part.data[:4096], part.name)
    assert told(opened(part.data).parts) == [("内.csv", OTHER, TABLE)]


def test_formatting_alone_holds_no_files() -> None:
    assert opened(tnef(attribute(1, 0x0002800C, b"body\0"))) == Opened((), notes=("no_files",))


def test_a_code_page_said_of_an_attachment_is_not_believed() -> None:
    odd = attribute(2, 0x00069007, struct.pack("<II", 950, 0))
    assert opened(tnef(odd, codepage=None)) == Opened((), notes=("no_files",))
    (part,) = opened(tnef(attached(title="出生.csv".encode("gbk")), odd, codepage=None)).parts
    assert part.name == "出生.csv"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", ("damaged", "tnef")),
        (tnef(attached())[:-3], ("damaged", "tnef")),
        (tnef(attached()) + b"left", ("damaged", "tnef")),
        (tnef(attribute(2, 0x0006800F, TABLE, size=0xFFFFFFFF)), ("damaged", "tnef")),
        (tnef(attribute(3, 0x0006800F, TABLE)), ("damaged", "tnef")),
        (tnef(attribute(2, 0x0006800F, TABLE, checksum=1)), ("damaged", "checksum")),
        (tnef(properties(count=0xFFFFFFFF)), ("ok", "")),
        (tnef(properties(struct.pack("<HHI", 0x1003, 1, 0xFFFFFFFF))), ("damaged", "properties")),
        (tnef(properties(struct.pack("<HHI", 0x1001, 1, 0xFFFFFFFF))), ("too_large", "properties")),
        (tnef(properties(struct.pack("<HHII", BINARY, DATA, 1, 0xFFFFFFFF))), ("damaged", "properties")),
        (tnef(properties(struct.pack("<HH16sII", BINARY, 0x8000, b"", 1, 0xFFFFFFFF))), ("ok", "")),
        (tnef(properties(*[struct.pack("<HHI", 0x1003, 1, 0)] * 10_001)), ("too_large", "properties")),
        (tnef(*[attached(b"", b"a")] * 201), ("too_large", "parts")),
        (tnef(*[attribute(1, 0, b"")] * 20_001), ("too_large", "attributes")),
    ],
    ids=["nothing", "cut", "bytes after", "length", "level", "checksum", "many properties", "many values",
         "values of no size", "value", "property's name", "empty sets", "many attachments", "many attributes"],
)  # fmt: skip
def test_lengths_and_counts_are_not_believed(data: bytes, expected: tuple[str, str]) -> None:
    if expected[0] == "ok":
        assert opened(data).parts == ()
    else:
        assert trouble(data) == expected


def test_the_limits_are_those_given() -> None:
    data = tnef(attached(), attached())
    assert trouble(data, Limits(parts=1)) == ("too_large", "parts")
    assert trouble(data, Limits(bytes=len(data) - 1)) == ("too_large", "bytes")
    assert len(opened(data, Limits(bytes=len(data), parts=2)).parts) == 2


def test_it_is_recognised_by_its_first_bytes_alone() -> None:
    assert winmail.opens(tnef(), "ATT00001")
    assert not winmail.opens(b"PK\x03\x04", "winmail.dat")


def test_mutants_end_in_content_or_a_word() -> None:
    inner = tnef(attached(title=b"a"))
    originals = [
        tnef(attached(title="表.csv".encode("gbk"), further=ODD_PROPERTIES), attached(b"2", b"b")),
        tnef(attached(None, b"m", properties(value(OBJECT, DATA, MESSAGE_ID + inner)))),
    ]
    outcomes(opened, originals, 20_000)
