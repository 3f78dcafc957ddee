"""Which rows below the header are cases: empty rows, totals and the lines of signatures at the foot are not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.checks.normal import header_keys, plain, stripped

Row = Sequence[str]

CELL_NOTES = ("lost_digits", "error_cell", "no_value")
"""What a handler notes about a cell that then cannot be read."""

TOTALS = frozenset(
    ("合计", "总计", "小计", "共计", "累计", "本页合计", "total", "totals", "subtotal", "grandtotal", "sum")
)
NIL = frozenset(
    ("本期无数据", "本月无数据", "本季度无数据", "本期无", "零报告", "无数据", "nil", "nilreturn", "nodata")
)
_FOOT = re.compile(
    r"(填报人|填报单位|填报日期|填表人|填表单位|填表日期|制表人?|审核人?|复核人?|单位负责人|负责人|联系人|联系电话|电话|单位盖章|盖章"
    r"|注|备注|说明|preparedby|checkedby|date|note|notes)(\([^()]*\))?:"
)
_LABEL = re.compile(r"填[报表](人|单位|日期)|制表人?|审核人?|复核人?|(单位|主管)?负责人|联系(人|电话)|单位盖章")
"""What begins a foot line that has its words and what they ask for in cells of their own."""
_ALONE = re.compile(
    r"[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日|\(?(单位)?(公章|盖章|签章|签字|印章)\)?|[0-9]{1,2}[.、)].{6,}|\(?以下(空白|无正文)\)?"
)
"""What stands alone in its row at the foot of a form: the day, the place of the seal, one more remark."""
_COUNTED = re.compile(r"(合计|总计|小计|共计|累计|共有?)[0-9]+(人次?|例|条|户|名|件|起|个|对)?")
SUSPECT = (
    "计", "共", ":", "：", "填", "审", "复核", "制表", "负责", "联系", "盖章", "签", "以下", "年", "、", ".", "．", ")",
    "）", "total", "Total", "TOTAL", "sum", "Sum", "SUM",
)  # fmt: skip
"""What the first cell of a totals row or a foot line holds at least one of."""
_SUSPECT = re.compile("|".join(map(re.escape, SUSPECT)))


@dataclass(frozen=True, slots=True)
class Aside:
    """A row that is not a case: `totals_row`, `foot_row`, or `ignored_row` (text outside all known columns)."""

    row: int
    column: int
    code: str
    text: str


def blank(text: str) -> bool:
    """Whether a cell holds nothing but blanks."""
    return not text or (text.isspace() and not stripped(text))


def suspect(text: str) -> bool:
    """Whether a first cell may be that of a totals row or a foot line."""
    return _SUSPECT.search(text) is not None


def sort_rows(rows: Sequence[Row], first: int, known: Sequence[int]) -> tuple[list[Row], list[int], list[Aside]]:
    """The cases with their row numbers, and what was set aside. `rows[0]` is row number `first`."""
    lead = min(known)
    data, numbers, asides = [], [], []
    for number, row in enumerate(rows, first):
        width = len(row)
        if width > lead and not blank(row[lead]) and not blank(row[0]) and not suspect(row[0]):
            data.append(row)
            numbers.append(number)
            continue
        aside = look(row, number, known)
        if aside is None:
            data.append(row)
            numbers.append(number)
        elif aside.code:
            asides.append(aside)
    return data, numbers, asides


def look(row: Row, number: int, known: Sequence[int]) -> Aside | None:
    """What this row is: None for a case, an `Aside`, with code `""` for an empty row."""
    column = _first(row)
    if column < 0:
        return Aside(number, 0, "", "")
    text = row[column]
    keys = header_keys(text)
    if not TOTALS.isdisjoint(keys) or any(map(_COUNTED.fullmatch, keys)):
        return Aside(number, column + 1, "totals_row", text)
    if _is_foot(row, column, formal=len(known) > 1):
        return Aside(number, column + 1, "foot_row", text)
    if any(i < len(row) and not blank(row[i]) for i in known):
        return None
    is_serial = text.strip().isdigit() and all(blank(cell) for cell in row[column + 1 :])
    return Aside(number, column + 1, "" if is_serial else "ignored_row", text)


def is_nil(rows: Sequence[Row]) -> bool:
    """Whether the rows below a header say that there is nothing to report, and say nothing else."""
    filled = [cell for row in rows if not _is_foot(row, _first(row), formal=True) for cell in row if not blank(cell)]
    return len(filled) == 1 and not NIL.isdisjoint(header_keys(filled[0]))


def _first(row: Row) -> int:
    return next((i for i, cell in enumerate(row) if not blank(cell)), -1)


def _is_foot(row: Row, first: int, *, formal: bool) -> bool:
    """Whether a row, whose first filled cell is given, is a line of signatures or a remark.

    In a table of one column (not `formal`) a cell that stands alone says nothing.
    """
    if first < 0:
        return False
    words = plain(row[first]).replace(" ", "")
    if _FOOT.match(words) or _LABEL.fullmatch(words):
        return True
    return formal and _ALONE.fullmatch(words) is not None and all(blank(cell) for cell in row[first + 1 :])
