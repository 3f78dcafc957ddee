"""Whoever reports by a folder of their own answers there: in a text file, with the number of the arrival in it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.core.agreement import ProofKind
from gateway.core.facts import Explained, Judged, Proof, RepairOffered, RepairTaken
from gateway.core.parties import Language
from gateway.judge import examine as examining
from gateway.judge.proving import Standing
from tests.judge import queried
from tests.judge.desk import CLINIC, HEALTH, OTHER, Desk, body, outcomes, read, report


def put(desk: Desk, name: str, text: str, officer: str = CLINIC, encoding: str = "utf-8") -> Judged:
    """A text file that the officer put into the folder."""
    return desk.judge(text.replace("\n", "\r\n").encode(encoding), officer, "folder", name=name)


def letter(desk: Desk) -> str:
    """The text of the last letter that was put into a folder."""
    return body(read(desk.folder.sent[-1][1]))


def rejected(desk: Desk) -> str:
    """A report in the folder whose errors can all be mended; the arrival."""
    file = report(sex="男")
    judged = desk.judge(file.data, CLINIC, "folder", name=file.name)
    assert outcomes(judged) == [("rejected", "findings")]
    return judged.arrival


def asked(desk: Desk) -> str:
    """A report in the folder with queries; the arrival."""
    file = queried.report()
    judged = desk.judge(file.data, HEALTH, "folder", name=file.name)
    assert outcomes(judged) == [("accepted", None)]
    return judged.arrival


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_the_letter_offers_it_and_a_text_file_agrees(desk: Desk, encoding: str) -> None:
    arrival = rejected(desk)
    assert "在您的文件夹里放一个文本文件" in letter(desk) and f"第二行写收件编号 {arrival}" in letter(desk)
    judged = put(desk, "同意.txt", f"同意\n{arrival}\n", encoding=encoding)
    assert outcomes(judged) == [("accepted", None)]
    assert judged.submissions[0].becomes == "replacement"
    assert len(desk.facts(RepairTaken)) == 1
    assert "按您的同意，自动改正了 2 处" in letter(desk)


def test_the_number_may_stand_in_the_file_s_name(desk: Desk) -> None:
    assert outcomes(put(desk, f"{rejected(desk)}.TXT", "accept")) == [("accepted", None)]


def test_a_yes_that_names_no_arrival_is_told_that_it_is_no_report(desk: Desk) -> None:
    rejected(desk)
    assert outcomes(put(desk, "同意.txt", "同意")) == [("rejected", "dataflow_unknown")]
    assert desk.facts(RepairTaken) == []


def test_a_file_that_says_something_else_agrees_to_nothing(desk: Desk) -> None:
    arrival = rejected(desk)
    put(desk, "不同意.txt", f"不同意\n{arrival}\n")
    assert desk.facts(RepairTaken) == []


def test_nobody_agrees_for_another_department(desk: Desk) -> None:
    arrival = rejected(desk)
    judged = put(desk, "同意.txt", f"同意\n{arrival}\n", OTHER)
    assert (judged.refusal, judged.submissions) == ("nothing_found", ())
    assert desk.facts(RepairTaken) == []


def test_a_password_that_opened_a_report_lets_nobody_agree_to_its_repair(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examining, "stand", lambda *_: Standing(Proof(ProofKind.PASSWORD, CLINIC)))
    desk.judge(desk.message(CLINIC, [report(sex="男")]))
    assert desk.facts(RepairOffered) == []


def test_queries_are_explained_in_a_text_file(desk: Desk) -> None:
    arrival = asked(desk)
    told = letter(desk)
    assert f"第一行写收件编号 {arrival}" in told and "放回您的文件夹" in told and "回复本信" not in told
    judged = put(desk, "说明.txt", f"{arrival}\n3：早产\n第 5 行：已核对\n", HEALTH)
    assert outcomes(judged) == [("explained", None)]
    assert queried.said(desk, f"{arrival}.1") == {
        3: {"birth_date": "早产"}, 5: {"mother_id_number": "已核对"},
    }  # fmt: skip
    assert queried.counts(desk) == [(2, 0, 2, 2)]


def test_long_explanations_are_read_too(desk: Desk) -> None:
    arrival, text = asked(desk), "在外地出生，已向接生机构核对" * 30
    put(desk, "说明.txt", f"{arrival}\n3：{text}\n5：{text}\n6 出生日期：{text}\n6 母亲公民身份号码：{text}\n", HEALTH)
    assert len(f"{text * 4}".encode()) > 4_096
    assert queried.counts(desk) == [(4, 0, 4, 0)]


def test_a_text_table_with_colons_stays_a_report(desk: Desk) -> None:
    file = report()
    judged = desk.judge(file.data, CLINIC, "folder", name=file.name.replace(".csv", ".txt"))
    assert outcomes(judged) == [("accepted", None)]
    assert desk.facts(Explained) == []


def test_it_is_the_same_in_english(desk: Desk) -> None:
    department = desk.rules.departments["bailu_clinic"]
    officers = tuple(replace(one, language=Language.EN) for one in department.officers)
    desk.configure(departments={**desk.rules.departments, department.id: replace(department, officers=officers)})
    arrival = rejected(desk)
    told = " ".join(letter(desk).split())
    assert f'the one word "accept" as its first line and our number {arrival} as its second' in told
    assert outcomes(put(desk, "accept.txt", f"accept\n{arrival}\n")) == [("accepted", None)]
