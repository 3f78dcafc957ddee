"""One cell: what is read from it, what is wrong, how it would be right. Every expectation is written by hand."""

from __future__ import annotations

from datetime import date

import pytest

from gateway.checks.limits import cell_reader
from gateway.core.dataflow import FieldType as T
from tests.checks.county import CODELISTS, field

A_DAY = date(2026, 10, 5)


def read(text: str, type: T = T.STRING, **more: object) -> tuple[object, str, str]:
    made = field("x", type, "项", "item", **more)
    return tuple(cell_reader(made, CODELISTS[made.codelist] if made.codelist else None)(text))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", (12, "", "")),
        ("-3", (-3, "", "")),
        ("+3", (3, "", "")),
        ("007", (7, "", "")),
        ("999999999999999", (999999999999999, "", "")),
        ("1000000000000000", (None, "type", "")),
        ("１２", (None, "typography", "12")),
        (" 12", (None, "typography", "12")),
        ("1 2", (None, "typography", "12")),
        ("12\u3000", (None, "typography", "12")),
        ("1,234", (None, "typography", "1234")),
        ("１，２３４，５６７", (None, "typography", "1234567")),
        ("12.0", (None, "typography", "12")),
        ("12.5", (None, "type", "")),
        ("1,23", (None, "type", "")),
        ("1_000", (None, "type", "")),
        ("1e3", (None, "type", "")),
        ("十二", (None, "type", "")),
        ("٣", (None, "type", "")),
        ("", (None, "", "")),
        (" \u3000", (None, "", "")),
    ],
)
def test_a_whole_number_is_read_and_typing_accidents_are_told(text: str, expected: object) -> None:
    assert read(text, T.INTEGER) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3.25", (3.25, "", "")),
        ("-0.5", (-0.5, "", "")),
        ("3", (3.0, "", "")),
        ("３．２５", (None, "typography", "3.25")),
        ("1,234.50", (None, "typography", "1234.50")),
        (".5", (None, "type", "")),
        ("5.", (None, "type", "")),
        ("nan", (None, "type", "")),
        ("inf", (None, "type", "")),
        ("1e3", (None, "type", "")),
        ("12%", (None, "type", "")),
    ],
)
def test_a_number_is_read_and_nothing_that_only_looks_like_one(text: str, expected: object) -> None:
    assert read(text, T.NUMBER) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-10-05", (A_DAY, "", "")),
        ("2026-10-05T00:00:00", (A_DAY, "", "")),
        ("2026-10-05 00:00:00", (A_DAY, "", "")),
        ("2026/10/5", (A_DAY, "", "")),
        ("2026.10.05", (A_DAY, "", "")),
        ("20261005", (A_DAY, "", "")),
        ("2026年10月5日", (A_DAY, "", "")),
        ("2026-1-5", (date(2026, 1, 5), "", "")),
        ("2028-02-29", (date(2028, 2, 29), "", "")),
        ("２０２６年１０月５日", (None, "typography", "2026-10-05")),
        (" 2026-10-05", (None, "typography", "2026-10-05")),
        ("2026 - 10 - 05", (None, "typography", "2026-10-05")),
        ("2026-10-05T13:20:00", (None, "typography", "2026-10-05")),
        ("2026-02-29", (None, "date_impossible", "")),
        ("2026-13-01", (None, "date_impossible", "")),
        ("0026-10-05", (None, "date_impossible", "")),
        ("05/10/2026", (None, "date_order", "")),
        ("5-10-26", (None, "date_order", "")),
        ("46300", (None, "date_serial", "2026-10-05")),
        ("2026-10", (None, "type", "")),
        ("+2026-1-05", (None, "type", "")),
        ("2026/10-05", (None, "type", "")),
        ("2026-10-05日", (None, "type", "")),
        ("不详", (None, "type", "")),
    ],
)
def test_a_date_is_read_in_each_form_that_reads_one_way_only(text: str, expected: object) -> None:
    assert read(text, T.DATE) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-10", ("2026-10", "", "")),
        ("2026/9", ("2026-09", "", "")),
        ("202610", ("2026-10", "", "")),
        ("2026年9月", ("2026-09", "", "")),
        ("2026-10-01", ("2026-10", "", "")),
        ("2026-10-02", (None, "type", "")),
        ("2026-13", (None, "type", "")),
        ("２０２６－１０", (None, "typography", "2026-10")),
    ],
)
def test_a_month_is_read_as_year_and_month(text: str, expected: object) -> None:
    assert read(text, T.YEARMONTH) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("TRUE", (True, "", "")),
        ("否", (False, "", "")),
        ("0", (False, "", "")),
        ("是 ", (None, "typography", "是")),
        ("True", (None, "typography", "TRUE")),
        ("maybe", (None, "type", "")),
    ],
)
def test_truth_is_read_in_both_languages(text: str, expected: object) -> None:
    assert read(text, T.BOOLEAN) == expected


@pytest.mark.parametrize(
    ("text", "codelist", "expected"),
    [
        ("1", "sex", ("1", "", "")),
        ("男", "sex", (None, "code_title", "1")),
        ("Female", "sex", (None, "code_title", "2")),
        ("m", "sex", (None, "code_title", "1")),
        ("１", "sex", (None, "typography", "1")),
        ("1 ", "sex", (None, "typography", "1")),
        ("3", "sex", (None, "codelist", "")),
        ("1", "villages", (None, "code_title", "001")),
        ("10", "villages", (None, "code_title", "010")),
        ("河口", "villages", (None, "code_title", "010")),
        ("南村", "villages", (None, "codelist", "")),
    ],
)
def test_a_code_is_one_of_the_list_and_its_name_suggests_it(text: str, codelist: str, expected: object) -> None:
    assert read(text, codelist=codelist) == expected


@pytest.mark.parametrize(
    ("text", "more", "expected"),
    [
        (" 王一 ", {}, ("王一", "", "")),
        ("", {"required": True}, (None, "required", "")),
        ("\u3000", {"required": True}, (None, "required", "")),
        ("王", {"min_length": 2}, (None, "min_length", "")),
        ("王一二三", {"max_length": 3}, (None, "max_length", "")),
        ("王一", {"min_length": 2, "max_length": 3}, ("王一", "", "")),
        ("1234", {"pattern": "[0-9]{4}"}, ("1234", "", "")),
        ("12345", {"pattern": "[0-9]{4}"}, (None, "pattern", "")),
        ("1234\n", {"pattern": "[0-9]{4}"}, ("1234", "", "")),
        ("１２３４", {"pattern": "[0-9]{4}"}, (None, "typography", "1234")),
    ],
)
def test_a_text_keeps_to_its_length_and_pattern(text: str, more: dict[str, object], expected: object) -> None:
    assert read(text, **more) == expected


@pytest.mark.parametrize(
    ("text", "type", "more", "code"),
    [
        ("0", T.INTEGER, {"minimum": "1"}, "minimum"),
        ("1", T.INTEGER, {"minimum": "1"}, ""),
        ("21", T.INTEGER, {"maximum": "20"}, "maximum"),
        ("9.01", T.NUMBER, {"maximum": "9"}, "maximum"),
        ("1899-12-31", T.DATE, {"minimum": "1900-01-01"}, "minimum"),
        ("1900-01-01", T.DATE, {"minimum": "1900-01-01"}, ""),
        ("2026-11", T.YEARMONTH, {"maximum": "2026-10"}, "maximum"),
    ],
)
def test_bounds_include_themselves(text: str, type: T, more: dict[str, object], code: str) -> None:
    assert read(text, type, **more)[1] == code
