"""What Outlook's two formats (TNEF and .msg) have in common: numbers of properties, and how their texts are written.

It is no handler but what handlers of such files stand on. Numbers are those of MS-OXPROPS.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

DISPLAY_NAME, DATA, SHORT_NAME, LONG_NAME, MIME_TAG = 0x3001, 0x3701, 0x3704, 0x3707, 0x370E
INTEGER, OBJECT, TEXT_8, TEXT_16, BINARY = 0x0003, 0x000D, 0x001E, 0x001F, 0x0102
_NAMES: Final = (LONG_NAME, SHORT_NAME, DISPLAY_NAME)
_CODEPAGES: Final = {
    936: "gb18030", 54936: "gb18030", 950: "big5hkscs", 1200: "utf-16-le", 1252: "cp1252", 28591: "cp1252",
    20127: "ascii", 65001: "utf-8",
}  # fmt: skip
_LONGEST: Final = 2_000  # bytes of a name
_OTHER: Final = "application/octet-stream"


def text(raw: bytes, kind: int, codepage: int) -> str:
    """A text property without its zeros at the end. A codepage we do not know is taken for a Chinese one."""
    encoding = "utf-16-le" if kind == TEXT_16 else _CODEPAGES.get(codepage, "gb18030")
    raw = raw[:_LONGEST]
    try:
        found = raw.decode(encoding)
    except UnicodeDecodeError:
        found = raw.decode("utf-16-le" if kind == TEXT_16 else "gb18030", "replace")
    return found.partition("\0")[0]


def name(texts: Mapping[int, str], otherwise: str = "") -> str:
    """What an attachment is called: its long name before its short one before what was shown."""
    return next((texts[kind] for kind in _NAMES[:2] if texts.get(kind)), "") or otherwise or texts.get(DISPLAY_NAME, "")


def media(texts: Mapping[int, str]) -> str:
    """Its media type, if it tells one that can be one."""
    told = texts.get(MIME_TAG, "").lower()
    major, slash, minor = told.partition("/")
    good = slash and all(
        part and part.replace("-", "").replace(".", "").replace("+", "").isalnum() for part in (major, minor)
    )
    return told if good and told.isascii() and len(told) <= 120 else _OTHER
