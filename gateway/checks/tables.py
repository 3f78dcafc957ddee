"""The accepted table as bytes for the vault, and back: JSON columns for a small one, Arrow IPC for a large one.

A small table is written without polars. `read_table` reads both into one frame with the types of the fields.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING

import orjson

from gateway.checks.check import Checked

if TYPE_CHECKING:
    import polars

_SMALL = b"{"


def table_bytes(checked: Checked) -> bytes:
    """The cases by field, in the order of the dataflow; a field that the sheet did not have is empty throughout."""
    if checked.encoded is not None:
        return checked.encoded
    values = checked.values
    if isinstance(values, Mapping):
        assert checked.dataflow
        types = {field.name: field.type.value for field in checked.dataflow.fields}
        return orjson.dumps({"types": types, "columns": {name: values[name] for name in types}})
    out = io.BytesIO()
    values.write_ipc(out, compression="zstd")
    return out.getvalue()


def read_table(data: bytes) -> polars.DataFrame:
    """The frame that `table_bytes` wrote. Raises `ValueError` for bytes of another form."""
    import polars as pl

    if not data.startswith(_SMALL):
        try:
            return pl.read_ipc(io.BytesIO(data))
        except pl.exceptions.PolarsError as error:
            raise ValueError("neither form of an accepted table") from error
    content = orjson.loads(data)
    from gateway.checks.columns import TYPES
    from gateway.core.dataflow import FieldType

    series = []
    for name, kind in content["types"].items():
        is_date = kind == FieldType.DATE
        column = pl.Series(name, content["columns"][name], pl.String if is_date else TYPES[FieldType(kind)])
        series.append(column.str.to_date("%Y-%m-%d") if is_date else column)
    return pl.DataFrame(series)
