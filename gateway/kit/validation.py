"""What a spreadsheet itself checks while a clerk types: rules of data validation, and colours for obvious mistakes.

Nothing here stops what the gateway would accept: where a rule of a spreadsheet can only come close, it warns.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from gateway.checks.cells import LAST_YEAR
from gateway.checks.limits import bound
from gateway.core.dataflow import Field, FieldType
from gateway.core.letters import column_letters
from gateway.core.parties import Language, Titles
from gateway.kit.choices import truth_words
from gateway.kit.demands import demand_words, kind_words, widths
from gateway.kit.sheets import FIRST_DAY

_TITLE, _MESSAGE = 32, 255  # characters that a spreadsheet takes
_MOST = 10**15 - 1
S = Titles
_REQUIRED, _EXAMPLE = S("必填。", "Must be filled. "), S("例：{example}", "Such as: {example}")
_WRONG = S("“{title}”应为：{kind}", "{title} must be: {kind}")
_CODE_WRONG = S(
    "这一项请从下拉列表中选择。若直接填写代码，请确认代码无误。",
    "Please choose from the list. If you type a code, make sure that it is right.",
)
NIL = S("本期无数据", "nil")
"""What is written in the first cell below the header when there is nothing to report."""

_ERROR_TITLE = S("请核对", "Please check")


def validation(
    field: Field, key: tuple[str, ...], example: str, source: str | None, language: Language
) -> dict[str, Any]:
    """The data validation of a field's cells, as XlsxWriter takes it. `source` is where its drop-down list stands."""
    kind, demand = kind_words(field, language), demand_words(field, key, language)
    said = f"{kind}{'; ' if language is Language.EN else '；'}{demand}" if demand else kind
    prompt = (_REQUIRED[language] if field.required else "") + said
    if example and len(prompt) + len(example) + 12 <= _MESSAGE:
        prompt += "\n" + _EXAMPLE[language].format(example=example)
    error = _CODE_WRONG[language] if source else _WRONG[language].format(title=field.titles[language], kind=said)
    words = {
        "input_title": field.titles[language][:_TITLE],
        "input_message": prompt[:_MESSAGE],
        "error_title": _ERROR_TITLE[language],
        "error_message": error[:_MESSAGE],
        "error_type": "warning" if source else "stop",
    }
    return words | _criteria(field, source, language)


def _criteria(field: Field, source: str | None, language: Language) -> dict[str, Any]:
    if source:
        return {"validate": "list", "source": source}
    low: Any
    high: Any
    match field.type:
        case FieldType.BOOLEAN:
            return {"validate": "list", "source": list(truth_words(language))}
        case FieldType.DATE:
            low, high = _day(field, field.minimum, FIRST_DAY), _day(field, field.maximum, date(LAST_YEAR, 12, 31))
            return {"validate": "date", "criteria": "between", "minimum": low, "maximum": high}
        case FieldType.INTEGER | FieldType.NUMBER:
            low = bound(field, field.minimum) if field.minimum is not None else -_MOST
            high = bound(field, field.maximum) if field.maximum is not None else _MOST
            name = "integer" if field.type is FieldType.INTEGER else "decimal"
            return {"validate": name, "criteria": "between", "minimum": low, "maximum": high}
    return _length(*widths(field))


def _length(low: int | None, high: int | None) -> dict[str, Any]:
    if low is None and high is None:
        return {"validate": "any"}
    if low is None or high is None:
        criteria = "<=" if low is None else ">="
        return {"validate": "length", "criteria": criteria, "value": high if low is None else low}
    if low == high:
        return {"validate": "length", "criteria": "==", "value": low}
    return {"validate": "length", "criteria": "between", "minimum": low, "maximum": high}


def _day(field: Field, text: str | None, otherwise: date) -> datetime:
    day = max(bound(field, text), FIRST_DAY) if text is not None else otherwise
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a day


def is_missing(column: int, row: int, last: int, language: Language) -> str:
    """A formula that is true of an empty cell in a row that is filled elsewhere. Columns and row as in `cell`."""
    filled = f"COUNTA({cell(0, row)}:{cell(last, row)})>0"
    return f'=AND({cell(column, row)}="",{cell(0, row)}<>"{NIL[language]}",{filled})'


def is_of_wrong_length(field: Field, column: int, row: int, language: Language) -> str:
    """A formula that is true of a filled cell with too few or too many characters; `""` where any number will do."""
    low, high = widths(field)
    at = cell(column, row)
    tests = ([f"LEN({at})<{low}"] if low else []) + ([f"LEN({at})>{high}"] if high else [])
    return f'=AND(LEN({at})>0,{at}<>"{NIL[language]}",OR({",".join(tests)}))' if tests else ""


def is_no_id_number(column: int, row: int) -> str:
    """A formula that is true of 18 characters whose check character does not fit (ISO 7064 MOD 11-2).

    `INDIRECT` keeps "1:17" what it is when rows are inserted above.
    """
    at, places = cell(column, row), 'ROW(INDIRECT("1:17"))'
    total = f"SUMPRODUCT(MID({at},{places},1)*MOD(2^(18-{places}),11))"
    return f'=AND(LEN({at})=18,IFERROR(MID("10X98765432",MOD({total},11)+1,1)<>RIGHT({at}),TRUE))'


def is_repeated(column: int, first: int, last: int) -> str:
    """A formula that is true of a text that stands in this column twice. (COUNTIF compares 15 digits only.)"""
    at, letters = cell(column, first), column_letters(column + 1)
    return f"=AND(LEN({at})>0,SUMPRODUCT(--({letters}${first + 1}:{letters}${last + 1}={at}))>1)"


def cell(column: int, row: int) -> str:
    """A cell of a formula for every row, both counted from 0: the column stays, the row moves on."""
    return f"${column_letters(column + 1)}{row + 1}"
