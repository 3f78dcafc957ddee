"""winmail.dat (TNEF, MS-OXTNEF): the attachments that Outlook packed into one, under their real names.

The library for it copies the rest of the file for each attribute, believes counts, and fails on a text before the
codepage is known; so the format is read here. Trust: runs in the sandbox. Every length is checked against what is
there, every attribute against its checksum. What the message itself says is not read: the mail around it counts.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from gateway.handler import Limits, Opened, Part, Trouble, Unreadable
from handlers.forms import mapi

NAME: Final = "winmail"
WARM: Final = ("encodings.gb18030", "encodings.utf_16_le", "encodings.big5hkscs", "encodings.cp1252")
_SIGNATURE: Final = bytes.fromhex("789f3e22")
_HEAD: Final = struct.Struct("<BHHI")  # level, attribute, type, length
_CODEPAGE, _RENDERING, _TITLE, _DATA, _PROPERTIES = 0x9007, 0x9002, 0x8010, 0x800F, 0x9005
_ATTACHMENT: Final = 2  # the level of attributes that belong to one
_MESSAGE: Final = bytes.fromhex("0703020000000000c000000000000046")  # the id of an object that is a message: TNEF again
_ATTRIBUTES, _VALUES = 20_000, 10_000
_SIZES: Final = {0x0001: 0, 0x0002: 4, 0x0003: 4, 0x0004: 4, 0x0005: 8, 0x0006: 8, 0x0007: 8, 0x000A: 4, 0x000B: 4,
                 0x0014: 8, 0x0040: 8, 0x0048: 16}  # fmt: skip
_VARIABLE: Final = (mapi.TEXT_8, mapi.TEXT_16, mapi.OBJECT, mapi.BINARY)
_MANY: Final = 0x1000
_NAMED: Final = 0x8000


def opens(head: bytes, name: str) -> bool:
    """Whether it begins as TNEF does; programs call it winmail.dat, win.dat, att00001.dat or nothing."""
    return head.startswith(_SIGNATURE)


def open_parts(data: bytes, limits: Limits, secret: bytes | None = None) -> Opened:
    """Its attachments in order; a forwarded message is TNEF itself. Note: `no_files` (there are none).

    Raises `Unreadable`: DAMAGED, TOO_LARGE.
    """
    if len(data) > limits.bytes:
        raise Unreadable(Trouble.TOO_LARGE, "bytes")
    found: list[_Attachment] = []
    codepage = 0
    for level, attribute, content in _attributes(data):
        if level != _ATTACHMENT:
            if attribute == _CODEPAGE:
                codepage = int.from_bytes(content[:4], "little")
            continue
        if attribute == _RENDERING or not found:
            found.append(_Attachment())
        if len(found) > limits.parts:
            raise Unreadable(Trouble.TOO_LARGE, "parts")
        found[-1].take(attribute, content, codepage)
    parts = tuple(part for part in (one.part() for one in found) if part)
    return Opened(parts, notes=() if parts else ("no_files",))


@dataclass(slots=True)
class _Attachment:
    """One attachment while its attributes come in."""

    title: str = ""
    data: bytes | None = None
    other: bytes | None = None
    is_message: bool = False
    texts: dict[int, str] = field(default_factory=dict)

    def take(self, attribute: int, content: memoryview, codepage: int) -> None:
        if attribute == _TITLE:
            self.title = mapi.text(bytes(content[:2_000]), mapi.TEXT_8, codepage)
        elif attribute == _DATA:
            self.data = bytes(content)
        elif attribute == _PROPERTIES:
            for kind, number, value in _values(content):
                if number == mapi.DATA and kind == mapi.OBJECT:
                    self.other, self.is_message = bytes(value[16:]), value[:16] == _MESSAGE
                elif number == mapi.DATA:
                    self.other = bytes(value)
                elif kind in (mapi.TEXT_8, mapi.TEXT_16):
                    self.texts.setdefault(number, mapi.text(bytes(value[:2_000]), kind, codepage))

    def part(self) -> Part | None:
        if self.is_message:
            return Part(mapi.name(self.texts, self.title), "application/ms-tnef", self.other or b"")
        data = self.data if self.other is None else self.data or self.other
        if data is None:
            return None
        return Part(mapi.name(self.texts, self.title), mapi.media(self.texts), data)


def _attributes(data: bytes) -> Iterator[tuple[int, int, memoryview]]:
    """Level, number and content of each attribute, the checksum verified."""
    view, at, count = memoryview(data), len(_SIGNATURE) + 2, 0
    if not data.startswith(_SIGNATURE):
        raise Unreadable(Trouble.DAMAGED, "tnef")
    while at < len(data):
        if at + _HEAD.size > len(data):
            if not data[at:].strip(b"\r\n\0"):
                return  # what mail programs leave behind the last one
            raise Unreadable(Trouble.DAMAGED, "tnef")
        level, attribute, _, size = _HEAD.unpack_from(data, at)
        begin, end = at + _HEAD.size, at + _HEAD.size + size
        count += 1
        if level not in (1, 2) or end + 2 > len(data):
            raise Unreadable(Trouble.DAMAGED, "tnef")
        if count > _ATTRIBUTES:
            raise Unreadable(Trouble.TOO_LARGE, "attributes")
        if sum(view[begin:end]) & 0xFFFF != int.from_bytes(view[end : end + 2], "little"):
            raise Unreadable(Trouble.DAMAGED, "checksum")
        yield level, attribute, view[begin:end]
        at = end + 2


def _values(content: memoryview) -> Iterator[tuple[int, int, memoryview]]:
    """Type, number and value of each property that has bytes of its own; of several values, each."""
    at, left = 4, _VALUES
    for _ in range(int.from_bytes(content[:4], "little")):
        kind, number = (
            int.from_bytes(content[at : at + 2], "little"),
            int.from_bytes(content[at + 2 : at + 4], "little"),
        )
        at += 4
        if number >= _NAMED:
            at += 20
            size = int.from_bytes(content[at : at + 4], "little")
            at += 4 if bytes(content[at - 4 : at]) == bytes(4) else 4 + -(-size // 4) * 4
        base = kind & ~_MANY
        times, left = 1, left - 1
        if kind & _MANY or base in _VARIABLE:
            times = int.from_bytes(content[at : at + 4], "little")
            at += 4
        if left < 0:
            raise Unreadable(Trouble.TOO_LARGE, "properties")
        for _ in range(times):
            size = _SIZES.get(base, -1)
            begin = at
            if base in _VARIABLE:
                size, begin = int.from_bytes(content[at : at + 4], "little"), at + 4
            at = begin + -(-size // 4) * 4
            left -= 1
            if size < 0:
                return  # of a type that we cannot measure, so neither what follows
            if begin + size > len(content) or at > len(content) + 3:
                raise Unreadable(Trouble.DAMAGED, "properties")
            if left < 0:
                raise Unreadable(Trouble.TOO_LARGE, "properties")
            if base in _VARIABLE:
                yield base, number, content[begin : begin + size]
