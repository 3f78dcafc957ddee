"""Workbooks and text tables as clerks make them, for the page to look into."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import openpyxl
import xlsxwriter

from tests.handlers.test_open_document import cell, content, ods, row

HEADER = ("出生医学证明编号", "性别", "出生日期", "出生体重（克）")
ROW = ("S330000001", "2", "2026-12-03", "3200")


def xlsx(file: Path, rows: Sequence[Sequence[str]], sheet: str = "Sheet1", *, inline: bool = False) -> Path:
    """With shared texts, as every office program writes them; `inline`: with texts in the cells, as programs do."""
    with xlsxwriter.Workbook(file, {"constant_memory": inline}) as book:
        page = book.add_worksheet(sheet)
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
    return file


def with_example(file: Path) -> Path:
    """A template: explanations first, the report on the second sheet below two lines of titles."""
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    first.title = "填表说明"
    first.append(["请逐行填写，每行一人"])
    second = book.create_sheet("医院出生 & 2026")
    for line in (["清岚县医院出生人口月报"], [], HEADER, ROW):
        second.append(list(line))
    book.save(file)
    return file


def text(file: Path, rows: Sequence[Sequence[str]], encoding: str = "utf-8", separator: str = ",") -> Path:
    file.write_bytes("\r\n".join(separator.join(row) for row in rows).encode(encoding))
    return file


def document(file: Path, rows: Sequence[Sequence[str]], within: str = "spreadsheet") -> Path:
    """An OpenDocument workbook; `within="text"`: a letter with the same table in it."""
    lines = [row(*(cell(text) for text in line)) for line in rows]
    file.write_bytes(ods(content("".join(lines)).replace("office:spreadsheet", f"office:{within}")))
    return file


def damaged(file: Path, make: Callable[..., Path] = xlsx) -> Path:
    """A workbook that was cut off on its way."""
    whole = make(file, [HEADER, ROW]).read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    return file
