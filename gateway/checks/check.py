"""Checks one recognised sheet: findings, and the cases as typed columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, Union

from gateway.checks.compile import Compiled, Context
from gateway.checks.exchanged import with_exchanges
from gateway.checks.findings import Block, Findings
from gateway.checks.loop import check_rows
from gateway.checks.recognise import Recognised
from gateway.checks.rows import CELL_NOTES, Aside, blank, sort_rows
from gateway.checks.sheet import Shape
from gateway.core.dataflow import Dataflow, Severity
from gateway.core.finding import Finding
from gateway.core.parties import Language
from gateway.core.table import Table

if TYPE_CHECKING:
    import polars

LARGE = 5_000
"""Rows from which polars is worth its loading and its fixed cost."""


Values = Union[Mapping[str, Sequence[Any]], "polars.DataFrame"]
"""Lists of a small table, a frame of a large one."""


class Told(Protocol):
    """The findings about one sheet, for whoever settles it: `Findings`, or what another process told of them."""

    @property
    def errors(self) -> int: ...

    @property
    def queries(self) -> int: ...

    def __len__(self) -> int: ...

    def told(self, language: Language, at_most: int | None = None) -> Iterable[Finding]: ...

    def first(self, language: Language, most: int) -> tuple[Finding, ...]: ...


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of one sheet; `rows` is the number of cases. `encoded` is the table to be kept, if made already."""

    findings: Told
    rows: int
    _values: Callable[[], Values]
    dataflow: Dataflow | None  # None: only the counts are left
    encoded: bytes | None = None

    @property
    def values(self) -> Values:
        """The cases by field, typed; a cell in error is None. Worked out when asked for: not all tables are kept."""
        return self._values()

    @property
    def acceptable(self) -> bool:
        return self.findings.errors == 0


def check(compiled: Compiled, recognised: Recognised, context: Context, large: int = LARGE) -> Checked:
    """Every check of the dataflow on every cell below the header. A nil return has no rows and no findings."""
    table, shape = recognised.table, recognised.shape
    if recognised.nil or table is None or shape is None:
        empty: dict[str, list[Any]] = {field.name: [] for field in compiled.dataflow.fields}
        return Checked(Findings("", compiled.dataflow, compiled.codelists, ()), 0, lambda: empty, compiled.dataflow)
    is_large = table.height - shape.header_row >= large
    body, asides, values, height = (_by_frame if is_large else _by_loop)(compiled, table, shape, context)
    if table.height < LARGE:
        body = with_exchanges(body, compiled, shape.columns, table.rows(), context)
    blocks = (*_about_sheet(compiled, table, shape, height), *_aside_blocks(asides), *body)
    findings = Findings(table.name, compiled.dataflow, compiled.codelists, blocks)
    return Checked(findings, height, values, compiled.dataflow)


Found = tuple[list[Block], list[Aside], Callable[[], Values], int]


def _by_loop(compiled: Compiled, table: Table, shape: Shape, context: Context) -> Found:
    rows, numbers, asides = sort_rows(
        table.rows()[shape.header_row :], shape.header_row + 1, tuple(shape.columns.values())
    )
    blocks, values = check_rows(compiled, shape.columns, rows, numbers, marks(table, numbers), context)
    stray = _stray(rows, numbers, shape)
    return [*blocks, *_row_blocks(table, lambda: set(numbers)), *stray], asides, lambda: values, len(rows)


def _by_frame(compiled: Compiled, table: Table, shape: Shape, context: Context) -> Found:
    from gateway.checks.columns import NUMBER, check_frame, sort_frame, stray_cells

    data, asides = sort_frame(table.frame(), shape)
    blocks, values = check_frame(compiled, shape.columns, data, table.notes, context)
    told = _row_blocks(table, lambda: set(data[NUMBER].to_list()))
    return [*blocks, *told, *stray_cells(data, shape)], asides, values, data.height


_ROW_NOTES = {"short_row": Severity.ERROR, "long_row": Severity.ERROR, "hidden_row": Severity.QUERY}


def marks(table: Table, numbers: Sequence[int]) -> Mapping[int, Mapping[int, str]]:
    """Notes about single cells that make them unreadable: by column (from 0), then by position among the cases."""
    told = [note for note in table.notes if note.code in CELL_NOTES]
    if not told:
        return {}
    positions = {number: position for position, number in enumerate(numbers)}
    found: dict[int, dict[int, str]] = {}
    for note in told:
        if note.row in positions:
            found.setdefault(note.column - 1, {})[positions[note.row]] = note.code
    return found


def _row_blocks(table: Table, cases: Callable[[], set[int]]) -> list[Block]:
    """Notes about whole rows that are cases."""
    if not any(note.code in _ROW_NOTES for note in table.notes):
        return []
    blocks, counted = [], cases()
    for code, severity in _ROW_NOTES.items():
        rows = sorted({note.row for note in table.notes if note.code == code} & counted)
        if rows:
            blocks.append(Block.same(severity, code, "", 0, rows, [""] * len(rows)))
    return blocks


def _about_sheet(compiled: Compiled, table: Table, shape: Shape, height: int) -> list[Block]:
    blocks = []
    if not height:
        blocks.append(Block.same(Severity.ERROR, "no_rows", "", 0, [shape.header_row], [""]))
    if any(note.code == "hidden_sheet" for note in table.notes):
        blocks.append(Block.same(Severity.QUERY, "hidden_sheet", "", 0, [0], [""]))
    for place, title in shape.unknown.items():
        blocks.append(Block.same(Severity.QUERY, "unknown_column", "", place + 1, [shape.header_row], [title]))
    for place, field in shape.doubled.items():
        title = compiled.dataflow.by_name[field].titles.zh_CN
        blocks.append(Block.same(Severity.ERROR, "doubled_column", field, place + 1, [shape.header_row], [title]))
    return blocks


def _aside_blocks(asides: Sequence[Aside]) -> list[Block]:
    return [Block.same(Severity.QUERY, a.code, "", a.column, [a.row], [a.text]) for a in asides if a.code]


def _stray(rows: Sequence[Sequence[str]], numbers: Sequence[int], shape: Shape) -> list[Block]:
    blocks = []
    for place in shape.headless:
        found = [(number, row[place]) for number, row in zip(numbers, rows, strict=True) if not blank(row[place])]
        if found:
            told, texts = zip(*found, strict=True)
            blocks.append(Block.same(Severity.QUERY, "outside", "", place + 1, told, texts))
    return blocks
