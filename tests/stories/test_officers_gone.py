"""Officers come and go: what was under way for somebody who is configured no more neither stops us nor stays owed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.core.facts import Admitted, Dropped, Integrated, Judged, Received
from gateway.core.parties import Officer
from gateway.demo.county import County, local
from tests.stories.test_confirming import ask
from tests.world import FIRST_DAY, REPORTING_DAY, Site, Told, report, send_in, undone, verified, watching

CLINIC, HEALTH, FOLDER = "bailu_clinic.reporter", "health.reporter", "bailu_police.reporter"


@pytest.fixture
def town(site: Site, tmp_path: Path) -> Iterator[County]:
    with site.town(tmp_path, REPORTING_DAY) as county:
        county.work()
        yield county


def configure(county: County, **changes: Any) -> None:
    """Other rules come into force, under a version of their own."""
    configuration = county.gateway.configuration
    version = f"v{county.gateway.store.latest().size}"
    county.gateway.reconfigure(replace(configuration, rules=replace(configuration.rules, version=version, **changes)))


def succeed(county: County, officer: str) -> Officer:
    """Somebody else takes the officer's place, with an address and an id of their own."""
    departments = county.gateway.configuration.rules.departments
    department = departments[officer.partition(".")[0]]
    address = f"new@{department.id}.qinglan.example"
    successor: Officer | None = None
    officers = []
    for one in department.officers:
        if one.id == officer:
            one = successor = replace(one, id=f"{department.id}.successor", addresses=(address,), letters_to=address)
        officers.append(one)
    assert successor
    configure(county, departments={**departments, department.id: replace(department, officers=tuple(officers))})
    return successor


def later(county: County, days: int = 12) -> Told:
    """Days go by, and each ends with nothing left to do."""
    with watching(county) as seen:
        county.work()
        for _ in range(days):
            assert undone(county) == []
            county.turn_to(county.clock.now() + timedelta(days=1))
    return seen.told


def test_what_came_over_the_account_of_somebody_gone_is_kept_and_not_believed(town: County) -> None:
    town.send(town.address(HEALTH), report(town, HEALTH, "hospital_births"), HEALTH)
    old = town.address(HEALTH)
    succeed(town, HEALTH)
    told = later(town)
    (judged,) = told.of(Judged)
    assert (judged.quarantined, judged.submissions) == (True, ())
    assert told.to(old) == []
    assert verified(town)[1] == []


def test_so_is_what_lay_in_their_folder(town: County) -> None:
    (town.officer_folder / "户籍.xlsx").write_bytes(town.workbook("bailu_police", "station_births", "2026-M12").data)
    succeed(town, FOLDER)
    (judged,) = later(town).of(Judged)
    assert judged.quarantined


def test_a_question_to_somebody_gone_is_given_up(town: County) -> None:
    old = town.address(CLINIC)
    code = ask(town)
    town.send(old, report(town, CLINIC, "clinic_antenatal"))  # to be asked about tomorrow
    town.work()
    succeed(town, CLINIC)
    with watching(town) as seen:
        town.send(old, town.mail(old, "回复", [], code))
        later(town)
    assert seen.told.submissions == []
    assert seen.told.to(old) == []
    assert [dropped.why for dropped in seen.told.of(Dropped)] == ["no_officer"]


def test_what_was_admitted_as_somebodys_who_is_gone_goes_back_into_quarantine(town: County) -> None:
    with watching(town) as seen:
        town.send("someone@elsewhere.example", report(town, HEALTH, "hospital_births"))
        town.work()
    (received,) = seen.told.of(Received)
    store = town.gateway.store
    why = store.keep(b"telephone")
    store.append([Admitted(town.clock.now(), received.arrival, HEALTH, "admin", why.id)], [why]).result()
    succeed(town, HEALTH)
    (judged,) = later(town).of(Judged)
    assert judged.quarantined
    with store.view() as view:
        assert [one.arrival for one in view.quarantined()] == [received.arrival]


def test_what_somebody_gone_reported_counts_and_whoever_came_after_is_told_what_is_owed(town: County) -> None:
    assert send_in(town, HEALTH, "hospital_births").submissions[0].verdict == "accepted"
    old = town.address(HEALTH)
    successor = succeed(town, HEALTH)
    told = later(town, 8)
    assert told.to(old) == []
    chasing = [letter.text for letter in told.to(successor.letters_to)]
    births, vaccinations = (
        town.gateway.configuration.rules.dataflows[one].titles.zh_CN for one in ("hospital_births", "vaccinations")
    )
    assert any(vaccinations in text for text in chasing)
    assert not any(births in text for text in chasing)


def test_letters_of_a_day_to_somebody_gone_are_not_written(site: Site, tmp_path: Path) -> None:
    with site.town(tmp_path, FIRST_DAY) as town:
        town.work()
        old = town.address(HEALTH)
        succeed(town, HEALTH)
        assert later(town, 35).to(old) == []


def without(county: County, dataflow: str) -> None:
    rules = county.gateway.configuration.rules
    configure(
        county,
        dataflows={name: one for name, one in rules.dataflows.items() if name != dataflow},
        agreements={name: one for name, one in rules.agreements.items() if one.dataflow != dataflow},
        results={name: one for name, one in rules.results.items() if dataflow not in one.dataflows},
    )


def test_a_dataflow_that_is_configured_no_more_is_not_joined_until_it_is_again(town: County) -> None:
    rules, flow, month = town.gateway.configuration.rules, "clinic_births", "2026-M12"
    assert send_in(town, "songquan_clinic.reporter", flow).submissions[0].verdict == "accepted"
    without(town, flow)
    later(town)
    with town.gateway.store.view() as view:
        assert view.latest_integration(flow, month) is None
    configure(town, dataflows=rules.dataflows, agreements=rules.agreements, results=rules.results)
    later(town)
    with town.gateway.store.view() as view:
        assert view.latest_integration(flow, month) is not None


def test_what_was_joined_is_told_by_its_id_where_its_title_is_configured_no_more(town: County) -> None:
    town.turn_to(local(2026, 12, 23, 3))  # letters that can wait are not written at night
    assert send_in(town, HEALTH, "vaccinations").of(Integrated)
    without(town, "vaccinations")
    with watching(town) as seen:
        town.turn_to(local(2026, 12, 23, 9))
    assert [letter for letter in seen.told.to(town.address(HEALTH)) if "vaccinations" in letter.text]
    assert undone(town) == []
