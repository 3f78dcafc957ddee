"""A backup put back begins a new era, and nobody can hide what was lost between."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.core.facts import Restored
from gateway.demo.county import County
from gateway.journal.checkpoint import Checkpoint
from gateway.journal.verify import verify
from gateway.ledger import rebuild
from gateway.store import StoreKeys, backup, restore
from gateway.vault import VaultKeys
from tests.world import REPORTING_DAY, Site, Told, key_of, receipt, restarted, send_in, undone, watching


def keep(told: Told, path: Path) -> Path:
    (letter,) = [one for one in told.letters if "receipt.json" in one.files()]
    path.write_bytes(letter.files()["receipt.json"])
    return path


def put_back(county: County, source: Path, target: Path, known: Checkpoint | None) -> Checkpoint:
    keys = county.gateway.keys
    vault = VaultKeys(keys.vault_public, keys.recovery_public, keys.vault_private)
    return restore(source, target, StoreKeys(vault, keys.signing_seed), county.clock, known)


@pytest.fixture(params=["with the highest checkpoint known from a receipt", "with nothing but the backup"])
def knows(request: pytest.FixtureRequest) -> bool:
    return "receipt" in request.param


def test_a_restore_tells_its_gap_and_the_gateway_goes_on(site: Site, tmp_path: Path, knows: bool) -> None:
    with site.town(tmp_path, REPORTING_DAY) as county:
        county.work()
        kept = keep(send_in(county, "health.reporter", "hospital_births"), tmp_path / "kept.json")
        backup(county.gateway.configuration.settings.database, tmp_path / "backup.db")
        told = send_in(county, "health.reporter", "infant_deaths", [])
        lost = keep(told, tmp_path / "lost.json")
        last = told.letters[-1]
        assert last
        known = Checkpoint.parse(receipt(next(x for x in told.letters if "receipt.json" in x.files()))["checkpoint"])
        state = tmp_path / "restored.db"
        put_back(county, tmp_path / "backup.db", state, known if knows else None)
        restarted(site, county, database=f"sqlite:///{state}")

        with watching(county) as seen:
            county.work()
        assert seen.told.letters == ()  # nothing is sent a second time because of the restore
        again = send_in(county, "health.reporter", "infant_deaths", [])
        assert [one.verdict for one in again.submissions] == ["accepted"]
        fresh = keep(again, tmp_path / "fresh.json")
        assert undone(county) == []
        store = county.gateway.store
        entries = list(store.entries())
        assert len([fact for _, fact in entries if isinstance(fact, Restored)]) == 1
        assert store.maintain(lambda connection: rebuild.check(connection, entries)).result() == []
        assert store.latest().origin.endswith("/era2")

        key = key_of(county)._replace(name="gateway.qinglan.example")
        good, wrong = verify([state, kept, fresh], [key])
        assert wrong == []
        good, wrong = verify([state, lost], [key])
        if knows:
            assert wrong == []
            assert any("gap" in line for line in good)
        else:
            assert any("rewritten or cut short" in line for line in wrong)
