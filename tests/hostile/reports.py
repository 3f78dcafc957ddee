"""One report, as a clerk would send it, in each of the formats that are read; the same again for the same chance."""

from __future__ import annotations

import random
import struct
import zipfile
from collections.abc import Callable, Mapping
from io import BytesIO

from tests.handlers import binary_books, old_books
from tests.handlers.books import entries, sheet
from tests.handlers.test_open_document import TYPE, cell, content, row

HEADER = ("性别", "出生日期", "死亡日期", "村（居）委会代码")
Parts = dict[str, str | bytes]
"""The entries of an archive, by name."""


def lines_of(chance: random.Random) -> list[tuple[str, ...]]:
    """A header and its cases."""
    days = [(f"2026-11-{day:02}", "2026-12-01") for day in range(1, chance.randint(2, 28))]
    return [HEADER, *((chance.choice("12"), born, died, "449921100201") for born, died in days)]


def xlsx(chance: random.Random) -> Parts:
    lines = lines_of(chance)
    if chance.random() < 0.5:
        shared = sorted({text for line in lines for text in line})
        strings = "<sst>" + "".join(f"<si><t>{text}</t></si>" for text in shared) + "</sst>"
        return entries(sheet(_xml_rows(lines, lambda text: ("s", f"<v>{shared.index(text)}</v>"))), strings=strings)
    return entries(sheet(_xml_rows(lines, lambda text: ("inlineStr", f"<is><t>{text}</t></is>"))))


def _xml_rows(lines: list[tuple[str, ...]], told: Callable[[str], tuple[str, str]]) -> str:
    rows = []
    for y, line in enumerate(lines, 1):
        cells = ((x, *told(text)) for x, text in zip("ABCD", line, strict=True))
        rows.append(f'<row r="{y}">' + "".join(f'<c r="{x}{y}" t="{k}">{v}</c>' for x, k, v in cells) + "</row>")
    return "".join(rows)


def ods(chance: random.Random) -> Parts:
    rows = "".join(row(*map(cell, line)) for line in lines_of(chance))
    return {"mimetype": TYPE, "content.xml": content(rows), "META-INF/manifest.xml": "<manifest/>"}


def xlsb(chance: random.Random) -> Parts:
    lines = lines_of(chance)
    rows = (
        binary_books.row(y, *(binary_books.label(x, text) for x, text in enumerate(line, 1)))
        for y, line in enumerate(lines, 1)
    )
    return binary_books.parts(binary_books.sheet(*rows), strings=["a"], style=binary_books.styles(0, 14))


def stream(chance: random.Random) -> bytes:
    lines = lines_of(chance)
    cells = ((y, x, text) for y, line in enumerate(lines, 1) for x, text in enumerate(line, 1))
    if chance.random() < 0.5:
        return old_books.workbook(b"".join(old_books.label(*one) for one in cells), head=old_books.style(14))
    shared = [text for line in lines for text in line]
    table = struct.pack("<II", len(shared), len(shared)) + b"".join(map(old_books.text8, shared))
    body = b"".join(old_books.cell(0xFD, y, x, struct.pack("<I", at)) for at, (y, x, _) in enumerate(cells))
    return old_books.workbook(body, head=old_books.record(0xFC, table))


def xls(chance: random.Random) -> bytes:
    return old_books.compound({"Workbook": stream(chance)})


def csv(chance: random.Random) -> bytes:
    lines, separator = lines_of(chance), chance.choice(",\t;")
    text = "\r\n".join(separator.join(line) for line in lines) + "\r\n"
    return text.encode(chance.choice(("utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be")))


def zipped(chance: random.Random) -> Parts:
    return {"报表.xlsx": packed(xlsx(chance)), "报表.csv": csv(chance)}


def as_file(made: bytes | Parts) -> bytes:
    return made if isinstance(made, bytes) else packed(made)


def as_bytes(content: str | bytes) -> bytes:
    return content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content


def packed(parts: Mapping[str, str | bytes]) -> bytes:
    """An archive, always the same bytes for the same parts."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, one in parts.items():
            method = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name[:60_000], (2026, 10, 1, 0, 0, 0)), as_bytes(one), method)
    return buffer.getvalue()
