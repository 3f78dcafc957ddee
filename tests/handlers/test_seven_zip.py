"""7z archives as another program makes them, and as nobody should; RAR archives are named as what they are."""

from __future__ import annotations

import io
import struct
import time
import zlib
from collections.abc import Sequence
from typing import Any

import py7zr
import pytest

from gateway.handler import Limits, Opened, Unreadable
from handlers import seven_zip
from tests.handlers.mutating import kept, outcomes

TABLE = "姓名,性别\r\n张三,1\r\n".encode("gb18030") * 400
PASSWORD = "报送2026"
FILES = [("出生.csv", TABLE), ("一月/b.csv", b"zz"), ("空.csv", b"")]
ATTRIBUTES, NAMES, EMPTY_STREAM, EMPTY_FILE, MODIFIED, FILLING = 0x15, 0x11, 0x0E, 0x0F, 0x14, 0x19


def made(
    files: Sequence[tuple[str, bytes]] = FILES, filters: Any = None, password: str | None = None, hidden: bool = False
) -> bytes:
    """As py7zr makes it; `hidden`: the names are encrypted as well."""
    buffer = io.BytesIO()
    with py7zr.SevenZipFile(buffer, "w", filters=filters, password=password, header_encryption=hidden) as archive:
        for name, data in files:
            archive.writestr(data, name)
    return buffer.getvalue()


def opened(data: bytes, secret: str | None = None, limits: Limits = Limits()) -> Opened:  # noqa: B008 - frozen
    return seven_zip.open_parts(data, limits, None if secret is None else secret.encode())


def trouble(data: bytes, secret: str | None = None, limits: Limits = Limits()) -> tuple[str, str]:  # noqa: B008
    with pytest.raises(Unreadable) as raised:
        opened(data, secret, limits)
    return raised.value.trouble.value, raised.value.where


# --- by hand, so that each number can be a lie ---


def number(value: int) -> bytes:
    if value < 0x80:
        return bytes([value])
    return b"\xff" + value.to_bytes(8, "little")


def archive(header: bytes, body: bytes = b"") -> bytes:
    """The start of a file, its bytes, and a header, each with the right checksum."""
    start = struct.pack("<QQL", len(body), len(header), zlib.crc32(header))
    return seven_zip.MAGIC + b"\0\4" + struct.pack("<L", zlib.crc32(start)) + start + body + header


def field(kind: int, data: bytes) -> bytes:
    return bytes([kind]) + number(len(data)) + data


def stored(
    *names: str,
    data: bytes = TABLE,
    attributes: int = 0,
    coder: bytes = b"\x01\x00",
    size: int | None = None,
    at: int = 0,
    crc: int | None = None,
    further: bytes = b"",
) -> bytes:
    """Each file holds the same bytes and is a folder of its own, through one step, which `coder` tells."""
    count = len(names)
    packed = b"\x06" + number(at) + number(count) + b"\x09" + number(len(data)) * count + b"\0"
    steps = b"\x07\x0b" + number(count) + b"\0" + (b"\1" + coder) * count + b"\x0c"
    steps += number(len(data) if size is None else size) * count
    steps += b"\x0a\1" + struct.pack("<L", zlib.crc32(data) if crc is None else crc) * count + b"\0"
    texts = field(NAMES, b"\0" + b"".join((name + "\0").encode("utf-16-le") for name in names))
    marks = field(ATTRIBUTES, b"\1\0" + struct.pack("<L", attributes) * count)
    entries = b"\x05" + number(count) + texts + marks + further + b"\0"
    return archive(b"\x01\x04" + packed + steps + b"\x08\0\0" + entries + b"\0", data * count)


METHODS = [None, [{"id": py7zr.FILTER_LZMA}], [{"id": py7zr.FILTER_LZMA2}], [{"id": py7zr.FILTER_DEFLATE}],
           [{"id": py7zr.FILTER_BZIP2}], [{"id": py7zr.FILTER_COPY}],
           [{"id": py7zr.FILTER_X86}, {"id": py7zr.FILTER_LZMA}]]  # fmt: skip


