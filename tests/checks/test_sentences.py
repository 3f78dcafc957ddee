"""What the officer reads: whole sentences in both languages, and a list that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace

import pytest

from gateway.checks.sentences import SENTENCES, findings_csv, sentence, unquoted
from gateway.core.dataflow import Severity
from gateway.core.finding import Finding
from gateway.core.parties import Language
from tests.checks.county import BIRTHS, CODELISTS, birth, citizen, sheet
from tests.checks.test_check import IN_PYTHON, checked

TITLES = {field.name: field.titles for field in BIRTHS.fields}


def test_sentences_name_the_item_and_say_how_to_mend_it() -> None:
    wrong = birth(2, sex="男", order="0", village="x", weight="heavy", phone="1", name="")
    found = checked(sheet([birth(1), wrong, birth(1)]), IN_PYTHON).findings
    assert [f.sentence for f in found.told(Language.EN)] == [
        "“Name” must be filled and is empty.",
        "“Sex” takes the code, not the name: the code of “男” is “1”.",
        "“x” is no code of “Village”. Use: 001 East Village; 002 West Village; 010 River Mouth.",
        "“Birth order” must be at least 1, and is “0”.",
        "“Weight” must be a number; “heavy” cannot be read as one.",
        "“1” has not the form that “Telephone” needs.",
        "“Citizen id” are the same as in row 2: one record twice.",
    ]
    assert [f.sentence for f in found.told(Language.ZH_CN)] == [
        "“姓名”为必填项，此处为空。",
        "“性别”应填代码，不填名称：“男”的代码是“1”。",
        "“x”不在“村代码”的代码表中。可用：001 东村；002 西村；010 河口。",
        "“孩次”不能小于1，现为“0”。",
        "“体重”应为数字，无法读取“heavy”。",
        "“电话”的格式不符：“1”。",
        "“公民身份号码”与第2行完全相同，同一条记录填了两次。",
    ]


def test_braces_and_length_in_a_value_do_no_harm() -> None:
    found = checked(sheet([birth(1, order="{title}" * 20)]), IN_PYTHON).findings
    [finding] = found.told(Language.EN)
    assert finding.sentence == (
        "“Birth order” must be a whole number; “{title}{title}{title}{title}{title}{tit…” cannot be read as one."
    )
    assert finding.value == "{title}" * 20


@pytest.mark.parametrize("code", SENTENCES)
def test_every_sentence_exists_in_both_languages_and_ends_as_one(code: str) -> None:
    zh, en = SENTENCES[code].zh_CN, SENTENCES[code].en
    assert zh.endswith(("。", "{note}"))
    assert en.endswith((".", "{note}"))
    assert set(re.findall(r"{\w+}", zh)) == set(re.findall(r"{\w+}", en))


def read(data: bytes) -> list[list[str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_the_list_opens_in_a_spreadsheet_in_the_officers_language() -> None:
    findings = list(checked(sheet([birth(1, sex="男")]), IN_PYTHON).findings.told(Language.ZH_CN))
    assert read(findings_csv(findings, TITLES, Language.ZH_CN)) == [
        ["类别", "工作表", "行", "列", "项目", "填报内容", "问题", "建议改为", "说明", "编号（请勿改动）"],
        [
            "错误（必须改正）",
            "表一",
            "2",
            "3",
            "性别",
            "男",
            "“性别”应填代码，不填名称：“男”的代码是“1”。",
            "1",
            "",
            "",
        ],
    ]
    [header, _] = read(findings_csv(findings, TITLES, Language.EN))
    assert header == [
        "kind", "sheet", "row", "column", "item", "value", "what is wrong", "suggested repair", "explanation",
        "reference (please leave)",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u3000=1", "＝1"])
def test_nothing_in_the_list_is_a_formula(text: str) -> None:
    finding = Finding(Severity.ERROR, "type", text, 2, 1, "sex", text, text, text)
    [_, row] = read(findings_csv([finding], TITLES, Language.EN))
    assert all(not cell.lstrip(" \u3000").startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝")) for cell in row)


def test_rows_and_columns_of_a_whole_sheet_are_left_blank() -> None:
    finding = Finding(Severity.QUERY, "hidden_sheet", "表一", 0, 0, "", "", "x", "")
    assert read(findings_csv([finding], TITLES, Language.EN))[1][1:5] == ["表一", "", "", ""]


def test_a_long_number_is_not_shortened_when_a_spreadsheet_opens_the_list() -> None:
    finding = Finding(Severity.ERROR, "id_birth", "s", 2, 1, "id", citizen(1), "x", "")
    assert read(findings_csv([finding], TITLES, Language.EN))[1][5] == "'" + citizen(1)


@pytest.mark.parametrize("code", SENTENCES)
@pytest.mark.parametrize("language", Language)
def test_a_letter_that_may_not_quote_says_where_and_what_and_no_word_of_the_sender_s(
    code: str, language: Language
) -> None:
    told = sentence(BIRTHS, CODELISTS, language, code, "sex", "SECRET", "SECRET2", 7)
    finding = Finding(Severity.ERROR, code, "s", 3, 4, "sex", "SECRET", told, "SECRET2")
    open_ = unquoted(finding, BIRTHS, CODELISTS, language)
    assert (open_.row, open_.column, open_.value, open_.repair) == (3, 4, "", "")
    assert open_.sentence == told.replace("SECRET2", "…").replace("SECRET", "…")


@pytest.mark.parametrize("code", SENTENCES)
def test_nor_does_it_where_the_report_was_configured_anew_since_it_was_checked(code: str) -> None:
    """The column has another name by now, or the report is not owed any more: the answer is still to be written."""
    told = sentence(BIRTHS, CODELISTS, Language.EN, code, "sex", "SECRET", "SECRET", 7)
    finding = Finding(Severity.ERROR, code, "s", 3, 4, "sex", "SECRET", told, "SECRET")
    renamed = replace(BIRTHS, fields=tuple(field for field in BIRTHS.fields if field.name != "sex"))
    for dataflow in (renamed, None):
        assert "SECRET" not in unquoted(finding, dataflow, CODELISTS, Language.EN).sentence
