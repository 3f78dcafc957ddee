"""A result as a workbook that anyone can open: titles, columns that fit, ids as text, and no live formula."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from gateway.core.letters import period_text, wide
from gateway.core.parties import Language
from gateway.core.result import Result
from gateway.release.entitled import Outcome

MOST_ROWS = 1_000_000  # of one sheet; the rest goes into further sheets
_EXACT = 1 << 53  # a workbook's numbers are floating-point
Row = tuple[object, ...]
MEDIA = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WIDEST = 40


class Unwritable(Exception):
    """A value that no workbook holds: a text of more than 32,767 characters. Nothing may be cut off in silence."""


def workbook(result: Result, period: str, outcome: Outcome, language: Language, at: datetime) -> bytes:
    """The outcome as .xlsx: one sheet with the result's title, its columns' titles and the rows; one that explains."""
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    # The file's own clock would make two copies of one release differ.
    book.set_properties({"created": at.replace(tzinfo=None), "title": result.titles[language]})
    for number, start in enumerate(range(0, max(len(outcome.rows), 1), MOST_ROWS), 1):
        _rows(book, result, period, outcome.columns, outcome.rows[start : start + MOST_ROWS], language, number)
    _about(book, result, period, outcome, language)
    book.close()
    return out.getvalue()


def _rows(
    book: Any, result: Result, period: str, columns: Sequence[str], rows: Sequence[Row], language: Language, number: int
) -> None:
    title = book.add_format({"bold": True, "font_size": 14})
    head = book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1, "text_wrap": True, "valign": "top"})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    name = {Language.ZH_CN: "数据", Language.EN: "Data"}[language]
    sheet = book.add_worksheet(name if number == 1 else f"{name} {number}")
    sheet.write_string(0, 0, f"{result.titles[language]}　{period_text(period, language)}", title)
    names = [result.columns[c][language] for c in columns]
    widths = [wide(name) for name in names]
    for j, name in enumerate(names):
        sheet.write_string(2, j, name, head)
    for i, row in enumerate(rows, start=3):
        for j, value in enumerate(row):
            _cell(sheet, i, j, value, day)
            widths[j] = max(widths[j], wide(str(value if value is not None else "")))
    for j, width in enumerate(widths):
        sheet.set_column(j, j, min(width + 2, _WIDEST))
    sheet.freeze_panes(3, 0)
    if rows:
        sheet.autofilter(2, 0, 2 + len(rows), max(len(names) - 1, 0))
    _for_paper(sheet)


def _for_paper(sheet: Any) -> None:
    """All columns on one page's width, A4 across, the header on every page."""
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(2)


def _about(book: Any, result: Result, period: str, outcome: Outcome, language: Language) -> None:
    words = {
        Language.ZH_CN: ("说明", "结果", "所属时期", "行数", "用途", "依据"),
        Language.EN: ("About", "Result", "Period", "Rows", "Purpose", "Legal basis"),
    }[language]
    sheet = book.add_worksheet(words[0])
    values = (
        result.titles[language],
        period_text(period, language),
        str(len(outcome.rows)),
        result.purpose,
        result.legal_basis,
    )
    for i, (name, value) in enumerate(zip(words[1:], values, strict=True)):
        sheet.write_string(i, 0, name)
        sheet.write_string(i, 1, value)
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, 60)


def _cell(sheet: Any, row: int, column: int, value: object, day: object) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        wrong = sheet.write_boolean(row, column, value)
    elif isinstance(value, date) and not isinstance(value, datetime):
        midnight = datetime(value.year, value.month, value.day)  # noqa: DTZ001 - a day
        wrong = sheet.write_datetime(row, column, midnight, day)
    elif isinstance(value, int | float | Decimal) and -_EXACT <= value <= _EXACT:
        wrong = sheet.write_number(row, column, value)
    else:  # a text, or a number that a workbook would change
        wrong = sheet.write_string(row, column, str(value))
    if wrong:
        raise Unwritable(f"row {row + 1}, column {column + 1}")
