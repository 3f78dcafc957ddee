"""Messages saved by Outlook: attachments under their names, in messages within messages too, and bounded."""

from __future__ import annotations

import struct
from collections.abc import Mapping

import pytest

from gateway.handler import Limits, Opened, Unreadable
from handlers import excel_legacy, office_password, outlook_msg
from tests.handlers import old_books
from tests.handlers.mutating import outcomes

TABLE = "姓名,性别\r\n张三,1\r\n".encode("gb18030") * 20
LARGE = TABLE * 30  # beyond the small streams
PROPERTIES = "__properties_version1.0"
OTHER = "application/octet-stream"
Streams = dict[str, bytes]


def fixed(head: int, *values: tuple[int, int]) -> bytes:
    """Fixed properties: numbers with whole values, after a head of so many bytes."""
    told = b"".join(struct.pack("<HHIIi", 3, number, 6, value, 0) for number, value in values)
    return bytes(head) + told


def attachment(number: int, data: bytes | None, texts: Mapping[str, bytes] = {}) -> Streams:
    folder = f"__attach_version1.0_#{number:08X}/"
    streams = {f"{folder}{PROPERTIES}": fixed(8), f"{folder}__substg1.0_37020102": b""}
    if data is not None:
        streams[f"{folder}__substg1.0_37010102"] = data
    return streams | {f"{folder}__substg1.0_{name}": text for name, text in texts.items()}


def within(number: int, message: Streams) -> Streams:
    """A message attached to a message: its head is eight bytes shorter."""
    folder = f"__attach_version1.0_#{number:08X}/__substg1.0_3701000D/"
    inner = {folder + name: data[8:] if name == PROPERTIES else data for name, data in message.items()}
    return attachment(number, None) | inner


def message(*parts: Streams, codepage: int = 936) -> Streams:
    streams = {PROPERTIES: fixed(32, (0x0017, 1), (0x3FFD, codepage)), "__nameid_version1.0/__substg1.0_00020102": b""}
    for part in parts:
        streams |= part
    return streams


def wide(text: str) -> bytes:
    return text.encode("utf-16-le")


def named(text: str) -> dict[str, bytes]:
    return {"3707001F": wide(text)}


def msg(*parts: Streams, codepage: int = 936) -> bytes:
    return old_books.compound(message(*parts, codepage=codepage))


def opened(data: bytes, limits: Limits = Limits()) -> Opened:  # noqa: B008 - frozen
    return outlook_msg.open_parts(data, limits)


def told(data: bytes) -> list[tuple[str, str, bytes]]:
    return [(part.name, part.media, part.data) for part in opened(data).parts]


def trouble(data: bytes, limits: Limits = Limits()) -> tuple[str, str]:  # noqa: B008 - frozen
    with pytest.raises(Unreadable) as raised:
        opened(data, limits)
    return raised.value.trouble.value, raised.value.where


@pytest.mark.parametrize(
    ("texts", "codepage", "name"),
    [
        (named("出生登记 2026年11月.csv") | {"3704001F": wide("BIRTHS~1.CSV")}, 936, "出生登记 2026年11月.csv"),
        ({"3704001F": wide("短.csv"), "3001001F": wide("shown")}, 936, "短.csv"),
        ({"3001001F": wide("shown.csv")}, 936, "shown.csv"),
        ({"3707001E": "出生.csv\0".encode("gbk")}, 936, "出生.csv"),
        ({"3707001E": "出生.csv".encode("big5")}, 950, "出生.csv"),
        ({"3707001E": "出生.csv".encode()}, 65001, "出生.csv"),
        ({"3707001E": "出生.csv".encode("gbk")}, 4_711, "出生.csv"),
        ({"3707001E": b"?.csv", "3707001F": wide("字.csv")}, 936, "字.csv"),
        ({}, 936, ""),
    ],
)
def test_attachments_come_out_under_their_names(texts: dict[str, bytes], codepage: int, name: str) -> None:
    assert told(msg(attachment(0, LARGE, texts), codepage=codepage)) == [(name, OTHER, LARGE)]


