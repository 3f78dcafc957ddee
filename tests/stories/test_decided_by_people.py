"""What only a person can decide: a later instant, what becomes of the quarantine, another configuration."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.config.load import load
from gateway.core.facts import Admitted, Configured, Discarded, Extended, Judged, Owed
from gateway.demo.county import County, local
from tests.world import FIRST_DAY, Site, Told, chased, receipt, report, send_in, undone, watching

STRANGER = "someone@elsewhere.example"


@pytest.fixture
def town(site: Site, tmp_path: Path) -> Iterator[County]:
    with site.town(tmp_path, FIRST_DAY) as county:
        county.work()
        yield county


def decide(county: County, kind: type, *values: object) -> Told:
    """A person decides; the reason is kept encrypted."""
    store = county.gateway.store
    reason = store.keep("电话核实".encode())
    with watching(county) as seen:
        store.append([kind(county.clock.now(), *values, "lead_office.admin", reason.id)], [reason]).result()
        county.work()
    return seen.told


def from_stranger(county: County) -> str:
    """Health's report, from an address that nobody knows; gives the arrival."""
    with watching(county) as seen:
        county.send(STRANGER, report(county, "health.reporter", "hospital_births"))
        county.work()
    (judged,) = seen.told.of(Judged)
    assert judged.quarantined
    return judged.arrival


def test_what_is_admitted_is_judged_as_that_officers_and_answered_to_the_registered_address(town: County) -> None:
    town.turn_to(local(2026, 12, 22))
    arrival = from_stranger(town)
    told = decide(town, Admitted, arrival, "health.reporter")
    assert [one.verdict for one in told.submissions] == ["accepted"]
    (judged,) = told.of(Judged)
    assert judged.proof
    assert (judged.proof.kind.value, judged.proof.officer) == ("admitted", "health.reporter")
    (letter,) = [one for one in told.letters if "receipt.json" in one.files()]
    assert letter.recipient == "reports@health.qinglan.example"
    assert receipt(letter)["proof"]["kind"] == "admitted"
    assert town.post_office.to(STRANGER) == []


def test_what_is_discarded_stays_recorded_and_is_asked_about_no_more(town: County) -> None:
    town.turn_to(local(2026, 12, 22))
    arrival = from_stranger(town)
    told = decide(town, Discarded, arrival)
    assert told.of(Judged) == []
    assert told.letters == ()
    with town.gateway.store.view() as view:
        assert [one.arrival for one in view.quarantined()] == []
        assert view.arrival(arrival) is not None
    assert undone(town) == []


def test_an_extension_moves_the_reminders_and_silences_those_of_the_old_instant(town: County) -> None:
    obligation = "health/hospital_births/2026-M12"
    decide(town, Extended, obligation, local(2027, 1, 6, 0))
    told = {}
    for day in (26, 28, 30):
        with watching(town) as seen:
            town.turn_to(local(2026, 12, day))
        told[day] = chased(seen.told).get("health.reporter", {})
    assert all("hospital_births" not in dataflows for day in told for dataflows in told[day].values())
    assert told[30]["overdue"] == {"vaccinations", "infant_deaths"}
    with watching(town) as seen:
        town.turn_to(local(2027, 1, 3, 9))
    assert "hospital_births" in chased(seen.told)["health.reporter"]["reminder"]
    with watching(town) as seen:
        town.turn_to(local(2027, 1, 7, 9))
    assert "hospital_births" in chased(seen.told)["health.reporter"]["overdue"]


def test_a_report_within_the_extension_ends_the_chasing(town: County) -> None:
    decide(town, Extended, "health/hospital_births/2026-M12", local(2027, 1, 6, 0))
    town.turn_to(local(2027, 1, 5, 9))
    send_in(town, "health.reporter", "hospital_births")
    with watching(town) as seen:
        town.turn_to(local(2027, 1, 12, 9))
    chasing = chased(seen.told)
    about = {d for stages in chasing.values() for stage in ("overdue", "escalation") for d in stages.get(stage, ())}
    assert "hospital_births" not in about


def change(county: County, old: str, new: str, file: str = "timetables.toml") -> None:
    path = county.folder / "gateway" / "config" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_another_configuration_is_a_fact_and_what_was_frozen_stays(town: County) -> None:
    before = town.gateway.configuration.rules.version
    change(town, 'escalate_after = "5 days"', 'escalate_after = "9 days"')
    with watching(town) as seen:
        town.gateway.reconfigure(load(town.folder / "gateway" / "config"))
        town.work()
    (configured,) = seen.told.of(Configured)
    assert configured.version not in ("", before)
    assert seen.told.of(Owed) == []
    with town.gateway.store.view() as view:
        frozen = view.standing("health/hospital_births/2026-M12")
        versions = [one.version for one in view.configurations()]
    assert frozen.obligation.escalate - frozen.obligation.due == timedelta(days=5)
    assert versions == [before, configured.version]
    with watching(town) as seen:
        town.turn_to(local(2027, 1, 2, 9))
    (later,) = [one for one in seen.told.of(Owed) if one.obligation == "health/hospital_births/2027-M01"]
    assert later.escalate - later.due == timedelta(days=9)


def test_the_text_of_the_rules_in_force_then_can_still_be_read(town: County) -> None:
    change(town, 'escalate_after = "5 days"', 'escalate_after = "9 days"')
    town.gateway.reconfigure(load(town.folder / "gateway" / "config"))
    town.work()
    store = town.gateway.store
    with store.view() as view:
        first, second = (store.read_all(one.blob, 1 << 24).decode() for one in view.configurations())
    assert "5 days" in first
    assert "9 days" not in first
    assert "9 days" in second


def test_a_verdict_names_the_configuration_by_which_it_was_come_to(town: County) -> None:
    town.turn_to(local(2026, 12, 22))
    (first,) = send_in(town, "health.reporter", "hospital_births").of(Judged)
    change(town, 'escalate_after = "5 days"', 'escalate_after = "9 days"')
    town.gateway.reconfigure(load(town.folder / "gateway" / "config"))
    (second,) = send_in(town, "health.reporter", "infant_deaths").of(Judged)
    assert second.configured == town.gateway.configuration.rules.version != first.configured


def test_a_broken_configuration_leaves_the_old_one_in_force(town: County) -> None:
    before = town.gateway.configuration
    change(town, 'escalate_after = "5 days"', 'escalate_after = "soon"')
    town.gateway._reload = lambda: load(town.folder / "gateway" / "config")
    with watching(town) as seen:
        town.gateway._read_anew()
        town.work()
    assert town.gateway.configuration is before
    assert seen.told.facts == ()
