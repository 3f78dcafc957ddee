"""Names of files that come from elsewhere, made harmless: one line, no path, short enough for any disk."""

from __future__ import annotations

import unicodedata

MOST_BYTES = 255  # of UTF-8, on every file system that Linux commonly meets
_LONGEST_SUFFIX = 16
_FORBIDDEN = set('\\/:*?"<>|')  # none of them means anything good, and Windows takes none of them


def readable(raw: bytes) -> str:
    """A name as people meant it: UTF-8, else GB18030 (older Windows shares), else with replacement characters."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "replace")


def harmless(name: str, prefix: str = "") -> str:
    """`prefix` and `name` as one file name of at most 255 bytes; what is cut off is taken before the suffix."""
    clean = "".join("_" if c in _FORBIDDEN or unicodedata.category(c)[0] == "C" else c for c in name)
    clean = clean.rstrip(" .") or "_"
    stem, dot, suffix = clean.rpartition(".")
    if not stem or len(suffix) > _LONGEST_SUFFIX:
        stem, dot, suffix = clean, "", ""
    room = MOST_BYTES - len((prefix + dot + suffix).encode())
    return prefix + stem.encode()[:room].decode(errors="ignore") + dot + suffix
