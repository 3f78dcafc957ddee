"""A recipient's copy: a workbook that says what the query said, sealed for that department alone."""

from __future__ import annotations

import io
import math
import time
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import openpyxl
import pytest
from nacl.bindings import crypto_scalarmult_base, crypto_sign_seed_keypair

from gateway.core.parties import Language, PublicKey, Titles
from gateway.handler import Limits, Trouble, Unreadable
from gateway.release import workbook as workbooks
from gateway.release.entitled import Outcome
from gateway.release.package import NoKey, package
from gateway.release.workbook import Unwritable, workbook
from handlers.sealed import Signed, open_parts, unlock, verify_manifest
from tests.core.small_county import BULLETIN, RULES

AT = datetime(2026, 11, 2, 1, tzinfo=UTC)
ZH, EN = Language.ZH_CN, Language.EN
COLUMNS = {"id": Titles("公民身份号码", "Id number"), "n": Titles("人数", "Number")}
RESULT = replace(BULLETIN, titles=Titles("出生统计", "Births"), columns=COLUMNS)


def book(rows: list[tuple[object, ...]], language: Language = ZH) -> bytes:
    return workbook(RESULT, "2026-M10", Outcome(("id", "n"), rows), language, AT)


def cells(data: bytes, sheet: int = 0) -> list[tuple[object, ...]]:
    """The rows below the header, with their types."""
    return list(openpyxl.load_workbook(io.BytesIO(data)).worksheets[sheet].iter_rows(min_row=4, values_only=True))


def test_ids_stay_text_and_numbers_are_numbers() -> None:
    rows: list[tuple[object, ...]] = [("440123199001011234", 3), ("00123", 2.5), (None, Decimal("1.25")), ("x", True)]
    assert cells(book(rows)) == [("440123199001011234", 3), ("00123", 2.5), (None, 1.25), ("x", True)]


def test_days_are_days_and_instants_lose_nothing() -> None:
    found = cells(book([("a", date(2026, 10, 1)), ("b", datetime(2026, 10, 1, 8, 30, tzinfo=UTC))]))
    assert found == [("a", datetime(2026, 10, 1)), ("b", "2026-10-01 08:30:00+00:00")]  # noqa: DTZ001


@pytest.mark.parametrize("value", [2**53 + 1, -(2**63), math.inf, math.nan, timedelta(days=1), [1, 2]])
def test_what_a_workbook_s_numbers_would_change_is_text(value: object) -> None:
    assert cells(book([("a", value)])) == [("a", str(value))]


@pytest.mark.parametrize(
    "text", ["=1+1", "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "http://evil.example", "12"]
)
def test_no_text_becomes_a_formula_a_link_or_a_number(text: str) -> None:
    data = book([(text, 1)])
    assert cells(data) == [(text, 1)]
    archive = zipfile.ZipFile(io.BytesIO(data))
    sheet = archive.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet and b"<hyperlink" not in sheet
    assert not any("external" in name.lower() or "vba" in name.lower() for name in archive.namelist())


def test_a_reader_learns_what_it_is_for() -> None:
    opened = openpyxl.load_workbook(io.BytesIO(book([("a", 1)], EN)))
    assert opened.sheetnames == ["Data", "About"]
    assert opened["Data"]["A1"].value.split("\u3000") == ["Births", "October 2026"]
    assert [cell.value for cell in opened["Data"][3]] == ["Id number", "Number"]
    assert dict(opened["About"].iter_rows(values_only=True))["Purpose"] == RESULT.purpose


def test_a_result_without_rows_is_a_workbook_with_its_header() -> None:
    opened = openpyxl.load_workbook(io.BytesIO(book([])))
    assert [cell.value for cell in opened["数据"][3]] == ["公民身份号码", "人数"]


def test_rows_beyond_one_sheet_go_into_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MOST_ROWS", 2)
    data = book([(f"{n}", n) for n in range(5)])
    assert openpyxl.load_workbook(io.BytesIO(data)).sheetnames == ["数据", "数据 2", "数据 3", "说明"]
    assert [row for sheet in range(3) for row in cells(data, sheet)] == [(f"{n}", n) for n in range(5)]


def test_nothing_is_cut_off_in_silence() -> None:
    with pytest.raises(Unwritable, match="row 4, column 1"):
        book([("x" * 32_768, 1)])


def test_the_same_result_is_the_same_bytes_whenever_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    first = book([("a", date(2026, 10, 1))])
    later = time.time() + 3600
    monkeypatch.setattr(time, "time", lambda: later)
    monkeypatch.setattr(time, "localtime", lambda *_: time.gmtime(later))
    assert book([("a", date(2026, 10, 1))]) == first


# --- sealed ---

SEED = bytes([7]) * 32


def key(name: str, number: int, **changes: object) -> PublicKey:
    private = bytes([number]) * 32
    plain = PublicKey(
        f"{name}-{number}", name, crypto_sign_seed_keypair(private)[0], crypto_scalarmult_base(private),
        AT - timedelta(days=1), AT + timedelta(days=1),
    )  # fmt: skip
    return replace(plain, **changes)


def packed(*keys: PublicKey) -> bytes:
    rules = replace(RULES, keys={one.id: one for one in keys})
    health = rules.departments["health"]
    return package(
        "births.xlsx", b"workbook", result="bulletin", period="2026-M10", rows=3, department=health, rules=rules,
        key="gateway", signing_seed=SEED, sequence=9, at=AT,
    )  # fmt: skip


def opened(sealed: bytes, private: bytes) -> tuple[bytes, Signed]:
    found = open_parts(sealed, Limits(), unlock(sealed, [private]))
    [part] = found.parts
    assert found.manifest
    return part.data, Signed.from_mapping(found.manifest)


@pytest.mark.parametrize("number", [1, 2])
def test_every_officer_of_the_department_opens_it_with_their_own_key(number: int) -> None:
    sealed = packed(key("li", 1), key("wang", 2), key("chen", 3))
    data, signed = opened(sealed, bytes([number]) * 32)
    manifest = verify_manifest(signed, crypto_sign_seed_keypair(SEED)[0], crypto_scalarmult_base(bytes([number]) * 32))
    assert data == b"workbook"
    assert (manifest.sender, manifest.recipient, manifest.dataflow, manifest.period) == (
        "lead",
        "health",
        "bulletin",
        "2026-M10",
    )
    assert [(file.name, file.rows) for file in manifest.files] == [("births.xlsx", 3)]


def test_nobody_else_opens_it() -> None:
    sealed = packed(key("li", 1), key("chen", 3))
    for private in (bytes([3]) * 32, bytes([9]) * 32):
        with pytest.raises(Unreadable) as raised:
            opened(sealed, private)
        assert raised.value.trouble is Trouble.NEEDS_KEY


@pytest.mark.parametrize(
    "changes",
    [
        {"revoked": AT},
        {"valid_until": AT},
        {"valid_from": AT + timedelta(seconds=1)},
        {"officer": "chen"},
        {"officer": "gone"},
    ],
)
def test_for_no_valid_key_of_the_department_nothing_is_sealed(changes: dict[str, object]) -> None:
    with pytest.raises(NoKey, match="health"):
        packed(key("li", 1, **changes))
