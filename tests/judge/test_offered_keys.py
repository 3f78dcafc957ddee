"""Public keys that come by mail: found wherever they lie, noted as offered, and of no effect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from gateway import keyring
from gateway.core.agreement import ProofKind
from gateway.core.facts import Judged, KeyOffered
from gateway.core.parties import PublicKey
from gateway.demo.senders import File
from gateway.judge.offered_keys import MOST, TOLD, UNPROVEN_KEPT
from gateway.judge.proving import codes_in
from gateway.keyring import PrivateKey, public_line
from gateway.wiring import SystemChance
from tests.judge.desk import CLINIC, OTHER, START, Desk, body, outcomes, report

BEGINS = datetime(2026, 12, 1, tzinfo=UTC)
Draw = Callable[..., PrivateKey]


@pytest.fixture
def draw(tmp_path: Path) -> Draw:
    """A new pair of an officer's own, as the page or the command draws it."""

    def drawn(officer: str = CLINIC, number: str = "2027", days: int = 730) -> PrivateKey:
        path = tmp_path / f"{officer}-{number}.key"
        return keyring.new_officer_key(officer, number, BEGINS, BEGINS + timedelta(days=days), SystemChance(), path)

    return drawn


def pub(key: PublicKey, name: str = "") -> File:
    printed = keyring.fingerprint(key.signing, key.sealing)
    return File(name or f"{key.id}.pub", f"# {key.officer}: {printed}\n{public_line(key)}\n".encode())


def offers(desk: Desk) -> list[KeyOffered]:
    return desk.facts(KeyOffered)


def told(desk: Desk, officer: str = CLINIC) -> str:
    return body(desk.letters_to(officer, "receipt")[-1])


# --- where it may lie ---


def test_an_attached_key_is_noted_and_answered(desk: Desk, draw: Draw) -> None:
    key = draw().public
    judged = desk.judge(desk.message(CLINIC, [pub(key)]), CLINIC)
    (offer,) = offers(desk)
    printed = keyring.fingerprint(key.signing, key.sealing)
    assert (offer.officer, offer.fingerprint, offer.arrival) == (CLINIC, printed, judged.arrival)
    assert (offer.proof, offer.sealed_by) == (ProofKind.SUBMISSION, None)
    assert (judged.quarantined, judged.refusal, judged.submissions, judged.ignored) == (False, None, (), ())
    assert desk.store.read_all(offer.blob, 1_000).decode() == f"{public_line(key)}\n"
    assert f"{key.id}：{TOLD['offered'][0]}" in told(desk)


def test_the_letter_does_not_show_the_digits_that_are_to_be_read_from_the_officers_own_machine(
    desk: Desk, draw: Draw
) -> None:
    key = draw().public
    desk.judge(desk.message(CLINIC, [pub(key)]), CLINIC)
    digits = keyring.fingerprint(key.signing, key.sealing)
    assert digits.split()[0] not in told(desk)


def html(line: str) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "office@bailu.example", "report@qinglan.example", "公钥"
    message.set_content(f"<p>您好</p><div><b>{line}</b></div>", subtype="html")
    return message.as_bytes()


def pasted(line: str) -> str:
    return f"您好，公钥如下：\n\n{line}\n\n谢谢"


@pytest.mark.parametrize(
    "written",
    [
        pasted,
        lambda line: pasted(line.replace(" ", "\n")),
        lambda line: pasted(line.replace(" ", "  \r\n   ")),
        lambda line: f"{line} 此致",
    ],
)
def test_a_pasted_key_is_noted_however_the_line_was_broken(
    desk: Desk, draw: Draw, written: Callable[[str], str]
) -> None:
    desk.judge(desk.message(CLINIC, text=written(public_line(draw().public))), CLINIC)
    assert len(offers(desk)) == 1


