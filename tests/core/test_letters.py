"""Letters in words."""

from __future__ import annotations

import pytest
from jinja2 import UndefinedError

from gateway.core.dataflow import Severity
from gateway.core.finding import Finding
from gateway.core.letters import (
    Letters,
    Text,
    column_letters,
    due_text,
    instant_text,
    line,
    period_text,
    place_text,
    size_text,
    wide,
)
from gateway.core.parties import Language
from tests.core.small_county import ZONE, at

EN, ZH = Language.EN, Language.ZH_CN
TEMPLATE = "Subject: {{ period | period }}\n\n{{ at | instant }}\n\n\n\n{{ at | due }}\n{{ finding | place }}\n"


def finding(row: int, column: int) -> Finding:
    return Finding(Severity.ERROR, "required", "sheet", row, column, "sex", "", "sentence")


def test_a_template_becomes_a_subject_and_a_body() -> None:
    letters = Letters({"en/digest.txt": TEMPLATE}, "Asia/Shanghai")
    values = {"period": "2026-M10", "at": at("2026-10-29"), "finding": finding(3, 2)}
    assert letters.write("digest", EN, values) == Text(
        "October 2026",
        "29 October 2026, 00:00 (CST)\n\nthe end of 28 October 2026 (CST)\nrow 3, column B\n",
    )


def test_a_value_that_nobody_gave_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="officer"):
        Letters({"en/digest.txt": "Subject: {{ officer }}"}, "Asia/Shanghai").write("digest", EN, {})


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\r\nBcc: b", "a Bcc: b"), ("\u202egnp.exe", "gnp.exe"), ("  a   b ", "a b"), ("x" * 200, "x" * 119 + "…")],
)
def test_foreign_text_stays_on_one_line(text: str, shown: str) -> None:
    assert line(text) == shown


@pytest.mark.parametrize(
    ("text", "english", "chinese"),
    [
        ("2026-M10", "October 2026", "2026年10月"),
        ("2026-Q4", "quarter 4 of 2026", "2026年第四季度"),
        ("2026-S1", "first half of 2026", "2026年上半年"),
        ("2026-S2", "second half of 2026", "2026年下半年"),
        ("2026-A1", "the year 2026", "2026年度"),
        ("2026-10-05", "5 October 2026", "2026年10月5日"),
    ],
)
def test_a_period_is_named_as_people_do(text: str, english: str, chinese: str) -> None:
    assert (period_text(text, EN), period_text(text, ZH)) == (english, chinese)


def test_an_instant_is_told_on_the_clock_of_the_county() -> None:
    assert instant_text(at("2026-10-05 09:05"), ZONE, ZH) == "2026年10月5日 09:05"


def test_a_due_midnight_is_the_end_of_the_day_before() -> None:
    assert due_text(at("2026-11-01"), ZONE, ZH) == "2026年10月31日24时"
    assert due_text(at("2026-10-31 17:00"), ZONE, EN) == "31 October 2026, 17:00 (CST)"


@pytest.mark.parametrize(
    ("row", "column", "english", "chinese"),
    [
        (3, 28, "row 3, column AB", "第 3 行 AB 列"),
        (0, 2, "column B", "B 列"),
        (3, 0, "row 3", "第 3 行"),
        (0, 0, "the sheet as a whole", "整张表"),
    ],
)
def test_a_finding_is_placed_as_the_workbook_shows_it(row: int, column: int, english: str, chinese: str) -> None:
    assert (place_text(finding(row, column), EN), place_text(finding(row, column), ZH)) == (english, chinese)


def test_columns_are_named_like_a_spreadsheet_s() -> None:
    assert [column_letters(n) for n in (1, 26, 27, 702, 703)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_a_chinese_character_is_as_wide_as_two_letters() -> None:
    assert [wide(text) for text in ("", "ab", "出生", "ｗ", "no. 号")] == [0, 2, 4, 2, 6]


def test_lists_are_told_with_the_comma_of_their_language() -> None:
    assert (ZH.comma.join("甲乙"), EN.comma.join("ab")) == ("甲、乙", "a, b")


def test_sizes_are_told_in_units() -> None:
    assert [size_text(n) for n in (999, 1_500, 2_000_000)] == ["999 B", "1.5 KB", "2.0 MB"]
