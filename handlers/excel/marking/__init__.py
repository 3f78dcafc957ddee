"""The marking side of `excel`: the officer's own workbook, with the places marked that are to be mended.

Only what must change is changed, in place and as bytes: the style of the marked cells, their comments, one more sheet
in front. Values, formulas, charts, images and all other parts are those of the file that came. Trust: foreign bytes;
runs in the sandbox.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from gateway.handler import SETTLED, Limits, Mark, Marking, Trouble, Unreadable
from handlers.excel.marking.front import front_sheet
from handlers.excel.marking.notes import COMMENTS, VML, more_boxes, more_comments, new_boxes, new_comments
from handlers.excel.marking.package import Package
from handlers.excel.marking.sheet_marks import MarkedSheet, mark_sheet
from handlers.excel.marking.styles import Styles
from handlers.excel.marking.xml_patch import Element, Patch, as_utf8, attribute, find, without_attribute
from handlers.forms.values import count_of

_ZIP: Final = b"PK\x03\x04"
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_WORKSHEET: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_VIEW: Final = re.compile(rb"<(?:[A-Za-z0-9]+:)?sheetView\s[^<>]*>")
_SHEETS: Final = ("worksheet", "chartsheet", "dialogsheet")


def mark(data: bytes, marking: Marking, limits: Limits, most: int) -> bytes:
    """The workbook with its marks, at most `most` bytes. Raises `Unreadable`: UNSUPPORTED for what is no .xlsx.

    Macros are not passed on: many mail servers refuse a letter that holds them, and the letter holds the receipt.
    """
    if not data.startswith(_ZIP):
        raise Unreadable(Trouble.UNSUPPORTED, "not_excel")
    book = Book(Package(data, limits))
    chosen = _first_cells(marking)
    for name, marks in chosen.items():
        if name in book.sheets:
            _mark_one(book, book.sheets[name], marks, marking.author)
    book.put_first(marking)
    return book.package.packed(most)


def _first_cells(marking: Marking) -> dict[str, list[Mark]]:
    """The marks of each sheet that go to cells, within the limit on cells."""
    found: dict[str, list[Mark]] = {}
    cells: set[tuple[str, int, int]] = set()
    for one in marking.marks:
        place = (one.sheet, one.row, one.column or 1)
        if one.row and one.kind != SETTLED and (place in cells or len(cells) < marking.cells):
            cells.add(place)
            found.setdefault(one.sheet, []).append(one)
    return found


class Book:
    """The workbook's own part, its sheets by name, and the styles that all of them share."""

    def __init__(self, package: Package) -> None:
        self.package = package
        kinds = package.relations("").values()
        self.home = next((target for kind, target in kinds if kind == "officeDocument"), "xl/workbook.xml")
        if not (package.has(self.home) and self.home.lower().endswith(".xml")):
            raise Unreadable(Trouble.UNSUPPORTED, "workbook")
        related = package.relations(self.home)
        if any(kind == "vbaProject" for kind, _ in related.values()):
            raise Unreadable(Trouble.UNSUPPORTED, "macros")
        package.as_workbook(self.home)
        self._patch = Patch(as_utf8(package.read(self.home)))
        wanted = ("sheets", "sheet", "workbookView", "definedName")
        self._elements = find(self._patch.xml, wanted)
        self._listed = [one for one in self._elements if one.local == "sheet" and one.path[-1] == "sheets"]
        names = {_attribute(one, "id"): one.given.get("name", "") for one in self._listed}
        self.parts: dict[str, str] = {}  # of every tab
        self.sheets: dict[str, str] = {}  # of those with cells
        for relation, name in names.items():
            kind, target = related.get(relation, ("", ""))
            if kind in _SHEETS and package.has(target):
                self.parts[name] = target
                if kind == "worksheet":
                    self.sheets[name] = target
        self._styles = next((target for kind, target in related.values() if kind == "styles"), "")
        if not package.has(self._styles):
            raise Unreadable(Trouble.UNSUPPORTED, "styles")
        self.styles = Styles(package.read(self._styles))

    @property
    def space(self) -> str:
        """The namespace in which this workbook is written."""
        root = self._elements[0]
        return root.given.get(f"xmlns:{root.prefix[:-1]}" if root.prefix else "xmlns", _MAIN)

    def put_first(self, marking: Marking) -> None:
        """The list of all findings as the first sheet, the only one selected; that of an earlier round makes room."""
        known = next((name for name in self.sheets if name.casefold() == marking.name.casefold()), None)
        written = front_sheet(marking, self.styles, self.space, frozenset(self.sheets))
        for name, part in self.parts.items():
            if name != known:
                self._unselect(part)
        if known:
            self.package.write(self.sheets[known], written)
        else:
            self._add(marking.name, written)
        at = next((i for i, one in enumerate(self._listed) if one.given.get("name") == known), 0) if known else 0
        for view in (one for one in self._elements if one.local == "workbookView"):
            self._patch.set(view, activeTab=str(at), firstSheet="0")
        self.package.write(self.home, self._patch.done())
        self.package.write(self._styles, self.styles.done())

    def _add(self, name: str, written: bytes) -> None:
        sheets = next((one for one in self._elements if one.local == "sheets"), None)
        if sheets is None or not self._listed:
            raise Unreadable(Trouble.UNSUPPORTED, "sheets")
        part = self.package.free(self.home.rpartition("/")[0] + "/worksheets/marks{}.xml")
        vocabulary = self.package.vocabulary(self.home)
        relation = self.package.relate(self.home, "worksheet", part, vocabulary)
        self.package.declare(part, _WORKSHEET)
        self.package.write(part, written)
        numbers = [count_of(one.given.get("sheetId", "")) or 0 for one in self._listed]
        told = f'name={attribute(name)} sheetId="{max(numbers, default=0) + 1}"'
        reference = f'xmlns:r={attribute(vocabulary)} r:id="{relation}"'
        self._patch.insert(sheets.inner, f"<{sheets.prefix}sheet {told} {reference}/>")
        for one in self._elements:  # names of one sheet count the sheets, from 0
            number = count_of(one.given.get("localSheetId", ""))
            if one.local == "definedName" and number is not None:
                self._patch.set(one, localSheetId=str(number + 1))

    def _unselect(self, part: str) -> None:
        """Two selected sheets would be a group, in which whatever is typed goes to both."""
        xml = as_utf8(self.package.read(part))
        end = xml.find(b"sheetData")
        head = xml[:end] if end > 0 else xml
        changed = _VIEW.sub(lambda tag: without_attribute(tag[0], "tabSelected"), head)
        if changed != head:
            self.package.write(part, changed + xml[len(head) :])


