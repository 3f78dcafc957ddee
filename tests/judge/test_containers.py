"""What lies in containers is judged as if it lay by itself, and proven by what encloses it; with real handlers."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
import pytest

from gateway.core.agreement import ProofKind, Protection
from gateway.core.facts import Judged
from gateway.demo.senders import File, SigningDomain
from tests.handlers.zips import Entry, archive
from tests.judge.desk import CLINIC, FLOW, MONTH, NAME, OTHER, Desk, body, outcomes, report, table
from tests.judge.wrapped import forwarded, zipped, zipped_aes, zipped_weakly

STRANGER = "someone@elsewhere.example"
PASSWORD = b"clinic-2026-winter"
PROTECTED = {"must_be_sealed": True, "protections": frozenset({Protection.AES_ZIP})}


def why_left(judged: Judged) -> list[str]:
    return [one.why for one in judged.ignored]


def receipt(desk: Desk, officer: str = CLINIC) -> dict[str, object]:
    letter = desk.letters_to(officer, "receipt")[-1]
    [data] = [part.get_content() for part in letter.iter_attachments() if part.get_filename() == "receipt.json"]
    told = orjson.loads(data)
    assert isinstance(told, dict)
    return told


def test_a_table_in_an_archive_is_accepted_and_named_with_it(desk: Desk) -> None:
    judged = desk.judge(desk.message(CLINIC, [zipped([report()])]), CLINIC)
    assert outcomes(judged) == [("accepted", None)]
    assert f"文件：报表.zip 里的 {NAME}" in body(desk.letters_to(CLINIC, "receipt")[0])
    assert [file["name"] for file in receipt(desk)["files"]] == [f"报表.zip/{NAME}"]  # type: ignore[attr-defined]


def test_archives_in_archives_are_opened_and_refused_beyond_a_depth(desk: Desk) -> None:
    file = report()
    for _ in range(7):
        file = zipped([file])
    assert outcomes(desk.judge(desk.message(CLINIC, [file]), CLINIC)) == [("accepted", None)]
    judged = desk.judge(desk.message(CLINIC, [zipped([file])]), CLINIC)
    assert outcomes(judged) == [("rejected", "too_deep")]
    assert "套着太多层文件" in body(desk.letters_to(CLINIC, "receipt")[-1])


def test_an_archive_s_own_name_may_tell_the_period(desk: Desk) -> None:
    [sheet] = [File("表.csv", table())]
    judged = desk.judge(desk.message(CLINIC, [zipped([sheet], "卫生院婴儿死亡2026年12月.zip")]), CLINIC)
    assert outcomes(judged) == [("accepted", None)]
    assert judged.submissions[0].period == MONTH


def test_a_bomb_is_told_as_one_and_the_rest_is_taken(desk: Desk) -> None:
    bomb = zipped([File("表.csv", bytes(30_000_000))], "大.zip")
    judged = desk.judge(desk.message(CLINIC, [bomb, report()]), CLINIC)
    assert outcomes(judged) == [("rejected", "bomb"), ("accepted", None)]


def test_what_is_no_report_in_an_archive_is_told_with_the_archive_s_name(desk: Desk) -> None:
    judged = desk.judge(desk.message(CLINIC, [zipped([report(), File("照片.jpg", b"\xff\xd8\xff")])]), CLINIC)
    assert (outcomes(judged), why_left(judged)) == ([("accepted", None)], ["no_report"])
    assert "报表.zip 里的 照片.jpg：不是报表" in body(desk.letters_to(CLINIC, "receipt")[0])


def test_the_same_table_in_an_archive_and_beside_it_counts_once(desk: Desk) -> None:
    judged = desk.judge(desk.message(CLINIC, [zipped([report()]), report()]), CLINIC)
    assert (outcomes(judged), why_left(judged)) == ([("accepted", None)], ["twin"])


# --- seals within ---


def wrappings(desk: Desk, sealed: File) -> dict[str, bytes]:
    mail = desk.message(STRANGER, [sealed])
    return {
        "in an archive": desk.message(STRANGER, [zipped([sealed])]),
        "in an archive in an archive": desk.message(STRANGER, [zipped([zipped([sealed])])]),
        "in an attached mail": forwarded(desk.message(STRANGER), mail),
    }


@pytest.mark.parametrize("wrapping", ["in an archive", "in an archive in an archive", "in an attached mail"])
def test_a_seal_proves_itself_wherever_it_lies(desk: Desk, wrapping: str) -> None:
    sealed = desk.sealed(CLINIC, [report()])
    judged = desk.judge(wrappings(desk, sealed)[wrapping])
    assert outcomes(judged) == [("accepted", None)]
    assert judged.proof and (judged.proof.kind, judged.proof.officer) == (ProofKind.SEAL, CLINIC)


def test_what_lies_beside_a_seal_in_the_same_archive_is_not_the_seal_s(desk: Desk) -> None:
    judged = desk.judge(desk.message(STRANGER, [zipped([desk.sealed(CLINIC, [report(3)]), report(1)])]))
    assert (outcomes(judged), why_left(judged)) == ([("accepted", None)], ["beside_seal"])
    assert judged.submissions[0].rows == 3


def test_an_archive_in_a_seal_is_the_seal_s_and_of_the_period_that_its_list_names(desk: Desk) -> None:
    judged = desk.judge(desk.message(STRANGER, [desk.sealed(CLINIC, [zipped([File("表.csv", table())])])]))
    assert outcomes(judged) == [("accepted", None)]
    assert (judged.submissions[0].dataflow, judged.submissions[0].key is not None) == (FLOW, True)


# --- mails within mails ---


def test_a_forwarded_report_is_the_forwarder_s(desk: Desk) -> None:
    inner = desk.message(OTHER, [report()])
    judged = desk.judge(forwarded(desk.message(CLINIC), inner), CLINIC)
    assert outcomes(judged) == [("accepted", None)]
    assert judged.proof and judged.proof.officer == CLINIC
    assert judged.submissions[0].department == "bailu_clinic"
    assert f"转发的邮件.eml 里的 {NAME}" in body(desk.letters_to(CLINIC, "receipt")[0])


def test_the_words_of_a_forwarded_mail_are_no_report(desk: Desk) -> None:
    mail = forwarded(desk.message(CLINIC, [report()]), desk.message(OTHER))
    judged = desk.judge(mail, CLINIC)
    assert (outcomes(judged), why_left(judged)) == ([("accepted", None)], [])


def test_an_inner_mail_proves_nobody(desk: Desk) -> None:
    """Neither its From nor its domain's signature."""
    signer = SigningDomain.make("civil-affairs.qinglan.example")
    desk.dns.records[f"{signer.selector}._domainkey.{signer.domain}"] = [signer.record.encode()]
    inner = signer.sign(desk.message("civil_affairs.reporter", [report()]))
    judged = desk.judge(forwarded(desk.message(STRANGER), inner), channel="imap")
    assert (judged.quarantined, judged.refusal, judged.names) == (True, "stranger", None)


