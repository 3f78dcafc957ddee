"""The fields of a mail and of its parts: found, decoded and made harmless. A part of `mail_message`, not a handler.

Fields are taken as bytes, as they stand. Only what is shown or compared is decoded, one field at a time and only up
to a length, so that no field makes reading slow. What comes out has no line ends, control or direction characters:
it cannot become a field of another mail.
"""

from __future__ import annotations

import binascii
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from gateway.handler import Trouble, Unreadable

HEADER_BYTES: Final = 2 << 20  # of one header block
FIELDS: Final = 5_000
DECODED: Final = 1_000  # characters of one decoded field
_RAW: Final = 16_384  # bytes of a field that are looked at
_ADDRESS: Final = 2_000  # bytes of a From field that is believed to hold one address

_NAME: Final = re.compile(rb"[!-9;-~]{1,200}")
_WORD: Final = re.compile(r"=\?([A-Za-z0-9_.:+-]{1,40})(?:\*[A-Za-z0-9-]{0,20})?\?([bBqQ])\?([^?]{0,4000})\?=")
_PERCENT: Final = re.compile(rb"%([0-9A-Fa-f]{2})")
_PARAMETER: Final = re.compile(rb';\s*([^\s=;"]{1,80})\s*=\s*("(?:[^"\\]|\\.)*"?|[^;]*)', re.DOTALL)
_SEGMENT: Final = re.compile(rb"(.+?)\*(?:(\d{1,3})(\*)?)?")
_CHARSETS: Final = {
    **dict.fromkeys(("utf-8", "utf8", "us-ascii", "ascii"), "utf-8"),
    **dict.fromkeys(("gb2312", "gbk", "gb18030", "x-gbk", "cp936", "windows-936", "gb_2312-80"), "gb18030"),
    **dict.fromkeys(("big5", "big5-hkscs", "cp950"), "big5hkscs"),
    **dict.fromkeys(("iso-8859-1", "latin1", "windows-1252", "cp1252"), "cp1252"),
    "hz-gb-2312": "hz", "iso-8859-15": "iso8859-15", "iso-2022-jp": "iso2022_jp", "shift_jis": "shift_jis",
    "euc-jp": "euc_jp", "euc-kr": "euc_kr", "koi8-r": "koi8_r", "windows-1251": "cp1251",
}  # fmt: skip

_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_SPEC: Final = rf"({_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*)"
_PLAIN_ADDRESS: Final = re.compile(rf"[ \t]*{_SPEC}[ \t]*")
_ANGLE_ADDRESS: Final = re.compile(rf'[ \t]*((?:"(?:[^"\\]|\\.)*"|[^"<>@,:;()\\\[\]])*)<{_SPEC}>[ \t]*')


@dataclass(frozen=True, slots=True)
class Block:
    """A header block: its fields in order, unfolded, names in lower case; where the body begins; what was odd."""

    fields: tuple[tuple[str, bytes], ...]
    body: int
    notes: frozenset[str]

    def all(self, name: str) -> list[bytes]:
        return [value for found, value in self.fields if found == name]

    def first(self, name: str) -> bytes:
        return next((value for found, value in self.fields if found == name), b"")


def read_block(data: bytes, start: int, end: int) -> Block:
    """The header block that begins at `start`; lines end in CRLF or LF. Raises `Unreadable(TOO_LARGE)`.

    A line that is no field is passed over with the note `odd_header`: a mail must not hide fields behind one.
    """
    found: list[tuple[str, list[bytes]]] = []
    notes = set()
    at = start
    while at < end:
        stop = data.find(b"\n", at, end)
        after = end if stop < 0 else stop + 1
        line = data[at : min(after, at + HEADER_BYTES)].rstrip(b"\r\n")
        at = after
        if not line:
            break
        if at - start > HEADER_BYTES:
            raise Unreadable(Trouble.TOO_LARGE, "header")
        name, colon, value = line.partition(b":")
        if line[0] in b" \t" and found:
            found[-1][1].append(line)
        elif colon and line[0] not in b" \t" and _NAME.fullmatch(name := name.rstrip(b" \t")):
            found.append((name.decode("ascii").lower(), [value]))
        elif not (line.startswith(b"From ") and not found):
            notes.add("odd_header")
        if len(found) > FIELDS:
            raise Unreadable(Trouble.TOO_LARGE, "fields")
    fields = tuple((name, b"".join(pieces).strip(b" \t")) for name, pieces in found)
    if any(b"\r" in value or b"\0" in value for _, value in fields):
        notes.add("odd_header")
    return Block(fields, at, frozenset(notes))


