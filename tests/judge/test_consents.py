"""Repairs of reports that are proven by what they came in: agreed to by a sealed list of changes, or a signed reply."""

from __future__ import annotations

import hashlib
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway.checks.tables import read_table
from gateway.core.agreement import ProofKind, Protection
from gateway.core.facts import Judged, RepairOffered, RepairTaken
from gateway.core.parties import Certificate
from gateway.demo.senders import File
from gateway.handler import Limits
from gateway.keyring import Envelopes
from gateway.ledger.rebuild import check
from gateway.release.consenting import consent as consent_to
from gateway.release.consenting import offers_in
from gateway.release.sealing import Public
from handlers import sealed
from tests.handlers.gnupg import GnuPG
from tests.handlers.openssl import BEGINS, ENDS, Holder, dated
from tests.judge.desk import CLINIC, FLOW, MONTH, OTHER, Desk, body, outcomes, report
from tests.judge.signing import pgp_encrypted, smime_signed

OBLIGATION = f"bailu_clinic/{FLOW}/{MONTH}"
SECRET = "男"  # stands in no letter that travels in the open


def rejected(desk: Desk, sequence: int = 1) -> EmailMessage:
    """A sealed report in which every sex is written as a word; the letter that offers to mend it."""
    desk.agree(must_be_sealed=True)
    judged = desk.judge(desk.message(CLINIC, [desk.sealed(CLINIC, [report(sex=SECRET)], sequence)]))
    assert outcomes(judged) == [("rejected", "findings")]
    return desk.letters_to(CLINIC, "receipt")[-1]


def sealed_part(letter: EmailMessage) -> bytes:
    (data,) = [one.get_payload(decode=True) for one in letter.iter_attachments() if "sealed" in str(one.get_filename())]
    assert isinstance(data, bytes)
    return data


def enclosed(desk: Desk, letter: EmailMessage, officer: str = CLINIC) -> dict[str, bytes]:
    """What lies in the sealed file that came with the letter."""
    data = sealed_part(letter)
    unlocked = sealed.unlock_for(data, [desk.site.keys[officer].sealing_private])
    return {part.name: part.data for part in sealed.open_parts(data, Limits(), unlocked.content_key).parts}


def listed(desk: Desk, letter: EmailMessage) -> tuple[str, bytes]:
    """The submission that the one offered list of changes is about, and the list."""
    ((name, data),) = [(name, data) for name, data in enclosed(desk, letter).items() if name.endswith(".json")]
    submission = name.removeprefix("repairs-").removesuffix(".json")
    assert orjson.loads(data)["submission"] == submission
    return submission, data


def consent(desk: Desk, letter: EmailMessage, sequence: int = 2, officer: str = CLINIC, **changes: Any) -> File:
    """The list sealed back, as the page does when its reader agrees."""
    submission, data = listed(desk, letter)
    return desk.sealed(officer, [File(f"agreed-{submission}.json", data)], sequence, **changes)


def agree(desk: Desk, letter: EmailMessage, sequence: int = 2, sender: str = "someone@elsewhere.example") -> Judged:
    return desk.judge(desk.message(sender, [consent(desk, letter, sequence)]))


def accepted_rows(desk: Desk, judged: Judged) -> list[str]:
    return list(read_table(desk.store.read_all(judged.submissions[0].table or "", 1 << 20))["sex"])


# --- by a sealed list ---


def test_the_list_of_changes_sealed_back_makes_the_repaired_report_count(desk: Desk) -> None:
    judged = agree(desk, rejected(desk))
    (verdict,) = judged.submissions
    assert (verdict.verdict, verdict.becomes, verdict.version, verdict.rows) == ("accepted", "replacement", 2, 2)
    assert accepted_rows(desk, judged) == ["1", "1"]
    assert judged.proof and judged.proof.kind is ProofKind.SEAL
    assert "按您的同意，自动改正了 2 处" in body(desk.letters_to(CLINIC, "receipt")[-1])
    assert [one.of for one in desk.facts(RepairTaken)] == [one.submission for one in desk.facts(RepairOffered)]


def test_what_the_command_line_makes_is_taken(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "f.sealed").write_bytes(sealed_part(rejected(desk)))
    own, office = desk.site.keys[CLINIC], desk.site.own
    public = Public("lead", office.verifying[0], office.sealing_public)
    (offered,) = offers_in(tmp_path / "f.sealed", own, public)
    assert [(one.row, one.column, one.old, one.new) for one in offered.changes] == [
        (2, 1, SECRET, "1"), (3, 1, SECRET, "1"),
    ]  # fmt: skip
    judged = desk.judge(desk.message(CLINIC, [File("a.sealed", consent_to(offered, own, [public], desk.clock.now()))]))
    assert outcomes(judged) == [("accepted", None)]


