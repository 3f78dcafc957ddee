"""Files with a password where they are really opened: behind the pipe, where nothing more can be loaded."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.config.settings import SandboxSettings
from gateway.handler import Trouble, Unreadable
from gateway.judge.formats import HANDLERS
from gateway.sandbox import Sandbox
from tests.handlers import locked, test_seven_zip, test_zip_archive
from tests.handlers.books import book, sheet
from tests.handlers.test_office_password import STREAM, Agile, xls, xor_file
from tests.handlers.zips import BZIP2, LZMA, Entry, archive

BOOK = book(sheet('<row r="1"><c r="A1"><v>1</v></c></row>'))
TABLE = b"a,b\r\n1,2\r\n"
WEAK = archive([Entry("月报.csv".encode("gbk"), TABLE, method, password=b"p") for method in (BZIP2, LZMA)])


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SandboxSettings(workers=1), HANDLERS) as box:
        yield box


@pytest.mark.parametrize(
    ("data", "password", "handler", "inner"),
    [
        (Agile(BOOK, "p").make(), "p", "office_password", "excel"),
        (locked.standard(BOOK, "p"), "p", "office_password", "excel"),
        (xls(locked.rc4_40(STREAM, "p")), "p", "office_password", "excel_legacy"),
        (xls(locked.crypto_api(STREAM, "p")), "p", "office_password", "excel_legacy"),
        (xor_file("p"), "p", "office_password", "excel_legacy"),
        (WEAK, "p", "zip_archive", "csv_text"),
        (test_zip_archive.aes(), test_zip_archive.PASSWORD.decode(), "zip_archive", "csv_text"),
        (test_seven_zip.made(password=test_seven_zip.PASSWORD, hidden=True), test_seven_zip.PASSWORD, "seven_zip",
         "csv_text"),
    ],
    ids=["agile", "standard", "rc4", "crypto api", "xor", "zipcrypto", "aes", "7z"],
)  # fmt: skip
def test_a_file_with_a_password_opens_inside(
    sandbox: Sandbox, data: bytes, password: str, handler: str, inner: str
) -> None:
    with sandbox.session() as session:
        session.load([data])
        assert session.whole("月报").handler == handler
        for wrong in (None, b"wrong"):
            with pytest.raises(Unreadable) as raised:
                session.open("0", handler, wrong)
            assert raised.value.trouble is Trouble.NEEDS_PASSWORD
        found = session.open("0", handler, password.encode())
        assert {part.handler for part in found.parts} == {inner}
        assert all(part.name for part in found.parts)
        assert session.read(found.parts[0].path, inner)[0].height
