"""Checks a large table over polars columns: what is surely right is seen at a glance, each other text is read once.

A glance may take a right cell for a doubtful one, never the reverse; the doubtful texts go through the same readers
as in `loop`, so both say the same. Polars is imported by this module alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from gateway.checks.cells import Reading
from gateway.checks.compile import Column, Compiled, Context, Rule
from gateway.checks.findings import Block
from gateway.checks.glance import BLANK, glance
from gateway.checks.rows import SUSPECT, Aside, look
from gateway.checks.sheet import Shape
from gateway.core.dataflow import FieldType, Severity
from gateway.handler import CellNote

NUMBER = "row number"
"""The column that carries the officer's row number; no field can have a blank in its name."""

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
    lead = frame.columns[min(shape.columns.values())]
    doubtful = pl.col("c1").str.contains(SUSPECT) | pl.col("c1").str.contains(BLANK)
    doubtful = doubtful | pl.col(lead).str.contains(BLANK)
    known = tuple(shape.columns.values())
    found = [look(row[1:], row[0], known) for row in body.filter(doubtful).iter_rows()]
    asides = [aside for aside in found if aside]
    if asides:
        out = pl.Series([aside.row for aside in asides], dtype=pl.UInt32)
        body = body.filter(~pl.col(NUMBER).is_in(out.implode()))
    return body, asides


def check_frame(compiled: Compiled, places: Mapping[str, int], data: pl.DataFrame, notes: Sequence[CellNote],
                context: Context) -> tuple[list[Block], pl.DataFrame]:  # fmt: skip
    """Findings and typed columns of these cases. `places` says in which column (from 0) each field stands."""
    series: list[pl.Series] = []
    blocks: list[Block] = []
    numbers = data[NUMBER]
    for column in compiled.columns:
        name, place = column.field.name, places.get(column.field.name)
        if place is None:
            series.append(pl.Series(name, [None], TYPES[column.field.type]).new_from_index(0, data.height))
            continue
        marked = {note.row: note.code for note in notes if note.column == place + 1 and note.code in CELL_NOTES}
        typed, found = _check_column(column, place, data[f"c{place + 1}"], numbers, marked)
        series.append(typed.alias(name))
        blocks += found
    values = pl.DataFrame(series)
    for key in compiled.keys:
        blocks += _check_key(compiled, key, places, data, values)
    blocks += _check_rules(compiled.rules, places, data, values, context)
    return blocks, values


CELL_NOTES = ("lost_digits", "error_cell")


def _check_column(column: Column, place: int, texts: pl.Series, numbers: pl.Series,
                  marked: Mapping[int, str]) -> tuple[pl.Series, list[Block]]:  # fmt: skip
    typed, sure = glance(column, texts)
    doubtful = ~sure
    if marked:
        doubtful = doubtful | numbers.is_in(pl.Series(list(marked), dtype=numbers.dtype).implode())
    at = doubtful.arg_true()
    if not len(at):
        return typed, []
    shown = texts.gather(at).to_list()
    rows = numbers.gather(at).to_list()
    read = {text: column.read(text) for text in set(shown)}
    readings = [read[text] for text in shown]
    if marked:
        readings = [Reading(None, marked[row]) if row in marked else r for row, r in zip(rows, readings, strict=True)]
    typed = typed.scatter(at, pl.Series([r[0] for r in readings], dtype=TYPES[column.field.type]))
    return typed, Block.of_readings(column.field.name, place + 1, rows, shown, readings)


def _check_key(compiled: Compiled, key: tuple[str, ...], places: Mapping[str, int], data: pl.DataFrame,
               values: pl.DataFrame) -> list[Block]:  # fmt: skip
    keyed = values.select(key)
    if keyed.select(pl.struct(key) if len(key) > 1 else pl.col(key[0])).to_series().n_unique() == keyed.height:
        return []
    keyed = keyed.with_columns(data[NUMBER], shown=data[f"c{places[key[0]] + 1}"]).drop_nulls(list(key))
    again = (
        keyed.filter(keyed.select(key).is_duplicated())
        .with_columns(first=pl.col(NUMBER).min().over(key))
        .filter(pl.col("first") != pl.col(NUMBER))
    )
    if not again.height:
        return []
    code = "primary_key" if key == compiled.dataflow.primary_key else "unique"
    rows, shown, first = (again[name].to_list() for name in (NUMBER, "shown", "first"))
    return [Block.same(Severity.ERROR, code, key[0], places[key[0]] + 1, rows, shown, first)]


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
        found = data.filter(~pl.col(f"c{place + 1}").str.contains(BLANK))
        if found.height:
            rows, texts = found[NUMBER].to_list(), found[f"c{place + 1}"].to_list()
            blocks.append(Block.same(Severity.QUERY, "outside", "", place + 1, rows, texts))
    return blocks
