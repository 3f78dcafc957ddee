"""MIME entities in envelopes: whether something is one, and the two halves of a signed one (RFC 1847). No handler."""

from __future__ import annotations

import re
from typing import Final

from gateway.handler import Limits, Trouble, Unreadable
from handlers.mail_message import between, open_parts
from handlers.mail_message.fields import parameters, read_block

_ENTITY: Final = re.compile(rb"(?:[!-9;-~]{1,80}:[^\n]*\n(?:[ \t][^\n]*\n)*){0,50}?content-type:", re.IGNORECASE)
_SIGNED: Final = re.compile(rb"^content-type:\s*multipart/signed\s*;[^\n]*\n?(?:[ \t][^\n]*\n?)*", re.I | re.M)
_BODY: Final = re.compile(rb"\r?\n\r?\n")
_LINE_END: Final = re.compile(rb"\r?\n")


def is_entity(content: bytes) -> bool:
    """Whether it begins with header fields, one of them Content-Type, as what mail programs put into envelopes."""
    return bool(_ENTITY.match(content[:8_192].replace(b"\r\n", b"\n")))


def is_signed(head: bytes, protocol: bytes, *, first: bool = True) -> bool:
    """Whether it is a signed entity, signed in this way.

    `first`: with that field before any other, as `mail_message` hands on what is to be verified; a whole mail that is
    signed is not meant.
    """
    fields = _BODY.split(head[:8_192], 1)[0]
    found = _SIGNED.match(fields) if first else _SIGNED.search(fields)
    return found is not None and protocol in found[0].lower()


def signed_halves(entity: bytes, limits: Limits) -> tuple[bytes, bytes, bytes]:
    """What was signed, with CRLF as it was when it was; the same to be handed on; the signature decoded.

    On a way that writes every line end as LF it is handed on with those, as the rest of the mail is: a copy of the same
    file beside it then is the same. Raises `Unreadable(DAMAGED)`.
    """
    block = read_block(entity, 0, len(entity))
    boundary = parameters(block.first("content-type")).get("boundary", "").rstrip().encode("utf-8", "replace")
    found = between(entity, block.body, len(entity), boundary, 2 * limits.parts, set())
    if len(found) != 2:
        raise Unreadable(Trouble.DAMAGED, "signed entity")
    (start, end), (second, last) = found
    parts = open_parts(entity[second:last], limits).parts
    if len(parts) != 1:
        raise Unreadable(Trouble.DAMAGED, "signed entity")
    content = entity[start:end]
    signed = _LINE_END.sub(b"\r\n", content)
    return signed, signed if b"\r" in content else content, parts[0].data
