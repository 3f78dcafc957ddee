"""Queries explained over the real way: sent by SMTP, answered by mail, explained by a reply and by the list itself."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from gateway.core.facts import Explained
from gateway.demo.county import County, local
from gateway.demo.post_office import Delivered
from gateway.demo.senders import File
from tests.judge.queried import PLAIN
from tests.judge.queried import report as queried
from tests.world import REPORTING_DAY, Site, Told, receipt, undone, verified, watching

OFFICER, STRANGER = "health.reporter", "someone@elsewhere.example"


@pytest.fixture
def town(site: Site, tmp_path: Path) -> Iterator[County]:
    with site.town(tmp_path, REPORTING_DAY) as county:
        county.work()
        yield county


def sent(county: County, mail: bytes, sender: str = "", officer: str | None = OFFICER) -> Told:
    with watching(county) as seen:
        county.send(sender or county.address(OFFICER), mail, officer)
        county.work()
    return seen.told


def answer(county: County, letter: Delivered, text: str, sender: str = "", files: tuple[File, ...] = ()) -> bytes:
    """As a mail program replies to a letter."""
    below = "\n".join(f"> {line}" for line in letter.text.splitlines())
    mail = county.mail(sender or county.address(OFFICER), f"回复：{letter.subject}", files, f"{text}\n\n{below}")
    return f"In-Reply-To: {letter.message['Message-ID']}\r\n".encode() + mail


def letter_of(told: Told) -> Delivered:
    (letter,) = [one for one in told.letters if "receipt.json" in one.files()]
    return letter


def test_one_month_of_queries_ends_with_all_of_them_explained(town: County, tmp_path: Path) -> None:
    first = sent(town, town.mail(town.address(OFFICER), "出生", [queried()]))
    (verdict,) = first.submissions
    assert (verdict.verdict, verdict.queries) == ("accepted", 4)
    strange = sent(town, answer(town, letter_of(first), "全部：假的", STRANGER), STRANGER, None)
    assert strange.of(Explained) == [] and strange.to(STRANGER) == []
    second = sent(town, answer(town, letter_of(first), "第 3 行：早产\n6 出生日期：补登"))
    (fact,) = second.of(Explained)
    assert (fact.of, fact.explained, fact.open) == (verdict.submission, 2, 2)
    book = next(data for name, data in letter_of(second).files().items() if name.endswith(".xlsx"))
    third = sent(town, answer(town, letter_of(second), "请见附件", files=(File("清单.xlsx", filled(book)),)))
    (fact,) = third.of(Explained)
    assert (fact.of, fact.explained, fact.open) == (verdict.submission, 4, 0)
    told = receipt(letter_of(third))
    assert told["verdicts"][0]["explanations"][0]["digest"] == fact.digest
    path = tmp_path / "receipt.json"
    path.write_bytes(letter_of(third).files()["receipt.json"])
    good, wrong = verified(town, [path])
    assert wrong == [] and len(good) == 2
    assert undone(town) == []


def filled(book: bytes) -> bytes:
    made: Any = openpyxl.load_workbook(io.BytesIO(book))
    for line in made.worksheets[0].iter_rows():
        if str(line[9].value).startswith("A-"):
            line[8].value = "已核对"
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def test_a_correction_later_in_the_month_is_not_asked_again(town: County) -> None:
    first = sent(town, town.mail(town.address(OFFICER), "出生", [queried()]))
    sent(town, answer(town, letter_of(first), "全部：均已核对"))
    town.turn_to(local(2026, 12, 23))
    rows = (PLAIN[0].replace("林示例", "林样本"), *PLAIN[1:])
    later = sent(town, town.mail(town.address(OFFICER), "出生", [queried(rows)]))
    assert [(one.verdict, one.becomes) for one in later.submissions] == [("accepted", "correction")]
    (fact,) = later.of(Explained)
    assert (fact.carried, fact.open) == (4, 0)
    assert "全部说明完毕" in letter_of(later).text
    assert undone(town) == []
