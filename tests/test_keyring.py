"""Keys: who may sign and when, whom to seal for, and what is wrong with a key file."""

from __future__ import annotations

import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from nacl.bindings import crypto_box_seal, crypto_box_seal_open
from nacl.signing import SigningKey, VerifyKey

from gateway.core.parties import Language, Officer, PublicKey, Role
from gateway.core.refusal import Refusal
from gateway.keyring import (
    BadKeys,
    BadLine,
    PrivateKey,
    ended_earlier,
    fingerprint,
    load_private,
    may_sign,
    new_gateway_keys,
    new_officer_key,
    public_line,
    read_gateway,
    read_public,
    recipients_of,
    register,
    remove_password,
    revoke,
    set_password,
)
from gateway.keyring.passwords import read_passwords
from tests.config.chances import Counting
from tests.config.times import at

FROM, UNTIL = at("2026-01-01"), at("2028-01-01")
LINE = (
    "officer-public-key clinic.li-1 clinic.li AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE= "
    "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI= 2026-01-01T00:00:00Z 2028-01-01T00:00:00Z"
)
KEY = PublicKey("clinic.li-1", "clinic.li", b"\x01" * 32, b"\x02" * 32, FROM, UNTIL)

_ID_WORDS = "small letters, digits and single . _ - between"


def officer(name: str) -> Officer:
    return Officer(name, "clinic", "示例", Role.REPORTER, Language.ZH_CN, ("li@clinic.example",), "li@clinic.example")


def made(folder: Path, number: str = "1", name: str = "clinic.li", seed: int = 0) -> PrivateKey:
    return new_officer_key(name, number, FROM, UNTIL, Counting(seed), folder / f"{name}-{number}.private")


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    folder.mkdir()
    return folder


@pytest.fixture
def credentials(tmp_path: Path, keys: Path) -> Path:
    folder = tmp_path / "credentials"
    folder.mkdir()
    new_gateway_keys(keys, folder, "gateway.example", Counting(), tmp_path / "recovery.key")
    return folder


# --- officers ---


def test_a_public_key_is_one_line_of_words(keys: Path) -> None:
    (keys / "clinic.li-1.pub").write_text(f"# from Li\n{LINE}\n")
    assert read_public(keys) == ({"clinic.li-1": KEY}, [])
    assert public_line(KEY) == LINE


def test_a_new_pair_signs_and_opens_what_its_public_half_verifies_and_seals(tmp_path: Path) -> None:
    made(tmp_path)
    pair = load_private(tmp_path / "clinic.li-1.private")
    signed = SigningKey(pair.signing_seed).sign(b"report")
    assert VerifyKey(pair.public.signing).verify(signed) == b"report"
    sealed = crypto_box_seal(b"content key", pair.public.sealing)
    assert crypto_box_seal_open(sealed, pair.public.sealing, pair.sealing_private) == b"content key"


