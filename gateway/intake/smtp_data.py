"""The content of one mail as it streams in after DATA: where it ends, its doubled dots, its line ends, its size.

Works on whole blocks and keeps at most four bytes between them, so that neither time nor memory depends on lines.
"""

from __future__ import annotations

from enum import StrEnum
from io import IncrementalNewlineDecoder

_END = b"\r\n.\r\n"


class Fault(StrEnum):
    """Why a mail is refused for good once it has ended."""

    BARE_NEWLINE = "bare_newline"  # a CR or LF alone: two servers may see two different mails in it
    TOO_LARGE = "too_large"


class Content:
    """One mail's content. Feed it what comes off the wire until `ended`; `rest` is what came after the end."""

    __slots__ = ("_begun", "_held", "ended", "excess", "fault", "limit", "rest", "size")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.size = 0  # bytes of the mail itself so far
        self.excess = 0  # bytes that came after the fault
        self.fault: Fault | None = None
        self.ended = False
        self.rest = b""
        self._held = b""  # a tail that may be the beginning of the end
        self._begun = False

    def feed(self, block: bytes) -> bytes:
        """The next piece of the mail, dots undoubled; empty when there is none yet, and always after a fault."""
        data = self._held + block if self._held else block
        # Whether there is a dot at all is much the quickest question. Base64 has none: then nothing is copied.
        piece = self._undot(data) if b"." in data else self._hold(data, 2)
        self._begun = self._begun or bool(piece)
        if self.fault is not None:
            self.excess += len(piece)
            return b""
        self.size += len(piece)
        if self.size > self.limit:
            self.fault = Fault.TOO_LARGE
        elif not _only_whole_newlines(piece):
            self.fault = Fault.BARE_NEWLINE
        return b"" if self.fault else piece

    def _undot(self, data: bytes) -> bytes:
        before = b"" if self._begun else b"\r\n"  # the content begins at the beginning of a line
        data = before + data
        dotted = data.find(b"\r\n.")
        if dotted < 0:
            return self._hold(data, 2)[len(before) :]
        end = data.find(_END, dotted)
        if end >= 0:
            self.ended = True
            self._held = b""
            self.rest = data[end + len(_END) :]
            piece = data[: end + 2]
        else:
            piece = self._hold(data, 4)
            if not piece:
                self._held = self._held[len(before) :]
        if dotted != end:
            piece = piece.replace(b"\r\n.", b"\r\n")
        return piece[len(before) :]

    def _hold(self, data: bytes, most: int) -> bytes:
        """Keep back the longest tail that may be the beginning of the end."""
        for length in range(min(most, len(data)), 0, -1):
            if data.endswith(_END[:length]):
                self._held = data[-length:]
                return data[:-length]
        self._held = b""
        return data


def _only_whole_newlines(piece: bytes) -> bool:
    # The decoder notes which line ends it met, in one pass in C: three times as fast as counting CR, LF and CRLF.
    decoder = IncrementalNewlineDecoder(None, translate=False)
    decoder.decode(piece.decode("latin-1"), final=True)
    return decoder.newlines in (None, "\r\n")
