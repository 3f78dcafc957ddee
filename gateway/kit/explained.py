"""The sheets of a template that explain it: each column, a row as an example, and the code lists.

Their names are such as the gateway sets aside, and the explanation has a row for each column, so that none of them can
be taken for a report.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.core.dataflow import Dataflow, Field, Severity
from gateway.core.letters import column_letters, wide
from gateway.core.parties import Language, Titles
from gateway.kit.choices import Choices
from gateway.kit.demands import demand_words, kind_words
from gateway.kit.sheets import Formats, for_paper, width_of, write

S = Titles
EXPLANATION, EXAMPLE, CODES = S("填写说明", "Explanation"), S("填写示例", "Example"), S("代码表", "Code lists")
_HEADING = S("“{title}”填写说明", "How to fill in “{title}”")
_COLUMNS = {
    Language.ZH_CN: ("项目名称", "是否必填", "填什么", "要求", "可选代码", "示例"),
    Language.EN: ("Name of column", "Filled?", "What it holds", "Demands", "Codes to choose from", "Such as"),
}
_WIDTHS = (24, 9, 30, 34, 44, 26)
_YES_NO = S("必填", "always"), S("可空", "if known")
_MANY = S("见“{sheet}”，共{count}项", "{count}, on the sheet “{sheet}”")
_CHECKED = S("收到后还会核对：", "What is also checked:")
_QUERY = S("（待核实：可更正，也可说明原因）", " (a query: mend it, or say why it is right)")
_PURPOSE = S("报送依据：{basis}　　用途：{purpose}", "Legal basis: {basis}    Purpose: {purpose}")
_NOT_DATA = S("仅为示例，人物事项均属虚构；本表不作为报送内容", "An example, with invented people; not a report")
_PERIODS = S("所属期", "Periods")
_SHOWN = 6  # codes that are told one by one


def write_explanation(
    book: Any,
    formats: Formats,
    dataflow: Dataflow,
    key: tuple[str, ...],
    choices: Mapping[str, Choices],
    examples: Mapping[str, str],
    language: Language,
) -> None:
    """A row for each column of the report, and the rules that speak of several of them."""
    sheet = book.add_worksheet(EXPLANATION[language])
    sheet.write_string(0, 0, _HEADING[language].format(title=dataflow.titles[language]), formats.heading)
    about = _PURPOSE[language].format(basis=dataflow.legal_basis, purpose=dataflow.purpose)
    sheet.merge_range(1, 0, 1, len(_WIDTHS) - 1, about, formats.hint)
    sheet.set_row(0, 28)
    sheet.set_row(1, 32)
    for column, (title, width) in enumerate(zip(_COLUMNS[language], _WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(3, column, title, formats.header)
    for row, field in enumerate(dataflow.fields, 4):
        told = _told(field, key, choices.get(field.name), examples[field.name], language)
        for column, text in enumerate(told):
            sheet.write_string(row, column, text, formats.text)
        sheet.set_row(row, 17 * max(_lines(text, width) for text, width in zip(told, _WIDTHS, strict=True)) + 3)
    _write_rules(sheet, formats, dataflow, 5 + len(dataflow.fields), language)
    for_paper(sheet, 3)


def _told(
    field: Field, key: tuple[str, ...], choices: Choices | None, example: str, language: Language
) -> tuple[str, ...]:
    return (
        field.titles[language],
        _YES_NO[not field.required][language],
        kind_words(field, language),
        demand_words(field, key, language),
        _codes(choices, language) if choices else "",
        example,
    )


def _codes(choices: Choices, language: Language) -> str:
    if len(choices.texts) > _SHOWN:
        return _MANY[language].format(sheet=CODES[language], count=len(choices.texts))
    return "\n".join(choices.texts)


def _lines(text: str, width: int) -> int:
    return sum(-(-max(wide(line), 1) // (width - 2)) for line in text.split("\n"))


def _write_rules(sheet: Any, formats: Formats, dataflow: Dataflow, row: int, language: Language) -> None:
    if not dataflow.rules:
        return
    sheet.write_string(row, 0, _CHECKED[language], formats.heading)
    for place, rule in enumerate(dataflow.rules, row + 1):
        softer = _QUERY[language] if rule.severity is Severity.QUERY else ""
        text = f"{place - row}. {rule.sentence[language]}{softer}"
        sheet.merge_range(place, 0, place, len(_WIDTHS) - 1, text, formats.plain)
        sheet.set_row(place, 20)


def write_example(
    book: Any, formats: Formats, dataflow: Dataflow, examples: Mapping[str, str], language: Language
) -> None:
    """The header and one row below it, as they look when they are filled in."""
    sheet = book.add_worksheet(EXAMPLE[language])
    sheet.write_string(0, 0, _NOT_DATA[language], formats.watermark)
    sheet.set_row(0, 28)
    sheet.set_row(2, 36)
    sheet.set_row(3, 22)
    for column, field in enumerate(dataflow.fields):
        title, example = field.titles[language], examples[field.name]
        sheet.set_column(column, column, width_of(field, (title, example)))
        sheet.write_string(2, column, title, formats.required if field.required else formats.header)
        write(sheet, 3, column, field, example, formats.example(field))
    for_paper(sheet, 2)


def write_codes(
    book: Any, formats: Formats, choices: Mapping[str, Choices], periods: tuple[str, ...], language: Language
) -> Mapping[str, str]:
    """What drop-down lists offer, a column for each list; where each field's list stands, the periods' under `""`."""
    sheet = book.add_worksheet(CODES[language])
    sheet.write_string(0, 0, CODES[language], formats.heading)
    columns: dict[tuple[str, ...], int] = {}
    found: dict[str, str] = {}
    lists = {"": (_PERIODS[language], periods)} | {
        name: (one.codelist.titles[language], one.texts) for name, one in choices.items()
    }
    for name, (title, texts) in lists.items():
        if not texts:
            continue
        if (title, *texts) not in columns:
            columns[title, *texts] = len(columns)
            _write_list(sheet, formats, len(columns) - 1, title, texts)
        letter = column_letters(columns[title, *texts] + 1)
        found[name] = f"='{CODES[language]}'!${letter}$3:${letter}${len(texts) + 2}"
    for_paper(sheet, 1)
    sheet.freeze_panes(2, 0)
    return found


def _write_list(sheet: Any, formats: Formats, column: int, title: str, texts: tuple[str, ...]) -> None:
    sheet.set_column(column, column, min(max(wide(text) for text in (title, *texts)) + 3, 48))
    sheet.write_string(1, column, title, formats.header)
    for row, text in enumerate(texts, 2):
        sheet.write_string(row, column, text, formats.code)
