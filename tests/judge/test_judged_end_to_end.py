"""Who gets what accepted, and who is answered: real seals, a real sandbox, a real ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from nacl.bindings import crypto_box_seal

from gateway.core.agreement import ProofKind
from gateway.core.duty import Judge
from gateway.core.facts import Confirmed, Discarded, Judged, Written
from gateway.demo.senders import File, SigningDomain
from gateway.judge.proving import codes_in
from gateway.perform.judging import judge as perform_judge
from handlers.sealed import unlock, write
from tests.judge.desk import (
    CLINIC,
    FLOW,
    HEALTH,
    MONTH,
    NAME,
    OTHER,
    POLICE,
    Desk,
    body,
    outcomes,
    report,
    table,
)

STRANGER = "someone@elsewhere.example"


def receipts(desk: Desk, officer: str) -> int:
    return len(desk.letters_to(officer, "receipt"))


def why_left(judged: Judged) -> list[str]:
    return [one.why for one in judged.ignored]


# --- seals ---


def test_a_sealed_report_is_accepted_and_answered_wherever_it_came_from(desk: Desk) -> None:
    judged = desk.judge(desk.message(STRANGER, [desk.sealed(CLINIC, [report()])]))
    assert outcomes(judged) == [("accepted", None)]
    assert [letter["To"] for letter in desk.letters_to(CLINIC, "receipt")] == [desk.address(CLINIC)]
    assert all(recipient != STRANGER for recipient, _ in desk.mail.sent)


def test_what_lies_beside_a_seal_is_not_taken_as_its_officer_s(desk: Desk) -> None:
    judged = desk.judge(desk.message(STRANGER, [desk.sealed(CLINIC, [report(3)]), report(1)]))
    assert outcomes(judged) == [("accepted", None)]
    assert judged.submissions[0].rows == 3
    assert why_left(judged) == ["beside_seal"]
    assert "密封文件之外" in body(desk.letters_to(CLINIC, "receipt")[0])


def test_an_old_seal_with_a_stranger_s_table_beside_it_changes_nothing(desk: Desk) -> None:
    sealed = desk.sealed(CLINIC, [report(3)])
    desk.judge(desk.message(CLINIC, [sealed]))
    again = desk.judge(desk.message(CLINIC, [sealed, report(1)]))
    assert outcomes(again) == [("duplicate", None)]
    with desk.store.view() as view:
        accepted = view.accepted("bailu_clinic", FLOW, MONTH)
    assert accepted and accepted.rows == 3


def test_beside_a_seal_a_table_needs_the_login_of_the_same_officer(desk: Desk) -> None:
    births = desk.sealed(CLINIC, [], dataflow="clinic_births")
    judged = desk.judge(desk.message(CLINIC, [births, report()]), CLINIC)
    assert outcomes(judged) == [("accepted", None), ("accepted", None)]
    assert judged.proof and judged.proof.kind is ProofKind.SUBMISSION
    assert [one.key is not None for one in judged.submissions] == [True, False]


def test_somebody_else_s_seal_in_a_mail_of_one_s_own_is_left(desk: Desk) -> None:
    judged = desk.judge(
        desk.message(CLINIC, [desk.sealed(OTHER, [report(department="songquan_clinic")]), report()]), CLINIC
    )
    assert [one.department for one in judged.submissions] == ["bailu_clinic"]
    assert why_left(judged) == ["other_officer"]
    assert (receipts(desk, CLINIC), receipts(desk, OTHER)) == (1, 0)


def test_a_seal_passed_on_by_another_department_is_its_signer_s(desk: Desk) -> None:
    judged = desk.judge(desk.message(CLINIC, [desk.sealed(OTHER, [report(department="songquan_clinic")])]), CLINIC)
    assert judged.proof and judged.proof.officer == OTHER
    assert judged.submissions[0].department == "songquan_clinic"
    assert (receipts(desk, CLINIC), receipts(desk, OTHER)) == (0, 1)


def test_of_several_officers_seals_the_first_speaks_and_the_others_are_left(desk: Desk) -> None:
    files = [
        desk.sealed(OTHER, [report(department="songquan_clinic")]),
        desk.sealed(CLINIC, [report()], name="b.sealed"),
    ]
    judged = desk.judge(desk.message(STRANGER, files))
    assert [one.department for one in judged.submissions] == ["songquan_clinic"]
    assert why_left(judged) == ["other_officer"]


def test_nobody_seals_for_another_department(desk: Desk) -> None:
    forged = desk.sealed(CLINIC, [report(department="songquan_clinic")], sender="songquan_clinic")
    judged = desk.judge(desk.message(STRANGER, [forged]))
    assert (judged.quarantined, judged.refusal) == (True, "forged")
    assert receipts(desk, CLINIC) == receipts(desk, OTHER) == 0


def test_the_hand_over_list_must_name_us(desk: Desk) -> None:
    judged = desk.judge(desk.message(STRANGER, [desk.sealed(CLINIC, [report()], recipient="health")]))
    assert outcomes(judged) == [("rejected", "wrong_recipient")]


def test_a_recipient_cannot_seal_it_again_for_us(desk: Desk) -> None:
    """What the clinic sealed for the health bureau comes to us as it was, and with our own slot put before it."""
    told = desk.manifest(CLINIC)
    for_health = b"".join(write([], told, [desk.site.keys[HEALTH].public.sealing], desk.site.keys[CLINIC].signing_seed))
    content_key = unlock(for_health, [desk.site.keys[HEALTH].sealing_private])
    ours = desk.site.own.sealing_public
    slot = ours[:8] + crypto_box_seal(content_key, ours)
    rewrapped = for_health[:8] + bytes([2]) + slot + for_health[9:]
    for data in (for_health, rewrapped):
        assert desk.judge(desk.message(STRANGER, [File("x.sealed", data)])).quarantined


@pytest.mark.parametrize("signed", [datetime(2019, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)])
def test_the_sender_s_own_clock_counts_for_nothing(desk: Desk, signed: datetime) -> None:
    judged = desk.judge(desk.message(STRANGER, [desk.sealed(CLINIC, [report()], signed=signed)]))
    assert outcomes(judged) == [("accepted", None)]


def test_rows_that_the_hand_over_list_does_not_name_are_not_taken(desk: Desk) -> None:
    file = report(2)
    judged = desk.judge(desk.message(CLINIC, [desk.sealed(CLINIC, [file], rows={file.name: 3})]))
    assert outcomes(judged) == [("rejected", "manifest_mismatch")]
    assert "写明 3 行，表中实有 2 行" in body(desk.letters_to(CLINIC, "receipt")[0])


def test_a_nil_sheet_under_a_list_that_names_rows_is_not_taken(desk: Desk) -> None:
    file = report(0)
    nil = File(file.name, file.data + "本期无数据\r\n".encode())
    judged = desk.judge(desk.message(CLINIC, [desk.sealed(CLINIC, [nil], rows={nil.name: 3})]))
    assert outcomes(judged) == [("rejected", "manifest_mismatch")]


@pytest.mark.parametrize("period", ["2026-99-99", "0000-M01", "9999-M12", "9999-12-31", "0001-A1"])
def test_a_period_of_no_calendar_is_refused_and_harms_nobody(desk: Desk, period: str) -> None:
    judged = desk.judge(desk.message(CLINIC, [desk.sealed(CLINIC, [report()], period=period)]))
    assert outcomes(judged) == [("rejected", "period_unknown")]
    assert not desk.died


def test_a_sealed_file_that_is_damaged_is_told_as_what_it_is(desk: Desk) -> None:
    sealed = desk.sealed(CLINIC, [report()])
    broken = File(sealed.name, sealed.data[:-1] + bytes([sealed.data[-1] ^ 1]))
    assert desk.judge(desk.message(STRANGER, [broken])).refusal == "damaged"
    assert outcomes(desk.judge(desk.message(CLINIC, [broken]), CLINIC)) == [("rejected", "damaged")]


def test_a_key_of_an_officer_who_is_gone_proves_nothing(desk: Desk) -> None:
    sealed = desk.sealed(CLINIC, [report()])
    desk.without(CLINIC)
    judged = desk.judge(desk.message(STRANGER, [sealed]))
    assert (judged.quarantined, judged.refusal) == (True, "key_unknown")


def test_a_revoked_key_proves_nothing_of_what_comes_afterwards(desk: Desk) -> None:
    key = desk.site.keys[CLINIC].public
    desk.configure(keys={**desk.rules.keys, key.id: replace(key, revoked=desk.clock.now())})
    judged = desk.judge(desk.message(STRANGER, [desk.sealed(CLINIC, [report()])]))
    assert (judged.quarantined, judged.refusal) == (True, "key_revoked")


# --- channels ---


def test_a_login_proves_whatever_from_says(desk: Desk) -> None:
    judged = desk.judge(desk.message(OTHER, [report()]), CLINIC)
    assert judged.proof and (judged.proof.kind, judged.proof.officer) == (ProofKind.SUBMISSION, CLINIC)
    assert judged.submissions[0].department == "bailu_clinic"
    assert receipts(desk, OTHER) == 0


def test_a_login_of_somebody_who_is_gone_proves_nothing(desk: Desk) -> None:
    desk.without(CLINIC)
    judged = desk.judge(desk.message(STRANGER, [report()]), CLINIC)
    assert (judged.quarantined, judged.refusal, judged.submissions) == (True, "stranger", ())


def test_a_report_that_is_another_department_s_is_not_owed(desk: Desk) -> None:
    judged = desk.judge(desk.message(CLINIC, [desk.sealed(CLINIC, [report()], dataflow="registered_births")]))
    assert outcomes(judged) == [("rejected", "not_owed")]


def test_a_file_in_an_officer_s_folder_is_theirs_and_answered_there(desk: Desk) -> None:
    judged = desk.judge(table(), CLINIC, "folder", name=report().name)
    assert outcomes(judged) == [("accepted", None)]
    assert [recipient for recipient, _ in desk.folder.sent] == [CLINIC]


def test_somebody_else_s_seal_in_a_folder_is_answered_by_mail(desk: Desk) -> None:
    sealed = desk.sealed(OTHER, [report(department="songquan_clinic")])
    judged = desk.judge(sealed.data, CLINIC, "folder", name=sealed.name)
    assert judged.proof and judged.proof.officer == OTHER
    assert (receipts(desk, OTHER), len(desk.folder.sent)) == (1, 0)


SIGNER = SigningDomain.make("civil-affairs.qinglan.example")
DNS = f"{SIGNER.selector}._domainkey.{SIGNER.domain}"
CIVIL = "civil_affairs.reporter"


def test_dkim_proves_a_registered_address_of_its_domain(desk: Desk) -> None:
    desk.dns.records[DNS] = [SIGNER.record.encode()]
    judged = desk.judge(SIGNER.sign(desk.message(CIVIL, [File("x.csv", b"a,b\r\n1,2\r\n")])), channel="imap")
    assert judged.proof and (judged.proof.kind, judged.proof.domain) == (ProofKind.DKIM, SIGNER.domain)
    assert outcomes(judged) == [("rejected", "dataflow_unknown")]


def test_unsigned_mail_of_a_domain_that_signs_is_forged_and_not_asked_about(desk: Desk) -> None:
    judged = desk.judge(desk.message(CIVIL, [report()]), channel="imap")
    assert (judged.quarantined, judged.refusal, judged.names) == (True, "forged", CIVIL)
    assert desk.letters_to(CIVIL, "question") == []


def test_with_the_dns_in_trouble_nothing_is_decided(desk: Desk) -> None:
    desk.dns.trouble = True
    arrival = desk.arrive(SIGNER.sign(desk.message(CIVIL, [report()])), channel="imap")
    other = desk.arrive(desk.message(CIVIL, [report()]), CIVIL)
    met = perform_judge(desk.office, [Judge(arrival), Judge(other, CIVIL)])
    assert set(met) == {f"judge/{arrival}"}
    assert desk.verdict(other).proof
    desk.dns.trouble = False
    desk.dns.records[DNS] = [SIGNER.record.encode()]
    perform_judge(desk.office, [Judge(arrival)])
    assert desk.verdict(arrival).proof


def test_a_domain_s_mail_with_another_department_s_seal_is_the_seal_s(desk: Desk) -> None:
    desk.dns.records[DNS] = [SIGNER.record.encode()]
    message = desk.message(CIVIL, [desk.sealed(CLINIC, [report()])])
    judged = desk.judge(SIGNER.sign(message), channel="imap")
    assert judged.proof and (judged.proof.kind, judged.proof.officer) == (ProofKind.SEAL, CLINIC)


def test_a_domain_s_old_mail_sent_again_does_not_take_back_a_correction(desk: Desk) -> None:
    """The clinics agreed to DKIM too, so let one write from the domain that signs."""
    clinic = desk.rules.departments["bailu_clinic"]
    address = f"clinic@{SIGNER.domain}"
    officer = replace(clinic.officers[0], addresses=(address,))
    desk.configure(departments={**desk.rules.departments, "bailu_clinic": replace(clinic, officers=(officer,))})
    desk.dns.records[DNS] = [SIGNER.record.encode()]
    old, new = (SIGNER.sign(desk.message(address, [report(rows)])) for rows in (3, 2))
    assert [outcomes(desk.judge(mail, channel="imap")) for mail in (old, new, old)] == [
        [("accepted", None)],
        [("accepted", None)],
        [("duplicate", None)],
    ]
    with desk.store.view() as view:
        accepted = view.accepted("bailu_clinic", FLOW, MONTH)
    assert accepted and accepted.rows == 2


# --- one-time codes ---


def asked(desk: Desk) -> tuple[Judged, str]:
    """An unproven mail of the clinic, and the code with which it can be confirmed."""
    judged = desk.judge(desk.message(CLINIC, [report()]))
    [question] = desk.letters_to(CLINIC, "question")
    [code] = codes_in([body(question)])
    return judged, code


def test_an_unproven_mail_is_kept_and_only_the_registered_address_is_asked(desk: Desk) -> None:
    judged, _ = asked(desk)
    assert (judged.quarantined, judged.refusal, judged.names) == (True, "unconfirmed", CLINIC)
    assert receipts(desk, CLINIC) == 0


def test_the_code_given_back_proves_it(desk: Desk) -> None:
    judged, code = asked(desk)
    reply = desk.judge(desk.message(CLINIC, text=f"是的。\r\n> 确认码：{code.lower()}"))
    assert reply.confirms == judged.arrival
    again = desk.verdict(judged.arrival)
    assert again.proof and again.proof.kind is ProofKind.CONFIRMED
    assert outcomes(again) == [("accepted", None)]
    assert receipts(desk, CLINIC) == 1  # of the report, not of the reply


def test_a_code_works_once(desk: Desk) -> None:
    _, code = asked(desk)
    for _ in range(2):
        desk.judge(desk.message(CLINIC, text=code))
    assert len(desk.facts(Confirmed)) == 1
    assert not desk.died


@pytest.mark.parametrize("sender", [STRANGER, OTHER])
def test_somebody_else_s_answer_confirms_nothing(desk: Desk, sender: str) -> None:
    _, code = asked(desk)
    desk.judge(desk.message(sender, text=code), OTHER if sender == OTHER else None)
    assert desk.facts(Confirmed) == []


def test_an_automatic_reply_that_quotes_the_letter_confirms_nothing(desk: Desk) -> None:
    _, code = asked(desk)
    automatic = b"Auto-Submitted: auto-replied\r\n" + desk.message(CLINIC, text=f"外出。> {code}")
    desk.judge(automatic)
    assert desk.facts(Confirmed) == []


def test_an_automatic_reply_without_anything_in_it_is_told_to_nobody(desk: Desk) -> None:
    judged = desk.judge(b"Auto-Submitted: auto-replied\r\n" + desk.message(CLINIC, text="外出。"))
    assert (judged.quarantined, judged.refusal) == (True, "automatic")
    assert desk.letters_to(CLINIC, "question") == desk.letters_to(CLINIC, "receipt") == []


def test_an_unproven_mail_that_holds_no_report_is_not_asked_about(desk: Desk) -> None:
    judged = desk.judge(desk.message(CLINIC, text="您好。"))
    assert (judged.quarantined, judged.refusal, judged.names) == (True, "nothing_found", CLINIC)
    assert desk.letters_to(CLINIC, "question") == []


def test_a_guessed_code_confirms_nothing(desk: Desk) -> None:
    _, code = asked(desk)
    guessed = code[:-1] + ("0" if code[-1] != "0" else "1")
    desk.judge(desk.message(CLINIC, text=guessed))
    assert desk.facts(Confirmed) == []


def test_what_counts_is_when_the_code_was_had(desk: Desk) -> None:
    _, code = asked(desk)
    message = desk.message(CLINIC, text=code)
    in_time, late = desk.clock.now() + timedelta(days=6), desk.clock.now() + timedelta(days=8)
    desk.clock.instant = late
    desk.judge(message)
    assert desk.facts(Confirmed) == []
    desk.clock.instant = in_time
    arrival = desk.arrive(message)
    desk.clock.instant = late  # the gateway was down meanwhile
    desk.settle()
    assert desk.verdict(arrival).confirms


def test_what_a_person_discarded_stays_discarded(desk: Desk) -> None:
    judged, code = asked(desk)
    desk.store.append([Discarded(desk.clock.now(), judged.arrival, "admin", "why")]).result()
    desk.judge(desk.message(CLINIC, text=code))
    assert desk.facts(Confirmed) == []


def test_by_login_a_code_is_enough_without_any_report(desk: Desk) -> None:
    judged, code = asked(desk)
    reply = desk.judge(desk.message(CLINIC, text=code), CLINIC)
    assert (reply.confirms, reply.refusal) == (judged.arrival, None)


def test_what_an_administrator_admits_is_judged_as_that_officer_s(desk: Desk) -> None:
    quarantined = desk.judge(desk.message(STRANGER, [report()]))
    assert (quarantined.refusal, quarantined.names) == ("stranger", None)
    judged = desk.admit(quarantined.arrival, CLINIC)
    assert judged.proof and judged.proof.kind is ProofKind.ADMITTED
    assert outcomes(judged) == [("accepted", None)]


# --- what is in a mail ---


def test_no_attachment_at_all_is_explained(desk: Desk) -> None:
    judged = desk.judge(desk.message(CLINIC, text="见上周的邮件"), CLINIC)
    assert (judged.refusal, judged.submissions) == ("nothing_found", ())
    assert "没有找到报送的表格" in body(desk.letters_to(CLINIC, "receipt")[0])


def test_pictures_are_named_and_left(desk: Desk) -> None:
    judged = desk.judge(desk.message(CLINIC, [File("照片.png", b"\x89PNG\r\n")]), CLINIC)
    assert (judged.refusal, why_left(judged)) == ("nothing_found", ["no_report"])
    assert "照片.png：不是报表" in body(desk.letters_to(CLINIC, "receipt")[0])


def test_the_same_file_attached_twice_counts_once(desk: Desk) -> None:
    judged = desk.judge(desk.message(CLINIC, [report(), report(name="副本.csv")]), CLINIC)
    assert (outcomes(judged), why_left(judged)) == ([("accepted", None)], ["twin"])


def test_two_different_files_for_one_report_are_both_sent_back(desk: Desk) -> None:
    judged = desk.judge(desk.message(CLINIC, [report(2), report(3)]), CLINIC)
    assert outcomes(judged) == [("rejected", "twice_in_one")] * 2


@pytest.mark.parametrize(
    ("name", "data"), [("报表.xls", b"\xd0\xcf\x11\xe0"), ("a.PDF", b"%PDF-1.4"), ("r.rar", b"Rar!\x1a\x07\x01\x00")]
)
def test_what_we_cannot_read_is_explained(desk: Desk, name: str, data: bytes) -> None:
    judged = desk.judge(desk.message(CLINIC, [File(name, data)]), CLINIC)
    assert outcomes(judged) == [("rejected", "unsupported")]
    assert name in body(desk.letters_to(CLINIC, "receipt")[0])


def test_an_empty_file_is_empty_and_not_unsupported(desk: Desk) -> None:
    assert outcomes(desk.judge(b"", CLINIC, "folder", name="r.xls")) == [("rejected", "empty")]


def test_errors_are_found_and_told(desk: Desk) -> None:
    judged = desk.judge(desk.message(CLINIC, [report(sex="7")]), CLINIC)
    assert outcomes(judged) == [("rejected", "findings")]
    assert judged.submissions[0].errors == 2
    letter = desk.letters_to(CLINIC, "receipt")[0]
    assert [part.get_filename() for part in letter.iter_attachments()] == [
        "receipt.json",
        NAME.replace(".csv", "（已标出）.xlsx"),
        f"findings-{judged.submissions[0].submission}.csv",
    ]


def test_a_nil_return_in_a_sheet_counts(desk: Desk) -> None:
    file = report(0)
    judged = desk.judge(desk.message(CLINIC, [File(file.name, file.data + "本期无数据\r\n".encode())]), CLINIC)
    assert outcomes(judged) == [("accepted", None)]
    assert judged.submissions[0].nil


def test_what_was_too_large_to_take_in_is_told_to_whom_the_channel_proves(desk: Desk) -> None:
    judged = desk.judge(b"", CLINIC, "folder", name="big.csv", oversized="99999999")
    assert (judged.quarantined, judged.refusal, judged.submissions) == (False, "too_large", ())
    assert desk.judge(b"From: x\r\n\r\n", channel="imap", oversized="99999999").quarantined


def test_a_mail_of_no_bytes_is_explained_to_whom_the_channel_proves(desk: Desk) -> None:
    assert desk.judge(b"", CLINIC).refusal == "empty"
    assert desk.judge(b"").quarantined


def test_a_fact_holds_nothing_that_the_sender_wrote(desk: Desk) -> None:
    file = File("秘密文件名.csv", table(2) + "张三,X,Y,Z\r\n".encode())
    judged = desk.judge(desk.message(CLINIC, [file], "秘密正文", "秘密主题"), CLINIC)
    assert judged.submissions
    lines = b"".join(desk.store.receipt_proof(index).line for index, _ in desk.store.entries())
    for word in ("秘密", "张三", "449921100201", "2026-11-01"):
        assert word.encode() not in lines


def test_the_same_mail_twice_gets_the_same_receipt_even_before_the_first_was_answered(desk: Desk) -> None:
    message = desk.message(CLINIC, [report()])
    first, second = desk.arrive(message, CLINIC), desk.arrive(message, CLINIC)
    desk.settle()
    assert [outcomes(desk.verdict(one)) for one in (first, second)] == [[("accepted", None)], [("duplicate", None)]]
    one, two = desk.letters_to(CLINIC, "receipt")
    [receipt] = [part.get_content() for part in one.iter_attachments()]
    enclosed = {part.get_filename(): part.get_content() for part in two.iter_attachments()}
    assert enclosed[f"receipt-{first}.json"] == receipt


def test_a_verdict_is_given_once(desk: Desk) -> None:
    judged = desk.judge(desk.message(CLINIC, [report()]), CLINIC)
    letters = len(desk.facts(Written))
    perform_judge(desk.office, [Judge(judged.arrival)])
    assert len(desk.facts(Judged)) == 1 and len(desk.facts(Written)) == letters


def test_the_police_must_seal(desk: Desk) -> None:
    flow = desk.rules.dataflows["registered_births"]
    header = ",".join(one.titles.zh_CN for one in flow.fields)
    file = File("出生登记2026年12月.csv", f"{header}\r\n本期无数据\r\n".encode())
    assert outcomes(desk.judge(desk.message(POLICE, [file]), POLICE)) == [("rejected", "proof_too_weak")]
