"""Queries of a report that somebody signed are explained by a reply that is signed by the same officer."""

from __future__ import annotations

import re
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import orjson
import pytest

from gateway.core.agreement import ProofKind, Protection
from gateway.core.facts import Explained, Proof
from gateway.core.parties import Certificate
from gateway.keyring import Envelopes
from tests.handlers.gnupg import GnuPG
from tests.handlers.openssl import BEGINS, ENDS, Holder, dated
from tests.judge.desk import CLINIC, HEALTH, Desk, body, outcomes
from tests.judge.queried import BIRTHS, MAN, PLAIN, attached, counts, letter, reply, report, row, said
from tests.judge.signing import pgp_encrypted, pgp_inline, pgp_signed, smime_signed

TEXT = "双胞胎，在外地出生"
ELSEWHERE = "someone@elsewhere.example"
OFFICE, OFFICER, STRANGER = "office", "officer", "stranger"

Sign = Callable[[bytes, str], bytes]
"""A mail, signed by the holder of this name."""


@pytest.fixture(scope="module")
def keys(gpg: GnuPG) -> dict[str, str]:
    made = {name: gpg.make(name, "ed25519") for name in (OFFICE, OFFICER, STRANGER)}
    gpg.add_encrypting(made[OFFICE], "cv25519")
    return made


@pytest.fixture(scope="module")
def holders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Holder]:
    folder = tmp_path_factory.mktemp("holders")
    return {name: dated(folder, name) for name in (OFFICER, STRANGER)}


@pytest.fixture(autouse=True)
def registered(desk: Desk, gpg: GnuPG, keys: dict[str, str], holders: dict[str, Holder], tmp_path: Path) -> None:
    """Both certificates of the officer count, and the office has a key that mail can be encrypted to."""
    (tmp_path / "openpgp.key").write_text(gpg.private(keys[OFFICE]))
    holder = holders[OFFICER]
    known = (
        Certificate("p", HEALTH, "openpgp", keys[OFFICER], BEGINS, ENDS, gpg.public(keys[OFFICER])),
        Certificate("s", HEALTH, "smime", holder.fingerprint, BEGINS, ENDS, holder.pem),
    )
    desk.secrets.envelopes = Envelopes(tmp_path, {one.id: one for one in known})
    proofs = desk.rules.agreements[f"health/{BIRTHS}"].proofs
    desk.agree(BIRTHS, "health", proofs=proofs | {ProofKind.OPENPGP, ProofKind.SMIME})


@pytest.fixture
def ways(gpg: GnuPG, keys: dict[str, str], holders: dict[str, Holder]) -> dict[str, Sign]:
    return {
        "S/MIME in clear": lambda mail, by: smime_signed(holders[by], mail),
        "S/MIME opaque": lambda mail, by: smime_signed(holders[by], mail, "-nodetach"),
        "PGP/MIME": lambda mail, by: pgp_signed(gpg, keys[by], mail),
        "OpenPGP inline": lambda mail, by: pgp_inline(gpg, keys[by], mail),
        "encrypted": lambda mail, by: pgp_encrypted(gpg, keys[OFFICE], keys[by], mail),
    }


WAYS = ("S/MIME in clear", "S/MIME opaque", "PGP/MIME", "OpenPGP inline", "encrypted")


@pytest.fixture(params=WAYS)
def sign(request: pytest.FixtureRequest, ways: dict[str, Sign]) -> Sign:
    return ways[request.param]


def asked(desk: Desk, sign: Sign) -> EmailMessage:
    """The letter that asks about a report, which a signature alone proves."""
    judged = desk.judge(sign(desk.message(ELSEWHERE, [report()]), OFFICER))
    assert judged.proof and judged.proof.kind in (ProofKind.OPENPGP, ProofKind.SMIME)
    assert (judged.proof.officer, outcomes(judged)) == (HEALTH, [("accepted", None)])
    return letter(desk)


