"""What a field demands of a cell, in words for a clerk."""

from __future__ import annotations

import re

from gateway.checks.sentences import TYPES
from gateway.core.dataflow import Field, FieldType
from gateway.core.parties import Language, Titles

S = Titles
_CODE = S("从下拉列表中选择", "choose from the list")
_ID = S("18位公民身份号码，末位可为大写X", "a citizen id of 18 characters; the last may be X")
_EXACT = S("{low}个字符", "{low} characters")
_BETWEEN = S("{low}至{high}个字符", "{low} to {high} characters")
_AT_LEAST = S("至少{low}个字符", "at least {low} characters")
_AT_MOST = S("至多{high}个字符", "at most {high} characters")
_RANGE = S("{low}至{high}", "{low} to {high}")
_NOT_LESS = S("不小于{low}", "not less than {low}")
_NOT_MORE = S("不大于{high}", "not more than {high}")
_NOT_BEFORE = S("不早于{low}", "not before {low}")
_NOT_AFTER = S("不晚于{high}", "not after {high}")
_ONCE = S("不得重复", "must not repeat")
_TOGETHER = S("与{others}合起来不得重复", "must not repeat together with {others}")

_PIECE = re.compile(r"(?:\[[^\]\\]+\]|\\d|\\w|[\w-])(?:\{(\d+)(?:,(\d+))?\})?", re.ASCII)


def kind_words(field: Field, language: Language) -> str:
    """What kind of thing the cell holds."""
    if field.codelist:
        return _CODE[language]
    return _ID[language] if field.format == "id_number" else TYPES[field.type][language]


def demand_words(field: Field, key: tuple[str, ...], language: Language) -> str:
    """Lengths, bounds and uniqueness; `key` are the titles of the columns that together may come once only."""
    said = [] if field.codelist else [_lengths(field, language), _bounds(field, language)]
    title = field.titles[language]
    if field.unique or key == (title,):
        said.append(_ONCE[language])
    elif title in key:
        said.append(_TOGETHER[language].format(others=language.comma.join(one for one in key if one != title)))
    said.append(field.note[language] if field.note else "")
    return ("; " if language is Language.EN else "；").join(one for one in said if one)


def widths(field: Field) -> tuple[int | None, int | None]:
    """The fewest and the most characters of a text, as far as lengths and pattern say it."""
    if field.type is not FieldType.STRING or field.codelist:
        return None, None
    if field.format == "id_number":
        return 18, 18
    low, high = _pattern_widths(field.pattern or "")
    lows, highs = [n for n in (low, field.min_length) if n], [n for n in (high, field.max_length) if n]
    return max(lows, default=None), min(highs, default=None)


def _pattern_widths(pattern: str) -> tuple[int | None, int | None]:
    """Of a pattern that is a plain row of characters and classes; of any other nothing is said."""
    low = high = at = 0
    while at < len(pattern):
        piece = _PIECE.match(pattern, at)
        if not piece:
            return None, None
        least = int(piece[1] or 1)
        low, high, at = low + least, high + int(piece[2] or least), piece.end()
    return low or None, high or None


def _lengths(field: Field, language: Language) -> str:
    low, high = widths(field)
    if field.format == "id_number" or (low is None and high is None):
        return ""
    words = _AT_MOST if low is None else _AT_LEAST if high is None else _EXACT if low == high else _BETWEEN
    return words[language].format(low=low, high=high)


def _bounds(field: Field, language: Language) -> str:
    low, high = field.minimum, field.maximum
    if low is None and high is None:
        return ""
    of_time = field.type in (FieldType.DATE, FieldType.YEARMONTH)
    if low is not None and high is not None:
        words = _RANGE
    elif high is None:
        words = _NOT_BEFORE if of_time else _NOT_LESS
    else:
        words = _NOT_AFTER if of_time else _NOT_MORE
    return words[language].format(low=low, high=high)
