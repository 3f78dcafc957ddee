"""Workbooks made for tests: good ones by other people's programs, odd ones part by part."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
DECLARED = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def by_xlsxwriter(fill: Callable[[Any], None]) -> bytes:
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    fill(book)
    book.close()
    return buffer.getvalue()


def by_openpyxl(fill: Callable[[Any], None]) -> bytes:
    import openpyxl

    buffer = io.BytesIO()
    book = openpyxl.Workbook()
    fill(book)
    book.save(buffer)
    return buffer.getvalue()


def sheet(rows: str, prefix: str = "", before: str = "") -> str:
    """A worksheet around the XML of its rows."""
    colon = f"{prefix}:" if prefix else ""
    space = f"xmlns:{prefix}" if prefix else "xmlns"
    data = f"<{colon}sheetData>{rows}</{colon}sheetData>"
    return f'{DECLARED}<{colon}worksheet {space}="{MAIN}">{before}{data}</{colon}worksheet>'


def entries(
    *sheets: str | bytes,
    strings: str | bytes | None = None,
    styles: str | None = None,
    states: tuple[str, ...] = (),
    head: str = "",
) -> dict[str, str | bytes]:
    """The parts of a workbook by name. `head` goes before the list of sheets."""
    names = range(1, len(sheets) + 1)
    listed = "".join(
        f'<sheet name="表{n}" sheetId="{n}"{f""" state="{states[n - 1]}" """ if states else ""} r:id="rId{n}"/>'
        for n in names
    )
    related = "".join(
        f'<Relationship Id="rId{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in names
    )
    home = f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
    found: dict[str, str | bytes] = {
        "[Content_Types].xml": f'{DECLARED}<Types xmlns="{TYPES}"/>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}">{home}</Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{head}<sheets>{listed}</sheets></workbook>',
    }
    for name, content in (("sharedStrings", strings), ("styles", styles)):
        if content is not None:
            related += f'<Relationship Id="{name}" Type="{OFFICE}/{name}" Target="{name}.xml"/>'
            found[f"xl/{name}.xml"] = content
    found["xl/_rels/workbook.xml.rels"] = f'<Relationships xmlns="{PACKAGE}">{related}</Relationships>'
    return found | {f"xl/worksheets/sheet{n}.xml": content for n, content in zip(names, sheets, strict=True)}


def zipped(parts: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive, always the same bytes for the same parts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 10, 1, 0, 0, 0)), content, method)
    return buffer.getvalue()


def book(*sheets: str | bytes, **given: Any) -> bytes:
    return zipped(entries(*sheets, **given))
