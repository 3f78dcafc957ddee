"""ZIP archives: plain, with WinZip's AES, or with the old ZipCrypto; the files in them, under their real names.

Trust: runs in the sandbox. Counts, sizes, ratio and overlap are capped (`zip_parts`), names judged (`archive_names`).
AES is authenticated as a whole before a byte is used (`crypto`), and what it unpacks to must have the announced
size: no row can be cut off. AES covers the content of files, not their names. ZipCrypto covers nothing.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field
from typing import Final

from gateway.handler import Limits, Opened, Part, Trouble, Unreadable
from handlers.forms import archive_names
from handlers.forms.zip_parts import ZipParts, is_office, written_name
from handlers.zip_archive import crypto
from handlers.zip_archive.crypto import WrongPassword

NAME: Final = "zip_archive"
SECRET: Final = "password"  # noqa: S105 - the kind of secret, not one
WARM: Final = ("encodings.gbk", "encodings.cp437")
_STARTS: Final = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08PK\x03\x04", b"PK00PK\x03\x04")
_DOCUMENTS: Final = (
    ".xlsx", ".xlsm", ".xltx", ".xltm", ".xlsb", ".ods", ".ots", ".et", ".ett", ".docx", ".docm", ".dotx", ".odt",
    ".wps", ".wpt", ".pptx", ".pptm", ".odp", ".dps", ".ofd",
)  # fmt: skip
_ENCRYPTED, _STRONG, _MASKED, _UTF8 = 0x0001, 0x0040, 0x2000, 0x0800
_UNIX: Final = (3, 19)  # the systems (Unix, macOS) whose archives keep a file's mode
_LATER: Final = 0x0008  # sizes and checksum follow the bytes, so that ZipCrypto checks against the time


def opens(head: bytes, name: str) -> bool:
    """Whether it is an archive, or calls itself one; office documents are archives too, and not ours."""
    if head.startswith(_STARTS):
        return not name.lower().endswith(_DOCUMENTS) and not is_office(head)
    return name.lower().endswith(".zip")


def open_parts(data: bytes, limits: Limits, secret: bytes | None = None) -> Opened:
    """The files in it, in the archive's order; names keep their folders. Folders and what systems leave are left out.

    Notes: `skipped_system_files`; `password` (a password opened all files); `no_integrity` (some file is under
    ZipCrypto, or lies unencrypted beside encrypted ones: a stranger may have changed or added it); `same_names`.
    Raises `Unreadable`: NEEDS_PASSWORD (none, or wrong), UNSAFE_NAMES (a name or link that leads out of the archive),
    DAMAGED, EMPTY, TOO_LARGE, BOMB, UNSUPPORTED.
    """
    if not data.startswith(_STARTS):
        raise Unreadable(Trouble.DAMAGED if data else Trouble.EMPTY, "zip")
    archive = ZipParts(data, limits)
    notes: set[str] = set()
    chosen = _chosen(archive, notes)
    if not chosen:
        raise Unreadable(Trouble.EMPTY)
    if len(chosen) > limits.parts:
        raise Unreadable(Trouble.TOO_LARGE, "parts")
    if len({path for path, _ in chosen}) < len(chosen):
        notes.add("same_names")
    opening = _Opening(archive, _spellings(secret))
    parts = tuple(Part(path, "application/octet-stream", opening.content(entry)) for path, entry in chosen)
    return Opened(parts, notes=tuple(sorted(notes | opening.notes())))


def _chosen(archive: ZipParts, notes: set[str]) -> list[tuple[str, zipfile.ZipInfo]]:
    """The files that someone meant to send. Every name is judged, also of what is left out."""
    chosen = []
    for entry in archive.entries:
        is_utf8 = bool(entry.flag_bits & _UTF8)
        path = archive_names.safe(archive_names.decoded(written_name(entry), is_utf8, entry.extra))
        mode = entry.external_attr >> 16 if entry.create_system in _UNIX else 0
        if archive_names.is_folder(mode) or path.endswith("/"):
            continue
        if archive_names.is_left_by_a_program(path):
            notes.add("skipped_system_files")
        else:
            chosen.append((path, entry))
    return chosen


def _spellings(secret: bytes | None) -> tuple[bytes, ...]:
    """A password as programs write it: in UTF-8, or in the encoding of a Chinese Windows."""
    if not secret:
        return ()
    try:
        return tuple(dict.fromkeys((secret, secret.decode().encode("gbk"))))
    except UnicodeError:
        return (secret,)


@dataclass(slots=True)
class _Opening:
    """The entries of one archive, being opened with the spellings of one password."""

    archive: ZipParts
    spellings: tuple[bytes, ...]
    fits: bool = False  # the password has opened something, so what it does not open is damaged
    kinds: set[str] = field(default_factory=set)
    weak_left: int = crypto.WEAK_BYTES

    def notes(self) -> set[str]:
        found = {"password"} if self.kinds and "plain" not in self.kinds else set()
        if "weak" in self.kinds or self.kinds == {"plain", "aes"}:
            found.add("no_integrity")
        return found

    def content(self, entry: zipfile.ZipInfo) -> bytes:
        if entry.flag_bits & (_STRONG | _MASKED):
            raise Unreadable(Trouble.UNSUPPORTED, "encryption")
        if not entry.flag_bits & _ENCRYPTED:
            self.kinds.add("plain")
            return self.archive.unpack(entry, self.archive.packed(entry), entry.compress_type)
        self.weak_left -= entry.compress_size if entry.compress_type != crypto.AES_METHOD else 0
        if self.weak_left < 0:
            raise Unreadable(Trouble.TOO_LARGE, "encryption")
        for spelling in self.spellings:
            try:
                if entry.compress_type == crypto.AES_METHOD:
                    return self._aes(entry, spelling)
                return self._weak(entry, spelling)
            except WrongPassword:
                continue
        raise Unreadable(Trouble.DAMAGED if self.fits else Trouble.NEEDS_PASSWORD)

    def _aes(self, entry: zipfile.ZipInfo, password: bytes) -> bytes:
        told = crypto.aes_field(entry.extra)
        plain = crypto.open_aes(self.archive.packed(entry), told, password)
        self.fits = True
        self.kinds.add("aes")
        return self.archive.unpack(entry, plain, told.method, checksum=told.version == 1)

    def _weak(self, entry: zipfile.ZipInfo, password: bytes) -> bytes:
        """One of 256 wrong passwords passes the header; then the content will not do."""
        hour, minute, second = entry.date_time[3:]
        time = (hour << 11 | minute << 5 | second // 2) >> 8
        check = bytes((time, entry.CRC >> 24)) if entry.flag_bits & _LATER else bytes((entry.CRC >> 24,))
        plain = crypto.open_weak(self.archive.packed(entry), check, password)
        try:
            content = self.archive.unpack(entry, plain, entry.compress_type)
        except Unreadable as trouble:
            if trouble.trouble is Trouble.DAMAGED and not self.fits:
                raise WrongPassword from None
            raise
        self.fits = True
        self.kinds.add("weak")
        return content
