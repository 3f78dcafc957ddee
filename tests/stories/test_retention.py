"""What nobody was proven to have sent is kept for a while; then its bytes go, and the evidence that it came stays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.cli import opening
from gateway.core.facts import About, Accessed, Admitted, Confirmed, Discarded, Erased, Judged, Received
from gateway.demo.county import County
from gateway.ledger import rebuild
from gateway.vault import Unopenable
from tests.cli.command import Said, gateway
from tests.stories.test_confirming import ask, reply
from tests.world import REPORTING_DAY, Site, Told, report, restarted, send_in, undone, verified, watching

STRANGER = "someone@elsewhere.example"
OFFICER = "health.reporter"
TERM = timedelta(days=90)


@pytest.fixture
def town(site: Site, tmp_path: Path) -> Iterator[County]:
    with site.town(tmp_path, REPORTING_DAY) as county:
        county.work()
        yield county


def from_stranger(county: County) -> Received:
    with watching(county) as seen:
        county.send(STRANGER, report(county, OFFICER, "hospital_births"))
        county.work()
    (received,) = seen.told.of(Received)
    return received


def after(county: County, span: timedelta) -> Told:
    with watching(county) as seen:
        county.turn_to(county.clock.now() + span)
    return seen.told


def is_kept(county: County, received: Received) -> bool:
    try:
        return len(county.gateway.store.read_all(received.blob, 1 << 24)) == received.size
    except Unopenable:
        return False


def command(county: County, monkeypatch: pytest.MonkeyPatch, *words: object) -> Said:
    """Beside the gateway, as an operator would."""
    monkeypatch.setattr(opening, "CLOCK", county.clock)
    return gateway(*words, "--config", county.folder / "gateway" / "config")


def test_the_unproven_is_kept_for_its_term_and_then_erased_by_one_fact_a_day(town: County) -> None:
    strangers = [from_stranger(town), from_stranger(town)]
    assert after(town, TERM - timedelta(hours=1)).of(Erased) == []
    assert [is_kept(town, one) for one in strangers] == [True, True]
    (erased,) = after(town, timedelta(days=1)).of(Erased)
    assert erased.blobs == tuple(one.blob for one in strangers)
    assert [is_kept(town, one) for one in strangers] == [False, False]
    assert after(town, timedelta(days=1)).of(Erased) == []
    assert undone(town) == []


def test_the_evidence_that_it_came_stays_and_nothing_else_is_erased(town: County) -> None:
    stranger, (accepted,) = from_stranger(town), send_in(town, OFFICER, "hospital_births").of(Received)
    after(town, TERM + timedelta(days=1))
    store = town.gateway.store
    with store.view() as view:
        known, erasure = view.arrival(stranger.arrival), view.erasure(stranger.blob)
        letters = [letter.blob for letter in view.letters_for(About("arrival", accepted.arrival))]
    assert (known.size, known.digest, known.had) == (stranger.size, stranger.digest, stranger.had)
    assert (erasure.why, erasure.erased) == ("retention", known.erased)
    assert is_kept(town, accepted)
    assert all(store.read_all(blob, 1 << 24) for blob in letters)
    assert verified(town)[1] == []
    entries = list(store.entries())
    assert store.maintain(lambda connection: rebuild.check(connection, entries)).result() == []


def test_a_person_is_told_that_it_was_erased_and_when(town: County, monkeypatch: pytest.MonkeyPatch) -> None:
    stranger, target = from_stranger(town), town.folder / "content.eml"
    assert stranger.arrival in command(town, monkeypatch, "quarantine", "list").out
    after(town, TERM + timedelta(days=1))
    assert stranger.arrival not in command(town, monkeypatch, "quarantine", "list").out
    said = command(town, monkeypatch, "show", stranger.arrival, "--content", target, "--reason", "enquiry")
    assert said.code == 1
    assert f"erased by retention on {town.clock.now():%Y-%m-%d}" in said.err
    assert not target.exists()
    assert not [fact for _, fact in town.gateway.store.entries() if isinstance(fact, Accessed)]
    told = command(town, monkeypatch, "show", stranger.arrival)
    assert told.code == 0
    assert "erased" in told.out
    refused = command(
        town, monkeypatch, "quarantine", "admit", stranger.arrival, "--officer", OFFICER, "--reason", "telephone"
    )
    assert refused.code == 1


def test_what_an_administrator_admitted_is_kept_for_good(town: County) -> None:
    stranger, store = from_stranger(town), town.gateway.store
    why = store.keep(b"telephone")
    store.append([Admitted(town.clock.now(), stranger.arrival, OFFICER, "admin", why.id)], [why]).result()
    town.work()
    assert after(town, 10 * TERM).of(Erased) == []
    assert is_kept(town, stranger)


def test_what_was_discarded_is_erased_after_a_term_of_its_own(town: County) -> None:
    stranger, store = from_stranger(town), town.gateway.store
    after(town, TERM - timedelta(days=10))
    why = store.keep(b"advertisement")
    store.append([Discarded(town.clock.now(), stranger.arrival, "admin", why.id)], [why]).result()
    assert after(town, timedelta(days=20)).of(Erased) == []
    (erased,) = after(town, TERM).of(Erased)
    assert erased.blobs == (stranger.blob,)
    assert store.read_all(why.id, 100) == b"advertisement"


def test_a_code_that_comes_back_too_late_confirms_nothing(site: Site, town: County) -> None:
    restarted(site, town, unproven_kept=timedelta(days=3), confirmation_expires=timedelta(days=30))
    code = ask(town)
    assert len(after(town, timedelta(days=5)).of(Erased)) == 1
    told = reply(town, code)
    assert told.of(Confirmed) == []
    assert [judged.quarantined for judged in told.of(Judged)] == [True]
    assert undone(town) == []


def test_an_admission_that_crossed_the_erasure_changes_nothing(town: County) -> None:
    stranger, store = from_stranger(town), town.gateway.store
    after(town, TERM + timedelta(days=1))
    why = store.keep(b"telephone")
    store.append([Admitted(town.clock.now(), stranger.arrival, OFFICER, "admin", why.id)], [why]).result()
    with watching(town) as seen:
        town.work()
    assert seen.told.of(Judged) == []
    assert undone(town) == []
