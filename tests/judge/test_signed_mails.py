"""Mails signed with registered certificates: whose they are, and what stands against them."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.core.agreement import ProofKind, Protection
from gateway.core.facts import Proof
from gateway.core.parties import Certificate
from gateway.core.refusal import Refusal
from gateway.judge.secrets import NoSecrets
from gateway.keyring import Envelopes
from tests.handlers.openssl import BEGINS, ENDS, Holder, dated, openssl
from tests.judge.desk import CLINIC, OTHER, START, Desk, outcomes, report, table
from tests.judge.signing import smime_signed


@pytest.fixture(scope="module")
def signers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Holder]:
    folder = tmp_path_factory.mktemp("signers")
    return {officer: dated(folder, officer) for officer in (CLINIC, OTHER)}


@pytest.fixture(autouse=True)
def registered(desk: Desk, signers: dict[str, Holder]) -> None:
    known = {
        name: Certificate(name, name, "smime", holder.fingerprint, BEGINS, ENDS, holder.pem)
        for name, holder in signers.items()
    }
    desk.secrets.envelopes = Envelopes(Path("/nowhere"), known)


def signed(desk: Desk, by: Holder, department: str = "bailu_clinic", sender: str = CLINIC) -> bytes:
    """A mail with a report, signed in clear as mail programs do."""
    return smime_signed(by, desk.message(sender, [report(department=department)]))


def test_the_signature_proves_it(desk: Desk, signers: dict[str, Holder]) -> None:
    judged = desk.judge(signed(desk, signers[CLINIC], sender="someone@elsewhere.example"))
    assert judged.proof
    assert (judged.proof.kind, judged.proof.officer) == (ProofKind.SMIME, CLINIC)
    assert judged.proof.key == signers[CLINIC].fingerprint
    assert outcomes(judged) == [("rejected", "proof_too_weak")]  # the clinics agreed to no signatures


def test_so_it_does_signed_and_encrypted_by_keys_on_curves(desk: Desk, tmp_path: Path) -> None:
    ours, officer = dated(tmp_path, "ours", ec.SECP384R1()), dated(tmp_path, CLINIC, ec.SECP256R1())
    (tmp_path / "smime.key").write_text(ours.both)
    known = Certificate(CLINIC, CLINIC, "smime", officer.fingerprint, BEGINS, ENDS, officer.pem)
    desk.secrets.envelopes = Envelopes(tmp_path, {CLINIC: known})
    desk.agree(proofs=frozenset({ProofKind.SMIME}), must_be_sealed=True, protections=frozenset({Protection.SMIME}))
    signed_mail = signed(desk, officer, sender="someone@elsewhere.example")
    head, _, body = signed_mail.partition(b"MIME-Version: 1.0\r\n")
    sealed = openssl("cms", "-encrypt", "-aes256", "-binary", ours.certificate, data=b"MIME-Version: 1.0\r\n" + body)
    judged = desk.judge(head + sealed.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    assert judged.proof == Proof(ProofKind.SMIME, CLINIC, key=officer.fingerprint)
    assert outcomes(judged) == [("accepted", None)]
    assert not judged.submissions[0].no_integrity


def test_a_login_of_the_same_officer_says_more(desk: Desk, signers: dict[str, Holder]) -> None:
    judged = desk.judge(signed(desk, signers[CLINIC]), CLINIC)
    assert judged.proof and judged.proof.kind is ProofKind.SUBMISSION
    assert outcomes(judged) == [("accepted", None)]


def test_what_another_officer_signed_is_theirs_whoever_passes_it_on(desk: Desk, signers: dict[str, Holder]) -> None:
    judged = desk.judge(signed(desk, signers[OTHER], "songquan_clinic"), CLINIC)
    assert judged.proof
    assert (judged.proof.kind, judged.proof.officer) == (ProofKind.SMIME, OTHER)
    assert [one.department for one in judged.submissions] == ["songquan_clinic"]


def test_a_signature_that_does_not_fit_is_told_as_forged(desk: Desk, signers: dict[str, Holder]) -> None:
    message = signed(desk, signers[CLINIC])
    broken = message.replace(base64.b64encode(table()[:12]), base64.b64encode(table()[3:15]))
    assert broken != message
    judged = desk.judge(broken)
    assert (judged.quarantined, judged.refusal) == (True, "forged")


def test_where_nothing_is_held_nobody_is_known() -> None:
    secrets = NoSecrets()
    assert secrets.passwords("health") == ()
    assert secrets.identity("age", START, ()) is None
    assert secrets.signer("smime", "ab", START) is Refusal.KEY_UNKNOWN
