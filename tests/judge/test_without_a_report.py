"""Mails that hold no report: what is said of them, and who hears of it."""

from __future__ import annotations

import pytest

from gateway.core.facts import Judged, Written
from tests.judge.desk import CLINIC, Desk, report

ROBOT = b"Auto-Submitted: auto-replied\r\n"
SIGNING = "reports@civil-affairs.qinglan.example"  # its domain signs all its mail; this desk's mailbox knows


def told(judged: Judged) -> tuple[bool, str | None, str | None]:
    return judged.quarantined, judged.refusal, judged.names


@pytest.mark.parametrize(("header", "refusal"), [(b"", "nothing_found"), (ROBOT, "automatic")])
def test_an_unproven_mail_without_a_report_is_called_that(desk: Desk, header: bytes, refusal: str) -> None:
    judged = desk.judge(header + desk.message(CLINIC))
    assert told(judged) == (True, refusal, CLINIC)
    assert all(about.id != judged.arrival for written in desk.facts(Written) for about in written.about)


@pytest.mark.parametrize("header", [b"", ROBOT])
def test_an_unproven_mail_with_a_report_is_asked_about_whoever_wrote_it(desk: Desk, header: bytes) -> None:
    assert told(desk.judge(header + desk.message(CLINIC, [report()]))) == (True, "unconfirmed", CLINIC)
    assert len(desk.letters_to(CLINIC, "question")) == 1


@pytest.mark.parametrize(("header", "refusal"), [(b"", "forged"), (ROBOT, "automatic")])
def test_what_a_signing_domain_did_not_sign_stays_forged_unless_a_robot_wrote_it(
    desk: Desk, header: bytes, refusal: str
) -> None:
    judged = desk.judge(header + desk.message(SIGNING), channel="imap")
    assert told(judged) == (True, refusal, "civil_affairs.reporter")


@pytest.mark.parametrize(("header", "refusal"), [(b"", "nothing_found"), (ROBOT, "automatic")])
def test_over_an_account_only_a_person_is_answered(desk: Desk, header: bytes, refusal: str) -> None:
    judged = desk.judge(header + desk.message(CLINIC), CLINIC)
    assert told(judged) == (False, refusal, None)
    assert len(desk.letters_to(CLINIC, "receipt")) == (refusal == "nothing_found")


def test_a_stranger_stays_a_stranger(desk: Desk) -> None:
    assert told(desk.judge(ROBOT + desk.message("someone@elsewhere.example"))) == (True, "stranger", None)
