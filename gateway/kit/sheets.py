"""How the sheets of a template look, and how a cell of each type is written."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from gateway.checks.limits import cell_reader
from gateway.core.dataflow import Field, FieldType
from gateway.core.letters import wide

Look = dict[str, Any]

_BORDER: Look = {"border": 1, "border_color": "#BFBFBF"}
_MIDDLE = {"valign": "vcenter"}
_NUMBERS = {FieldType.DATE: "yyyy-mm-dd", FieldType.INTEGER: "General", FieldType.NUMBER: "General"}
_RIGHT: Look = {"align": "right", "indent": 1}
_PLACES: dict[FieldType, Look] = {
    FieldType.DATE: {"align": "center"}, FieldType.INTEGER: _RIGHT, FieldType.NUMBER: _RIGHT,
}  # fmt: skip
_TEXT: Look = {"align": "left", "indent": 1}
_NARROWEST, _ONE_LINE, _WIDEST = 9, 14, 30
A4 = 9
FIRST_DAY = date(1900, 1, 1)  # before it a workbook has no dates


class Formats:
    """The formats of one workbook, made once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[FieldType, bool, bool], Any] = {}
        add = book.add_format
        self.title = add({"bold": True, "font_size": 18, "align": "center", **_MIDDLE, "font_color": "#1F3864"})
        self.label = add({"bold": True, "align": "right", **_MIDDLE})
        choice = {"bold": True, "align": "center", "border": 2, "border_color": "#2E75B6", **_MIDDLE}
        self.choice = add(choice | {"num_format": "@"})
        self.choice_day = add(choice | {"num_format": "yyyy-mm-dd"})
        self.plain = add({**_MIDDLE, "indent": 1})
        self.hint = add({"text_wrap": True, "font_color": "#595959", "font_size": 10, **_MIDDLE})
        head = {"bold": True, "align": "center", "text_wrap": True, **_MIDDLE, **_BORDER}
        self.required = add(head | {"bg_color": "#1F4E79", "font_color": "#FFFFFF"})
        self.header = add(head | {"bg_color": "#DDEBF7"})
        self.text = add({"text_wrap": True, "valign": "top", **_BORDER})
        self.code = add({"num_format": "@", "valign": "top", **_BORDER})
        self.heading = add({"bold": True, "font_size": 14, "font_color": "#1F3864", **_MIDDLE})
        self.watermark = add({"bold": True, "font_size": 14, "font_color": "#C00000", **_MIDDLE})
        self.missing = add({"bg_color": "#F8CBAD"})
        self.wrong = add({"bg_color": "#FFD966"})
        self.grid = add(_BORDER)

    def cell(self, field: Field) -> Any:
        """Of a whole column: text stays text, so that ids keep their digits."""
        return self._of(field)

    def ruled(self, field: Field) -> Any:
        """The same with lines."""
        return self._of(field, ruled=True)

    def example(self, field: Field) -> Any:
        """The same, in grey slanted letters."""
        return self._of(field, ruled=True, slanted=True)

    def _of(self, field: Field, *, ruled: bool = False, slanted: bool = False) -> Any:
        shape = "@" if field.codelist else _NUMBERS.get(field.type, "@")
        place = _TEXT if field.codelist else _PLACES.get(field.type, _TEXT)
        known = (FieldType.STRING if field.codelist else field.type, ruled, slanted)
        if known not in self._made:
            look = place | (_BORDER if ruled else {}) | ({"italic": True, "font_color": "#7F7F7F"} if slanted else {})
            self._made[known] = self._book.add_format({"num_format": shape, **_MIDDLE} | look)
        return self._made[known]


def write(sheet: Any, row: int, column: int, field: Field, text: str, look: Any) -> None:
    """A value that passes, written as an officer would enter it: dates as dates, numbers as numbers, else as text."""
    if not text:
        sheet.write_blank(row, column, None, look)
        return
    value = None if field.codelist or field.type not in _NUMBERS else cell_reader(field, None)(text).value
    if isinstance(value, date) and value >= FIRST_DAY:
        sheet.write_datetime(row, column, datetime(value.year, value.month, value.day), look)  # noqa: DTZ001 - a day
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value, look)
    else:
        sheet.write_string(row, column, text, look)


def width_of(field: Field, texts: Iterable[str]) -> float:
    """The width of a column that holds these texts; a Chinese character counts twice, a title may take two lines."""
    title, *others = texts
    longest = max((wide(text) for text in others), default=0)
    if field.format == "id_number":
        longest = max(longest, 20)
    own = wide(title) + 2 if wide(title) <= _ONE_LINE else wide(title) / 2 + 5
    return min(max(own, longest + 4, _NARROWEST), _WIDEST)


def for_paper(sheet: Any, header_row: int) -> None:
    """A4 across, all columns on one page's width, the header on every page, pages numbered."""
    sheet.set_paper(A4)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0 if header_row < 4 else header_row, header_row)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_footer("&C&P / &N")
