"""The month: who was chased, when and how often, and that every letter says what its receipt proves."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from gateway.core.facts import Dropped, Sent, Undeliverable, Written
from tests.world import Month, chased, day_of, digests, receipts, verified

MISSING = {
    "songquan_civil_affairs.reporter": {"town_couples", "town_deaths"},
    "bailu_clinic.reporter": {"clinic_infant_deaths"},
    "public_security.reporter": {"temporary_residents", "population_totals"},
}
"""What nobody had sent on the 26th; the extension of Songquan police aside."""


def test_three_days_before_whoever_still_owes_is_reminded_and_nobody_else(month: Month) -> None:
    waiting = MISSING | {"songquan_police.reporter": {"station_births"}}
    assert chased(month.chapter("Three days before")) == {o: {"reminder": d} for o, d in waiting.items()}


def test_on_the_last_day_the_same_are_reminded_but_for_whom_an_extension_was_granted(month: Month) -> None:
    assert chased(month.chapter("The last day")) == {o: {"reminder": d} for o, d in MISSING.items()}


def test_an_extension_brings_reminders_of_its_own(month: Month) -> None:
    own = {"songquan_police.reporter": {"reminder": {"station_births"}}}
    assert chased(month.chapter("Public security corrects")) == own  # three days before the new instant
    (told,) = digests(month.chapter("Songquan police reports in time"))
    assert told.officer == "songquan_police.reporter"
    letter = next(one for one in month.chapter("Public security corrects").letters if "提醒" in one.subject)
    assert "已同意延期" in letter.text
    assert "2027年1月1日" in letter.text or "12月31日" in letter.text


def test_a_day_after_the_reporters_and_deputies_are_told_that_it_is_overdue(month: Month) -> None:
    overdue = MISSING | {"public_security.deputy": MISSING["public_security.reporter"]}
    assert chased(month.chapter("A day after")) == {o: {"overdue": d} for o, d in overdue.items()}


def test_a_week_after_only_heads_are_told_of_what_others_owe(month: Month) -> None:
    told = chased(month.chapter("A week after"))
    still = MISSING | {"songquan_civil_affairs.reporter": {"town_deaths"}}
    heads = {f"{officer.partition('.')[0]}.head": owed for officer, owed in still.items()}
    assert {o: stages["escalation"] for o, stages in told.items() if "escalation" in stages} == heads
    assert {o for o, stages in told.items() if stages.keys() == {"overdue"}} == {*still, "public_security.deputy"}
    assert told["statistics.reporter"] == {"reminder": {"survey_figures"}}


def test_before_the_week_is_over_no_head_hears_anything(month: Month) -> None:
    early = [w for title, told in month.told.items() if not title.startswith("A week after") for w in digests(told)]
    assert [w.officer for w in early if w.officer and w.officer.endswith(".head")] == []


def test_an_officer_gets_at_most_one_digest_a_day_and_hears_of_a_stage_once(month: Month) -> None:
    written = digests(month.whole)
    assert max(Counter((w.officer, day_of(w.at)) for w in written).values()) == 1
    stages = Counter((w.officer, about.id, about.stage) for w in written for about in w.about)
    assert max(stages.values()) == 1


def test_who_has_reported_is_not_chased(month: Month) -> None:
    spoken = {(w.officer, about.id) for w in digests(month.whole) for about in w.about if about.kind == "obligation"}
    assert not [one for one in spoken if one[0] and one[0].startswith(("health.", "bailu_civil_affairs."))]
    assert "songquan_clinic.reporter" not in {officer for officer, _ in spoken}


def test_letters_go_to_registered_addresses_only(month: Month) -> None:
    rules = month.county.gateway.configuration.rules
    registered = {officer.letters_to for officer in rules.officers()} | {rules.auditor_address}
    assert {letter.recipient for letter in month.whole.letters} <= registered


def test_every_letter_written_was_sent_once_and_none_refused(month: Month) -> None:
    whole = month.whole
    sent = Counter(fact.letter for fact in whole.of(Sent))
    settled = set(sent) | {fact.letter for fact in whole.of(Dropped)}
    assert settled == {fact.letter for fact in whole.of(Written)}
    assert set(sent.values()) == {1}
    assert whole.of(Undeliverable) == []
    ids = Counter(letter.message["Message-ID"] for letter in whole.letters)
    assert set(ids.values()) == {1}


def test_the_auditor_has_a_checkpoint_of_every_day_on_which_something_happened(month: Month) -> None:
    days = {day_of(told.at) for told in month.told.values()}
    letters = [letter for letter in month.whole.letters if letter.recipient == "auditor@audit.qinglan.example"]
    assert len(letters) == len(days)
    journal = set(_notes(month))
    for letter in letters:
        assert letter.files()["checkpoint.txt"].decode() in journal


def _notes(month: Month) -> list[str]:
    from sqlalchemy import select

    from gateway.journal.tables import checkpoints

    with month.county.gateway.store._snapshot() as connection:
        return list(connection.scalars(select(checkpoints.c.note)))


def test_every_receipt_verifies_against_the_journal(month: Month, tmp_path: Path) -> None:
    paths = []
    for number, letter in enumerate(month.whole.letters):
        for name, data in receipts(letter).items():
            paths.append(tmp_path / f"{number}-{name}")
            paths[-1].write_bytes(data)
    paths += month.county.officer_folder.glob("answers/*/receipt.json")
    good, wrong = verified(month.county, paths)
    assert wrong == []
    assert len([line for line in good if "receipt" in line]) == len(paths) > 40


def test_a_receipt_and_its_letter_say_the_same(month: Month) -> None:
    stages = {"已接收": "accepted", "请更正": "rejected", "重复": "duplicate", "说明": "accepted"}
    seen = set()
    for letter in month.whole.letters:
        if "receipt.json" not in letter.files():
            continue
        told = json.loads(letter.files()["receipt.json"])
        word = letter.subject.partition("】")[0].removeprefix("【")
        assert told["arrival"] in letter.subject
        if word == "公钥":
            assert told["verdicts"] == []  # no report came, nothing that could have a stage
            continue
        assert told["stage"] == stages[word]
        for verdict in told["verdicts"]:
            assert verdict["title"] in letter.text
            if verdict["verdict"] == "accepted":
                assert f"第 {verdict['version']} 版" in letter.text
                assert "零报送" in letter.text if verdict["nil"] else f"共 {verdict['rows']} 行" in letter.text
        seen.add(told["stage"])
    assert seen == set(stages.values())


@pytest.mark.parametrize("chapter", ["Public security seals", "Health logs in", "Songquan clinic: a winmail.dat"])
def test_who_contributed_is_told_when_their_report_became_part_of_the_whole(month: Month, chapter: str) -> None:
    told = month.chapter(chapter)
    joined = [letter for letter in told.letters if "已汇总" in letter.subject]
    assert joined
    for letter in joined:
        for data in receipts(letter).values():
            assert json.loads(data)["stage"] == "integrated"
