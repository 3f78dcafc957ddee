"""Who agrees to repairs gets their own file with the repaired cells, and sent again it says what we accepted."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import openpyxl
import pytest

from gateway.checks.tables import read_table
from gateway.core.facts import Judged, RepairOffered
from gateway.demo.senders import File
from gateway.handler import Limits, Trouble, Unreadable
from gateway.judge import mending
from gateway.sandbox import Session, Unsafe
from handlers import sealed
from tests.handlers.books import by_xlsxwriter
from tests.handlers.ugly_book import HEAD, ugly_book
from tests.judge.desk import CLINIC, HEALTH, NAME, Desk, body, outcomes, report
from tests.judge.test_marked import RIGHT, enclosed, receipts, send

MENDED = "医院出生人口2026年12月（已改正）.xlsx"
SHEET = "张's 明细"


def rows() -> tuple[tuple[Any, ...], ...]:
    """Each row right, but for typing and names instead of codes."""
    first, second, third = (list(row) for row in RIGHT)
    first[2], second[3], third[2] = "男", "２０２６-12-03", "２"
    third[8] = "４４９９21100201"
    return tuple(map(tuple, (first, second, third)))


def agree(desk: Desk, officer: str = HEALTH) -> Judged:
    letter = receipts(desk, officer)[-1]
    quoted = "\n".join(f"> {line}" for line in body(letter).splitlines())
    return desk.judge(desk.message(officer, [], f"同意\n\n{quoted}", f"回复：{letter['Subject']}"), officer)


def table_of(desk: Desk, judged: Judged) -> Sequence[Any]:
    return read_table(desk.store.read_all(judged.submissions[0].table or "", 1 << 20)).rows()


def test_the_mended_workbook_is_theirs_and_sent_again_gives_our_table(desk: Desk) -> None:
    assert outcomes(send(desk, ugly_book(rows()))) == [("rejected", "findings")]
    agreed = agree(desk)
    assert outcomes(agreed) == [("accepted", None)]
    letter = receipts(desk)[-1]
    assert f"附件中有改正后的文件（{MENDED}）" in body(letter)
    made = enclosed(letter)[MENDED]
    before, after = (openpyxl.load_workbook(io.BytesIO(data)) for data in (ugly_book(rows()), made))
    assert before.sheetnames == after.sheetnames
    cells = {
        cell.coordinate: (cell.value, other.value)
        for row, others in zip(before[SHEET].iter_rows(), after[SHEET].iter_rows(), strict=True)
        for cell, other in zip(row, others, strict=True)
        if cell.value != other.value
    }
    assert cells == {
        "C5": ("男", "1"), "D6": ("２０２６-12-03", "2026-12-03"), "C7": ("２", "2"),
        "I7": ("４４９９21100201", "449921100201"),
    }  # fmt: skip
    again = send(desk, made, MENDED)
    (one,) = again.submissions
    assert (one.verdict, one.errors, one.queries) == ("accepted", 0, agreed.submissions[0].queries)
    assert table_of(desk, again) == table_of(desk, agreed)


def test_a_clean_mended_workbook_is_accepted_with_no_finding_at_all(desk: Desk) -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet("出生")
        for number, row in enumerate((HEAD, *rows())):
            sheet.write_row(number, 0, row)

    send(desk, by_xlsxwriter(fill))
    agreed = agree(desk)
    again = send(desk, enclosed(receipts(desk)[-1])[MENDED], MENDED)
    assert [(one.verdict, one.errors, one.queries) for one in again.submissions] == [("accepted", 0, 0)]
    assert table_of(desk, again) == table_of(desk, agreed)


def test_a_csv_file_is_made_a_workbook_and_counts_the_same(desk: Desk) -> None:
    desk.judge(desk.message(CLINIC, [report(sex="男")]), CLINIC)
    agreed = agree(desk, CLINIC)
    name = NAME.replace(".csv", "（已改正）.xlsx")
    made = enclosed(receipts(desk, CLINIC)[-1])[name]
    again = desk.judge(desk.message(CLINIC, [File(name, made)]), CLINIC)
    assert [(one.verdict, one.errors, one.queries) for one in again.submissions] == [("accepted", 0, 0)]
    assert table_of(desk, again) == table_of(desk, agreed)


def test_the_mended_file_of_a_sealed_report_comes_sealed(desk: Desk) -> None:
    desk.agree(must_be_sealed=True)
    desk.judge(desk.message(CLINIC, [desk.sealed(CLINIC, [report(sex="男")])]))
    found = unsealed(desk, sealed_in(enclosed(receipts(desk, CLINIC)[-1])))
    ((name, data),) = [(name, data) for name, data in found.items() if name.endswith(".json")]
    agreed = desk.sealed(CLINIC, [File(name.replace("repairs", "agreed"), data)], 2)
    judged = desk.judge(desk.message(CLINIC, [agreed]))
    letter = receipts(desk, CLINIC)[-1]
    named = f"mended-{judged.submissions[0].submission}.sealed"
    assert set(enclosed(letter)) == {"receipt.json", named}
    assert f"附件 {named} 已用您的密钥密封，内有改正后的文件" in body(letter)
    assert list(unsealed(desk, enclosed(letter)[named])) == [NAME.replace(".csv", "（已改正）.xlsx")]


def sealed_in(files: dict[str, bytes]) -> bytes:
    return next(data for name, data in files.items() if name.endswith(".sealed"))


def unsealed(desk: Desk, data: bytes) -> dict[str, bytes]:
    unlocked = sealed.unlock_for(data, [desk.site.keys[CLINIC].sealing_private])
    return {part.name: part.data for part in sealed.open_parts(data, Limits(), unlocked.content_key).parts}


def test_what_must_be_sealed_goes_to_nobody_without_a_key(desk: Desk) -> None:
    send(desk, ugly_book(rows()))
    letter = receipts(desk)[-1]
    desk.configure(keys={})
    health = [name for name in desk.rules.agreements if name.startswith("health/")]
    for name in health:
        desk.agree(name.partition("/")[2], "health", must_be_sealed=True)
    quoted = "\n".join(f"> {line}" for line in body(letter).splitlines())
    desk.judge(desk.message(HEALTH, [], f"同意\n\n{quoted}", f"回复：{letter['Subject']}"), HEALTH)
    assert set(enclosed(receipts(desk)[-1])) == {"receipt.json"}


DEATHS = ("出生医学证明编号", "性别", "出生日期", "死亡日期", "死因", "村（居）委会代码")


def test_two_reports_of_one_file_are_mended_in_one_file_that_comes_once(desk: Desk) -> None:
    def fill(book: Any) -> None:
        births, deaths = book.add_worksheet("出生"), book.add_worksheet("婴儿死亡")
        for number, row in enumerate((HEAD, *rows())):
            births.write_row(number, 0, row)
        for number, row in enumerate(
            (DEATHS, ("A440000001", "男", "2026-11-02", "2026-12-01", "肺炎", "449921100201"))
        ):
            deaths.write_row(number, 0, row)

    judged = send(desk, by_xlsxwriter(fill), "卫生局2026年12月.xlsx")
    assert outcomes(judged) == [("rejected", "findings")] * 2
    agreed = agree(desk)
    assert outcomes(agreed) == [("accepted", None)] * 2
    found = [name for name in enclosed(receipts(desk)[-1]) if name.endswith(".xlsx")]
    assert found == ["卫生局2026年12月（已改正）.xlsx"]
    made = openpyxl.load_workbook(io.BytesIO(enclosed(receipts(desk)[-1])[found[0]]))
    assert (made["出生"]["C2"].value, made["婴儿死亡"]["B2"].value) == ("1", "1")


@pytest.mark.parametrize("trouble", [Unsafe("timeout"), Unreadable(Trouble.UNSUPPORTED)])
def test_where_it_cannot_be_mended_in_place_a_workbook_is_made_anew(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    def fail(*_: object) -> bytes:
        raise trouble

    monkeypatch.setattr(Session, "mend", fail)
    send(desk, ugly_book(rows()))
    agreed = agree(desk)
    made = enclosed(receipts(desk)[-1])[MENDED]
    assert openpyxl.load_workbook(io.BytesIO(made))[SHEET]["C5"].value == "1"
    again = send(desk, made, MENDED)
    assert again.submissions[0].verdict == "accepted"
    assert table_of(desk, again) == table_of(desk, agreed)


def test_a_file_too_large_for_a_letter_is_not_made(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mending, "MOST_BYTES", 1_000)
    send(desk, ugly_book(rows()))
    (offer,) = desk.facts(RepairOffered)
    assert offer.file is None
    assert outcomes(agree(desk)) == [("accepted", None)]
    assert "改正后的文件" not in body(receipts(desk)[-1])
