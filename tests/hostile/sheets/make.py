"""Makes the hostile sheets of this folder; each file's name begins with what must be said of it.

`read` is content, anything else a code of `gateway.handler.Trouble`. Run as `python -m tests.hostile.sheets.make`; what
is large or many is made here too, but kept only in memory (`LARGE`).
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from tests.handlers.books import entries, sheet, zipped

FOLDER = Path(__file__).parent
ONE = '<row r="1"><c r="A1"><v>1</v></c></row>'
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
ENTITY = '<worksheet><sheetData><row><c t="str"><v>&{};</v></c></row></sheetData></worksheet>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
DATES = '<styleSheet><cellXfs><xf numFmtId="14"/></cellXfs></styleSheet>'
TAB = '<sheet name="a" id="rId1"/>'
ELSEWHERE = (
    '<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="../../../../etc/passwd"/></Relationships>'
)


def rows(xml: str, method: int = zipfile.ZIP_DEFLATED, strings: str | None = None, styles: str | None = None) -> bytes:
    return zipped(entries(sheet(xml), strings=strings, styles=styles), method)


def with_part(name: str, content: str | bytes) -> bytes:
    return zipped(entries(sheet(ONE)) | {name: content})


def cell(reference: str, kind: str = "", value: str = "1") -> str:
    return f'<row r="1"><c r="{reference}"{kind and f""" t="{kind}" """}><v>{value}</v></c></row>'


def overlapping() -> bytes:
    """Two entries of the directory that unpack the same bytes."""
    data = bytearray(zipped(entries(sheet(ONE), sheet(ONE))))
    first, second = data.rfind(b"PK\x01\x02", 0, data.rfind(b"PK\x01\x02")), data.rfind(b"PK\x01\x02")
    data[second + 42 : second + 46] = data[first + 42 : first + 46]
    return bytes(data)


def checksum_wrong() -> bytes:
    data = zipped(entries(sheet(ONE)), zipfile.ZIP_STORED)
    return data.replace(b"<v>1</v>", b"<v>2</v>")


def flagged(data: bytes, bit: int) -> bytes:
    """The last entry with a flag set in both its headers."""
    central = data.rfind(b"PK\x01\x02")
    local = struct.unpack_from("<I", data, central + 42)[0]
    changed = bytearray(data)
    changed[central + 8] |= bit
    changed[local + 6] |= bit
    return bytes(changed)


def nested() -> bytes:
    inner = zipped({"0": bytes(1 << 20)})
    return zipped({f"{n}.zip": inner for n in range(16)})


SMALL: dict[str, Callable[[], bytes]] = {
    "too_large.first_and_last_cell.xlsx": lambda: rows(ONE + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
    "read.first_and_last_row.xlsx": lambda: rows(ONE + '<row r="1048576"><c r="A1048576"><v>1</v></c></row>'),
    "too_large.one_wide_row_and_a_last_one.xlsx": lambda: rows(
        cell("ALL1") + '<row r="999999"><c r="A999999"><v>1</v></c></row>'
    ),
    "read.last_cell_without_value.xlsx": lambda: rows(ONE + '<row r="1048576"><c r="XFD1048576" s="1"/></row>'),
    "read.dimension_of_everything.xlsx": lambda: zipped(entries(sheet(ONE, before='<dimension ref="A1:XFD1048576"/>'))),
    "too_large.row_beyond_the_sheet.xlsx": lambda: rows('<row r="9999999"><c r="A9999999"><v>1</v></c></row>'),
    "too_large.column_beyond_the_limit.xlsx": lambda: rows(cell("ZZZ1")),
    "damaged.column_of_five_letters.xlsx": lambda: rows(cell("AAAAA1")),
    "damaged.row_of_twenty_digits.xlsx": lambda: rows(cell("A" + "9" * 20)),
    "damaged.row_of_zero.xlsx": lambda: rows(cell("A0")),
    "damaged.negative_row.xlsx": lambda: rows('<row r="-1"><c r="A-1"><v>1</v></c></row>'),
    "damaged.rows_backwards.xlsx": lambda: rows('<row r="9"><c r="A9"><v>1</v></c></row>' + ONE),
    "read.cell_twice.xlsx": lambda: rows('<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>'),
    "damaged.shared_text_missing.xlsx": lambda: rows(cell("A1", "s", "7"), strings="<sst><si><t>a</t></si></sst>"),
    "damaged.shared_text_negative.xlsx": lambda: rows(cell("A1", "s", "-1"), strings="<sst><si><t>a</t></si></sst>"),
    "damaged.shared_text_word.xlsx": lambda: rows(cell("A1", "s", "first"), strings="<sst><si><t>a</t></si></sst>"),
    "too_large.shared_text_huge.xlsx": lambda: rows(
        cell("A1", "s", "0"), strings=f"<sst><si><t>{'a' * 3_000_000}</t></si></sst>"
    ),
    "too_large.own_text_huge.xlsx": lambda: rows(cell("A1", "str", "a" * 40_000)),
    "read.number_of_many_digits.xlsx": lambda: rows(cell("A1", "", "9" * 5_000)),
    "read.infinite_number.xlsx": lambda: rows(cell("A1", "", "1e999")),
    "read.date_of_no_year.xlsx": lambda: rows('<row r="1"><c r="A1" s="0"><v>1e300</v></c></row>', styles=DATES),
    "damaged.laughs.xlsx": lambda: with_part(
        "xl/worksheets/sheet1.xml", f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]>{ENTITY.format("l9")}'
    ),
    "damaged.entity_from_outside.xlsx": lambda: with_part("xl/worksheets/sheet1.xml", OUTSIDE + ENTITY.format("e")),
    "damaged.unknown_entity.xlsx": lambda: with_part("xl/workbook.xml", "<workbook>&nothing;</workbook>"),
    "damaged.laughs_in_the_workbook.xlsx": lambda: with_part(
        "xl/workbook.xml", f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]><workbook>&l9;</workbook>'
    ),
    "damaged.deep.xlsx": lambda: with_part("xl/worksheets/sheet1.xml", "<worksheet>" + "<a>" * 100_000),
    "damaged.sheet_cut_off.xlsx": lambda: with_part("xl/worksheets/sheet1.xml", "<worksheet><sheetData><row><c><v>1"),
    "damaged.unknown_encoding.xlsx": lambda: with_part(
        "xl/workbook.xml", b'<?xml version="1.0" encoding="rot13"?><workbook/>'
    ),
    "damaged.not_utf8.xlsx": lambda: with_part(
        "xl/worksheets/sheet1.xml", b"<worksheet><sheetData>\xff\xfe</sheetData></worksheet>"
    ),
    "empty.no_sheets.xlsx": lambda: with_part("xl/workbook.xml", "<workbook/>"),
    "damaged.sheet_missing.xlsx": lambda: zipped({n: c for n, c in entries(sheet(ONE)).items() if "sheet1" not in n}),
    "damaged.sheet_elsewhere.xlsx": lambda: with_part("xl/_rels/workbook.xml.rels", ELSEWHERE),
    "damaged.no_workbook.xlsx": nested,
    "damaged.cut_off.xlsx": lambda: rows(ONE)[:-30],
    "damaged.cut_in_the_middle.xlsx": lambda: rows(ONE)[:400],
    "damaged.directory_in_front.xlsx": lambda: b"PK\x03\x04" + rows(ONE)[-300:],
    "damaged.checksum.xlsx": checksum_wrong,
    "damaged.bytes.xlsx": lambda: b"PK\x03\x04" + bytes(range(256)) * 20,
    "damaged.zeros.xlsx": lambda: bytes(2_000),
    "bomb.overlap.xlsx": overlapping,
    "bomb.spaces.xlsx": lambda: rows(" " * (30 << 20) + ONE),
    "bomb.spaces_in_texts.xlsx": lambda: rows(ONE, strings="<sst>" + " " * (30 << 20) + "</sst>"),
    "unsupported.encrypted_entry.xlsx": lambda: flagged(rows(ONE), 1),
    "unsupported.lzma.xlsx": lambda: zipped(entries(sheet(ONE)), zipfile.ZIP_LZMA),
    "unsupported.web_page.xls": lambda: b"<html><body><table><tr><td>1</td></tr></table></body></html>",
    "damaged.old_excel.xls": lambda: bytes.fromhex("D0CF11E0A1B11AE1") + bytes(504),
    "empty.nothing.xlsx": lambda: b"",
    "too_large.many_sheets.xlsx": lambda: zipped(
        entries(sheet(ONE)) | {"xl/workbook.xml": f"<workbook>{TAB * 3_000}</workbook>"}
    ),
    "encoding.zero.csv": lambda: b"a,b\n1,\x00\n",
    "encoding.random.csv": lambda: b"".join(zlib.crc32(bytes((n,))).to_bytes(4, "big") for n in range(250)).replace(
        b"\0", b"\1"
    ),
    "damaged.open_quote.csv": lambda: b'a,b\n"' + b"1,2\n" * 5_000,
    "damaged.escape_sequences.csv": lambda: b"a,b\n\x1b]0;title\x07,2\n",
    "too_large.one_row_of_many_columns.csv": lambda: b"," * 2_000 + b"x",
}

LARGE: dict[str, Callable[[], bytes]] = {
    "too_large.many_entries.xlsx": lambda: zipped({f"{n}": b"" for n in range(20_000)}),
    "too_large.one_text_many_times.xlsx": lambda: rows(
        "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 20_000)),
        strings=f"<sst><si><t>{'a' * 32_000}</t></si></sst>",
    ),
    "too_large.wide_rows.xlsx": lambda: rows(
        "".join(f'<row r="{n}"><c r="ALL{n}"><v>{n}</v></c></row>' for n in range(1, 30_000))
    ),
    "damaged.endless_tags.xlsx": lambda: rows('<row r="1"><c r="A1"' * 400_000, zipfile.ZIP_STORED),
    "damaged.endless_formulas.xlsx": lambda: rows('<row r="1"><c r="A1"><f ' * 400_000, zipfile.ZIP_STORED),
    "damaged.endless_cells.xlsx": lambda: rows('<row r="1">' + '<c r="A1"><f>' * 400_000, zipfile.ZIP_STORED),
    "damaged.endless_texts.xlsx": lambda: rows(ONE, zipfile.ZIP_STORED, strings="<sst>" + "<si><t>" * 500_000),
    "too_large.separators.csv": lambda: b"," * 20_000_000,
    "too_large.one_wide_row_and_many.csv": lambda: b"," * 900 + b"x\n" + b"1\n" * 900_000,
    "too_large.rows.csv": lambda: b"1\n" * 3_000_000,
    "too_large.quotes.csv": lambda: b'"' * 5_000_001,
}


def main() -> None:
    for old in FOLDER.glob("*.*.*"):
        old.unlink()
    for name, make in SMALL.items():
        (FOLDER / name).write_bytes(make())


if __name__ == "__main__":
    main()
