"""Certain repairs: a sheet whose every error can be mended in one way only, mended, and what was changed in it.

Nothing is changed behind the sender's back: what this makes counts only once its sender has agreed to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from gateway.checks.check import Checked, check
from gateway.checks.compile import Compiled, Context
from gateway.checks.recognise import Recognised
from gateway.core.dataflow import Severity
from gateway.core.parties import Language
from gateway.core.table import Table

CERTAIN = frozenset({"typography", "code_title", "id_check_digit"})
"""Findings whose repair, if any, is the only one; a check digit's has its row as a witness (see `exchanged`).

Others suggest only: a number that may be a date, an old id.
"""

MOST = 1_000  # cells that an officer can be expected to look through


@dataclass(frozen=True, slots=True)
class Change:
    """One cell, by row and column from 1: what stood there, what is to stand there, and the code of the finding."""

    row: int
    column: int
    field: str
    code: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Repaired:
    """A sheet in which nothing is left to be mended, with every change."""

    changes: tuple[Change, ...]
    checked: Checked


def repaired(compiled: Compiled, recognised: Recognised, checked: Checked, context: Context) -> Repaired | None:
    """The sheet mended, if every error has a certain repair and the mended sheet passes all checks.

    For tables that are small enough to be held as rows.
    """
    table, errors = recognised.table, checked.findings.errors
    if table is None or not 0 < errors <= MOST:
        return None
    changes = tuple(_changes(checked))
    if len(changes) != errors:
        return None
    mended = replace(recognised, table=with_changes(table, changes))
    again = check(compiled, mended, context)
    return Repaired(changes, again) if again.acceptable else None


def _changes(checked: Checked) -> Iterator[Change]:
    for one in checked.findings.told(Language.EN):
        if one.severity is Severity.ERROR and one.code in CERTAIN and one.repair:
            yield Change(one.row, one.column, one.field, one.code, one.value, one.repair)


def with_changes(table: Table, changes: Sequence[Change]) -> Table:
    """The table, held as rows, with these cells changed."""
    rows = [list(row) for row in table.rows()]
    for change in changes:
        rows[change.row - 1][change.column - 1] = change.new
    return Table.of_rows(table.name, rows, table.notes)
