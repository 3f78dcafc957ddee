"""Loading a configuration: what becomes of the files, and what names its version."""

from __future__ import annotations

import re
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from gateway.config import BadConfiguration, Configuration, load
from gateway.config.sql import try_sql
from gateway.core.agreement import DueDate, ProofKind
from gateway.core.parties import Role
from gateway.core.period import Frequency
from gateway.core.refusal import Refusal
from gateway.keyring import may_sign, new_officer_key, register, set_password
from tests.config.chances import Counting
from tests.config.sections import lay_out, sections
from tests.config.times import at

ROOT = Path(__file__).parents[2]


def example(folder: Path) -> Path:
    shutil.copytree(ROOT / "config", folder / "config")
    (folder / "keys").mkdir()
    return folder / "config"


def loaded(config: Path) -> Configuration:
    return load(config, sql=try_sql)


def test_the_example_county_is_free_of_mistakes(tmp_path: Path) -> None:
    rules = loaded(example(tmp_path)).rules
    towns = {d.division for d in rules.departments.values() if d.division and len(d.division) == 9}
    assert len(towns) == 2
    assert len(rules.departments) == 1 + 6 + 2 * 3
    assert {rules.timetables[a.timetable].frequency for a in rules.agreements.values()} == set(Frequency)
    assert all(
        department.with_role(role)
        for department in rules.departments.values()
        for role in (Role.HEAD, Role.REPORTER)
        if department.id != "lead_office"
    )


def test_the_timetables_of_the_example_are_those_of_the_rules(tmp_path: Path) -> None:
    timetables = loaded(example(tmp_path)).rules.timetables
    assert timetables["monthly"].due == (DueDate(1, 28),)
    assert timetables["quarterly"].due == (DueDate(3, 28),)
    assert timetables["half_yearly"].due == (DueDate(6, 28), DueDate(6, 28))
    assert timetables["yearly"].due == (DueDate(13, 10),)
    assert timetables["monthly"].reminders == (timedelta(days=3), timedelta(days=1))


def test_statistics_is_entitled_to_nothing_that_tells_who(tmp_path: Path) -> None:
    rules = loaded(example(tmp_path)).rules
    seen = [(e.dataflow, name) for e in rules.entitlements if e.department == "statistics" for name in e.fields]
    assert seen
    assert not [name for flow, name in seen if rules.dataflows[flow].by_name[name].personal]


def test_gateway_toml_states_every_option_at_its_default(tmp_path: Path) -> None:
    config = example(tmp_path)
    stated = loaded(config).settings
    (config / "gateway.toml").write_text("")
    assert loaded(config).settings == stated


def test_every_option_behind_a_hash_in_gateway_toml_is_one_that_is_read(tmp_path: Path) -> None:
    config = example(tmp_path)
    text = (config / "gateway.toml").read_text("utf-8")
    (config / "gateway.toml").write_text(re.sub(r"^# (?=\[|\w+ = )", "", text, flags=re.M), "utf-8")
    for name in ("ca.pem", "gateway.pem"):
        (config / name).write_text("")
    settings = loaded(config).settings
    assert [mailbox.port for mailbox in settings.imap] == [993]
    assert [folder.officer for folder in settings.folders] == ["housing.reporter"]
    assert settings.relay is not None
    assert settings.relay.password == "relay.password"


def test_groups_and_defaults_of_agreements_are_spelt_out(tmp_path: Path) -> None:
    agreements = loaded(example(tmp_path)).rules.agreements
    births = agreements["songquan_clinic/clinic_births"]
    assert ProofKind.CONFIRMED in births.proofs
    assert births.valid_from == date(2026, 1, 1)
    sealed = agreements["public_security/registered_births"]
    assert (sealed.must_be_sealed, sealed.proofs) == (True, frozenset({ProofKind.SEAL}))


def test_the_version_names_the_rules_and_nothing_else(tmp_path: Path) -> None:
    config = lay_out(tmp_path, {})
    first = loaded(config)
    (config / "gateway.toml").write_text("[smtp]\nport = 2526\n")
    set_password(tmp_path / "keys", "clinic.reporter", "long enough for a test")
    assert loaded(config).rules.version == first.rules.version
    (config / "agreements.toml").write_text(sections("base")["agreements.toml"] + "# a remark\n")
    assert loaded(config).rules.version != first.rules.version