def test_the_private_half_is_for_its_owner_alone_and_never_written_over(tmp_path: Path) -> None:
    made(tmp_path)
    assert stat.S_IMODE((tmp_path / "clinic.li-1.private").stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        made(tmp_path, seed=1)


def test_a_registered_key_is_read_back_and_not_registered_twice(tmp_path: Path, keys: Path) -> None:
    pair = made(tmp_path)
    register(keys, pair.public)
    assert read_public(keys) == ({"clinic.li-1": pair.public}, [])
    with pytest.raises(FileExistsError):
        register(keys, pair.public)


def test_a_signature_counts_from_the_first_instant_to_before_the_last() -> None:
    known = {KEY.id: KEY}
    moment = timedelta(seconds=1)
    assert may_sign(known, KEY.id, FROM) == KEY
    assert may_sign(known, KEY.id, UNTIL - moment) == KEY
    assert may_sign(known, KEY.id, FROM - moment) is Refusal.KEY_EXPIRED
    assert may_sign(known, KEY.id, UNTIL) is Refusal.KEY_EXPIRED
    assert may_sign(known, "clinic.li-2", FROM) is Refusal.KEY_UNKNOWN


def test_what_was_had_before_a_revocation_stays_believed(tmp_path: Path, keys: Path) -> None:
    register(keys, made(tmp_path).public)
    revoke(keys, "clinic.li-1", at("2026-10-05"))
    known, wrong = read_public(keys)
    assert not wrong
    assert isinstance(may_sign(known, "clinic.li-1", at("2026-10-04")), PublicKey)
    assert may_sign(known, "clinic.li-1", at("2026-10-05")) is Refusal.KEY_REVOKED


def test_a_later_revocation_does_not_bring_a_key_back_for_a_while(tmp_path: Path, keys: Path) -> None:
    register(keys, made(tmp_path).public)
    revoke(keys, "clinic.li-1", at("2026-10-05"))
    assert revoke(keys, "clinic.li-1", at("2026-11-05")).revoked == at("2026-10-05")
    assert revoke(keys, "clinic.li-1", at("2026-09-05")).revoked == at("2026-09-05")


def test_an_unknown_key_cannot_be_revoked(keys: Path) -> None:
    with pytest.raises(KeyError):
        revoke(keys, "clinic.li-1", at("2026-10-05"))


def test_we_seal_for_every_valid_key_of_the_officers_and_no_other(tmp_path: Path) -> None:
    now = at("2026-10-01")
    valid, other = made(tmp_path).public, made(tmp_path, name="police.wu", seed=1).public
    revoked = replace(made(tmp_path, "2", seed=2).public, revoked=at("2026-09-01"))
    old = replace(made(tmp_path, "3", seed=3).public, valid_until=at("2026-09-01"))
    known = {key.id: key for key in (valid, other, revoked, old)}
    assert recipients_of(known, [officer("clinic.li")], now) == (valid,)


def test_of_a_key_and_the_journal_the_earlier_end_counts(tmp_path: Path) -> None:
    ends = {"1": None, "2": at("2026-10-10"), "3": at("2026-09-30"), "4": at("2026-10-01"), "5": None}
    known = {number: replace(made(tmp_path, number, seed=int(number)).public, revoked=ends[number]) for number in ends}
    found = ended_earlier(known, dict.fromkeys(["1", "2", "3", "4", "nobody"], at("2026-10-01")))
    assert found == {number: replace(known[number], revoked=at("2026-10-01")) for number in ("1", "2")}


def test_a_fingerprint_is_eight_groups_of_five_digits_over_both_keys() -> None:
    printed = fingerprint(KEY.signing, KEY.sealing)
    assert [len(group) for group in printed.split(" ")] == [5] * 8
    assert printed.replace(" ", "").isdigit()
    assert printed != fingerprint(KEY.signing, b"\x03" * 32)
    assert printed != fingerprint(b"\x03" * 32, KEY.sealing)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("", "has 0 lines where one is meant"),
        (LINE + "\n" + LINE, "has 2 lines where one is meant"),
        (LINE.replace("officer-public", "officer-private"), "does not begin with officer-public-key"),
        (LINE.replace("AQE= ", "AQF= "), "has a key in a form of base64 that nobody writes"),
        (LINE.replace("AQE= ", "A*E= "), "has a key that is not base64"),
        (LINE.replace("2028", "2025"), "ends before it begins"),
        (LINE.replace("2028-01-01T", "2028-01-01 T"), "has a seventh word that is not revoked=INSTANT"),
        (LINE.replace("00Z 2028", "00+00:00 2028"), "has an instant not written like 2026-01-31T00:00:00Z"),
        (LINE.replace(" clinic.li ", " Clinic/Li "), f"has an id that is not {_ID_WORDS}"),
        (LINE + " withdrawn=2026-10-05T00:00:00Z", "has a seventh word that is not revoked=INSTANT"),
    ],
)  # fmt: skip
def test_a_line_that_is_no_key_says_why(line: str, reason: str, keys: Path) -> None:
    (keys / "clinic.li-1.pub").write_text(line)
    found, wrong = read_public(keys)
    assert found == {}
    assert [(mistake.file, mistake.reason) for mistake in wrong] == [("clinic.li-1.pub", reason)]


def test_one_key_under_two_ids_is_a_mistake(keys: Path) -> None:
    (keys / "clinic.li-1.pub").write_text(LINE)
    (keys / "clinic.wu-1.pub").write_text(LINE.replace("clinic.li", "clinic.wu"))
    _, wrong = read_public(keys)
    assert [mistake.reason for mistake in wrong] == ['holds the same key as "clinic.li-1"']


# --- the gateway's own ---


def test_the_gateways_keys_fit_together(keys: Path, credentials: Path) -> None:
    own = read_gateway(keys, credentials)
    assert VerifyKey(own.verifying[0]).verify(SigningKey(own.signing_seed).sign(b"x")) == b"x"
    sealed = crypto_box_seal(b"x", own.sealing_public)
    assert crypto_box_seal_open(sealed, own.sealing_public, own.sealing_private[0]) == b"x"
    stored = crypto_box_seal(b"x", own.vault_public)
    assert crypto_box_seal_open(stored, own.vault_public, own.vault_private[0]) == b"x"
    assert len({own.signing_seed, *own.sealing_private, *own.vault_private, own.sameness}) == 4


