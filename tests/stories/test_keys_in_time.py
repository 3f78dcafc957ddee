"""The life of officers' keys: offered by mail, compared by telephone, used side by side, ended, revoked; and ours."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gateway import keyring
from gateway.cli import opening
from gateway.config.init import initialise
from gateway.config.load import load
from gateway.core.facts import Judged, KeyConfirmed, KeyOffered, KeyRevoked, Written
from gateway.demo.county import County, local
from gateway.demo.post_office import Delivered
from gateway.demo.senders import File
from gateway.handler import Part
from gateway.journal.verify import Key, verify
from gateway.keyring import PrivateKey, public_line
from gateway.keyring.own import read_gateway
from gateway.release.package import NoKey, package
from gateway.wiring import SystemChance
from handlers.sealed import open_stream, read_header, unlock_for, write
from tests.cli.command import Said, gateway
from tests.world import REPORTING_DAY, Site, Told, restarted, watching

OFFICER, MONTH = "bailu_civil_affairs.reporter", "2026-M12"
HEALTH = "health.reporter"
STRANGER = "someone@elsewhere.example"  # from whom a sealed file is as good as from anybody
LATER = local(2028, 12, 31)
WHY = ("--reason", "电话核对")


@pytest.fixture
def town(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[County]:
    with site.town(tmp_path, REPORTING_DAY) as county:
        monkeypatch.setattr(opening, "CLOCK", county.clock)
        county.work()
        yield county


def command(county: County, *words: object) -> Said:
    return gateway(*words, "--config", county.folder / "gateway" / "config")


def reload(county: County) -> None:
    county.gateway.reconfigure(load(county.folder / "gateway" / "config"))
    county.work()


def draw(county: County, officer: str, number: str, until: datetime = LATER) -> PrivateKey:
    path = county.folder / f"{officer}-{number}.key"
    return keyring.new_officer_key(officer, number, local(2026, 1, 1), until, SystemChance(), path)


def digits(key: PrivateKey) -> str:
    return keyring.fingerprint(key.public.signing, key.public.sealing)


def seal(
    county: County, key: PrivateKey, dataflow: str, files: list[File], sequence: int = 1, signed: datetime | None = None
) -> File:
    manifest = {
        "sender": key.public.officer.partition(".")[0], "key": key.public.id, "recipient": "lead_office",
        "dataflow": dataflow, "period": MONTH, "sequence": sequence, "nil": not files,
        "signed": (signed or county.clock.now()).replace(microsecond=0),
    }  # fmt: skip
    parts = [Part(file.name, "application/octet-stream", file.data) for file in files]
    return File("x.sealed", b"".join(write(parts, manifest, [county.gateway.keys.sealing_public], key.signing_seed)))


def send_sealed(county: County, sealed: File) -> Told:
    with watching(county) as seen:
        county.send(STRANGER, county.mail(STRANGER, "报表", [sealed]))
        county.work()
    return seen.told


def verdicts(told: Told) -> list[str | None]:
    """Accepted, or why it is in quarantine."""
    found: list[str | None] = [judged.refusal for judged in told.of(Judged) if judged.quarantined]
    return found + [one.verdict for one in told.submissions]


def mail_key(county: County, key: PrivateKey, login: str | None) -> Told:
    address = county.address(key.public.officer)
    with watching(county) as seen:
        county.send(address, county.mail(address, "公钥", [], f"公钥：\n{public_line(key.public)}\n"), login)
        county.work()
    return seen.told


def listed(county: County) -> dict[str, dict[str, object]]:
    return {key["key"]: key for key in command(county, "key", "list", "--json").json}


# --- enrolment ---


def test_an_officer_enrols_by_mail_and_telephone(town: County) -> None:
    key = draw(town, OFFICER, "2027")
    book = town.workbook("bailu_civil_affairs", "town_couples", MONTH)

    told = mail_key(town, key, OFFICER)
    (offer,) = told.of(KeyOffered)
    assert (offer.officer, offer.fingerprint) == (OFFICER, digits(key))
    (letter,) = told.to(town.address(OFFICER))
    assert "暂不生效" in letter.text
    assert (
        listed(town)[key.public.id] | {"officer": OFFICER, "state": "offered", "fingerprint": None}
        == listed(town)[key.public.id]
    )
    assert verdicts(send_sealed(town, seal(town, key, "town_couples", [book]))) == ["key_unknown"]

    wrong = digits(key)[:-1] + str((int(digits(key)[-1]) + 1) % 10)
    said = command(town, "key", "confirm", key.public.id, wrong, *WHY)
    assert (said.code, "These are not the digits" in said.err) == (1, True)
    assert listed(town)[key.public.id]["state"] == "offered"

    with watching(town) as seen:
        said = command(town, "key", "confirm", key.public.id, *digits(key).split(), *WHY, "--by", "qian")
    assert said.code == 0, said.err
    (confirmed,) = seen.told.of(KeyConfirmed)
    assert (confirmed.key, confirmed.officer, confirmed.by) == (key.public.id, OFFICER, "qian")
    assert confirmed.fingerprint == digits(key)
    file = town.folder / "gateway" / "keys" / f"{key.public.id}.pub"
    assert public_line(key.public) in file.read_text()
    assert listed(town)[key.public.id]["state"] == "valid"

    reload(town)
    told = send_sealed(town, seal(town, key, "town_couples", [book], sequence=2))
    assert verdicts(told) == ["accepted"]
    (judged,) = told.of(Judged)
    assert judged.proof
    assert (judged.proof.kind.value, judged.proof.key) == ("seal", key.public.id)


def test_of_two_keys_offered_under_one_id_the_one_whose_digits_are_read_out_is_taken(town: County) -> None:
    """Somebody else may offer a key in the officer's name, under the very same id."""
    thief = draw(town, OFFICER, "2027")
    (town.folder / f"{OFFICER}-2027.key").unlink()
    key = draw(town, OFFICER, "2027")
    assert len(mail_key(town, thief, None).of(KeyOffered)) == 1
    assert len(mail_key(town, key, OFFICER).of(KeyOffered)) == 1
    assert command(town, "key", "confirm", key.public.id, digits(key), *WHY).code == 0
    found, _ = keyring.read_public(town.folder / "gateway" / "keys")
    assert found[key.public.id] == key.public