def test_the_source_shows_every_file_that_the_rules_came_from_and_no_password(tmp_path: Path) -> None:
    config = lay_out(tmp_path, {})
    set_password(tmp_path / "keys", "clinic.reporter", "long enough for a test")
    source = loaded(config).source.decode()
    assert re.findall(r"^=== (\S+) \d+$", source, re.M) == sorted(
        sections("base").keys() - {"gateway.toml", "mistakes"}
    )
    assert "argon2id" not in source
    assert sections("base")["results/totals.sql"] in source


def test_line_ends_of_another_system_do_not_change_the_version(tmp_path: Path) -> None:
    config = lay_out(tmp_path, {})
    before = loaded(config).rules.version
    path = config / "agreements.toml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert loaded(config).rules.version == before


def test_an_officer_has_the_keys_and_the_password_that_lie_in_the_keys_folder(tmp_path: Path) -> None:
    config = lay_out(tmp_path, {})
    made = new_officer_key("clinic.reporter", "1", at("2026-01-01"), at("2028-01-01"), Counting(), tmp_path / "own.key")
    register(tmp_path / "keys", made.public)
    set_password(tmp_path / "keys", "clinic.reporter", "long enough for a test")
    rules = loaded(config).rules
    officer = rules.officer("clinic.reporter")
    assert officer is not None
    assert officer.keys == ("clinic.reporter-1",)
    assert officer.password_hash is not None
    assert officer.password_hash.startswith("$argon2id$")
    assert may_sign(rules.keys, "clinic.reporter-1", at("2027-01-01")) == made.public
    assert may_sign(rules.keys, "clinic.reporter-2", at("2027-01-01")) is Refusal.KEY_UNKNOWN


def test_a_new_key_is_a_new_version(tmp_path: Path) -> None:
    config = lay_out(tmp_path, {})
    before = loaded(config).rules.version
    made = new_officer_key("clinic.reporter", "1", at("2026-01-01"), at("2028-01-01"), Counting(), tmp_path / "own.key")
    register(tmp_path / "keys", made.public)
    assert loaded(config).rules.version != before


def test_credentials_that_the_service_manager_hands_over_take_the_folders_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = lay_out(tmp_path, {})
    assert loaded(config).settings.credentials == tmp_path / "credentials"
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "/run/credentials/gateway.service")
    assert loaded(config).settings.credentials == Path("/run/credentials/gateway.service")
    assert load(config, sql=try_sql, credentials=tmp_path).settings.credentials == tmp_path


def test_a_watched_folder_is_its_officers(tmp_path: Path) -> None:
    entry = '[[folders]]\nname = "desk"\npath = "../desk"\nofficer = "clinic.reporter"\npoll = "2 s"\n'
    configuration = loaded(lay_out(tmp_path, {"gateway.toml": entry}))
    officer = configuration.rules.officer("clinic.reporter")
    assert officer is not None
    assert officer.folder == "desk"
    assert configuration.settings.folders[0].path == tmp_path / "desk"
    assert configuration.settings.folders[0].poll == timedelta(seconds=2)


def test_a_mistake_knows_its_file_key_reason_and_repair(tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration) as caught:
        loaded(lay_out(tmp_path, {"gateway.toml": "[smtp]\nport = 70000\n"}))
    (mistake,) = caught.value.mistakes
    assert (mistake.file, mistake.key) == ("gateway.toml", "smtp.port")
    assert (mistake.reason, mistake.repair) == ("is 70000", "Write a number from 0 to 65535")


def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    config = lay_out(tmp_path, {})
    (config / "departments" / "clinic.toml").write_bytes('title = "卫生院"'.encode("gb18030"))
    with pytest.raises(
        BadConfiguration, match=r"^departments/clinic.toml: is not UTF-8. Save it in the encoding UTF-8.$"
    ):
        loaded(config)