@pytest.mark.parametrize("filters", METHODS)
def test_files_come_out_whole_and_in_order(filters: Any) -> None:
    found = opened(made(filters=filters))
    assert [(part.name, part.data) for part in found.parts] == FILES
    assert found.notes == ()


def test_a_filter_for_programs_is_undone_over_more_than_one_chunk() -> None:
    program = b"".join(b"\xe8" + struct.pack("<l", n) + b"\x90" * 7 for n in range(16_000))
    filters = [{"id": py7zr.FILTER_X86}, {"id": py7zr.FILTER_LZMA2, "preset": 1}]
    assert opened(made([("a.exe", program)], filters)).parts[0].data == program


@pytest.mark.parametrize("hidden", [False, True])
def test_a_password_opens_it_and_no_other_does(hidden: bool) -> None:
    data = made(password=PASSWORD, hidden=hidden)
    found = opened(data, PASSWORD)
    assert [(part.name, part.data) for part in found.parts] == FILES
    assert found.notes == ("no_integrity", "password")
    assert trouble(data) == trouble(data, "") == trouble(data, "wrong") == ("needs_password", "")
    with pytest.raises(Unreadable, match="needs_password"):
        seven_zip.open_parts(data, Limits(), b"\xff")


def test_what_another_program_wrote_by_hand_is_what_we_write_by_hand() -> None:
    with py7zr.SevenZipFile(io.BytesIO(stored("出生.csv", "b.csv"))) as independent:
        assert independent.getnames() == ["出生.csv", "b.csv"]
    assert [(part.name, part.data) for part in opened(stored("出生.csv", "b.csv")).parts] == [
        ("出生.csv", TABLE), ("b.csv", TABLE),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["../a", "a/../../b", "/etc/passwd", "..\\a", "C:\\a", "\\\\server\\a"])
def test_a_name_that_leads_out_of_the_archive_refuses_all_of_it(name: str) -> None:
    assert trouble(stored("good.csv", name)) == ("unsafe_names", "traversal")


@pytest.mark.parametrize("attributes", [0x8000 | 0o120777 << 16, 0x8000 | 0o020644 << 16, 0x400])
def test_links_and_devices_refuse_all_of_it(attributes: int) -> None:
    assert trouble(stored("a.csv", attributes=attributes)) == ("unsafe_names", "link")


def test_folders_are_no_files_and_what_systems_leave_is_skipped_with_a_note() -> None:
    found = opened(stored("a/b.csv", "__MACOSX/._b.csv", "Thumbs.db", "~$b.xlsx"))
    assert [part.name for part in found.parts] == ["a/b.csv"] and found.notes == ("skipped_system_files",)
    assert trouble(stored("folder", attributes=0x10)) == ("empty", "")
    assert trouble(archive(b"")) == ("empty", "")
    assert opened(stored("a", "a")).notes == ("same_names",)


