"""A kit is whole, is one officer's own, and is made at once; by mail it is a letter like any other."""

from __future__ import annotations

import json
import time
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.checks.recognise import Recognised
from gateway.core.agreement import Agreement
from gateway.core.duty import Send
from gateway.core.facts import Extended, Sent, Written
from gateway.core.parties import Language
from gateway.demo.county import County
from gateway.kit.handing import put
from gateway.kit.mailing import Desk, mail_kit
from gateway.kit.make import make_kit
from gateway.kit.owing import as_recorded, owed_in
from gateway.kit.page_data import page_data
from gateway.kit.terms import gateway_key, terms_for
from gateway.wiring import letters_of
from tests.kit.county import cases, county, filled, one_agreement_each, recognised
from tests.kit.kits import DEPARTMENTS, files, terms
from tests.world import REPORTING_DAY, Site, watching

EVERY = pytest.mark.parametrize("department", DEPARTMENTS)
IN_BOTH = pytest.mark.parametrize("language", Language)
SECONDS = 10.0  # two are promised, on a machine that does nothing else
HEALTH = "reports@health.qinglan.example"


@EVERY
@IN_BOTH
def test_a_kit_holds_a_template_for_each_report_a_guide_a_calendar_and_the_page(
    department: str, language: Language
) -> None:
    owed = [county().dataflows[agreement.dataflow].titles[language] for agreement in county().owed_by(department)]
    is_english = language is Language.EN
    guide, calendar = ("Guide", "Deadlines") if is_english else ("报送指南", "报送日历")
    year = " 2026" if is_english else "2026"
    assert list(files(department, language)) == [
        f"{guide}{year}.html", *(f"{title}.xlsx" for title in owed), f"{calendar}{year}.ics", "seal.html",
    ]  # fmt: skip


@pytest.mark.parametrize("agreement", one_agreement_each(), ids=lambda one: one.id)
@IN_BOTH
def test_no_name_of_a_file_contradicts_what_is_in_it(agreement: Agreement, language: Language) -> None:
    name = f"{county().dataflows[agreement.dataflow].titles[language]}.xlsx"
    assert name in files(agreement.department, language)
    outcome, *_ = recognised(agreement, filled(agreement, language, cases(agreement)), name)
    assert isinstance(outcome, Recognised)
    assert outcome.dataflow == agreement.dataflow


def test_two_reports_of_one_title_are_two_files() -> None:
    made = terms("health")
    births, deaths, *_ = made.owing
    twin = replace(deaths, dataflow=replace(deaths.dataflow, titles=births.dataflow.titles))
    names = [file.name for file in make_kit(replace(made, owing=(births, twin)))]
    assert names[1:3] == ["医院出生人口.xlsx", f"医院出生人口 {deaths.dataflow.id}.xlsx"]


@IN_BOTH
def test_it_is_made_at_once(language: Language) -> None:
    made = terms("public_security", language)
    make_kit(made)
    began = time.perf_counter()
    make_kit(made)
    assert time.perf_counter() - began < SECONDS


@EVERY
def test_the_page_knows_what_is_owed_and_nothing_of_others(department: str) -> None:
    made = terms(department)
    told = page_data(made)
    owed = {agreement.dataflow for agreement in county().owed_by(department)}
    assert {flow["id"] for flow in told["dataflows"]} == owed
    assert told["gateway"]["keys"] == list(made.key.lines)
    for flow, one in zip(told["dataflows"], made.owing, strict=True):
        assert [field["name"] for field in flow["fields"]] == [field.name for field in one.dataflow.fields]
        assert [period["period"] for period in flow["periods"]] == [str(o.period) for o in one.obligations]
    page = files(department, Language.ZH_CN)["seal.html"].decode()
    block = page.partition('<script type="application/json" id="kit">')[2].partition("</script>")[0]
    assert json.loads(block) == json.loads(json.dumps(told))


def test_the_page_says_how_large_a_sealed_file_may_be_to_go_by_mail() -> None:
    """In base64 with its line ends it must fit into what the mailbox takes."""
    largest = page_data(terms("health"))["gateway"]["largest"]
    assert largest * 4 / 3 * 78 / 76 < 50_000_000
    assert largest > 35_000_000


