"""An officer with nothing but the page: their key is offered and registered, their report accepted, a result opened."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import openpyxl
import pytest

from gateway.core.calendar import obligation_for
from gateway.core.facts import KeyOffered
from gateway.core.parties import Titles
from gateway.core.period import Period
from gateway.demo.county import County
from gateway.demo.senders import File
from gateway.keyring.lines import instant_word
from gateway.kit.page import SealPage
from gateway.kit.page.shape import DataflowOf
from gateway.release.package import package
from tests.kit.page.browser import Page
from tests.kit.page.officer import Officer, titles
from tests.kit.page.person import Person
from tests.world import REPORTING_DAY, Site, Told, listening, receipts, watching

REPORTER, FLOW, MONTH = "health.reporter", "hospital_births", "2026-M12"


@dataclass
class Reporter(Officer):
    """The health bureau's reporter, told of the county's gateway and of one dataflow that they owe."""

    county: County | None = None

    def data(self) -> SealPage:
        assert self.county
        configuration = self.county.gateway.configuration
        rules, public = configuration.rules, configuration.settings.keys / "gateway.pub"
        return super().data() | {
            "officer": {"id": REPORTER, "name": "郑示例", "keys": [k for k in rules.keys if k.startswith(REPORTER)]},
            "department": {"id": "health", "titles": both(rules.departments["health"].titles)},
            "lead_office": {"id": rules.lead_office, "titles": both(rules.departments[rules.lead_office].titles)},
            "gateway": {"address": rules.mailbox, "keys": [public.read_text().splitlines()[-1]]},
            "dataflows": [self._flow()],
        }

    def _flow(self) -> DataflowOf:
        assert self.county
        rules = self.county.gateway.configuration.rules
        (agreement,) = [a for a in rules.owed_by("health") if a.dataflow == FLOW]
        timetable, flow = rules.timetables[agreement.timetable], rules.dataflows[FLOW]
        owed = obligation_for(agreement, timetable, Period.parse(MONTH), rules.working_days)
        instants = {name: instant_word(getattr(owed, name)) for name in ("opens", "due", "closes")}
        fields = [(f.name, both(f.titles), list(f.aliases), f.required) for f in flow.fields]
        return {
            "id": FLOW, "titles": both(flow.titles), "aliases": list(flow.aliases), "frequency": "monthly",
            "fields": [dict(zip(("name", "titles", "aliases", "required"), field, strict=True)) for field in fields],
            "periods": [{"period": MONTH, **instants}],
        }  # fmt: skip


def both(found: Titles) -> dict[str, str]:
    return titles(found.zh_CN, found.en)


@pytest.fixture
def town(site: Site, tmp_path: Path) -> Iterator[County]:
    with site.town(tmp_path / "town", REPORTING_DAY) as county:
        county.work()
        yield county


@pytest.fixture
def reporter(town: County, tab: Page, tmp_path: Path) -> Person:
    """Sits at the page on the county's reporting day."""
    tab.turn_to(town.clock.now())
    somebody = Person(Reporter(county=town), tab, tmp_path / "kit")
    somebody.opens()
    return somebody


def sent(county: County, subject: str, files: list[File], text: str = "见附件。", login: str = "") -> Told:
    """What the gateway makes of a mail from the reporter's address."""
    address = county.address(REPORTER)
    with watching(county) as seen:
        county.send(address, county.mail(address, subject, files, text), login or None)
        county.work()
    return seen.told


def registered(county: County, site: Site, reporter: Person) -> str:
    """The page's key goes to the gateway by mail and is compared; gives its id."""
    key = reporter.makes_a_key()
    letter = parse_qs(urlsplit(reporter.page.js("document.querySelector('#mail-public').href")).query)
    came = sent(county, letter["subject"][0], [], letter["body"][0], REPORTER)
    (offered,) = came.of(KeyOffered)
    assert (offered.officer, offered.fingerprint) == (REPORTER, reporter.fingerprint())
    configuration = county.gateway.configuration
    rules = replace(configuration.rules, keys={**configuration.rules.keys, key.id: key})
    county.gateway.close()
    county.gateway = site.build(replace(configuration, rules=rules), clock=county.clock)
    listening(county)
    county.work()
    return key.id


