"""A workbook that goes back once more shows what was explained: filled in its list, and not marked as open."""

from __future__ import annotations

import io
from typing import Any

import openpyxl

from tests.judge.desk import HEALTH, Desk, File, body, outcomes
from tests.judge.queried import (
    HEADER,
    PLAIN,
    WRONG,
    answer,
    attached,
    counts,
    filled,
    letter,
    lines,
    reply,
    report,
    row,
    said,
    send,
    with_column,
)

BOOK = "医院出生人口2026年12月.xlsx"
TEXT = "双胞胎，在外地出生"
OPEN = ("疑问", "")


def marked(desk: Desk) -> bytes:
    """The copy that the latest letter encloses."""
    return next(data for name, data in attached(letter(desk)).items() if "已标出" in name)


def told(book: bytes) -> dict[str, tuple[str, str]]:
    """Of the four queries: their kinds and explanations."""
    return {place: one for place, one in lines(book).items() if place in ("C3", "D5", "C6", "D6")}


def changed(book: bytes, cells: dict[str, str]) -> bytes:
    """The officer's own sheet, behind the list, with other texts."""
    made: Any = openpyxl.load_workbook(io.BytesIO(book))
    for place, text in cells.items():
        made.worksheets[1][place].value = text
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def test_what_a_reply_explained_is_filled_in_and_not_marked(desk: Desk) -> None:
    send(desk, report(WRONG))
    answer(desk, f"3：{TEXT}")
    assert outcomes(send(desk, report(WRONG))) == [("rejected", "findings")]
    book = marked(desk)
    assert told(book) == {"C3": ("已说明", TEXT), "D5": OPEN, "C6": OPEN, "D6": OPEN}
    data: Any = openpyxl.load_workbook(io.BytesIO(book)).worksheets[1]
    assert [data[at].comment is None for at in ("B2", "C3", "D5")] == [False, True, False]
    assert [data[at].fill.fgColor.rgb for at in ("B2", "C3", "D5")] == ["FFFFCFC9", "00000000", "FFFFF1BF"]
    assert "第 3 行 C 列" not in body(letter(desk)) and "还有 3 处待说明" in body(letter(desk))


def test_what_the_list_in_front_says_is_there_again_when_the_workbook_is_rejected_again(desk: Desk) -> None:
    send(desk, report(WRONG))
    book = filled(marked(desk), {"C3": TEXT})
    answer(desk, "5：已核对")
    assert outcomes(send(desk, File(BOOK, book))) == [("rejected", "findings")]
    assert told(marked(desk)) == {"C3": ("已说明", TEXT), "D5": ("已说明", "已核对"), "C6": OPEN, "D6": OPEN}
    assert counts(desk)[-1] == (1, 1, 2, 2)
    assert outcomes(send(desk, File(BOOK, changed(marked(desk), {"B2": "1"})))) == [("accepted", None)]
    assert counts(desk)[-1] == (0, 2, 2, 2)
    assert "已有说明 2 处（其中 2 处沿用先前的说明）" in body(letter(desk))


def test_what_its_own_column_says_is_shown_too(desk: Desk) -> None:
    send(desk, with_column({3: TEXT}, WRONG))
    assert told(marked(desk))["C3"] == ("已说明", TEXT)
    assert HEADER.count(",") == 6


def test_the_newest_word_is_shown_and_an_older_workbook_does_not_bring_back_the_one_before(desk: Desk) -> None:
    send(desk, report(WRONG))
    to = letter(desk)
    desk.judge(reply(desk, to, "3：早产"), HEALTH)
    send(desk, report(WRONG))
    old = marked(desk)
    assert told(old)["C3"] == ("已说明", "早产")
    desk.judge(reply(desk, to, "3：早产，已复核"), HEALTH)
    send(desk, File(BOOK, old))
    assert told(marked(desk))["C3"] == ("已说明", "早产，已复核")
    judged = send(desk, File(BOOK, changed(old, {"B2": "1"})))
    assert said(desk, judged.submissions[0].submission) == {3: {"birth_date": "早产，已复核"}}


def test_a_row_that_was_changed_is_asked_about_anew(desk: Desk) -> None:
    send(desk, report(WRONG))
    answer(desk, f"3：{TEXT}")
    send(desk, report((*WRONG[:1], row(2, "2026-08-02"), *WRONG[2:])))
    assert told(marked(desk))["C3"] == OPEN
    assert PLAIN[1] == WRONG[1]


def test_what_was_refused_is_not_shown_as_explained(desk: Desk) -> None:
    """A sealed report, and a list for it that came by plain mail beside another report."""
    one = desk.sealed(HEALTH, [report(WRONG)], 1, dataflow="hospital_births", nil=False)
    of = desk.judge(desk.message(HEALTH, [one]), HEALTH).submissions[0].submission
    number = next(n for n, finding in enumerate(findings(desk, of), 1) if (finding.row, finding.column) == (3, 3))
    list_of_it = File("说明.csv", f"说明,编号（请勿改动）\r\n{TEXT},{of}/{number}\r\n".encode())
    send(desk, report(WRONG), list_of_it)
    assert told(marked(desk))["C3"] == OPEN


def findings(desk: Desk, submission: str) -> Any:
    from gateway.perform.receipts import details_of

    return details_of(desk.office, desk.verdict(submission.partition(".")[0])).of(submission).findings


def test_a_sheet_beside_it_that_says_there_is_nothing_asks_nothing(desk: Desk) -> None:
    send(desk, report(WRONG))
    answer(desk, f"3：{TEXT}")
    book = openpyxl.Workbook()
    births, deaths = book.worksheets[0], book.create_sheet("婴儿死亡")
    births.title = "医院出生人口"
    for line in (HEADER, *WRONG):
        births.append(line.split(","))
    deaths.append(["出生医学证明编号", "性别", "出生日期", "死亡日期", "死亡原因", "村（居）委会代码"])
    deaths.append(["本期无数据"])
    out = io.BytesIO()
    book.save(out)
    judged = send(desk, File("2026年12月.xlsx", out.getvalue()))
    assert sorted(outcomes(judged)) == [("accepted", None), ("rejected", "findings")]
    assert told(marked(desk))["C3"] == ("已说明", TEXT)
