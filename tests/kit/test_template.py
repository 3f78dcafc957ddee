"""A template that is filled in passes; what it offers is what the checks accept; what explains it is no report."""

from __future__ import annotations

import io
import time
from dataclasses import replace
from datetime import datetime
from typing import Any

import openpyxl
import pytest

from gateway.checks.check import Checked, check
from gateway.checks.compile import Context, compile_dataflow
from gateway.checks.limits import cell_reader
from gateway.checks.recognise import Claim, Ignored, Outcome, Recognised
from gateway.checks.refused import Refused
from gateway.core.agreement import Agreement
from gateway.core.dataflow import Code, CodeList, Field, FieldType
from gateway.core.parties import Language, Titles
from gateway.core.period import Frequency, Period
from gateway.core.table import Table
from gateway.kit.template import FIRST_ROW, HEADER_ROW, template
from tests.kit.county import SENT, cases, changed, county, filled, form, made, one_agreement_each, period_of, recognised

EVERY = pytest.mark.parametrize("agreement", one_agreement_each(), ids=lambda one: one.id)
IN_BOTH = pytest.mark.parametrize("language", Language)
OF_EACH_FREQUENCY = list({period_of(one).frequency: one for one in one_agreement_each()}.values())
POPULATION = next(one for one in one_agreement_each() if one.dataflow == "population_totals")


def checked(agreement: Agreement, outcome: Outcome) -> Checked:
    assert isinstance(outcome, Recognised)
    division = county().departments[agreement.department].division
    compiled = compile_dataflow(county().dataflows[outcome.dataflow], county().codelists)
    return check(compiled, outcome, Context(outcome.period, SENT, division))


def sheets(data: bytes) -> list[Any]:
    return list(openpyxl.load_workbook(io.BytesIO(data)).worksheets)


def lists(sheet: Any, book: Any) -> dict[int, list[str]]:
    """What each column's drop-down list offers, by column from 1."""
    found = {}
    for rule in sheet.data_validations.dataValidation:
        if rule.type == "list":
            for cells in rule.sqref.ranges:
                if cells.min_row < cells.max_row:
                    found[cells.min_col] = _offered(rule.formula1, book)
    return found


def _offered(formula: str, book: Any) -> list[str]:
    if formula.startswith('"'):
        return formula.strip('"').split(",")
    name, _, cells = formula.rpartition("!")
    return [row[0].value for row in book[name.strip("'")][cells.replace("$", "")]]


@EVERY
@IN_BOTH
def test_a_template_filled_in_with_right_cases_is_accepted_without_a_finding(
    agreement: Agreement, language: Language
) -> None:
    right = cases(agreement)
    first, *others = recognised(agreement, filled(agreement, language, right))
    assert isinstance(first, Recognised)
    assert (first.dataflow, first.period, first.assumed_period) == (agreement.dataflow, period_of(agreement), False)
    said = checked(agreement, first)
    assert [f.sentence for f in said.findings.told(language)] == []
    assert said.rows == len(right) > 0
    assert [type(other) for other in others] == [Ignored] * 3


@EVERY
def test_it_passes_sealed_as_well(agreement: Agreement) -> None:
    claim = Claim(agreement.dataflow, period_of(agreement))
    data = filled(agreement, Language.ZH_CN, cases(agreement))
    outcomes = recognised(agreement, data, claim=claim)
    assert [type(outcome) for outcome in outcomes] == [Recognised, Ignored, Ignored, Ignored]


@EVERY
@IN_BOTH
def test_a_template_sent_back_untouched_reports_nothing_and_says_so(agreement: Agreement, language: Language) -> None:
    """The example is there, on a sheet of its own; it becomes neither a case nor a report."""
    data = changed(made(agreement, language), {"B2": None})
    claim = Claim(agreement.dataflow, period_of(agreement))
    for outcome in (recognised(agreement, data)[0], recognised(agreement, data, claim=claim)[0]):
        if isinstance(outcome, Refused):
            continue  # no period was chosen, and several are open
        said = checked(agreement, outcome)
        assert (said.rows, said.acceptable) == (0, False)
        assert [f.code for f in said.findings.told(language)] == ["no_rows"]


