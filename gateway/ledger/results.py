"""What is known of integrations and releases."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select

from gateway.ledger.answers import Integration, Release
from gateway.ledger.asking import Asking, columns_for
from gateway.ledger.outgoing import integration_submissions, integrations, releases
from gateway.ledger.tables import CURRENT, submissions

_INTEGRATION = select(*columns_for(Integration, integrations, ["submissions", "is_stale"]))
_PARTS = (
    select(integration_submissions.c.submission)
    .where(integration_submissions.c.integration == bindparam("integration"))
    .order_by(integration_submissions.c.submission)
)
_CURRENT = select(submissions.c.submission).where(
    submissions.c.dataflow == bindparam("dataflow"),
    submissions.c.period == bindparam("period"),
    CURRENT,
)
_RELEASE = select(*columns_for(Release, releases))


class ResultViews(Asking):
    """Questions about what was joined and what was given back."""

    def integration(self, integration: str) -> Integration | None:
        return self._integration(_INTEGRATION.where(integrations.c.integration == integration))

    def latest_integration(self, dataflow: str, period: str) -> Integration | None:
        of = _INTEGRATION.where(integrations.c.dataflow == dataflow, integrations.c.period == period)
        return self._integration(of.order_by(integrations.c.integrated.desc()).limit(1))

    def release(self, release: str) -> Release | None:
        row = self._first(_RELEASE.where(releases.c.release == release))
        return None if row is None else Release(*row)

    def releases(
        self, result: str | None = None, period: str | None = None, department: str | None = None
    ) -> list[Release]:
        """The copies made, oldest first; all, or those of a result, a period, a recipient."""
        found = _RELEASE.order_by(releases.c.released)
        for column, wanted in (("result", result), ("period", period), ("department", department)):
            if wanted is not None:
                found = found.where(releases.c[column] == wanted)
        return [Release(*row) for row in self._rows(found)]

    def _integration(self, statement: Any) -> Integration | None:
        row = self._first(statement)
        if row is None:
            return None
        parts = {part[0] for part in self._rows(_PARTS, integration=row.integration)}
        current = {part[0] for part in self._rows(_CURRENT, dataflow=row.dataflow, period=row.period)}
        return Integration(
            row.integration,
            row.integrated,
            row.integrated_at,
            row.dataflow,
            row.period,
            tuple(sorted(parts)),
            row.missing,
            row.rows,
            row.table,
            is_stale=current != parts,
        )
