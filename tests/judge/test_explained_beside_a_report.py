"""A report and explanations in one mail: what is taken of both, and what the letter says of lines that were not."""

from __future__ import annotations

from gateway.core.facts import Explained, Judged
from tests.judge.desk import HEALTH, Desk, File, body, outcomes
from tests.judge.queried import (
    BIRTHS,
    PLAIN,
    attached,
    counts,
    filled,
    letter,
    reply,
    report,
    row,
    said,
    send,
)

TEXT = "双胞胎，在外地出生"


def answer(desk: Desk, text: str, *files: File) -> Judged:
    """The officer replies to the latest letter, and attaches these."""
    to = letter(desk)
    below = "\n".join(f"> {line}" for line in body(to).splitlines())
    return desk.judge(desk.message(HEALTH, list(files), f"{text}\n\n{below}", f"回复：{to['Subject']}"), HEALTH)


def test_a_line_that_answers_nothing_is_told_beside_the_report(desk: Desk) -> None:
    send(desk, report())
    judged = answer(desk, f"3：{TEXT}\n9：没有问题", report((row(7), *PLAIN)))
    assert outcomes(judged) == [("accepted", None)]
    assert said(desk, judged.submissions[0].submission) == {4: {"birth_date": TEXT}}
    told = body(letter(desk))
    assert "您信中第 2 行说明的是第 9 行，那里没有待核实的问题。" in told and "没有问题\n" not in told
    assert "已有说明 1 处" in told


def test_what_was_said_of_a_row_that_the_new_report_changes_is_told(desk: Desk) -> None:
    send(desk, report())
    judged = answer(desk, f"3：{TEXT}\n5：已核对", report((*PLAIN[:1], row(2), *PLAIN[2:])))
    assert said(desk, judged.submissions[0].submission) == {5: {"mother_id_number": "已核对"}}
    assert "您对第 3 行“出生日期”的说明没有采用：这次送来的一份里已没有这个疑问，或者该行已经改过。" in body(
        letter(desk)
    )


def test_lines_to_a_report_in_which_nothing_is_asked_any_more_are_told_and_kept_nowhere(desk: Desk) -> None:
    send(desk, report())
    judged = answer(desk, f"3：{TEXT}\n9：没有问题", report((row(1), row(2))))
    assert outcomes(judged) == [("accepted", None)]
    told = body(letter(desk))
    assert "您对第 3 行“出生日期”的说明没有采用" in told and "您信中第 2 行说明的是第 9 行" in told
    assert desk.facts(Explained) == []


def test_lines_that_are_proven_too_weakly_are_told_beside_the_report_that_is_not(desk: Desk) -> None:
    one = desk.sealed(HEALTH, [report()], 1, dataflow=BIRTHS, nil=False)
    desk.judge(desk.message(HEALTH, [one]), HEALTH)
    judged = answer(desk, f"3：{TEXT}", report((row(7), *PLAIN)))
    assert outcomes(judged) == [("accepted", None)]
    assert "原报送的身份证明比这封信更可靠" in body(letter(desk)) and desk.facts(Explained) == []


def test_a_list_that_fits_nothing_is_told_beside_a_report_in_which_nothing_is_asked(desk: Desk) -> None:
    lines = f"说明,编号（请勿改动）\r\n{TEXT},A-20261220-00000000.1/1\r\n".encode()
    judged = send(desk, report((row(1),)), File("说明.csv", lines))
    assert outcomes(judged) == [("accepted", None)]
    assert "清单里有 1 行的编号对不上" in body(letter(desk))


def test_the_same_report_attached_once_more_does_not_hide_what_the_reply_says(desk: Desk) -> None:
    of = send(desk, report()).submissions[0].submission
    judged = answer(desk, f"3：{TEXT}", report())
    assert outcomes(judged) == [("explained", None)] and judged.submissions[0].duplicate_of == of
    assert said(desk, of) == {3: {"birth_date": TEXT}}


def test_nor_what_the_list_beside_it_says(desk: Desk) -> None:
    of = send(desk, report()).submissions[0].submission
    book = next(data for name, data in attached(letter(desk)).items() if name.endswith(".xlsx"))
    judged = answer(desk, "见附件", report(), File("清单.xlsx", filled(book, {"C3": TEXT})))
    assert outcomes(judged) == [("explained", None)]
    assert said(desk, of) == {3: {"birth_date": TEXT}}


def test_the_same_report_with_a_reply_that_says_nothing_is_a_duplicate(desk: Desk) -> None:
    send(desk, report())
    assert outcomes(answer(desk, "见附件", report())) == [("duplicate", None)]
    assert desk.facts(Explained) == []


def test_an_old_reply_with_a_newer_report_brings_nothing_back(desk: Desk) -> None:
    of = send(desk, report()).submissions[0].submission
    to = letter(desk)
    for text in ("早产", "早产，已复核"):
        desk.judge(reply(desk, to, f"3：{text}"), HEALTH)
    assert said(desk, of) == {3: {"birth_date": "早产，已复核"}}
    judged = answer(desk, "3：早产", report((row(7), *PLAIN)))
    assert said(desk, judged.submissions[0].submission) == {4: {"birth_date": "早产，已复核"}}
    assert counts(desk)[-1] == (0, 1, 1, 3)
