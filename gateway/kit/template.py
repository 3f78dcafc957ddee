"""A workbook to fill in, for one dataflow: drop-down lists, ids as text, and a sheet that explains each column.

Sent back, its first sheet is recognised by its header and read like any other; the sheets that explain it say so by
their names, and are set aside. What the first row of the sheet says of the period is chosen by the clerk: a template
filled in for December and used again in January must not correct December.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.checks.names import explains
from gateway.core.dataflow import CodeList, Dataflow, Field
from gateway.core.letters import column_letters, period_text
from gateway.core.parties import Language, Titles
from gateway.core.period import Period
from gateway.kit.choices import Choices, choices_of, example_of
from gateway.kit.explained import write_codes, write_example, write_explanation
from gateway.kit.sheets import Formats, for_paper, width_of
from gateway.kit.validation import is_missing, is_no_id_number, is_of_wrong_length, is_repeated, validation

ROWS = 5_000  # that the spreadsheet itself checks; more are taken as well
_RULED = 22  # rows that look like a form
_LONGEST = 31  # characters of a sheet's name
HEADER_ROW, FIRST_ROW = 3, 4  # counted from 0
_PERIOD_AT = (1, 1)
S = Titles
_PERIOD, _UNIT = S("所属期：", "Period:"), S("填报单位：", "Reported by: ")
_REPORT = S("报送表", "Report")
_DAY = S("通报日期：", "Day of report:")
_HINT = S(
    "带 * 的项目必须填写。各项说明见“填写说明”，样子见“填写示例”。本期确无数据时，请在表头下第一格写“本期无数据”。",
    "Columns with * must be filled. “Explanation” says what each is, “Example” shows a row. "
    "With nothing to report, write “nil” in the first cell below the header.",
)
_CHOOSE = S("请从下拉列表中选择本表的所属期。", "Choose the period of this report from the list.")
_CHOOSE_DAY = S("请填写事项发生的日期，如 2026-01-31。", "Write the day on which it happened, such as 2026-01-31.")
_NO_PERIOD = S("这不是所列的所属期。请从列表中选择。", "This is none of the periods. Please choose from the list.")


@dataclass(frozen=True, slots=True)
class Form:
    """What a template is made from. `periods` are those to choose from; none for reports on occurrence."""

    dataflow: Dataflow
    codelists: Mapping[str, CodeList]
    department: Titles
    division: str | None
    periods: tuple[Period, ...]
    language: Language
    at: datetime

    @property
    def keys(self) -> tuple[str, ...]:
        """The titles of the columns that together may come once only."""
        return tuple(self.dataflow.by_name[name].titles[self.language] for name in self.dataflow.primary_key)


def template(form: Form) -> bytes:
    """The workbook, as .xlsx. The same form always becomes the same bytes."""
    import xlsxwriter

    out, language = io.BytesIO(), form.language
    font = {Language.ZH_CN: "Microsoft YaHei", Language.EN: "Calibri"}[language]
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    defaults = {"default_format_properties": {"font_name": font, "font_size": 11}}
    book = xlsxwriter.Workbook(out, options | defaults)
    book.set_properties({"created": form.at.replace(tzinfo=None), "title": form.dataflow.titles[language]})
    formats = Formats(book)
    choices = choices_of(form.dataflow, form.codelists, form.division, language)
    examples = {f.name: example_of(f, choices.get(f.name), language) for f in form.dataflow.fields}
    sheet = book.add_worksheet(_sheet_name(form.dataflow, language))
    write_explanation(book, formats, form.dataflow, form.keys, choices, examples, language)
    write_example(book, formats, form.dataflow, examples, language)
    periods = tuple(period_text(str(period), language) for period in form.periods)
    sources = write_codes(book, formats, choices, periods, language)
    _top(sheet, formats, form, sources.get(""))
    _columns(sheet, formats, form, choices, examples, sources)
    for_paper(sheet, HEADER_ROW)
    sheet.freeze_panes(FIRST_ROW, 0)
    sheet.set_selection(*_PERIOD_AT, *_PERIOD_AT)
    book.close()
    return out.getvalue()


def _sheet_name(dataflow: Dataflow, language: Language) -> str:
    """The report's title, unless a spreadsheet would cut it, or what is left of it spoke of an explanation."""
    title = "".join(c for c in dataflow.titles[language] if c not in "[]:*?/\\").strip("' ")
    return title if 0 < len(title) <= _LONGEST and not explains(title, (dataflow,)) else _REPORT[language]


