"""What the demo's clerks wrap around a workbook is what real programs write, and what is in it comes out unchanged."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path

import msoffcrypto
import openpyxl
import tnefparse
import xlrd
import xlsxwriter

from gateway.demo.old_excel import old_workbook
from gateway.demo.senders import File, mail
from gateway.demo.wrapping import Signer, forwarded, locked, mended, winmail, zipped
from tests.handlers.openssl import openssl

NOON = datetime(2026, 12, 22, 4, tzinfo=UTC)
FILES = [
    File("出生登记人口2026-M12.csv", "姓名,性别\r\n张拟安,1\r\n".encode("gb18030")),
    File("死亡.csv", b"x" * 9_000),
]


def book() -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as written:
        sheet = written.add_worksheet("接种")
        sheet.write_row(0, 0, ["村", "男", "女"])
        sheet.write_row(1, 0, ["不详", -5, 2], written.add_format({"bold": True}))
    return file.getvalue()


def test_names_in_an_archive_are_in_gbk_and_nothing_says_so() -> None:
    archive = zipfile.ZipFile(io.BytesIO(zipped("报表.zip", FILES).data))
    assert archive.testzip() is None
    for one, file in zip(archive.infolist(), FILES, strict=True):
        assert one.flag_bits & 0x800 == 0
        assert one.filename.encode("cp437").decode("gbk") == file.name
        assert archive.read(one) == file.data


def test_another_reader_finds_the_attachments_of_a_winmail() -> None:
    read = tnefparse.TNEF(winmail(FILES).data)
    told = [(one._name.rstrip(b"\0").decode("gbk"), one.data) for one in read.attachments]  # it takes all for UTF-8
    assert told == [(file.name, file.data) for file in FILES]
    assert read.codepage == "cp936"


def test_a_workbook_of_excel_97_has_its_texts_and_numbers() -> None:
    lines = [
        ["清岚县2026年12月迁移"],
        ["姓名", "人数", "面积"],
        *([f"张拟{n}", n, n / 4] for n in range(900)),
        [None, 7],
    ]
    sheet = xlrd.open_workbook(file_contents=old_workbook("派出所迁移", lines)).sheet_by_index(0)
    assert sheet.name == "派出所迁移"
    assert sheet.nrows == len(lines)
    for number, line in enumerate(lines):
        assert [value or None for value in sheet.row_values(number)][: len(line)] == [value or None for value in line]


def test_a_locked_workbook_opens_with_its_password_alone() -> None:
    plain = book()
    file = msoffcrypto.OfficeFile(io.BytesIO(locked(File("a.xlsx", plain), "教育-冬-2026").data))
    file.load_key(password="教育-冬-2026", verify_password=True)
    out = io.BytesIO()
    file.decrypt(out, verify_integrity=True)
    assert out.getvalue() == plain


def test_openssl_verifies_a_signed_mail(tmp_path: Path) -> None:
    signer = Signer.make("housing.reporter", datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC))
    (tmp_path / "its.crt").write_text(signer.pem)
    signed = signer.sign(mail("a@housing.example", "report@county.example", "房屋", "见附件。", NOON, FILES))
    words = ("-CAfile", tmp_path / "its.crt", "-attime", str(int(NOON.timestamp())))
    inner = openssl("smime", "-verify", *words, data=signed)
    names = [part.get_filename() for part in message_from_bytes(inner, policy=SMTP).walk() if part.get_filename()]
    assert names == [file.name for file in FILES]
    message = message_from_bytes(signed, policy=SMTP)
    assert (message["Subject"], message.get_content_type()) == ("房屋", "multipart/signed")


def test_a_forwarded_mail_lies_whole_in_the_other() -> None:
    inner = mail("li@ward.example", "a@ward.example", "迁移", "请转", NOON, FILES)
    message = message_from_bytes(forwarded(mail("a@b.example", "c@d.example", "转发", "", NOON), inner), policy=SMTP)
    [attached] = [part for part in message.walk() if part.get_content_type() == "message/rfc822"]
    [whole] = attached.get_payload()
    assert whole["Subject"] == "迁移"
    assert [part.get_payload(decode=True) for part in whole.iter_attachments()] == [file.data for file in FILES]


def test_cells_are_set_right_and_all_else_stays() -> None:
    before = openpyxl.load_workbook(io.BytesIO(book())).active
    after = openpyxl.load_workbook(io.BytesIO(mended(book(), {"A2": "449921100001", "B2": 3}))).active
    assert before and after
    assert [[cell.value for cell in row] for row in after.iter_rows()] == [["村", "男", "女"], ["449921100001", 3, 2]]
    assert [cell.font.bold for cell in after[2]] == [cell.font.bold for cell in before[2]] == [True] * 3
