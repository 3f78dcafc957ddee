"""Files in files, as officers' programs make them: archives, forwarded mails."""

from __future__ import annotations

import io
from collections.abc import Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage

import pyzipper

from gateway.demo.senders import File
from tests.handlers.zips import Entry, archive


def zipped(files: Sequence[File], name: str = "报表.zip") -> File:
    """As a Chinese Windows packs it: names in GBK, and no word of that."""
    return File(name, archive([Entry(file.name.encode("gbk"), file.data) for file in files]))


def zipped_aes(files: Sequence[File], password: bytes, name: str = "报表.zip") -> File:
    out = io.BytesIO()
    with pyzipper.AESZipFile(out, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as packed:
        packed.setpassword(password)
        for file in files:
            packed.writestr(file.name, file.data)
    return File(name, out.getvalue())


def zipped_weakly(files: Sequence[File], password: bytes, name: str = "报表.zip") -> File:
    return File(name, archive([Entry(file.name.encode("gbk"), file.data, password=password) for file in files]))


def forwarded(mail: bytes, inner: bytes) -> bytes:
    """The mail with another one attached whole, as "forward as attachment" does."""
    message = message_from_bytes(mail, policy=policy.SMTP)
    assert isinstance(message, EmailMessage)
    attached = message_from_bytes(inner, policy=policy.SMTP)
    assert isinstance(attached, EmailMessage)
    message.add_attachment(attached, filename="转发的邮件.eml")
    return message.as_bytes()
