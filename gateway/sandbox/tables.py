"""Tables on their way out of a worker and into the daemon: small ones as rows, large ones as runs of columns.

Both are JSON and nothing else. A large table travels as blocks, each a JSON list of columns for some thousand rows,
so that neither side ever holds more than one block as Python objects, and the daemon interprets no binary layout
that a worker could have forged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

import orjson

from gateway.core.table import Table, pack
from gateway.handler import Limits, Sheet, Trouble, Unreadable
from gateway.sandbox import answers, frames

SMALL_CELLS = 20_000
SMALL_CHARACTERS = 2_000_000
SCATTERED_CELLS = 4_000_000  # from here on, so many places must hold something:
_MOST_PLACES = 20  # for each filled one. A file of a few bytes would cost the daemon hundreds of megabytes otherwise
_BLOCK_CELLS = 50_000
_BLOCK_CHARACTERS = 2_000_000
_ROW_CHARACTERS = 8_000_000
_RUN_BYTES = 64 << 20  # JSON of one run: its characters, and the last row's, at up to six bytes each


def tell_tables(sheets: Sequence[Sheet], limits: Limits) -> tuple[list[dict[str, Any]], Iterator[bytes]]:
    """Inside: what the answer says of each sheet, and the blocks that follow it. Raises `Unreadable(TOO_LARGE)`."""
    told, large = [], []
    for sheet in sheets:
        width, height = max(map(len, sheet.rows), default=0), len(sheet.rows)
        sizes = [sum(map(len, row)) for row in sheet.rows]
        if width > limits.columns or height > limits.rows or width * height > limits.cells:
            raise Unreadable(Trouble.TOO_LARGE, "cells")
        if width * height > SCATTERED_CELLS and _filled(sheet) * _MOST_PLACES < width * height:
            raise Unreadable(Trouble.TOO_LARGE, "scattered")
        if max(sizes, default=0) > _ROW_CHARACTERS:
            raise Unreadable(Trouble.TOO_LARGE, "row")
        notes = [[note.row, note.column, note.code] for note in sheet.notes[: answers.MOST_NOTES]]
        one: dict[str, Any] = {"name": sheet.name[:255], "width": width, "height": height, "notes": notes}
        if width * height <= SMALL_CELLS and sum(sizes) <= SMALL_CHARACTERS:
            one["rows"] = [list(row) for row in sheet.rows]
        else:
            large.append((sheet, width, sizes))
        told.append(one)
    return told, (block for one in large for block in _blocks(*one))


def _filled(sheet: Sheet) -> int:
    return sum(len(row) - row.count("") for row in sheet.rows)


def _blocks(sheet: Sheet, width: int, sizes: list[int]) -> Iterator[bytes]:
    """Runs of rows as columns of JSON, each in frames that begin with `+` but for the last, which begins with `.`."""
    full = ("",) * width  # the widest row may be in another run
    most = max(1, _BLOCK_CELLS // width)
    start = 0
    while start < len(sheet.rows):
        end, characters = start, 0
        while end < len(sheet.rows) and end - start < most and characters < _BLOCK_CHARACTERS:
            characters += sizes[end]
            end += 1
        body = orjson.dumps([column[:-1] for column in zip_longest(*sheet.rows[start:end], full, fillvalue="")])
        step = frames.BLOCK_BYTES - 1
        for at in range(0, len(body), step):
            yield (b"." if at + step >= len(body) else b"+") + body[at : at + step]
        start = end


def take_tables(told: Any, blocks: Iterator[bytes]) -> tuple[Table, ...]:
    """Outside: the tables of an answer, with the blocks that follow it. Raises `Unsafe` for anything odd."""
    tables = []
    columns = _columns(blocks)
    for one in answers.items(told, 1_000):
        name = answers.text(answers.field(one, "name"), 255)
        notes = answers.cell_notes(answers.field(one, "notes"))
        if "rows" in one:
            tables.append(answers.small_table(name, one["rows"], notes))
            continue
        width = answers.number(answers.field(one, "width"), 1 << 15)
        height = answers.number(answers.field(one, "height"), 1 << 24)
        tables.append(_large(name, width, height, notes, columns))
    if next(columns, None) is not None:
        answers.garbage()
    return tuple(tables)


def _large(name: str, width: int, height: int, notes: list[Any], columns: Iterator[list[Any]]) -> Table:
    """Packed run by run: what comes is never here as a whole."""
    found: list[bytes] = []
    rows = 0
    while rows < height:
        block = next(columns, None)
        if block is None or len(block) != width or not block:
            answers.garbage()
        rows += _height(block)
        found.append(pack(block))
    if rows != height or not found:
        answers.garbage()
    return Table.of_runs(name, width, height, found, notes)


def _height(block: list[Any]) -> int:
    """How many rows a run has, whose columns are lists of text of one length."""
    height = len(answers.items(block[0], 1 << 21))
    try:
        for column in block:
            if len(answers.items(column, height)) != height:
                answers.garbage()
            "".join(column)  # raises TypeError for anything but text
    except TypeError:
        answers.garbage()
    if not height:
        answers.garbage()
    return height


def _columns(blocks: Iterator[bytes]) -> Iterator[list[Any]]:
    """The JSON of each run of rows, put together again."""
    pieces: list[bytes] = []
    size = 0
    for block in blocks:
        pieces.append(block[1:])
        size += len(block)
        if size > _RUN_BYTES + frames.BLOCK_BYTES:
            answers.garbage("output")
        if block[:1] == b".":
            try:
                columns = orjson.loads(b"".join(pieces))
            except orjson.JSONDecodeError:
                answers.garbage()
            pieces, size = [], 0
            yield answers.items(columns, 1 << 15)
    if pieces:
        answers.garbage()
