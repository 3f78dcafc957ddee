"""Old workbooks made for tests, record by record and sector by sector, so that every mistake can be made as well."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

MAGIC = bytes.fromhex("D0CF11E0A1B11AE1")
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


# --- compound files ---


def compound(streams: Mapping[str, bytes], size: int = 512) -> bytes:
    """A compound file with these streams; a `/` in a name puts it into a storage. Small ones share the mini stream."""
    tree = _tree(streams)
    sectors: list[bytes] = []
    table: list[int] = []

    def chain(data: bytes) -> int:
        if not data:
            return END
        first = len(sectors)
        pieces = [data[at : at + size].ljust(size, b"\0") for at in range(0, len(data), size)]
        table.extend([*range(first + 1, first + len(pieces)), END])
        sectors.extend(pieces)
        return first

    mini, mini_table = b"", []
    places = {}
    for name, data in streams.items():
        if len(data) >= 4096:
            places[name] = chain(data)
        elif data:
            start, count = len(mini) // 64, -(-len(data) // 64)
            mini += data.ljust(count * 64, b"\0")
            mini_table += [*range(start + 1, start + count), END]
            places[name] = start
    root = chain(mini)
    mini_sectors = struct.pack(f"<{len(mini_table)}I", *mini_table)
    mini_start = chain(mini_sectors + b"\xff" * (-len(mini_sectors) % size))
    directory = b"".join(
        _entry(name, kind, child, right, root if kind == 5 else places.get(path, END if kind == 2 else 0),
               len(mini) if kind == 5 else len(streams.get(path, b"")))
        for path, name, kind, child, right in tree
    )  # fmt: skip
    directory_start = chain(directory.ljust(-(-len(directory) // size) * size, b"\0"))
    fat_count = 1
    while fat_count * size // 4 < len(table) + fat_count:
        fat_count += 1
    fat_at = len(sectors)
    table += [FAT] * fat_count
    fat = struct.pack(f"<{len(table)}I", *table).ljust(fat_count * size, b"\xff")
    sectors += [fat[at : at + size] for at in range(0, len(fat), size)]
    beyond = range(fat_at + 109, fat_at + fat_count)  # one more sector lists them; the table need not tell of it
    lists = struct.pack(f"<{len(beyond)}I", *beyond).ljust(size - 4, b"\xff") + struct.pack("<I", END)
    assert len(lists) == size
    shift = size.bit_length() - 1
    header = MAGIC + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 4 if size == 4096 else 3, 0xFFFE, shift, 6)
    header += struct.pack(
        "<9I", (len(directory) - 1) // size + 1 if size == 4096 else 0, fat_count, directory_start, 0, 4096,
        mini_start if mini_table else END, -(-len(mini_sectors) // size),
        len(sectors) if beyond else END, bool(beyond),
    )  # fmt: skip
    listed = range(fat_at, fat_at + min(109, fat_count))
    header += struct.pack("<109I", *listed, *[FREE] * (109 - len(listed)))
    return header.ljust(size, b"\0") + b"".join(sectors) + (lists if beyond else b"")


def _tree(streams: Mapping[str, bytes]) -> list[tuple[str, str, int, int, int]]:
    """Directory entries in order: path, name, kind, first child, next sibling."""
    entries: list[list] = [["", "Root Entry", 5, FREE, FREE]]
    last: dict[str, int] = {}

    def add(path: str, kind: int) -> None:
        folder, _, name = path.rpartition("/")
        if folder and folder not in known:
            add(folder, 1)
        known[path] = len(entries)
        if folder in last:
            entries[last[folder]][4] = len(entries)
        else:
            entries[known[folder]][3] = len(entries)
        last[folder] = len(entries)
        entries.append([path, name, kind, FREE, FREE])

    known = {"": 0}
    for path in streams:
        add(path, 2)
    return [tuple(entry) for entry in entries]  # type: ignore[misc]


def _entry(name: str, kind: int, child: int, right: int, start: int, size: int) -> bytes:
    text = (name + "\0").encode("utf-16-le")
    return text.ljust(64, b"\0") + struct.pack("<HBBIII36xIQ", len(text), kind, 1, FREE, right, child, start, size)


# --- records ---


def record(kind: int, data: bytes = b"") -> bytes:
    """One record; what is too long for it goes into `CONTINUE` records."""
    first, rest = data[:8224], data[8224:]
    return struct.pack("<HH", kind, len(first)) + first + (record(0x3C, rest) if rest else b"")


def bof(kind: int = 0x10, version: int = 0x600) -> bytes:
    return record(
        0x809, struct.pack("<HHHHII", version, kind, 0x0DBB, 0x07CC, 0, 0x06)[: 16 if version == 0x600 else 8]
    )


EOF = record(0x0A)


def text8(text: str, length_bytes: int = 2, wide: bool = True) -> bytes:
    raw = text.encode("utf-16-le") if wide else text.encode("latin-1")
    length = len(raw) // 2 if wide else len(raw)
    return length.to_bytes(length_bytes, "little") + bytes((wide,)) + raw


def text5(text: str, length_bytes: int = 2, encoding: str = "gbk") -> bytes:
    raw = text.encode(encoding)
    return len(raw).to_bytes(length_bytes, "little") + raw


def cell(kind: int, row: int, column: int, data: bytes, style: int = 0) -> bytes:
    """A cell's record; rows and columns from 1."""
    return record(kind, struct.pack("<HHH", row - 1, column - 1, style) + data)


def number(row: int, column: int, value: float, style: int = 0) -> bytes:
    return cell(0x203, row, column, struct.pack("<d", value), style)


def label(row: int, column: int, text: str) -> bytes:
    return cell(0x204, row, column, text8(text))


def formula(row: int, column: int, result: bytes, options: int = 0) -> bytes:
    return cell(0x06, row, column, result + struct.pack("<HIH", options, 0, 0))


def row(number: int, hidden: bool = False) -> bytes:
    return record(0x208, struct.pack("<HHHHHHHH", number - 1, 0, 9, 255, 0, 0, 0x20 if hidden else 0, 15))


def style(format: int) -> bytes:
    return record(0xE0, struct.pack("<HH16x", 0, format))


def workbook(
    *sheets: bytes,
    names: Sequence[str] = (),
    head: bytes = b"",
    states: Sequence[int] = (),
    version: int = 0x600,
    ends: bytes = EOF,
) -> bytes:
    """The stream of a workbook; each sheet given as its records. `head` goes before the list of sheets."""
    texts = [
        text8(name, 1) if version == 0x600 else text5(name, 1)
        for name in names or [f"表{at}" for at in range(1, len(sheets) + 1)]
    ]
    bodies = [bof(0x10, version) + body + ends for body in sheets]
    before = bof(5, version) + head
    at = len(before) + sum(10 + len(text) for text in texts) + len(EOF)
    tabs = b""
    for place, (text, body) in enumerate(zip(texts, bodies, strict=True)):
        tabs += record(0x85, struct.pack("<IBB", at, states[place] if states else 0, 0) + text)
        at += len(body)
    return before + tabs + EOF + b"".join(bodies)


def xls(*sheets: bytes, **given: object) -> bytes:
    """A whole file."""
    stream = workbook(*sheets, **given)  # type: ignore[arg-type]
    return compound({"Workbook" if given.get("version", 0x600) == 0x600 else "Book": stream})
