"""Queries are tied to their rows, and a column of the gateway's own says what explains them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.checks.asked import LONGEST, explained_in, queries
from gateway.checks.check import check
from gateway.checks.compile import Context, compile_dataflow
from gateway.checks.lists import Line, read_list, reference
from gateway.checks.recognise import Recognised
from gateway.checks.sheet import find_header
from gateway.core.dataflow import Dataflow, Field, FieldType, RowRule, Severity
from gateway.core.explaining import Asked
from gateway.core.parties import Language, Titles
from gateway.core.period import Period
from gateway.core.table import Table, pack

PERIOD = Period.parse("2026-M12")


def field(name: str, title: str, aliases: tuple[str, ...] = ()) -> Field:
    return Field(name, FieldType.STRING, Titles(title, name), aliases, required=True)


ODD = RowRule("odd", ("age", "sex"), "age <> '9'", Severity.QUERY, Titles("请核对。", "Please check."))
FLOW = Dataflow(
    "births", Titles("出生", "Births"), "law", "purpose",
    (field("id", "编码"), field("sex", "性别"), field("age", "年龄")), ("id",), (ODD,),
)  # fmt: skip
HEAD = ("编码", "性别", "年龄")


def asked(rows: list[tuple[str, ...]], flow: Dataflow = FLOW, head: tuple[str, ...] = HEAD) -> tuple[Asked, ...]:
    return both(Table.of_rows("表", [head, *rows]), flow)[0]


def both(table: Table, flow: Dataflow = FLOW) -> tuple[tuple[Asked, ...], dict[int, str]]:
    """The queries, and what the sheet itself says to them."""
    shape = find_header(flow, table.head(30))
    assert shape
    context = Context(PERIOD, PERIOD.first, None)
    checked = check(compile_dataflow(flow, {}), Recognised(flow.id, PERIOD, table, shape), context)
    found = queries(tuple(checked.findings.told(Language.EN)), flow, table, shape)
    return found, dict(explained_in(found, table, shape))


def test_a_query_is_tied_to_its_rows_key_and_to_what_it_speaks_of() -> None:
    (one,) = asked([("1", "m", "3"), (" 2 ", "f", "9")])
    assert (one.row, one.field, one.code, one.key, one.about) == (3, "age", "rule:odd", ("2",), ("9", "f"))


@pytest.mark.parametrize("flow", [replace(FLOW, primary_key=()), replace(FLOW, primary_key=("id", "age"))])
def test_without_a_whole_key_all_cells_of_the_row_are_its_key(flow: Dataflow) -> None:
    (one,) = asked([("2", "f", "9")], flow)
    assert one.key == (("2", "f", "9") if not flow.primary_key else ("2", "9"))
    (empty,) = [one for one in asked([("", "f", "9")], replace(flow, primary_key=("id",))) if one.code == "rule:odd"]
    assert empty.key == ("", "f", "9")


def test_a_query_about_a_column_has_no_row() -> None:
    (one,) = asked([("2", "f", "3", "x")], head=(*HEAD, "血型"))
    assert (one.row, one.code, one.key, one.about) == (1, "unknown_column", (), ("血型",))


@pytest.mark.parametrize("title", ["说明", "情况说明", "Explanation", "说明（可不填）"])
def test_a_column_for_explanations_is_nobodys_unknown_column(title: str) -> None:
    rows = [
        (*HEAD, title),
        ("1", "m", "9", " 早产 "),
        ("2", "f", "9", " "),
        ("3", "f", "3", "没问"),
        ("4", "f", "9", "长" * 2000),
    ]
    found, said = both(Table.of_rows("表", rows))
    assert [one.row for one in found] == [2, 3, 5]
    assert said == {1: "早产", 3: "长" * LONGEST}


def test_a_report_with_a_column_of_that_title_keeps_it() -> None:
    flow = replace(FLOW, fields=(*FLOW.fields[:2], field("age", "年龄", ("说明",))))
    found, said = both(Table.of_rows("表", [("编码", "性别", "说明"), ("1", "m", "9")]), flow)
    assert [one.field for one in found] == ["age"] and said == {}


def test_a_second_column_of_explanations_is_asked_about() -> None:
    found = asked([("1", "m", "3", "x", "y")], head=(*HEAD, "说明", "情况说明"))
    assert [one.code for one in found] == ["unknown_column"]


def test_rows_are_picked_from_a_packed_table_too() -> None:
    table = Table.of_runs("表", 2, 4, [pack([["a", "b"], ["c", "d"]]), pack([["e", "f"], ["g", "h"]])])
    assert table.picked({2, 3, 9}) == {2: ("b", "d"), 3: ("e", "g")}
    assert table.picked(()) == {}


# --- lists ---

REFERENCE = reference("A-20261220-7K3M9QXD.1", 7)


@pytest.mark.parametrize(
    "head", [("问题", "说明", "编号（请勿改动）"), ("X", "EXPLANATION", "Reference (please leave)")]
)
def test_a_list_is_known_by_its_head_wherever_that_stands(head: tuple[str, ...]) -> None:
    rows = [("标题",), (), head, ("a", " 早产 ", f" {REFERENCE} "), ("b", "", REFERENCE), ("c", "补登", "A-1.1/1")]
    assert read_list(Table.of_rows("表", rows)) == (Line("A-20261220-7K3M9QXD.1", 7, "早产"),)


@pytest.mark.parametrize(
    "rows",
    [[], [("说明", "编号")], [("说明",)], [*[("",)] * 40, ("说明", "编号（请勿改动）")], [HEAD, ("1", "m", "3")]],
)
def test_any_other_sheet_is_none(rows: list[tuple[str, ...]]) -> None:
    assert read_list(Table.of_rows("表", rows)) is None
