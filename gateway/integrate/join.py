"""The accepted tables of one dataflow and period, joined into one.

Every row keeps who reported it (`_department`), in which submission (`_submission`) and where it stood there (`_row`),
so that each figure made later can be followed back to the sheet it came from.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.checks.tables import read_table
from gateway.core.dataflow import Dataflow, FieldType

if TYPE_CHECKING:
    import polars

ORIGIN = ("_department", "_submission", "_row")


class Unjoinable(Exception):
    """A table accepted under an earlier configuration does not fit the dataflow's types of today."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """One accepted submission: `table` as the checks wrote it, or None for a nil return."""

    submission: str
    department: str
    table: bytes | None


@dataclass(frozen=True, slots=True)
class Joined:
    """One table (Arrow IPC) and how many rows each submission gave."""

    table: bytes
    rows: int
    rows_of: Mapping[str, int]


def join(dataflow: Dataflow, contributions: Iterable[Contribution]) -> Joined:
    """The contributions under each other, in the order of department and submission, in the dataflow's columns.

    Raises `Unjoinable`.
    """
    import polars as pl

    schema = schema_of(dataflow)
    frames = [pl.DataFrame(schema=schema)]
    rows_of: dict[str, int] = {}
    for one in sorted(contributions, key=lambda c: (c.department, c.submission)):
        frame = pl.DataFrame(schema=schema) if one.table is None else _as_reported(read_table(one.table), one, schema)
        rows_of[one.submission] = frame.height
        frames.append(frame)
    whole = pl.concat(frames, how="vertical")
    return Joined(to_bytes(whole), whole.height, rows_of)


def schema_of(dataflow: Dataflow) -> dict[str, polars.DataType]:
    """Column names and types of a dataflow's joined table: where a row came from, then its own items."""
    import polars as pl

    types = {
        FieldType.INTEGER: pl.Int64(),
        FieldType.NUMBER: pl.Float64(),
        FieldType.BOOLEAN: pl.Boolean(),
        FieldType.DATE: pl.Date(),
    }
    origin: dict[str, polars.DataType] = {"_department": pl.String(), "_submission": pl.String(), "_row": pl.Int64()}
    return origin | {f.name: types.get(f.type, pl.String()) for f in dataflow.fields}


def to_bytes(frame: polars.DataFrame) -> bytes:
    out = io.BytesIO()
    frame.write_ipc(out, compression="zstd")
    return out.getvalue()


def from_bytes(table: bytes) -> polars.DataFrame:
    import polars as pl

    return pl.read_ipc(io.BytesIO(table))


def _as_reported(frame: polars.DataFrame, one: Contribution, schema: Mapping[str, polars.DataType]) -> polars.DataFrame:
    import polars as pl

    have = set(frame.columns)
    items = [
        (pl.col(name) if name in have else pl.lit(None)).cast(kind).alias(name)
        for name, kind in schema.items()
        if name not in ORIGIN
    ]
    row = pl.col("_row") if "_row" in have else pl.int_range(1, pl.len() + 1).alias("_row")
    try:
        return frame.select(
            pl.lit(one.department).alias("_department"),
            pl.lit(one.submission).alias("_submission"),
            row.cast(pl.Int64),
            *items,
        )
    except pl.exceptions.PolarsError:  # its text quotes values
        raise Unjoinable(one.submission) from None