@EVERY
@IN_BOTH
def test_the_example_is_right_itself(agreement: Agreement, language: Language) -> None:
    """Copied into the report as it stands, it passes."""
    example = [cell.value for cell in sheets(made(agreement, language))[2][4]]
    data = made(agreement, language)
    at = {sheets(data)[0].cell(FIRST_ROW + 1, n).coordinate: value for n, value in enumerate(example, 1)}
    outcome, *_ = recognised(agreement, changed(data, at), claim=Claim(agreement.dataflow, period_of(agreement)))
    said = checked(agreement, outcome)
    assert said.rows == 1
    assert [f.sentence for f in said.findings.told(language) if f.severity.value == "error"] == []


@EVERY
@IN_BOTH
def test_drop_down_lists_offer_what_the_checks_accept_of_a_code_list_and_nothing_else(
    agreement: Agreement, language: Language
) -> None:
    data = filled(agreement, language, cases(agreement)[:1])
    book = openpyxl.load_workbook(io.BytesIO(data))
    offered = lists(book.worksheets[0], book)
    report, *_ = recognised(agreement, data)
    assert isinstance(report, Recognised)
    for place, field in enumerate(county().dataflows[agreement.dataflow].fields, 1):
        if field.codelist:
            codes = county().codelists[field.codelist].codes
            accepted = [c for c in codes if _accepts(agreement, report, place, c.code, field.name)]
            assert offered.pop(place) == [f"{c.code} {c.titles[language]}" for c in accepted]
        elif field.type is FieldType.BOOLEAN:
            assert offered.pop(place) == (["TRUE", "FALSE"] if language is Language.EN else ["是", "否"])
    assert not offered


def _accepts(agreement: Agreement, report: Recognised, place: int, code: str, field: str) -> bool:
    """Whether a report with this code would be accepted, as far as that field alone is concerned."""
    assert report.table and report.shape
    rows = [list(row) for row in report.table.rows()[: report.shape.header_row + 1]]
    rows[-1][place - 1] = code
    found = checked(agreement, replace(report, table=Table.of_rows("", rows))).findings.told(Language.EN)
    alone = {rule.name for rule in county().dataflows[agreement.dataflow].rules if rule.columns == (field,)}
    return not [f for f in found if f.column == place and (not f.code.startswith("rule:") or f.code[5:] in alone)]


@EVERY
@IN_BOTH
def test_nothing_to_report_is_written_below_the_header(agreement: Agreement, language: Language) -> None:
    nil = "nil" if language is Language.EN else "本期无数据"
    outcome, *_ = recognised(agreement, changed(filled(agreement, language, ()), {"A5": nil}))
    assert isinstance(outcome, Recognised)
    assert outcome.nil
    first_cell = [rule for rule in sheets(made(agreement, language))[0].data_validations.dataValidation
                  if "A5" in str(rule.sqref).split()]  # fmt: skip
    assert [rule.errorStyle for rule in first_cell] == ["warning"]  # a stop would not let it be typed


@pytest.mark.parametrize("agreement", OF_EACH_FREQUENCY, ids=lambda one: one.id)
@IN_BOTH
def test_periods_are_chosen_from_those_that_are_owed_and_none_is_chosen_beforehand(
    agreement: Agreement, language: Language
) -> None:
    book = openpyxl.load_workbook(io.BytesIO(made(agreement, language)))
    sheet = book.worksheets[0]
    assert sheet["B2"].value is None
    [rule] = [rule for rule in sheet.data_validations.dataValidation if "B2" in str(rule.sqref)]
    if period_of(agreement).frequency is Frequency.ON_OCCURRENCE:
        assert rule.type == "date"
        return
    for text in _offered(rule.formula1, book):
        outcome, *_ = recognised(agreement, filled(agreement, language, cases(agreement)[:1], text))
        assert isinstance(outcome, Recognised)
    assert len(_offered(rule.formula1, book)) == {"M": 12, "Q": 4, "S": 2, "A": 1}[str(period_of(agreement))[5]]


