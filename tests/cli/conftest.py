"""An installation that a few mails have gone through, made once; tests that change it get a copy."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.cli import opening
from gateway.config.init import initialise
from gateway.demo.county import County, TurnedClock, local
from gateway.wiring import SystemChance

MONTH = "2026-M12"
HOSPITAL_BIRTHS = f"health/hospital_births/{MONTH}"
MISSING = "education/pupils/2026-S2"


@dataclass(frozen=True, slots=True)
class Played:
    """A closed installation: health's births accepted, vaccinations rejected, a stranger's mail in quarantine."""

    folder: Path
    workbook: Path
    wrong_workbook: Path
    mail: Path
    sealed: Path
    officers: Path
    receipt: Path
    accepted: str
    rejected: str
    stranger: str


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Everything real but the clock: one clerk logs in, the same sends a wrong workbook, a stranger writes."""
    folder = tmp_path_factory.mktemp("county")
    with County.founded(folder, local(2026, 12, 22), births=8, with_imap=False) as county:
        county.work()
        files = _send(county, folder)
        county.work()
        with county.gateway.store.view() as view:
            accepted = view.accepted("health", "hospital_births", MONTH).submission
            rejected = view.history(f"health/vaccinations/{MONTH}")[0].submission
            stranger = view.quarantined()[0].arrival
        letters = county.post_office.to(county.address("health.reporter"))
        receipts = [data for letter in letters for name, data in letter.files().items() if name.endswith(".json")]
        files["receipt"].write_bytes(next(data for data in receipts if accepted.encode() in data))
    return Played(folder / "gateway", officers=folder / "officers", accepted=accepted, rejected=rejected,
                  stranger=stranger, **files)  # fmt: skip


def _send(county: County, folder: Path) -> dict[str, Path]:
    officer = "health.reporter"
    address = county.address(officer)
    book = county.workbook("health", "hospital_births", MONTH)
    rows = county.rows("health", "vaccinations")
    field = next(name for name, value in rows[0].items() if isinstance(value, int))
    wrong = county.workbook("health", "vaccinations", MONTH, [{**rows[0], field: -5}, *rows[1:]])
    mail = county.mail(address, "医院出生", [book])
    county.send(address, mail, officer)
    county.send(address, county.mail(address, "接种", [wrong]), officer)
    county.send("someone@elsewhere.example", county.mail("someone@elsewhere.example", "报表", [book]))
    sealed = county.sealed(officer, "hospital_births", MONTH, 1, [book])
    found = {"workbook": book.data, "wrong_workbook": wrong.data, "mail": mail, "sealed": sealed.data, "receipt": b""}
    suffixes = {"workbook": "xlsx", "wrong_workbook": "xlsx", "mail": "eml", "sealed": "sealed", "receipt": "json"}
    paths = {name: folder / f"{name}.{suffixes[name]}" for name in found}
    for name, data in found.items():
        paths[name].write_bytes(data)
    return paths


@pytest.fixture(autouse=True)
def the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands think that it is the evening of the day on which the mails came."""
    monkeypatch.setattr(opening, "CLOCK", TurnedClock(local(2026, 12, 22, 20)))


@pytest.fixture
def own(played: Played, tmp_path: Path) -> Path:
    """A copy of the installation, to be changed."""
    return shutil.copytree(played.folder, tmp_path / "own")


@pytest.fixture(scope="session")
def new(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new installation without a state, not to be changed."""
    folder = tmp_path_factory.mktemp("new")
    initialise(folder, "gateway.county.example", SystemChance())
    return folder


@pytest.fixture
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    yield tmp_path
