"""Checks a small table over plain lists: no polars is loaded, fifty rows take a fraction of a millisecond."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.checks.cells import Reader, Reading
from gateway.checks.compile import Column, Compiled, Context
from gateway.checks.findings import Block
from gateway.checks.rows import Row
from gateway.core.dataflow import Severity

Values = Mapping[str, Sequence[Any]]
Marks = Mapping[int, Mapping[int, str]]
"""Codes of cell notes: by column (from 0), then by position among the cases (from 0)."""


class _Memo(dict[str, Reading]):
    """Readings by text: each different text is read once."""

    def __init__(self, read: Reader) -> None:
        self._read = read

    def __missing__(self, text: str) -> Reading:
        self[text] = found = self._read(text)
        return found


def check_rows(compiled: Compiled, places: Mapping[str, int], rows: Sequence[Row], numbers: Sequence[int],
               marks: Marks, context: Context) -> tuple[list[Block], Values]:  # fmt: skip
    """Findings and typed columns of these cases. `places` says in which column (from 0) each field stands."""
    values: dict[str, Sequence[Any]] = {}
    texts: dict[str, list[str]] = {}
    blocks: list[Block] = []
    for column in compiled.columns:
        name = column.field.name
        place = places.get(name)
        if place is None:
            values[name] = [None] * len(rows)
            continue
        texts[name] = [row[place] if place < len(row) else "" for row in rows]
        values[name], block = _check_column(column, place, texts[name], numbers, marks.get(place, {}))
        blocks += block
    for key in compiled.keys:
        blocks += _check_key(compiled, key, places, texts, values, numbers)
    blocks += _check_rules(compiled, places, texts, values, numbers, context)
    return blocks, values


def _check_column(column: Column, place: int, texts: list[str], numbers: Sequence[int],
                  marks: Mapping[int, str]) -> tuple[Sequence[Any], list[Block]]:  # fmt: skip
    if not marks and (values := column.at_once(texts)) is not None:
        return values, []
    memo = _Memo(column.read)
    readings = [memo[text] for text in texts]
    for position, code in marks.items():
        readings[position] = Reading(None, code)
    return [reading[0] for reading in readings], Block.of_readings(
        column.field.name, place + 1, numbers, texts, readings
    )


def _check_key(compiled: Compiled, key: tuple[str, ...], places: Mapping[str, int], texts: Mapping[str, list[str]],
               values: Values, numbers: Sequence[int]) -> list[Block]:  # fmt: skip
    if not all(name in places for name in key):
        return []
    columns = [values[name] for name in key]
    keyed = list(zip(*columns, strict=True)) if len(columns) > 1 else columns[0]
    if len(set(keyed)) == len(keyed):
        return []
    first: dict[Any, int] = {}
    again: list[tuple[int, int]] = []
    for i, value in enumerate(keyed):
        if value is None or (len(columns) > 1 and None in value):
            continue
        before = first.setdefault(value, i)
        if before != i:
            again.append((i, before))
    shown = texts[key[0]]
    return [
        Block.same(
            Severity.ERROR,
            "primary_key" if key == compiled.dataflow.primary_key else "unique",
            key[0],
            places[key[0]] + 1,
            [numbers[i] for i, _ in again],
            [shown[i] for i, _ in again],
            [numbers[before] for _, before in again],
        )
    ] if again else []  # fmt: skip


def _check_rules(compiled: Compiled, places: Mapping[str, int], texts: Mapping[str, list[str]], values: Values,
                 numbers: Sequence[int], context: Context) -> list[Block]:  # fmt: skip
    height = len(numbers)
    columns = {**values, **{name: [value] * height for name, value in context.values().items()}}
    blocks = []
    for rule in compiled.rules:
        held = rule.run(columns, height)
        if False not in held:
            continue
        broken = [i for i, holds in enumerate(held) if holds is False]
        name = next((column for column in rule.rule.columns if column in places), "")
        shown = texts[name] if name else [""] * height
        blocks.append(
            Block.same(
                rule.rule.severity,
                f"rule:{rule.rule.name}",
                name,
                places[name] + 1 if name else 0,
                [numbers[i] for i in broken],
                [shown[i] for i in broken],
            )
        )
    return blocks