def test_the_letter_that_offers_it_quotes_nothing_and_says_how_to_agree(desk: Desk) -> None:
    letter = rejected(desk)
    _, data = listed(desk, letter)
    assert "这 2 处错误都可以按“建议”自动改正。如果同意，请用“密封报送”页面" in body(letter)
    assert SECRET not in body(letter)
    told = orjson.loads(data)
    assert [(one["row"], one["column"], one["old"], one["new"]) for one in told["changes"]] == [
        (2, 1, SECRET, "1"), (3, 1, SECRET, "1"),
    ]  # fmt: skip
    (offer,) = desk.facts(RepairOffered)
    assert (offer.digest, offer.protected) == (hashlib.sha256(data).hexdigest(), True)


def test_sent_again_it_counts_once_whether_the_same_bytes_or_sealed_anew(desk: Desk) -> None:
    letter = rejected(desk)
    one = consent(desk, letter)
    first = desk.judge(desk.message(CLINIC, [one]))
    for again in (one, consent(desk, letter, sequence=3)):
        judged = desk.judge(desk.message(CLINIC, [again]))
        assert outcomes(judged) == [("duplicate", None)]
        assert judged.submissions[0].duplicate_of == first.submissions[0].submission
    assert len(desk.facts(RepairTaken)) == 1


def test_it_lapses_when_a_newer_report_came_and_changes_nothing(desk: Desk) -> None:
    letter = rejected(desk)
    newer = desk.judge(desk.message(CLINIC, [desk.sealed(CLINIC, [report(3)], sequence=2)]))
    judged = agree(desk, letter, sequence=3)
    assert outcomes(judged) == [("rejected", "offer_lapsed")]
    with desk.store.view() as view:
        standing = view.standing(OBLIGATION)
    assert standing and standing.accepted == newer.submissions[0].submission


def test_beside_a_newer_report_in_the_same_mail_it_has_lapsed(desk: Desk) -> None:
    letter = rejected(desk)
    newer = desk.sealed(CLINIC, [report(3)], sequence=2, name="new.sealed")
    judged = desk.judge(desk.message(CLINIC, [newer, consent(desk, letter, sequence=3)]))
    assert outcomes(judged) == [("accepted", None), ("rejected", "offer_lapsed")]
    assert [one.submission.rpartition(".")[2] for one in judged.submissions] == ["1", "2"]


def test_the_consent_to_an_earlier_list_does_not_take_a_later_one(desk: Desk) -> None:
    stale = rejected(desk)
    rejected(desk, sequence=2)
    judged = agree(desk, stale, sequence=3)
    assert outcomes(judged) == [("rejected", "offer_lapsed")]
    assert desk.facts(RepairTaken) == []


def test_a_refused_consent_does_not_stand_in_the_way_of_a_good_one(desk: Desk) -> None:
    letter = rejected(desk)
    submission, data = listed(desk, letter)
    wrong = desk.sealed(CLINIC, [File(f"agreed-{submission}.json", data.replace(b'"1"', b'"2"'))], 2)
    assert outcomes(desk.judge(desk.message(CLINIC, [wrong]))) == [("rejected", "offer_unknown")]
    assert outcomes(agree(desk, letter, sequence=3)) == [("accepted", None)]


@pytest.mark.parametrize(
    "changes", [{"period": "2026-M11"}, {"dataflow": "clinic_births"}, {"dataflow": "nothing_known"}]
)
def test_a_list_under_a_wrong_heading_is_unknown(desk: Desk, changes: dict[str, str]) -> None:
    judged = desk.judge(desk.message(CLINIC, [consent(desk, rejected(desk), **changes)]))
    assert outcomes(judged) == [("rejected", "offer_unknown")]
    assert "不是我们寄给您的那一份" in body(desk.letters_to(CLINIC, "receipt")[-1])


def test_another_department_cannot_take_it(desk: Desk) -> None:
    letter = rejected(desk)
    judged = desk.judge(desk.message(OTHER, [consent(desk, letter, officer=OTHER)]))
    assert outcomes(judged) == [("rejected", "offer_unknown")]
    assert judged.submissions[0].department == "songquan_clinic"
    assert desk.facts(RepairTaken) == []


