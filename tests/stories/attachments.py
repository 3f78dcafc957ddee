"""One workbook in every wrapping that officers' programs make, each as a real program writes it or by its format."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from pathlib import Path

import openpyxl
import pyrage

from gateway.core.parties import Certificate
from gateway.demo.county import County
from gateway.demo.senders import File
from tests.handlers.gnupg import GnuPG
from tests.handlers.locked import Agile
from tests.handlers.old_books import label, xls
from tests.handlers.openssl import BEGINS, ENDS, Holder, dated, openssl
from tests.handlers.test_winmail import attached, tnef
from tests.judge.wrapped import forwarded, zipped, zipped_aes, zipped_weakly

OFFICER, FLOW, MONTH = "health.reporter", "hospital_births", "2026-M12"
PASSWORD = "卫健-冬-2026"
_THEN = ("--faked-system-time", "20260105T000000")  # a signature of the future would be none


@dataclass
class Desk:
    """An officer's desk: the county it belongs to, and everything its programs have."""

    county: County
    gpg: GnuPG
    office: str
    officer: str
    stranger: str
    own: Holder
    signer: Holder
    age: pyrage.x25519.Identity

    # --- the report ---

    def book(self, number: int) -> File:
        """A workbook with as many rows as the number has binary ones: each number up to 127 is another content."""
        every = self.county.rows("health", FLOW)[:7]
        data = [row for place, row in enumerate(every) if number >> place & 1]
        return self.county.workbook("health", FLOW, MONTH, data)

    def mail(self, files: Sequence[File]) -> bytes:
        return self.county.mail(self.county.address(OFFICER), "报送", files)

    def attached(self, wrap: Callable[[File], File]) -> Callable[[int], bytes]:
        return lambda number: self.mail([wrap(self.book(number))])

    # --- wrappings ---

    def forwarded_inline(self, number: int) -> bytes:
        """As Foxmail forwards: GBK, an old spelling of the file's name, the first mail quoted below."""
        book, address = self.book(number), self.county.address(OFFICER)
        name = Header(book.name, "gbk").encode(maxlinelen=900)
        text = "请查收。\r\n\r\n----------------- 原始邮件 -----------------\r\n发件人: 李四 <li@ward.example>"
        content = "\r\n".join(
            base64.b64encode(book.data)[at : at + 76].decode() for at in range(0, len(book.data) * 4 // 3 + 4, 76)
        )
        return f"""\
Date: Tue, 22 Dec 2026 09:05:00 +0800\r
From: "health" <{address}>\r
To: <{self.county.gateway.configuration.rules.mailbox}>\r
Subject: =?gb2312?B?{base64.b64encode("转发: 出生".encode("gbk")).decode()}?=\r
X-Mailer: Foxmail 7.2.25.245[cn]\r
Mime-Version: 1.0\r
Message-ID: <20261222090{number:03}@health>\r
Content-Type: multipart/mixed;\r
\tboundary="----=_001_NextPart745310268{number:03}_=----"\r
\r
This is a multi-part message in MIME format.\r
\r
------=_001_NextPart745310268{number:03}_=----\r
Content-Type: text/plain;\r
\tcharset="GB2312"\r
Content-Transfer-Encoding: base64\r
\r
{base64.b64encode(text.encode("gbk")).decode()}\r
\r
------=_001_NextPart745310268{number:03}_=----\r
Content-Type: application/octet-stream;\r
\tname="{name}"\r
Content-Transfer-Encoding: base64\r
Content-Disposition: attachment;\r
\tfilename="{name}"\r
\r
{content}\r
------=_001_NextPart745310268{number:03}_=------\r
""".encode()

    def forwarded_as_attachment(self, number: int) -> bytes:
        inner = self.county.mail("li@ward.example", "出生", [self.book(number)])
        return forwarded(self.mail([]), inner)

    def winmail(self, book: File) -> File:
        return File("winmail.dat", tnef(attached(book.data, book.name.encode("gbk"))))

    def old_excel(self, book: File) -> File:
        """The same cells in the format of Excel 97."""
        import io

        sheet = openpyxl.load_workbook(io.BytesIO(book.data)).worksheets[0]
        cells = b"".join(
            label(row, column, value.strftime("%Y-%m-%d") if isinstance(value, datetime) else str(value))
            for row, line in enumerate(sheet.iter_rows(values_only=True), 1)
            for column, value in enumerate(line, 1)
            if value is not None
        )
        return File(book.name.replace(".xlsx", ".xls"), xls(cells))

    def locked(self, book: File) -> File:
        return File(book.name, Agile(book.data, PASSWORD).make())

    def zip(self, book: File) -> File:
        return zipped([book], "出生.zip")

    def locked_zip(self, book: File) -> File:
        return zipped_aes([book], PASSWORD.encode(), "出生.zip")

    def weakly_locked_zip(self, book: File) -> File:
        return zipped_weakly([book], PASSWORD.encode(), "出生.zip")

    def to_age(self, book: File) -> File:
        return File(book.name + ".age", pyrage.encrypt(book.data, [self.age.to_public()]))

    def pgp_mime(self, number: int, *, by: str = "", to: str = "") -> bytes:
        """Encrypted and signed, as Thunderbird with GnuPG does (RFC 3156)."""
        words = ("-a", "-s", "-e", "-u", by or self.officer, "-r", to or self.office, "-o", "-")
        armour = self.gpg.run(*_THEN, *words, data=self._entity(number))
        return self._headed(
            b'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted";\r\n boundary="enc"\r\n\r\n'
            b"--enc\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n"
            b'--enc\r\nContent-Type: application/octet-stream; name="encrypted.asc"\r\n'
            b'Content-Disposition: inline; filename="encrypted.asc"\r\n\r\n'
            + armour.replace(b"\n", b"\r\n")
            + b"\r\n--enc--\r\n"
        )

    def pgp_signed(self, number: int) -> bytes:
        """Signed in clear, the signature beside it."""
        entity = self._entity(number)
        signature = self.gpg.run(*_THEN, "-a", "--detach-sign", "-u", self.officer, "-o", "-", data=entity)
        return self._headed(
            b'Content-Type: multipart/signed; micalg=pgp-sha256;\r\n protocol="application/pgp-signature";'
            b' boundary="sig"\r\n\r\n--sig\r\n' + entity + b"\r\n--sig\r\nContent-Type: application/pgp-signature; "
            b'name="signature.asc"\r\n\r\n' + signature.replace(b"\n", b"\r\n") + b"\r\n--sig--\r\n"
        )

    def smime(self, number: int) -> bytes:
        """Signed, then encrypted, as Outlook does."""
        signed = openssl("smime", "-sign", "-signer", self.signer.certificate, "-inkey", self.signer.key,
                         data=self._entity(number))  # fmt: skip
        return self._headed(openssl("smime", "-encrypt", "-aes256", self.own.certificate, data=signed))

    def smime_signed(self, number: int) -> bytes:
        words = ("-signer", self.signer.certificate, "-inkey", self.signer.key)
        return self._headed(openssl("smime", "-sign", *words, data=self._entity(number)))

    def _entity(self, number: int) -> bytes:
        """The inside of an envelope: a text and the workbook."""
        whole = self.mail([self.book(number)])
        head, _, body = whole.partition(b"\r\n\r\n")
        fields = head.replace(b"\r\n ", b" ").split(b"\r\n")
        [kind] = [field for field in fields if field.lower().startswith(b"content-type:")]
        return kind + b"\r\n\r\n" + body

    def _headed(self, rest: bytes) -> bytes:
        mailbox = self.county.gateway.configuration.rules.mailbox
        head = f"From: {self.county.address(OFFICER)}\r\nTo: {mailbox}\r\nSubject: report\r\n"
        date = "Date: Tue, 22 Dec 2026 09:05:00 +0800\r\n"
        lines = rest.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        version = b"" if b"MIME-Version" in rest.partition(b"\n\n")[0] else b"MIME-Version: 1.0\r\n"
        return (head + date).encode() + version + lines


def equipped(county: County, credentials: Path) -> Desk:
    """The gateway's further keys into its credentials, the officer's certificates and programs onto the desk."""
    gpg = GnuPG()
    office, officer, stranger = (
        gpg.make(name, "future-default", "default", "never", *_THEN) for name in ("office", "zheng", "x")
    )
    own, signer = dated(credentials, "own"), dated(credentials, "signer")
    age = pyrage.x25519.Identity.generate()
    texts = {"age.key": f"{age}\n", "openpgp.key": gpg.private(office), "smime.key": own.both}
    (credentials / "passwords").mkdir(exist_ok=True)
    for name, text in {**texts, "passwords/health": f"{PASSWORD}\nan-earlier-one\n"}.items():
        (credentials / name).write_text(text, "utf-8")
        (credentials / name).chmod(0o600)
    return Desk(county, gpg, office, officer, stranger, own, signer, age)


def certificates(desk: Desk) -> dict[str, Certificate]:
    """The officer's, as they are registered."""
    of_gpg = Certificate("h-pgp", OFFICER, "openpgp", desk.officer, BEGINS, ENDS, desk.gpg.public(desk.officer))
    of_ssl = Certificate("h-ssl", OFFICER, "smime", desk.signer.fingerprint, BEGINS, ENDS, desk.signer.pem)
    return {one.id: one for one in (of_gpg, of_ssl)}
