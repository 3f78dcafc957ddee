"""Keys for age, OpenPGP and S/MIME: ours drawn and used by others' programs, officers' certificates compared."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest

from gateway import keyring
from gateway.cli.opening import now
from gateway.config.check import check
from gateway.config.load import load
from gateway.config.sql import untried
from gateway.core.refusal import Refusal
from gateway.handler import Limits
from gateway.keyring import Envelopes
from handlers import age, openpgp, smime
from tests.cli.command import at, gateway
from tests.handlers.gnupg import GnuPG
from tests.handlers.openssl import make, openssl

WHY = ("--reason", "by telephone")
TEXT = b"a,b\n1,2\n"


def envelopes_of(folder: Path) -> Envelopes:
    loaded = load(folder / "config", sql=untried)
    return Envelopes(loaded.settings.credentials, loaded.rules.certificates)


def of_health(folder: Path) -> set[str]:
    """The registered certificates of an officer who has none to begin with."""
    return {name for name in envelopes_of(folder).certificates if name.startswith("health.")}


def _encrypted(kind: str, public: Path) -> bytes:
    """What an officer's own program makes for us with the public half that it was given."""
    if kind == "age":
        return subprocess.run(["age", "-R", public], input=TEXT, capture_output=True, check=True, timeout=60).stdout
    if kind == "smime":
        return openssl("cms", "-encrypt", "-binary", "-outform", "DER", "-aes-256-gcm", public, data=TEXT)
    gpg = GnuPG()
    try:
        return gpg.run("-f", str(public), "-e", "-o", "-", data=TEXT)
    finally:
        gpg.end()


@pytest.mark.parametrize("kind", ["age", "openpgp", "smime"])
def test_a_key_of_ours_is_drawn_and_opens_what_others_encrypt_to_it(own: Path, in_folder: Path, kind: str) -> None:
    handler = {"age": age, "openpgp": openpgp, "smime": smime}[kind]
    given = in_folder / "given"
    given.mkdir()
    assert gateway("key", "own", kind, "--out", given, *at(own)).code == 0
    private = own / "credentials" / f"{kind}.key"
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    (public,) = given.iterdir()
    assert "PRIVATE" not in public.read_text() and "SECRET" not in public.read_text()
    secret = envelopes_of(own).identity(kind, now())
    (part,) = handler.open_parts(_encrypted(kind, public), Limits(), secret).parts
    assert part.data == TEXT
    assert check(own / "config") == ()
    before = private.read_bytes()
    assert gateway("key", "own", kind, "--out", own, *at(own)).code == 1
    assert private.read_bytes() == before


def test_there_are_three_kinds_of_keys(own: Path) -> None:
    assert gateway("key", "own", "pgp", *at(own)).code == 2


def test_bad_keys_of_ours_are_told_by_gateway_check(own: Path) -> None:
    for name in ("age.key", "openpgp-2020.key", "smime.key"):
        (own / "credentials" / name).write_text("nothing\n")
        (own / "credentials" / name).chmod(0o600)
    (own / "credentials" / "age.key").chmod(0o644)
    told = [str(mistake) for mistake in check(own / "config")]
    assert [line.partition(".key: ")[0] for line in told] == [
        "credentials/age", "credentials/age", "credentials/openpgp-2020", "credentials/smime",
    ]  # fmt: skip
    assert "may be used by others. Run: chmod 600 age.key." in told[0]


def test_a_certificate_counts_once_its_fingerprint_was_compared(own: Path, in_folder: Path) -> None:
    holder = make(in_folder, "li")
    words = ("key", "certificate", holder.certificate, "health.reporter")
    wrong = gateway(*words, "ab" * 32, *WHY, *at(own))
    assert (wrong.code, of_health(own)) == (1, set())
    spoken = " ".join(holder.fingerprint.upper()[place : place + 4] for place in range(0, 64, 4))
    assert gateway(*words, *spoken.split(), *WHY, "--by", "wang", *at(own)).code == 0
    assert check(own / "config") == ()
    envelopes = envelopes_of(own)
    assert envelopes.signer("smime", holder.fingerprint, now()) == "health.reporter"
    signed = openssl("cms", "-sign", "-nodetach", "-binary", "-outform", "DER", "-signer", holder.certificate, "-inkey",
                     holder.key, data=TEXT)  # fmt: skip
    assert smime.open_parts(signed, Limits(), envelopes.identity("smime", now())).signers == (holder.fingerprint,)
    assert gateway(*words, *spoken.split(), *WHY, *at(own)).code == 1  # twice
    assert gateway("key", "revoke", "health.reporter-smime", *at(own)).code == 0
    assert envelopes_of(own).signer("smime", holder.fingerprint, now()) is Refusal.KEY_REVOKED


