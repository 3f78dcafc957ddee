"""Excel workbooks (.xlsx, .xlsm): which sheets there are, and each as text.

We read the XML ourselves: the libraries for it abort the process on two distant cells, show error cells as empty, and
give numbers only after their digits are lost. Trust: runs in the sandbox; whatever the workbook holds ends in sheets
or in `Unreadable`. Formulas are never evaluated: what counts is the value that the sender's program saved with them.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from gateway.handler import CellNote, Limits, Sheet, Trouble, Unreadable
from handlers.csv_text.encoding import is_table
from handlers.excel.cells import read_cells
from handlers.excel.marking import mark as mark  # the marking side
from handlers.excel.mending import mend as mend  # the mending side
from handlers.forms.grid import Book
from handlers.forms.ole import MAGIC
from handlers.forms.values import is_date_format, text_of
from handlers.forms.workbook_parts import home_of, relations
from handlers.forms.xml import as_text, elements, parse
from handlers.forms.zip_parts import ZipParts, is_office

NAME: Final = "excel"
WARM: Final = ("encodings.utf_8_sig", "encodings.utf_16_le", "encodings.cp437")
_SUFFIXES: Final = (".xlsx", ".xlsm", ".xltx", ".xltm", ".xlsb", ".xls", ".xlt", ".ods", ".et", ".ett")
_ZIP: Final = b"PK\x03\x04"
_STRING: Final = re.compile(r"<si>(?:<t>|<t xml:space=\"preserve\">)([^<]*)</t></si>|<si/>|<si></si>|<si><t/></si>")


def opens(head: bytes, name: str) -> bool:
    """Whether it is a workbook, or calls itself one: then it is for us to say why it cannot be read.

    A plain table of text that calls itself a workbook is for `csv_text`.
    """
    if name.lower().endswith(_SUFFIXES):
        return not is_table(head)
    other = any(folder in head for folder in (b"word/", b"ppt/"))
    return is_office(head) and not other and any(sign in head for sign in (b"[Content_Types].xml", b"xl/"))


def read_sheets(data: bytes, limits: Limits) -> tuple[Sheet, ...]:
    """Every worksheet in the order of the tabs, hidden ones too; sheets of charts or macros are left out.

    Raises `Unreadable`; UNSUPPORTED says in `where` what it is: `not_excel`, `open_document`, `binary_excel`.
    """
    _refuse_others(data)
    collecting = gc.isenabled()
    gc.disable()  # millions of cells and not one cycle: the collector would only count them, again and again
    try:
        return _read(ZipParts(data, limits), limits)
    finally:
        if collecting:
            gc.enable()


def _read(parts: ZipParts, limits: Limits) -> tuple[Sheet, ...]:
    home = _home(parts)
    related = relations(parts, home)
    names, book = _book(parts, home, related, limits)
    sheets: list[Sheet] = []
    left = limits
    for name, relation, hidden in names:
        kind, target = related.get(relation, ("", ""))
        xml = parts.read(target) if kind == "worksheet" else None
        if kind == "worksheet" and xml is None:
            raise Unreadable(Trouble.DAMAGED, "sheet")
        if xml is None:
            continue
        rows, notes = read_cells(xml, as_text(xml), book, left)
        if hidden:
            notes = [CellNote(0, 0, "hidden_sheet"), *notes]
        sheets.append(Sheet(name, rows, tuple(notes)))
        taken = len(rows) * max(map(len, rows), default=0)
        left = replace(left, rows=left.rows - len(rows), cells=left.cells - taken)
    if not sheets:
        raise Unreadable(Trouble.EMPTY, "sheets")
    return tuple(sheets)


def _refuse_others(data: bytes) -> None:
    if data.startswith(MAGIC):
        locked = "EncryptedPackage".encode("utf-16-le") in data
        raise Unreadable(Trouble.NEEDS_PASSWORD if locked else Trouble.UNSUPPORTED, "not_excel")
    if not data:
        raise Unreadable(Trouble.EMPTY)
    if not data.startswith(_ZIP):
        text = data[:512].lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<") or b"\x00" not in data[:512]
        raise Unreadable(Trouble.UNSUPPORTED if text else Trouble.DAMAGED, "not_excel")


def _home(parts: ZipParts) -> str:
    """The name of the workbook's own part."""
    home = home_of(parts)
    if home is not None and home.lower().endswith(".xml"):
        return home
    if home is not None:
        raise Unreadable(Trouble.UNSUPPORTED, "binary_excel")
    if "content.xml" in parts.names:
        raise Unreadable(Trouble.UNSUPPORTED, "open_document")
    raise Unreadable(Trouble.DAMAGED, "workbook")


def _book(
    parts: ZipParts, home: str, related: Mapping[str, tuple[str, str]], limits: Limits
) -> tuple[list[tuple[str, str, bool]], Book]:
    """The sheets (name, relation, hidden) and what their cells refer to."""
    names, from_1904 = [], False
    for element, given in elements(parts.read(home) or b"<none/>"):
        if element == "sheet":
            hidden = given.get("state", "visible") != "visible"
            names.append((given.get("name", ""), given.get("id", ""), hidden))
        elif element == "workbookPr":
            from_1904 = given.get("date1904", "0") in ("1", "true")
    if len(names) > limits.parts:
        raise Unreadable(Trouble.TOO_LARGE, "sheets")
    targets = dict(related.values())
    strings = parts.read(targets["sharedStrings"]) if "sharedStrings" in targets else None
    styles = parts.read(targets["styles"]) if "styles" in targets else None
    return names, Book(_strings(strings, limits), _date_styles(styles), from_1904)


def _strings(xml: bytes | None, limits: Limits) -> list[str]:
    if xml is None:
        return []
    text = as_text(xml)
    if text is not None and "<x:si>" in text:
        text = text.replace("<x:", "<").replace("</x:", "</")
    found = _STRING.findall(text or "")
    if text is not None and found and len(found) == text.count("<si"):
        strings = [text_of(one) if "&" in one or "_x" in one else one for one in found]
    else:
        strings = _slow_strings(xml)
    if max(map(len, strings), default=0) > limits.text:
        raise Unreadable(Trouble.TOO_LARGE, "text")
    return strings


def _slow_strings(xml: bytes) -> list[str]:
    """For formatted text in several runs, and what else is not in the plainest form. Reading aids are left out."""
    strings: list[list[str]] = []
    path: list[str] = []

    def text(data: str) -> None:
        if path[-1] == "t" and "rPh" not in path and strings:
            strings[-1].append(data)

    def start(element: str) -> None:
        path.append(element)
        if element == "si":
            strings.append([])
        if len(path) > 64:
            raise Unreadable(Trouble.DAMAGED, "xml")

    parse(xml, lambda element, _: start(element), lambda _: path.pop(), text)
    return [text_of("".join(pieces), entities=False) for pieces in strings]


def _date_styles(xml: bytes | None) -> frozenset[int]:
    """Which cell styles show a number as a date."""
    formats: dict[str, str] = {}
    cells: list[str] = []
    within = False
    for element, given in elements(xml or b"<none/>"):
        if element == "numFmt":
            formats[given.get("numFmtId", "")] = given.get("formatCode", "")
        elif element in ("cellXfs", "cellStyles", "cellStyleXfs", "dxfs"):
            within = element == "cellXfs"
        elif element == "xf" and within:
            cells.append(given.get("numFmtId", "0"))
    return frozenset(at for at, number in enumerate(cells) if is_date_format(number, formats.get(number)))
