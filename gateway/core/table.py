"""A table as text: what a handler read from one sheet, in the form that checks and letters work on.

A small table is Python rows. A large one comes from the sandbox *packed*, in runs of rows that each take a tenth of
their text: whoever holds many of them is not filled by them. Rows or a polars frame can be asked for; polars is
imported only when a frame is, so that a small report never pays for it.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING

import orjson

from gateway.handler import CellNote, Sheet

if TYPE_CHECKING:
    import polars


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet, every row padded with `""` to `width` cells; row i, column j is what the officer sees at (i+1, j+1).

    Make one with `of_rows`, `of_sheet`, `of_frame` or `of_runs`.
    """

    name: str
    width: int
    height: int
    notes: tuple[CellNote, ...]
    _rows: tuple[tuple[str, ...], ...] | None
    _frame: polars.DataFrame | None = None
    _runs: tuple[bytes, ...] | None = None

    @classmethod
    def of_rows(cls, name: str, rows: Sequence[Sequence[str]], notes: Sequence[CellNote] = ()) -> Table:
        """From rows of text that may differ in length."""
        width = max(map(len, rows), default=0)
        padded = tuple(tuple(row) if len(row) == width else (*row, *[""] * (width - len(row))) for row in rows)
        return cls(name, width, len(padded), tuple(notes), padded)

    @classmethod
    def of_sheet(cls, sheet: Sheet) -> Table:
        return cls.of_rows(sheet.name, sheet.rows, sheet.notes)

    @classmethod
    def of_frame(cls, name: str, frame: polars.DataFrame, notes: Sequence[CellNote] = ()) -> Table:
        """From a frame of string columns without nulls; they are called c1, c2, … from here on."""
        named = frame.rename({old: f"c{place}" for place, old in enumerate(frame.columns, 1)})
        return cls(name, named.width, named.height, tuple(notes), None, named)

    @classmethod
    def of_runs(
        cls, name: str, width: int, height: int, runs: Sequence[bytes], notes: Sequence[CellNote] = ()
    ) -> Table:
        """From runs of rows, as `pack` made them, `height` rows of `width` cells in all."""
        return cls(name, width, height, tuple(notes), None, None, tuple(runs))

    @property
    def runs(self) -> tuple[bytes, ...] | None:
        """The packed form, where this table has it."""
        return self._runs

    def rows(self) -> Sequence[Sequence[str]]:
        """All rows. For a large table this builds a Python object for each cell: prefer `frame` or `head`."""
        if self._rows is not None:
            return self._rows
        if self._runs is not None:
            return list(self._unpacked())
        assert self._frame is not None
        return self._frame.rows()

    def head(self, count: int) -> Sequence[Sequence[str]]:
        """The first `count` rows, cheap for a table of any size."""
        if self._rows is not None:
            return self._rows[:count]
        if self._runs is not None:
            return list(islice(self._unpacked(), count))
        assert self._frame is not None
        return self._frame.head(count).rows()

    def picked(self, numbers: Collection[int]) -> dict[int, Sequence[str]]:
        """The rows with these numbers, counted from 1, as far as there are any; the others are not kept."""
        every: Iterable[Sequence[str]] = self._unpacked() if self._runs is not None else self.rows()
        return {number: row for number, row in enumerate(every, 1) if number in numbers} if numbers else {}

    def frame(self) -> polars.DataFrame:
        """All rows as string columns c1 … cn without nulls; row i of the frame is row i+1 of the sheet."""
        if self._frame is not None:
            return self._frame
        import polars

        schema = {f"c{place}": polars.String for place in range(1, self.width + 1)}
        if self._runs is not None:
            found = (polars.DataFrame(unpack(run), schema=schema, orient="col") for run in self._runs)
            return polars.concat(found, rechunk=True)
        assert self._rows is not None
        return polars.DataFrame(self._rows, schema=schema, orient="row") if self.width else polars.DataFrame()

    def _unpacked(self) -> Iterator[tuple[str, ...]]:
        assert self._runs is not None
        return chain.from_iterable(zip(*unpack(run), strict=True) for run in self._runs)


def pack(columns: Sequence[Sequence[str]]) -> bytes:
    """A run of rows, given as its columns, all of one length."""
    return zlib.compress(orjson.dumps(columns), 1)


def unpack(run: bytes) -> list[list[str]]:
    """The columns of a run that `pack` made."""
    columns: list[list[str]] = orjson.loads(zlib.decompress(run))
    return columns