def _top(sheet: Any, formats: Formats, form: Form, periods: str | None) -> None:
    """The title, the period and who reports, and one line of advice."""
    language, last = form.language, max(len(form.dataflow.fields) - 1, 4)
    sheet.merge_range(0, 0, 0, last, form.dataflow.titles[language], formats.title)
    sheet.write_string(1, 0, (_PERIOD if periods else _DAY)[language], formats.label)
    row, column = _PERIOD_AT
    sheet.merge_range(row, column, row, column + 1, None, formats.choice if periods else formats.choice_day)
    sheet.merge_range(1, 3, 1, last, _UNIT[language] + form.department[language], formats.plain)
    sheet.merge_range(2, 0, 2, last, _HINT[language], formats.hint)
    if periods:
        told = {"input_message": _CHOOSE[language], "error_message": _NO_PERIOD[language]}
        sheet.data_validation(row, column, row, column, {"validate": "list", "source": periods} | told)
    else:
        days = {"validate": "date", "criteria": "between", "minimum": datetime(2000, 1, 1),  # noqa: DTZ001 - a day
                "maximum": datetime(2199, 12, 31)}  # fmt: skip  # noqa: DTZ001
        told = {"input_message": _CHOOSE_DAY[language], "error_message": _CHOOSE_DAY[language]}
        sheet.data_validation(row, column, row, column, days | told)
    sheet.conditional_format(row, column, row, column + 1, {"type": "formula", "criteria": '=$B$2=""',
                                                           "format": formats.missing})  # fmt: skip
    sheet.set_default_row(20)
    for place, height in enumerate((32, 24, 34, 36)):
        sheet.set_row(place, height)


def _columns(
    sheet: Any,
    formats: Formats,
    form: Form,
    choices: Mapping[str, Choices],
    examples: Mapping[str, str],
    sources: Mapping[str, str],
) -> None:
    language, last_row = form.language, FIRST_ROW + ROWS - 1
    last = len(form.dataflow.fields) - 1
    for column, field in enumerate(form.dataflow.fields):
        title = field.titles[language] + (" *" if field.required else "")
        texts = choices[field.name].texts if field.name in choices else ()
        sheet.set_column(column, column, width_of(field, (title, examples[field.name], *texts)), formats.cell(field))
        sheet.write_string(HEADER_ROW, column, title, formats.required if field.required else formats.header)
        for row in range(FIRST_ROW, FIRST_ROW + _RULED):
            sheet.write_blank(row, column, None, formats.ruled(field))
        rule = validation(field, form.keys, examples[field.name], sources.get(field.name), language)
        if column == 0:  # the one cell in which a clerk may write that there is nothing to report
            sheet.data_validation(FIRST_ROW, 0, FIRST_ROW, 0, rule | {"error_type": "warning"})
        sheet.data_validation(FIRST_ROW + (column == 0), column, last_row, column, rule)
        for formula, colour in _colours(form, field, column, formats):
            rule = {"type": "formula", "criteria": formula, "format": colour}
            sheet.conditional_format(FIRST_ROW, column, last_row, column, rule)
    ruled = {"type": "formula", "criteria": f"=COUNTA($A{FIRST_ROW + 1}:${column_letters(last + 1)}{FIRST_ROW + 1})>0",
             "format": formats.grid}  # fmt: skip
    sheet.conditional_format(FIRST_ROW + _RULED, 0, last_row, last, ruled)


def _colours(form: Form, field: Field, column: int, formats: Formats) -> list[tuple[str, Any]]:
    """Formulas and the colours that they give a cell."""
    last = len(form.dataflow.fields) - 1
    found: list[tuple[str, Any]] = []
    if field.required:
        found.append((is_missing(column, FIRST_ROW, last, form.language), formats.missing))
    if wrong := is_of_wrong_length(field, column, FIRST_ROW, form.language):
        found.append((wrong, formats.wrong))
    if field.format == "id_number":
        found.append((is_no_id_number(column, FIRST_ROW), formats.wrong))
    if field.unique or form.dataflow.primary_key == (field.name,):
        found.append((is_repeated(column, FIRST_ROW, FIRST_ROW + ROWS - 1), formats.wrong))
    return found