def test_a_reply_that_is_signed_like_the_report_explains_it(desk: Desk, sign: Sign) -> None:
    to = asked(desk, sign)
    (of,) = (one.submission for one in desk.submissions(arrival_of(to)))
    judged = desk.judge(sign(reply(desk, to, f"3：{TEXT}\n6 母亲公民身份号码：已核对", ELSEWHERE), OFFICER))
    assert judged.proof and judged.proof.kind in (ProofKind.OPENPGP, ProofKind.SMIME)
    assert outcomes(judged) == [("explained", None)]
    assert said(desk, of) == {3: {"birth_date": TEXT}, 6: {"mother_id_number": "已核对"}}
    assert counts(desk) == [(2, 0, 2, 2)]
    assert "还有 2 处待说明" in body(letter(desk))


def arrival_of(to: EmailMessage) -> str:
    arrival: str = orjson.loads(attached(to)["receipt.json"])["arrival"]
    return arrival


def test_a_reply_that_is_signed_by_a_stranger_explains_nothing_and_is_not_answered(desk: Desk, sign: Sign) -> None:
    to, sent = asked(desk, sign), len(desk.mail.sent)
    judged = desk.judge(sign(reply(desk, to, f"全部：{TEXT}", ELSEWHERE), STRANGER))
    assert (judged.quarantined, judged.refusal, desk.facts(Explained)) == (True, "stranger", [])
    assert len(desk.mail.sent) == sent


def test_under_the_officers_address_a_stranger_s_signature_is_asked_about(desk: Desk, sign: Sign) -> None:
    judged = desk.judge(sign(reply(desk, asked(desk, sign), f"全部：{TEXT}"), STRANGER))
    assert (judged.quarantined, judged.refusal, desk.facts(Explained)) == (True, "unconfirmed", [])


def test_an_unsigned_reply_is_a_weaker_proof_than_the_signature(desk: Desk, ways: dict[str, Sign]) -> None:
    arrival = desk.arrive(reply(desk, asked(desk, ways["S/MIME in clear"]), f"全部：{TEXT}"))
    desk.settle()
    assert desk.verdict(arrival).quarantined
    judged = desk.admit(arrival, HEALTH)
    assert outcomes(judged) == [("explained", "proof_too_weak")]
    assert "原报送的身份证明比这封信更可靠" in body(letter(desk)) and desk.facts(Explained) == []


def test_the_letter_says_that_the_reply_is_to_be_signed_and_to_quote_it(desk: Desk, ways: dict[str, Sign]) -> None:
    told = body(asked(desk, ways["PGP/MIME"]))
    assert "可以直接回复本信（保留下面的原文，并像报送时一样签名）" in told


def test_a_signature_speaks_for_its_text_and_not_for_what_the_mail_says_it_answers(desk: Desk, sign: Sign) -> None:
    judged = desk.judge(sign(reply(desk, asked(desk, sign), f"全部：{TEXT}", ELSEWHERE, quote=False), OFFICER))
    assert (outcomes(judged), judged.refusal, desk.facts(Explained)) == ([], "nothing_found", [])


def test_a_login_counts_for_what_is_signed_too(desk: Desk, sign: Sign) -> None:
    """Whoever logs in and signs all mail is understood as surely as whoever only does one of both."""
    desk.judge(sign(desk.message(HEALTH, [report()]), OFFICER), HEALTH)
    judged = desk.judge(sign(reply(desk, letter(desk), f"全部：{TEXT}"), OFFICER), HEALTH)
    assert judged.proof == Proof(ProofKind.SUBMISSION, HEALTH)
    assert outcomes(judged) == [("explained", None)] and counts(desk) == [(4, 0, 4, 0)]