def _mark_one(book: Book, part: str, marks: Sequence[Mark], author: str) -> None:
    package = book.package
    sheet = mark_sheet(as_utf8(package.read(part)), marks, book.styles)
    related = package.relations(part)
    vocabulary = package.vocabulary(part) if related else package.vocabulary(book.home)
    listed = next((target for kind, target in related.values() if kind == "comments"), None)
    kept: set[tuple[int, int]] = set()
    gone: set[tuple[int, int]] = set()
    if listed:
        changed, kept, gone = more_comments(package.read(listed), sheet.notes, author)
        package.write(listed, changed)
    else:
        listed = package.free("xl/comments{}.xml")
        package.write(listed, new_comments(sheet.notes, author, book.space))
        package.declare(listed, COMMENTS)
        package.relate(part, "comments", listed, vocabulary)
    boxes = {place: note for place, note in sheet.notes.items() if place not in kept}
    _hang(package, part, sheet, boxes, gone, vocabulary)
    package.write(part, sheet.patch.done())


def _hang(
    package: Package, part: str, sheet: MarkedSheet, boxes: dict[tuple[int, int], str], gone: set[tuple[int, int]],
    vocabulary: str,
) -> None:  # fmt: skip
    """The boxes of the comments, in the sheet's drawing of them or in a new one, to which the sheet then refers."""
    known = next((one for one in sheet.behind if one.local == "legacyDrawing"), None)
    drawing = package.relations(part).get(_attribute(known, "id"), ("", ""))[1] if known else ""
    if known and package.has(drawing):
        package.write(drawing, more_boxes(package.read(drawing), boxes, gone))
        return
    drawing = package.free("xl/drawings/vmlDrawing{}.vml")
    package.write(drawing, new_boxes(boxes))
    package.declare_suffix("vml", VML)
    relation = package.relate(part, "vmlDrawing", drawing, vocabulary)
    told = f'<{sheet.root.prefix}legacyDrawing xmlns:r={attribute(vocabulary)} r:id="{relation}"/>'
    if known:
        sheet.patch.replace(known.start, known.end, told.encode())
        return
    follows = next((one for one in sheet.behind), None)
    sheet.patch.insert(follows.start if follows else sheet.root.close, told)


def _attribute(element: Element, local: str) -> str:
    """An attribute by its local name: the prefix of relations is whatever the file says."""
    return next((value for name, value in element.given.items() if name.rpartition(":")[2] == local), "")
