"""Repairs that came sealed are shown change by change, and agreed to by sealing back the very list that was shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.core.parties import PublicKey
from gateway.handler import Part
from handlers.sealed import write
from tests.kit.page.officer import PASSPHRASE, Officer
from tests.kit.page.person import Person, opened_by_the_gateway

Sits = Callable[..., Person]

SUBMISSION = "A-20261220-7K3M9QXD.1"
NAME = f"repairs-{SUBMISSION}.json"
ODD = "=<b>男</b>&{n}"


def the_list(**other: object) -> bytes:
    changes = [
        {"row": 2, "column": 28, "field": "sex", "code": "code_title", "old": ODD, "new": "1", "digest": "d"},
        {"row": 13, "column": 1, "field": "weight_grams", "code": "typography", "old": "３２００", "new": "3200"},
    ]  # fmt: skip
    about = {"submission": SUBMISSION, "dataflow": "hospital_births", "period": "2026-M12", "sheet": "出生 {sheet}"}
    return json.dumps(about | {"salt": "00" * 16, "changes": changes} | other, ensure_ascii=False).encode()


def came(to: PublicKey, folder: Path, data: bytes, name: str = NAME) -> Path:
    """The sealed file that comes with a rejection, signed by the gateway."""
    manifest: dict[str, object] = {
        "sender": "lead_office", "key": "gateway.county.example", "recipient": "health", "dataflow": "hospital_births",
        "period": "2026-M12", "sequence": 9, "nil": False, "signed": datetime(2026, 12, 20, 2, tzinfo=UTC), "rows": {},
    }  # fmt: skip
    parts = [Part("核对结果.csv", "text/csv", b"1,2\r\n"), Part(name, "application/json", data)]
    path = folder / "came.sealed"
    path.write_bytes(b"".join(write(parts, manifest, [to.sealing], Officer().seed)))
    return path


def test_every_change_is_shown_and_the_list_is_sealed_back_as_it_came(person: Sits, tmp_path: Path) -> None:
    somebody = person()
    key, page = somebody.makes_a_key(), somebody.page
    somebody.opens_file(came(key, tmp_path, the_list()))
    assert page.text("#offer-0") == "可以自动改正：2 处"
    rows = page.js(
        "[...document.querySelectorAll('.changes tbody tr')].map((r) => [...r.cells].map((c) => c.innerText))"
    )
    assert rows == [["AB2", ODD, "1"], ["A13", "３２００", "3200"]]
    assert "医院出生人口，2026年12月，工作表“出生 {sheet}”" in page.text("main")
    page.click("#agree-0")
    page.there("#agreed-name-0")
    made = f"agreed-{SUBMISSION}.sealed"
    assert page.text("#agreed-name-0") == made
    manifest, files = opened_by_the_gateway(page.downloaded(made), somebody.officer, key)
    assert files == {f"agreed-{SUBMISSION}.json": the_list()}
    about = (manifest.sender, manifest.recipient, manifest.dataflow, manifest.period, manifest.files[0].rows)
    assert about == ("health", "lead_office", "hospital_births", "2026-M12", None)
    assert "mailto:reports%40county.example" in page.js("document.querySelector('#mail-agreed-0').href")
    assert page.complaints() == []
    assert [one.rpartition("/")[2] for one in page.requests()] == ["seal.html"]


def test_a_key_that_was_locked_meanwhile_is_asked_for_again(person: Sits, tmp_path: Path) -> None:
    somebody = person()
    key, page = somebody.makes_a_key(), somebody.page
    somebody.opens_file(came(key, tmp_path, the_list()))
    page.click("#to-key-view")
    page.click("#lock")
    page.click("#to-open-view")
    page.fill("#unlock-agree-0", "not this one")
    page.click("#agree-0")
    assert somebody.alarm().startswith("口令不对")
    page.fill("#unlock-agree-0", PASSPHRASE)
    page.click("#agree-0")
    page.there("#agreed-name-0")


@pytest.mark.parametrize(
    "data",
    [
        b"{",
        b"null",
        b"[]",
        the_list(submission="A-20261220-7K3M9QXE.1"),
        the_list(changes={}),
        the_list(changes=[None]),
        the_list(changes=[{"row": 2, "column": "B", "old": "", "new": ""}]),
        the_list(changes=[{"row": 2, "column": 1, "old": "", "new": 7}]),
        the_list(period=None),
        "男".encode("gb18030"),
    ],
)
def test_a_list_that_cannot_be_shown_whole_cannot_be_agreed_to(person: Sits, tmp_path: Path, data: bytes) -> None:
    somebody = person()
    somebody.opens_file(came(somebody.makes_a_key(), tmp_path, data))
    assert "已损坏" in somebody.alarm()
    assert not somebody.page.has("#agree-0, .changes")


def test_what_offers_nothing_has_no_such_button(person: Sits, tmp_path: Path) -> None:
    somebody = person()
    somebody.opens_file(came(somebody.makes_a_key(), tmp_path, the_list(), name="other.json"))
    somebody.page.there("#content-title")
    assert not somebody.page.has("#agree-0, .changes")


def test_it_reads_well_in_both_languages(person: Sits, tmp_path: Path) -> None:
    somebody = person(Officer(language="en"))
    somebody.opens_file(came(somebody.makes_a_key(), tmp_path, the_list()))
    page = somebody.page
    assert page.text("#offer-0") == "Can be mended: 2"
    assert page.text("#agree-0") == "Agree to these changes"
    page.click("#agree-0")
    page.there("#agreed-name-0")
    page.screenshot(tmp_path / "agreed.png")
    assert (tmp_path / "agreed.png").stat().st_size > 20_000