def test_a_key_in_html_alone_is_noted(desk: Desk, draw: Draw) -> None:
    desk.judge(html(public_line(draw().public)), CLINIC)
    assert len(offers(desk)) == 1


def test_a_key_file_in_an_officers_own_folder_is_noted(desk: Desk, draw: Draw) -> None:
    key = draw().public
    desk.judge(pub(key).data, CLINIC, "folder", name=f"{key.id}.pub")
    assert [offer.proof for offer in offers(desk)] == [ProofKind.FOLDER]


def test_a_key_in_a_text_file_is_no_report(desk: Desk, draw: Draw) -> None:
    judged = desk.judge(desk.message(CLINIC, [pub(draw().public, "公钥.txt")]), CLINIC)
    assert (len(offers(desk)), judged.submissions, judged.ignored) == (1, (), ())


def test_a_key_attached_and_pasted_is_one_offer(desk: Desk, draw: Draw) -> None:
    key = draw().public
    desk.judge(desk.message(CLINIC, [pub(key), pub(key, "copy.pub")], public_line(key)), CLINIC)
    assert len(offers(desk)) == 1


def test_a_report_beside_a_key_is_judged_as_ever(desk: Desk, draw: Draw) -> None:
    judged = desk.judge(desk.message(CLINIC, [report(), pub(draw().public)]), CLINIC)
    assert outcomes(judged) == [("accepted", None)]
    assert len(offers(desk)) == 1
    assert TOLD["offered"][0] in told(desk)


def test_of_many_keys_the_first_few_are_looked_at(desk: Desk, draw: Draw) -> None:
    keys = [pub(draw(number=str(number)).public) for number in range(2030, 2030 + MOST + 2)]
    desk.judge(desk.message(CLINIC, keys), CLINIC)
    assert len(offers(desk)) == MOST


# --- how it is proven ---


def test_a_new_key_sealed_with_the_present_one_says_so(desk: Desk, draw: Draw) -> None:
    judged = desk.judge(desk.message("someone@elsewhere.example", [desk.sealed(CLINIC, [pub(draw().public)])]))
    (offer,) = offers(desk)
    assert (offer.officer, offer.proof, offer.sealed_by) == (CLINIC, ProofKind.SEAL, f"{CLINIC}-2026")
    assert (judged.quarantined, judged.submissions) == (False, ())
    assert TOLD["offered"][0] in told(desk)


def test_a_report_sealed_together_with_a_key_is_accepted(desk: Desk, draw: Draw) -> None:
    judged = desk.judge(desk.message(CLINIC, [desk.sealed(CLINIC, [report(), pub(draw().public)])]))
    assert outcomes(judged) == [("accepted", None)]
    assert [offer.sealed_by for offer in offers(desk)] == [f"{CLINIC}-2026"]


def test_a_key_beside_a_seal_is_not_proven_by_it(desk: Desk, draw: Draw) -> None:
    """Whoever has an old sealed file could put a key of their own next to it."""
    mail = desk.message("someone@elsewhere.example", [desk.sealed(CLINIC, [report()]), pub(draw().public)])
    assert outcomes(desk.judge(mail)) == [("accepted", None)]
    assert offers(desk) == []
    assert TOLD["beside_seal"][0] in told(desk)


def test_a_key_beside_a_seal_counts_where_the_mail_itself_is_proven(desk: Desk, draw: Draw) -> None:
    desk.judge(
        desk.message(CLINIC, [desk.sealed(CLINIC, [report()]), report(name="x.csv"), pub(draw().public)]), CLINIC
    )
    assert [(offer.proof, offer.sealed_by) for offer in offers(desk)] == [(ProofKind.SUBMISSION, None)]


