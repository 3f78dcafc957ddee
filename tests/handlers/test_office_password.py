"""Office files with a password: what opens, what only pretends to be safe, and what was changed on the way."""

from __future__ import annotations

import io
import time

import msoffcrypto
import pytest
from msoffcrypto.format.ooxml import OOXMLFile
from msoffcrypto.method.xor_obfuscation import DocumentXOR

from gateway.handler import Limits, Opened, Unreadable
from handlers import excel_legacy, office_password
from handlers.office_password.ole_write import compound as written
from handlers.office_password.ooxml import SPINS
from tests.handlers import locked, old_books
from tests.handlers.books import entries, sheet, zipped
from tests.handlers.locked import Agile
from tests.handlers.mutating import outcomes

PASSWORD = "报送2026"
READ_ONLY = "VelvetSweatshop"
BOOK = zipped(entries(sheet("<row/>" * 900)), 0)
ROWS = b"".join(old_books.label(row, 1, f"姓名{row}") + old_books.number(row, 2, row) for row in range(1, 200))
STREAM = old_books.workbook(ROWS)


def xor_file(password: str) -> bytes:
    verifier = next(n for n in range(1 << 16) if DocumentXOR.verifypw(password, n))
    pattern = bytes(DocumentXOR.create_xor_array_method1(password))
    return old_books.compound({"Workbook": locked.xored(STREAM, verifier, pattern)})


def xls(stream: bytes, name: str = "Workbook") -> bytes:
    return old_books.compound({name: stream, "\x05SummaryInformation": b"of whom"})


def opened(data: bytes, secret: str | None = PASSWORD, limits: Limits = Limits()) -> Opened:  # noqa: B008 - frozen
    return office_password.open_parts(data, limits, None if secret is None else secret.encode())


def trouble(data: bytes, secret: str | None = PASSWORD) -> tuple[str, str]:
    with pytest.raises(Unreadable) as raised:
        opened(data, secret)
    return raised.value.trouble.value, raised.value.where


def by_library(data: bytes, password: str) -> bytes:
    """The same file opened by another program."""
    file = msoffcrypto.OfficeFile(io.BytesIO(data))
    file.load_key(password=password)
    buffer = io.BytesIO()
    file.decrypt(buffer)
    return buffer.getvalue()


def test_what_another_program_locks_opens_with_the_password_and_no_other() -> None:
    buffer = io.BytesIO()
    OOXMLFile(io.BytesIO(BOOK)).encrypt(PASSWORD, buffer)
    found = opened(buffer.getvalue())
    assert [(part.name, part.data) for part in found.parts] == [("", BOOK)]
    assert found.notes == ()
    for wrong in (None, "", "wrong", PASSWORD + " ", "x" * 300):
        assert trouble(buffer.getvalue(), wrong) == ("needs_password", "")
    with pytest.raises(Unreadable, match="needs_password"):
        office_password.open_parts(buffer.getvalue(), Limits(), b"\xff")


@pytest.mark.parametrize(("hash", "bits"), [("SHA1", 128), ("SHA256", 128), ("SHA384", 256), ("SHA512", 256)])
def test_every_agile_method_opens(hash: str, bits: int) -> None:
    data = Agile(BOOK, PASSWORD, hash, bits).make()
    assert by_library(data, PASSWORD) == BOOK
    assert opened(data).parts[0].data == BOOK and opened(data).notes == ()


@pytest.mark.parametrize(("bits", "algorithm"), [(128, 0x660E), (192, 0x660F), (256, 0x6610)])
def test_standard_encryption_opens_and_is_named_as_without_integrity(bits: int, algorithm: int) -> None:
    data = locked.standard(BOOK, PASSWORD, bits, algorithm)
    assert by_library(data, PASSWORD) == BOOK
    assert opened(data).parts[0].data == BOOK and opened(data).notes == ("no_integrity",)
    assert trouble(data, "wrong") == ("needs_password", "")


