"""Mails within mails: forwarded as an attachment, shown in the text, saved as a file; each yields its attachments."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from gateway.config.settings import SandboxSettings
from gateway.handler import Limits
from gateway.judge.formats import HANDLERS
from gateway.sandbox import PartInfo, Sandbox, Session
from handlers import mail_message
from tests.handlers.test_outlook_msg import attachment, msg, named
from tests.handlers.test_winmail import attached, tnef

TABLE = "姓名,性别\r\n张三,1\r\n".encode("gb18030")
SAVED = msg(attachment(0, TABLE, named("出生.csv")))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SandboxSettings(workers=1), HANDLERS) as box:
        yield box


def mail(sender: str = "clinic@town.example", name: str = "出生.csv", data: bytes = TABLE) -> EmailMessage:
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"], made["Subject"] = sender, "reports@county.example", "月报"
    made["Date"], made["Message-ID"] = "Fri, 20 Nov 2026 08:30:00 +0800", "<1@town.example>"
    made.set_content("见附件。")
    made.add_attachment(data, "application", "octet-stream", filename=name)
    return made


def forwarding(inner: bytes, kind: str, disposition: str, encoding: str = "", name: str = "") -> bytes:
    """A mail with another as a part, as programs write it: byte for byte what they do."""
    fields = f"Content-Type: {kind}" + (f'; name="{name}"' if name else "")
    fields += f"\r\nContent-Disposition: {disposition}" + (f'; filename="{name}"' if name else "")
    if encoding:
        inner = base64.encodebytes(inner).replace(b"\n", b"\r\n")
        fields += f"\r\nContent-Transfer-Encoding: {encoding}"
    boundary = f"out er {len(inner)}"  # an inner mail has another one
    head = (
        "From: office@town.example\r\nTo: reports@county.example\r\nSubject: Fwd\r\nMIME-Version: 1.0\r\n"
        f'Date: Fri, 20 Nov 2026 09:00:00 +0800\r\nContent-Type: multipart/mixed; boundary="{boundary}"\r\n\r\n'
        f"--{boundary}\r\nContent-Type: text/plain\r\n\r\nsee below\r\n--{boundary}\r\n{fields}\r\n\r\n"
    )
    return head.encode() + inner + f"\r\n--{boundary}--\r\n".encode()


def files(session: Session, parts: tuple[PartInfo, ...], depth: int = 0) -> list[tuple[str, int]]:
    """Names and sizes of all tables, through every container that needs no secret."""
    found = []
    for part in parts:
        if part.handler == "csv_text":
            found.append((part.name, part.size))
        elif part.handler in ("mail_message", "outlook_msg", "winmail", "zip_archive"):
            found += files(session, session.open(part.path, part.handler).parts, depth + 1)
    return found


def long_headed() -> bytes:
    """As large providers forward: seals and results fill more than the head before any field that people write."""
    seals = b"".join(b"ARC-Seal: i=%d; a=rsa-sha256; cv=none; b=%s\r\n" % (n, b"A" * 900) for n in range(9))
    return seals + mail().as_bytes()


@pytest.mark.parametrize(
    "data",
    [
        forwarding(mail().as_bytes(), "message/rfc822", "attachment"),
        forwarding(mail().as_bytes(), "message/rfc822", "inline"),
        forwarding(mail().as_bytes(), "message/rfc822", "attachment", name="Forwarded message.eml"),
        forwarding(mail().as_bytes(), "message/rfc822", "attachment", "base64"),
        forwarding(mail().as_bytes(), "application/octet-stream", "attachment", "base64", "report.eml"),
        forwarding(mail().as_bytes(), "application/octet-stream", "attachment", "base64", "report.dat"),
        forwarding(b"\xef\xbb\xbf\r\n" + mail().as_bytes(), "application/x", "attachment", "base64", "a.eml"),
        forwarding(long_headed(), "message/rfc822", "attachment"),
        forwarding(forwarding(mail().as_bytes(), "message/rfc822", "inline"), "message/rfc822", "attachment"),
        forwarding(SAVED, "application/vnd.ms-outlook", "attachment", "base64", "a.msg"),
        forwarding(SAVED, "application/octet-stream", "attachment", "base64", "1"),
        forwarding(tnef(attached(TABLE, "出生.csv".encode("gbk"))), "application/ms-tnef", "attachment", "base64",
                   "winmail.dat"),
    ],
    ids=["attached", "inline", "named", "base64", "a file", "a file with another name", "a mark before it",
         "a long header", "twice", "msg", "msg without a name", "winmail"],
)  # fmt: skip
def test_what_is_forwarded_yields_its_attachments(sandbox: Sandbox, data: bytes) -> None:
    with sandbox.session() as session:
        session.load([data])
        outer = session.split()
        assert outer.sender == "office@town.example"
        assert files(session, outer.parts) == [("出生.csv", len(TABLE))]


def test_a_saved_draft_is_a_mail_by_its_name_and_a_table_is_none() -> None:
    draft = b"X-Unsent: 1\r\nSubject: report\r\nContent-Type: text/plain\r\n\r\n"
    assert mail_message.opens_whole(draft, "a.eml") and not mail_message.opens_whole(draft, "a.bin")
    assert not mail_message.opens_whole(TABLE, "a.eml")
    body = b"a,b\r\n\r\nFrom: x\r\nTo: y\r\nSubject: z\r\nDate: w\r\n"
    assert not mail_message.opens_whole(body, "a.csv")
    assert not mail_message.opens_whole(b"Note: 1\r\n\r\nFrom: x\r\nTo: y\r\nSubject: z\r\n", "")


def test_what_an_inner_mail_says_of_its_sender_is_kept_apart() -> None:
    data = forwarding(mail("head@county.example").as_bytes(), "message/rfc822", "attachment")
    opened = mail_message.open_parts(data, Limits())
    assert opened.headers["from-address"] == ("office@town.example",)
    assert [part.media for part in opened.parts] == ["text/plain", "message/rfc822"]
