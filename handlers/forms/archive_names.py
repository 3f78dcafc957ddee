"""The names in an archive: decoded as the program of a clerk wrote them, judged, and sorted. Not a handler.

Trust: a name is never used as a path here. One that would lead out of its folder says that the archive was made to
do harm, so that nothing in it is taken.
"""

from __future__ import annotations

import re
import stat
import zlib
from typing import Final

from gateway.handler import Trouble, Unreadable
from handlers.forms.zip_parts import extra_fields

_UNICODE_PATH: Final = 0x7075  # Info-ZIP's field: version, CRC-32 of the name as written, the name in UTF-8
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_SYSTEM: Final = frozenset({".ds_store", "thumbs.db", "desktop.ini"})


def decoded(written: bytes, is_utf8: bool, extra: bytes = b"") -> str:
    """A name as text: as flagged, as its Unicode field says, else UTF-8, GBK or CP437, whichever fits first."""
    if is_utf8:
        return written.decode("utf-8", "replace")
    if told := _unicode_path(written, extra):
        return told
    for encoding in ("utf-8", "gbk"):
        try:
            return written.decode(encoding)
        except UnicodeDecodeError:
            continue
    return written.decode("cp437")


def safe(name: str) -> str:
    """The name with `/` between folders. Raises `Unreadable(UNSAFE_NAMES)` for one that leads out of its folder."""
    path = name.replace("\\", "/")
    if path.startswith("/") or _DRIVE.match(path) or "\0" in path or ".." in path.split("/"):
        raise Unreadable(Trouble.UNSAFE_NAMES, "traversal")
    return path


def is_folder(mode: int) -> bool:
    """Whether a Unix mode (0: none kept) is a folder's. Raises `Unreadable(UNSAFE_NAMES)` for a link or a device."""
    kind = stat.S_IFMT(mode)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise Unreadable(Trouble.UNSAFE_NAMES, "link")
    return kind == stat.S_IFDIR


def is_left_by_a_program(path: str) -> bool:
    """Whether a file is what a system or an open Office leaves lying about, never what someone means to send."""
    *folders, last = path.lower().split("/")
    return "__macosx" in folders or last in _SYSTEM or last.startswith(("~$", "._", ".~lock."))


def _unicode_path(written: bytes, extra: bytes) -> str | None:
    for kind, field in extra_fields(extra):
        if kind == _UNICODE_PATH and len(field) > 5 and field[0] == 1:
            if int.from_bytes(field[1:5], "little") != zlib.crc32(written):
                return None  # the name was changed later by a program that does not know the field
            try:
                return field[5:].decode()
            except UnicodeDecodeError:
                return None
    return None
