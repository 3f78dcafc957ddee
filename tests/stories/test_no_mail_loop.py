"""A robot on the officer's side answers each of our letters: the two of them do not write to each other for ever."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.core.decide import MOST_ANSWERS
from gateway.core.facts import Judged, Written
from gateway.demo.county import County
from gateway.demo.post_office import Delivered
from gateway.demo.senders import File
from tests.world import REPORTING_DAY, Site, Told, report, undone, watching

SIGNED = "civil_affairs.reporter"  # its mail server signs what it sends
UNPROVEN = "bailu_clinic.reporter"
PATIENCE = 3 * MOST_ANSWERS  # rounds after which an exchange is taken to be endless

SAYING_SO = {
    "as RFC 3834 asks": b"Auto-Submitted: auto-replied\r\n",
    "with parameters": b"auto-submitted: Auto-Generated ; owner=x\r\n",
    "as bulk": b"Precedence: bulk\r\n",
    "as an autoreply": b"X-Autoreply: yes\r\n",
    "as Exchange does": b"X-Auto-Response-Suppress: All\r\n",
}


@pytest.fixture
def town(site: Site, tmp_path: Path) -> Iterator[County]:
    with site.town(tmp_path, REPORTING_DAY) as county:
        county.work()
        yield county


@dataclass
class Robot:
    """Out of office: answers every letter to its officer, quoting it."""

    county: County
    officer: str
    header: bytes = b""
    envelope: str | None = None  # MAIL FROM; the officer's address if None
    encloses: bool = False
    answered: int = 0

    def converse(self) -> Told:
        """Answer until no letter comes any more."""
        with watching(self.county) as seen:
            for _ in range(PATIENCE):
                letters = self.county.post_office.to(self.county.address(self.officer))
                if len(letters) == self.answered:
                    return seen.told
                for letter in letters[self.answered :]:
                    self._answer(letter.subject, letter.text, letter.files())
                self.answered = len(letters)
                self.county.work()
        pytest.fail("they write to each other for ever")

    def _answer(self, subject: str, text: str, files: dict[str, bytes]) -> None:
        county, address = self.county, self.county.address(self.officer)
        enclosed = [File(name, data) for name, data in files.items()] if self.encloses else []
        quoted = "\n".join(f"> {line}" for line in text.splitlines())
        mail = self.header + county.mail(address, f"自动回复：{subject}", enclosed, f"本人休假，下周回复。\n{quoted}")
        if self.officer == SIGNED:
            mail = county.signing_domain.sign(mail)
        county.send(address if self.envelope is None else self.envelope, mail)


def signed_report(county: County, dataflow: str = "marriages") -> Told:
    with watching(county) as seen:
        county.send(county.address(SIGNED), county.signing_domain.sign(report(county, SIGNED, dataflow)))
        county.work()
    return seen.told


def answers(told: Told) -> list[Delivered]:
    """The receipts that the officer got."""
    address = "reports@civil-affairs.qinglan.example"
    return [letter for letter in told.to(address) if "receipt.json" in letter.files()]


def refusals(told: Told) -> list[str | None]:
    return [judged.refusal for judged in told.of(Judged)]


@pytest.mark.parametrize("header", SAYING_SO.values(), ids=SAYING_SO)
def test_a_robot_that_says_so_gets_no_answer(town: County, header: bytes) -> None:
    robot = Robot(town, SIGNED, header)
    assert len(answers(signed_report(town))) == 1
    told = robot.converse()
    assert set(refusals(told)) == {"automatic"}
    assert not any(judged.quarantined for judged in told.of(Judged))
    assert told.letters == ()
    assert undone(town) == []


@pytest.mark.parametrize("header", [b"", b"Auto-Submitted: no\r\n"])
def test_a_bounce_in_the_officers_name_gets_no_answer(town: County, header: bytes) -> None:
    robot = Robot(town, SIGNED, header, envelope="")
    signed_report(town)
    told = robot.converse()
    assert set(refusals(told)) == {"automatic"}
    assert told.letters == ()


@pytest.mark.parametrize("encloses", [False, True])
def test_a_robot_that_says_nothing_of_itself_is_answered_so_often_and_no_more(town: County, encloses: bool) -> None:
    robot = Robot(town, SIGNED, encloses=encloses)
    signed_report(town)
    told = robot.converse()
    found = refusals(told)
    assert found[:MOST_ANSWERS] == ["nothing_found"] * MOST_ANSWERS
    assert set(found[MOST_ANSWERS:]) == {"too_often"}
    assert len(answers(told)) == MOST_ANSWERS
    assert undone(town) == []


def test_a_new_report_is_answered_however_much_the_robot_wrote(town: County) -> None:
    robot = Robot(town, SIGNED)
    signed_report(town)
    robot.converse()
    told = signed_report(town, "divorces")
    assert [one.verdict for one in told.submissions] == ["accepted"]
    assert len(answers(told)) == 1


def test_the_next_day_answers_again(town: County) -> None:
    robot = Robot(town, SIGNED)
    signed_report(town)
    robot.converse()
    town.turn_to(town.clock.now() + timedelta(days=1, hours=1))
    signed_report(town)
    found = refusals(robot.converse())
    assert found.count("nothing_found") > 1
    assert found[-1] == "too_often"


def test_a_report_sent_again_and_again_is_answered_so_often_and_no_more(town: County) -> None:
    """Whoever ever got a signed mail can send it as often as they like."""
    mail = town.signing_domain.sign(report(town, SIGNED, "marriages"))
    with watching(town) as seen:
        for _ in range(MOST_ANSWERS + 5):
            town.send("someone@elsewhere.example", mail)
            town.work()
    assert [one.verdict for one in seen.told.submissions] == ["accepted"] + ["duplicate"] * (MOST_ANSWERS + 4)
    assert len(answers(seen.told)) == 1 + MOST_ANSWERS
    assert refusals(seen.told)[-4:] == ["too_often"] * 4


def test_a_refused_report_sent_again_and_again_is_answered_so_often_and_no_more(town: County) -> None:
    rows = town.rows("civil_affairs", "marriages")
    bad = [{**rows[0], next(iter(rows[0])): "不详"}, *rows[1:]]
    mail = town.signing_domain.sign(report(town, SIGNED, "marriages", bad))
    with watching(town) as seen:
        for _ in range(MOST_ANSWERS + 2):
            town.send("someone@elsewhere.example", mail)
            town.work()
    assert {one.verdict for one in seen.told.submissions} == {"rejected"}
    assert len(answers(seen.told)) == MOST_ANSWERS
    with watching(town) as seen:
        better = report(town, SIGNED, "marriages", [{**rows[1], next(iter(rows[1])): "不明"}])
        town.send(town.address(SIGNED), town.signing_domain.sign(better))
        town.work()
    assert len(answers(seen.told)) == 1  # other content: something to be told


def test_a_robot_that_sends_a_report_is_answered(town: County) -> None:
    """A lower gateway is one."""
    with watching(town) as seen:
        mail = b"Auto-Submitted: auto-generated\r\n" + report(town, SIGNED, "marriages")
        town.send(town.address(SIGNED), town.signing_domain.sign(mail))
        town.work()
    assert [one.verdict for one in seen.told.submissions] == ["accepted"]
    assert len(answers(seen.told)) == 1


@pytest.mark.parametrize("header", [b"Auto-Submitted: auto-replied\r\n", b"Precedence: junk\r\n"])
def test_nobody_is_asked_whether_they_sent_what_their_robot_wrote(town: County, header: bytes) -> None:
    robot = Robot(town, UNPROVEN, header)
    town.send(town.address(UNPROVEN), report(town, UNPROVEN, "clinic_births"))
    town.work()
    robots = {judged.arrival for judged in robot.converse().of(Judged)}
    assert robots
    with watching(town) as seen:
        for _ in range(3):
            town.turn_to(town.clock.now() + timedelta(days=1))
            robot.converse()
    spoken = {about.id for written in seen.told.of(Written) for about in written.about if about.kind == "arrival"}
    assert spoken & robots == set()
    assert refusals(seen.told) == ["automatic"] * len(refusals(seen.told))
    with town.gateway.store.view() as view:
        assert {one.arrival for one in view.quarantined()} > robots  # kept all the same


def test_an_unproven_text_without_a_report_is_kept_and_nobody_is_asked(town: County) -> None:
    with watching(town) as seen:
        town.send(town.address(UNPROVEN), town.mail(town.address(UNPROVEN), "您好", [], "收到，谢谢。"))
        town.work()
        town.turn_to(town.clock.now() + timedelta(days=1))
    (judged,) = seen.told.of(Judged)
    assert (judged.quarantined, judged.refusal, judged.names) == (True, "nothing_found", UNPROVEN)
    assert all(about.id != judged.arrival for written in seen.told.of(Written) for about in written.about)