OLD = {
    "rc4": lambda password: xls(locked.rc4_40(STREAM, password)),
    "crypto api": lambda password: xls(locked.crypto_api(STREAM, password)),
    "crypto api, 40 bits": lambda password: xls(locked.crypto_api(STREAM, password, 40)),
}


@pytest.mark.parametrize("kind", OLD)
def test_old_workbooks_open_and_are_named_as_without_integrity(kind: str) -> None:
    data = OLD[kind](PASSWORD)
    found = opened(data)
    assert found.notes == ("no_integrity",)
    (first,) = excel_legacy.read_sheets(found.parts[0].data, Limits())
    assert [list(row) for row in first.rows] == [[f"姓名{row}", str(row)] for row in range(1, 200)]
    by_another = excel_legacy.read_sheets(by_library(data, PASSWORD), Limits())
    assert by_another[0].rows == first.rows
    assert trouble(data, "wrong") == trouble(data, None) == ("needs_password", "")


@pytest.mark.parametrize("password", ["a", "ab", "abcdefghijklmn", "abcdefghijklmno"])
def test_workbooks_under_xor_open(password: str) -> None:
    data = xor_file(password)
    found = opened(data, password)
    assert found.notes == ("no_integrity",)
    (first,) = excel_legacy.read_sheets(found.parts[0].data, Limits())
    assert [row[0] for row in first.rows][-1] == "姓名199"
    assert excel_legacy.read_sheets(by_library(data, password), Limits())[0].rows == first.rows
    assert trouble(data, "wrong") == ("needs_password", "")


@pytest.mark.parametrize("kind", [*OLD, "agile", "standard"])
def test_what_is_only_meant_to_be_read_needs_no_password(kind: str) -> None:
    makers = OLD | {"agile": lambda p: Agile(BOOK, p).make(), "standard": lambda p: locked.standard(BOOK, p)}
    found = opened(makers[kind](READ_ONLY), None)
    assert found.notes == ("default_password",)
    assert trouble(makers[kind](READ_ONLY), "given") == ("needs_password", "")  # it would prove nothing


def test_no_bit_of_an_agile_file_changes_unnoticed() -> None:
    """Where the library without its check accepted most flips; here each byte of the encrypted package is turned."""
    data = Agile(b"name,sex\r\n" * 40, PASSWORD, spins=1).make()
    package = office_password.Ole(data, Limits()).read("EncryptedPackage") or b""
    begin = data.index(package)
    for at in range(begin, begin + len(package)):
        mutant = bytearray(data)
        mutant[at] ^= 1 << at % 8
        assert trouble(bytes(mutant)) in {("damaged", "authentication"), ("damaged", "encryption")}


def test_a_size_that_would_cut_rows_off_is_noticed() -> None:
    data = Agile(BOOK, PASSWORD).make()
    package = office_password.Ole(data, Limits()).read("EncryptedPackage") or b""
    cut = data.replace(package[:8], (100).to_bytes(8, "little"), 1)
    assert cut != data and trouble(cut) == ("damaged", "authentication")