def test_a_key_that_only_an_address_speaks_for_is_noted_and_told_in_the_digest(desk: Desk, draw: Draw) -> None:
    judged = desk.judge(desk.message(CLINIC, [pub(draw().public)]))
    assert (judged.quarantined, judged.refusal, judged.names) == (True, "key_offered", CLINIC)
    assert [(offer.officer, offer.proof) for offer in offers(desk)] == [(CLINIC, None)]
    assert desk.letters_to(CLINIC, "receipt") == desk.letters_to(CLINIC, "question") == []
    desk.clock.instant += timedelta(days=1)  # the digest of the day was written
    desk.settle()
    assert "新公钥" in body(desk.letters_to(CLINIC, "digest")[-1])


@pytest.mark.parametrize("sender", ["someone@elsewhere.example", "someone@civil-affairs.qinglan.example"])
def test_a_strangers_key_is_not_noted(desk: Desk, draw: Draw, sender: str) -> None:
    judged = desk.judge(desk.message(sender, [pub(draw().public)]), channel="imap")
    assert judged.quarantined
    assert offers(desk) == []


def test_in_an_unproven_mail_with_a_report_the_key_waits_for_the_code(desk: Desk, draw: Draw) -> None:
    judged = desk.judge(desk.message(CLINIC, [report(), pub(draw().public)]))
    assert (judged.refusal, offers(desk)) == ("unconfirmed", [])
    [code] = codes_in([body(desk.letters_to(CLINIC, "question")[-1])])
    desk.judge(desk.message(CLINIC, text=code))
    assert outcomes(desk.verdict(judged.arrival)) == [("accepted", None)]
    assert [offer.proof for offer in offers(desk)] == [ProofKind.CONFIRMED]


# --- how often ---


def test_the_same_key_again_is_no_news_unless_it_is_better_proven(desk: Desk, draw: Draw) -> None:
    key = draw().public
    for officer in (None, None, CLINIC, CLINIC):
        desk.judge(desk.message(CLINIC, [pub(key)]), officer)
    desk.judge(desk.message(CLINIC, [desk.sealed(CLINIC, [pub(key)])]))
    desk.judge(desk.message(CLINIC, [pub(key)]), CLINIC)
    assert [(offer.proof, offer.sealed_by is not None) for offer in offers(desk)] == [
        (None, False), (ProofKind.SUBMISSION, False), (ProofKind.SEAL, True),
    ]  # fmt: skip


def test_in_an_officers_name_only_a_few_keys_a_week_are_noted_and_then_they_are_asked(desk: Desk, draw: Draw) -> None:
    verdicts: list[Judged] = []
    for number in range(UNPROVEN_KEPT + 1):
        verdicts.append(desk.judge(desk.message(CLINIC, [pub(draw(number=str(number)).public)])))
    assert [judged.refusal for judged in verdicts] == ["key_offered"] * UNPROVEN_KEPT + ["unconfirmed"]
    assert len(offers(desk)) == UNPROVEN_KEPT
    assert desk.letters_to(CLINIC, "question")
    desk.judge(desk.message(CLINIC, [pub(draw(number="mine").public)]), CLINIC)
    assert len(offers(desk)) == UNPROVEN_KEPT + 1  # a proven one is noted whatever else came
    desk.clock.instant += timedelta(days=8)
    desk.judge(desk.message(CLINIC, [pub(draw(number="later").public)]))
    assert len(offers(desk)) == UNPROVEN_KEPT + 2


# --- what is no offer ---


def refused(desk: Desk, data: bytes, officer: str | None = CLINIC) -> str:
    judged = desk.judge(data, officer)
    assert (judged.refusal, judged.quarantined) == (None, False)
    assert offers(desk) == []
    return told(desk)


def test_a_key_of_another_officer_is_not_noted(desk: Desk, draw: Draw) -> None:
    assert TOLD["other_officer"][0] in refused(desk, desk.message(CLINIC, [pub(draw(OTHER).public)]))


def test_a_key_that_another_officer_sealed_is_not_noted(desk: Desk, draw: Draw) -> None:
    text = refused(desk, desk.message(CLINIC, [desk.sealed(OTHER, [pub(draw().public)]), report(name="x.csv")]))
    assert TOLD["other_officer"][0] in text


