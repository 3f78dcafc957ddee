"""A table as text: what a handler read from one sheet, in the form that checks and letters work on.

A small table is Python rows, a large one a polars frame; either form can be asked for. Polars is imported only when
a frame is, so that a small report never pays for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.handler import CellNote, Sheet

if TYPE_CHECKING:
    import polars


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet, every row padded with `""` to `width` cells; row i, column j is what the officer sees at (i+1, j+1).

    Make one with `of_rows`, `of_sheet` or `of_frame`.
    """

    name: str
    width: int
    height: int
    notes: tuple[CellNote, ...]
    _rows: tuple[tuple[str, ...], ...] | None
    _frame: polars.DataFrame | None

    @classmethod
    def of_rows(cls, name: str, rows: Sequence[Sequence[str]], notes: Sequence[CellNote] = ()) -> Table:
        """From rows of text that may differ in length."""
        width = max(map(len, rows), default=0)
        padded = tuple(tuple(row) if len(row) == width else (*row, *[""] * (width - len(row))) for row in rows)
        return cls(name, width, len(padded), tuple(notes), padded, None)

    @classmethod
    def of_sheet(cls, sheet: Sheet) -> Table:
        return cls.of_rows(sheet.name, sheet.rows, sheet.notes)

    @classmethod
    def of_frame(cls, name: str, frame: polars.DataFrame, notes: Sequence[CellNote] = ()) -> Table:
        """From a frame of string columns without nulls; they are called c1, c2, … from here on."""
        named = frame.rename({old: f"c{place}" for place, old in enumerate(frame.columns, 1)})
        return cls(name, named.width, named.height, tuple(notes), None, named)

    def rows(self) -> Sequence[Sequence[str]]:
        """All rows. For a large table this builds a Python object for each cell: prefer `frame` or `head`."""
        if self._rows is not None:
            return self._rows
        assert self._frame is not None
        return self._frame.rows()

    def head(self, count: int) -> Sequence[Sequence[str]]:
        """The first `count` rows, cheap for a table of any size."""
        if self._rows is not None:
            return self._rows[:count]
        assert self._frame is not None
        return self._frame.head(count).rows()

    def frame(self) -> polars.DataFrame:
        """All rows as string columns c1 … cn without nulls; row i of the frame is row i+1 of the sheet."""
        if self._frame is not None:
            return self._frame
        import polars

        assert self._rows is not None
        schema = {f"c{place}": polars.String for place in range(1, self.width + 1)}
        return polars.DataFrame(self._rows, schema=schema, orient="row") if self.width else polars.DataFrame()
