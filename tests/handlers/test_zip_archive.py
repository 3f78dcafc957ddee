"""ZIP archives: real names, every encryption, and every way in which an archive lies."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import pytest
import pyzipper

from gateway.handler import Limits, Opened, Unreadable
from handlers import excel, zip_archive
from tests.handlers.books import book, sheet, zipped
from tests.handlers.mutating import kept, outcomes
from tests.handlers.zips import BZIP2, DEFLATE64, DEFLATED, ENCRYPTED, LATER, LZMA, STORED, UTF8, Entry, archive

TABLE = "姓名,性别\r\n张三,1\r\n李四,2\r\n".encode("gb18030") * 40
OTHER = b"a,b\r\n" * 30
GBK = "出生登记.csv".encode("gbk")
LZMA_HEAD = b"\x09\x14\x05\x00"
PASSWORD = "报送2026".encode()


def opened(data: bytes, secret: bytes | None = None, limits: Limits = Limits()) -> Opened:  # noqa: B008 - frozen
    return zip_archive.open_parts(data, limits, secret)


def names(data: bytes) -> list[str]:
    return [part.name for part in opened(data).parts]


def trouble(data: bytes, secret: bytes | None = None, limits: Limits = Limits()) -> tuple[str, str]:  # noqa: B008
    with pytest.raises(Unreadable) as raised:
        opened(data, secret, limits)
    return raised.value.trouble.value, raised.value.where


def aes(data: bytes = TABLE, bits: int = 256, version: int = 2, method: int = DEFLATED, beside: bytes = b"") -> bytes:
    """An archive as pyzipper encrypts it."""
    buffer = io.BytesIO()
    with pyzipper.AESZipFile(buffer, "w", compression=method) as made:
        made.setpassword(PASSWORD)
        made.setencryption(pyzipper.WZ_AES, nbits=bits, force_wz_aes_version=version)
        made.writestr("表.csv", data)
        if beside:
            made.writestr("b.csv", beside)
    return buffer.getvalue()


@pytest.mark.parametrize("method", [STORED, DEFLATED, BZIP2, LZMA])
def test_files_come_out_whole_and_in_order(method: int) -> None:
    data = archive([Entry(b"2.csv", TABLE, method), Entry(b"1.csv", OTHER, method), Entry(b"0.csv", b"", method)])
    found = opened(data)
    assert [(part.name, part.data) for part in found.parts] == [("2.csv", TABLE), ("1.csv", OTHER), ("0.csv", b"")]
    assert found.notes == ()


def test_what_other_programs_write_is_read_alike() -> None:
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        found = opened(zipped({"出生.csv": TABLE, "死亡.csv": OTHER}, method))
        assert [(part.name, part.data) for part in found.parts] == [("出生.csv", TABLE), ("死亡.csv", OTHER)]


UNICODE = struct.pack("<HHBL", 0x7075, 5 + len("登记.csv".encode()), 1, zlib.crc32(b"?.csv")) + "登记.csv".encode()


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        (Entry(GBK), "出生登记.csv"),
        (Entry("出生.csv".encode(), flags=UTF8), "出生.csv"),
        (Entry("出生.csv".encode()), "出生.csv"),
        (Entry(b"?.csv", extra=b"\x55\x54\x01\x00\x00" + UNICODE), "登记.csv"),
        (Entry(b"!.csv", extra=UNICODE), "!.csv"),  # renamed by a program that does not know the field
        (Entry(b"?.csv", extra=UNICODE[:-1] + b"\xff"), "?.csv"),
        (Entry(b"caf\x82"), "café"),
        (Entry("一月\\诊所.csv".encode("gbk")), "一月/诊所.csv"),
        (Entry("俓\\a.csv".encode("gbk")), "俓/a.csv"),  # its second byte is a backslash's
        (Entry(b"..a/b..csv/c"), "..a/b..csv/c"),
    ],
    ids=["gbk", "flagged", "utf-8", "unicode field", "stale field", "broken field", "cp437", "backslash",
         "backslash in a character", "dots"],
)  # fmt: skip
def test_names_are_those_that_the_sender_saw(entry: Entry, name: str) -> None:
    assert names(archive([entry])) == [name]


@pytest.mark.parametrize(
    "name",
    [b"../a.csv", b"a/../../b.csv", b"a/..", b"/etc/passwd", b"\\\\server\\a.csv", b"..\\a.csv", b"C:\\a.csv", b"c:a"],
)
def test_a_name_that_leads_out_of_the_archive_refuses_all_of_it(name: bytes) -> None:
    assert trouble(archive([Entry(b"good.csv", TABLE), Entry(name, OTHER)])) == ("unsafe_names", "traversal")


@pytest.mark.parametrize("mode", [0o120777, 0o010644, 0o020644, 0o060644, 0o140755])
def test_links_and_devices_refuse_all_of_it(mode: int) -> None:
    assert trouble(archive([Entry(b"a.csv", b"/etc/passwd", system=3, mode=mode)])) == ("unsafe_names", "link")
    assert names(archive([Entry(b"a.csv", TABLE, system=0, mode=mode)])) == ["a.csv"]  # DOS keeps no mode


def test_folders_are_no_files_and_what_systems_leave_is_skipped_with_a_note() -> None:
    left = [b"__MACOSX/._a.csv", b".DS_Store", b"x/Thumbs.db", "~$月报.xlsx".encode(), b"desktop.ini", b"._a.csv"]
    folders = [Entry(b"x/"), Entry(b"y", system=3, mode=0o040755)]
    found = opened(archive([*folders, *(Entry(name, b"?") for name in left), Entry(b"x/a.csv", TABLE)]))
    assert [part.name for part in found.parts] == ["x/a.csv"]
    assert found.notes == ("skipped_system_files",)
    assert trouble(archive([*folders, Entry(b".DS_Store", b"?")])) == ("empty", "")
    assert trouble(archive([])) == ("empty", "")
    assert opened(archive([Entry(b"a"), Entry(b"a", b"2")])).notes == ("same_names",)


@pytest.mark.parametrize("bits", [128, 192, 256])
@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("method", [STORED, DEFLATED])
def test_aes_opens_with_the_password_and_with_no_other(bits: int, version: int, method: int) -> None:
    data = aes(bits=bits, version=version, method=method, beside=OTHER)
    found = opened(data, PASSWORD)
    assert [part.data for part in found.parts] == [TABLE, OTHER]
    assert found.notes == ("password",)
    assert trouble(data) == ("needs_password", "")
    assert trouble(data, b"") == trouble(data, b"wrong") == trouble(data, b"\xff") == ("needs_password", "")


def test_more_than_a_step_of_aes_comes_out_whole() -> None:
    data = bytes(range(256)) * 4_100 + b"end"
    assert opened(aes(data, method=STORED), PASSWORD).parts[0].data == data


def test_no_byte_of_an_aes_file_changes_unnoticed() -> None:
    """Every bit of the entry and of its directory, one at a time: the rows are all there, or there are none."""
    data = aes(b"1,2\r\n" * 12, version=2)
    opened_well = 0
    for at in range(len(data) * 8):
        mutant = bytearray(data)
        mutant[at // 8] ^= 1 << at % 8
        try:
            found = opened(bytes(mutant), PASSWORD)
        except Unreadable:
            continue
        opened_well += 1
        assert [part.data for part in found.parts] == [b"1,2\r\n" * 12]
    assert 0 < opened_well < len(data) * 4  # times, versions, names


@pytest.mark.parametrize("announced", [5, 4_000_000])
def test_a_size_that_would_cut_rows_off_is_damage(announced: int) -> None:
    data = aes(b"1,2\r\n" * 12, version=2)
    cut = data.replace(struct.pack("<L", 60), struct.pack("<L", announced))
    assert cut != data and trouble(cut, PASSWORD) == ("damaged", "checksum")


def test_a_plain_file_beside_encrypted_ones_may_be_anybodys() -> None:
    buffer = io.BytesIO(aes())
    with zipfile.ZipFile(buffer, "a") as made:
        made.writestr("mine.csv", OTHER)
    assert opened(buffer.getvalue(), PASSWORD).notes == ("no_integrity",)


@pytest.mark.parametrize("flags", [0, LATER])
def test_zipcrypto_opens_and_is_named_as_what_it_is(flags: int) -> None:
    data = archive([Entry(GBK, TABLE, flags=flags, password=PASSWORD), Entry(b"b", OTHER, 0, password=PASSWORD)])
    with zipfile.ZipFile(io.BytesIO(data)) as independent:
        assert [independent.read(name, PASSWORD) for name in independent.namelist()] == [TABLE, OTHER]
    found = opened(data, PASSWORD)
    assert [part.data for part in found.parts] == [TABLE, OTHER]
    assert found.notes == ("no_integrity", "password")
    assert trouble(data) == ("needs_password", "")
    for wrong in range(600):  # some pass the one byte that is checked; none passes the checksum
        assert trouble(data, f"wrong {wrong}".encode()) == ("needs_password", "")


def test_a_password_is_tried_as_chinese_windows_writes_it() -> None:
    data = archive([Entry(b"a.csv", TABLE, password=PASSWORD.decode().encode("gbk"))])
    assert opened(data, PASSWORD).parts[0].data == TABLE


def test_what_a_fitting_password_does_not_open_is_damaged() -> None:
    data = archive([Entry(b"a", TABLE, password=PASSWORD), Entry(b"b", OTHER, password=b"another")])
    assert trouble(data, PASSWORD) == ("damaged", "")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", ("empty", "zip")),
        (b"Rar!\x1a\x07\x00", ("damaged", "zip")),
        (archive([Entry(b"a", TABLE)])[:-30], ("damaged", "zip")),
        (archive([Entry(b"a", TABLE)])[40:], ("damaged", "zip")),
        (archive([Entry(b"a", TABLE, checksum=1)]), ("damaged", "checksum")),
        (archive([Entry(b"a", TABLE, size=len(TABLE) - 1)]), ("damaged", "checksum")),
        (archive([Entry(b"a", TABLE, body=b"")]), ("damaged", "zip")),
        (archive([Entry(b"a", TABLE, body=zlib.compress(TABLE)[2:-4] + b"more")]), ("damaged", "zip")),
        (archive([Entry(b"a", TABLE, LZMA, body=LZMA_HEAD + b"\xff" + 4 * b"\xff")]), ("damaged", "zip")),
        (archive([Entry(b"a", TABLE, LZMA, body=LZMA_HEAD + b"\x5d" + 4 * b"\xff")]), ("too_large", "dictionary")),
        (archive([Entry(b"a.csv", TABLE, local_name=b"b.csv")]), ("damaged", "zip")),
        (archive([Entry(b"\xff\xfe", flags=UTF8)]), ("damaged", "zip")),
        (archive([Entry(b"a", TABLE, DEFLATE64, body=b"1")]), ("unsupported", "compression")),
        (archive([Entry(b"a", TABLE, 98)]), ("unsupported", "compression")),
        (archive([Entry(b"a", TABLE, flags=0x40 | ENCRYPTED)]), ("unsupported", "encryption")),
        (archive([Entry(b"a", TABLE, 99, flags=ENCRYPTED)]), ("damaged", "aes")),
        (archive([Entry(b"a", b"0" * 9_000_000, STORED, flags=ENCRYPTED)]), ("too_large", "encryption")),
        (archive([Entry(b"%d" % n, b"") for n in range(4_001)]), ("too_large", "entries")),
        (archive([Entry(b"%d" % n, b"") for n in range(201)]), ("too_large", "parts")),
        (archive([Entry(b"a", bytes(9 << 20))]), ("bomb", "ratio")),
        (archive([Entry(b"%d" % n, bytes(1 << 20)) for n in range(100)]), ("bomb", "ratio")),
        (archive([Entry(b"same", TABLE) for _ in range(50)], at_zero=True), ("bomb", "overlap")),
    ],
    ids=["nothing", "not a zip", "cut", "no beginning", "checksum", "size", "no bytes", "bytes after the stream",
         "lzma properties", "lzma dictionary", "two names", "not utf-8", "deflate64", "ppmd", "strong encryption",
         "aes without its field", "much zipcrypto", "many entries", "many files", "bomb", "many small bombs",
         "overlap"],
)  # fmt: skip
def test_what_cannot_be_read_gets_its_word(data: bytes, expected: tuple[str, str]) -> None:
    assert trouble(data, PASSWORD if expected[1] == "aes" else b"x") == expected


def test_the_limits_are_those_given() -> None:
    data = archive([Entry(b"a", TABLE), Entry(b"b", TABLE)])
    assert trouble(data, limits=Limits(bytes=2 * len(TABLE) - 1)) == ("too_large", "unpacked")
    assert len(opened(data, limits=Limits(bytes=2 * len(TABLE))).parts) == 2
    assert trouble(data, limits=Limits(parts=1)) == ("too_large", "parts")


WORKBOOK = book(sheet(""))
RECOGNISED: list[tuple[bytes, str, bool]] = [
    (archive([Entry(b"a.csv", TABLE)]), "a.zip", True),
    (archive([Entry(b"a.csv", TABLE)]), "", True),
    (archive([Entry(b"a.csv", TABLE)]), "a.dat", True),
    (archive([]), "a", True),
    (archive([Entry(b"a.xlsx", WORKBOOK, STORED)]), "a.zip", True),
    (archive([Entry(b"a.xlsx", WORKBOOK)]), "a", True),
    (b"damaged", "a.ZIP", True),
    (WORKBOOK, "a.xlsx", False),
    (WORKBOOK, "a.zip", False),
    (WORKBOOK, "", False),
    (archive([Entry(b"mimetype", b"application/vnd.oasis.opendocument.spreadsheet", STORED)]), "", False),
    (archive([Entry(b"word/document.xml", b"?")]), "", False),
    (archive([Entry(b"anything", b"?")]), "a.et", False),
    (b"Rar!\x1a\x07\x00", "a.rar", False),
    (b"PK", "PK", False),
]


@pytest.mark.parametrize(("data", "name", "ours"), RECOGNISED)
def test_archives_are_ours_and_office_documents_are_not(data: bytes, name: str, ours: bool) -> None:
    assert zip_archive.opens(data[:4096], name) is ours


def test_an_archive_of_stored_workbooks_is_no_workbook() -> None:
    data = archive([Entry(b"a.xlsx", WORKBOOK, STORED)])
    assert b"[Content_Types].xml" in data[:4096]
    assert not excel.opens(data[:4096], "a") and excel.opens(WORKBOOK[:4096], "a")
    many = archive([Entry(b"%d.xlsx" % n, WORKBOOK, STORED) for n in range(200)])
    assert many.count(b"PK\x01\x02") > 1_000 and len(opened(many).parts) == 200


def _plain() -> bytes:
    return archive([Entry(GBK, OTHER), Entry(b"b", TABLE, BZIP2), Entry(b"c", b"x", LZMA)])


def _weak() -> bytes:
    return archive([Entry(b"a", OTHER, password=PASSWORD)])


@pytest.mark.parametrize(
    ("originals", "right"),
    [
        ([_plain], (OTHER, TABLE, b"x")),
        ([lambda: kept("aes.0")[0], lambda: kept("aes.1")[0]], (OTHER,)),
        ([_weak], None),
    ],
    ids=["plain", "aes", "zipcrypto"],
)  # fmt: skip
def test_mutants_end_in_content_or_a_word(originals: list[Callable[[], Any]], right: tuple[bytes, ...] | None) -> None:
    made = [make() for make in originals]
    outcomes(lambda data: opened(data, PASSWORD), made, 1_000, right=right)
