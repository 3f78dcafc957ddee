"""The first sheet of a marked workbook: what is to be mended, each line with a link to its cell.

Everything in it is text in the cell itself: nothing in it is a formula, whatever an officer's cell began with.
"""

from __future__ import annotations

import re
from typing import Final

from gateway.handler import EXPLAINED, SETTLED, Mark, Marking
from handlers.excel.marking.notes import reference
from handlers.excel.marking.styles import Styles
from handlers.excel.marking.xml_patch import attribute, text

_ESCAPE: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_WIDTHS: Final = (6, 9, 16, 9, 18, 22, 52, 24, 40, 30)
_LETTERS: Final = "ABCDEFGHIJ"
_LONGEST: Final = 2_000  # characters of one cell
_SHEET: Final = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns={space}>'
    '<sheetPr><tabColor rgb="FFE0604D"/><pageSetUpPr fitToPage="1"/></sheetPr>'
    '<sheetViews><sheetView showGridLines="0" tabSelected="1" workbookViewId="0">'
    '<pane ySplit="{top}" topLeftCell="A{below}" activePane="bottomLeft" state="frozen"/>'
    '<selection pane="bottomLeft" activeCell="A{below}" sqref="A{below}"/></sheetView></sheetViews>'
    '<sheetFormatPr defaultRowHeight="15"/><cols>{columns}</cols><sheetData>{rows}</sheetData>{links}'
    '<pageMargins left="0.4" right="0.4" top="0.5" bottom="0.5" header="0.3" footer="0.3"/>'
    '<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/></worksheet>'
)


def front_sheet(marking: Marking, styles: Styles, space: str, sheets: frozenset[str]) -> bytes:
    """The sheet's XML. `space` is the workbook's namespace, `sheets` are those that a link can lead to."""
    title, plain = styles.own(size=16, bold=True), styles.own()
    head, cell = styles.own(bold=True, fill="head", boxed=True), styles.own(boxed=True)
    link = styles.own(link=True, boxed=True)
    kinds = {kind: cell if kind == SETTLED else styles.own(fill=kind, boxed=True) for kind in marking.kinds}
    rows = [_row(1, [_cell("A1", marking.title, title)], 26)]
    for number, line in enumerate(marking.lines, 2):
        rows.append(_row(number, [_cell(f"A{number}", line, plain)]))
    top = len(marking.lines) + 3
    rows.append(_row(top, [_cell(f"{_LETTERS[i]}{top}", words, head) for i, words in enumerate(marking.head)]))
    links = []
    for number, mark in enumerate(marking.marks, 1):
        at = top + number
        place = _place(mark)
        told = (str(number), marking.kinds[mark.kind], mark.sheet, place, *mark.told)
        linked = bool(place) and mark.sheet in sheets
        shown = [cell, kinds[mark.kind], cell, link if linked else cell, *[cell] * len(mark.told)]
        if mark.kind == "query":
            shown[EXPLAINED] = kinds[mark.kind]
        cells = [_cell(f"{_LETTERS[i]}{at}", words, shown[i]) for i, words in enumerate(told)]
        rows.append(_row(at, cells, _height(told)))
        if linked:
            links.append(_link(f"D{at}", mark.sheet, place))
    columns = "".join(f'<col min="{n}" max="{n}" width="{w}" customWidth="1"/>' for n, w in enumerate(_WIDTHS, 1))
    return _SHEET.format(
        space=attribute(space), top=top, below=top + 1, columns=columns, rows="".join(rows),
        links=f"<hyperlinks>{''.join(links)}</hyperlinks>" if links else "",
    ).encode()  # fmt: skip


def _place(mark: Mark) -> str:
    if not mark.row:
        return ""
    return reference(mark.row, mark.column or 1)


def _link(at: str, sheet: str, place: str) -> str:
    quoted = "'" + sheet.replace("'", "''") + "'"
    return f'<hyperlink ref="{at}" location={attribute(f"{quoted}!{place}")} display={attribute(place)}/>'


def _row(number: int, cells: list[str], height: float = 0) -> str:
    tall = f' ht="{height}" customHeight="1"' if height else ""
    return f'<row r="{number}"{tall}>{"".join(cells)}</row>'


def _cell(at: str, words: str, style: int) -> str:
    if not words:
        return f'<c r="{at}" s="{style}"/>'
    shown = text(_ESCAPE.sub("_x005F_", words[:_LONGEST]))
    return f'<c r="{at}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{shown}</t></is></c>'


def _height(told: tuple[str, ...]) -> float:
    """Points that the longest cell needs, broken over its column's width."""
    lines = max(_lines(words[:_LONGEST], width) for words, width in zip(told, _WIDTHS, strict=True))
    return 5 + 14.5 * min(lines, 20)


def _lines(words: str, width: int) -> int:
    return sum(1 + sum(2 if ord(c) > 0x2E7F else 1 for c in line) // (width - 1) for line in words.split("\n"))
