"""One thing that a check says about a submission."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.core.dataflow import Severity


@dataclass(frozen=True, slots=True)
class Finding:
    """Row and column count from 1 as the officer sees them; 0 means the sheet as a whole.

    `code` is ours (`required`, `type`, `codelist`, `id_check_digit`, `lost_digits`, `rule:NAME` …); `field` is the
    configured name of the column, `""` if none. `value` is the sender's text and `sentence` may quote it, so findings
    live in the vault and in letters to the sender, never in facts or logs. `repair` is a suggested value or `""`.
    """

    severity: Severity
    code: str
    sheet: str
    row: int
    column: int
    field: str
    value: str
    sentence: str
    repair: str = ""