def test_no_key_of_ours_is_drawn_whose_public_half_has_no_place(own: Path, in_folder: Path) -> None:
    """It could not be drawn again, and nobody could encrypt to it."""
    said = gateway("key", "own", "openpgp", "--out", in_folder / "not" / "there", *at(own))
    assert (said.code, "--out" in said.err) == (1, True)
    assert not (own / "credentials" / "openpgp.key").exists()


def test_a_certificate_counts_only_with_its_comparison_in_the_journal(
    own: Path, in_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was compared is recorded first, also where another user has to put the file in."""
    holder = make(in_folder, "li")

    def forbidden(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    words = ("key", "certificate", holder.certificate, "health.reporter", holder.fingerprint, *WHY, *at(own))
    with monkeypatch.context() as patched:
        patched.setattr(keyring, "register_certificate", forbidden)
        said = gateway(*words)
    assert (said.code, "belongs to another user" in said.err) == (1, True)
    assert of_health(own) == set()
    gateway("export", own / "journal", *at(own))
    assert "health.reporter-smime" in (own / "journal").read_text()
    assert gateway(*words).code == 0
    assert of_health(own) == {"health.reporter-smime"}


def test_a_second_certificate_needs_a_number_of_its_own_and_nothing_is_recorded_without(
    own: Path, in_folder: Path
) -> None:
    first, second = make(in_folder, "li"), make(in_folder, "li2")
    words = ("key", "certificate", first.certificate, "health.reporter", first.fingerprint, *WHY, *at(own))
    assert gateway(*words).code == 0
    words = ("key", "certificate", second.certificate, "health.reporter", second.fingerprint, *WHY, *at(own))
    said = gateway(*words)
    assert (said.code, "--number" in said.err) == (1, True)
    gateway("export", own / "journal", *at(own))
    assert second.fingerprint not in (own / "journal").read_text()
    assert gateway(*words, "--number", "smime2").code == 0


def test_an_openpgp_key_is_taken_in_the_same_way(own: Path, in_folder: Path) -> None:
    gpg = GnuPG()
    try:
        key = gpg.make("li", "future-default")
        file = in_folder / "li.asc"
        file.write_text("exported by li\n" + gpg.public(key))
        words = ("key", "certificate", file, "health.reporter", key, *WHY, *at(own))
        assert gateway(*words[:3], "nobody", *words[4:]).code == 2
        assert gateway(*words).code == 0
        assert check(own / "config") == ()
        assert envelopes_of(own).signer("openpgp", key, now()) == "health.reporter"
        registered = own / "keys" / "health.reporter-pgp.asc"
        registered.write_text(registered.read_text().replace(key, "ab" * 20))
        (mistake,) = check(own / "config")
        assert str(mistake).startswith("keys/health.reporter-pgp.asc: has another fingerprint than its line.")
        gpg.revoke(key)
        registered.write_text(registered.read_text().partition("-----")[0] + gpg.public(key))
        (mistake,) = check(own / "config")
        assert "holds no certificate that can be read" in str(mistake)
    finally:
        gpg.end()


@pytest.mark.parametrize(
    "text", ["", "officer-public-key", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_what_is_no_certificate_is_not_taken_in(own: Path, in_folder: Path, text: str) -> None:
    (in_folder / "li.crt").write_text(text)
    said = gateway("key", "certificate", in_folder / "li.crt", "health.reporter", "ab" * 32, *WHY, *at(own))
    assert (said.code, of_health(own)) == (1, set())
    assert "holds" in said.err
