"""A workbook as clerks keep them: titles in merged cells, a chart, a picture, comments, several sheets, formulas."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

HEAD = (
    "序号", "出生医学证明编号", "性别", "出生日期", "出生体重（克）", "母亲公民身份号码", "母亲姓名", "接生机构",
    "村（居）委会代码",
)  # fmt: skip
ROWS = (
    ("1", "A440000001", "1", "2026-12-01", 3200, "449921199203040021", "林示例", "县人民医院", "449921100201"),
    ("2", "A440000002", "男", "2026.12.3", 2950, "44992119900101004X", "周示例", "县人民医院", "449921100201"),
    ("3", "A440000003", "２", "12/3/2026", 90, "449921199105050045", "陈示例", "镇卫生院", "449921100201"),
    ("4", "440000004", "2", "2026-12-05", None, "449921199307070084", "", "镇卫生院", "449921100201"),
    ("5", "A440000001", "9", "2026-12-06", 3100, "449921199203040021", "林示例", "县人民医院", "=449921100201"),
)
TOP = 4  # the row of the header, from 1


def ugly_book(rows: tuple[tuple[Any, ...], ...] = ROWS) -> bytes:
    """Hospital births of 2026-12 with errors of many kinds, on the second of three sheets; the third is in front."""
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    summary, data, notes = (book.add_worksheet(name) for name in ("汇总", "张's 明细", "填表须知"))
    _data(book, data, rows)
    _summary(book, summary, len(rows))
    notes.merge_range(
        "A1:D3", "填表须知：请按实际情况填写，勿改表头。", book.add_format({"text_wrap": True, "border": 2})
    )
    notes.insert_image("A5", "图章.png", {"image_data": io.BytesIO(picture())})
    notes.activate()
    book.define_name("出生数", "=汇总!$B$2")
    book.close()
    return buffer.getvalue()


def _data(book: Any, sheet: Any, rows: tuple[tuple[Any, ...], ...]) -> None:
    title = book.add_format({"bold": True, "font_size": 18, "align": "center", "font_name": "黑体"})
    head = book.add_format({"bold": True, "border": 1, "bg_color": "#BDD7EE", "text_wrap": True, "align": "center"})
    cell = book.add_format({"border": 1, "num_format": "@"})
    number = book.add_format({"border": 1, "num_format": '#,##0" 克"'})
    sheet.merge_range("A1:I1", "清岚县医院出生人口登记表", title)
    sheet.merge_range("A2:I2", "（2026年12月）　填报单位：县人民医院", book.add_format({"align": "center"}))
    sheet.write_row(TOP - 1, 0, HEAD, head)
    for i, row in enumerate(rows, TOP):
        for j, value in enumerate(row):
            if isinstance(value, int):
                sheet.write_number(i, j, value, number)
            elif value:
                sheet.write_string(i, j, value, cell)
    last = TOP + len(rows)
    sheet.write_string(last, 0, "合计", cell)
    sheet.write_formula(last, 4, f"=SUM(E{TOP + 1}:E{last})", number, sum(r[4] or 0 for r in rows))
    sheet.set_column("A:A", 5)
    sheet.set_column("B:I", 17)
    sheet.set_column("K:K", 12, None, {"hidden": True})
    sheet.set_row(0, 32)
    sheet.freeze_panes(TOP, 2)
    sheet.conditional_format(f"E{TOP + 1}:E{last}", {"type": "data_bar"})
    sheet.data_validation(f"C{TOP + 1}:C200", {"validate": "list", "source": ["1", "2", "9"]})
    sheet.write_comment("C6", "张：这里要再问一下医院", {"author": "张示例"})
    sheet.write_comment("B4", "证明编号以字母开头", {"author": "张示例"})
    sheet.write_url("K2", "https://county.example/help")
    sheet.print_area(0, 0, last, 8)
    sheet.repeat_rows(TOP - 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _summary(book: Any, sheet: Any, count: int) -> None:
    sheet.write_row("A1", ["项目", "数"])
    sheet.write("A2", "出生数")
    sheet.write_formula("B2", f"=COUNTA('张''s 明细'!B{TOP + 1}:B{TOP + count})", None, count)
    sheet.write("A3", "其中男")
    sheet.write_formula("B3", "=B2-2", None, count - 2)
    chart = book.add_chart({"type": "column"})
    chart.add_series({"categories": "=汇总!$A$2:$A$3", "values": "=汇总!$B$2:$B$3", "name": "出生"})
    sheet.insert_chart("D2", chart)


def picture() -> bytes:
    """A small red square, as PNG."""
    lines = b"".join(b"\x00" + b"\xc0\x20\x20" * 40 for _ in range(40))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 40, 40, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
