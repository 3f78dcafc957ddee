"""What the page seals the gateway opens, and it says what the officer chose."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.kit.page import books
from tests.kit.page.books import HEADER, ROW
from tests.kit.page.person import Person, opened_by_the_gateway

Sits = Callable[..., Person]
SECONDS = 15.0  # five are promised, on a machine that does nothing else


def test_a_sealed_workbook_opens_at_the_gateway_and_its_list_says_what_was_chosen(person: Sits, tmp_path: Path) -> None:
    somebody = person()
    key = somebody.makes_a_key()
    book = books.xlsx(tmp_path / "医院出生 12月.xlsx", [HEADER, ROW])
    assert somebody.chooses(book) == ["complete"]
    manifest, files = opened_by_the_gateway(somebody.seals(), somebody.officer, key)
    assert files == {book.name: book.read_bytes()}
    assert (manifest.sender, manifest.recipient, manifest.key) == ("health", "lead_office", key.id)
    assert (manifest.dataflow, manifest.period, manifest.nil) == ("hospital_births", "2026-M12", False)
    assert abs(manifest.signed - datetime.now(UTC)) < timedelta(minutes=1)
    assert [file.rows for file in manifest.files] == [None]


def test_several_files_go_into_one_report_in_the_order_in_which_they_were_chosen(person: Sits, tmp_path: Path) -> None:
    somebody = person()
    key = somebody.makes_a_key()
    chosen = [books.xlsx(tmp_path / f"{name}.xlsx", [HEADER, ROW]) for name in ("乙", "甲")]
    somebody.chooses(*chosen)
    manifest, files = opened_by_the_gateway(somebody.seals(), somebody.officer, key)
    assert [file.name for file in manifest.files] == ["乙.xlsx", "甲.xlsx"]
    assert files == {file.name: file.read_bytes() for file in chosen}


def test_dropped_files_are_chosen_ones_and_one_dropped_beside_does_not_replace_the_page(
    person: Sits, tmp_path: Path
) -> None:
    somebody = person()
    somebody.makes_a_key()
    book = books.xlsx(tmp_path / "births.xlsx", [HEADER, ROW])
    somebody.chooses()
    somebody.page.drop("h1", book)
    assert not somebody.page.has(".files li")
    somebody.page.drop(".drop", book)
    somebody.page.there("[data-said=complete]")
    assert somebody.page.text(".files strong") == "births.xlsx"
    somebody.page.click("#remove-0")
    somebody.page.until("!document.querySelector('.files li')")


def test_nothing_to_report_is_a_nil_return(person: Sits) -> None:
    somebody = person()
    key = somebody.makes_a_key()
    somebody.chooses(period="2026-M11")
    somebody.page.click("#nil")
    manifest, files = opened_by_the_gateway(somebody.seals(), somebody.officer, key)
    assert (manifest.nil, manifest.period, files) == (True, "2026-M11", {})


def test_what_is_reported_when_it_occurs_asks_for_its_day(person: Sits, tmp_path: Path) -> None:
    somebody = person()
    key = somebody.makes_a_key()
    file = books.text(tmp_path / "通报.csv", [["事项"], ["疫情"]])
    assert somebody.chooses(file, dataflow="urgent_events", period="2026-10-05") == ["complete"]
    manifest, _ = opened_by_the_gateway(somebody.seals(), somebody.officer, key)
    assert (manifest.dataflow, manifest.period) == ("urgent_events", "2026-10-05")


def test_the_report_that_is_due_next_is_proposed_with_its_day(person: Sits) -> None:
    somebody = person()
    somebody.makes_a_key()
    somebody.page.click("#to-send-view")
    assert somebody.page.js("document.querySelector('#dataflow').value") == "hospital_births"
    assert somebody.page.js("document.querySelector('#period').value") == "2026-M12"
    assert "还有 6 天" in somebody.page.text("#due")
    somebody.page.fill("#period", "2026-M11")
    somebody.page.until("document.querySelector('#due').innerText.includes('已逾期')")


CLOCK = """{
    const at = %s;
    globalThis.Date = class extends Date { constructor(...given) { given.length ? super(...given) : super(at) } };
}"""


def test_each_sealed_file_counts_on_even_when_the_clock_goes_back(person: Sits) -> None:
    somebody = person()
    key = somebody.makes_a_key()
    sequences = []
    for clock in ("Date.now()", "Date.now() + 86400e3", "Date.now() - 86400e3"):
        somebody.page.js(CLOCK % clock)
        somebody.chooses()
        if not somebody.page.js("document.querySelector('#nil').checked"):
            somebody.page.click("#nil")
        sequences.append(opened_by_the_gateway(somebody.seals(), somebody.officer, key)[0].sequence)
    assert abs(sequences[0] - time.time()) < 60, "as the command line counts: the present second"
    assert sequences[1] > sequences[0] + 80_000
    assert sequences[2] == sequences[1] + 1


def test_a_locked_key_is_opened_where_it_is_needed_and_a_wrong_passphrase_seals_nothing(person: Sits) -> None:
    somebody = person()
    key = somebody.makes_a_key()
    somebody.opens()
    somebody.chooses()
    somebody.page.click("#nil")
    somebody.passphrase = "something else entirely"
    somebody.presses_seal()
    assert somebody.alarm().startswith("口令不对")
    assert somebody.page.focused() == "unlock-send"
    assert not somebody.page.has("#sealed-name")
    somebody.passphrase = "four quiet words here"
    assert opened_by_the_gateway(somebody.seals(), somebody.officer, key)[0].nil


def test_a_missing_column_is_named_before_anything_is_sealed(person: Sits, tmp_path: Path) -> None:
    somebody = person()
    key = somebody.makes_a_key()
    book = books.xlsx(
        tmp_path / "births.xlsx", [("出生证编号", "出生年月日", "姓名"), ("S330000001", "2026-12-03", "王")]
    )
    assert somebody.chooses(book) == ["columns_missing"]
    assert somebody.page.text(".files p.bad") == "工作表“Sheet1”缺少必填的列：“性别”。请补上后重新放入。"
    somebody.presses_seal()
    assert somebody.alarm().startswith("文件有问题")
    somebody.page.click("#anyway")
    _, files = opened_by_the_gateway(somebody.seals(), somebody.officer, key)
    assert files == {"births.xlsx": book.read_bytes()}


LOOKS: list[tuple[str, Callable[[Path], Path], str]] = [
    ("plain.xlsx", lambda f: books.xlsx(f, [HEADER, ROW]), "complete"),
    ("texts_in_cells.xlsx", lambda f: books.xlsx(f, [HEADER, ROW], inline=True), "complete"),
    ("template.xlsx", books.with_example, "complete"),
    ("english.xlsx", lambda f: books.xlsx(f, [("Birth Certificate", "SEX", "birth_date")]), "complete"),
    ("spaces.csv", lambda f: books.text(f, [("出生医学证明 编号", "性　别", "出生日期（年月日）")]), "complete"),
    ("gbk.csv", lambda f: books.text(f, [HEADER, ROW], "gb18030"), "complete"),
    ("big5.csv", lambda f: books.text(f, [("出生證明編號", "性別", "出生日期")], "cp950"), "complete"),
    ("big5_missing.csv", lambda f: books.text(f, [("性別", "出生日期", "戶籍")], "cp950"), "columns_missing"),
    ("document.ods", lambda f: books.document(f, [["十二月"], HEADER, ROW]), "complete"),
    ("document_missing.ods", lambda f: books.document(f, [HEADER[1:], ROW[1:]]), "columns_missing"),
    ("document_empty.ods", lambda f: books.document(f, []), "empty"),
    ("document_cut.ods", lambda f: books.damaged(f, books.document), "not_looked_into"),
    ("letter.ods", lambda f: books.document(f, [HEADER], within="text"), "not_looked_into"),
    ("marked.csv", lambda f: books.text(f, [HEADER, ROW], "utf-8-sig"), "complete"),
    ("excel.txt.csv", lambda f: books.text(f, [("sep=;",), HEADER, ROW], "utf-8", ";"), "complete"),
    ("utf16.tsv", lambda f: books.text(f, [HEADER, ROW], "utf-16", "\t"), "complete"),
    ("quoted.csv", lambda f: books.text(f, [['"出生医学证明\n编号"', '"性别"', "出生日期"]]), "complete"),
    ("two_missing.csv", lambda f: books.text(f, [("性别", "出生日期"), ("1", "2026-12-01")]), "columns_missing"),
    ("deaths.xlsx", lambda f: books.xlsx(f, [("死亡日期", "死因"), ("2026-12-01", "A")]), "no_header"),
    ("empty.xlsx", lambda f: books.xlsx(f, []), "empty"),
    ("no_bytes.csv", lambda f: books.text(f, []), "empty"),
    ("cut.xlsx", books.damaged, "not_looked_into"),
    ("photo.jpg", lambda f: books.text(f, [("性别",)]), "not_looked_into"),
    ("noise.csv", lambda f: f.write_bytes(b"\xff\xff\x80\x80") and f, "not_looked_into"),
    ("old.xls", lambda f: f.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 99) and f, "compound"),
    ("again.sealed", lambda f: f.write_bytes(b"SEALED\x00\x01") and f, "sealed_already"),
]  # fmt: skip


def test_each_file_is_said_to_be_what_it_is(person: Sits, tmp_path: Path) -> None:
    somebody = person()
    somebody.makes_a_key()
    files = [make(tmp_path / name) for name, make, _ in LOOKS]
    said = somebody.chooses(*files)
    assert dict(zip([name for name, _, _ in LOOKS], said, strict=True)) == {name: code for name, _, code in LOOKS}


@pytest.mark.timeout(240)
def test_twenty_megabytes_are_sealed_soon(person: Sits, tmp_path: Path) -> None:
    somebody = person()
    key = somebody.makes_a_key()
    file = tmp_path / "large.bin"
    file.write_bytes(random.Random(7).randbytes(20 << 20))
    somebody.chooses(file)
    began = time.monotonic()
    somebody.presses_seal()
    somebody.page.there("#sealed-name")
    took = time.monotonic() - began
    print(f"20 MB sealed in {took:.2f} s")
    assert took < SECONDS
    sealed = somebody.page.downloaded("hospital_births-2026-M12.sealed")
    manifest, files = opened_by_the_gateway(sealed, somebody.officer, key)
    assert hashlib.sha256(files["large.bin"]).hexdigest() == manifest.files[0].sha256
    assert files["large.bin"] == file.read_bytes()


def test_a_file_that_changes_while_it_lies_in_the_page_is_told(person: Sits, tmp_path: Path) -> None:
    somebody = person()
    somebody.makes_a_key()
    book = books.xlsx(tmp_path / "births.xlsx", [HEADER, ROW])
    somebody.chooses(book)
    book.write_bytes(b"something else of another length")
    somebody.presses_seal()
    assert somebody.alarm() == "文件“births.xlsx”在密封时被改动或移走了。请关闭正在编辑它的程序，重新放入。"


def test_a_file_too_large_for_a_mail_is_told(person: Sits, tmp_path: Path) -> None:
    somebody = person()
    somebody.makes_a_key()
    file = tmp_path / "large.bin"
    file.write_bytes(bytes(30_000_000))
    somebody.chooses(file)
    somebody.seals()
    assert "29 MB" in somebody.alarm()
