"""What the lead office sealed the page opens, and it believes nobody else."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.core.parties import PublicKey
from gateway.handler import Part
from handlers.sealed import write
from tests.kit.page.officer import Officer
from tests.kit.page.person import Person

Sits = Callable[..., Person]

BOOK = Part("出生核对结果 2026-M12.xlsx", "x", b"a workbook" * 60_000)
NOTE = Part("说明.txt", "x", "请核对".encode())


def result(to: Sequence[PublicKey], seed: bytes = Officer().seed, **other: object) -> bytes:
    """A sealed result of two files, signed by the gateway, but for what is said otherwise."""
    files = (BOOK, NOTE)
    manifest: dict[str, object] = {
        "sender": "lead_office", "key": "gateway.county.example", "recipient": "health", "dataflow": "births_compared",
        "period": "2026-M12", "sequence": 9, "nil": False, "signed": datetime(2026, 12, 28, 16, tzinfo=UTC),
        "rows": {BOOK.name: 24},
    }  # fmt: skip
    return b"".join(write(files, manifest | other, [key.sealing for key in to], seed))


def a_file(folder: Path, content: bytes) -> Path:
    path = folder / "came.sealed"
    path.write_bytes(content)
    return path


def test_a_result_is_proven_listed_and_saved_file_by_file(person: Sits, tmp_path: Path) -> None:
    somebody = person()
    key = somebody.makes_a_key()
    somebody.opens_file(a_file(tmp_path, result([key])))
    page = somebody.page
    assert "已验证：来自清岚县统计局，未被改动" in page.text("#content-title")
    assert page.text("#content-of") == "出生核对结果"
    rows = page.js("[...document.querySelectorAll('tbody tr')].map((row) => [...row.cells].map((c) => c.innerText))")
    assert rows == [[BOOK.name, "24", "586 KB", "保存"], [NOTE.name, "–", "9 字节", "保存"]]
    assert "2026年12月28日 24:00" in page.text("main")
    for number, part in enumerate((BOOK, NOTE)):
        page.click(f"#save-{number}")
        assert page.downloaded(part.name) == part.data


def test_a_closed_key_is_asked_for_and_a_wrong_passphrase_opens_nothing(person: Sits, tmp_path: Path) -> None:
    somebody = person()
    key = somebody.makes_a_key()
    somebody.opens()
    somebody.passphrase = "something else entirely"
    somebody.opens_file(a_file(tmp_path, result([key])))
    assert somebody.alarm().startswith("口令不对")
    assert not somebody.page.has("#content-title")
    somebody.page.fill("#unlock-open", "four quiet words here")
    somebody.page.click("#open")
    somebody.page.there("#content-title")


def test_what_is_sealed_for_several_officers_opens_for_each_with_an_older_key_too(person: Sits, tmp_path: Path) -> None:
    somebody = person()
    old = somebody.makes_a_key()
    somebody.page.click("#renew")
    new = somebody.makes_a_key()
    for to in ([old], [new], [old, new]):
        somebody.opens_file(a_file(tmp_path, result(to)))
        somebody.page.there("#content-title")
        somebody.opens()
        somebody.unlocks()
        somebody.page.there("#lock")


WRONG: list[tuple[str, Callable[[PublicKey], bytes], str]] = [
    ("another signed it", lambda key: result([key], seed=b"another signer's seed, 32 bytes."), "验证不通过"),
    ("for another department", lambda key: result([key], recipient="police"), "验证不通过"),
    ("in another office's name", lambda key: result([key], sender="health"), "验证不通过"),
    ("changed on its way", lambda key: result([key])[:-1] + b"?", "这个文件已损坏"),
    ("cut off", lambda key: result([key])[:-400_000], "这个文件已损坏"),
    ("a workbook", lambda key: b"PK\x03\x04" + bytes(900), "这个文件已损坏"),
    ("an empty file", lambda key: b"", "这个文件已损坏"),
    ("a newer version", lambda key: b"SEALED\x00\x02" + bytes(900), "这个文件是用更新的版本密封的"),
]


@pytest.mark.parametrize(("make", "told"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_what_is_not_right_is_told_and_nothing_of_it_is_shown(
    person: Sits, tmp_path: Path, make: Callable[[PublicKey], bytes], told: str
) -> None:
    somebody = person()
    somebody.opens_file(a_file(tmp_path, make(somebody.makes_a_key())))
    assert somebody.alarm().startswith(told)
    assert not somebody.page.has("#content-title, tbody")


def test_a_file_for_another_key_is_told_as_that(person: Sits, tmp_path: Path) -> None:
    somebody = person()
    key = somebody.makes_a_key()
    stranger = PublicKey("a", "a", bytes(32), hashlib.sha256(b"x").digest(), key.valid_from, key.valid_until)
    somebody.opens_file(a_file(tmp_path, result([stranger])))
    assert somebody.alarm().startswith("这个文件不是给您现在打开的密钥的")


def test_an_older_key_of_the_gateway_still_proves(person: Sits, tmp_path: Path) -> None:
    older = Officer(seed=b"an older seed of the gateway's!!")
    somebody = person(Officer(older_lines=[older.gateway_line]))
    key = somebody.makes_a_key()
    somebody.opens_file(a_file(tmp_path, result([key], seed=older.seed)))
    somebody.page.there("#content-title")
