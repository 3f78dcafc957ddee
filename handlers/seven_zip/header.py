"""The header of a 7z archive (7zFormat.txt of the LZMA SDK): which streams there are, and which files lie in them.

It is no handler but what `seven_zip` stands on. Trust: counts are capped before they are believed, and no number leads
beyond the header.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from gateway.handler import Trouble, Unreadable

MAGIC: Final = b"7z\xbc\xaf\x27\x1c"
FILES: Final = 4_000
_CODERS, _PROPERTIES = 8, 64
(_END, _, _ARCHIVE, _ADDITIONAL, _STREAMS, _FILES, _PACK, _UNPACK, _SUBSTREAMS, _SIZE, _CRC, _FOLDER, _UNPACKED,
 _COUNTS, _EMPTY_STREAM, _EMPTY_FILE, _ANTI, _NAMES) = range(18)  # fmt: skip
_ATTRIBUTES: Final = 0x15
_FILLING: Final = 0x19
ENCODED: Final = b"\x17"  # begins a description that is itself packed
_UNIX: Final = 0x8000  # an attribute that says: the upper half is a Unix mode


@dataclass(frozen=True, slots=True)
class Coder:
    """One step of unpacking: what it does, with its parameters, and the size of what comes out."""

    id: bytes
    properties: bytes
    size: int


@dataclass(slots=True)
class Folder:
    """Packed bytes and the steps that unpack them, first step first; its files by size and CRC-32 (None: none)."""

    coders: tuple[Coder, ...]
    at: int = 0
    packed: int = 0
    crc: int | None = None
    files: list[tuple[int, int | None]] = field(default_factory=list)

    @property
    def size(self) -> int:
        return self.coders[-1].size


@dataclass(frozen=True, slots=True)
class Entry:
    """A name in the archive. `mode` is a Unix mode or 0, `windows` the attributes of Windows."""

    name: str
    has_bytes: bool
    is_folder: bool
    mode: int
    windows: int


class Reader:
    """Numbers from a header. Raises `Unreadable(DAMAGED)` at its end."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def raw(self, size: int) -> bytes:
        found = self._data[self._at : self._at + size]
        if len(found) < size:
            raise Unreadable(Trouble.DAMAGED, "7z header")
        self._at += size
        return found

    def byte(self) -> int:
        return self.raw(1)[0]

    def number(self) -> int:
        """The first byte's leading ones say how many bytes follow; its other bits are the highest."""
        first = self.byte()
        more = next((n for n in range(8) if not first & 0x80 >> n), 8)
        low = int.from_bytes(self.raw(more), "little")
        return low | (first & (0x7F >> more)) << 8 * more

    def count(self) -> int:
        found = self.number()
        if found > FILES:
            raise Unreadable(Trouble.TOO_LARGE, "entries")
        return found

    def expect(self, kind: int) -> None:
        if self.byte() != kind:
            raise Unreadable(Trouble.DAMAGED, "7z header")

    def bits(self, count: int) -> list[bool]:
        raw = self.raw(-(-count // 8))
        return [bool(raw[n // 8] & 0x80 >> n % 8) for n in range(count)]

    def bits_or_all(self, count: int) -> list[bool]:
        return [True] * count if self.byte() else self.bits(count)

    def digests(self, count: int) -> list[int | None]:
        return [int.from_bytes(self.raw(4), "little") if given else None for given in self.bits_or_all(count)]

    def kinds(self) -> Iterator[int]:
        """What the blocks are up to the end, each before it is read. None comes twice but what only fills."""
        seen: set[int] = set()
        while (kind := self.byte()) != _END:
            if kind in seen:
                raise Unreadable(Trouble.DAMAGED, "7z header")
            seen |= {kind} - {_FILLING}
            yield kind


def streams(header: Reader) -> list[Folder]:
    """The folders that a description of streams tells, with the places of their bytes behind the first 32."""
    folders: list[Folder] = []
    at, sizes = 0, [0]
    kind = header.byte()
    if kind == _PACK:
        at, sizes = _packed(header)
        kind = header.byte()
    if kind == _UNPACK:
        folders = _folders(header)
        kind = header.byte()
    if len(sizes) != len(folders) and folders:
        raise Unreadable(Trouble.UNSUPPORTED, "compression")  # a folder with several streams goes through BCJ2
    for folder, size in zip(folders, sizes, strict=False):
        folder.at, folder.packed = at, size
        folder.files = [(folder.size, folder.crc)]
        at += size
    if kind == _SUBSTREAMS:
        _files_in(header, folders)
        kind = header.byte()
    if kind != _END:
        raise Unreadable(Trouble.DAMAGED, "7z header")
    return folders


def contents(header: Reader) -> tuple[list[Folder], list[Entry]]:
    """Everything in a header after its first byte."""
    folders: list[Folder] = []
    entries: list[Entry] = []
    last = 0
    for kind in header.kinds():
        if kind < last:
            raise Unreadable(Trouble.DAMAGED, "7z header")
        last = kind
        if kind == _ARCHIVE:
            while header.byte() != _END:
                header.raw(header.number())
        elif kind == _STREAMS:
            folders = streams(header)
        elif kind == _FILES:
            entries = _entries(header)
        else:
            raise Unreadable(Trouble.UNSUPPORTED if kind == _ADDITIONAL else Trouble.DAMAGED, "7z header")
    return folders, entries


def _packed(header: Reader) -> tuple[int, list[int]]:
    at, count = header.number(), header.count()
    sizes = [0] * count
    for kind in header.kinds():
        if kind == _SIZE:
            sizes = [header.number() for _ in range(count)]
        elif kind == _CRC:
            header.digests(count)
        else:
            raise Unreadable(Trouble.DAMAGED, "7z header")
    return at, sizes


def _folders(header: Reader) -> list[Folder]:
    header.expect(_FOLDER)
    count = header.count()
    header.expect(0)  # not elsewhere
    told = [_coders(header) for _ in range(count)]
    header.expect(_UNPACKED)
    found = []
    for coders, order in told:
        sizes = [header.number() for _ in coders]
        found.append(Folder(tuple(Coder(*coders[n], sizes[n]) for n in order)))
    for kind in header.kinds():
        if kind != _CRC:
            raise Unreadable(Trouble.DAMAGED, "7z header")
        for folder, crc in zip(found, header.digests(count), strict=True):
            folder.crc = crc
    return found


def _coders(header: Reader) -> tuple[list[tuple[bytes, bytes]], list[int]]:
    """The steps of a folder as told, and the order in which they unpack: each takes what one other gives."""
    count = header.number()
    if not 0 < count <= _CODERS:
        raise Unreadable(Trouble.DAMAGED, "7z header")
    coders = []
    for _ in range(count):
        flags = header.byte()
        name = header.raw(flags & 0x0F)
        if flags & 0x10 and (header.number(), header.number()) != (1, 1):
            raise Unreadable(Trouble.UNSUPPORTED, "compression")
        size = header.number() if flags & 0x20 else 0
        if flags & 0xC0 or size > _PROPERTIES:
            raise Unreadable(Trouble.UNSUPPORTED, "compression")
        coders.append((name, header.raw(size)))
    takes = {}
    for _ in range(count - 1):
        taker, giver = header.number(), header.number()
        takes[giver] = taker
    first = set(range(count)) - set(takes.values())
    order = [first.pop()] if len(first) == 1 else []
    while order and order[-1] in takes and len(order) < count:
        order.append(takes[order[-1]])
    if sorted(order) != list(range(count)):
        raise Unreadable(Trouble.DAMAGED, "7z header")
    return coders, order


def _files_in(header: Reader, folders: list[Folder]) -> None:
    """How a folder's bytes are cut into files. The last size is what is left; a lone file's CRC is its folder's."""
    kind = header.byte()
    counts = [1] * len(folders)
    if kind == _COUNTS:
        counts = [header.count() for _ in folders]
        kind = header.byte()
    if sum(counts) > FILES:
        raise Unreadable(Trouble.TOO_LARGE, "entries")
    sizes = [[header.number() for _ in range(count - 1)] if kind == _SIZE else [] for count in counts]
    if kind == _SIZE:
        kind = header.byte()
    for folder, count, told in zip(folders, counts, sizes, strict=True):
        last = folder.size - sum(told)
        if last < 0 or len(told) != max(0, count - 1):
            raise Unreadable(Trouble.DAMAGED, "7z header")
        alone = folder.crc if count == 1 else None
        folder.files = [(size, alone) for size in [*told, last][:count]]
    if kind == _CRC:
        unknown = [(folder, n) for folder in folders for n, (_, crc) in enumerate(folder.files) if crc is None]
        for (folder, n), crc in zip(unknown, header.digests(len(unknown)), strict=True):
            folder.files[n] = (folder.files[n][0], crc)
        kind = header.byte()
    if kind != _END:
        raise Unreadable(Trouble.DAMAGED, "7z header")


def _entries(header: Reader) -> list[Entry]:
    count = header.count()
    empty, no_folder, names, attributes = [False] * count, [False] * count, [""] * count, [0] * count
    for kind in header.kinds():
        told = Reader(header.raw(header.number()))
        if kind == _EMPTY_STREAM:
            empty = told.bits(count)
        elif kind == _EMPTY_FILE:
            given = iter(told.bits(sum(empty)))
            no_folder = [is_empty and next(given) for is_empty in empty]
        elif kind == _NAMES:
            names = _names(told, count)
        elif kind == _ATTRIBUTES:
            defined = told.bits_or_all(count)
            told.expect(0)
            attributes = [int.from_bytes(told.raw(4), "little") if one else 0 for one in defined]
        elif kind == _ANTI:
            raise Unreadable(Trouble.UNSUPPORTED, "7z header")
    return [
        Entry(names[n], not empty[n], empty[n] and not no_folder[n],
              attributes[n] >> 16 if attributes[n] & _UNIX else 0, attributes[n] & 0xFFFF)
        for n in range(count)
    ]  # fmt: skip


def _names(told: Reader, count: int) -> list[str]:
    told.expect(0)
    names = []
    for _ in range(count):
        raw = bytearray()
        while (unit := told.raw(2)) != b"\0\0":
            raw += unit
        names.append(raw.decode("utf-16-le", "replace"))
    return names