def test_a_registered_key_is_known(desk: Desk) -> None:
    assert TOLD["registered"][0] in refused(desk, desk.message(CLINIC, [pub(desk.site.keys[CLINIC].public)]))


@pytest.mark.parametrize(
    "changes",
    [
        {"id": f"{CLINIC}-2026"},  # there is one
        {"id": "li-2027"},
        {"id": f"{CLINIC}-" + "7" * 100},
    ],
)
def test_an_id_that_is_taken_or_not_the_officers_is_not_noted(desk: Desk, draw: Draw, changes: dict[str, str]) -> None:
    key = replace(draw().public, **changes)
    assert TOLD["id_taken"][0] in refused(desk, desk.message(CLINIC, [pub(key)]))


def test_half_of_a_registered_key_is_not_noted(desk: Desk, draw: Draw) -> None:
    key = replace(draw().public, sealing=desk.site.keys[OTHER].public.sealing)
    assert TOLD["id_taken"][0] in refused(desk, desk.message(CLINIC, [pub(key)]))


@pytest.mark.parametrize("days", [1, 3_661])
def test_a_key_that_has_ended_or_hardly_ever_ends_is_not_noted(desk: Desk, draw: Draw, days: int) -> None:
    assert BEGINS + timedelta(days=1) < START
    assert TOLD["dates"][0] in refused(desk, desk.message(CLINIC, [pub(draw(days=days).public)]))


def test_a_key_with_a_point_that_is_none_is_not_noted(desk: Desk, draw: Draw) -> None:
    key = replace(draw().public, sealing=bytes(32))
    assert TOLD["unreadable"][0] in refused(desk, desk.message(CLINIC, [pub(key)]))


@pytest.mark.parametrize("broken", [lambda line: line.replace("=", "*"), lambda line: line.replace("T00:", "T99:")])
def test_a_key_that_cannot_be_read_is_told_so(desk: Desk, draw: Draw, broken: Callable[[str], str]) -> None:
    assert TOLD["unreadable"][0] in refused(desk, desk.message(CLINIC, text=broken(public_line(draw().public))))


def test_whoever_sends_the_private_file_is_told_that_it_is_lost(desk: Desk, draw: Draw, tmp_path: Path) -> None:
    draw()
    (private,) = tmp_path.glob("*.key")
    assert TOLD["private"][0] in refused(desk, desk.message(CLINIC, [File(private.name, private.read_bytes())]))


def test_a_robots_key_is_noted_without_a_letter(desk: Desk, draw: Draw) -> None:
    judged = desk.judge(b"Auto-Submitted: auto-replied\r\n" + desk.message(CLINIC, [pub(draw().public)]), CLINIC)
    assert judged.refusal == "automatic"
    assert desk.letters_to(CLINIC, "receipt") == []


def test_a_key_named_in_a_large_text_is_no_key_file(desk: Desk, draw: Draw) -> None:
    """The report stays a report, whatever is quoted in it."""
    big = report()
    data = big.data + b"," * 5_000 + public_line(draw().public).encode()
    judged = desk.judge(desk.message(CLINIC, [File("x.txt", data)]), CLINIC)
    assert len(judged.submissions) == 1


def test_an_offered_key_signs_nothing(desk: Desk, draw: Draw) -> None:
    pair = draw()
    desk.judge(desk.message(CLINIC, [pub(pair.public)]), CLINIC)
    desk.site.keys[CLINIC], old = pair, desk.site.keys[CLINIC]  # type: ignore[index]
    try:
        judged = desk.judge(desk.message("someone@elsewhere.example", [desk.sealed(CLINIC, [report()])]))
    finally:
        desk.site.keys[CLINIC] = old  # type: ignore[index]
    assert (judged.quarantined, judged.refusal) == (True, "key_unknown")
