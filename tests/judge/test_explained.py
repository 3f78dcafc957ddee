"""Queries are answered by explanation: in a reply, in the list that comes back, in a column of the report itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest

from gateway.checks.tables import read_table
from gateway.core.agreement import ProofKind
from gateway.core.facts import Explained, Judged, Proof
from gateway.core.parties import Language
from gateway.judge import explanation_facts
from gateway.judge.explanation_facts import is_stale
from gateway.ledger.rebuild import check
from gateway.perform import judging
from tests.judge.desk import CLINIC, HEALTH, Desk, File, body, outcomes
from tests.judge.queried import (
    BIRTHS,
    EARLY,
    MAN,
    OBLIGATION,
    PLAIN,
    answer,
    attached,
    counts,
    filled,
    letter,
    reply,
    report,
    row,
    said,
    send,
    with_column,
)

TEXT = "双胞胎，在外地出生"


def english(desk: Desk) -> None:
    """The officer now reads English."""
    department = desk.rules.departments["health"]
    officers = tuple(replace(one, language=Language.EN) for one in department.officers)
    desk.configure(departments={**desk.rules.departments, "health": replace(department, officers=officers)})


def sealed(desk: Desk, *files: File, sequence: int = 1) -> Judged:
    """From the officer of health, sealed."""
    one = desk.sealed(HEALTH, list(files), sequence, dataflow=BIRTHS, nil=False)
    return desk.judge(desk.message(HEALTH, [one]), HEALTH)


def open_list(desk: Desk) -> bytes:
    """The list that the latest letter encloses."""
    return next(data for name, data in attached(letter(desk)).items() if name.endswith(".xlsx"))


# --- by reply ---


def test_a_letter_says_which_queries_are_open_and_how_to_answer_them(desk: Desk) -> None:
    judged = send(desk, report())
    assert outcomes(judged) == [("accepted", None)]
    told = body(letter(desk))
    assert "   有 4 处待核实：\n" in told
    assert "\n   第 3 行：（请写明原因）\n" in told and "不必重新送表" in told
    assert list(attached(letter(desk))) == ["receipt.json", f"findings-{judged.submissions[0].submission}.xlsx"]


def test_lines_of_a_reply_are_kept_with_the_rows_that_they_explain(desk: Desk) -> None:
    of = send(desk, report()).submissions[0].submission
    judged = answer(desk, f"第３行：{TEXT}\n6 母亲公民身份号码: 已核对\n")
    assert outcomes(judged) == [("explained", None)]
    assert judged.submissions[0].duplicate_of == of
    assert said(desk, of) == {3: {"birth_date": TEXT}, 6: {"mother_id_number": "已核对"}}
    assert counts(desk) == [(2, 0, 2, 2)]
    told = body(letter(desk))
    assert f"说明已收到，记入 {of}：本次 2 处" in told and "还有 2 处待说明" in told
    assert "第 5 行 D 列" in told and "第 3 行 C 列" not in told
    with desk.store.view() as view:
        standing = view.standing(OBLIGATION)
        assert standing and (standing.accepted, standing.versions, standing.rejected) == (of, 1, 0)


def test_the_kept_list_ties_each_text_to_its_row_and_no_fact_holds_a_text(desk: Desk) -> None:
    send(desk, report())
    answer(desk, f"5：{TEXT}")
    (fact,) = desk.facts(Explained)
    (kept,) = orjson.loads(desk.store.read_all(fact.list, 1 << 20))["explanations"]
    assert kept["text"] == TEXT and kept["arrival"] == fact.arrival
    asked = kept["asked"]
    assert (asked["row"], asked["column"], asked["field"], asked["code"]) == (
        5, 4, "mother_id_number", "rule:mother_is_woman",
    )  # fmt: skip
    assert (asked["key"], asked["about"]) == (["A440000004"], [MAN])
    assert not any(word in str(entry) for _, entry in desk.store.entries() for word in (TEXT, MAN))


def test_the_signed_receipt_counts_them_and_names_the_digest_of_the_list(desk: Desk) -> None:
    of = send(desk, report()).submissions[0].submission
    answer(desk, f"全部：{TEXT}")
    (fact,) = desk.facts(Explained)
    receipt = orjson.loads(attached(letter(desk))["receipt.json"])
    assert receipt["stage"] == "accepted"
    assert receipt["verdicts"][0]["explanations"] == [
        {"of": of, "added": 4, "carried": 0, "explained": 4, "open": 0, "digest": fact.digest}
    ]
    assert TEXT not in attached(letter(desk))["receipt.json"].decode()
    assert "全部说明完毕" in body(letter(desk)) and list(attached(letter(desk))) == ["receipt.json"]


def test_a_line_for_one_row_speaks_before_one_for_all(desk: Desk) -> None:
    of = send(desk, report()).submissions[0].submission
    answer(desk, "全部：已核对\n\n3：早产")
    assert said(desk, of)[3] == {"birth_date": "早产"} and said(desk, of)[5] == {"mother_id_number": "已核对"}


def test_it_is_the_same_in_english(desk: Desk) -> None:
    english(desk)
    of = send(desk, report()).submissions[0].submission
    assert "\n   Row 3: (please say why)\n" in body(letter(desk))
    answer(desk, "Row 3: twins\nrow 6 mother's id number: checked")
    assert said(desk, of) == {3: {"birth_date": "twins"}, 6: {"mother_id_number": "checked"}}
    assert "Explained so far: 2 queries; 2 still open." in body(letter(desk))


def test_said_twice_it_is_kept_once(desk: Desk) -> None:
    send(desk, report())
    to = letter(desk)
    first = answer(desk, f"3：{TEXT}", to)
    second = answer(desk, f"3：{TEXT}", to)
    assert outcomes(second) == [("duplicate", None)]
    assert second.submissions[0].duplicate_of == first.submissions[0].submission
    assert len(desk.facts(Explained)) == 1


def test_said_anew_it_replaces_and_an_old_reply_sent_again_brings_nothing_back(desk: Desk) -> None:
    of = send(desk, report()).submissions[0].submission
    to = letter(desk)
    for text in ("早产", "早产，已复核", "早产"):
        answer(desk, f"3：{text}", to)
    assert said(desk, of) == {3: {"birth_date": "早产，已复核"}}
    assert counts(desk) == [(1, 0, 1, 3), (1, 0, 1, 3)]


def test_a_reply_to_the_letter_about_an_explanation_goes_on_with_the_same_report(desk: Desk) -> None:
    of = send(desk, report()).submissions[0].submission
    answer(desk, "3：早产")
    answer(desk, "5：已核对")
    assert said(desk, of) == {3: {"birth_date": "早产"}, 5: {"mother_id_number": "已核对"}}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("9：没有问题", "您信中第 1 行说明的是第 9 行，那里没有待核实的问题。现在待核实的是：第 3 行“出生日期”、"),
        ("\n6：没有问题", "您信中第 2 行说明的是第 6 行，那里有不止一处待核实，请写明工作表或项目。"),
        ("3 性别：没有问题", "您信中第 1 行说明的是第 3 行，那里没有待核实的问题。"),
        ("C9：没有问题", "您信中第 1 行说明的是第 9 行 C 列，那里没有待核实的问题。"),
        ("整张表：没有问题", "您信中第 1 行说明的是整张表，那里没有待核实的问题。"),
    ],
)
def test_a_line_that_answers_nothing_is_told_by_its_number_and_not_quoted(desk: Desk, text: str, told: str) -> None:
    send(desk, report())
    judged = answer(desk, text)
    assert outcomes(judged) == [("explained", "not_asked")]
    assert told in body(letter(desk)) and "没有问题" not in body(letter(desk))
    assert desk.facts(Explained) == []
    assert orjson.loads(attached(letter(desk))["receipt.json"])["stage"] == "rejected"
    with desk.store.view() as view:
        standing = view.standing(OBLIGATION)
        assert standing and standing.accepted and standing.rejected == 0


def test_items_are_known_by_title_by_letter_or_left_out_where_they_are_none(desk: Desk) -> None:
    of = send(desk, report()).submissions[0].submission
    answer(desk, "6 C列：早产\n6 母亲身份证号：已核对\n5 情况：已核对\n医院出生 3：在外地")
    assert said(desk, of) == {
        3: {"birth_date": "在外地"}, 5: {"mother_id_number": "已核对"},
        6: {"birth_date": "早产", "mother_id_number": "已核对"},
    }  # fmt: skip


def test_a_reply_that_answers_no_letter_of_ours_is_a_mail_without_a_report(desk: Desk) -> None:
    send(desk, report())
    judged = desk.judge(desk.message(HEALTH, [], f"3：{TEXT}", "你好"), HEALTH)
    assert (outcomes(judged), judged.refusal) == ([], "nothing_found")


# --- who may ---


def test_a_strangers_reply_is_not_taken_and_not_answered(desk: Desk) -> None:
    send(desk, report())
    sent = len(desk.mail.sent)
    judged = desk.judge(reply(desk, letter(desk), f"全部：{TEXT}", sender="someone@elsewhere.example"))
    assert (judged.quarantined, judged.refusal, desk.facts(Explained)) == (True, "stranger", [])
    assert len(desk.mail.sent) == sent


def test_a_forged_reply_is_asked_about_and_counts_for_nothing(desk: Desk) -> None:
    send(desk, report())
    judged = desk.judge(reply(desk, letter(desk), f"全部：{TEXT}"))
    assert (judged.quarantined, judged.refusal, desk.facts(Explained)) == (True, "unconfirmed", [])
    assert desk.letters_to(HEALTH, "question")


def test_a_weaker_proof_than_the_reports_is_not_enough(desk: Desk) -> None:
    send(desk, report())
    arrival = desk.arrive(reply(desk, letter(desk), f"全部：{TEXT}"))
    desk.settle()
    judged = desk.admit(arrival, HEALTH)
    assert outcomes(judged) == [("explained", "proof_too_weak")]
    assert "原报送的身份证明比这封信更可靠" in body(letter(desk)) and desk.facts(Explained) == []


def test_a_proof_that_the_agreement_does_not_name_is_not_enough(desk: Desk) -> None:
    send(desk, report())
    desk.agree(BIRTHS, "health", proofs=frozenset({ProofKind.DKIM}))
    assert outcomes(answer(desk, f"全部：{TEXT}")) == [("explained", "proof_too_weak")]


def test_what_is_no_longer_agreed_is_no_longer_explained(desk: Desk) -> None:
    send(desk, report())
    left = {name: one for name, one in desk.rules.agreements.items() if name != f"health/{BIRTHS}"}
    desk.configure(agreements=left)
    assert outcomes(answer(desk, f"全部：{TEXT}")) == [("explained", "not_owed")]


def test_another_department_explains_nothing_of_it(desk: Desk) -> None:
    send(desk, report())
    judged = desk.judge(reply(desk, letter(desk), f"全部：{TEXT}", sender=CLINIC), CLINIC)
    assert (outcomes(judged), judged.refusal, desk.facts(Explained)) == ([], "nothing_found", [])


def test_an_automatic_reply_explains_nothing(desk: Desk) -> None:
    send(desk, report())
    data = b"Auto-Submitted: auto-replied\r\n" + reply(desk, letter(desk), f"全部：{TEXT}")
    judged = desk.judge(data, HEALTH)
    assert (outcomes(judged), judged.refusal) == ([], "automatic")


def test_what_came_sealed_is_not_explained_by_plain_mail_and_nothing_is_quoted(desk: Desk) -> None:
    judged = sealed(desk, report())
    assert outcomes(judged) == [("accepted", None)]
    assert "密封文件里的清单" in body(letter(desk)) and "（请写明原因）" not in body(letter(desk))
    assert outcomes(answer(desk, f"3：{TEXT}")) == [("explained", "proof_too_weak")]
    told = letter(desk).as_string() + body(letter(desk))
    assert TEXT not in told and MAN not in told and desk.facts(Explained) == []


def test_what_must_come_sealed_is_not_explained_in_plain(desk: Desk) -> None:
    send(desk, report())
    desk.agree(BIRTHS, "health", must_be_sealed=True)
    assert outcomes(answer(desk, f"3：{TEXT}")) == [("explained", "must_be_sealed")]
    assert "说明也不能写在普通邮件里" in body(letter(desk))


def test_a_signed_domain_speaks_for_the_text_alone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from gateway.judge import examine as examining
    from gateway.judge.proving import Standing

    send(desk, report())
    to = letter(desk)
    monkeypatch.setattr(examining, "stand", lambda *_: Standing(Proof(ProofKind.SUBMISSION, HEALTH)))
    monkeypatch.setattr("gateway.judge.explanation_sources._BY_TEXT", frozenset({ProofKind.SUBMISSION}))
    for quote, expected in ((False, []), (True, [("explained", None)])):
        assert outcomes(desk.judge(reply(desk, to, f"3：{TEXT}", quote=quote), HEALTH)) == expected


# --- by the list that comes back ---


def test_the_list_comes_back_filled(desk: Desk) -> None:
    of = send(desk, report()).submissions[0].submission
    judged = send(desk, File("随便什么名字.xlsx", filled(open_list(desk), {"C3": TEXT, "D6": "已核对"})))
    assert outcomes(judged) == [("explained", None)] and judged.ignored == ()
    assert said(desk, of) == {3: {"birth_date": TEXT}, 6: {"mother_id_number": "已核对"}}


def test_the_list_saved_as_text_is_known_too(desk: Desk) -> None:
    of = send(desk, report()).submissions[0].submission
    lines = f"说明,编号（请勿改动）\r\n{TEXT},{of}/1\r\n,{of}/2\r\n".encode("gb18030")
    assert outcomes(send(desk, File("说明.csv", lines))) == [("explained", None)]
    assert said(desk, of) == {3: {"birth_date": TEXT}}


def test_a_list_without_explanations_is_told_as_that(desk: Desk) -> None:
    send(desk, report())
    judged = send(desk, File("list.xlsx", open_list(desk)))
    assert (outcomes(judged), judged.refusal) == ([], "not_asked")
    assert "没有填写" in body(letter(desk))


@pytest.mark.parametrize("reference", ["A-20261220-00000000.1/1", "{of}/3000", "{clinic}/1"])
def test_a_list_whose_references_were_changed_explains_nothing(desk: Desk, reference: str) -> None:
    from tests.judge.desk import report as of_clinic

    clinic = desk.judge(desk.message(CLINIC, [of_clinic()]), CLINIC).submissions[0].submission
    of = send(desk, report()).submissions[0].submission
    changed = reference.format(of=of, clinic=clinic)
    lines = f"说明,编号（请勿改动）\r\n{TEXT},{changed}\r\n早产,{of}/1\r\n".encode()
    assert outcomes(send(desk, File("a.csv", lines))) == [("explained", None)]
    assert "清单里有 1 行的编号对不上" in body(letter(desk))
    assert said(desk, of) == {3: {"birth_date": "早产"}}


def test_a_report_that_came_back_unchanged_but_for_explanations_is_no_correction(desk: Desk) -> None:
    of = send(desk, report()).submissions[0].submission
    judged = send(desk, with_column({3: TEXT}))
    assert outcomes(judged) == [("explained", None)]
    assert judged.submissions[0].duplicate_of == of and judged.submissions[0].version == 0
    with desk.store.view() as view:
        standing = view.standing(OBLIGATION)
        assert standing and (standing.accepted, standing.versions) == (of, 1)
    assert said(desk, of) == {3: {"birth_date": TEXT}}
    assert outcomes(send(desk, with_column({3: TEXT}, title="Explanation"))) == [("duplicate", None)]


def test_a_correction_brings_its_own_explanations(desk: Desk) -> None:
    send(desk, report())
    judged = send(desk, with_column({3: TEXT, 6: "已核对"}, (row(9), *PLAIN[1:])))
    assert (outcomes(judged), judged.submissions[0].becomes) == ([("accepted", None)], "correction")
    of = judged.submissions[0].submission
    assert said(desk, of) == {
        3: {"birth_date": TEXT}, 6: {"birth_date": "已核对", "mother_id_number": "已核对"},
    }  # fmt: skip
    assert counts(desk) == [(3, 0, 3, 1)]


def test_a_rejected_workbook_comes_back_mended_and_explained(desk: Desk) -> None:
    send(desk, report((row(1).replace(",1,", ",男,"), *PLAIN[1:])))
    book = next(data for name, data in attached(letter(desk)).items() if "已标出" in name)
    judged = send(desk, File("医院出生人口2026年12月.xlsx", mended(filled(book, {"C3": TEXT}))))
    assert (outcomes(judged), judged.submissions[0].becomes) == ([("accepted", None)], "replacement")
    assert said(desk, judged.submissions[0].submission) == {3: {"birth_date": TEXT}}


def mended(book: bytes) -> bytes:
    import io

    import openpyxl

    made: Any = openpyxl.load_workbook(io.BytesIO(book))
    made.worksheets[1]["B2"].value = "1"
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def test_a_sealed_report_is_explained_by_the_sealed_list(desk: Desk) -> None:
    of = sealed(desk, report()).submissions[0].submission
    lines = File("说明.csv", f"说明,编号（请勿改动）\r\n{TEXT},{of}/1\r\n".encode())
    assert outcomes(send(desk, lines)) == [("explained", "proof_too_weak")]
    assert outcomes(sealed(desk, lines, sequence=2)) == [("explained", None)]
    assert said(desk, of) == {3: {"birth_date": TEXT}}
    told = letter(desk).as_string() + body(letter(desk))
    assert TEXT not in told and MAN not in told


def test_what_came_encrypted_is_explained_in_the_same_way_only(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    of = send(desk, report()).submissions[0].submission
    from gateway.judge.shelf import Shelf

    detail = Shelf.detail
    monkeypatch.setattr(Shelf, "detail", lambda *given: replace(detail(*given), protected=True))
    lines = File("说明.csv", f"说明,编号（请勿改动）\r\n{TEXT},{of}/1\r\n".encode())
    assert outcomes(send(desk, lines)) == [("explained", "must_be_sealed")]


# --- later versions ---


def test_an_explanation_is_carried_over_where_row_and_query_are_the_same(desk: Desk) -> None:
    send(desk, report())
    answer(desk, f"3：{TEXT}\n5：已核对")
    rows = (row(7), *PLAIN[:3], row(4, mother=citizen_of_another()), PLAIN[4])
    judged = send(desk, report(rows))
    of = judged.submissions[0].submission
    assert said(desk, of) == {4: {"birth_date": TEXT}}
    assert counts(desk)[-1] == (0, 1, 1, 3)
    told = body(letter(desk))
    assert "待核实的问题已有说明 1 处（其中 1 处沿用先前的说明），还有 3 处待说明" in told
    assert "第 4 行 C 列" not in told and "第 6 行 D 列" in told


def citizen_of_another() -> str:
    from tests.judge.queried import citizen

    return citizen(serial="003")


def test_an_explanation_of_an_older_letter_counts_for_the_version_that_stands(desk: Desk) -> None:
    send(desk, report())
    old = letter(desk)
    of = send(desk, report((row(7), *PLAIN[:4]))).submissions[0].submission
    judged = answer(desk, f"3：{TEXT}\n6 出生日期：不再有", old)
    assert outcomes(judged) == [("explained", None)] and judged.submissions[0].duplicate_of == of
    assert said(desk, of) == {4: {"birth_date": TEXT}}
    assert "您对第 6 行“出生日期”的说明没有采用：之后又收到了新的一份" in body(letter(desk))


def test_explanations_of_a_rejected_report_wait_for_the_mended_one(desk: Desk) -> None:
    wrong = (row(1).replace(",1,", ",7,"), *PLAIN[1:])
    of = send(desk, report(wrong)).submissions[0].submission
    assert outcomes(answer(desk, f"3：{TEXT}")) == [("explained", None)]
    assert said(desk, of) == {3: {"birth_date": TEXT}}
    assert "错误仍须改正后重新送来" in body(letter(desk))
    judged = send(desk, report())
    assert said(desk, judged.submissions[0].submission) == {3: {"birth_date": TEXT}}


def test_agreeing_to_repairs_and_explaining_go_together(desk: Desk) -> None:
    send(desk, report((row(1).replace(",1,", ",男,"), *PLAIN[1:])))
    to = letter(desk)
    answer(desk, f"3：{TEXT}", to)
    judged = answer(desk, "同意", to)
    (verdict,) = judged.submissions
    assert (verdict.verdict, verdict.queries) == ("accepted", 4)
    assert said(desk, verdict.submission) == {3: {"birth_date": TEXT}}
    assert counts(desk)[-1] == (0, 1, 1, 3)
    answer(desk, "5：已核对", to)
    assert said(desk, verdict.submission) == {3: {"birth_date": TEXT}, 5: {"mother_id_number": "已核对"}}


def test_a_report_in_the_reply_takes_up_what_the_reply_says(desk: Desk) -> None:
    send(desk, report())
    data = desk.message(HEALTH, [report((row(7), *PLAIN))], f"3：{TEXT}", f"回复：{letter(desk)['Subject']}")
    judged = desk.judge(data, HEALTH)
    assert outcomes(judged) == [("accepted", None)]
    assert said(desk, judged.submissions[0].submission) == {4: {"birth_date": TEXT}}


def test_the_accepted_table_stays_as_it_was(desk: Desk) -> None:
    judged = send(desk, report())
    answer(desk, f"全部：{TEXT}")
    table = read_table(desk.store.read_all(judged.submissions[0].table or "", 1 << 20))
    assert table.height == 5 and TEXT not in str(table.rows())


# --- in between ---


def test_what_came_in_between_is_seen_before_anything_is_recorded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two replies are looked at before either is recorded: neither may forget what the other said."""
    came_in_between = iter((False, True))
    monkeypatch.setattr(explanation_facts, "is_stale", lambda *given: next(came_in_between, False) or is_stale(*given))
    of = send(desk, report()).submissions[0].submission
    to = letter(desk)
    for text in ("3：早产", "5：已核对"):
        desk.arrive(reply(desk, to, text), HEALTH)
    desk.settle()
    assert said(desk, of) == {3: {"birth_date": "早产"}, 5: {"mother_id_number": "已核对"}}
    assert sorted(counts(desk)) == [(1, 0, 1, 3), (1, 0, 2, 2)]


