"""Checks a large table over polars columns: what is surely right is seen at a glance, each other text is read once.

A glance may take a right cell for a doubtful one, never the reverse; the doubtful texts go through the same readers
as in `loop`, so both say the same. Polars is imported by this module alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from gateway.checks.cells import Reading
from gateway.checks.compile import Column, Compiled, Context, Rule
from gateway.checks.findings import Block
from gateway.checks.glance import blank, glance
from gateway.checks.normal import WHITE
from gateway.checks.rows import CELL_NOTES, SUSPECT, Aside, look
from gateway.checks.sheet import Shape
from gateway.core.dataflow import FieldType, Severity
from gateway.handler import CellNote

NUMBER = "row number"
"""The column that carries the officer's row number; no field can have a blank in its name."""

_SUSPECT = list(SUSPECT)
_UNSURE = [*SUSPECT, *WHITE]

TYPES: Mapping[FieldType, Any] = {
    FieldType.STRING: pl.String,
    FieldType.INTEGER: pl.Int64,
    FieldType.NUMBER: pl.Float64,
    FieldType.BOOLEAN: pl.Boolean,
    FieldType.DATE: pl.Date,
    FieldType.YEARMONTH: pl.String,
}


def sort_frame(frame: pl.DataFrame, shape: Shape) -> tuple[pl.DataFrame, list[Aside]]:
    """The cases with their row numbers (in `NUMBER`), and what was set aside; the same as `rows.sort_rows`."""
    body = frame.slice(shape.header_row).with_row_index(NUMBER, offset=shape.header_row + 1)
    first, lead = "c1", f"c{min(shape.columns.values()) + 1}"
    cells = [body[name] for name in dict.fromkeys((first, lead))]
    at = pl.select(pl.any_horizontal(*((cell == "") | cell.str.contains_any(_UNSURE) for cell in cells))).to_series()
    doubtful = body.filter(at).filter(
        pl.any_horizontal(pl.col(first).str.contains_any(_SUSPECT), blank(pl.col(first)), blank(pl.col(lead)))
    )
    known = tuple(shape.columns.values())
    found = [look(row[1:], row[0], known) for row in doubtful.iter_rows()]
    asides = [aside for aside in found if aside]
    if asides:
        out = pl.Series([aside.row for aside in asides], dtype=pl.UInt32)
        body = body.filter(~pl.col(NUMBER).is_in(out.implode()))
    return body, asides


def check_frame(compiled: Compiled, places: Mapping[str, int], data: pl.DataFrame, notes: Sequence[CellNote],
                context: Context) -> tuple[list[Block], Callable[[], pl.DataFrame]]:  # fmt: skip
    """Findings about these cases, and how to get their typed columns. `places` says in which column (from 0) each
    field stands."""
    present = {column.field.name: column for column in compiled.columns if column.field.name in places}
    right, blocks = _glances(present, places, data), []
    repairs: dict[str, tuple[pl.Series, pl.Series]] = {}
    for name, column in present.items():
        marked = {note.row: note.code for note in notes if note.column == places[name] + 1 and note.code in CELL_NOTES}
        at, values, found = _read_doubtful(column, places[name], data, right[name], marked)
        repairs[name] = (at, values)
        blocks += found

    def typed(names: Iterable[str]) -> pl.DataFrame:
        return _typed(compiled, present, places, data, right, repairs, set(names))

    spoken_of = {name for rule in compiled.rules for name in rule.speaks_of}.union(*compiled.keys)
    known = typed(spoken_of)
    for key in compiled.keys:
        blocks += _check_key(compiled, key, places, data, known)
    blocks += _check_rules(compiled.rules, places, data, known, context)
    return blocks, lambda: typed(compiled.dataflow.by_name)


def _glances(present: Mapping[str, Column], places: Mapping[str, int], data: pl.DataFrame) -> pl.DataFrame:
    """For each field which cells are filled and surely right (and, but for text, "typed" values, of use where they
    are); all at once, so that polars uses all its threads."""
    looks = []
    for name, column in present.items():
        typed, right = glance(column, _text(places, name))
        looks.append((pl.lit(value=True) if free(column) else right).alias(name))
        if TYPES[column.field.type] != pl.String:
            looks.append(typed.alias(f"typed {name}"))
    return data.lazy().select(NUMBER, *looks).collect()


def free(column: Column) -> bool:
    """Whether nothing can be wrong with a cell of this column."""
    return column.plain and not column.field.required


def _text(places: Mapping[str, int], name: str) -> pl.Expr:
    return pl.col(f"c{places[name] + 1}")