def test_a_plain_yes_is_no_consent_to_what_a_seal_proved(desk: Desk) -> None:
    letter = rejected(desk)
    quoted = "\n".join(f"> {line}" for line in body(letter).splitlines())
    judged = desk.judge(desk.message(CLINIC, [], f"同意\n\n{quoted}", f"回复：{letter['Subject']}"), CLINIC)
    assert outcomes(judged) == [("rejected", "proof_too_weak")]
    assert outcomes(agree(desk, letter)) == [("accepted", None)]


def test_the_words_beside_a_seal_are_no_consent(desk: Desk) -> None:
    letter = rejected(desk)
    other = desk.sealed(CLINIC, [report()], 2, dataflow="clinic_births")
    quoted = "\n".join(f"> {line}" for line in body(letter).splitlines())
    desk.judge(desk.message("someone@elsewhere.example", [other], f"同意\n\n{quoted}", str(letter["Subject"])))
    assert desk.facts(RepairTaken) == []


def test_an_agreed_list_among_other_files_is_an_odd_file_of_a_report(desk: Desk) -> None:
    letter = rejected(desk)
    submission, data = listed(desk, letter)
    both = desk.sealed(CLINIC, [File(f"agreed-{submission}.json", data), report(4)], 2)
    judged = desk.judge(desk.message(CLINIC, [both]))
    assert sorted(outcomes(judged)) == [("accepted", None), ("rejected", "unsupported")]
    assert desk.facts(RepairTaken) == []


def test_two_copies_in_one_mail_are_one_consent_and_an_archive_around_it_is_none_the_less(desk: Desk) -> None:
    from tests.judge.wrapped import zipped

    letter = rejected(desk)
    copies = [consent(desk, letter), zipped([consent(desk, letter, sequence=3)])]
    judged = desk.judge(desk.message(CLINIC, copies))
    assert (outcomes(judged), judged.refusal) == ([("accepted", None)], None)


def test_a_robot_may_send_a_sealed_consent(desk: Desk) -> None:
    letter = rejected(desk)
    data = b"Auto-Submitted: auto-generated\r\n" + desk.message(CLINIC, [consent(desk, letter)])
    judged = desk.judge(data)
    assert (outcomes(judged), judged.refusal) == ([("accepted", None)], None)
    assert "自动改正了 2 处" in body(desk.letters_to(CLINIC, "receipt")[-1])


def test_the_ledger_made_anew_knows_the_same(desk: Desk) -> None:
    judged = agree(desk, rejected(desk))
    with desk.store.view() as view:
        offer = view.repair_taken_as(judged.submissions[0].submission)
    assert offer and offer.protected
    assert desk.store.maintain(lambda connection: check(connection, desk.store.entries())).result() == []


# --- by a signed reply ---


@pytest.fixture(scope="module")
def holder(tmp_path_factory: pytest.TempPathFactory) -> Holder:
    return dated(tmp_path_factory.mktemp("signers"), CLINIC)


@pytest.fixture
def certified(desk: Desk, holder: Holder) -> Holder:
    """The clinic's certificate is registered, and its agreement takes signatures and mail that is encrypted so."""
    known = Certificate(CLINIC, CLINIC, "smime", holder.fingerprint, BEGINS, ENDS, holder.pem)
    desk.secrets.envelopes = Envelopes(Path("/nowhere"), {CLINIC: known})
    desk.agree(proofs=frozenset({ProofKind.SMIME}), protections=frozenset({Protection.SMIME}))
    return holder


def reply_to(desk: Desk, letter: EmailMessage, *, quote: bool = True) -> bytes:
    below = "\n".join(f"> {line}" for line in body(letter).splitlines()) if quote else ""
    mail = desk.message("someone@elsewhere.example", [], f"同意\n\n{below}", f"回复：{letter['Subject']}")
    return f"In-Reply-To: {letter['Message-ID']}\r\n".encode() + mail


def rejected_signed(desk: Desk, by: Holder) -> EmailMessage:
    judged = desk.judge(smime_signed(by, desk.message("someone@elsewhere.example", [report(sex=SECRET)])))
    assert judged.proof and judged.proof.kind is ProofKind.SMIME
    assert outcomes(judged) == [("rejected", "findings")]
    return desk.letters_to(CLINIC, "receipt")[-1]


