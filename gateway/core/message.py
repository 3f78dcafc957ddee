"""A letter as a message: the same letter always becomes the same bytes.

Sending twice is harmless only if both are byte-equal, so nothing here is left to chance or to a library's taste: the
Message-ID and the boundary follow from the letter's id, the date is given, every part is base64. Headers hold only text
that has been made one line.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode, encodebytes
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import quote

from gateway.core.letters import Text

_TEXT = "text/plain; charset=utf-8"
_WORD = 39  # bytes; more would make the line of an encoded word longer than the 76 characters allowed


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
    """The Message-ID of a letter, whenever and however often it is sent."""
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
    head = _fields(
        {
            "From": sender,
            "To": recipient,
            "Subject": _encoded(text.subject),
            "Date": format_datetime(at.astimezone(UTC)),
            "Message-ID": message_id(letter, sender),
            "Auto-Submitted": "auto-replied" if reply else "auto-generated",
            "MIME-Version": "1.0",
        }
    )
    body = _part({"Content-Type": _TEXT}, text.body.encode())
    if not attachments:
        return head + body
    boundary = f"={letter}="  # no line of base64 looks like it
    parts = [body, *(_part(_about(one), one.data) for one in attachments)]
    mixed = _fields({"Content-Type": f'multipart/mixed; boundary="{boundary}"'})
    between = f"--{boundary}\r\n".encode()
    return b"".join((head, mixed, b"\r\n", *(between + part for part in parts), f"--{boundary}--\r\n".encode()))


def _encoded(text: str) -> str:
    """A text as encoded words (RFC 2047), each of whole characters and on a line of its own."""
    words, rest = [], text.encode()
    while rest:
        end = min(_WORD, len(rest))
        while end < len(rest) and rest[end] & 0xC0 == 0x80:  # in the middle of a character
            end -= 1
        words.append(f"=?utf-8?b?{b64encode(rest[:end]).decode()}?=")
        rest = rest[end:]
    return "\r\n ".join(words)


def _about(attachment: Attachment) -> dict[str, str]:
    name = f'="{attachment.name}"' if attachment.name.isascii() else f"*=utf-8''{quote(attachment.name, safe='')}"
    return {"Content-Type": attachment.media, "Content-Disposition": f"attachment; filename{name}"}


def _part(fields: dict[str, str], data: bytes) -> bytes:
    return _fields(fields | {"Content-Transfer-Encoding": "base64"}) + b"\r\n" + _base64(data)


def _base64(data: bytes) -> bytes:
    return encodebytes(data).replace(b"\n", b"\r\n")


def _fields(fields: dict[str, str]) -> bytes:
    """Header lines. Only a subject may be folded, and it is encoded words by then."""
    for name, value in fields.items():
        if name != "Subject" and ("\r" in value or "\n" in value):
            raise ValueError(f"a line break in {name}")
    return "".join(f"{name}: {value}\r\n" for name, value in fields.items()).encode()