def test_a_report_sealed_in_the_page_is_mailed_and_accepted(
    town: County, site: Site, reporter: Person, tmp_path: Path
) -> None:
    key = registered(town, site, reporter)
    book = tmp_path / "出生.xlsx"
    book.write_bytes(town.workbook("health", FLOW, MONTH).data)
    assert reporter.chooses(book, dataflow=FLOW, period=MONTH) == ["complete"]
    sealed = File(f"{FLOW}-{MONTH}.sealed", reporter.seals())
    told = sent(town, "密封报送", [sealed])
    (submission,) = told.submissions
    assert submission.verdict == "accepted"
    assert (submission.dataflow, str(submission.period)) == (FLOW, MONTH)
    assert submission.rows == len(town.rows("health", FLOW))
    assert any(receipts(letter) for letter in told.to(town.address(REPORTER)))
    assert key.endswith("-2"), "the first key of the year was registered already"


def test_before_the_key_is_registered_nothing_that_it_seals_is_believed(
    town: County, reporter: Person, tmp_path: Path
) -> None:
    reporter.makes_a_key()
    book = tmp_path / "出生.xlsx"
    book.write_bytes(town.workbook("health", FLOW, MONTH).data)
    reporter.chooses(book, dataflow=FLOW, period=MONTH)
    sealed = File("x.sealed", reporter.seals())
    told = sent(town, "密封报送", [sealed])
    assert [s for s in told.submissions if s.verdict == "accepted"] == []


def test_a_release_opens_in_the_page_of_the_department_that_it_is_for(
    town: County, site: Site, reporter: Person, tmp_path: Path
) -> None:
    registered(town, site, reporter)
    rules, keys = town.gateway.configuration.rules, town.gateway.keys
    came = tmp_path / "result.sealed"
    came.write_bytes(
        package(
            "出生核对.xlsx", b"a workbook", result="births_for_health", period=MONTH, rows=3,
            department=rules.departments["health"], rules=rules, key=keys.name, signing_seed=keys.signing_seed,
            sequence=5, at=town.clock.now(),
        )
    )  # fmt: skip
    reporter.opens_file(came)
    assert "已验证" in reporter.page.text("#content-title")
    reporter.page.click("#save-0")
    assert reporter.page.downloaded("出生核对.xlsx") == b"a workbook"


def test_a_sealed_report_is_mended_by_pressing_a_button(
    town: County, site: Site, reporter: Person, tmp_path: Path
) -> None:
    """Rejected, opened in the page, agreed to, mailed: the repaired report counts, and no letter quoted a cell."""
    registered(town, site, reporter)
    book = tmp_path / "出生.xlsx"
    book.write_bytes(with_words(town.workbook("health", FLOW, MONTH).data))
    reporter.chooses(book, dataflow=FLOW, period=MONTH)
    told = sent(town, "密封报送", [File(f"{FLOW}-{MONTH}.sealed", reporter.seals())])
    assert [one.refusal for one in told.submissions] == ["findings"]
    (letter,) = [one for one in told.to(town.address(REPORTER)) if receipts(one)]
    assert "同意改正" in letter.text and "男" not in letter.text
    ((name, sealed),) = [(name, data) for name, data in letter.files().items() if name.endswith(".sealed")]
    (tmp_path / name).write_bytes(sealed)
    reporter.opens_file(tmp_path / name)
    page = reporter.page
    assert "男" in page.text(".changes")
    page.click("#agree-0")
    page.there("#agreed-name-0")
    agreed = page.text("#agreed-name-0")
    told = sent(town, "同意改正", [File(agreed, page.downloaded(agreed))])
    (submission,) = told.submissions
    assert (submission.verdict, submission.becomes) == ("accepted", "replacement")
    assert submission.rows == len(town.rows("health", FLOW))


def with_words(data: bytes) -> bytes:
    """The workbook with each sex as a word."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            heads = [cell for cell in row if cell.value == "性别"]
            for head in heads:
                for (cell,) in sheet.iter_rows(head.row + 1, min_col=head.column, max_col=head.column):
                    cell.value = {"1": "男", "2": "女"}.get(str(cell.value), cell.value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