@pytest.mark.parametrize("options", [(), ("-nodetach",)], ids=["in clear", "opaque"])
def test_a_yes_signed_as_the_report_was_takes_the_repair(
    desk: Desk, certified: Holder, options: tuple[str, ...]
) -> None:
    letter = rejected_signed(desk, certified)
    assert "像报送时一样给回信签名" in body(letter)
    judged = desk.judge(smime_signed(certified, reply_to(desk, letter), *options))
    assert judged.proof and judged.proof.kind is ProofKind.SMIME
    assert outcomes(judged) == [("accepted", None)]
    assert accepted_rows(desk, judged) == ["1", "1"]
    again = desk.judge(smime_signed(certified, reply_to(desk, letter), *options))
    assert outcomes(again) == [("duplicate", None)]


def test_a_signature_speaks_for_its_text_and_not_for_the_fields_above_it(desk: Desk, certified: Holder) -> None:
    letter = rejected_signed(desk, certified)
    judged = desk.judge(smime_signed(certified, reply_to(desk, letter, quote=False)))
    assert (outcomes(judged), judged.refusal) == ([], "nothing_found")


def test_words_put_around_a_signed_mail_agree_to_nothing(desk: Desk, certified: Holder) -> None:
    letter = rejected_signed(desk, certified)
    harmless = smime_signed(certified, desk.message("someone@elsewhere.example", [], "您好，请查收。"))
    head, _, inner = harmless.partition(b"\r\n\r\n")
    kind = next(
        line for line in head.replace(b"\r\n\t", b" ").replace(b"\r\n ", b" ").split(b"\r\n") if b"signed" in line
    )
    below = "\r\n".join(f"> {line}" for line in body(letter).splitlines())
    whole = (
        b"From: someone@elsewhere.example\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=around\r\n\r\n--around\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        + f"同意\r\n\r\n{below}\r\n".encode()
        + b"--around\r\n" + kind + b"\r\n\r\n" + inner + b"\r\n--around--\r\n"
    )  # fmt: skip
    judged = desk.judge(whole)
    assert judged.proof and judged.proof.kind is ProofKind.SMIME
    assert desk.facts(RepairTaken) == []


def test_an_unsigned_yes_to_a_signed_report_is_not_enough(desk: Desk, certified: Holder) -> None:
    letter = rejected_signed(desk, certified)
    arrival = desk.arrive(reply_to(desk, letter).replace(b"someone@elsewhere.example", desk.address(CLINIC).encode()))
    desk.settle()
    judged = desk.admit(arrival, CLINIC)
    assert outcomes(judged) == [("rejected", "proof_too_weak")]


def test_a_yes_signed_with_openpgp_takes_the_repair_of_a_protected_report(
    desk: Desk, gpg: GnuPG, tmp_path: Path
) -> None:
    office, signer = gpg.make("office", "ed25519"), gpg.make("clinic", "ed25519")
    gpg.add_encrypting(office, "cv25519")
    (tmp_path / "openpgp.key").write_text(gpg.private(office))
    known = Certificate(CLINIC, CLINIC, "openpgp", signer, BEGINS, ENDS, gpg.public(signer))
    desk.secrets.envelopes = Envelopes(tmp_path, {CLINIC: known})
    desk.agree(
        proofs=frozenset({ProofKind.OPENPGP}), must_be_sealed=True, protections=frozenset({Protection.OPENPGP})
    )  # fmt: skip
    mail = desk.message("someone@elsewhere.example", [report(sex=SECRET)])
    assert outcomes(desk.judge(pgp_encrypted(gpg, office, signer, mail))) == [("rejected", "findings")]
    letter = desk.letters_to(CLINIC, "receipt")[-1]
    assert SECRET not in body(letter) and "给回信签名" in body(letter)
    judged = desk.judge(pgp_encrypted(gpg, office, signer, reply_to(desk, letter)))
    assert judged.proof and judged.proof.kind is ProofKind.OPENPGP
    assert outcomes(judged) == [("accepted", None)]
    only_signed = signed_file(desk, gpg.run("--armor", "--sign", "-u", signer, data=reply_text(letter)))
    assert outcomes(desk.judge(only_signed)) == [("duplicate", None)]


def reply_text(letter: EmailMessage) -> bytes:
    return "\n".join(["Content-Type: text/plain; charset=utf-8", "", "同意", "", body(letter)]).encode()


def signed_file(desk: Desk, data: bytes) -> bytes:
    """A mail whose one attachment somebody signed with gpg alone."""
    return desk.message("someone@elsewhere.example", [File("reply.eml.asc", data)])