def test_attachments_come_in_the_order_of_their_numbers_with_their_media() -> None:
    first = attachment(2, TABLE, named("1.csv") | {"370E001F": wide("text/csv")})
    parts = msg(attachment(11, b"3", named("3.csv")), first, attachment(10, LARGE, named("2.csv")))
    assert told(parts) == [("1.csv", "text/csv", TABLE), ("2.csv", OTHER, LARGE), ("3.csv", OTHER, b"3")]


def test_a_message_within_gives_its_attachments_in_its_place() -> None:
    by_bytes = {"3707001E": "文.csv".encode("big5")}
    inner = message(
        attachment(0, TABLE, by_bytes), within(1, message(attachment(0, b"deep", named("4.csv")))), codepage=950
    )
    data = msg(attachment(0, b"1", named("1.csv")), within(1, inner), attachment(2, b"5", named("5.csv")))
    assert [(name, content) for name, _, content in told(data)] == [
        ("1.csv", b"1"), ("文.csv", TABLE), ("4.csv", b"deep"), ("5.csv", b"5"),
    ]  # fmt: skip


def test_what_is_no_file_is_told() -> None:
    assert opened(msg()) == Opened((), notes=("no_files",))
    drawing = attachment(0, None) | {"__attach_version1.0_#00000000/__substg1.0_3701000D/CONTENTS": b"drawing"}
    assert opened(msg(drawing)).notes == ("no_files", "skipped_object")


def test_messages_within_messages_are_bounded() -> None:
    data = message(attachment(0, TABLE))
    for _ in range(8):
        data = message(within(0, data))
    assert trouble(old_books.compound(data)) == ("too_deep", "")
    shallow = message(within(0, message(attachment(0, TABLE))))
    assert trouble(old_books.compound(shallow), Limits(depth=1)) == ("too_deep", "")
    assert len(opened(old_books.compound(shallow), Limits(depth=2)).parts) == 1


def test_attachments_are_bounded_in_number_and_together_in_size() -> None:
    assert trouble(msg(*(attachment(n, b"") for n in range(201)))) == ("too_large", "parts")
    assert trouble(msg(*(within(n, {PROPERTIES: bytes(32)}) for n in range(201)))) == ("too_large", "parts")
    data = msg(attachment(0, LARGE), attachment(1, b"x" * 5_000))
    shared = data.replace(b"x" * 5_000, b"y" * 5_000)
    assert len(opened(shared).parts) == 2
    assert trouble(data, Limits(bytes=len(data) - 1)) == ("too_large", "bytes")


def test_streams_that_share_their_bytes_cannot_become_more_than_the_limit() -> None:
    """A directory may point to the same sectors a thousand times."""
    data = bytearray(msg(attachment(0, LARGE), *(attachment(n, b"z" * 5_000) for n in range(1, 20))))
    entry = "__substg1.0_37010102".encode("utf-16-le") + bytes(24)
    first, *others = [at for at in range(0, len(data), 128) if data[at : at + 64] == entry]
    for place in others:
        data[place + 116 : place + 128] = data[first + 116 : first + 128]
    assert [part.data for part in opened(bytes(data)).parts] == [LARGE] * 20
    assert 20 * len(LARGE) > len(data)
    assert trouble(bytes(data), Limits(bytes=len(data))) == ("too_large", "bytes")


def test_only_messages_are_recognised_and_by_their_streams_alone() -> None:
    ours = msg(attachment(0, TABLE))
    assert outlook_msg.opens_whole(ours, "") and outlook_msg.opens_whole(ours, "a.xls")
    workbook = old_books.xls(old_books.number(1, 1, 1))
    locked = old_books.compound({"EncryptedPackage": bytes(99), "EncryptionInfo": bytes(99)})
    for other in (workbook, locked, b"", old_books.MAGIC, b"From: a@b.example\r\n"):
        assert not outlook_msg.opens_whole(other, "a.msg")
    assert not office_password.opens_whole(ours, "a.msg")
    assert not excel_legacy.opens_whole(ours, "a.msg")
    assert trouble(workbook) == ("damaged", "message")


def test_mutants_end_in_content_or_a_word() -> None:
    inner = within(1, message(attachment(0, TABLE, {"3707001E": b"a.csv"})))
    originals = [msg(attachment(0, LARGE, named("表.csv")), inner), msg(attachment(0, b"1"))]
    outcomes(opened, originals, 5_000)
