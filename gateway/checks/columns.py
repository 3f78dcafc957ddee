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
from gateway.checks.glance import blank, glance
from gateway.checks.rows import CELL_NOTES, SUSPECT, Aside, look
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
    first, lead = pl.col("c1"), pl.col(frame.columns[min(shape.columns.values())])
    doubtful = body.lazy().filter(first.str.contains(SUSPECT) | blank(first) | blank(lead)).collect()
    known = tuple(shape.columns.values())
    found = [look(row[1:], row[0], known) for row in doubtful.iter_rows()]
    asides = [aside for aside in found if aside]
    if asides:
        out = pl.Series([aside.row for aside in asides], dtype=pl.UInt32)
        body = body.filter(~pl.col(NUMBER).is_in(out.implode()))
    return body, asides


def check_frame(compiled: Compiled, places: Mapping[str, int], data: pl.DataFrame, notes: Sequence[CellNote],
                context: Context) -> tuple[list[Block], pl.DataFrame]:  # fmt: skip
    """Findings and typed columns of these cases. `places` says in which column (from 0) each field stands."""
    present = [column for column in compiled.columns if column.field.name in places]
    seen = _glances(present, places, data)
    series: dict[str, pl.Series] = {}
    blocks: list[Block] = []
    for column in present:
        name, place = column.field.name, places[column.field.name]
        marked = {note.row: note.code for note in notes if note.column == place + 1 and note.code in CELL_NOTES}
        typed, sure = seen[f"typed {name}"], seen[f"sure {name}"]
        series[name], found = _read_doubtful(column, place, data, typed, sure, marked)
        blocks += found
    absent = pl.Series([None]).new_from_index(0, data.height)
    values = pl.DataFrame([
        series.get(field.name, absent.cast(TYPES[field.type])).alias(field.name) for field in compiled.dataflow.fields
    ])  # fmt: skip
    for key in compiled.keys:
        blocks += _check_key(compiled, key, places, data, values)
    blocks += _check_rules(compiled.rules, places, data, values, context)
    return blocks, values


def _glances(columns: Sequence[Column], places: Mapping[str, int], data: pl.DataFrame) -> pl.DataFrame:
    """For each column typed values, null where they are not sure, and whether each is sure. All columns at once, so
    that polars shares the work among its threads, in two steps, lest it does the first one twice."""
    looks: list[pl.Expr] = []
    results: list[pl.Expr] = []
    for column in columns:
        name, text = column.field.name, pl.col(f"c{places[column.field.name] + 1}")
        typed, right = glance(column, text)
        looks += [typed.alias(f"typed {name}"), right.alias(f"right {name}"), (text == "").alias(f"empty {name}")]
        sure = pl.col(f"right {name}") if column.field.required else pl.col(f"right {name}") | pl.col(f"empty {name}")
        results += [pl.when(f"right {name}").then(f"typed {name}").alias(f"typed {name}"), sure.alias(f"sure {name}")]
    return data.lazy().select(looks).collect().lazy().select(results).collect()


def _read_doubtful(column: Column, place: int, data: pl.DataFrame, typed: pl.Series, sure: pl.Series,
                   marked: Mapping[int, str]) -> tuple[pl.Series, list[Block]]:  # fmt: skip
    numbers, texts = data[NUMBER], data[f"c{place + 1}"]
    doubtful = ~sure
    if marked:
        doubtful = doubtful | numbers.is_in(pl.Series(list(marked), dtype=numbers.dtype).implode())
    at = doubtful.arg_true()
    if not len(at):
        return typed, []
    shown, rows = texts.gather(at).to_list(), numbers.gather(at).to_list()
    read = {text: column.read(text) for text in set(shown)}
    readings = [read[text] for text in shown]
    if marked:
        readings = [Reading(None, marked[row]) if row in marked else r for row, r in zip(rows, readings, strict=True)]
    values = [reading[0] for reading in readings]
    if any(value is not None for value in values) or marked:
        typed = typed.scatter(at, pl.Series(values, dtype=TYPES[column.field.type]))
    return typed, Block.of_readings(column.field.name, place + 1, rows, shown, readings)


def _check_key(compiled: Compiled, key: tuple[str, ...], places: Mapping[str, int], data: pl.DataFrame,
               values: pl.DataFrame) -> list[Block]:  # fmt: skip
    """Hashes tell quickly that nothing repeats; what seems to is compared as it is."""
    if not all(name in places for name in key):
        return []
    whole = values.select(pl.all_horizontal(pl.col(key).is_not_null())).to_series()
    hashes = values.select(pl.struct(key) if len(key) > 1 else pl.col(key[0])).to_series().hash().filter(whole)
    ordered = hashes.sort()
    twice = ordered.filter(ordered == ordered.shift(1)).unique()
    if not len(twice):
        return []
    shown = data[f"c{places[key[0]] + 1}"].alias("shown")
    suspects = values.select(key).with_columns(shown, data[NUMBER]).filter(whole)
    suspects = suspects.filter(hashes.is_in(twice.implode()))
    first: dict[tuple[Any, ...], int] = {}
    again: list[tuple[int, str, int]] = []
    for *value, text, number in suspects.iter_rows():
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
