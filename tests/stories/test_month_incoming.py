"""The month: what came in, who was proven to have sent it, and what became of it."""

from __future__ import annotations

import io
from collections import Counter
from datetime import timedelta

import openpyxl
import pytest

from gateway.checks.tables import read_table
from gateway.core.facts import (
    Confirmed,
    Explained,
    Extended,
    Judged,
    KeyConfirmed,
    KeyOffered,
    Owed,
    Proof,
    Questioned,
    Received,
    RepairOffered,
    RepairTaken,
    SubmissionVerdict,
)
from gateway.demo.county import MONTH, QUARTER, local
from gateway.demo.founding import SIGNING_DOMAIN
from tests.world import Month, Told, receipt, receipts

DUE = local(2026, 12, 29, 0)  # the end of the 28th, on the county's clock


def accepted(told: Told) -> dict[str, SubmissionVerdict]:
    """Dataflow → its accepted submission."""
    return {one.dataflow or "": one for one in told.submissions if one.verdict == "accepted"}


def proofs(told: Told) -> set[tuple[str, str]]:
    return {(judged.proof.kind.value, judged.proof.officer) for judged in told.of(Judged) if judged.proof}


def verdict(told: Told) -> SubmissionVerdict:
    (one,) = told.submissions
    return one


def test_when_the_month_opens_every_monthly_report_is_due_at_the_end_of_the_28th(month: Month) -> None:
    owed = month.chapter("The month opens").of(Owed)
    monthly = [one for one in owed if one.period == MONTH]
    assert {one.department for one in monthly} == {
        "public_security", "health", "civil_affairs", "bailu_civil_affairs", "songquan_civil_affairs",
        "bailu_clinic", "songquan_clinic", "bailu_police", "songquan_police",
    }  # fmt: skip
    assert len(monthly) == 2 + 3 + 3 + 2 * 2 + 2 * 4 + 2 * 3
    assert {one.due for one in owed if one.period in (MONTH, QUARTER, "2026-S2")} == {DUE}
    for one in monthly:
        assert one.reminders == (DUE - timedelta(days=3), DUE - timedelta(days=1))
        assert one.overdue == (DUE + timedelta(days=1), DUE + timedelta(days=3))
        assert one.escalate == DUE + timedelta(days=5)


def test_the_yearly_report_opens_forty_days_before_its_tenth_of_january(month: Month) -> None:
    (yearly,) = [one for one in month.whole.of(Owed) if one.department == "statistics"]
    assert (yearly.period, yearly.due) == ("2026-A1", local(2027, 1, 11, 0))
    assert yearly.opens == yearly.due - timedelta(days=40)


def test_sealed_workbooks_are_proven_by_the_officers_own_key(month: Month) -> None:
    told, account = month.chapter("Public security seals"), month.county.account
    got = accepted(told)
    assert set(got) == {"registered_births", "registered_deaths"}
    assert got["registered_births"].rows == sum(bool(birth.registered_on) for birth in account.births)
    assert got["registered_deaths"].rows == sum(bool(death.cancelled_on) for death in account.deaths)
    key = month.county.keys["public_security.reporter"].public.id
    assert {judged.proof for judged in told.of(Judged)} == {
        Proof(told.of(Judged)[0].proof.kind, "public_security.reporter", key=key)  # type: ignore[union-attr]
    }
    assert proofs(told) == {("seal", "public_security.reporter")}
    assert {one.key for one in got.values()} == {key}
    assert all((one.version, one.becomes) == (1, "first") for one in got.values())


def test_a_login_proves_who_sent_a_plain_workbook(month: Month) -> None:
    told = month.chapter("Health logs in")
    assert proofs(told) == {("submission", "health.reporter")}
    assert told.of(Received)[0].officer == "health.reporter"
    one = verdict(told)
    assert (one.verdict, one.dataflow, one.period) == ("accepted", "hospital_births", MONTH)
    assert one.rows == sum(bool(birth.hospital) for birth in month.county.account.births)


def test_one_mail_with_three_workbooks_is_three_submissions_with_one_verdict_each(month: Month) -> None:
    told, account = month.chapter("Civil affairs: one mail"), month.county.account
    (judged,) = told.of(Judged)
    assert judged.proof
    assert (judged.proof.kind.value, judged.proof.domain) == ("dkim", SIGNING_DOMAIN)
    assert {name: one.rows for name, one in accepted(told).items()} == {
        "marriages": len(account.marriages),
        "divorces": len(account.divorces),
        "cremations": sum(bool(death.cremated_on) for death in account.deaths),
    }
    assert {one.channel for one in told.of(Received)} == {"imap"}


