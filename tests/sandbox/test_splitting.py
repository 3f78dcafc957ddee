"""Ordinary mails are split as two independent parsers split them: the standard library's and fast-mail-parser's."""

import base64
import email
import email.policy
import hashlib
import random
import time
from email.message import EmailMessage

import fast_mail_parser
import pytest

from gateway.handler import Limits
from gateway.sandbox.held import shown_text
from handlers import mail_message
from handlers.mail_message.fields import decode, one_address


def ordinary(seed: int) -> bytes:
    """A mail as mail programs make it: text, perhaps HTML, pictures, up to four attachments, nested as they nest."""
    chance = random.Random(seed)
    mail = EmailMessage(policy=email.policy.SMTP)
    mail["From"] = "李伟 <li@health.example>"
    mail["To"] = "box@county.example"
    mail["Subject"] = "十月 出生报表 " + "很长" * chance.randrange(40)
    mail.set_content("您好\n" * chance.randint(1, 30), cte=chance.choice(["base64", "quoted-printable", "8bit"]))
    if chance.random() < 0.5:
        mail.add_alternative("<p>您好</p>", subtype="html")
        if chance.random() < 0.5:
            mail.get_payload()[-1].add_related(chance.randbytes(500), "image", "png", cid="<x>")
    for place in range(chance.randrange(5)):
        name = chance.choice(["出生.xlsx", "a b;c.csv", "x'y.zip", "很长的名字" * 12 + ".xlsx"])
        data = chance.randbytes(chance.choice([0, 1, 57, 58, 20_000]))
        mail.add_attachment(data, "application", "octet-stream", filename=f"{place}{name}")
    if chance.random() < 0.3:
        inner = EmailMessage(policy=email.policy.SMTP)
        inner["Subject"] = "inner"
        inner.set_content("inner text")
        mail.add_attachment(inner)
    return mail.as_bytes()


def by_the_library(data: bytes) -> list[tuple[str, str, bytes]]:
    found = []
    todo = [email.message_from_bytes(data, policy=email.policy.default)]
    while todo:
        part = todo.pop(0)
        if part.is_multipart() and part.get_content_maintype() == "multipart":
            todo = list(part.iter_parts()) + todo
        elif part.get_content_type() == "message/rfc822":
            found.append(("message/rfc822", part.get_filename() or "", b""))
        else:
            found.append((part.get_content_type(), part.get_filename() or "", part.get_payload(decode=True)))
    return found


def by_fast_mail_parser(data: bytes) -> list[tuple[str, bytes]]:
    found = []
    todo = [fast_mail_parser.parse_email_tree(data)]
    while todo:
        part = todo.pop(0)
        if part.content_type == "message/rfc822":
            found.append((part.content_type, b""))
        elif part.children:
            todo = list(part.children) + todo
        else:
            found.append((part.content_type, part.content))
    return found


@pytest.mark.parametrize("seed", range(60))
def test_ordinary_mails_are_split_as_others_split_them(seed):
    data = ordinary(seed)
    opened = mail_message.open_parts(data, Limits())
    ours = [(p.media, p.name, b"" if p.media == "message/rfc822" else p.data) for p in opened.parts]
    assert ours == by_the_library(data)
    assert [(media, content) for media, _, content in ours] == by_fast_mail_parser(data)
    assert opened.notes == ()
    assert opened.headers["from-address"] == ("li@health.example",)
    subject = email.message_from_bytes(data, policy=email.policy.default)["Subject"]
    assert opened.headers["subject"] == (subject.strip(),)


def test_an_attached_mail_comes_whole_so_that_it_can_be_opened_as_a_mail():
    inner = b"From: a@b.example\r\nSubject: inner\r\n\r\ntext"
    outer = b"From: c@d.example\r\nContent-Type: message/rfc822\r\n\r\n" + inner
    (part,) = mail_message.open_parts(outer, Limits()).parts
    assert part.data == inner
    assert mail_message.opens(b"Received: x\r\nFrom: a@b\r\nDate: y\r\n\r\n", "")
    assert not mail_message.opens(b"name,from,date\r\nx,y,z\r\n", "a.eml")


def test_a_large_attachment_keeps_its_digest():
    data = random.Random(1).randbytes(3_000_000)
    body = base64.encodebytes(data).replace(b"\n", b"\r\n")
    mail = b"Content-Type: a/b\r\nContent-Transfer-Encoding: BASE64\r\n\r\n" + body
    (part,) = mail_message.open_parts(mail, Limits()).parts
    assert hashlib.sha256(part.data).digest() == hashlib.sha256(data).digest()


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"=?utf-8?B?5Y2B?= =?utf-8?B?5pyI?=", "十月"),
        (b"=?utf-8?Q?a?= b =?utf-8?Q?c?=", "a b c"),
        (b"=?GB2312?Q?=CA=AE?=", "十"),
        (b"=?big5?B?pFE=?=", "十"),
        (b"=?utf-8*zh?Q?=E5=8D=81?=", "十"),
        (b"=?iso-8859-1?Q?a_=E9?=", "a é"),
        (b"plain", "plain"),
        (b"=?utf-8?B?", "=?utf-8?B?"),
        (b"x" * 5_000, "x" * 1_000),
    ],
)
def test_encoded_words_are_read_as_written_by_mail_programs(raw, shown):
    assert decode(raw) == shown


@pytest.mark.parametrize(
    "address", ["a@b.example", "first.last+tag@sub.b-c.example", "o'neil@b.example", "1@2.example", "a@localhost"]
)
def test_plain_addresses_are_believed_with_and_without_a_name(address):
    for form in (address, f"<{address}>", f"Li <{address}>", f'"Li, W." <{address}>'):
        assert one_address([form.encode()]) == address


@pytest.mark.parametrize(
    "address",
    [
        "a@@b",
        "a b@c",
        "@b",
        "a@",
        "a.@b",
        ".a@b",
        "a..b@c",
        "a@b..c",
        "a@-b",
        "a@[1.2.3.4]",
        "a" * 65 + "@b",
        "a@b>",
        "a",
    ],
)
def test_odd_addresses_are_not(address):
    assert one_address([address.encode()]) is None
    assert one_address([f"Li <{address}>".encode()]) is None


def test_a_page_of_beginnings_costs_no_more_than_another() -> None:
    begun = time.process_time()
    assert shown_text("<style>" * 22_000).strip() == ""
    assert shown_text("<style>a</style>b<script x>c</style>d" * 4_000).split() == ["b", "d"] * 4_000
    assert time.process_time() - begun < 2
