"""What a worker holds of one arrival: its bytes, the parts found so far, and how much more it may find."""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import ModuleType
from typing import Any

from gateway.handler import Limits, Marking, Mend, Opened, Part, Sheet, Trouble, Unreadable

HEAD_BYTES = 4096  # what a handler sees to recognise its format
TEXT_CHARACTERS = 20_000
TEXT_PARTS = 20  # how many parts of a mail are told as text
UNPACKED = 4  # all parts of an arrival together, in `Limits.bytes`

_MAIL, _SPLITTER = "message/rfc822", "mail_message"
_KEYS = (".pub", ".key", ".txt")  # one line of words each, whatever media type a mail program gives them
_KEY_BYTES = 4_096
_WHOLE = "0"  # the path of an arrival that is one file
_NOTE_BYTES = 3 * TEXT_CHARACTERS  # as such it may answer a letter

_CODE, _CODE_ENDS = re.compile(r"<(?:style|script)\b", re.IGNORECASE), re.compile(r"</(?:style|script)>", re.IGNORECASE)
_LINE = re.compile(r"<br\b[^<>]{0,2000}>", re.IGNORECASE)
_BLOCK = re.compile(r"</?(?:p|div|tr|li|ul|ol|h[1-6]|table|blockquote|pre|hr|body)\b[^<>]{0,2000}>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,2000}>")
_ENVELOPE = re.compile(r"\.(?:age|gpg|pgp|asc|sig|p7m)\Z", re.IGNORECASE)  # what an envelope adds to a file's name


class Held:
    """One arrival inside a worker. Every method answers in plain values for the pipe, or raises `Unreadable`."""

    def __init__(self, handlers: dict[str, ModuleType], limits: Limits) -> None:
        self.limits = limits
        self._arrival: bytes | None = b""
        self._handlers = handlers
        self._parts: dict[str, Part] = {}
        self._texts = 0
        self._unpacked = 0

    def clear(self) -> None:
        """Let go of everything, so that there is memory left to answer with."""
        self._arrival = None
        self._parts.clear()

    def take(self, blocks: Iterator[bytes]) -> None:
        """The arrival's bytes. The whole run of blocks is taken even when it is too much, so that we stay in step."""
        found, size = [], 0
        for block in blocks:
            size += len(block)
            if size <= self.limits.bytes:
                found.append(block)
            else:
                found.clear()
        try:
            self._arrival = None if size > self.limits.bytes else found[0] if len(found) == 1 else b"".join(found)
        except MemoryError:
            self._arrival = None

    @property
    def arrival(self) -> bytes:
        if self._arrival is None:
            raise Unreadable(Trouble.TOO_LARGE, "arrival")
        return self._arrival

    def split(self) -> dict[str, Any]:
        """The arrival as a mail."""
        opened: Opened = self._handlers[_SPLITTER].open_parts(self.arrival, self.limits)
        return {"parts": self._keep("", opened.parts), "notes": opened.notes, "headers": dict(opened.headers)}

    def whole(self, name: str) -> list[Any]:
        """The arrival as one file."""
        self._parts[_WHOLE] = Part(clean_name(name), "application/octet-stream", self.arrival)
        return self._tell(_WHOLE)

    def open(self, path: str, handler: str, secret: bytes | None) -> dict[str, Any]:
        """A part as a container."""
        part = self._part(path)
        if path.count("/") + 2 > self.limits.depth:
            raise Unreadable(Trouble.TOO_DEEP)
        opened: Opened = self._handlers[handler].open_parts(part.data, self._left(), secret)
        manifest = None if opened.manifest is None else dict(opened.manifest)
        parts = opened.parts
        kind: str = getattr(self._handlers[handler], "SECRET", "")
        if len(parts) == 1 and not parts[0].name and kind:
            parts = (replace(parts[0], name=_ENVELOPE.sub("", part.name)),)
        told = self._keep(f"{path}/", parts, as_listed=manifest is not None)
        about = {"notes": opened.notes, "signers": opened.signers, "encrypted": opened.encrypted}
        return {"parts": told, "manifest": manifest, **about}

    def verify(self, path: str, over: str, handler: str, secret: bytes | None) -> dict[str, Any]:
        """A part as the signature over another."""
        signature, content = self._part(path).data, self._part(over).data
        verified: Opened = self._handlers[handler].verify_beside(signature, content, secret)
        return {"notes": verified.notes, "signers": verified.signers}

    def read(self, path: str, handler: str) -> Sequence[Sheet]:
        """A part as a table."""
        sheets: Sequence[Sheet] = self._handlers[handler].read_sheets(self._part(path).data, self.limits)
        return sheets

    def mark(self, path: str, marking: Marking, most: int) -> bytes:
        """A part with findings written into it, by the first handler that knows it and can."""
        part = self._part(path)
        for module in self._handlers.values():
            if hasattr(module, "mark") and module.opens(part.data[:HEAD_BYTES], part.name):
                marked: bytes = module.mark(part.data, marking, self.limits, most)
                return marked
        raise Unreadable(Trouble.UNSUPPORTED, "marks")

    def mend(self, path: str, cells: Sequence[Mend], most: int) -> bytes:
        """A part with texts written into cells of it, by the first handler that knows it and can."""
        part = self._part(path)
        for module in self._handlers.values():
            if hasattr(module, "mend") and module.opens(part.data[:HEAD_BYTES], part.name):
                mended: bytes = module.mend(part.data, cells, self.limits, most)
                return mended
        raise Unreadable(Trouble.UNSUPPORTED, "cells")

    def data(self, path: str) -> bytes:
        return self._part(path).data

    def _part(self, path: str) -> Part:
        if self._arrival is None:
            raise Unreadable(Trouble.TOO_LARGE, "memory")
        return self._parts[path]

    def _left(self) -> Limits:
        """The limits for one more container, given what the arrival has unpacked to already."""
        left = UNPACKED * self.limits.bytes - self._unpacked
        return replace(self.limits, bytes=min(self.limits.bytes, left), parts=self.limits.parts - len(self._parts))

    def _keep(self, under: str, parts: Sequence[Part], as_listed: bool = False) -> list[list[Any]]:
        """New parts, with their names as a signed list has them, else cleaned."""
        size = sum(len(part.data) for part in parts)
        self._unpacked += size
        too_much = size > self.limits.bytes or self._unpacked > UNPACKED * self.limits.bytes
        if too_much or len(self._parts) + len(parts) > self.limits.parts:
            raise Unreadable(Trouble.TOO_LARGE, "parts")
        for known in [key for key in self._parts if key.startswith(under) and key.count("/") >= under.count("/")]:
            del self._parts[known]  # opened again
        told = []
        for place, part in enumerate(parts, 1):
            path = f"{under}{place}"
            self._parts[path] = part if as_listed else replace(part, name=clean_name(part.name))
            told.append(self._tell(path))
        return told

    def _tell(self, path: str) -> list[Any]:
        """A part as `answers.part` expects it."""
        part = self._parts[path]
        handler = next((name for name, module in self._handlers.items() if knows(module, part)), None)
        if part.media == _MAIL and _SPLITTER in self._handlers:
            handler = _SPLITTER  # in an envelope it may have few of the fields that it is else known by
        length = getattr(self._handlers[handler], "HEADER_BYTES", 0) if handler else 0
        header = base64.b64encode(part.data[:length]).decode()
        digest = hashlib.sha256(part.data).hexdigest()
        return [path, part.name, part.media[:127], len(part.data), digest, handler, header, self._text(path, part)]

    def _text(self, path: str, part: Part) -> str | None:
        most = _NOTE_BYTES if path == _WHOLE else _KEY_BYTES
        may_be_key = part.name.lower().endswith(_KEYS) and len(part.data) <= most
        if not (part.media in ("text/plain", "text/html") or may_be_key) or self._texts >= TEXT_PARTS:
            return None
        self._texts += 1
        words = decode(part.data[: 8 * TEXT_CHARACTERS])
        return (shown_text(words) if part.media == "text/html" else words)[:TEXT_CHARACTERS]


