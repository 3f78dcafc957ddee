"""What goes back: results, and who is entitled to which fields and rows of what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from gateway.core.parties import Titles
from gateway.core.period import Frequency


@dataclass(frozen=True, slots=True)
class Entitlement:
    """Department × dataflow × fields × rows × purpose × legal basis × validity.

    `rows` is an SQL condition over that dataflow's own columns and `_department` (who reported the row), or None for
    all rows; it is put on the view before the recipient's query sees it. It may use `:division`, the recipient's.
    """

    department: str
    dataflow: str
    fields: tuple[str, ...]
    rows: str | None
    purpose: str
    legal_basis: str
    valid_from: date
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """A result as configuration: one SQL query over views named like the dataflows (and `<dataflow>_previous`).

    Each recipient's query runs against that recipient's own views only, so what it may not see is not there.
    `releases_after_due_days`: it is made when all is in, or so many days after the last due instant with what is there.
    """

    id: str
    titles: Titles
    frequency: Frequency
    dataflows: tuple[str, ...]
    sql: str
    recipients: tuple[str, ...]  # departments
    purpose: str
    legal_basis: str
    columns: Mapping[str, Titles]
    releases_after_due_days: int = 2