def test_the_letter_written_after_a_crash_says_the_same(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    send(desk, report())
    to = letter(desk)
    with monkeypatch.context() as crash:
        crash.setattr(judging, "answer_with", lambda *_: lambda: None)
        desk.arrive(reply(desk, to, f"3：{TEXT}"), HEALTH)
        desk.settle()
    desk.settle()
    assert len(desk.facts(Explained)) == 1
    assert "本次 1 处" in body(letter(desk)) and "还有 3 处待说明" in body(letter(desk))


def test_a_crash_before_the_verdict_is_recorded_leaves_it_owed_and_it_counts_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = send(desk, report()).submissions[0].submission
    data = reply(desk, letter(desk), f"3：{TEXT}")
    with monkeypatch.context() as crash:
        crash.setattr(judging, "settle", broken)
        desk.arrive(data, HEALTH)
        with pytest.raises(ZeroDivisionError):
            desk.settle()
    assert desk.facts(Explained) == []
    desk.settle()
    assert said(desk, of) == {3: {"birth_date": TEXT}} and len(desk.facts(Explained)) == 1


def broken(*_: object) -> None:
    raise ZeroDivisionError


def test_the_ledger_made_anew_from_the_journal_knows_the_same(desk: Desk) -> None:
    of = send(desk, report()).submissions[0].submission
    answer(desk, f"3：{TEXT}")
    with desk.store.view() as view:
        assert [(one.explained, one.open) for one in view.explained_of(of)] == [(1, 3)]
    assert desk.store.maintain(lambda connection: check(connection, desk.store.entries())).result() == []


def test_one_officer_may_answer_many_letters_and_a_robot_not_for_ever(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.core.decide.MOST_ANSWERS", 2)
    send(desk, report())
    to = letter(desk)
    assert [answer(desk, f"3：第 {n} 次", to).refusal for n in range(4)] == [None, None, "too_often", "too_often"]
    assert answer(desk, "5：已核对", to).refusal is None


def test_early_rows_are_the_ones_that_are_asked_about() -> None:
    assert [EARLY in one for one in PLAIN] == [False, True, False, False, True]
