"""A mail from a registered address is believed once its one-time code comes back, and only then."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.core.facts import Confirmed, Judged, Received
from gateway.demo.county import County
from tests.world import REPORTING_DAY, Site, Told, receipts, report, undone, watching

OFFICER = "bailu_clinic.reporter"
CODE = re.compile(r"GW-\w{4}-\w{4}-\w{4}")


@pytest.fixture
def town(site: Site, tmp_path: Path) -> Iterator[County]:
    with site.town(tmp_path, REPORTING_DAY) as county:
        county.work()
        yield county


def ask(county: County, dataflow: str = "clinic_births") -> str:
    """The clinic writes from its mailbox and is asked; gives the code of the last question."""
    county.send(county.address(OFFICER), report(county, OFFICER, dataflow))
    county.work()
    questions = [one for one in county.post_office.to(county.address(OFFICER)) if "确认" in one.subject]
    found = CODE.findall(questions[-1].text)
    assert found
    return found[-1]


def reply(county: County, text: str, sender: str = OFFICER, header: bytes = b"") -> Told:
    with watching(county) as seen:
        mail = county.mail(county.address(sender), "回复：请确认", [], text)
        county.send(county.address(sender), header + mail)
        county.work()
    return seen.told


def test_the_code_counts_wherever_in_the_reply_it_stands(town: County) -> None:
    told = reply(town, f"您好\n> 原信：\n>    确认码：{ask(town)}\n> …")
    (confirmed,) = told.of(Confirmed)
    assert [one.verdict for one in told.submissions] == ["accepted"]
    assert confirmed.officer == OFFICER


def test_the_deadline_counts_from_the_first_mail_not_from_the_reply(town: County) -> None:
    with watching(town) as seen:
        code = ask(town)
    (first,) = seen.told.of(Received)
    town.clock.instant += timedelta(days=6)
    told = reply(town, code)
    assert [one.verdict for one in told.submissions] == ["accepted"]
    with town.gateway.store.view() as view:
        submission = view.accepted("bailu_clinic", "clinic_births", "2026-M12")
    assert submission.had == first.had


def test_a_code_works_once(town: County) -> None:
    code = ask(town)
    first = reply(town, code)
    again = reply(town, code)
    assert len(first.of(Confirmed)) == 1
    assert again.of(Confirmed) == []
    assert again.submissions == []
    assert [judged.quarantined for judged in again.of(Judged)] == [True]


def test_a_wrong_code_confirms_nothing(town: County) -> None:
    code = ask(town)
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    told = reply(town, wrong)
    assert told.of(Confirmed) == []
    assert told.submissions == []


def test_an_expired_code_confirms_nothing(town: County) -> None:
    code = ask(town)
    town.clock.instant += timedelta(days=7)
    assert reply(town, code).of(Confirmed) == []


def test_the_code_of_one_officer_is_of_no_use_to_another(town: County) -> None:
    code = ask(town)
    told = reply(town, code, "songquan_clinic.reporter")
    assert told.of(Confirmed) == []
    assert told.submissions == []


@pytest.mark.parametrize("header", [b"Auto-Submitted: auto-replied\r\n", b"Auto-Submitted: auto-generated; x=1\r\n"])
def test_an_automatic_reply_that_quotes_our_letter_confirms_nothing(town: County, header: bytes) -> None:
    code = ask(town)
    assert reply(town, f"我正在休假。\n> 确认码：{code}", header=header).of(Confirmed) == []
    assert len(reply(town, code).of(Confirmed)) == 1  # and does not use the code up


def test_the_confirming_mail_itself_gets_no_receipt(town: County) -> None:
    told = reply(town, ask(town))
    confirming = told.of(Received)[0].arrival
    answered = [letter for letter in told.letters if receipts(letter)]
    assert [confirming in letter.subject for letter in answered] == [False]
    assert undone(town) == []


def test_an_officer_is_asked_once_a_day_however_much_comes(town: County) -> None:
    ask(town)
    for dataflow in ("clinic_antenatal", "clinic_vaccinations"):
        town.send(town.address(OFFICER), report(town, OFFICER, dataflow))
        town.work()
    questions = [one for one in town.post_office.to(town.address(OFFICER)) if "确认" in one.subject]
    assert len(questions) == 1
    town.turn_to(town.clock.now() + timedelta(days=1))
    questions = [one for one in town.post_office.to(town.address(OFFICER)) if "确认" in one.subject]
    assert len(questions) == 2
    assert len(CODE.findall(questions[1].text)) == 2
