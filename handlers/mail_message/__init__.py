"""A mail (RFC 5322, MIME) taken apart into its files, in one pass and whatever shape it is in.

One splitter of our own: it works on positions in the bytes, copies nothing but what it decodes, never recurses, and
counts what it finds. A mail is never refused for being malformed, as people get answers to what their programs send;
what was odd is noted. It is refused for depth, number and size of its parts alone.
"""

from __future__ import annotations

import binascii
import re
from typing import Final

from gateway.handler import Limits, Opened, Part, Trouble, Unreadable
from handlers.mail_message.fields import Block, decode, one_address, parameters, read_block

NAME: Final = "mail_message"

SHOWN: Final = (
    "from", "to", "subject", "date", "message-id", "in-reply-to", "references", "content-type", "return-path",
    "auto-submitted", "precedence", "x-autoreply", "x-autorespond", "x-auto-response-suppress",
)  # fmt: skip
_TIMES: Final = 20  # how often one field is told
_FALSE_BOUNDARIES: Final = 100_000

_MEDIA: Final = re.compile(rb"\s*([A-Za-z0-9!#$&^_.+-]{1,60}/[A-Za-z0-9!#$&^_.+-]{1,60})\s*(?:;|$|\()", re.DOTALL)
_BASE64_SPACE: Final = b"\r\n\t "
_NOT_BASE64: Final = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))
_USUAL: Final = re.compile(
    rb"^(?:received|return-path|delivered-to|dkim-signature|from|to|subject|date|message-id|mime-version)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_HEAD: Final = 65_536  # of the header that is looked at
_BLANK: Final = re.compile(rb"\r?\n\r?\n")
_FIELD: Final = re.compile(rb"(?:From [^\n]*\n)?[!-9;-~]{1,80}[ \t]*:")

Region = tuple[int, int, int, str]  # start, end, depth, media type of a part that names none


def opens(head: bytes, name: str) -> bool:
    """Whether it begins with a field and has several that mails have."""
    return bool(_FIELD.match(head)) and len({found.lower() for found in _USUAL.findall(head)}) >= 3


def opens_whole(data: bytes, name: str) -> bool:
    """The same for an attached mail, where what programs put before the usual fields may fill the head.

    One that is called a mail needs but one of them: who saved a draft has no more.
    """
    head = data[:_HEAD].removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    blank = _BLANK.search(head)
    head = head[: blank.start()] if blank else head
    named = name.lower().endswith((".eml", ".mht", ".mhtml"))
    return opens(head, name) or (named and bool(_FIELD.match(head)) and bool(_USUAL.search(head)))


def open_parts(data: bytes, limits: Limits, secret: bytes | None = None) -> Opened:
    """Every part that isn't itself made of parts, in order; attached mails stay whole.

    A `multipart/signed`, up to half of what all may hold, is also a part of its own before the parts it has, byte by
    byte as it was signed and without a name, for the handler that verifies it.
    `headers` has the fields of `SHOWN`, `from-address` where From is one plain address, and `authentication-results`,
    each preceded by the number of Received fields above it and a space. Notes: `odd_header` (lines that are no fields,
    bare CR, NUL), `several_from`, `odd_from`, `no_boundary`, `no_end`, `odd_base64`, `odd_encoding`, `several_types`.
    Raises `Unreadable`: TOO_LARGE, TOO_DEEP, EMPTY.
    """
    if not data.strip(b"\r\n\t \0"):
        raise Unreadable(Trouble.EMPTY)
    top = read_block(data, 0, len(data))
    notes = set(top.notes)
    parts = _split(data, limits, notes)
    headers = _headers(top)
    if len(top.all("from")) > 1:
        notes.add("several_from")
    elif "from-address" not in headers:
        notes.add("odd_from")
    return Opened(tuple(parts), notes=tuple(sorted(notes)), headers=headers)


def _headers(top: Block) -> dict[str, tuple[str, ...]]:
    headers = {name: tuple(decode(value) for value in top.all(name)[:_TIMES]) for name in SHOWN}
    address = one_address(top.all("from"))
    if address and not top.notes:
        headers["from-address"] = (address,)
    above = 0
    placed: list[str] = []
    for name, value in top.fields:
        above += name == "received"
        if name == "authentication-results" and len(placed) < _TIMES:
            placed.append(f"{above} {decode(value)}"[:1_000])
    headers["authentication-results"] = tuple(placed)
    return headers


def _split(data: bytes, limits: Limits, notes: set[str]) -> list[Part]:
    parts: list[Part] = []
    todo: list[Region] = [(0, len(data), 1, "text/plain")]
    seen = 0
    while todo:
        start, end, depth, usual = todo.pop()
        seen += 1
        if depth > limits.depth:
            raise Unreadable(Trouble.TOO_DEEP)
        if seen > 2 * limits.parts or len(parts) >= limits.parts:
            raise Unreadable(Trouble.TOO_LARGE, "parts")
        block = read_block(data, start, end)
        if len(block.all("content-type")) > 1:
            notes.add("several_types")
        kind = block.first("content-type")
        media = _media(kind, usual)
        if media.startswith("multipart/"):
            boundary = parameters(kind).get("boundary", "").rstrip()
            inner = between(data, block.body, end, boundary.encode("utf-8", "replace"), 2 * limits.parts, notes)
            if inner:
                if media == "multipart/signed" and end - block.body <= limits.bytes // 2:
                    parts.append(Part("", media, b"Content-Type: " + kind + b"\r\n\r\n" + data[block.body : end]))
                within = "message/rfc822" if media == "multipart/digest" else "text/plain"
                todo += [(a, b, depth + 1, within) for a, b in reversed(inner)]
                continue
            notes.add("no_boundary")
            media = "text/plain"
        parts.append(Part(_name(block, kind), media, _decoded(data[block.body : end], block, notes)))
    return parts


def _media(kind: bytes, usual: str) -> str:
    found = _MEDIA.match(kind[:500])
    return found[1].decode("ascii").lower() if found else usual


def _name(block: Block, kind: bytes) -> str:
    disposition = block.first("content-disposition")
    named = parameters(b";" + disposition if b"=" in disposition.partition(b";")[0] else disposition)
    return named.get("filename") or parameters(kind).get("name") or ""


def between(data: bytes, start: int, end: int, boundary: bytes, most: int, notes: set[str]) -> list[tuple[int, int]]:
    """Where the parts between the boundary lines begin and end; empty if there is no such line."""
    if not boundary or len(boundary) > 200:
        return []
    line = b"\n--" + boundary
    found: list[tuple[int, int]] = []
    begin, false = -1, 0
    at = max(start - 1, 0)  # the line end before the body counts
    if start == 0 and data.startswith(line[1:]):
        at = -1
    while True:
        at = data.find(line, at, end) if at >= 0 else -1
        if at < 0:
            break
        rest = at + len(line)
        stop = data.find(b"\n", rest, min(end, rest + 1_000))
        tail = data[rest : stop if stop >= 0 else min(end, rest + 1_000)].rstrip(b" \t\r")
        if tail not in (b"", b"--"):
            false += 1
            if false > _FALSE_BOUNDARIES:
                raise Unreadable(Trouble.TOO_LARGE, "boundaries")
            at = rest
            continue
        if begin >= 0:
            found.append((begin, max(begin, at - (data[at - 1 : at] == b"\r"))))
        if tail == b"--":
            return found
        if len(found) > most:
            raise Unreadable(Trouble.TOO_LARGE, "parts")
        begin = stop + 1 if stop >= 0 else end
        at = max(stop, rest - 1) if stop >= 0 else end
    if begin >= 0:
        notes.add("no_end")
        found.append((begin, end))
    return found


def _decoded(body: bytes, block: Block, notes: set[str]) -> bytes:
    encoding = block.first("content-transfer-encoding").split(b";")[0].strip().lower()
    if encoding == b"base64":
        return _base64(body, notes)
    if encoding == b"quoted-printable":
        return binascii.a2b_qp(body)
    if encoding not in (b"", b"7bit", b"8bit", b"binary"):
        notes.add("odd_encoding")
    return body


def _base64(body: bytes, notes: set[str]) -> bytes:
    """Decoded strictly if it can be; else what its letters say, with a note: digests will tell what it is worth."""
    compact = body.translate(None, _BASE64_SPACE)
    try:
        return binascii.a2b_base64(compact, strict_mode=True)
    except binascii.Error:
        notes.add("odd_base64")
    letters = compact.translate(None, _NOT_BASE64)
    letters = letters[: len(letters) - (len(letters) % 4 == 1)]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))