def test_the_quarters_adoptions_are_a_report_of_the_quarter(month: Month) -> None:
    one = verdict(month.chapter("Civil affairs: the quarter's"))
    assert (one.verdict, one.dataflow, one.period) == ("accepted", "adoptions", QUARTER)


def test_an_address_alone_proves_nothing_and_is_asked_at_its_registered_box(month: Month) -> None:
    told = month.chapter("Bailu clinic writes")
    (judged,) = told.of(Judged)
    assert judged.quarantined
    assert (judged.refusal, judged.names, judged.submissions) == ("unconfirmed", "bailu_clinic.reporter", ())
    (question,) = told.of(Questioned)
    assert (question.arrival, question.officer) == (judged.arrival, "bailu_clinic.reporter")
    (letter,) = told.letters
    assert letter.recipient == "bailu-clinic@freemail.example"
    assert "确认码" in letter.text
    assert judged.arrival in letter.text


def test_the_one_time_code_given_back_lets_the_mail_be_judged_as_theirs(month: Month) -> None:
    told = month.chapter("Bailu clinic gives")
    (confirmed,) = told.of(Confirmed)
    asked = month.chapter("Bailu clinic writes").of(Received)[0]
    assert (confirmed.arrival, confirmed.officer) == (asked.arrival, "bailu_clinic.reporter")
    assert set(accepted(told)) == {"clinic_births", "clinic_antenatal", "clinic_vaccinations"}
    assert ("confirmed", "bailu_clinic.reporter") in proofs(told)
    (letter,) = told.letters  # the confirming mail itself gets no receipt
    assert receipt(letter)["arrival"] == asked.arrival
    assert receipt(letter)["had"] == asked.had.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_files_in_the_officers_folder_are_taken_and_answered_there(month: Month) -> None:
    officer = "bailu_police.reporter"
    (births,) = [one for one in month.whole.submissions
                 if (one.department, one.dataflow) == ("bailu_police", "station_births")]  # fmt: skip
    town = [birth for birth in month.county.account.births
            if birth.registered_on and birth.child.village.startswith("449921100")]  # fmt: skip
    assert (births.verdict, births.rows) == ("accepted", len(town))
    assert ("folder", officer) in proofs(month.whole)
    folder = month.county.officer_folder
    assert [path.name for path in folder.iterdir() if path.is_file()] == []
    assert len(list(folder.glob("done/*/*.csv"))) == 2
    assert len(list(folder.glob("answers/*/receipt.json"))) == 2
    assert "已接收" in next(folder.glob("answers/*/letter.txt")).read_text(encoding="utf-8-sig")


def test_nothing_to_report_is_a_report(month: Month) -> None:
    got = accepted(month.chapter("Two nil returns"))
    for dataflow in ("clinic_infant_deaths", "infant_deaths"):
        assert (got[dataflow].nil, got[dataflow].rows, got[dataflow].version) == (True, 0, 1)


def test_a_workbook_with_mistakes_is_rejected_with_each_of_them_explained(month: Month) -> None:
    told = month.chapter("Health sends a workbook with mistakes")
    one = verdict(told)
    assert (one.verdict, one.refusal, one.errors) == ("rejected", "findings", 3)
    (letter,) = told.letters
    assert letter.subject.startswith("【请更正】")
    for number in ("1）", "2）", "3）"):
        assert number in letter.text
    [book] = [data for name, data in letter.files().items() if name.endswith("（已标出）.xlsx")]
    _, report = openpyxl.load_workbook(io.BytesIO(book)).worksheets  # the list of findings comes first
    assert {cell.coordinate for row in report.iter_rows() for cell in row if cell.comment} == {"C4", "C5", "A6"}
    (table,) = [data for name, data in letter.files().items() if name.startswith("findings-")]
    assert len(table.decode("utf-8-sig").strip().splitlines()) == 1 + 3


def test_the_mended_workbook_is_the_second_version_and_a_replacement(month: Month) -> None:
    one = verdict(month.chapter("Health sets the marked workbook right"))
    assert (one.verdict, one.version, one.becomes) == ("accepted", 2, "replacement")