def test_a_mail_that_a_robot_gives_back_is_not_looked_into(desk: Desk) -> None:
    """Else the table of findings in our own letter would be answered as a report, again and again."""
    ours = desk.message(CLINIC, [report()])
    judged = desk.judge(b"Auto-Submitted: auto-replied\r\n" + forwarded(desk.message(CLINIC), ours), CLINIC)
    assert (judged.refusal, judged.submissions, why_left(judged)) == ("automatic", (), ["returned"])


def test_a_robot_s_unproven_answer_with_our_mail_in_it_is_not_asked_about(desk: Desk) -> None:
    ours = desk.message(CLINIC, [report()])
    judged = desk.judge(b"Auto-Submitted: auto-replied\r\n" + forwarded(desk.message(CLINIC), ours))
    assert (judged.quarantined, judged.refusal) == (True, "automatic")
    assert desk.letters_to(CLINIC, "question") == []


def test_an_unproven_archive_is_asked_about(desk: Desk) -> None:
    judged = desk.judge(desk.message(CLINIC, [zipped([report()])]))
    assert (judged.quarantined, judged.refusal) == (True, "unconfirmed")
    assert len(desk.letters_to(CLINIC, "question")) == 1


# --- passwords ---


def shared(desk: Desk, *passwords: bytes, department: str = "bailu_clinic") -> None:
    desk.secrets.shared[department] = list(passwords)


@pytest.mark.parametrize("passwords", [[PASSWORD], [b"the-next-one", PASSWORD]])
def test_a_locked_archive_opens_with_a_password_shared_with_the_department(
    desk: Desk, passwords: Sequence[bytes]
) -> None:
    shared(desk, *passwords)
    desk.agree(**PROTECTED)
    judged = desk.judge(desk.message(CLINIC, [zipped_aes([report()], PASSWORD)]), CLINIC)
    assert outcomes(judged) == [("accepted", None)]


def test_another_department_s_password_opens_nothing(desk: Desk) -> None:
    shared(desk, PASSWORD, department="songquan_clinic")
    shared(desk, b"some-other-word")
    judged = desk.judge(desk.message(CLINIC, [zipped_aes([report()], PASSWORD)]), CLINIC)
    assert outcomes(judged) == [("rejected", "needs_password")]
    assert "没有与我们约定过这个密码" in body(desk.letters_to(CLINIC, "receipt")[0])


