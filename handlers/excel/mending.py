"""The mending side of `excel`: the officer's own workbook with the repaired cells in it, and nothing else changed.

Each cell gets its new text in place, as bytes, in the style that it had. A text stays a text, so nothing that an
officer wrote becomes a number or a formula; a cell that is computed is not touched, and then the workbook cannot be
mended. Trust: foreign bytes; runs in the sandbox.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from gateway.handler import Limits, Mend, Trouble, Unreadable
from handlers.excel.marking import Book
from handlers.excel.marking.package import Package
from handlers.excel.marking.sheet_seen import Cell, Seen
from handlers.excel.marking.xml_patch import Patch, as_utf8, find, text, with_attributes
from handlers.forms.grid import column_number

_ZIP: Final = b"PK\x03\x04"
_FORMULA: Final = re.compile(rb"<(?:[A-Za-z0-9_]+:)?f(?=[\s/>])[^>]*>")
_COMPUTED: Final = re.compile(rb"\st\s*=\s*[\"'](?:array|dataTable)[\"']")
_RANGE: Final = re.compile(rb"\sref\s*=\s*[\"']\$?([A-Z]{1,3})\$?([0-9]{1,7})(?::\$?([A-Z]{1,3})\$?([0-9]{1,7}))?[\"']")
_RICH: Final = re.compile(rb"\s[cv]m\s*=")  # what a cell shows is then not in the cell
_ESCAPE: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_BEFORE: Final = ("sheets", "functionGroups", "externalReferences", "definedNames")


def mend(data: bytes, cells: Sequence[Mend], limits: Limits, most: int) -> bytes:
    """The workbook with these texts in these cells, at most `most` bytes.

    Raises `Unreadable`: UNSUPPORTED for what is no .xlsx, has macros (see `marking`), or where one cannot be changed.
    """
    if not data.startswith(_ZIP):
        raise Unreadable(Trouble.UNSUPPORTED, "not_excel")
    book = Book(Package(data, limits))
    by_sheet: dict[str, list[Mend]] = {}
    for one in cells:
        by_sheet.setdefault(one.sheet, []).append(one)
    for name, wanted in by_sheet.items():
        if name not in book.sheets:
            raise Unreadable(Trouble.UNSUPPORTED, "sheet")
        part = book.sheets[name]
        book.package.write(part, _mended(as_utf8(book.package.read(part)), wanted))
    _compute_anew(book)
    return book.package.packed(most)


def _mended(xml: bytes, wanted: Iterable[Mend]) -> bytes:
    seen, patch = Seen(xml), Patch(xml)
    computed = [place for tag in _FORMULA.findall(xml) if _COMPUTED.search(tag) for place in _RANGE.findall(tag)]
    for one in wanted:
        row = seen.row(one.row)
        cell = next((cell for cell in row.cells if cell.column == one.column), None) if row else None
        if cell is None or any(_is_in(one, place) for place in computed):
            raise Unreadable(Trouble.UNSUPPORTED, "cell")
        patch.replace(cell.start, cell.end, _written(xml, cell, one.text, seen.prefix))
    return patch.done()


def _written(xml: bytes, cell: Cell, words: str, prefix: str) -> bytes:
    tag = xml[cell.start : cell.inner]
    if tag.endswith(b"/>") or _RICH.search(tag) or _FORMULA.search(xml, cell.inner, cell.end):
        raise Unreadable(Trouble.UNSUPPORTED, "cell")
    shown = text(_ESCAPE.sub("_x005F_", words))
    inside = f'<{prefix}is><{prefix}t xml:space="preserve">{shown}</{prefix}t></{prefix}is></{prefix}c>'
    return with_attributes(tag, {"t": "inlineStr"}) + inside.encode()


def _is_in(one: Mend, place: tuple[bytes, bytes, bytes, bytes]) -> bool:
    left, top, right, bottom = place
    columns = column_number(left.decode()), column_number((right or left).decode())
    return columns[0] <= one.column <= columns[1] and int(top) <= one.row <= int(bottom or top)


def _compute_anew(book: Book) -> None:
    """What other cells compute from these is computed when the workbook is opened next."""
    patch = Patch(as_utf8(book.package.read(book.home)))
    root, *found = find(patch.xml, ("calcPr", *_BEFORE))
    known = next((one for one in found if one.local == "calcPr"), None)
    if known:
        patch.set(known, fullCalcOnLoad="1")
    else:
        last = max(one.end for one in found if one.local in _BEFORE)
        patch.insert(last, f'<{root.prefix}calcPr fullCalcOnLoad="1"/>')
    book.package.write(book.home, patch.done())
