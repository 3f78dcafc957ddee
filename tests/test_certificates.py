"""Officers' OpenPGP keys and S/MIME certificates, and the gateway's further keys: registered, pinned, revoked."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from gateway.config.init import initialise
from gateway.config.load import load
from gateway.config.mistakes import BadConfiguration
from gateway.config.sql import untried
from gateway.core.parties import Certificate
from gateway.core.refusal import Refusal
from gateway.keyring import (
    Envelopes,
    certificate_text,
    read_certificates,
    register_certificate,
    revoke_certificate,
    signed_by,
)
from handlers.forms.identity import Identity, read_identity
from tests.config.chances import Counting
from tests.config.times import at

FROM, UNTIL, HAD = at("2026-01-01"), at("2028-01-01"), at("2026-10-20")
BLOCK = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nabcd\n-----END PGP PUBLIC KEY BLOCK-----\n"
PEM = "-----BEGIN CERTIFICATE-----\nabcd\n-----END CERTIFICATE-----\n"
LINE = f"officer-certificate clinic.li-pgp clinic.li {'ab' * 20} 2026-01-01T00:00:00Z 2028-01-01T00:00:00Z"
PGP = Certificate("clinic.li-pgp", "clinic.li", "openpgp", "ab" * 20, FROM, UNTIL, BLOCK)
SMIME = Certificate("clinic.li-mail", "clinic.li", "smime", "cd" * 32, FROM, UNTIL, PEM)


def test_a_certificate_is_our_line_and_what_the_officers_program_exports(tmp_path: Path) -> None:
    (tmp_path / "clinic.li-pgp.asc").write_text(f"# from Li, compared by telephone\n{LINE}\n{BLOCK}")
    register_certificate(tmp_path, SMIME)
    assert read_certificates(tmp_path) == ({PGP.id: PGP, SMIME.id: SMIME}, [])
    assert certificate_text(PGP) == f"{LINE}\n{BLOCK}"
    with pytest.raises(FileExistsError):
        register_certificate(tmp_path, SMIME)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (BLOCK, "has 0 lines where one is meant"),
        (f"{LINE}\n", "holds no pgp public key block"),
        (f"{LINE}\n{PEM}", "holds no pgp public key block"),
        (f"{LINE}\n{BLOCK}-----BEGIN PGP PRIVATE KEY BLOCK-----\n",
         "holds a private key, which belongs on the officer's machine alone"),
        (f"{LINE.replace('ab' * 20, 'AB' * 20)}\n{BLOCK}",
         "has a fingerprint that is not small hex digits of the right number"),
        (f"{LINE.replace('ab' * 20, 'ab' * 8)}\n{BLOCK}",
         "has a fingerprint that is not small hex digits of the right number"),
        (f"{LINE} until=2027\n{BLOCK}", "has a sixth word that is not revoked=INSTANT"),
        (f"{LINE.replace('2028', '2025')}\n{BLOCK}", "ends before it begins"),
        (f"{LINE.replace('certificate', 'public-key')}\n{BLOCK}", "does not begin with officer-certificate"),
    ],
)  # fmt: skip
def test_a_file_that_gives_no_certificate_is_told_with_the_reason(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "clinic.li-pgp.asc").write_text(text)
    found, (mistake,) = read_certificates(tmp_path)
    assert (found, mistake.file, mistake.reason) == ({}, "clinic.li-pgp.asc", reason)


def test_names_and_fingerprints_belong_to_one_file(tmp_path: Path) -> None:
    register_certificate(tmp_path, PGP)
    (tmp_path / "other.asc").write_text(certificate_text(PGP))
    (tmp_path / "third.asc").write_text(certificate_text(replace(PGP, id="third")))
    (tmp_path / "bytes.crt").write_bytes(b"\xff")
    _, wrong = read_certificates(tmp_path)
    assert [(mistake.file, mistake.reason) for mistake in wrong] == [
        ("bytes.crt", "is not UTF-8"),
        ("other.asc", 'holds a certificate with the id "clinic.li-pgp"'),
        ("other.asc", 'has the same certificate as "clinic.li-pgp.asc"'),
        ("third.asc", 'has the same certificate as "clinic.li-pgp.asc"'),
    ]


@pytest.mark.parametrize(
    ("had", "outcome"),
    [
        (HAD, "clinic.li"),
        (FROM, "clinic.li"),
        (at("2025-12-31"), Refusal.KEY_EXPIRED),
        (UNTIL, Refusal.KEY_EXPIRED),
        (at("2027-01-01"), Refusal.KEY_REVOKED),
    ],
)
def test_a_signature_counts_between_two_instants_and_before_its_revocation(
    tmp_path: Path, had: datetime, outcome: str | Refusal
) -> None:
    register_certificate(tmp_path, PGP)
    revoke_certificate(tmp_path, PGP, at("2027-06-01"))
    revoked = revoke_certificate(tmp_path, PGP, at("2027-01-01"))
    assert revoke_certificate(tmp_path, revoked, at("2027-03-01")).revoked == at("2027-01-01")
    certificates, _ = read_certificates(tmp_path)
    assert Envelopes(tmp_path, certificates).signer("openpgp", "ab" * 20, had) == (
        Refusal.KEY_REVOKED if had == UNTIL else outcome
    )


def test_a_fingerprint_counts_for_its_own_format_alone(tmp_path: Path) -> None:
    known = {PGP.id: PGP, SMIME.id: SMIME}
    assert signed_by(known, "smime", "cd" * 32, HAD) == SMIME
    assert signed_by(known, "openpgp", "cd" * 32, HAD) is Refusal.KEY_UNKNOWN
    assert signed_by(known, "smime", "ef" * 32, HAD) is Refusal.KEY_UNKNOWN


def test_a_worker_is_told_our_keys_the_certificates_of_its_format_and_the_passwords(tmp_path: Path) -> None:
    envelopes = Envelopes(tmp_path, {PGP.id: PGP, SMIME.id: SMIME})
    assert read_identity(envelopes.identity("age", HAD)) == Identity(at=HAD)
    (tmp_path / "age.key").write_text("AGE-SECRET-KEY-1NEW\n")
    (tmp_path / "age-2024.key").write_text("AGE-SECRET-KEY-1OLDEST\n")
    (tmp_path / "age-2025.key").write_text("AGE-SECRET-KEY-1OLD\n")
    ours = ("AGE-SECRET-KEY-1NEW\n", "AGE-SECRET-KEY-1OLD\n", "AGE-SECRET-KEY-1OLDEST\n")
    assert read_identity(envelopes.identity("age", HAD, ["密码".encode()])) == Identity(ours, (), ("密码",), HAD)
    assert read_identity(envelopes.identity("openpgp", HAD)) == Identity((), (BLOCK,), (), HAD)
    assert read_identity(envelopes.identity("smime", HAD)) == Identity((), (PEM,), (), HAD)
    assert envelopes.identity("sealed", HAD) is None


def test_certificates_are_part_of_the_configuration_and_need_an_officer(tmp_path: Path) -> None:
    made = initialise(tmp_path, "gateway", Counting(), "minimal")
    before = load(made.config, sql=untried)
    officer = next(before.rules.officers()).id
    register_certificate(made.keys, replace(PGP, officer=officer))
    after = load(made.config, sql=untried)
    assert after.rules.certificates == {PGP.id: replace(PGP, officer=officer)}
    assert after.rules.version != before.rules.version
    register_certificate(made.keys, replace(SMIME, officer="nobody"))
    with pytest.raises(BadConfiguration) as raised:
        load(made.config, sql=untried)
    assert [(m.file, m.reason) for m in raised.value.mistakes] == [
        ("keys/clinic.li-mail.crt", 'there is no officer "nobody"')
    ]