def test_so_does_a_yes_and_a_one_time_code_in_a_signed_text(desk: Desk, ways: dict[str, Sign]) -> None:
    """Signed by a certificate that nobody registered: the login, or the code, is what proves it."""
    wrong = report((row(1).replace(",1,", ",男,"), *PLAIN[1:]))
    desk.judge(ways["OpenPGP inline"](desk.message(HEALTH, [wrong]), STRANGER), HEALTH)
    judged = desk.judge(ways["S/MIME opaque"](reply(desk, letter(desk), "同意"), STRANGER), HEALTH)
    assert [(one.verdict, one.becomes) for one in judged.submissions] == [("accepted", "replacement")]
    desk.agree(BIRTHS, "health", proofs=frozenset({ProofKind.CONFIRMED}))
    waiting = desk.judge(ways["S/MIME opaque"](desk.message(HEALTH, [report()]), STRANGER))
    assert waiting.refusal == "unconfirmed"
    (question,) = desk.letters_to(HEALTH, "question")
    (code,) = set(re.findall(r"GW(?:-\w{4}){3}", body(question)))
    judged = desk.judge(ways["S/MIME opaque"](desk.message(HEALTH, [], f"是我们发的。确认码 {code}"), STRANGER))
    assert judged.confirms == waiting.arrival


def test_what_another_officer_signed_says_nothing_in_the_name_of_whoever_passes_it_on(
    desk: Desk, gpg: GnuPG, keys: dict[str, str], ways: dict[str, Sign]
) -> None:
    desk.judge(desk.message(HEALTH, [report()]), HEALTH)
    theirs = Certificate("o", CLINIC, "openpgp", keys[STRANGER], BEGINS, ENDS, gpg.public(keys[STRANGER]))
    desk.secrets.envelopes = Envelopes(Path("/nowhere"), {"o": theirs})
    for way in ("PGP/MIME", "OpenPGP inline"):
        judged = desk.judge(ways[way](reply(desk, letter(desk), f"全部：{TEXT}"), STRANGER), HEALTH)
        assert judged.proof and judged.proof.officer == CLINIC
    text = f"全部：{TEXT}\n\n" + "\n".join(f"> {line}" for line in body(letter(desk)).splitlines())
    theirs_in_line = gpg.run("--clearsign", "-u", keys[STRANGER], data=text.encode()).decode()
    judged = desk.judge(desk.message(HEALTH, [report((row(9),))], theirs_in_line), HEALTH)
    assert (judged.proof, outcomes(judged)) == (Proof(ProofKind.SUBMISSION, HEALTH), [("accepted", None)])
    assert desk.facts(Explained) == []


# --- what came encrypted ---


def test_what_came_encrypted_is_explained_encrypted_and_by_nothing_that_is_only_signed(
    desk: Desk, ways: dict[str, Sign]
) -> None:
    to = asked(desk, ways["encrypted"])
    answer = reply(desk, to, f"3：{TEXT}", ELSEWHERE)
    assert outcomes(desk.judge(ways["PGP/MIME"](answer, OFFICER))) == [("explained", "must_be_sealed")]
    assert desk.facts(Explained) == []
    assert outcomes(desk.judge(ways["encrypted"](answer, OFFICER))) == [("explained", None)]
    assert counts(desk) == [(1, 0, 1, 3)]
    told = letter(desk).as_string() + body(letter(desk))
    assert TEXT not in told and MAN not in told


def test_what_must_come_encrypted_is_explained_in_an_encryption_that_the_agreement_names(
    desk: Desk, ways: dict[str, Sign]
) -> None:
    desk.agree(BIRTHS, "health", must_be_sealed=True, protections=frozenset({Protection.OPENPGP}))
    answer = reply(desk, asked(desk, ways["encrypted"]), f"3：{TEXT}", ELSEWHERE)
    desk.agree(BIRTHS, "health", protections=frozenset({Protection.SMIME}))
    assert outcomes(desk.judge(ways["encrypted"](answer, OFFICER))) == [("explained", "must_be_sealed")]
    desk.agree(BIRTHS, "health", protections=frozenset({Protection.OPENPGP}))
    assert outcomes(desk.judge(ways["encrypted"](answer, OFFICER))) == [("explained", None)]