def knows(module: ModuleType, part: Part) -> bool:
    """Whether the part is for this handler."""
    if hasattr(module, "opens_whole"):
        return bool(module.opens_whole(part.data, part.name))
    return bool(module.opens(part.data[:HEAD_BYTES], part.name))


def shown_text(page: str) -> str:
    """A page's text in the lines in which it is seen, an empty one between paragraphs; entities stay as they are."""
    words = " ".join(_without_code(page).split())
    return _TAG.sub(" ", _BLOCK.sub("\n\n", _LINE.sub("\n", words)))


def _without_code(page: str) -> str:
    pieces, at = [], 0
    for begin in _CODE.finditer(page):
        if begin.start() < at:
            continue
        end = _CODE_ENDS.search(page, begin.end())
        if end is None:
            break
        pieces.append(page[at : begin.start()])
        at = end.end()
    return " ".join((*pieces, page[at:]))


def decode(data: bytes) -> str:
    """Text in the first encoding that fits; only to look for words in, so what does not fit is replaced.

    The editors of Windows mark UTF-8 and UTF-16 at the beginning.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    data = data.removeprefix(b"\xef\xbb\xbf")
    for encoding in ("utf-8", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError as trouble:
            if trouble.start >= len(data) - 4 and trouble.start:  # cut in the middle of a character
                return data[: trouble.start].decode(encoding)
    return data.decode("latin-1")


def clean_name(name: str) -> str:
    """The last component of a file's name, without control and direction characters, at most 255 characters."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in last[:1_000] if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp")).strip()[
        :255
    ]
