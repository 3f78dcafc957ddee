"""A letter as bytes."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast

import pytest

from gateway.core.letters import Text
from gateway.core.message import Attachment, compose, letter_id
from tests.core.small_county import at

NOW = at("2026-10-05 09:00")
FILE = Attachment("回执.json", "application/json", b"{}")


def composed(subject: str = "已接收", *files: Attachment, reply: bool = False, to: str = "li@county.example") -> bytes:
    return compose("L-1", Text(subject, "正文\n"), "reports@county.example", to, NOW, files, reply=reply)


def read(data: bytes) -> EmailMessage:
    return cast(EmailMessage, message_from_bytes(data, policy=policy.default))


def test_the_same_letter_is_the_same_bytes() -> None:
    assert composed("s", FILE) == composed("s", FILE)


def test_the_message_says_what_the_letter_says() -> None:
    message = read(composed("已接收", FILE))
    assert message["Subject"] == "已接收"
    assert message["To"] == "li@county.example"
    assert message["Message-ID"] == "<L-1@county.example>"
    assert message["Date"].datetime == NOW
    body = message.get_body()
    assert body is not None and body.get_content() == "正文\n"
    [attached] = message.iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == ("回执.json", b"{}")


@pytest.mark.parametrize(
    "subject",
    ["已接收：" + "报表" * 40, "a", "x" * 180, "é" * 61, "𠮷" * 25, "=?utf-8?q?x=0ABcc=3Aall?=", "two  blanks"],
)
def test_a_subject_of_any_length_is_read_back_and_no_line_is_too_long(subject: str) -> None:
    data = composed(subject)
    assert read(data)["Subject"] == subject
    head = data.partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert max(map(len, head)) <= 76
    assert [line for line in head if line.lower().startswith(b"bcc")] == []


@pytest.mark.parametrize(("reply", "word"), [(True, "auto-replied"), (False, "auto-generated")])
def test_it_is_marked_automatic(reply: bool, word: str) -> None:
    assert read(composed(reply=reply))["Auto-Submitted"] == word


def test_every_line_ends_in_crlf() -> None:
    data = composed("s", FILE)
    assert data.count(b"\n") == data.count(b"\r\n") == data.count(b"\r")


def test_no_address_smuggles_a_header() -> None:
    with pytest.raises(ValueError, match="line break in To"):
        composed(to="li@county.example\r\nBcc: all@county.example")


def test_a_letter_is_named_after_its_duty() -> None:
    assert letter_id("answer/a") == letter_id("answer/a") != letter_id("answer/b")
