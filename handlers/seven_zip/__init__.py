"""7z archives, with or without a password; of RAR archives it says that they are not opened.

The library for 7z takes a tenth of a second and 12 MiB to load into each worker and wants files to write to; what
departments send needs LZMA, LZMA2, Deflate, BZip2 and AES, which are at hand. Trust: runs in the sandbox. Sizes are
checked before a byte is unpacked, names as in any archive. AES-7z has a checksum, and no protection from a change.
"""

from __future__ import annotations

import hashlib
import zlib
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from gateway.handler import Limits, Opened, Part, Trouble, Unreadable
from handlers.forms import archive_names
from handlers.seven_zip.coders import BROKEN, decoded
from handlers.seven_zip.header import ENCODED, MAGIC, Coder, Entry, Folder, Reader, contents, streams

NAME: Final = "seven_zip"
SECRET: Final = "password"  # noqa: S105 - the kind of secret, not one
WARM: Final = ("encodings.utf_16_le",)
_RAR: Final = b"Rar!\x1a\x07"
_HEADER_BYTES: Final = 4 << 20
_ROUNDS: Final = 21  # as a power of two; 7-Zip writes 19, which takes a third of a second
_SMALL: Final = 4 << 20
_AES: Final = b"\x06\xf1\x07\x01"
_LINK: Final = 0x400  # a reparse point of Windows
_FOLDER: Final = 0x10


def opens(head: bytes, name: str) -> bool:
    """Whether it is a 7z or RAR archive, or calls itself one."""
    return head.startswith((MAGIC, _RAR)) or (name.lower().endswith((".7z", ".rar")) and not head.startswith(b"PK"))


def open_parts(data: bytes, limits: Limits, secret: bytes | None = None) -> Opened:
    """The files in it, in the archive's order; names keep their folders. Folders and what systems leave are left out.

    Notes: `password` and `no_integrity` where a password opened it; `skipped_system_files`; `same_names`.
    Raises `Unreadable`: NEEDS_PASSWORD (none, or wrong), UNSAFE_NAMES, DAMAGED, EMPTY, TOO_LARGE, BOMB, UNSUPPORTED
    (`rar`, or a way of packing that we have not).
    """
    if data.startswith(_RAR):
        raise Unreadable(Trouble.UNSUPPORTED, "rar")
    if not data.startswith(MAGIC) or len(data) < 32:
        raise Unreadable(Trouble.DAMAGED if data else Trouble.EMPTY, "7z")
    archive = _Archive(data, limits, secret)
    folders, entries = archive.header()
    notes: set[str] = set()
    parts = tuple(_files(archive, folders, entries, notes, limits.parts))
    if not parts:
        raise Unreadable(Trouble.EMPTY)
    if len({part.name for part in parts}) < len(parts):
        notes.add("same_names")
    if archive.encrypted:
        notes |= {"password", "no_integrity"}
    return Opened(parts, notes=tuple(sorted(notes)))


def _files(archive: _Archive, folders: list[Folder], entries: list[Entry], notes: set[str], most: int) -> list[Part]:
    sizes = [place for folder in folders for place in folder.files]
    if len(sizes) != sum(entry.has_bytes for entry in entries):
        raise Unreadable(Trouble.DAMAGED, "7z header")
    paths = [_path(entry) for entry in entries]  # all are judged before a byte is unpacked
    whole = b"".join(archive.unpacked(folder) for folder in folders)
    parts, at, places = [], 0, iter(sizes)
    for entry, path in zip(entries, paths, strict=True):
        size, crc = next(places) if entry.has_bytes else (0, 0)
        content, at = whole[at : at + size], at + size
        if path is None:
            continue
        if zlib.crc32(content) != crc:
            raise archive.does_not_fit() if archive.encrypted else Unreadable(Trouble.DAMAGED, "checksum")
        if archive_names.is_left_by_a_program(path):
            notes.add("skipped_system_files")
        else:
            parts.append(Part(path, "application/octet-stream", content))
        if len(parts) > most:
            raise Unreadable(Trouble.TOO_LARGE, "parts")
    return parts


def _path(entry: Entry) -> str | None:
    """The name of a file; None for a folder. Raises `Unreadable(UNSAFE_NAMES)`."""
    path = archive_names.safe(entry.name)
    if entry.windows & _LINK:
        raise Unreadable(Trouble.UNSAFE_NAMES, "link")
    return None if archive_names.is_folder(entry.mode) or entry.is_folder or entry.windows & _FOLDER else path