# --- text ---


def plain(raw: bytes, charset: str = "utf-8") -> str:
    """Bytes as text: in the charset they claim, else UTF-8, else GB18030, else byte by byte."""
    for encoding in (_CHARSETS.get(charset.lower(), "utf-8"), "utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def harmless(text: str, longest: int = DECODED) -> str:
    """The text without line ends, control, direction and half characters, cut to a length."""
    text = text[: 4 * longest]
    if not text.isprintable():
        kinds = ((c, unicodedata.category(c)) for c in text)
        text = "".join(" " if kind in ("Cc", "Zl", "Zp") else c for c, kind in kinds if kind not in ("Cf", "Cs"))
    return text.strip()[:longest]


def decode(raw: bytes, longest: int = DECODED) -> str:
    """A field as a person is to read it: encoded words and raw 8-bit text decoded, nothing left that could harm."""
    text = raw[:_RAW].decode("ascii") if raw.isascii() else plain(raw[:_RAW])
    return harmless(_without_words(text) if "=?" in text else text, longest)


def _without_words(text: str) -> str:
    """Encoded words decoded. Neighbours in one charset are joined as bytes first: mailers cut through characters."""
    out: list[str] = []
    pending, charset, at = bytearray(), "", 0
    for word in _WORD.finditer(text):
        gap = text[at : word.start()]
        if not charset or gap.strip() or word[1].lower() != charset:
            out.append(plain(bytes(pending), charset))
            pending.clear()
            out.append(gap if not charset or gap.strip() else "")
            charset = word[1].lower()
        pending += _payload(word[2], word[3])
        at = word.end()
    return "".join([*out, plain(bytes(pending), charset), text[at:]])


def _payload(kind: str, text: str) -> bytes:
    raw = text.encode("utf-8", "replace")
    if kind in "qQ":
        return binascii.a2b_qp(raw, header=True)
    try:
        return binascii.a2b_base64(raw + b"===")
    except binascii.Error:
        return b""


# --- parameters (RFC 2045, 2231) ---


def parameters(value: bytes) -> dict[str, str]:
    """The parameters of a Content-Type or Content-Disposition field, decoded; of two with one name the first."""
    whole: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[bool, bytes]]] = {}
    for name, raw in _PARAMETER.findall(value[:_RAW]):
        content = re.sub(rb"\\(.)", rb"\1", raw.strip(b'"'), flags=re.DOTALL) if raw[:1] == b'"' else raw.strip()
        segment = _SEGMENT.fullmatch(name)
        if segment:
            base = segment[1].decode("latin-1").lower()
            encoded = segment[2] is None or segment[3] is not None
            pieces.setdefault(base, {}).setdefault(int(segment[2] or 0), (encoded, content))
        else:
            whole.setdefault(name.decode("latin-1").lower(), decode(content))
    return whole | {base: _joined(found) for base, found in pieces.items()}


def _joined(segments: dict[int, tuple[bool, bytes]]) -> str:
    """RFC 2231: charset'language'text over several segments, some of them with %XX."""
    charset = ""
    joined = bytearray()
    for place, (encoded, content) in sorted(segments.items()):
        if encoded and place == 0 and content.count(b"'") >= 2:
            name, _, content = content.split(b"'", 2)
            charset = name.decode("latin-1")
        joined += _PERCENT.sub(lambda found: bytes([int(found[1], 16)]), content) if encoded else content
    return harmless(plain(bytes(joined), charset))


# --- addresses ---


def one_address(froms: list[bytes]) -> str | None:
    """The address of From if there is exactly one field with exactly one plain address, else None.

    No comments, groups, routes, quoted local parts, encoded addresses; a display name may show an address only if it
    is the same one. Mail programs disagree about all of these, and forgers live off that.
    """
    if len(froms) != 1 or len(froms[0]) > _ADDRESS:
        return None
    raw = froms[0]
    text = plain(raw)
    if any(unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") for c in text.replace("\t", " ")):
        return None
    bare = _PLAIN_ADDRESS.fullmatch(text)
    named = None if bare else _ANGLE_ADDRESS.fullmatch(text)
    if named and not raw.rstrip().endswith(f"<{named[2]}>".encode("ascii")):
        return None
    address = bare[1] if bare else named[2] if named else ""
    local, _, domain = address.partition("@")
    if not address or len(local) > 64 or len(domain) > 189 or "=?" in local:
        return None
    shown = unicodedata.normalize("NFKC", decode(named[1].encode())) if named else ""
    if "<" in shown or ("@" in shown and shown.strip("\"' ").casefold() != address.casefold()):
        return None
    return address
