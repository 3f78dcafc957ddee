"""Certain repairs: offered with the rejection, taken by a reply that is proven as surely, once."""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from email.message import EmailMessage
from typing import Any

import orjson
import pytest

from gateway.checks.tables import read_table
from gateway.core.agreement import ProofKind
from gateway.core.facts import Judged, RepairOffered, RepairTaken
from gateway.judge.repairs import listed
from gateway.ledger.rebuild import check
from tests.judge.desk import CLINIC, FLOW, MONTH, OTHER, Desk, body, outcomes, report

OBLIGATION = f"bailu_clinic/{FLOW}/{MONTH}"


def offered(desk: Desk, **given: Any) -> EmailMessage:
    """A report in which every sex is written as a word, rejected; the letter that offers to mend it."""
    judged = desk.judge(desk.message(CLINIC, [report(sex="男")], **given), CLINIC)
    assert outcomes(judged) == [("rejected", "findings")]
    return desk.letters_to(CLINIC, "receipt")[-1]


def reply(desk: Desk, letter: EmailMessage, text: str = "同意", sender: str = CLINIC, quote: bool = True) -> bytes:
    """As a mail program replies to a letter."""
    below = "\n".join(f"> {line}" for line in body(letter).splitlines()) if quote else ""
    data = desk.message(sender, [], f"{text}\n\n{below}", f"回复：{letter['Subject']}")
    return f"In-Reply-To: {letter['Message-ID']}\r\n".encode() + data


def test_the_letter_offers_what_is_certain_and_the_reply_makes_it_count(desk: Desk) -> None:
    letter = offered(desk)
    assert "以上 2 处错误都可以按“建议”自动改正" in body(letter)
    judged = desk.judge(reply(desk, letter), CLINIC)
    (verdict,) = judged.submissions
    assert (verdict.verdict, verdict.becomes, verdict.version, verdict.rows) == ("accepted", "replacement", 2, 2)
    assert read_table(desk.store.read_all(verdict.table or "", 1 << 20))["sex"].to_list() == ["1", "1"]
    with desk.store.view() as view:
        standing = view.standing(OBLIGATION)
        assert standing and standing.accepted == verdict.submission
    assert "按您的同意，自动改正了 2 处" in body(desk.letters_to(CLINIC, "receipt")[-1])


def test_both_versions_and_the_changes_are_kept_and_no_fact_holds_a_value(desk: Desk) -> None:
    desk.judge(reply(desk, offered(desk)), CLINIC)
    (offer,) = desk.facts(RepairOffered)
    (taken,) = desk.facts(RepairTaken)
    assert (offer.cells, offer.rows, taken.of) == (2, 2, offer.submission)
    told = orjson.loads(desk.store.read_all(offer.changes, 1 << 20))
    assert [(one["row"], one["column"], one["old"], one["new"]) for one in told["changes"]] == [
        (2, 1, "男", "1"), (3, 1, "男", "1"),
    ]  # fmt: skip
    with desk.store.view() as view:
        first = view.arrival(offer.arrival)
    assert first
    assert base64.b64encode(report(sex="男").data)[:60] in desk.store.read_all(first.blob, 1 << 20)
    assert not any("男" in str(fact) for _, fact in desk.store.entries())


def test_the_change_list_is_signed_into_the_receipt(desk: Desk) -> None:
    desk.judge(reply(desk, offered(desk)), CLINIC)
    receipt = next(desk.letters_to(CLINIC, "receipt")[-1].iter_attachments()).get_payload(decode=True)
    assert isinstance(receipt, bytes)
    (verdict,) = orjson.loads(receipt)["verdicts"]
    (offer,) = desk.facts(RepairOffered)
    assert [(one["row"], one["column"], one["code"]) for one in verdict["repairs"]] == [
        (2, 1, "code_title"), (3, 1, "code_title"),
    ]  # fmt: skip
    kept = listed(desk.store.read_all(offer.changes, 1 << 20))
    assert [one["digest"] for one in verdict["repairs"]] == [one.digest for one in kept]
    assert "男" not in receipt.decode()


def test_said_twice_it_counts_once(desk: Desk) -> None:
    letter = offered(desk)
    first = desk.judge(reply(desk, letter), CLINIC)
    second = desk.judge(reply(desk, letter), CLINIC)
    assert outcomes(second) == [("duplicate", None)]
    assert second.submissions[0].duplicate_of == first.submissions[0].submission
    assert len(desk.facts(RepairTaken)) == 1


def test_an_offer_lapses_when_something_newer_came(desk: Desk) -> None:
    letter = offered(desk)
    desk.judge(desk.message(CLINIC, [report(3)]), CLINIC)
    judged = desk.judge(reply(desk, letter), CLINIC)
    assert outcomes(judged) == [("rejected", "offer_lapsed")]
    with desk.store.view() as view:
        assert (view.standing(OBLIGATION)).accepted != judged.submissions[0].submission  # type: ignore[union-attr]