@EVERY
@IN_BOTH
def test_ids_and_codes_are_text_dates_are_dates_and_the_header_stays_in_sight(
    agreement: Agreement, language: Language
) -> None:
    sheet = sheets(made(agreement, language))[0]
    assert sheet.freeze_panes == f"A{FIRST_ROW + 1}"
    assert sheet.print_title_rows == f"$1:${HEADER_ROW + 1}"
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    width, height = sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight  # 1 is what is not written
    assert (sheet.page_setup.orientation, width, height) == ("landscape", 1, 0)
    shapes = {"string": "@", "boolean": "@", "yearmonth": "@", "date": "yyyy-mm-dd"}
    for place, field in enumerate(county().dataflows[agreement.dataflow].fields, 1):
        ruled, beyond = sheet.cell(FIRST_ROW + 1, place), _of_column(sheet, place)
        assert ruled.number_format == beyond.number_format == shapes.get(field.type.value, "General")
        assert sheet.cell(HEADER_ROW + 1, place).value == field.titles[language] + " *" * field.required


def _of_column(sheet: Any, place: int) -> Any:
    """Neighbours that look the same are described together."""
    return next(one for one in sheet.column_dimensions.values() if one.min <= place <= one.max)


@EVERY
@IN_BOTH
def test_every_column_is_explained_in_words_that_a_spreadsheet_takes(agreement: Agreement, language: Language) -> None:
    report, explanation, *_ = sheets(made(agreement, language))
    fields = county().dataflows[agreement.dataflow].fields
    assert [explanation.cell(5 + n, 1).value for n in range(len(fields))] == [f.titles[language] for f in fields]
    for rule in report.data_validations.dataValidation:
        assert rule.prompt
        assert max(map(len, (rule.prompt, rule.error or ""))) <= 255
        assert max(map(len, (rule.promptTitle or "", rule.errorTitle or ""))) <= 32
        assert all(len(formula or "") <= 255 for formula in (rule.formula1, rule.formula2))


def test_a_period_used_again_is_the_clerks_to_choose() -> None:
    """What is chosen wins over what is open; and what is not offered is no period."""
    outcome, *_ = recognised(POPULATION, filled(POPULATION, Language.EN, cases(POPULATION), "quarter 2 of 2026"))
    assert isinstance(outcome, Recognised)
    assert outcome.period == Period.parse("2026-Q2")


@pytest.mark.parametrize(
    ("type_", "example", "shown"),
    [
        (FieldType.DATE, "2026/1/31", datetime(2026, 1, 31)),  # noqa: DTZ001 - a day
        (FieldType.DATE, "20260131", datetime(2026, 1, 31)),  # noqa: DTZ001 - a day
        (FieldType.DATE, "1850-01-31", "1850-01-31"),  # before a workbook's first day
        (FieldType.INTEGER, "+5", 5),
    ],
)
def test_an_example_may_be_written_in_any_form_that_the_checks_take(
    type_: FieldType, example: str, shown: object
) -> None:
    given = form(POPULATION, Language.EN)
    field = Field("day", type_, Titles("日期", "Day"), example=example)
    assert not cell_reader(field, None)(example).code
    flow = replace(given.dataflow, fields=(field,), primary_key=(), rules=())
    assert sheets(template(replace(given, dataflow=flow)))[2].cell(4, 1).value == shown


def test_a_dataflow_may_have_more_code_lists_than_the_alphabet_has_letters() -> None:
    given, names = form(POPULATION, Language.EN), [f"list{number}" for number in range(28)]
    fields = tuple(Field(name, FieldType.STRING, Titles(name, name), codelist=name) for name in names)
    codelists = {
        name: CodeList(name, Titles(name, name), (Code(f"code of {name}", Titles("甲", "A")),)) for name in names
    }
    flow = replace(given.dataflow, fields=fields, primary_key=(), rules=())
    book = openpyxl.load_workbook(io.BytesIO(template(replace(given, dataflow=flow, codelists=codelists))))
    offered = lists(book.worksheets[0], book)
    assert offered == {place: [f"code of {name} A"] for place, name in enumerate(names, 1)}


@IN_BOTH
def test_the_same_form_becomes_the_same_bytes(language: Language) -> None:
    before = made(POPULATION, language)
    time.sleep(2.1)  # a workbook's own clock counts in two seconds
    assert template(form(POPULATION, language)) == before
