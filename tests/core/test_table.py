"""A table in each of its forms."""

from __future__ import annotations

import polars
import pytest

from gateway.core.table import Table, pack
from gateway.handler import CellNote, Sheet

ROWS = (("a", "b"), ("c", ""), ("", ""))


def of_frame() -> Table:
    return Table.of_frame("s", polars.DataFrame({"x": ["a", "c", ""], "y": ["b", "", ""]}))


def of_runs() -> Table:
    return Table.of_runs("s", 2, 3, [pack([["a", "c"], ["b", ""]]), pack([[""], [""]])])


@pytest.mark.parametrize("table", [Table.of_rows("s", [["a", "b"], ["c"], []]), of_frame(), of_runs()])
def test_all_forms_hold_the_same(table: Table) -> None:
    assert (table.width, table.height) == (2, 3)
    assert tuple(table.rows()) == ROWS
    assert tuple(table.head(1)) == ROWS[:1]
    frame = table.frame()
    assert (frame.columns, frame.rows()) == (["c1", "c2"], list(ROWS))


def test_a_sheet_keeps_its_notes() -> None:
    note = CellNote(1, 1, "lost_digits")
    assert Table.of_sheet(Sheet("s", [["1"]], (note,))).notes == (note,)


def test_an_empty_table_has_an_empty_frame() -> None:
    assert Table.of_rows("s", []).frame().shape == (0, 0)
