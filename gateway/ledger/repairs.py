"""What is known of repairs: offered with a rejection, and taken by a reply."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from gateway.ledger.answers import Repair
from gateway.ledger.asking import Asking, columns_for
from gateway.ledger.tables import repairs
from gateway.rows import Prepared

_REPAIRS = select(*columns_for(Repair, repairs))
_OF_ARRIVAL = Prepared(_REPAIRS.where(repairs.c.arrival == bindparam("arrival")).order_by(repairs.c.offered))
_OF = Prepared(_REPAIRS.where(repairs.c.submission == bindparam("submission")))
_TAKEN_BY = Prepared(_REPAIRS.where(repairs.c.taken_by == bindparam("submission")))


class RepairViews(Asking):
    """Questions about repairs."""

    def repairs_of(self, arrival: str) -> list[Repair]:
        """What was offered for the submissions of an arrival, taken or not."""
        return [Repair(*row) for row in self._rows(_OF_ARRIVAL, arrival=arrival)]

    def repair_of(self, submission: str) -> Repair | None:
        """What was offered for this rejected submission."""
        row = self._first(_OF, submission=submission)
        return None if row is None else Repair(*row)

    def repair_taken_as(self, submission: str) -> Repair | None:
        """The offer whose repaired table counts as this submission."""
        row = self._first(_TAKEN_BY, submission=submission)
        return None if row is None else Repair(*row)
