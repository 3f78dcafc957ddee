"""What is said of an explanation that was not taken names places in our own words alone, in both languages."""

from __future__ import annotations

import pytest

from gateway.core.explaining import Asked
from gateway.core.parties import Language
from gateway.judge.explanation_words import places, spoken_of

ZH, EN = Language.ZH_CN, Language.EN


def asked(row: int, field: str = "sex") -> Asked:
    return Asked(1, "机密的表名", row, 2, field, "rule:odd", ("A1",), ("9",))


@pytest.mark.parametrize(
    ("language", "told"),
    [(ZH, "第 3 行“性别”、整张表、第 4 行"), (EN, "row 3 (性别), the sheet as a whole, row 4")],
)
def test_queries_are_named_by_row_and_item(language: Language, told: str) -> None:
    every = [asked(3), asked(0, ""), asked(4, "")]
    assert places(every, {"sex": "性别"}, language) == told


@pytest.mark.parametrize(("language", "ends"), [(ZH, "、……"), (EN, ", …")])
def test_of_many_the_first_few_are_named(language: Language, ends: str) -> None:
    told = places([asked(row) for row in range(1, 9)], {}, language)
    assert told.endswith(ends) and "6" not in told


@pytest.mark.parametrize(
    ("row", "column", "language", "told"),
    [
        (9, 0, ZH, "第 9 行"), (9, 28, ZH, "第 9 行 AB 列"), (0, 0, ZH, "整张表"),
        (9, 0, EN, "row 9"), (9, 28, EN, "row 9, column AB"), (None, 0, EN, "the sheet as a whole"),
    ],
)  # fmt: skip
def test_a_line_is_named_by_what_it_speaks_of(row: int | None, column: int, language: Language, told: str) -> None:
    assert spoken_of(row, column, language) == told
