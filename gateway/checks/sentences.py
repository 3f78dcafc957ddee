"""Every sentence that a finding is told in, in both languages, and the list of findings as a CSV file."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace

from gateway.checks.lists import EXPLANATION, REFERENCE
from gateway.core.dataflow import CodeList, Dataflow, Field, Severity
from gateway.core.finding import Finding
from gateway.core.parties import Language, Titles

S = Titles
SENTENCES: Mapping[str, Titles] = {
    # one cell
    "required": S("“{title}”为必填项，此处为空。", "“{title}” must be filled and is empty."),
    "type": S("“{title}”应为{type}，无法读取“{value}”。", "“{title}” must be {type}; “{value}” cannot be read as one."),
    "typography": S(
        "“{title}”的内容含有全角字符、空格或多余符号，请改为“{repair}”。",
        "“{title}” holds full-width characters, blanks or stray signs; please write “{repair}”.",
    ),
    "codelist": S(
        "“{value}”不在“{title}”的代码表中。可用：{codes}。", "“{value}” is no code of “{title}”. Use: {codes}."
    ),
    "code_title": S(
        "“{title}”应填代码，不填名称：“{value}”的代码是“{repair}”。",
        "“{title}” takes the code, not the name: the code of “{value}” is “{repair}”.",
    ),
    "date_impossible": S("“{title}”中没有“{value}”这一天。", "“{value}” in “{title}” is no day of the calendar."),
    "date_order": S(
        "“{title}”中“{value}”的年月日次序不明，请写成 2026-01-31 的形式。",
        "“{value}” in “{title}” can be read in several ways; please write it as 2026-01-31.",
    ),
    "date_serial": S(
        "“{title}”中是数字“{value}”，不是日期，可能是单元格格式所致；若为日期，应是“{repair}”。",
        "“{title}” holds the number “{value}”, not a date, perhaps from the cell's format; as a date it is “{repair}”.",
    ),
    "id_length": S("“{title}”应为18位公民身份号码。", "“{title}” must be a citizen id of 18 characters."),
    "id_character": S(
        "“{title}”只能是数字，末位可为大写X。", "“{title}” may hold digits only; the last character may be X."
    ),
    "id_check_digit": S(
        "“{title}”校验码不符，号码中至少有一位写错。", "The check digit of “{title}” does not fit: a digit is wrong."
    ),
    "id_birth": S("“{title}”第7至14位不是有效的出生日期。", "Digits 7 to 14 of “{title}” are no date of birth."),
    "id_place": S("“{title}”前两位不是省级行政区代码。", "The first two digits of “{title}” are no province."),
    "id_old": S(
        "“{title}”是15位旧号码，请填18位号码。", "“{title}” is an old number of 15 digits; please give all 18."
    ),
    "lost_digits": S(
        "“{title}”按数值保存，末尾几位已经丢失。请把该列设为文本格式后重新录入。",
        "“{title}” was stored as a number and has lost its last digits. Make the column text and enter it again.",
    ),
    "error_cell": S("“{title}”的公式出错，没有结果。", "The formula in “{title}” has failed and gives no value."),
    "no_value": S(
        "“{title}”的公式没有保存结果。请打开文件，重新计算后保存。",
        "The formula in “{title}” was saved without its result. Open the file, let it calculate, and save it.",
    ),
    "min_length": S(
        "“{title}”至少{min_length}个字，现为{length}个。", "“{title}” needs {min_length} characters, has {length}."
    ),
    "max_length": S(
        "“{title}”至多{max_length}个字，现为{length}个。", "“{title}” takes {max_length} characters, has {length}."
    ),
    "pattern": S("“{title}”的格式不符：“{value}”。{note}", "“{value}” has not the form that “{title}” needs. {note}"),
    "minimum": S(
        "“{title}”不能小于{minimum}，现为“{value}”。", "“{title}” must be at least {minimum}, and is “{value}”."
    ),
    "maximum": S(
        "“{title}”不能大于{maximum}，现为“{value}”。", "“{title}” must be at most {maximum}, and is “{value}”."
    ),
    # rows
    "unique": S("“{title}”不能重复，与第{other}行相同。", "“{title}” must not repeat; row {other} has the same."),
    "primary_key": S(
        "{key}与第{other}行完全相同，同一条记录填了两次。", "{key} are the same as in row {other}: one record twice."
    ),
    "short_row": S(
        "本行单元格比表头少，可能缺少分隔符。", "This row has fewer cells than the header; a separator may be missing."
    ),
    "long_row": S(
        "本行单元格比表头多，内容可能错位。", "This row has more cells than the header; its cells may be shifted."
    ),
    "totals_row": S("本行是合计行，未作为记录计入。", "This row is a total and was not counted as a record."),
    "foot_row": S(
        "本行是表尾说明，未作为记录计入。", "This row is a note at the foot and was not counted as a record."
    ),
    "ignored_row": S(
        "本行只在表外各列有内容，未计入。", "This row is filled only outside the known columns and was left out."
    ),
    "hidden_row": S(
        "本行在工作表中被隐藏，仍已计入。", "This row is hidden in the sheet; it was counted all the same."
    ),
    # the sheet
    "no_rows": S(
        "表头下没有任何记录。如本期确无数据，请在表头下写“本期无数据”。",
        "There is no record below the header. To report nothing, write “nil” below the header.",
    ),
    "hidden_sheet": S("本工作表被隐藏，仍已读取。", "This sheet is hidden; it was read all the same."),
    "unknown_column": S(
        "“{value}”列不属于本报表，未读取。", "The column “{value}” is no part of this report and was not read."
    ),
    "doubled_column": S("“{title}”列出现两次，请只留一列。", "The column “{title}” is there twice; please keep one."),
    "outside": S(
        "此处有内容但该列没有表头，未读取。", "There is text here in a column without a header; it was not read."
    ),
}

TYPES: Mapping[str, Titles] = {
    "string": S("文字", "text"),
    "integer": S("整数", "a whole number"),
    "number": S("数字", "a number"),
    "boolean": S("“是”或“否”", "TRUE or FALSE"),
    "date": S("日期（如 2026-01-31）", "a date (such as 2026-01-31)"),
    "yearmonth": S("年月（如 2026-01）", "a month (such as 2026-01)"),
}
_COLUMNS = {
    Language.ZH_CN: ("类别", "工作表", "行", "列", "项目", "填报内容", "问题", "建议改为"),
    Language.EN: ("kind", "sheet", "row", "column", "item", "value", "what is wrong", "suggested repair"),
}
_SEVERITIES = {
    Severity.ERROR: S("错误（必须改正）", "error (must be mended)"),
    Severity.QUERY: S("疑问（改正或说明）", "query (mend or explain)"),
}
_GONE = S("此项目已不在报表中。", "This item is no part of the report any more.")
_CODES_TOLD = 8
_LIVE = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
_EXACT_DIGITS = 11  # longer numbers are shown as 3.3E+17


def sentence(dataflow: Dataflow, codelists: Mapping[str, CodeList], language: Language,
             code: str, field: str, value: str, repair: str, other: int) -> str:  # fmt: skip
    """What the officer reads about one finding."""
    if code.startswith("rule:"):
        name = code.removeprefix("rule:")
        return next(rule.sentence[language] for rule in dataflow.rules if rule.name == name)
    column = dataflow.by_name.get(field)
    about = _about(column, codelists, language) if column else {"title": "", "codes": ""}
    key = language.comma.join(f"“{dataflow.by_name[name].titles[language]}”" for name in dataflow.primary_key)
    shown = value if len(value) <= 40 else value[:39] + "…"
    return (
        SENTENCES[code][language]
        .format(**about, value=shown, repair=repair, other=other, key=key, length=len(value.strip()))
        .strip()
    )


def unquoted(
    finding: Finding, dataflow: Dataflow | None, codelists: Mapping[str, CodeList], language: Language
) -> Finding:
    """The same finding without the sender's text: for letters that anybody on the way could read.

    Since it was found, the report may have been configured anew, or not at all.
    """
    words = SENTENCES.get(finding.code)
    template = words[language] if words else ""
    told = finding.sentence
    if "{value}" in template or "{repair}" in template:
        told = _GONE[language]
        if dataflow and (not finding.field or finding.field in dataflow.by_name):
            told = sentence(dataflow, codelists, language, finding.code, finding.field, "…", "…", 0)
    return replace(finding, value="", repair="", sentence=told)


def _about(field: Field, codelists: Mapping[str, CodeList], language: Language) -> dict[str, object]:
    codes = codelists[field.codelist].codes if field.codelist else ()
    told = [f"{code.code} {code.titles[language]}" for code in codes[:_CODES_TOLD]]
    told += ["…"] if len(codes) > _CODES_TOLD else []
    return {
        "title": field.titles[language],
        "type": TYPES[field.type][language],
        "codes": ("；" if language is Language.ZH_CN else "; ").join(told),
        "note": field.note[language] if field.note else "",
        "min_length": field.min_length,
        "max_length": field.max_length,
        "minimum": field.minimum,
        "maximum": field.maximum,
    }


def findings_csv(
    findings: Sequence[Finding], titles: Mapping[str, Titles], language: Language, references: Sequence[str] = ()
) -> bytes:
    """Findings as CSV that a spreadsheet opens rightly (UTF-8 with its mark, CRLF) and in which nothing is a formula.

    `titles` gives the title of each field name, `references` one for each finding.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow((*_COLUMNS[language], EXPLANATION[language], REFERENCE[language]))
    for f, reference in zip(findings, references or [""] * len(findings), strict=True):
        title = titles[f.field][language] if f.field in titles else ""
        cells = (f.sheet, _place(f.row), _place(f.column), title, f.value, f.sentence, f.repair, "", reference)
        writer.writerow([_SEVERITIES[f.severity][language], *map(inert, cells)])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _place(number: int) -> str:
    return str(number) if number else ""


def inert(text: str) -> str:
    """The text such that a spreadsheet neither runs nor shortens it: with an apostrophe before it where it would."""
    is_live = text.startswith(_LIVE) or text.lstrip(" \u3000\ufeff").startswith(_LIVE)
    return "'" + text if is_live or (len(text) > _EXACT_DIGITS and text.isdigit()) else text
