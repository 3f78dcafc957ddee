"""The queries among the findings about a sheet, each tied to its row; and what the sheet itself says to them.

A column titled `说明` or `Explanation` is the gateway's own in every report: what stands in it explains the queries of
its row. A dataflow that has a column of that title keeps it for itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway.checks.normal import stripped
from gateway.checks.sheet import Shape
from gateway.core.dataflow import Dataflow, Severity
from gateway.core.explaining import Asked
from gateway.core.finding import Finding
from gateway.core.table import Table

LONGEST = 1_000  # characters of an explanation; the arrival itself keeps what is cut off


def queries(findings: Sequence[Finding], dataflow: Dataflow, table: Table, shape: Shape) -> tuple[Asked, ...]:
    """Those of the findings that are queries, in their order."""
    told = [(number, one) for number, one in enumerate(findings, 1) if one.severity is Severity.QUERY]
    rows = table.picked({one.row for _, one in told if one.row > shape.header_row}) if told else {}
    return tuple(_asked(number, one, dataflow, shape, rows.get(one.row)) for number, one in told)


def explained_in(asked: Sequence[Asked], table: Table, shape: Shape) -> Mapping[int, str]:
    """What the sheet's own column says, by the number of the query."""
    if shape.explanation is None:
        return {}
    rows = table.picked({one.row for one in asked if one.row > shape.header_row})
    said = {number: stripped(row[shape.explanation])[:LONGEST] for number, row in rows.items()}
    return {one.number: said[one.row] for one in asked if said.get(one.row)}


def _asked(number: int, finding: Finding, dataflow: Dataflow, shape: Shape, row: Sequence[str] | None) -> Asked:
    key: tuple[str, ...] = ()
    about: tuple[str, ...] = (stripped(finding.value),)
    if row is not None:
        cells = {name: stripped(row[place]) for name, place in shape.columns.items()}
        key = tuple(cells.get(name, "") for name in dataflow.primary_key)
        if not key or "" in key:
            key = tuple(cells.values())
        spoken_of = next((rule.columns for rule in dataflow.rules if f"rule:{rule.name}" == finding.code), ())
        about = tuple(cells.get(name, "") for name in spoken_of) or about
    return Asked(number, finding.sheet, finding.row, finding.column, finding.field, finding.code, key, about)
