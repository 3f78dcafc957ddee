"""A message saved by Outlook (.msg, MS-OXMSG): its attachments, and those of messages attached to it.

Trust: runs in the sandbox, on our reader of OLE files. Only attachments are taken: who the message says it is from
proves nothing, and its text is not a report.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateway.handler import Limits, Opened, Part, Trouble, Unreadable
from handlers.forms import mapi
from handlers.forms.ole import MAGIC, Ole

NAME: Final = "outlook_msg"
WARM: Final = ("encodings.gb18030", "encodings.utf_16_le", "encodings.big5hkscs", "encodings.cp1252")
_PROPERTIES: Final = "__properties_version1.0"
_ATTACHMENT: Final = "__attach_version1.0_#"
_STREAM: Final = "__substg1.0_"
_EMBEDDED: Final = f"{_STREAM}3701000D/"
_CODEPAGES: Final = (0x3FFD, 0x66C3, 0x3FDE)  # of the message, of its machine, of its text on the Internet
_FIXED_BYTES: Final = 1 << 16  # of fixed properties that are looked at
_TEXTS: Final = (mapi.LONG_NAME, mapi.SHORT_NAME, mapi.DISPLAY_NAME, mapi.MIME_TAG)


def opens(head: bytes, name: str) -> bool:
    """The head alone does not tell; see `opens_whole`."""
    return False


def opens_whole(data: bytes, name: str) -> bool:
    """Whether its streams are those of a message."""
    if not data.startswith(MAGIC):
        return False
    try:
        return _PROPERTIES in Ole(data, Limits(bytes=len(data))).names
    except Unreadable:
        return False


def open_parts(data: bytes, limits: Limits, secret: bytes | None = None) -> Opened:
    """Its attachments in order, those of a message within it in that message's place. Note: `no_files`.

    What is no file (an object of another program) is left out with the note `skipped_object`.
    Raises `Unreadable`: DAMAGED, TOO_LARGE, TOO_DEEP.
    """
    message = _Message(Ole(data, limits), limits)
    if _PROPERTIES not in message.streams:
        raise Unreadable(Trouble.DAMAGED, "message")
    parts = tuple(message.parts("", 0, limits.depth))
    if not parts:
        message.notes.add("no_files")
    return Opened(parts, notes=tuple(sorted(message.notes)))


class _Message:
    """A message being read, with what may still be found in it."""

    def __init__(self, file: Ole, limits: Limits) -> None:
        self._file = file
        self.streams = frozenset(file.names)
        self.notes: set[str] = set()
        self._bytes_left, self._left = limits.bytes, limits.parts

    def parts(self, folder: str, codepage: int, depth: int) -> Iterator[Part]:
        """The attachments of the message whose streams are in this folder, and of those in it."""
        if depth <= 0:
            raise Unreadable(Trouble.TOO_DEEP)
        codepage = self._codepage(folder) or codepage
        for attachment in self._attachments(folder):
            self._left -= 1
            if self._left < 0:
                raise Unreadable(Trouble.TOO_LARGE, "parts")
            data = self._read(f"{attachment}{_STREAM}37010102")
            inner = f"{attachment}{_EMBEDDED}"
            if data is not None:
                texts = self._texts(attachment, codepage)
                yield Part(mapi.name(texts), mapi.media(texts), data)
            elif f"{inner}{_PROPERTIES}" in self.streams:
                yield from self.parts(inner, codepage, depth - 1)
            else:
                self.notes.add("skipped_object")

    def _read(self, stream: str) -> bytes | None:
        found = self._file.read(stream) if stream in self.streams else None
        self._bytes_left -= len(found or b"")
        if self._bytes_left < 0:
            raise Unreadable(Trouble.TOO_LARGE, "bytes")
        return found

    def _attachments(self, folder: str) -> list[str]:
        """The storages of attachments right below a folder, in the order of their numbers."""
        begin = folder + _ATTACHMENT
        ours = [stream for stream in self.streams if stream.startswith(begin) and "/" in stream[len(begin) :]]
        return sorted({stream[: stream.index("/", len(begin)) + 1] for stream in ours})

    def _texts(self, folder: str, codepage: int) -> dict[int, str]:
        texts: dict[int, str] = {}
        for number in _TEXTS:
            for kind in (mapi.TEXT_8, mapi.TEXT_16):
                if raw := self._read(f"{folder}{_STREAM}{number:04X}{kind:04X}"):
                    texts[number] = mapi.text(raw, kind, codepage)
        return texts

    def _codepage(self, folder: str) -> int:
        """In which codepage texts of one byte are written; 0: not told. Fixed properties are sixteen bytes each."""
        raw = self._read(folder + _PROPERTIES) or b""
        told = {}
        for at in range(24 if folder else 32, min(len(raw), _FIXED_BYTES) - 15, 16):
            if raw[at : at + 2] == mapi.INTEGER.to_bytes(2, "little"):
                told[int.from_bytes(raw[at + 2 : at + 4], "little")] = int.from_bytes(raw[at + 8 : at + 12], "little")
        return next((told[kind] for kind in _CODEPAGES if kind in told), 0)