def test_periods_that_have_closed_are_not_on_the_page() -> None:
    told = page_data(terms("health", at=datetime(2026, 12, 1, tzinfo=UTC)))
    shown = {period["period"] for flow in told["dataflows"] for period in flow["periods"]}
    assert "2026-M05" not in shown  # taken until 180 days after its due instant
    assert {"2026-M06", "2026-M12"} <= shown


class TestFolder:
    """On a disk."""

    def test_it_is_written_as_it_is(self, tmp_path: Path) -> None:
        kit = make_kit(terms("education"))
        put(kit, tmp_path / "new" / "kit")
        assert {path.name: path.read_bytes() for path in (tmp_path / "new" / "kit").iterdir()} == {
            file.name: file.data for file in kit
        }

    def test_nothing_that_lies_there_is_overwritten(self, tmp_path: Path) -> None:
        (tmp_path / "letter.txt").write_text("mine")
        with pytest.raises(FileExistsError):
            put(make_kit(terms("education")), tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


class TestMail:
    """By the outbox of a running gateway."""

    @pytest.fixture
    def town(self, site: Site, tmp_path: Path) -> Iterator[County]:
        with site.town(tmp_path, REPORTING_DAY) as town:
            town.work()
            yield town

    def mailed(self, town: County) -> tuple[str, bool]:
        configuration, store = town.gateway.configuration, town.gateway.store
        rules = configuration.rules
        officer = rules.officer("health.reporter")
        assert officer
        made = terms_for(configuration, officer, town.clock.now(), None, as_recorded(store))
        desk = Desk(store, rules, letters_of(configuration.settings.config, rules.working_days.zone), town.clock)
        return mail_kit(desk, made, make_kit(made))

    def test_it_is_written_as_a_fact_and_sent_as_a_duty(self, town: County) -> None:
        with watching(town) as seen:
            letter, is_new = self.mailed(town)
            assert is_new
            assert Send(letter) in town.gateway.performer.owed(town.clock.now())
            town.work()
        [written] = [fact for fact in seen.told.of(Written) if fact.kind == "kit"]
        assert (written.letter, written.officer) == (letter, "health.reporter")
        assert [fact.letter for fact in seen.told.of(Sent)].count(letter) == 1
        [delivered] = [one for one in seen.told.to(HEALTH) if one.files().keys() & {"seal.html"}]
        assert set(delivered.files()) == {file.name for file in make_kit_of(town)}
        assert delivered.files()["医院出生人口.xlsx"].startswith(b"PK")

    def test_asked_for_twice_on_a_day_it_is_sent_once(self, town: County) -> None:
        with watching(town) as seen:
            first, again = self.mailed(town), self.mailed(town)
            town.work()
        assert first[0] == again[0]
        assert (first[1], again[1]) == (True, False)
        assert len([one for one in seen.told.to(HEALTH) if "seal.html" in one.files()]) == 1

    def test_no_fact_holds_anything_of_it_but_ids(self, town: County) -> None:
        with watching(town) as seen:
            self.mailed(town)
        [written] = seen.told.of(Written)
        assert [(a.kind, a.id, a.stage) for a in written.about] == [("kit", "health.reporter/2026", "handed_over")]

    def test_the_fingerprint_is_that_of_the_key_that_the_page_seals_for(self, town: County) -> None:
        key = gateway_key(town.gateway.configuration.settings.keys)
        assert key.fingerprint == town.gateway.keys.fingerprint
        assert b64decode(key.lines[0].split()[3]) == town.gateway.keys.sealing_public

    def test_an_extension_stands_in_the_guide(self, town: County) -> None:
        store, until = town.gateway.store, datetime(2027, 1, 6, 10, tzinfo=UTC)
        why = store.keep(b"flood")
        owed = "health/hospital_births/2026-M12"
        store.append([Extended(town.clock.now(), owed, until, "admin", why.id)], [why]).result()
        rules = town.gateway.configuration.rules
        found = {o.id: o.due for one in owed_in(rules, "health", 2026, as_recorded(store)) for o in one.obligations}
        without = {o.id: o.due for one in owed_in(rules, "health", 2026) for o in one.obligations}
        assert {name for name in found if found[name] != without[name]} == {owed}
        assert found[owed] == until


def make_kit_of(town: County) -> list[object]:
    officer = town.gateway.configuration.rules.officer("health.reporter")
    assert officer
    return list(make_kit(terms_for(town.gateway.configuration, officer, town.clock.now())))
