"""Binary workbooks made for tests, record by record."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from tests.handlers.books import OFFICE, PACKAGE, TYPES, zipped

BINARY = "application/vnd.ms-excel"


def record(kind: int, data: bytes = b"") -> bytes:
    head = bytes((kind,)) if kind < 0x80 else bytes((kind & 0x7F | 0x80, kind >> 7))
    size, more = bytearray(), len(data)
    while more >= 0x80:
        size.append(more & 0x7F | 0x80)
        more >>= 7
    return head + bytes(size) + bytes((more,)) + data


def text(string: str) -> bytes:
    raw = string.encode("utf-16-le")
    return struct.pack("<I", len(raw) // 2) + raw


def cell(kind: int, column: int, data: bytes, style: int = 0) -> bytes:
    return record(kind, struct.pack("<II", column - 1, style) + data)


def row(number: int, *cells: bytes, hidden: bool = False) -> bytes:
    head = struct.pack("<IIHBBBI", number - 1, 0, 300, 0, 0x10 if hidden else 0, 0, 0)
    return record(0, head) + b"".join(cells)


def real(column: int, value: float, style: int = 0) -> bytes:
    return cell(5, column, struct.pack("<d", value), style)


def label(column: int, string: str) -> bytes:
    return cell(6, column, text(string))


def sheet(*rows: bytes, end: bytes = record(146) + record(130)) -> bytes:
    size = record(148, struct.pack("<4I", 0, 99, 0, 19))
    return record(129) + size + record(145) + b"".join(rows) + end


def styles(*formats: int | tuple[int, str]) -> bytes:
    """One cell style for each number format, given by its number, or by number and code."""
    own = [one for one in formats if isinstance(one, tuple)]
    told = b"".join(record(44, struct.pack("<H", number) + text(code)) for number, code in own)
    plain = struct.pack("<HHHHHBBHBB", 0xFFFF, 0, 0, 0, 0, 0, 0, 0x1000, 0, 0)
    cells = b"".join(
        record(47, struct.pack("<HH", 0, one[0] if isinstance(one, tuple) else one) + plain[4:]) for one in formats
    )
    font = record(
        43, struct.pack("<HHHHBBBB", 220, 0, 400, 0, 0, 2, 0, 0) + bytes((7, 1)) + bytes(6) + b"\2" + text("宋体")
    )
    fill = record(45, bytes(68))
    border = record(46, bytes(51))
    return (
        record(278) + (record(615, struct.pack("<I", len(own))) + told + record(616) if own else b"")
        + record(611, struct.pack("<I", 1)) + font + record(612)
        + record(603, struct.pack("<I", 1)) + fill + record(604)
        + record(613, struct.pack("<I", 1)) + border + record(614)
        + record(626, struct.pack("<I", 1)) + record(47, plain) + record(627)
        + record(617, struct.pack("<I", len(formats))) + cells + record(618) + record(279)
    )  # fmt: skip


def parts(
    *sheets: bytes, strings: Sequence[str] | None = None, style: bytes | None = None, states: Sequence[int] = (),
    from_1904: bool = False, names: Sequence[str] = (),
) -> dict[str, str | bytes]:  # fmt: skip
    """The parts of a workbook by name."""
    tabs, related, types = b"", "", ""
    found: dict[str, str | bytes] = {}
    for at, one in enumerate(sheets, 1):
        name = names[at - 1] if names else f"表{at}"
        state = states[at - 1] if states else 0
        tabs += record(156, struct.pack("<II", state, at) + text(f"rId{at}") + text(name))
        related += f'<Relationship Id="rId{at}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{at}.bin"/>'
        types += f'<Override PartName="/xl/worksheets/sheet{at}.bin" ContentType="{BINARY}.worksheet"/>'
        found[f"xl/worksheets/sheet{at}.bin"] = one
    more: list[tuple[str, bytes]] = [("styles", style)] if style else []
    if strings is not None:
        items = b"".join(record(19, b"\0" + text(string)) for string in strings)
        count = struct.pack("<II", len(strings), len(strings))
        more.append(("sharedStrings", record(159, count) + items + record(160)))
    for name, part in more:
        related += f'<Relationship Id="{name}" Type="{OFFICE}/{name}" Target="{name}.bin"/>'
        types += f'<Override PartName="/xl/{name}.bin" ContentType="{BINARY}.{name}"/>'
        found[f"xl/{name}.bin"] = part
    properties = record(153, struct.pack("<II", from_1904, 0) + text(""))
    home = f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.bin"/>'
    listed = f'<?xml version="1.0"?><Relationships xmlns="{PACKAGE}">{related}</Relationships>'
    return {
        "[Content_Types].xml": f'<?xml version="1.0"?><Types xmlns="{TYPES}"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="bin" ContentType="{BINARY}.sheet.binary.macroEnabled.main"/>{types}</Types>',
        "_rels/.rels": f'<?xml version="1.0"?><Relationships xmlns="{PACKAGE}">{home}</Relationships>',
        "xl/workbook.bin": record(131) + properties + record(143) + tabs + record(144) + record(132),
        "xl/_rels/workbook.bin.rels": listed,
        **found,
    }


def book(*sheets: bytes, **given: object) -> bytes:
    return zipped(parts(*sheets, **given))  # type: ignore[arg-type]
