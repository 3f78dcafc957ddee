"""A letter as a message: the same letter always becomes the same bytes.

Sending twice is harmless only if both are byte-equal, so nothing here is left to chance: the Message-ID and the
boundary follow from the letter's id, the date is given. Headers hold only text that has been made one line.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.encoders import encode_base64
from email.header import Header
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime

from gateway.core.letters import Text


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file sent with a letter; the name is our own."""

    name: str
    media: str
    data: bytes


def letter_id(duty: str) -> str:
    """The id of the letter that fulfils this duty: the same duty, the same letter."""
    return "L-" + hashlib.sha256(duty.encode()).hexdigest()[:16].upper()


def message_id(letter: str, mailbox: str) -> str:
    return f"<{letter}@{mailbox.rpartition('@')[2]}>"


def compose(
    letter: str,
    text: Text,
    sender: str,
    recipient: str,
    at: datetime,
    attachments: Sequence[Attachment] = (),
    *,
    reply: bool = False,
) -> bytes:
    """The message of a letter, lines ending in CRLF, marked automatic so that no autoresponder answers (RFC 3834)."""
    body = MIMEText(text.body, "plain", "utf-8")
    message: MIMEBase = body
    if attachments:
        mixed = MIMEMultipart("mixed", boundary=f"={letter}=")
        mixed.attach(body)
        for attachment in attachments:
            mixed.attach(_part(attachment))
        message = mixed
    headers = {
        "From": sender,
        "To": recipient,
        "Subject": Header(text.subject, "utf-8", header_name="Subject").encode(),
        "Date": format_datetime(at.astimezone(UTC)),
        "Message-ID": message_id(letter, sender),
        "Auto-Submitted": "auto-replied" if reply else "auto-generated",
    }
    for name, value in headers.items():
        if "\r" in value or ("\n" in value and name != "Subject"):
            raise ValueError(f"a line break in {name}")
        message[name] = value
    return message.as_bytes(policy=message.policy.clone(linesep="\r\n", max_line_length=0))


def _part(attachment: Attachment) -> MIMEBase:
    main, _, sub = attachment.media.partition("/")
    part = MIMEBase(main, sub)
    part.set_payload(attachment.data)
    encode_base64(part)
    part.add_header("Content-Disposition", "attachment", filename=("utf-8", "", attachment.name))
    return part