def test_private_keys_do_not_show_when_printed(keys: Path, credentials: Path) -> None:
    own = read_gateway(keys, credentials)
    for private in (own.signing_seed, *own.sealing_private, *own.vault_private, own.sameness):
        assert repr(private) not in repr(own)


def test_older_keys_still_open_and_verify(tmp_path: Path, keys: Path, credentials: Path) -> None:
    old = read_gateway(keys, credentials)
    for name in ("sealing", "vault", "signing", "sameness"):
        (credentials / f"{name}.key").rename(credentials / f"{name}-2026.key")
    (keys / "gateway.pub").rename(keys / "gateway-2026.pub")
    (keys / "recovery.pub").unlink()
    new = new_gateway_keys(keys, credentials, "gateway.example", Counting(9), tmp_path / "recovery-2.key")
    assert new.sealing_private[1:] == old.sealing_private
    assert new.vault_private[1:] == old.vault_private
    assert new.verifying[1:] == old.verifying
    assert new.signing_seed != old.signing_seed


def test_a_private_key_that_others_may_read_is_a_mistake(keys: Path, credentials: Path) -> None:
    (credentials / "vault.key").chmod(0o640)
    (credentials / "signing.key").chmod(0o604)
    with pytest.raises(BadKeys) as caught:
        read_gateway(keys, credentials)
    assert str(caught.value).splitlines() == [
        "signing.key: may be used by others (mode 604). Run: chmod 600 signing.key.",
        "vault.key: may be used by others (mode 640). Run: chmod 600 vault.key.",
    ]


def test_every_missing_or_broken_key_is_told_at_once(keys: Path, credentials: Path) -> None:
    (credentials / "sealing.key").unlink()
    (credentials / "vault.key").write_text("vault-private-key c2hvcnQ=\n")
    (keys / "recovery.pub").unlink()
    with pytest.raises(BadKeys) as caught:
        read_gateway(keys, credentials)
    assert [(mistake.file, mistake.reason) for mistake in caught.value.mistakes] == [
        ("sealing.key", "is missing"),
        ("vault.key", "has a key of 5 bytes instead of 32"),
        ("recovery.pub", "is missing"),
    ]


def test_halves_that_do_not_belong_together_are_a_mistake(tmp_path: Path, keys: Path, credentials: Path) -> None:
    for folder in ("other", "others"):
        (tmp_path / folder).mkdir()
    new_gateway_keys(tmp_path / "other", tmp_path / "others", "other", Counting(5), tmp_path / "other.key")
    (keys / "gateway.pub").write_text((tmp_path / "other" / "gateway.pub").read_text())
    with pytest.raises(BadKeys) as caught:
        read_gateway(keys, credentials)
    assert [mistake.file for mistake in caught.value.mistakes] == ["signing.key", "sealing.key"]


def test_one_private_key_in_the_place_of_another_is_a_mistake(keys: Path, credentials: Path) -> None:
    (credentials / "vault.key").write_text((credentials / "sealing.key").read_text())
    with pytest.raises(BadKeys, match=r"vault.key: does not begin with vault-private-key"):
        read_gateway(keys, credentials)


def test_new_keys_are_not_drawn_over_old_ones(tmp_path: Path, keys: Path, credentials: Path) -> None:
    before = {path.name: path.read_bytes() for path in credentials.iterdir()}
    with pytest.raises(FileExistsError):
        new_gateway_keys(keys, credentials, "gateway.example", Counting(9), tmp_path / "again.key")
    assert {path.name: path.read_bytes() for path in credentials.iterdir()} == before
    assert not (tmp_path / "again.key").exists()


def test_a_gateway_without_a_proper_name_gets_no_keys(tmp_path: Path) -> None:
    with pytest.raises(BadLine):
        new_gateway_keys(tmp_path, tmp_path, "two words", Counting(), tmp_path / "recovery.key")
    assert list(tmp_path.iterdir()) == []


# --- passwords ---


def test_only_the_hash_of_a_password_is_kept(keys: Path) -> None:
    set_password(keys, "clinic.li", "a long password")
    text = (keys / "passwords.toml").read_text()
    assert "a long password" not in text
    assert PasswordHasher().verify(read_passwords(keys)["clinic.li"], "a long password")
    assert not stat.S_IMODE((keys / "passwords.toml").stat().st_mode) & stat.S_IRWXO


def test_setting_one_password_leaves_the_others(keys: Path) -> None:
    set_password(keys, "clinic.li", "one")
    first = read_passwords(keys)["clinic.li"]
    set_password(keys, "police.wu", "two")
    assert read_passwords(keys)["clinic.li"] == first
    remove_password(keys, "clinic.li")
    assert list(read_passwords(keys)) == ["police.wu"]
