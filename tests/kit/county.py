"""The example county, what happened in it, and templates filled in as a clerk would: with a spreadsheet program."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl

from gateway.checks.recognise import Book, Candidate, Claim, Outcome, recognise
from gateway.config import load
from gateway.config.sql import untried
from gateway.core.agreement import Agreement
from gateway.core.letters import period_text
from gateway.core.parties import Language
from gateway.core.period import Frequency, Period
from gateway.core.rules import Rules
from gateway.core.table import Table
from gateway.demo.month import Account, happened
from gateway.demo.people import People
from gateway.demo.rows import Row, Value, rows
from gateway.handler import Limits
from gateway.kit.choices import choices_of, truth_words
from gateway.kit.owing import Owing, owed_in
from gateway.kit.template import Form, template
from handlers import excel

CONFIG = Path(__file__).parents[2] / "config"
YEAR, MADE_AT = 2026, datetime(2026, 1, 5, 1, tzinfo=UTC)
FIRST, LAST, SENT = date(2026, 9, 27), date(2026, 10, 22), date(2026, 10, 26)


@cache
def county() -> Rules:
    return load(CONFIG, sql=untried).rules


@cache
def one_agreement_each() -> tuple[Agreement, ...]:
    """For every dataflow of the county an agreement about it, of a department that has something to report."""
    found: dict[str, Agreement] = {}
    for agreement in county().agreements.values():
        if agreement.dataflow not in found and cases(agreement):
            found[agreement.dataflow] = agreement
    assert found.keys() == county().dataflows.keys()
    return tuple(found.values())


@cache
def told() -> tuple[People, Account]:
    people = People(2026, [c.code for c in county().codelists["divisions"].codes if len(c.code) == 12])
    return people, happened(people, FIRST, LAST)


def owing(agreement: Agreement) -> Owing:
    return next(one for one in owed_in(county(), agreement.department, YEAR) if one.agreement == agreement)


def period_of(agreement: Agreement) -> Period:
    """The period of whose days the county's account tells."""
    return Period.containing(SENT, county().timetables[agreement.timetable].frequency)


def form(agreement: Agreement, language: Language) -> Form:
    owed, department = owing(agreement), county().departments[agreement.department]
    periods = tuple(obligation.period for obligation in owed.obligations)
    return Form(owed.dataflow, county().codelists, department.titles, department.division, periods, language, MADE_AT)


@cache
def made(agreement: Agreement, language: Language) -> bytes:
    return template(form(agreement, language))


@cache
def cases(agreement: Agreement) -> list[Row]:
    people, account = told()
    return rows(account, agreement.dataflow, county().departments[agreement.department].division or "", people)


def filled(agreement: Agreement, language: Language, cases: Sequence[Row], period: str = "") -> bytes:
    """The template with these cases below its header, codes chosen from the lists, saved by openpyxl."""
    book = openpyxl.load_workbook(io.BytesIO(made(agreement, language)))
    sheet = book.worksheets[0]
    on_day = period_of(agreement).frequency is Frequency.ON_OCCURRENCE
    sheet["B2"] = SENT if on_day else period or period_text(str(period_of(agreement)), language)
    dataflow = county().dataflows[agreement.dataflow]
    lists = choices_of(dataflow, county().codelists, county().departments[agreement.department].division, language)
    for number, row in enumerate(cases, 5):
        for column, field in enumerate(dataflow.fields, 1):
            value = row.get(field.name)
            if field.name in lists and value is not None:
                value = lists[field.name].texts[lists[field.name].codes.index(str(value))]
            sheet.cell(number, column).value = _typed(value, language)
    return _saved(book)


def _typed(value: Value, language: Language) -> Any:
    return truth_words(language)[not value] if isinstance(value, bool) else value


def _saved(book: Any) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def tables(data: bytes) -> list[Table]:
    return [Table.of_sheet(sheet) for sheet in excel.read_sheets(data, Limits())]


def recognised(agreement: Agreement, data: bytes, name: str = "表.xlsx", claim: Claim | None = None) -> list[Outcome]:
    """What the gateway takes the sheets for, with every period of the year open to the whole department."""
    candidates = [
        Candidate(one.dataflow, one.timetable.frequency, periods := tuple(o.period for o in one.obligations), periods)
        for one in owed_in(county(), agreement.department, YEAR)
    ]
    return list(recognise(Book(name, "", tables(data)), candidates, SENT, claim))


def changed(data: bytes, cells: Mapping[str, Any], sheet: int = 0) -> bytes:
    """The same workbook with some cells overwritten."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    for at, value in cells.items():
        book.worksheets[sheet][at] = value
    return _saved(book)