@pytest.mark.parametrize(
    ("again", "before"),
    [
        ("Health sends the hospital births a second time", "Health logs in"),
        ("Somebody sends the same sealed file again", "Public security: the quarter's moves"),
    ],
)
def test_what_came_before_counts_once_and_is_answered_with_the_identical_receipt(
    month: Month, again: str, before: str
) -> None:
    one, first = verdict(month.chapter(again)), verdict(month.chapter(before))
    assert (one.verdict, one.duplicate_of, one.version) == ("duplicate", first.submission, 0)
    earlier = next(letter for letter in month.chapter(before).letters if "receipt.json" in letter.files())
    (letter,) = [letter for letter in month.chapter(again).letters if "重复" in letter.subject]
    arrival = first.submission.partition(".")[0]
    assert receipts(letter)[f"receipt-{arrival}.json"] == receipts(earlier)["receipt.json"]
    assert letter.recipient == earlier.recipient  # the registered address, whoever sent it this time
    assert receipt(letter)["stage"] == "duplicate"


def test_a_stranger_and_a_forged_sender_are_kept_apart_and_never_answered(month: Month) -> None:
    told = month.chapter("A stranger")
    by_refusal = {judged.refusal: judged for judged in told.of(Judged)}
    assert set(by_refusal) == {"stranger", "forged"}
    assert all(judged.quarantined and judged.proof is None for judged in by_refusal.values())
    assert by_refusal["stranger"].names is None
    assert by_refusal["forged"].names == "civil_affairs.reporter"
    (letter,) = told.letters  # the department learns that its name was used
    assert letter.recipient == "reports@civil-affairs.qinglan.example"
    assert "冒名" in letter.subject
    assert receipts(letter) == {}
    assert [one for one in month.whole.letters if one.recipient == "someone@elsewhere.example"] == []


ATTACHED = {
    "Education: a workbook": ("password", {"pupils": 6 + 6 + 3}),  # grades of two primary schools and a middle school
    "Housing: a mail signed": ("smime", {"dwellings": 12}),
    "Bailu civil affairs: two workbooks in a ZIP": ("submission", {"town_couples": None, "town_deaths": None}),
    "Songquan clinic: a winmail.dat": (
        "submission",
        {"clinic_births": None, "clinic_antenatal": 5, "clinic_vaccinations": 5 * 7},  # villages, vaccines
    ),
    "Songquan police: two workbooks of Excel 97": ("submission", {"station_moves": None, "station_deaths": None}),
    "Bailu police forwards": ("submission", {"station_moves": None}),
}
"""Chapter → how its sender is proven, and its dataflows with their rows; None: as many as the account tells."""


@pytest.mark.parametrize("chapter", ATTACHED)
def test_what_is_wrapped_counts_as_what_is_in_it(month: Month, chapter: str) -> None:
    told, (proof, flows) = month.chapter(chapter), ATTACHED[chapter]
    got = accepted(told)
    department = next(iter(got.values())).department
    assert {name: one.rows for name, one in got.items()} == {
        name: len(month.county.rows(department, name)) if rows is None else rows for name, rows in flows.items()
    }
    assert proofs(told) == {(proof, f"{department}.reporter")}
    (judged,) = told.of(Judged)
    assert judged.ignored == ()


def test_a_key_counts_once_its_digits_were_compared(month: Month) -> None:
    officer = "songquan_police.reporter"
    (offered,) = month.chapter("Songquan police mails the key").of(KeyOffered)
    (letter,) = month.chapter("Songquan police mails the key").letters
    assert (offered.officer, offered.proof) == (officer, "submission")
    assert "暂不生效" in letter.text
    (confirmed,) = month.chapter("Its forty digits").of(KeyConfirmed)
    assert (confirmed.officer, confirmed.fingerprint) == (officer, offered.fingerprint)
    assert proofs(month.chapter("Songquan police reports in time")) == {("seal", officer)}


