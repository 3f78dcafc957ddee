"""What the gateway missed while it was down is not made up for: only what is owed now is done. Nor twice, ever."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.core.facts import Judged, Received
from gateway.demo.county import County, local
from gateway.demo.senders import put
from tests.world import FIRST_DAY, Site, chased, digests, restarted, undone, watching


@pytest.fixture
def town(site: Site, tmp_path: Path) -> Iterator[County]:
    with site.town(tmp_path, FIRST_DAY) as county:
        county.work()
        yield county


def test_after_weeks_of_downtime_each_officer_gets_one_letter_about_what_is_owed_now(site: Site, town: County) -> None:
    with watching(town) as seen:
        town.clock.instant = local(2027, 1, 4, 9)
        restarted(site, town)
        town.work()
    told = chased(seen.told)
    officers = [written.officer for written in digests(seen.told)]
    assert len(officers) == len(set(officers))
    assert set(told["health.reporter"]) == {"overdue"}  # not two reminders, a first notice, and a second
    stages = {(w.officer, about.stage) for w in digests(seen.told) for about in w.about}
    assert {stage for officer, stage in stages if officer == "health.reporter"} == {"overdue-2"}
    assert told["health.head"].keys() == {"escalation"}
    checkpoints = [one for one in seen.told.letters if one.recipient == "auditor@audit.qinglan.example"]
    assert len(checkpoints) == 1


def test_what_came_in_meanwhile_is_judged_as_had_when_it_lay_there(site: Site, town: County) -> None:
    town.turn_to(local(2026, 12, 27))
    put(town.officer_folder, town.csv("bailu_police", "station_births", "2026-M12"))
    restarted(site, town)
    with watching(town) as seen:
        town.turn_to(local(2026, 12, 28))
        town.turn_to(local(2026, 12, 28, 10))
    assert [one.verdict for one in seen.told.submissions] == ["accepted"]
    assert len(seen.told.of(Received)) == 1


def test_starting_again_repeats_nothing(site: Site, town: County) -> None:
    town.turn_to(local(2026, 12, 26))
    with watching(town) as seen:
        for _ in range(3):
            restarted(site, town)
            town.work()
    assert seen.told.facts == ()
    assert seen.told.letters == ()
    assert undone(town) == []


@pytest.mark.parametrize("back", [timedelta(hours=3), timedelta(days=1), timedelta(days=2)])
def test_a_clock_set_back_repeats_nothing(site: Site, town: County, back: timedelta) -> None:
    town.turn_to(local(2026, 12, 26))
    with watching(town) as seen:
        town.turn_to(local(2026, 12, 26) - back)
        restarted(site, town)
        town.work()
        town.turn_to(local(2026, 12, 26, 10))
    assert seen.told.letters == ()
    assert digests(seen.told) == []


def test_a_report_that_comes_while_the_clock_is_wrong_is_judged_once_and_answered(town: County) -> None:
    town.turn_to(local(2026, 12, 26))
    town.turn_to(local(2026, 12, 25))
    with watching(town) as seen:
        book = town.workbook("health", "hospital_births", "2026-M12")
        town.send(town.address("health.reporter"),
                  town.mail(town.address("health.reporter"), "医院出生", [book]), "health.reporter")  # fmt: skip
        town.work()
        town.turn_to(local(2026, 12, 26, 10))
    assert len(seen.told.of(Judged)) == 1
    assert [one.verdict for one in seen.told.submissions] == ["accepted"]
    answers = [one for one in seen.told.letters if "receipt.json" in one.files()]
    assert len(answers) == 1
