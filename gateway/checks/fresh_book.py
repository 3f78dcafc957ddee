"""A marked workbook made anew from a table's texts, for files that cannot be marked in place: CSV, old Excel, others.

Made by the daemon from texts that were read already: no foreign bytes are parsed here. Every cell is text.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.core.letters import column_letters, wide
from gateway.core.table import Table
from gateway.handler import EXPLAINED, SETTLED, Mark, Marking

MOST_CELLS = 40_000  # of all tables together: the library holds each as objects
_COLOURS = {"error": "#FFCFC9", "query": "#FFF1BF"}
_WIDTHS = (6, 9, 16, 9, 18, 22, 52, 24, 40, 30)
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_LONGEST = 32_000  # characters that a cell can hold, nearly
_WIDEST = 40
_NOTE = {"x_scale": 2.2, "y_scale": 1.4, "font_size": 10, "color": "#FFFBE6"}
_PLAIN = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}

Places = dict[tuple[int, int], list[Mark]]
"""Marks by row and column from 1."""


def fresh_book(marking: Marking, tables: Sequence[Table]) -> bytes | None:
    """The tables with their marks, and the list of all findings in front; None for tables that are too large."""
    if sum(table.width * table.height for table in tables) > MOST_CELLS:
        return None
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, _PLAIN)
    front = book.add_worksheet(marking.name)
    chosen = _first_cells(marking)
    names: dict[str, str] = {}
    for table in tables:
        names[table.name] = _name(table.name, {marking.name.casefold(), *map(str.casefold, names.values())})
        _table(book, book.add_worksheet(names[table.name]), table, chosen.get(table.name, {}), marking.author)
    _front(book, front, marking, names)
    book.close()
    return out.getvalue()


def plain_book(tables: Sequence[Table]) -> bytes | None:
    """The tables alone; None for tables that are too large."""
    if sum(table.width * table.height for table in tables) > MOST_CELLS:
        return None
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, _PLAIN)
    names: set[str] = set()
    for table in tables:
        name = _name(table.name, names)
        names.add(name.casefold())
        _table(book, book.add_worksheet(name), table, {}, "")
    book.close()
    return out.getvalue()


def _first_cells(marking: Marking) -> Mapping[str, Places]:
    found: dict[str, Places] = {}
    cells = 0
    for mark in marking.marks:
        places = found.setdefault(mark.sheet, {})
        place = (mark.row, mark.column or 1)
        if mark.row and mark.kind != SETTLED and (place in places or cells < marking.cells):
            cells += place not in places
            places.setdefault(place, []).append(mark)
    return found


def _name(wanted: str, taken: set[str]) -> str:
    """A name that a sheet may have, and no other sheet has."""
    clean = _FORBIDDEN.sub(" ", wanted).strip(" '")[:28] or "1"
    name, number = clean, 2
    while name.casefold() in taken:
        name, number = f"{clean} {number}"[:31], number + 1
    return name


def _table(book: Any, sheet: Any, table: Table, places: Places, author: str) -> None:
    plain = book.add_format({"num_format": "@"})
    marked = {kind: book.add_format({"num_format": "@", "bg_color": colour}) for kind, colour in _COLOURS.items()}
    widths = [6] * max(table.width, 1)
    for i, row in enumerate(table.rows()):
        for j, words in enumerate(row):
            if words:
                sheet.write_string(i, j, words[:_LONGEST], plain)
                widths[j] = max(widths[j], min(wide(words[:_WIDEST]), _WIDEST))
    for (row_number, column), marks in places.items():
        at = (row_number - 1, column - 1)
        style = marked["error" if any(mark.kind == "error" for mark in marks) else "query"]
        inside = row_number <= table.height and column <= table.width
        words = table.rows()[at[0]][at[1]] if inside else ""
        if words:
            sheet.write_string(*at, words[:_LONGEST], style)
        else:
            sheet.write_blank(*at, None, style)
        note = "\n\n".join(dict.fromkeys(mark.note for mark in marks))
        sheet.write_comment(*at, note[:_LONGEST], _NOTE | {"author": author})
    for j, width in enumerate(widths):
        sheet.set_column(j, j, width + 2)


def _front(book: Any, sheet: Any, marking: Marking, names: Mapping[str, str]) -> None:
    boxed = {"border": 1, "border_color": "#BFBFBF", "text_wrap": True, "valign": "top"}
    cell, head = book.add_format(boxed), book.add_format(boxed | {"bold": True, "bg_color": "#DCE6F2"})
    link = book.add_format(boxed | {"font_color": "#0563C1", "underline": 1})
    kinds = {kind: book.add_format(boxed | {"bg_color": colour}) for kind, colour in _COLOURS.items()}
    sheet.write_string(0, 0, marking.title, book.add_format({"bold": True, "font_size": 16}))
    for number, line in enumerate(marking.lines, 1):
        sheet.write_string(number, 0, line)
    top = len(marking.lines) + 2
    for j, words in enumerate(marking.head):
        sheet.write_string(top, j, words, head)
        sheet.set_column(j, j, _WIDTHS[j])
    for number, mark in enumerate(marking.marks, 1):
        at = top + number
        place = f"{column_letters(mark.column or 1)}{mark.row}" if mark.row else ""
        told = (str(number), marking.kinds[mark.kind], names.get(mark.sheet, mark.sheet), place, *mark.told)
        for j, words in enumerate(told):
            is_kind = j == 1 or (j == EXPLAINED and mark.kind == "query")
            sheet.write_string(at, j, words[:_LONGEST], kinds.get(mark.kind, cell) if is_kind else cell)
        if place and mark.sheet in names:
            quoted = names[mark.sheet].replace("'", "''")
            sheet.write_url(at, 3, f"internal:'{quoted}'!{place}", link, place)
    sheet.freeze_panes(top + 1, 0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