def test_where_each_mistake_has_one_repair_the_word_that_agrees_is_enough(month: Month) -> None:
    late, agreed = month.chapter("Songquan civil affairs reports late"), month.chapter("It answers 同意")
    first, mended = verdict(late), verdict(agreed)
    rows = month.county.rows("songquan_civil_affairs", "town_couples")
    (offered,) = late.of(RepairOffered)
    (taken,) = agreed.of(RepairTaken)
    assert (first.verdict, first.errors) == ("rejected", len(rows) + 1)  # each village's name, and one id
    assert (offered.submission, offered.cells, offered.rows) == (first.submission, first.errors, len(rows))
    assert (taken.of, taken.submission) == (first.submission, mended.submission)
    assert (mended.verdict, mended.becomes, mended.rows) == ("accepted", "replacement", len(rows))
    counted = read_table(month.county.gateway.store.read_all(mended.table or "", 1 << 20))
    for name in ("wife_id_number", "village"):
        assert counted[name].to_list() == [row[name] for row in rows]


def test_a_row_that_is_odd_and_right_is_explained_by_one_line_of_a_reply(month: Month) -> None:
    asked, explained = month.chapter("Songquan clinic: a winmail.dat"), month.chapter("Songquan clinic replies")
    first, one = accepted(asked)["clinic_antenatal"], verdict(explained)
    assert (first.queries, one.verdict, one.duplicate_of) == (1, "explained", first.submission)
    (fact,) = explained.of(Explained)
    assert (fact.of, fact.added, fact.open) == (first.submission, 1, 0)
    (question,) = [letter for letter in asked.letters if "receipt.json" in letter.files()]
    assert "高危孕产妇数多于建册人数" in question.text and "第 6 行：（请写明原因）" in question.text
    (thanks,) = explained.letters
    assert "说明已收到" in thanks.text and "全部说明完毕" in thanks.text
    with month.county.gateway.store.view() as view:
        standing = view.standing(f"songquan_clinic/clinic_antenatal/{MONTH}")
    assert standing and (standing.accepted, standing.versions) == (first.submission, 1)


def test_a_late_report_is_accepted_and_said_to_be_late(month: Month) -> None:
    told = month.chapter("It answers 同意")
    assert verdict(told).verdict == "accepted"
    letter = next(letter for letter in told.letters if "receipt.json" in letter.files())
    assert "逾期送达" in letter.text


def test_a_report_within_its_extension_is_in_time(month: Month) -> None:
    (extended,) = month.chapter("The lead office grants").of(Extended)
    assert (extended.obligation, extended.until) == (f"songquan_police/station_births/{MONTH}", local(2027, 1, 1, 0))
    told = month.chapter("Songquan police reports in time")
    assert verdict(told).verdict == "accepted"
    letter = next(letter for letter in told.letters if "receipt.json" in letter.files())
    assert "按期送达" in letter.text
    with month.county.gateway.store.view() as view:
        row = next(row for row in view.board(month.county.clock.now(), MONTH)
                   if (row.department, row.dataflow) == ("songquan_police", "station_births"))  # fmt: skip
    assert (row.state.value, row.extended) == ("on_time", True)


def test_a_correction_after_acceptance_is_the_second_version(month: Month) -> None:
    one = verdict(month.chapter("Public security corrects"))
    assert (one.verdict, one.version, one.becomes) == ("accepted", 2, "correction")
    assert one.rows == sum(bool(birth.registered_on) for birth in month.county.account.births) - 1


def test_the_board_shows_who_is_late_and_what_is_missing(month: Month) -> None:
    with month.county.gateway.store.view() as view:
        rows = [row for period in (MONTH, QUARTER) for row in view.board(month.county.clock.now(), period)]
    states = {(row.department, row.dataflow): row.state.value for row in rows}
    assert {key for key, state in states.items() if state == "missing"} == {
        ("bailu_clinic", "clinic_infant_deaths"),
        ("songquan_civil_affairs", "town_deaths"),
        ("public_security", "temporary_residents"),
        ("public_security", "population_totals"),
    }
    assert {key for key, state in states.items() if state == "late"} == {("songquan_civil_affairs", "town_couples")}
    assert set(states.values()) == {"on_time", "late", "missing"}


def test_every_arrival_of_the_month_has_its_verdict(month: Month) -> None:
    judged = Counter(fact.arrival for fact in month.whole.of(Judged))
    vouched = {fact.arrival for fact in month.whole.of(Confirmed)}  # quarantined first, then judged as theirs
    received = [fact.arrival for fact in month.whole.of(Received)]
    assert judged == {arrival: 2 if arrival in vouched else 1 for arrival in received}