def test_where_protection_is_agreed_an_open_archive_is_none(desk: Desk) -> None:
    desk.agree(**PROTECTED)
    judged = desk.judge(desk.message(CLINIC, [zipped([report()])]), CLINIC)
    assert outcomes(judged) == [("rejected", "must_be_sealed")]


def test_old_encryption_is_taken_only_where_that_was_agreed_and_named_as_that(desk: Desk) -> None:
    shared(desk, PASSWORD)
    message = desk.message(CLINIC, [zipped_weakly([report()], PASSWORD)])
    assert outcomes(desk.judge(message, CLINIC)) == [("rejected", "weakly_encrypted")]
    assert "密码是旧式的" in body(desk.letters_to(CLINIC, "receipt")[0])
    desk.agree(allow_no_integrity=True, **PROTECTED)
    assert outcomes(desk.judge(message, CLINIC)) == [("accepted", None)]
    assert "内容在途中被改动也看不出来；按约定予以接收" in body(desk.letters_to(CLINIC, "receipt")[1])
    [verdict] = receipt(desk)["verdicts"]  # type: ignore[misc]
    assert verdict["no_integrity"] is True
    refused, accepted = desk.facts(Judged)
    assert [one.submissions[0].no_integrity for one in (refused, accepted)] == [True, True]
    [known] = desk.submissions(accepted.arrival)
    assert known.no_integrity


def test_old_encryption_in_a_seal_is_as_firm_as_the_seal(desk: Desk) -> None:
    shared(desk, PASSWORD)
    judged = desk.judge(desk.message(STRANGER, [desk.sealed(CLINIC, [zipped_weakly([report()], PASSWORD)])]))
    assert outcomes(judged) == [("accepted", None)]
    [verdict] = receipt(desk)["verdicts"]  # type: ignore[misc]
    assert "no_integrity" not in verdict and not judged.submissions[0].no_integrity


def by_password(desk: Desk) -> None:
    shared(desk, PASSWORD)
    desk.agree(proofs=frozenset({ProofKind.SEAL, ProofKind.PASSWORD}))


def test_opening_with_the_shared_password_is_a_proof_where_that_was_agreed(desk: Desk) -> None:
    by_password(desk)
    judged = desk.judge(desk.message(CLINIC, [zipped_aes([report()], PASSWORD), report(1, name="旁边.csv")]))
    assert judged.proof and (judged.proof.kind, judged.proof.officer) == (ProofKind.PASSWORD, CLINIC)
    assert (outcomes(judged), why_left(judged)) == ([("accepted", None)], ["beside_locked"])
    text = body(desk.letters_to(CLINIC, "receipt")[0])
    assert "约定的密码打开了文件" in text
    assert "旁边.csv：不在以约定密码加密的文件里" in text


def test_where_no_agreement_takes_a_password_as_proof_it_is_not_tried(desk: Desk) -> None:
    shared(desk, PASSWORD)
    judged = desk.judge(desk.message(CLINIC, [zipped_aes([report()], PASSWORD)]))
    assert (judged.quarantined, judged.refusal) == (True, "unconfirmed")


def test_a_seal_that_only_a_password_brings_out_is_what_proves(desk: Desk) -> None:
    by_password(desk)
    judged = desk.judge(desk.message(CLINIC, [zipped_aes([desk.sealed(CLINIC, [report()])], PASSWORD)]))
    assert judged.proof and judged.proof.kind is ProofKind.SEAL
    assert outcomes(judged) == [("accepted", None)]


@pytest.mark.parametrize("sender", [OTHER, STRANGER])
def test_the_password_proves_nobody_of_another_department(desk: Desk, sender: str) -> None:
    by_password(desk)
    assert desk.judge(desk.message(sender, [zipped_aes([report()], PASSWORD)])).quarantined


def test_old_encryption_proves_nothing(desk: Desk) -> None:
    by_password(desk)
    desk.agree(allow_no_integrity=True)
    assert desk.judge(desk.message(CLINIC, [zipped_weakly([report()], PASSWORD)])).quarantined


def test_an_archive_in_which_something_lies_open_proves_nothing(desk: Desk) -> None:
    by_password(desk)
    entries = [Entry(b"a.csv", table(), password=PASSWORD), Entry(b"b.csv", table(1))]
    assert desk.judge(desk.message(CLINIC, [File("x.zip", archive(entries))])).quarantined


def test_a_locked_file_sent_again_by_whoever_has_it_takes_back_no_correction(desk: Desk) -> None:
    by_password(desk)
    old, new = (desk.message(CLINIC, [zipped_aes([report(rows)], PASSWORD)]) for rows in (3, 2))
    told = [outcomes(desk.judge(mail)) for mail in (old, new, old)]
    assert told == [[("accepted", None)], [("accepted", None)], [("duplicate", None)]]