def _read_doubtful(column: Column, place: int, data: pl.DataFrame, right: pl.Series,
                   marked: Mapping[int, str]) -> tuple[pl.Series, pl.Series, list[Block]]:  # fmt: skip
    """Reads each cell that is not surely right: where these are, their values, what is wrong with them."""
    numbers, texts = data[NUMBER], data[f"c{place + 1}"]
    doubtful = ~right if column.field.required else ~right & (texts != "")
    if marked:
        doubtful = doubtful | numbers.is_in(pl.Series(list(marked), dtype=numbers.dtype).implode())
    at = doubtful.arg_true()
    shown, rows = texts.gather(at).to_list(), numbers.gather(at).to_list()
    read = {text: column.read(text) for text in set(shown)}
    readings = [read[text] for text in shown]
    if marked:
        readings = [Reading(None, marked[row]) if row in marked else r for row, r in zip(rows, readings, strict=True)]
    values = pl.Series([reading[0] for reading in readings], dtype=TYPES[column.field.type])
    return at, values, Block.of_readings(column.field.name, place + 1, rows, shown, readings)


def _typed(compiled: Compiled, present: Mapping[str, Column], places: Mapping[str, int], data: pl.DataFrame,
           right: pl.DataFrame, repairs: Mapping[str, tuple[pl.Series, pl.Series]],
           names: Collection[str]) -> pl.DataFrame:  # fmt: skip
    """The typed columns of these fields, in the order of the dataflow; a field without a column is null throughout."""
    looks = []
    for field in compiled.dataflow.fields:
        if field.name in names and field.name in present:
            column, text = present[field.name], _text(places, field.name)
            stripped = text.str.strip_chars()
            value = pl.lit(right[f"typed {field.name}"]) if f"typed {field.name}" in right.columns else text
            sure, value = (stripped != "", stripped) if free(column) else (pl.lit(right[field.name]), value)
            looks.append(pl.when(sure).then(value).alias(field.name))
    frame = data.lazy().select(looks).collect()
    series = []
    for field in compiled.dataflow.fields:
        if field.name not in names:
            continue
        if field.name not in present:
            series.append(pl.Series(field.name, [None], TYPES[field.type]).new_from_index(0, data.height))
            continue
        at, values = repairs[field.name]
        series.append(frame[field.name].scatter(at, values) if len(at) else frame[field.name])
    return pl.DataFrame(series)


def _check_key(compiled: Compiled, key: tuple[str, ...], places: Mapping[str, int], data: pl.DataFrame,
               values: pl.DataFrame) -> list[Block]:  # fmt: skip
    """Hashes tell quickly that nothing repeats; what seems to is compared as it is."""
    if not all(name in places for name in key):
        return []
    hashes = values.select(pl.struct(key) if len(key) > 1 else pl.col(key[0])).to_series().hash()
    ordered = hashes.sort()
    twice = ordered.filter(ordered == ordered.shift(1)).unique()
    at = hashes.is_in(twice.implode()).arg_true() if len(twice) else twice
    suspects = values.select(pl.col(key).gather(at)).with_columns(
        data[f"c{places[key[0]] + 1}"].gather(at).alias("shown"), data[NUMBER].gather(at)
    )
    first: dict[tuple[Any, ...], int] = {}
    again: list[tuple[int, str, int]] = []
    for *value, text, number in suspects.drop_nulls(list(key)).iter_rows():
        before = first.setdefault(tuple(value), number)
        if before != number:
            again.append((number, text, before))
    if not again:
        return []
    rows, texts, others = zip(*again, strict=True)
    code = "primary_key" if key == compiled.dataflow.primary_key else "unique"
    return [Block.same(Severity.ERROR, code, key[0], places[key[0]] + 1, rows, texts, others)]


def _check_rules(rules: Sequence[Rule], places: Mapping[str, int], data: pl.DataFrame, values: pl.DataFrame,
                 context: Context) -> list[Block]:  # fmt: skip
    if not rules:
        return []
    known = {name: pl.lit(value, _context_type(name)) for name, value in context.values().items()}
    expressions = [pl.sql_expr(rule.sql).alias(f"{i}") for i, rule in enumerate(rules)]
    held = values.lazy().with_columns(**known).select(expressions).collect()
    blocks = []
    for i, rule in enumerate(rules):
        at = (~held[f"{i}"]).fill_null(value=False).arg_true()
        if len(at):
            name = next((column for column in rule.rule.columns if column in places), "")
            rows = data[NUMBER].gather(at).to_list()
            shown = data[f"c{places[name] + 1}"].gather(at).to_list() if name else [""] * len(rows)
            column = places[name] + 1 if name else 0
            blocks.append(Block.same(rule.rule.severity, f"rule:{rule.rule.name}", name, column, rows, shown))
    return blocks


def _context_type(name: str) -> Any:
    return pl.String if name == "reporting_division" else pl.Date


def stray_cells(data: pl.DataFrame, shape: Shape) -> list[Block]:
    """Cells filled in columns that have no header."""
    blocks = []
    for place in shape.headless:
        found = data.filter(~blank(pl.col(f"c{place + 1}")))
        if found.height:
            rows, texts = found[NUMBER].to_list(), found[f"c{place + 1}"].to_list()
            blocks.append(Block.same(Severity.QUERY, "outside", "", place + 1, rows, texts))
    return blocks