def test_an_offer_lapses_when_the_period_closes(desk: Desk) -> None:
    letter = offered(desk)
    with desk.store.view() as view:
        standing = view.standing(OBLIGATION)
    assert standing
    desk.clock.instant = standing.effective.closes
    assert outcomes(desk.judge(reply(desk, letter), CLINIC)) == [("rejected", "closed")]


def test_an_unproven_yes_is_asked_about_and_counts_for_nothing(desk: Desk) -> None:
    letter = offered(desk)
    judged = desk.judge(reply(desk, letter))
    assert (judged.quarantined, judged.refusal) == (True, "unconfirmed")
    assert desk.facts(RepairTaken) == []
    assert desk.letters_to(CLINIC, "question")


def test_a_weaker_proof_than_the_first_time_is_not_enough(desk: Desk) -> None:
    letter = offered(desk)
    arrival = desk.arrive(reply(desk, letter))
    desk.settle()
    judged = desk.admit(arrival, CLINIC)
    assert judged.proof and judged.proof.kind is ProofKind.ADMITTED
    assert outcomes(judged) == [("rejected", "proof_too_weak")]


def test_another_department_cannot_take_it(desk: Desk) -> None:
    letter = offered(desk)
    judged = desk.judge(reply(desk, letter, sender=OTHER), OTHER)
    assert (outcomes(judged), judged.refusal) == ([], "nothing_found")
    assert desk.facts(RepairTaken) == []


def test_a_reply_with_a_report_is_that_report(desk: Desk) -> None:
    letter = offered(desk)
    data = desk.message(CLINIC, [report(4)], "同意", f"回复：{letter['Subject']}")
    judged = desk.judge(data, CLINIC)
    assert [(one.verdict, one.rows) for one in judged.submissions] == [("accepted", 4)]
    assert desk.facts(RepairTaken) == []


def test_an_automatic_reply_agrees_to_nothing(desk: Desk) -> None:
    letter = offered(desk)
    judged = desk.judge(b"Auto-Submitted: auto-replied\r\n" + reply(desk, letter), CLINIC)
    assert (outcomes(judged), judged.refusal) == ([], "automatic")


def test_the_letter_is_known_by_its_message_id_alone(desk: Desk) -> None:
    letter = offered(desk)
    data = desk.message(CLINIC, [], "accept", "好的")
    judged = desk.judge(f"References: <x@y> {letter['Message-ID']}\r\n".encode() + data, CLINIC)
    assert outcomes(judged) == [("accepted", None)]


def test_a_signed_domain_speaks_for_the_text_and_not_for_the_fields_above_it(desk: Desk) -> None:
    """Otherwise a signed yes to one letter could be turned into a yes to another by whoever passes it on."""
    letter = offered(desk)
    for quote, expected in ((False, []), (True, ["accepted"])):
        judged = settled_by_domain(desk, reply(desk, letter, quote=quote))
        assert [one.verdict for one in judged.submissions] == expected


def settled_by_domain(desk: Desk, data: bytes) -> Judged:
    """As if the upstream server had vouched for it; the first version came so as well."""
    from gateway.core.facts import Proof
    from gateway.judge import examine as examining
    from gateway.judge.proving import Standing

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(examining, "stand", lambda *_: Standing(Proof(ProofKind.SUBMISSION, CLINIC)))
        patch.setattr("gateway.judge.taking._BY_TEXT", frozenset({ProofKind.SUBMISSION}))
        return desk.judge(data, CLINIC)


def test_what_came_in_plain_cannot_be_taken_once_reports_must_be_sealed(desk: Desk) -> None:
    agreements = {
        name: replace(one, must_be_sealed=True, protections=frozenset()) for name, one in desk.rules.agreements.items()
    }
    letter = offered(desk)
    desk.configure(agreements=agreements)
    assert outcomes(desk.judge(reply(desk, letter), CLINIC)) == [("rejected", "must_be_sealed")]
    assert "同意" in body(letter)


def test_nothing_is_offered_where_one_error_is_not_certain(desk: Desk) -> None:
    file = report(sex="男")
    data = io.BytesIO(file.data.replace("男,2026-11-02".encode(), "男,2-11-2026".encode())).getvalue()
    desk.judge(desk.message(CLINIC, [replace(file, data=data)]), CLINIC)
    assert desk.facts(RepairOffered) == []
    assert "同意" not in body(desk.letters_to(CLINIC, "receipt")[0])


def test_the_ledger_made_anew_from_the_journal_knows_the_same_offers(desk: Desk) -> None:
    judged = desk.judge(reply(desk, offered(desk)), CLINIC)
    with desk.store.view() as view:
        offer = view.repair_taken_as(judged.submissions[0].submission)
        assert offer and offer == view.repair_of(offer.submission)
    assert desk.store.maintain(lambda connection: check(connection, desk.store.entries())).result() == []
