"""What is known of explanations: which queries of which submission were answered, and with which arrival."""

from __future__ import annotations

from sqlalchemy import bindparam, func, select

from gateway.ledger.answers import Explanations
from gateway.ledger.asking import Asking, columns_for
from gateway.ledger.columns import spelled
from gateway.ledger.tables import explanations, submissions
from gateway.rows import Prepared

_EXPLANATIONS = select(*columns_for(Explanations, explanations))
_OF = Prepared(
    _EXPLANATIONS.where(explanations.c.of == bindparam("submission")).order_by(explanations.c.explained_in.desc())
)
_BROUGHT_BY = Prepared(_EXPLANATIONS.where(explanations.c.submission == bindparam("submission")))
_of_obligation = submissions.c.obligation == bindparam("obligation")
_LATEST = Prepared(
    select(
        select(func.max(submissions.c.judged))
        .where(_of_obligation, submissions.c.verdict.in_(spelled(("accepted", "rejected"))))
        .scalar_subquery(),
        select(func.max(explanations.c.explained_in))
        .where(explanations.c.of == submissions.c.submission, _of_obligation)
        .scalar_subquery(),
    )
)


class ExplanationViews(Asking):
    """Questions about explanations."""

    def explained_of(self, submission: str) -> list[Explanations]:
        """All that was explained of this submission's queries; the first one holds everything said so far."""
        return [Explanations(*row) for row in self._rows(_OF, submission=submission)]

    def explained_by(self, submission: str) -> Explanations | None:
        """What this submission of an arrival explained: its own queries, or another's."""
        row = self._first(_BROUGHT_BY, submission=submission)
        return None if row is None else Explanations(*row)

    def explaining_stands_at(self, obligation: str) -> tuple[int | None, int | None]:
        """The facts after which an obligation has its versions and explanations, to see whether any came since."""
        versions, explained = self._first(_LATEST, obligation=obligation)
        return versions, explained