class _Archive:
    """An archive being opened with one password, and what it may still unpack to."""

    def __init__(self, data: bytes, limits: Limits, secret: bytes | None) -> None:
        self._data, self._limits, self._left = data, limits, limits.bytes
        self._secret = secret
        self._keys: dict[tuple[int, bytes], bytes] = {}
        self._rounds_left = 1 << _ROUNDS + 1
        self._fits = False
        self.encrypted = False

    def header(self) -> tuple[list[Folder], list[Entry]]:
        """What is in it; the description itself may be packed, more than once, and encrypted."""
        if zlib.crc32(self._data[12:32]) != int.from_bytes(self._data[8:12], "little"):
            raise Unreadable(Trouble.DAMAGED, "7z header")
        at, size = 32 + int.from_bytes(self._data[12:20], "little"), int.from_bytes(self._data[20:28], "little")
        raw = self._data[at : at + size]
        if not size:
            return [], []
        if len(raw) < size or zlib.crc32(raw) != int.from_bytes(self._data[28:32], "little"):
            raise Unreadable(Trouble.DAMAGED, "7z header")
        for _ in range(4):
            if size > _HEADER_BYTES:
                raise Unreadable(Trouble.TOO_LARGE, "7z header")
            if raw[:1] != ENCODED:
                return self._told(raw)
            folders = streams(Reader(raw[1:]))
            if len(folders) != 1:
                raise Unreadable(Trouble.DAMAGED, "7z header")
            size = folders[0].size
            raw = self.unpacked(folders[0]) if size <= _HEADER_BYTES else b""
        raise Unreadable(Trouble.TOO_DEEP, "7z header")

    def _told(self, raw: bytes) -> tuple[list[Folder], list[Entry]]:
        """Some programs give an encrypted description no checksum: a wrong password shows in nonsense."""
        try:
            header = Reader(raw)
            header.expect(1)
            found = contents(header)
        except Unreadable:
            if self.encrypted and not self._fits:
                raise self.does_not_fit() from None
            raise
        self._fits = self._fits or self.encrypted
        return found

    def unpacked(self, folder: Folder) -> bytes:
        """All bytes of a folder. Its size is checked first, its CRC if it has one after."""
        begin, end = 32 + folder.at, 32 + folder.at + folder.packed
        self._left -= max(coder.size for coder in folder.coders)
        if self._limits.bytes - self._left > max(_SMALL, len(self._data) * self._limits.ratio):
            raise Unreadable(Trouble.BOMB, "ratio")
        if self._left < 0:
            raise Unreadable(Trouble.TOO_LARGE, "unpacked")
        if end > len(self._data):
            raise Unreadable(Trouble.DAMAGED, "7z")
        content = self._data[begin:end]
        locked = any(coder.id == _AES for coder in folder.coders)
        self.encrypted = self.encrypted or locked
        try:
            for coder in folder.coders:
                content = self._decrypted(coder, content) if coder.id == _AES else decoded(coder, content)
        except BROKEN:
            raise self.does_not_fit() if locked else Unreadable(Trouble.DAMAGED, "7z") from None
        if folder.crc is not None and zlib.crc32(content) != folder.crc:
            raise self.does_not_fit() if locked else Unreadable(Trouble.DAMAGED, "checksum")
        self._fits = self._fits or (locked and folder.crc is not None)
        return content

    def does_not_fit(self) -> Unreadable:
        """A wrong password shows only in what comes out."""
        return Unreadable(Trouble.DAMAGED if self._fits else Trouble.NEEDS_PASSWORD)

    def _decrypted(self, coder: Coder, content: bytes) -> bytes:
        first, second = (coder.properties + bytes(2))[:2]
        salt_size, vector_size = (first >> 7 & 1) + (second >> 4), (first >> 6 & 1) + (second & 15)
        salt = coder.properties[2 : 2 + salt_size]
        vector = coder.properties[2 + salt_size : 2 + salt_size + vector_size].ljust(16, b"\0")
        if not self._secret:
            raise Unreadable(Trouble.NEEDS_PASSWORD)
        if first & 63 > _ROUNDS:
            raise Unreadable(Trouble.TOO_LARGE, "rounds")
        if len(content) % 16 or coder.size > len(content) or len(vector) != 16:
            raise Unreadable(Trouble.DAMAGED, "encryption")
        decryptor = Cipher(algorithms.AES(self._key(first & 63, salt)), modes.CBC(vector)).decryptor()
        return (decryptor.update(content) + decryptor.finalize())[: coder.size]

    def _key(self, power: int, salt: bytes) -> bytes:
        if (power, salt) not in self._keys:
            try:
                prefix = salt + (self._secret or b"").decode().encode("utf-16-le")
            except UnicodeDecodeError:
                raise Unreadable(Trouble.NEEDS_PASSWORD) from None
            if len(prefix) > 1_000:
                raise Unreadable(Trouble.NEEDS_PASSWORD)
            self._rounds_left -= 1 << power
            if self._rounds_left < 0:
                raise Unreadable(Trouble.TOO_LARGE, "rounds")
            digest = hashlib.sha256()
            for number in range(1 << power):
                digest.update(prefix + number.to_bytes(8, "little"))
            self._keys = {(power, salt): digest.digest()}
        return self._keys[power, salt]