AES = b"\x24\x06\xf1\x07\x01\x02"
ENCODED = b"\x17\x06\0\x01\x09\x05\0\x07\x0b\x01\0\x01\x01\0\x0c"
SLOW = AES + bytes([22, 0])


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", ("empty", "7z")),
        (b"PK\x03\x04", ("damaged", "7z")),
        (b"Rar!\x1a\x07\x00" + bytes(99), ("unsupported", "rar")),
        (b"Rar!\x1a\x07\x01\x00" + bytes(99), ("unsupported", "rar")),
        (stored("a")[:-1], ("damaged", "7z header")),
        (stored("a").replace(b"7z\xbc\xaf\x27\x1c\0\4", b"7z\xbc\xaf\x27\x1c\0\4?")[:200], ("damaged", "7z header")),
        (stored("a", crc=1), ("damaged", "checksum")),
        (stored("a", size=len(TABLE) - 1), ("damaged", "7z")),
        (stored("a", size=1 << 40), ("bomb", "ratio")),
        (stored("a", data=b"x" * 400_000, size=70 << 20), ("too_large", "unpacked")),
        (stored("a", at=1 << 50), ("damaged", "7z")),
        (stored("a", coder=b"\x03\x03\x04\x01"), ("unsupported", "compression")),
        (stored("a", coder=b"\x04\x03\x03\x01\x1b"), ("unsupported", "compression")),
        (stored("a", coder=b"\x11\x00\x04\x01"), ("unsupported", "compression")),
        (stored("a", coder=b"\x23\x03\x01\x01\x05\xff\0\0\0\0"), ("damaged", "7z")),
        (stored("a", coder=b"\x21\x21\x01\xff"), ("damaged", "7z")),
        (stored("a", coder=b"\x21\x21\x01\x28"), ("damaged", "7z")),
        (stored("a", data=bytes(1600), coder=SLOW), ("too_large", "rounds")),
        (stored("a", data=bytes(1601), coder=AES + b"\x01\x00"), ("damaged", "encryption")),
        (stored(*map(str, range(201)), data=b"a"), ("too_large", "parts")),
        (stored(*map(str, range(4_001)), data=b"a"), ("too_large", "entries")),
        (archive(b"\x01\x05" + number(1 << 60)), ("too_large", "entries")),
        (archive(b"\x01\x04\x07\x0b\x01\0\x09"), ("damaged", "7z header")),
        (archive(b"\x01\x04\x07\x0b\x01\0\0"), ("damaged", "7z header")),
        (archive(b"\x01\x03"), ("unsupported", "7z header")),
        (archive(b"\x01\x99"), ("damaged", "7z header")),
        (archive(b"\x01\x05\x01\0\0"), ("damaged", "7z header")),
        (archive(ENCODED + b"\x05\0\0", b"\x17\0\0\0\0"), ("damaged", "7z header")),
        (archive(ENCODED + number(5 << 20) + b"\0\0", b"\x17\0\0\0\0"), ("too_large", "7z header")),
    ],
    ids=["nothing", "a zip", "rar", "rar 5", "cut", "start", "checksum", "size", "bomb", "too much", "beyond",
         "ppmd", "bcj2", "two streams in", "lzma properties", "lzma2 properties", "no lzma2", "many rounds",
         "not whole blocks", "many files", "many folders", "many entries", "many steps", "no step", "additional",
         "unknown", "a file without bytes", "a header in a header", "a large header"],
)  # fmt: skip
def test_what_cannot_be_read_gets_its_word(data: bytes, expected: tuple[str, str]) -> None:
    assert trouble(data, PASSWORD) == expected


CONTENT = b"1,2\r\n"
CHECKSUM = b"\x0a\x01" + struct.pack("<L", zlib.crc32(CONTENT))
SIZES = b"\x09\x05"
STREAMS = b"\x04\x06\0\x01" + SIZES + b"\0\x07\x0b\x01\0\x01\x01\0\x0c\x05" + CHECKSUM + b"\0\0"
ONE_NAME = field(NAMES, b"\0a\0\0\0")
ONE_FILE = b"\x05\x01" + ONE_NAME + b"\0"
PROPERTIES = b"\x02" + field(7, b"x") + b"\0"


def told(*blocks: bytes) -> bytes:
    return archive(b"\x01" + b"".join(blocks) + b"\0", CONTENT)


@pytest.mark.parametrize(
    ("beside", "block"),
    [
        (SIZES, SIZES),
        (SIZES, CHECKSUM),
        (b"\x0c\x05", CHECKSUM),
        (ONE_NAME, ONE_NAME),
        (ONE_NAME, field(EMPTY_STREAM, b"\0")),
        (ONE_NAME, field(ATTRIBUTES, b"\1\0\x20\0\0\0")),
        (ONE_NAME, field(MODIFIED, b"\1\0" + bytes(8))),
        (PROPERTIES, PROPERTIES),
        (STREAMS, STREAMS),
        (ONE_FILE, ONE_FILE),
    ],
    ids=["sizes", "packed checksums", "checksums", "names", "empty streams", "attributes", "times", "properties",
         "streams", "files"],
)  # fmt: skip
def test_what_a_header_says_once_it_may_not_say_twice(beside: bytes, block: bytes) -> None:
    """Which of the two counts, each program would decide for itself."""
    whole = PROPERTIES + STREAMS + ONE_FILE
    once = whole if beside + block in whole or beside == block else whole.replace(beside, beside + block, 1)
    twice = once.replace(beside, beside + block, 1)
    assert [(part.name, part.data) for part in opened(told(once)).parts] == [("a", CONTENT)]
    assert trouble(told(twice)) == ("damaged", "7z header")


