"""The demo's reports are what a careful officer would send: recognised, and free of findings."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import pytest

from gateway.checks.check import check
from gateway.checks.compile import Context, compile_dataflow
from gateway.checks.recognise import Book, Candidate, Recognised, recognise
from gateway.config import load
from gateway.config.sql import try_sql
from gateway.core.agreement import Agreement
from gateway.core.parties import Language
from gateway.core.period import Frequency, Period
from gateway.core.rules import Rules
from gateway.core.table import Table
from gateway.demo.month import Account, happened
from gateway.demo.people import People
from gateway.demo.reports import csv_file, workbook
from gateway.demo.rows import rows
from gateway.handler import Limits
from handlers import excel

CONFIG = Path(__file__).parents[2] / "config"
FIRST, LAST, SENT = date(2026, 9, 27), date(2026, 10, 22), date(2026, 10, 26)


@cache
def county() -> Rules:
    return load(CONFIG, sql=try_sql).rules


AGREEMENTS = sorted(county().agreements)


def villages() -> list[str]:
    return [code.code for code in county().codelists["divisions"].codes if len(code.code) == 12]


@cache
def told() -> tuple[People, Account]:
    people = People(2026, villages())
    return people, happened(people, FIRST, LAST)


def owed(agreement: Agreement) -> tuple[Candidate, Period]:
    timetable = county().timetables[agreement.timetable]
    day = SENT if timetable.frequency in (Frequency.MONTHLY, Frequency.ON_OCCURRENCE) else date(2026, 12, 20)
    period = Period.containing(day, timetable.frequency)
    return Candidate(county().dataflows[agreement.dataflow], timetable.frequency, (period,), (period,)), period


@pytest.mark.parametrize("name", AGREEMENTS)
def test_an_honest_workbook_of_every_agreement_is_recognised_and_free_of_findings(name: str) -> None:
    people, account = told()
    agreement = county().agreements[name]
    department = county().departments[agreement.department]
    candidate, period = owed(agreement)
    content = rows(account, agreement.dataflow, department.division or "", people)
    data = workbook(candidate.dataflow, content, period, department)
    tables = [Table.of_sheet(sheet) for sheet in excel.read_sheets(data, Limits())]
    everything_owed = [owed(other)[0] for other in county().owed_by(department.id)]
    (found,) = recognise(Book("report.xlsx", "", tables), everything_owed, SENT)
    assert isinstance(found, Recognised)
    assert (found.dataflow, found.period) == (agreement.dataflow, period)
    compiled = compile_dataflow(candidate.dataflow, county().codelists)
    checked = check(compiled, found, Context(period, SENT, department.division))
    assert [(f.code, f.field, f.value) for f in checked.findings.told(Language.EN)] == []
    assert checked.rows == len(content) or (found.nil and not content)


def test_sources_differ_only_where_differences_were_planted() -> None:
    people, account = told()
    registered = {row["certificate"] for row in rows(account, "registered_births", "449921", people)}
    born = {row["certificate"] for row in rows(account, "hospital_births", "449921", people)}
    assert born - registered == {birth.certificate for birth in account.unregistered}
    assert len(account.unregistered) == 2
    assert registered - born == {None}
    cancelled = {row["id_number"] for row in rows(account, "registered_deaths", "449921", people)}
    cremated = {row["id_number"] for row in rows(account, "cremations", "449921", people)}
    assert cremated - cancelled == {death.person.id_number for death in account.uncancelled}
    assert len(account.uncancelled) == 2
    assert len(cancelled - cremated) == 1


def test_a_town_office_reports_its_own_villages_and_both_towns_together_report_all() -> None:
    people, account = told()
    parts = [rows(account, "station_births", town, people) for town in ("449921100", "449921101")]
    assert all(str(row["village"]).startswith("449921100") for row in parts[0])
    whole = rows(account, "registered_births", "449921", people)
    assert sorted(str(r["id_number"]) for part in parts for r in part) == sorted(str(r["id_number"]) for r in whole)


def test_the_same_seed_gives_the_same_bytes() -> None:
    def made() -> bytes:
        people = People(7, villages())
        account = happened(people, FIRST, LAST)
        dataflow = county().dataflows["registered_births"]
        return workbook(dataflow, rows(account, dataflow.id, "449921", people), Period.parse("2026-M10"))

    assert made() == made()


def test_a_report_without_rows_is_a_nil_return() -> None:
    agreement = county().agreements["civil_affairs/marriages"]
    candidate, period = owed(agreement)
    tables = [Table.of_sheet(s) for s in excel.read_sheets(workbook(candidate.dataflow, [], period), Limits())]
    (found,) = recognise(Book("report.xlsx", "", tables), [candidate], SENT)
    assert isinstance(found, Recognised)
    assert found.nil


def test_a_csv_file_has_the_same_cells_as_the_workbook() -> None:
    people, account = told()
    dataflow = county().dataflows["station_births"]
    content = rows(account, dataflow.id, "449921100", people)
    lines = csv_file(dataflow, content, "gb18030").decode("gb18030").splitlines()
    sheet = excel.read_sheets(workbook(dataflow, content, Period.parse("2026-M10")), Limits())[0]
    assert lines == [",".join(row) for row in sheet.rows[2:]]
