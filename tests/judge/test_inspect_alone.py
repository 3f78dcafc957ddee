"""A validate-only run without any state: what is seen in a file, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, cast

import pytest

from gateway.core.parties import Language
from gateway.core.period import Period
from gateway.core.table import Table
from gateway.handler import Limits, Trouble, Unreadable
from gateway.judge.careful import MOST_UNSAFE
from gateway.judge.inspect import Aim, inspect
from gateway.sandbox import PartInfo, Sandbox, Unsafe
from tests.judge.desk import CLINIC, FLOW, Desk, File, report, table
from tests.judge.test_examined import FakeSandbox, part
from tests.judge.wrapped import zipped
from tests.kit.county import SENT, cases, filled, one_agreement_each, period_of


def aim(desk: Desk, flow: str = FLOW) -> Aim:
    period = Period.parse("2026-M12")
    return Aim(desk.rules.dataflows[flow], desk.rules.codelists, period, date(2026, 12, 20))


def seen(desk: Desk, name: str, data: bytes, of: Aim | None = None, sandbox: Any = None) -> dict[str, Any]:
    return inspect(cast(Sandbox, sandbox or desk.site.sandbox), name, [data], of, Language.EN)


def test_a_table_is_shown_as_text(desk: Desk) -> None:
    found = seen(desk, "表.csv", table())
    assert (found["kind"], found["refused"], found["findings"]) == ("csv", None, [])
    assert [row[0] for row in found["sheets"][0]["rows"]] == ["性别", "1", "1"]


def test_a_table_is_checked_as_the_dataflow_that_is_aimed_at(desk: Desk) -> None:
    assert seen(desk, "表.csv", table(), aim(desk))["findings"] == []
    [finding, _] = seen(desk, "表.csv", table(sex="7"), aim(desk))["findings"]
    assert (finding["part"], finding["row"], finding["column"], finding["severity"]) == ("0", 2, 1, "error")


def test_of_a_workbook_with_explanations_only_the_report_is_spoken_of(desk: Desk) -> None:
    births = next(one for one in one_agreement_each() if one.dataflow == "hospital_births")
    data = filled(births, Language.ZH_CN, cases(births))
    dataflow = desk.rules.dataflows["hospital_births"]
    found = seen(desk, "表.xlsx", data, Aim(dataflow, desk.rules.codelists, period_of(births), SENT))
    assert len(found["sheets"]) == 4
    assert found["findings"] == []


@pytest.mark.parametrize(
    ("header", "code"), [("甲,乙\r\n1,2\r\n", "dataflow_unknown"), ("性别,出生日期\r\n", "header_incomplete")]
)
def test_a_table_of_another_header_is_told_so(desk: Desk, header: str, code: str) -> None:
    findings = seen(desk, "表.csv", header.encode(), aim(desk))["findings"]
    assert [(one["code"], one["row"]) for one in findings] == [(code, 0)]


def test_a_mail_shows_its_parts_each_with_its_own_refusal(desk: Desk) -> None:
    files = [report(), File("旧.xls", b"\xd0\xcf\x11\xe0"), File("图.png", b"\x89PNG"), desk.sealed(CLINIC, [report()])]
    found = seen(desk, "mail.eml", desk.message(CLINIC, files))
    assert found["kind"] == "mail"
    told = [(one["kind"], one["refused"] and one["refused"]["code"]) for one in found["parts"]]
    assert told == [
        ("text", None),
        ("csv", None),
        ("workbook", "unsupported"),
        ("other", None),
        ("sealed", "needs_key"),
    ]
    assert found["refused"]["code"] == "unsupported"


@pytest.mark.parametrize(
    ("name", "data", "kind", "code"),
    [
        ("a.csv", b"\r\n", "csv", "empty"),
        ("a", b"", "unknown", "empty"),
        ("a.pdf", b"%PDF-1.4", "unknown", "unsupported"),
        ("a.bin", b"\x00\x01", "unknown", "unsupported"),
        ("a", b"From: a@b.example\r\n\r\nx\r\n", "mail", None),
        ("a.eml", b"words", "mail", None),
    ],
)
def test_any_file_gets_a_kind_and_a_sentence(desk: Desk, name: str, data: bytes, kind: str, code: str | None) -> None:
    found = seen(desk, name, data)
    assert (found["kind"], found["refused"] and found["refused"]["code"]) == (kind, code)


class OneTable(FakeSandbox):
    """A worker whose file is one part."""

    def whole(self, name: str) -> PartInfo:
        return part("0", name)


def test_a_file_that_ends_its_worker_is_unsafe(desk: Desk) -> None:
    sandbox = OneTable(deadly=frozenset({"0"}))
    assert seen(desk, "a.csv", b"x", sandbox=sandbox)["refused"]["code"] == "unsafe"
    assert sandbox.sessions == 2


class ManyTables(FakeSandbox):
    """A worker whose file is a mail."""

    def whole(self, name: str) -> PartInfo:
        return part("0", name, "mail_message")


def test_a_mail_of_which_every_part_ends_its_worker_is_given_up(desk: Desk) -> None:
    parts = tuple(part(str(number)) for number in range(1, 8))
    sandbox = ManyTables(parts, deadly=frozenset(one.path for one in parts))
    found = seen(desk, "a.eml", b"x", sandbox=sandbox)
    assert (found["refused"]["code"], sandbox.sessions) == ("unsafe", MOST_UNSAFE)


@pytest.mark.parametrize(
    ("trouble", "code"), [(Unreadable(Trouble.TOO_DEEP), "too_deep"), (Unsafe("timeout"), "unsafe")]
)
def test_a_mail_that_cannot_be_split_is_told_as_a_whole(desk: Desk, trouble: Exception, code: str) -> None:
    assert seen(desk, "a.eml", b"x", sandbox=ManyTables(split_trouble=trouble))["refused"]["code"] == code


def test_an_archive_shows_what_is_in_it(desk: Desk) -> None:
    found = seen(desk, "a.zip", zipped([report(), File("b.bin", b"\0")]).data)
    assert [(one["path"], one["kind"], one["refused"]) for one in found["parts"]] == [
        ("0", "zip", None), ("0/1", "csv", None), ("0/2", "other", None),
    ]  # fmt: skip
    assert [sheet["part"] for sheet in found["sheets"]] == ["0/1"]


def test_of_a_huge_file_only_so_much_is_read_as_its_refusal_needs(desk: Desk) -> None:
    given = 0

    def blocks() -> Iterator[bytes]:
        nonlocal given
        while True:
            given += 1
            yield bytes(1 << 20)

    found = inspect(desk.site.sandbox, "a.csv", blocks())
    assert found["refused"] and given <= (Limits().bytes >> 20) + 1


class Unknown(FakeSandbox):
    """A worker whose file no handler knows; it may or may not be a mail."""

    def whole(self, name: str) -> PartInfo:
        return part("0", name, None)


@pytest.mark.parametrize(("trouble", "code"), [(Trouble.EMPTY, "empty"), (Trouble.TOO_LARGE, "unsupported")])
def test_what_nothing_knows_is_tried_as_a_mail(desk: Desk, trouble: Trouble, code: str) -> None:
    assert seen(desk, "a", b"x", sandbox=Unknown(split_trouble=Unreadable(trouble)))["refused"]["code"] == code


class Blank(OneTable):
    """A worker whose file is a table of no rows."""

    def read(self, path: str, handler: str) -> tuple[Table, ...]:
        return (Table.of_rows("", [], ()),)


def test_a_book_of_empty_sheets_is_empty(desk: Desk) -> None:
    assert seen(desk, "a.csv", b"x", sandbox=Blank())["refused"]["code"] == "empty"