def test_what_came_and_was_compared_is_shown_to_people(town: County) -> None:
    key = draw(town, OFFICER, "2027")
    mail_key(town, key, None)
    shown = command(town, "key", "list").out
    assert key.public.id in shown
    assert "offered" in shown
    assert digits(key).split()[0] not in shown
    keyring.revoke(town.folder / "gateway" / "keys", "statistics.reporter-2026", town.clock.now())
    assert listed(town)["statistics.reporter-2026"]["state"] == "revoked"
    town.clock.instant = local(2028, 2, 1)
    states = {name: known["state"] for name, known in listed(town).items()}
    assert states[f"{HEALTH}-2026"] == "expiring"
    assert key.public.id not in states  # nobody took the offer up in time


def test_a_compared_key_that_root_has_to_put_there_is_told_as_such(
    town: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    key = draw(town, OFFICER, "2027")
    mail_key(town, key, OFFICER)
    with monkeypatch.context() as patched:
        patched.setattr(keyring, "register", forbidden)
        assert command(town, "key", "confirm", key.public.id, digits(key), *WHY).code == 1
    assert listed(town)[key.public.id]["state"] == "confirmed"
    assert command(town, "key", "confirm", key.public.id, digits(key), *WHY).code == 0  # run again, as root
    assert listed(town)[key.public.id]["state"] == "valid"


# --- two keys side by side ---


def test_the_next_key_comes_sealed_with_the_present_one_and_both_count(town: County) -> None:
    old, key = town.keys[HEALTH], draw(town, HEALTH, "2027")
    public = File(f"{key.public.id}.pub", f"{public_line(key.public)}\n".encode())
    (offer,) = send_sealed(town, seal(town, old, "officer_key", [public])).of(KeyOffered)
    assert offer.sealed_by == old.public.id
    assert listed(town)[key.public.id]["came"] == f"sealed with {old.public.id}"
    births = [town.workbook("health", "hospital_births", MONTH)]
    assert verdicts(send_sealed(town, seal(town, key, "hospital_births", births))) == ["key_unknown"]
    command(town, "key", "confirm", key.public.id, digits(key), *WHY)
    reload(town)
    assert verdicts(send_sealed(town, seal(town, key, "hospital_births", births))) == ["accepted"]
    deaths = seal(town, old, "infant_deaths", [], sequence=9)
    assert verdicts(send_sealed(town, deaths)) == ["accepted"]
    for one in (old, key):
        assert opened(town, one) == b"result"


def opened(county: County, key: PrivateKey) -> bytes:
    """What we seal for health, opened with this key. Raises `Unreadable`."""
    rules = county.gateway.performer.in_force.rules
    data = package(
        "x.xlsx", b"result", result="births_for_health", period=MONTH, rows=1, department=rules.departments["health"],
        rules=rules, key="gateway", signing_seed=county.gateway.keys.signing_seed, sequence=1, at=county.clock.now(),
    )  # fmt: skip
    source, found = io.BytesIO(data), list[bytes]()
    header = read_header(source)
    content_key = unlock_for(header, [key.sealing_private]).content_key
    open_stream(header, source, content_key, lambda _: lambda block: found.append(bytes(block)), lambda _: None)
    return b"".join(found)


# --- a key that ends ---


def test_a_key_that_ends_is_chased_until_its_successor_is_registered(town: County) -> None:
    ends = local(2027, 2, 1, 0)
    keyring.register(town.folder / "gateway" / "keys", draw(town, "housing.reporter", "old", ends).public)
    reload(town)

    def told_on(month: int, day: int) -> dict[str, list[str]]:
        with watching(town) as seen:
            town.turn_to(local(2027, month, day))
        about = [(w.officer, a.stage) for w in seen.told.of(Written) for a in w.about if a.kind == "key"]
        letters = {one.recipient: one for one in seen.told.letters if "密钥" in one.subject}
        assert {town.address(officer) for officer, _ in about if officer} == set(letters)
        found: dict[str, list[str]] = {}
        for officer, stage in about:
            found.setdefault(officer or "", []).append(stage)
        return found

    town.clock.instant = local(2027, 1, 4, 8)
    assert told_on(1, 4) == {"housing.reporter": ["reminder-2"]}
    assert told_on(1, 5) == {}
    assert told_on(1, 26) == {"housing.reporter": ["reminder-4"]}
    assert told_on(2, 1) == {
        "housing.reporter": ["overdue-1"],
        "housing.head": ["escalation-1"],
        "lead_office.admin": ["escalation-1"],
    }
    key = draw(town, "housing.reporter", "new")
    command(town, "key", "confirm", write_public(town, key), digits(key), *WHY)
    reload(town)
    assert told_on(2, 9) == {}
    assert told_on(3, 8) == {}


def write_public(county: County, key: PrivateKey) -> Path:
    path = county.folder / f"{key.public.id}.pub"
    path.write_text(public_line(key.public))
    return path


# --- a key that was lost ---


def test_what_was_had_before_a_revocation_stays_and_no_date_in_a_file_helps_what_comes_after(town: County) -> None:
    key, start = town.keys[HEALTH], town.clock.now()
    births = town.workbook("health", "hospital_births", MONTH)
    assert verdicts(send_sealed(town, seal(town, key, "hospital_births", [births]))) == ["accepted"]
    waiting = seal(town, key, "infant_deaths", [], 2)
    town.send(STRANGER, town.mail(STRANGER, "报表", [waiting]))  # had before, judged after
    town.clock.instant += timedelta(hours=1)
    with watching(town) as seen:
        assert command(town, "key", "revoke", key.public.id, "--by", "qian").code == 0
    (revoked,) = seen.told.of(KeyRevoked)
    assert (revoked.key, revoked.from_instant, revoked.by) == (key.public.id, town.clock.now(), "qian")
    with watching(town) as seen:
        town.work()  # nobody has the configuration read anew
    assert verdicts(seen.told) == ["accepted"]

    town.clock.instant += timedelta(minutes=1)
    rows = town.rows("health", "hospital_births")[:-1]
    changed = town.workbook("health", "hospital_births", MONTH, rows)
    backdated = seal(town, key, "hospital_births", [changed], 3, signed=start - timedelta(days=1))
    assert verdicts(send_sealed(town, backdated)) == ["key_revoked"]
    with town.gateway.store.view() as view:
        current = view.accepted("health", "hospital_births", MONTH)
    assert current.becomes == "first"  # what was accepted before stands
    with pytest.raises(NoKey):
        opened(town, key)  # nothing is sealed for a revoked key, and health has no other
    before = town.gateway.performer.in_force
    town.work()
    assert town.gateway.performer.in_force is before  # what is worked out from rules is kept by them
    reload(town)
    assert verdicts(send_sealed(town, seal(town, key, "hospital_births", [changed], 4))) == ["key_revoked"]


# --- our own keys ---


def test_our_keys_rotate_and_what_was_sealed_and_signed_with_the_old_ones_still_counts(
    site: Site, town: County, tmp_path: Path
) -> None:
    root = town.folder / "gateway"
    before = town.gateway.keys
    book = town.workbook("health", "hospital_births", MONTH)
    told = send_sealed(town, seal(town, town.keys[HEALTH], "hospital_births", [book]))
    letter = answer(told)
    receipt = tmp_path / "old-receipt.json"
    receipt.write_bytes(letter.files()["receipt.json"])
    old_key = Key.parse(str(town.gateway.store.verifier))
    sealed_for_the_old = seal(town, town.keys[HEALTH], "infant_deaths", [], 5)

    credentials = renew(root, site.configuration.settings.credentials, tmp_path)
    restarted(site, town, credentials=credentials, keys=root / "keys")
    after = town.gateway.keys
    assert after.sealing_public != before.sealing_public
    assert after.verifying == (after.verifying[0], before.verifying[0])
    published = keyring.read_gateway(root / "keys", credentials)
    assert published.sealing_public == after.sealing_public

    assert verdicts(send_sealed(town, sealed_for_the_old)) == ["accepted"]
    told = send_sealed(town, seal(town, town.keys[HEALTH], "vaccinations", [], 6))
    assert verdicts(told) == ["accepted"]
    letter = answer(told)
    newer = tmp_path / "new-receipt.json"
    newer.write_bytes(letter.files()["receipt.json"])
    new_key = Key.parse(str(town.gateway.store.verifier))
    assert new_key != old_key
    state = root / "state" / "gateway.db"
    _, wrong = verify([state, receipt, newer], [new_key, old_key])
    assert wrong == []
    _, wrong = verify([receipt], [new_key])
    assert wrong  # the old one is needed for what it signed
    _, wrong = verify([newer], [old_key])
    assert wrong


def answer(told: Told) -> Delivered:
    (letter,) = [letter for letter in told.letters if "receipt.json" in letter.files()]
    return letter


def renew(root: Path, credentials: Path, elsewhere: Path) -> Path:
    """As keys/README.md says: draw the keys of a new installation of the same name, and rename the old halves."""
    own = read_gateway(root / "keys", credentials)
    initialise(elsewhere / "new", own.name, SystemChance())
    renewed = elsewhere / "credentials"
    shutil.copytree(credentials, renewed)
    (renewed / "sealing.key").rename(renewed / "sealing-2026.key")
    (root / "keys" / "gateway.pub").rename(root / "keys" / "gateway-2026.pub")
    for name in ("sealing.key", "signing.key"):
        shutil.copy(elsewhere / "new" / "credentials" / name, renewed / name)
    shutil.copy(elsewhere / "new" / "keys" / "gateway.pub", root / "keys" / "gateway.pub")
    return renewed
