"""What clerks' programs wrap around a workbook: archives, Outlook's winmail.dat, passwords, signatures, other mails."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

from gateway.demo.senders import File


def zipped(name: str, files: Sequence[File]) -> File:
    """As a Chinese Windows packs it: names in GBK, and no word of that."""
    out, names = io.BytesIO(), dict[bytes, bytes]()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, file in enumerate(files):
            name_ = file.name.encode("gbk")
            place = f"@{number}".ljust(len(name_), "@")  # zipfile itself would write the name in UTF-8, and say so
            archive.writestr(place, file.data)
            names[place.encode()] = name_
    data = out.getvalue()
    for place_, name_ in names.items():
        assert data.count(place_) == 2  # before the file, and in the list of files
        data = data.replace(place_, name_)
    return File(name, data)


def winmail(files: Sequence[File]) -> File:
    """As Outlook packs attachments for everybody but Outlook (MS-OXTNEF)."""
    packed = struct.pack("<IH", 0x223E9F78, 1)
    packed += _attribute(1, 0x00089006, struct.pack("<I", 0x10000))
    packed += _attribute(1, 0x00069007, struct.pack("<II", 936, 0))  # names are in GBK
    for file in files:
        packed += _attribute(2, 0x00069002, bytes(14))
        packed += _attribute(2, 0x00018010, file.name.encode("gbk") + b"\0")
        packed += _attribute(2, 0x0006800F, file.data)
    return File("winmail.dat", packed)


def _attribute(level: int, name: int, content: bytes) -> bytes:
    return struct.pack("<BII", level, name, len(content)) + content + struct.pack("<H", sum(content) % 65536)


def locked(file: File, password: str) -> File:
    """As Excel and WPS save a workbook under a password."""
    from msoffcrypto.format.ooxml import OOXMLFile

    out = io.BytesIO()
    OOXMLFile(io.BytesIO(file.data)).encrypt(password, out)
    return File(file.name, out.getvalue())


def forwarded(mail: bytes, inner: bytes) -> bytes:
    """The mail with another one attached whole, as "forward as attachment" does."""
    message = message_from_bytes(mail, policy=SMTP)
    assert isinstance(message, EmailMessage)
    message.add_attachment(message_from_bytes(inner, policy=SMTP), filename="转发的邮件.eml")
    return message.as_bytes()


@dataclass(frozen=True, slots=True)
class Signer:
    """An officer's S/MIME certificate with its private key, both as a mail program keeps them."""

    key: object
    certificate: object
    pem: str
    fingerprint: str

    @classmethod
    def make(cls, name: str, begins: datetime, ends: datetime) -> Signer:
        """A certificate that its officer made; the lead office compares it by telephone like any key."""
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import rsa
        from cryptography.x509.oid import NameOID

        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        serial = x509.random_serial_number()
        builder = x509.CertificateBuilder(subject, subject, key.public_key(), serial, begins, ends)
        made = builder.sign(key, hashes.SHA256())
        pem = made.public_bytes(serialization.Encoding.PEM).decode()
        return cls(key, made, pem, made.fingerprint(hashes.SHA256()).hex())

    def sign(self, message: bytes) -> bytes:
        """The mail with its content signed in clear, the signature beside it."""
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.serialization import pkcs7

        fields, content = _apart(message)
        builder = pkcs7.PKCS7SignatureBuilder().set_data(content)
        builder = builder.add_signer(self.certificate, self.key, hashes.SHA256())  # type: ignore[arg-type]
        options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary]
        return fields + builder.sign(serialization.Encoding.SMIME, options).replace(b"\r\n", b"\n").replace(
            b"\n", b"\r\n"
        )


def _apart(message: bytes) -> tuple[bytes, bytes]:
    """The fields that speak of the mail, and the content with those that speak of it."""
    head, _, body = message.partition(b"\r\n\r\n")
    fields = re.split(rb"\r\n(?![ \t])", head)
    own = [field for field in fields if not field.lower().startswith((b"content-", b"mime-version"))]
    content = [field for field in fields if field.lower().startswith(b"content-")]
    return b"\r\n".join([*own, b""]), b"\r\n".join([*content, b"", body])


def mended(workbook: bytes, cells: Mapping[str, str | int]) -> bytes:
    """The same .xlsx file with other values in cells of its first sheet, such as `{"B4": 12}`."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            data = old.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                data = _with_cells(data.decode(), cells).encode()
            new.writestr(part, data)
    return out.getvalue()


def _with_cells(sheet: str, cells: Mapping[str, str | int]) -> str:
    for place, value in cells.items():
        shown = f"<v>{value}</v>" if isinstance(value, int) else f"<is><t>{value}</t></is>"
        kind = "" if isinstance(value, int) else ' t="inlineStr"'
        cell = re.compile(rf'<c r="{place}"(?: s="(\d+)")?[^>]*>.*?</c>')
        assert cell.search(sheet)
        sheet = cell.sub(lambda old: f'<c r="{place}" s="{old[1] or 0}"{kind}>{shown}</c>', sheet)  # noqa: B023
    return sheet
