"""A new installation works as it is made."""

from __future__ import annotations

import stat
from datetime import date
from pathlib import Path

import pytest

from gateway.config import load
from gateway.config.init import County, initialise
from gateway.config.sql import try_sql, untried
from gateway.keyring import BadLine, read_gateway, recovery_key
from tests.config.chances import Counting


@pytest.mark.parametrize("county", ["example", "minimal"])
def test_a_new_installation_has_no_mistakes_and_finds_its_own_keys(county: County, tmp_path: Path) -> None:
    made = initialise(tmp_path / "new", "gateway.county.example", Counting(), county)
    configuration = load(made.config, sql=try_sql)
    assert configuration.settings.keys == made.keys
    assert read_gateway(made.keys, configuration.settings.credentials) == made.own
    assert made.own.name == "gateway.county.example"
    assert bool(configuration.rules.dataflows) == (county == "example")


def test_the_example_is_copied_whole(tmp_path: Path) -> None:
    made = initialise(tmp_path, "gateway", Counting())
    source = Path(__file__).parents[2] / "config"
    files = [path.relative_to(source) for path in source.rglob("*") if path.is_file()]
    assert len(files) > 60
    assert all((made.config / name).read_bytes() == (source / name).read_bytes() for name in files)


def test_reports_are_owed_from_the_month_of_the_installation_on(tmp_path: Path) -> None:
    made = initialise(tmp_path, "gateway", Counting(), owed_from=date(2026, 11, 21))
    rules = load(made.config, sql=untried).rules
    assert {agreement.valid_from for agreement in rules.agreements.values()} == {date(2026, 11, 1)}


def test_private_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    made = initialise(tmp_path, "gateway", Counting())
    private = [*made.credentials.iterdir(), made.recovery_file]
    assert len(private) == 5
    assert {stat.S_IMODE(path.stat().st_mode) for path in private} == {0o600}
    folders = (made.credentials, made.state, made.recovery_file.parent)
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}


def test_the_recovery_key_is_no_key_of_the_gateway(tmp_path: Path) -> None:
    made = initialise(tmp_path, "gateway", Counting())
    assert recovery_key(made.recovery_file) not in (*made.own.vault_private, *made.own.sealing_private)
    assert made.own.recovery_public != made.own.vault_public


def test_a_second_time_nothing_is_written(tmp_path: Path) -> None:
    first = initialise(tmp_path, "gateway", Counting())
    with pytest.raises(FileExistsError):
        initialise(tmp_path, "gateway", Counting(1))
    assert read_gateway(first.keys, first.credentials) == first.own


def test_a_name_that_no_checkpoint_may_bear_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(BadLine):
        initialise(tmp_path / "new", "the gateway", Counting())
    assert not (tmp_path / "new").exists()
