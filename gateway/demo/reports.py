"""Reports as officers write them: rows → a workbook with a title, a header and widths, or a CSV file."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from gateway.core.dataflow import Dataflow, FieldType
from gateway.core.parties import Department
from gateway.core.period import Frequency, Period
from gateway.demo.old_excel import old_workbook
from gateway.demo.rows import Row, Value

_QUARTERS = "一二三四"


def title(dataflow: Dataflow, period: Period, county: str = "清岚县") -> str:
    """What stands above the table, such as `清岚县2026年10月医院出生人口`."""
    return f"{county}{period_in_words(period)}{dataflow.titles.zh_CN}"


def period_in_words(period: Period) -> str:
    year = period.first.year
    match period.frequency:
        case Frequency.MONTHLY:
            return f"{year}年{period.first.month}月"
        case Frequency.QUARTERLY:
            return f"{year}年第{_QUARTERS[(period.first.month - 1) // 3]}季度"
        case Frequency.HALF_YEARLY:
            return f"{year}年{'上' if period.first.month == 1 else '下'}半年"
        case Frequency.YEARLY:
            return f"{year}年度"
    return f"{year}年{period.first.month}月{period.first.day}日"


def workbook(dataflow: Dataflow, rows: Sequence[Row], period: Period, by: Department | None = None) -> bytes:
    """An .xlsx file: the title over all columns, who reports, the header, then the rows; every code and id as text.

    No rows make a nil return: the header with 本期无数据. The bytes are the same every time.
    """
    import xlsxwriter

    file = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(file, options)
    book.set_properties({"created": datetime.combine(period.last, datetime.min.time())})
    sheet = book.add_worksheet(dataflow.titles.zh_CN[:31])
    last = max(1, len(dataflow.fields) - 1)
    sheet.merge_range(0, 0, 0, last, title(dataflow, period), book.add_format(_TITLE))
    unit = f"填报单位：{by.titles.zh_CN}" if by else "填报单位："
    sheet.merge_range(1, 0, 1, last, unit, book.add_format({"font_size": 10}))
    header = book.add_format(_HEADER)
    text, day, number = (
        book.add_format({"border": 1, "num_format": shape}) for shape in ("@", "yyyy-mm-dd", "General")
    )
    for column, field in enumerate(dataflow.fields):
        sheet.set_column(column, column, _width(field.titles.zh_CN, [row.get(field.name) for row in rows]))
        sheet.write_string(2, column, field.titles.zh_CN, header)
        shape = {FieldType.DATE: day, FieldType.INTEGER: number, FieldType.NUMBER: number}.get(field.type, text)
        for line, row in enumerate(rows, 3):
            _write(sheet, line, column, row.get(field.name), shape)
    if not rows:
        sheet.write_string(3, 0, "本期无数据", text)
    sheet.set_row(0, 26)
    sheet.freeze_panes(3, 0)
    sheet.fit_to_pages(1, 0)
    sheet.set_landscape()
    book.close()
    return file.getvalue()


def old_workbook_of(dataflow: Dataflow, rows: Sequence[Row], period: Period, by: Department) -> bytes:
    """The same report as a workbook of Excel 97."""
    lines: list[list[str | int | float | None]] = [[title(dataflow, period)], [f"填报单位：{by.titles.zh_CN}"]]
    lines.append([field.titles.zh_CN for field in dataflow.fields])
    lines += [[_plain(row.get(field.name)) for field in dataflow.fields] for row in rows]
    return old_workbook(dataflow.titles.zh_CN, lines)


def _plain(value: Value) -> str | int | float | None:
    return _in_words(value) if isinstance(value, date | bool) else value


_TITLE = {"bold": True, "font_size": 16, "align": "center", "valign": "vcenter"}
_HEADER = {"bold": True, "border": 1, "align": "center", "text_wrap": True, "bg_color": "#DDEBF7"}


def _write(sheet: Any, line: int, column: int, value: Value, shape: Any) -> None:
    match value:
        case None:
            sheet.write_blank(line, column, None, shape)
        case bool():
            sheet.write_string(line, column, _in_words(value), shape)
        case int() | float():
            sheet.write_number(line, column, value, shape)
        case date():
            sheet.write_datetime(line, column, datetime.combine(value, datetime.min.time()), shape)
        case _:
            sheet.write_string(line, column, value, shape)


def _width(header: str, values: Sequence[Value]) -> int:
    """Columns wide enough for what is in them; a Chinese character counts twice."""
    texts = [header, *(_in_words(value) for value in values)]
    return min(40, 3 + max(sum(2 if ord(character) > 255 else 1 for character in text) for text in texts))


def _in_words(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    return value.isoformat() if isinstance(value, date) else str(value)


def csv_file(dataflow: Dataflow, rows: Sequence[Row], encoding: str = "utf-8-sig") -> bytes:
    """A CSV file with the header and the rows; no rows make a nil return. GB18030 is the other encoding in use."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(field.titles.zh_CN for field in dataflow.fields)
    writer.writerows([_in_words(row.get(field.name)) for field in dataflow.fields] for row in rows)
    if not rows:
        writer.writerow(["本期无数据"])
    return file.getvalue().encode(encoding)
