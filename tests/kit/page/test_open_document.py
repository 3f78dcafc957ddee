"""The page reads the first rows of an OpenDocument workbook as the gateway reads them."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.handler import Limits
from handlers.open_document import read_sheets
from tests.handlers.office import converted
from tests.handlers.test_open_document import cell, content, ods, row
from tests.kit.page.books import HEADER, ROW, xlsx
from tests.kit.page.browser import Page
from tests.kit.page.person import Person

SEEN = 30


@pytest.fixture
def page(person: Callable[..., Person], modules: str) -> Page:
    found = person().page
    found.js(modules)
    return found


def seen(page: Page, *files: bytes) -> list[Any]:
    """Of each file its sheets as the page sees them, or its word of trouble."""
    packed = json.dumps([base64.b64encode(file).decode() for file in files])
    return list(
        page.js(
            f"Promise.all({packed}.map(async (file) => {{"
            " const blob = new Blob([Uint8Array.from(atob(file), (c) => c.charCodeAt(0))]);"
            f" try {{ return (await modules.documentOf(blob, {SEEN})).sheets.map((s) => [s.name, s.rows]); }}"
            " catch (trouble) { return trouble.code; } }))"
        )
    )


def trimmed(sheets: Any) -> list[tuple[str, list[list[str]]]]:
    """Without the empty cells and rows that end a sheet, which say nothing."""
    found = []
    for name, rows in sheets:
        lines = [list(line) for line in rows][:SEEN]
        for line in lines:
            while line and not line[-1]:
                line.pop()
        while lines and not lines[-1]:
            lines.pop()
        found.append((name, lines))
    return found


def by_the_gateway(file: bytes) -> list[tuple[str, list[list[str]]]]:
    return trimmed((sheet.name, sheet.rows) for sheet in read_sheets(file, Limits()))


def inside(chance: random.Random) -> str:
    """What may stand in a cell: paragraphs, spans, blanks, remarks and shapes."""
    words = [
        "性别",
        " 出生\n日期 ",
        "<text:span>证<text:s text:c='3'/>号</text:span>",
        "<text:tab/>",
        "甲<text:line-break/>乙",
        "<text:ruby><text:ruby-base>张</text:ruby-base><text:ruby-text>zhang</text:ruby-text></text:ruby>",
        "&lt;&#x4e00;&gt;",
        "<![CDATA[<生>]]>",
        "<draw:frame xmlns:draw='d'><text:p>shape</text:p></draw:frame>",
    ]
    paragraphs = ["".join(chance.choices(words, k=chance.randrange(3))) for _ in range(chance.randrange(3))]
    remark = "<office:annotation><text:p>remark</text:p></office:annotation>" if chance.random() < 0.3 else ""
    return remark + "".join(f"<text:p>{one}</text:p>" for one in paragraphs)


def cells(chance: random.Random) -> str:
    made = []
    for _ in range(chance.randrange(5)):
        kind = chance.choice(("table-cell", "table-cell", "covered-table-cell"))
        times = chance.choice(("", "", "table:number-columns-repeated='3'"))
        made.append(f"<table:{kind} office:value-type='string' {times}>{inside(chance)}</table:{kind}>")
    return "".join(made)


def rows(chance: random.Random) -> str:
    return "".join(
        row(cells(chance), given=chance.choice(("", "", "table:number-rows-repeated='4'")))
        for _ in range(chance.randrange(20))
    )


def test_any_cells_are_the_same_to_both(page: Page) -> None:
    chance = random.Random(20261122)
    files = [ods(content(*(rows(chance) for _ in range(3)))) for _ in range(40)]
    for file, found in zip(files, seen(page, *files), strict=True):
        assert trimmed(found) == by_the_gateway(file)


def test_what_a_real_program_saved_is_the_same_to_both(page: Page, tmp_path: Path) -> None:
    book = xlsx(tmp_path / "births.xlsx", [("医院出生",), HEADER, ROW])
    file = converted({book.name: book.read_bytes()}, "ods")["births"]
    [found] = seen(page, file)
    (_, told), (_, known) = trimmed(found)[0], by_the_gateway(file)[0]
    assert told == known == [["医院出生"], list(HEADER), list(ROW)]


def test_a_row_repeated_to_the_end_of_the_sheet_costs_nothing(page: Page) -> None:
    far = row(cell("", "table:number-columns-repeated='16384'"), given="table:number-rows-repeated='1048576'")
    [[(_, lines)]] = seen(page, ods(content(far)))
    assert (len(lines), len(lines[0])) == (SEEN, 500)


def test_what_lies_deeper_than_any_program_writes_is_not_looked_into(page: Page) -> None:
    deep = "<text:span>" * 200 + "</text:span>" * 200
    assert seen(page, ods(content(row(cell(deep))))) == ["not_looked_into"]
