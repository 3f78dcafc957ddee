"""A code is taken as it stands, and as a template's drop-down list offers it: code and title in one cell."""

from __future__ import annotations

import pytest

from gateway.checks.at_once import at_once
from gateway.checks.limits import cell_reader
from gateway.core.dataflow import Code
from gateway.core.dataflow import FieldType as T
from gateway.core.parties import Language
from tests.checks.county import VILLAGES, field

VILLAGE = field("x", T.STRING, "村", "village", codelist="villages", min_length=3, max_length=3)


@pytest.mark.parametrize("code", VILLAGES.codes, ids=lambda code: code.code)
@pytest.mark.parametrize("language", Language)
def test_what_a_list_offers_is_read_as_its_code_and_measured_as_its_code(code: Code, language: Language) -> None:
    reading = cell_reader(VILLAGE, VILLAGES)(code.choice(language))
    assert (reading.value, reading.code) == (code.code, "")
    assert at_once(VILLAGE, VILLAGES)([code.choice(language), code.code]) == [code.code, code.code]


def test_a_choice_says_code_and_title() -> None:
    assert [VILLAGES.codes[0].choice(language) for language in Language] == ["001 东村", "001 East Village"]


@pytest.mark.parametrize("text", ["001东村", "001　东村", "001-东村", " 001 东村", "００１ 东村"])
def test_a_choice_written_otherwise_has_a_certain_repair(text: str) -> None:
    reading = cell_reader(VILLAGE, VILLAGES)(text)
    assert (reading.code, reading.repair) == ("code_title", "001")


@pytest.mark.parametrize("text", ["001 西村", "003 东村", "001 东村 西村"])
def test_a_code_with_the_title_of_another_is_no_code(text: str) -> None:
    assert cell_reader(VILLAGE, VILLAGES)(text).code == "codelist"