def test_files_are_not_told_before_their_bytes() -> None:
    assert trouble(told(ONE_FILE, STREAMS)) == ("damaged", "7z header")


def test_what_only_fills_a_header_may_come_as_often_as_it_likes() -> None:
    filled = ONE_FILE.replace(ONE_NAME, field(FILLING, bytes(3)) * 2 + ONE_NAME)
    assert [(part.name, part.data) for part in opened(told(STREAMS, filled)).parts] == [("a", CONTENT)]


def test_a_header_that_unpacks_to_itself_ends() -> None:
    told = b"\x17\x06\0\x01\x09%c\0\x07\x0b\x01\0\x01\x01\0\x0c%c\0\0"
    header = told % (len(told) - 2, len(told) - 2)
    assert trouble(archive(header, header)) == ("too_deep", "7z header")


def test_many_salts_do_not_cost_many_keys() -> None:
    """Each folder may ask for another key; all together they get as many rounds as four usual archives."""
    one = AES[:5] + b"\x03" + bytes([0x80 | 20, 0x00])
    coders = b"".join(b"\x01" + one + bytes([salt]) for salt in range(9))
    data = bytes(16)
    packed = b"\x06\0\x09\x09" + number(16) * 9 + b"\0"
    steps = b"\x07\x0b\x09\0" + coders + b"\x0c" + number(16) * 9 + b"\0"
    begun = time.process_time()
    names = field(NAMES, b"\0" + b"".join(f"{n}\0".encode("utf-16-le") for n in range(9)))
    whole = archive(b"\x01\x04" + packed + steps + b"\0\x05\x09" + names + b"\0\0", data * 9)
    assert trouble(whole, PASSWORD) == ("too_large", "rounds")
    assert time.process_time() - begun < 15


def test_the_limits_are_those_given() -> None:
    data = stored("a", "b")
    assert trouble(data, limits=Limits(bytes=2 * len(TABLE) - 1)) == ("too_large", "unpacked")
    assert trouble(data, limits=Limits(parts=1)) == ("too_large", "parts")
    assert len(opened(data, limits=Limits(bytes=2 * len(TABLE), parts=2)).parts) == 2
    assert trouble(made([("a", bytes(9 << 20))])) == ("bomb", "ratio")


def test_archives_are_recognised_by_their_first_bytes_or_call_themselves_so() -> None:
    assert seven_zip.opens(made()[:4096], "a.zip") and seven_zip.opens(b"Rar!\x1a\x07\x00", "")
    assert seven_zip.opens(b"damaged", "a.7z") and seven_zip.opens(b"damaged", "a.RAR")
    assert not seven_zip.opens(b"PK\x03\x04", "a.7z") and not seven_zip.opens(b"7z", "a")


def test_mutants_end_in_the_right_content_or_a_word() -> None:
    originals = [*kept("seven_zip.[0-9]"), stored("a", "b")]
    outcomes(opened, originals, 1_000, right=[data for _, data in FILES])


def test_mutants_of_headers_end_in_content_or_a_word() -> None:
    """Every description has a checksum: it is put right again, so that the numbers themselves are met."""

    def resealed(data: bytes) -> Opened:
        if len(data) < 40:
            return opened(data)
        size = int.from_bytes(data[20:28], "little")
        at = 32 + int.from_bytes(data[12:20], "little")
        start = data[12:28] + struct.pack("<L", zlib.crc32(data[at : at + size]))
        return opened(data[:8] + struct.pack("<L", zlib.crc32(start)) + start + data[32:])

    originals = [stored("a", "b", data=b"1,2"), stored("c", data=b"", attributes=0x20), *kept("seven_zip.small")]
    outcomes(resealed, originals, 1_000, right=(b"1,2", b""))


def test_mutants_of_encrypted_archives_end_in_content_or_a_word() -> None:
    originals = kept("seven_zip.locked") + kept("seven_zip.hidden")
    outcomes(lambda data: opened(data, PASSWORD), originals, 40)