def test_rounds_over_the_password_are_bounded() -> None:
    begun = time.process_time()
    assert trouble(Agile(BOOK, PASSWORD, told_spins=10_000_000).make()) == ("too_large", "rounds")
    assert time.process_time() - begun < 1
    assert trouble(Agile(BOOK, PASSWORD, spins=1, told_spins=SPINS).make()) == ("needs_password", "")
    assert time.process_time() - begun < 10


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"ChainingModeCBC": "ChainingModeCFB"}, ("unsupported", "encryption")),
        ({'"AES"': '"RC2"'}, ("unsupported", "encryption")),
        ({'keyBits="256"': 'keyBits="512"'}, ("unsupported", "encryption")),
        ({"SHA512": "MD5"}, ("unsupported", "encryption")),
        ({"p:encryptedKey": "p:other"}, ("unsupported", "encryption")),
        ({"dataIntegrity": "none"}, ("unsupported", "encryption")),
        ({"spinCount": "spins"}, ("unsupported", "encryption")),
        ({'spinCount="1000"': 'spinCount="many"'}, ("damaged", "encryption")),
        ({'encryptedKeyValue="': 'encryptedKeyValue="!'}, ("damaged", "encryption")),
        ({"<keyData": "<!DOCTYPE x><keyData"}, ("damaged", "xml")),
        ({'saltValue="AAEC': 'saltValue="'}, ("damaged", "encryption")),
    ],
)
def test_an_agile_description_that_is_wrong_gets_its_word(changes: dict[str, str], expected: tuple[str, str]) -> None:
    assert trouble(Agile(BOOK, PASSWORD, changes=changes).make()) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", ("damaged", "ole")),
        (Agile(BOOK, PASSWORD, size=1 << 40).make(), ("damaged", "encryption")),
        (Agile(BOOK, PASSWORD, package=b"").make(), ("damaged", "encryption")),
        (locked.package_file(b"\x04\x00\x03\x00" + bytes(99), bytes(8) + BOOK), ("unsupported", "encryption")),
        (locked.package_file(b"\x03\x00\x02\x00", bytes(8) + BOOK), ("damaged", "encryption")),
        (old_books.compound({"EncryptedPackage": BOOK}), ("damaged", "encryption")),
        (locked.standard(BOOK, PASSWORD, 128, 0x6801), ("unsupported", "encryption")),
        (xls(STREAM), ("damaged", "encryption")),
        (xls(STREAM[:20] + b"\x2f\x00\x04\x00\x01\x00\x09\x09" + STREAM[20:]), ("unsupported", "encryption")),
    ],
    ids=["nothing", "size", "no package", "extensible", "cut", "no info", "rc4 in a package", "not locked", "old lock"],
)
def test_what_cannot_be_read_gets_its_word(data: bytes, expected: tuple[str, str]) -> None:
    assert trouble(data) == expected


def test_the_limits_are_those_given() -> None:
    data = Agile(BOOK, PASSWORD).make()
    with pytest.raises(Unreadable, match="too_large"):
        opened(data, limits=Limits(bytes=len(data) - 1))


def test_only_what_is_encrypted_is_recognised_and_by_its_streams_alone() -> None:
    ours = [Agile(BOOK, "x").make(), locked.standard(BOOK, "x"), xor_file("x"), xls(locked.rc4_40(STREAM, "x")),
            xls(locked.crypto_api(STREAM, "x"), "Book")]  # fmt: skip
    others = [b"", BOOK, xls(STREAM), old_books.compound({"WordDocument": bytes(5000)}),
              old_books.compound({"__properties_version1.0": bytes(40)}), old_books.MAGIC + b"\xff" * 600]  # fmt: skip
    assert [office_password.opens_whole(data, "a.bin") for data in ours] == [True] * len(ours)
    assert [office_password.opens_whole(data, "a.xls") for data in others] == [False] * len(others)


@pytest.mark.parametrize("size", [0, 1, 4_095, 4_096, 4_097, 65_024, 65_025, 7_100_000, 7_150_000, 16_000_000])
def test_a_stream_of_any_size_is_written_so_that_it_is_read_again(size: int) -> None:
    stream = b"r" * size
    file = office_password.Ole(written("Workbook", stream), Limits())
    assert file.names == ("Workbook",)
    assert (file.read("Workbook") or b"").rstrip(b"\0") == stream


def test_mutants_of_agile_files_end_in_the_right_content_or_a_word() -> None:
    originals = [Agile(BOOK, PASSWORD, spins=10).make(), Agile(b"a", PASSWORD, "SHA1", 128, 10).make()]
    outcomes(lambda data: opened(data), originals, 1_000, ("content", "damaged", "needs_password"), (BOOK, b"a"))


def test_mutants_of_other_files_end_in_content_or_a_word() -> None:
    originals = [xls(locked.rc4_40(STREAM, PASSWORD)), xls(locked.crypto_api(STREAM, PASSWORD)), xor_file("abc")]
    outcomes(lambda data: opened(data), originals[:2], 1_000)
    outcomes(lambda data: opened(data, "abc"), originals[2:], 1_000)
