"""What is rejected goes back as the sender's own file with the places marked; sealed where it must be."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import openpyxl
import pytest

from gateway.core.facts import Judged
from gateway.handler import Limits, Trouble, Unreadable
from gateway.judge import marking
from gateway.perform import answering
from gateway.sandbox import Session, Unsafe
from handlers import sealed
from tests.handlers.ugly_book import ugly_book
from tests.judge.desk import CLINIC, HEALTH, NAME, Desk, File, body, outcomes, report

BIRTHS = "医院出生人口2026年12月.xlsx"
MARKED = "医院出生人口2026年12月（已标出）.xlsx"
RIGHT = tuple(
    (str(n), f"A44000000{n}", "1", "2026-12-01", 3200, "449921199203040021", "林示例", "县人民医院", "449921100201")
    for n in range(1, 4)
)


def enclosed(letter: EmailMessage) -> dict[str, bytes]:
    found = {}
    for part in letter.iter_attachments():
        data = part.get_payload(decode=True)
        assert isinstance(data, bytes)
        found[str(part.get_filename())] = data
    return found


def receipts(desk: Desk, officer: str = HEALTH) -> list[EmailMessage]:
    return desk.letters_to(officer, "receipt")


def send(desk: Desk, data: bytes, name: str = BIRTHS) -> Judged:
    return desk.judge(desk.message(HEALTH, [File(name, data)]), HEALTH)


def opened(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data))


def test_a_rejected_workbook_comes_back_with_the_places_marked(desk: Desk) -> None:
    judged = send(desk, ugly_book())
    assert outcomes(judged) == [("rejected", "findings")]
    (letter,) = receipts(desk)
    found = enclosed(letter)
    assert list(found) == ["receipt.json", MARKED, f"findings-{judged.submissions[0].submission}.csv"]
    assert MARKED in body(letter)
    made = opened(found[MARKED])
    assert made.sheetnames[1:] == opened(ugly_book()).sheetnames
    assert made["张's 明细"]["C6"].comment.text.endswith("建议改为：1")
    assert made.worksheets[0]["A2"].value == "共 11 处错误（必须改正），1 处疑问（改正或说明）。"


def test_mended_in_the_file_that_came_back_and_sent_again_it_is_accepted(desk: Desk) -> None:
    send(desk, ugly_book())
    made = opened(enclosed(receipts(desk)[0])[MARKED])
    one = made["张's 明细"]
    for at, row in enumerate((*RIGHT, *RIGHT[:2]), 5):
        for column, value in enumerate(row, 1):
            one.cell(at, column).value = f"A4400001{at:02}" if column == 2 else value
    out = io.BytesIO()
    made.save(out)
    judged = send(desk, out.getvalue(), MARKED)
    assert outcomes(judged) == [("accepted", None)]
    assert judged.submissions[0].becomes == "replacement"


def test_rejected_again_its_name_and_first_sheet_do_not_pile_up(desk: Desk) -> None:
    send(desk, ugly_book())
    send(desk, enclosed(receipts(desk)[0])[MARKED], MARKED)
    again = enclosed(receipts(desk)[1])
    assert MARKED in again
    assert len(opened(again[MARKED]).sheetnames) == 4


def test_the_letter_made_after_a_crash_encloses_the_same_workbook(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from gateway.perform import judging

    with monkeypatch.context() as crash:
        crash.setattr(judging, "answer_with", lambda *_: lambda: None)
        arrival = desk.arrive(desk.message(HEALTH, [File(BIRTHS, ugly_book())]), HEALTH)
        desk.settle()
    desk.settle()
    (letter,) = receipts(desk)
    blob = desk.verdict(arrival).submissions[0].findings
    assert blob and enclosed(letter)[MARKED] == desk.store.read_all(blob, 1 << 24)


def test_a_csv_file_comes_back_as_a_workbook_made_from_it(desk: Desk) -> None:
    desk.judge(desk.message(CLINIC, [report(sex="男")]), CLINIC)
    (letter,) = receipts(desk, CLINIC)
    made = opened(enclosed(letter)[NAME.replace(".csv", "（已标出）.xlsx")])
    data = made.worksheets[1]
    assert (data["A2"].value, data["A2"].fill.fgColor.rgb) == ("男", "FFFFCFC9")
    assert data["A2"].comment.text.endswith("建议改为：1")
    assert made.worksheets[0]["D8"].hyperlink.location.endswith("!A2")


@pytest.mark.parametrize("trouble", [Unsafe("timeout"), Unreadable(Trouble.DAMAGED)])
def test_where_the_sandbox_cannot_mark_it_the_verdict_stands_and_a_new_workbook_is_made(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    def fail(*_: object) -> bytes:
        raise trouble

    monkeypatch.setattr(Session, "mark", fail)
    assert outcomes(send(desk, ugly_book())) == [("rejected", "findings")]
    made = opened(enclosed(receipts(desk)[0])[MARKED])
    assert made.sheetnames == ["核对结果说明", "汇总", "张's 明细", "填表须知"]
    assert made["张's 明细"]["C6"].comment.text.endswith("建议改为：1")


def test_a_copy_too_large_for_a_letter_is_left_out_and_the_list_of_findings_is_not(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marking, "MOST_BYTES", 2_000)
    judged = send(desk, ugly_book())
    assert judged.submissions[0].findings is None
    assert [name.rpartition(".")[2] for name in enclosed(receipts(desk)[0])] == ["json", "csv"]
    assert "原文件" not in body(receipts(desk)[0])


def test_what_is_accepted_costs_no_marking(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> bytes:
        raise AssertionError("asked to mark an accepted file")

    monkeypatch.setattr(Session, "mark", never)
    monkeypatch.setattr(marking, "fresh_book", never)
    assert outcomes(send(desk, ugly_book(RIGHT))) == [("accepted", None)]


def test_what_came_sealed_goes_back_sealed_and_the_letter_quotes_no_cell(desk: Desk) -> None:
    judged = desk.judge(desk.message(CLINIC, [desk.sealed(CLINIC, [report(sex="绝密内容")])]), CLINIC)
    assert outcomes(judged) == [("rejected", "findings")]
    (letter,) = receipts(desk, CLINIC)
    name = f"findings-{judged.submissions[0].submission}.sealed"
    assert list(enclosed(letter)) == ["receipt.json", name]
    assert "绝密内容" not in letter.as_string() + body(letter)
    assert "第 2 行 A 列　“…”不在“性别”的代码表中" in body(letter)
    assert name in body(letter)
    files = unsealed(desk, enclosed(letter)[name])
    assert sorted(files) == sorted([NAME.replace(".csv", "（已标出）.xlsx"), name.replace(".sealed", ".csv")])
    assert "绝密内容" in files[name.replace(".sealed", ".csv")].decode()
    assert opened(files[NAME.replace(".csv", "（已标出）.xlsx")]).worksheets[1]["A2"].value == "绝密内容"


def unsealed(desk: Desk, data: bytes) -> dict[str, bytes]:
    key = desk.site.keys[CLINIC]
    unlocked = sealed.unlock_for(data, [key.sealing_private])
    return {part.name: part.data for part in sealed.open_parts(data, Limits(), unlocked.content_key).parts}


def test_whoever_has_no_valid_key_any_more_is_told_so_and_gets_no_details(desk: Desk) -> None:
    keys = {
        name: replace(key, valid_until=desk.clock.now() + timedelta(minutes=1)) for name, key in desk.rules.keys.items()
    }
    desk.configure(keys=keys)
    arrival = desk.arrive(desk.message(CLINIC, [desk.sealed(CLINIC, [report(sex="绝密内容")])]), CLINIC)
    desk.clock.instant += timedelta(minutes=2)
    desk.settle()
    assert outcomes(desk.verdict(arrival)) == [("rejected", "findings")]
    (letter,) = receipts(desk, CLINIC)
    assert list(enclosed(letter)) == ["receipt.json"]
    assert "绝密内容" not in body(letter)
    assert "没有登记有效的密钥" in body(letter)


def test_a_plain_report_that_had_to_be_sealed_is_not_quoted_either(desk: Desk) -> None:
    agreements = {name: replace(one, must_be_sealed=True) for name, one in desk.rules.agreements.items()}
    judged = send(desk, ugly_book())
    desk.configure(agreements=agreements)
    officer = desk.rules.officer(HEALTH)
    assert officer
    told = answering.enclose(desk.office, judged, answering.details_of(desk.office, judged), officer)
    assert told.closed == {judged.submissions[0].submission}
    assert [one.name.rpartition(".")[2] for one in told.attachments] == ["sealed"]
