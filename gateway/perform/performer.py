"""Which file performs which duty."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from gateway import log
from gateway.core import duty as owed
from gateway.core.duties import duties
from gateway.core.duty import Duty
from gateway.core.facts import Attempted, Troubled
from gateway.perform import (
    answering,
    asking,
    chasing,
    joining,
    judging,
    opening,
    posting,
    releasing,
    retention,
    witnessing,
)
from gateway.perform.office import Office
from gateway.perform.revoking import with_revocations
from gateway.perform.together import Troubles, blamed_on, gather

BY_DUTY: dict[type[Duty], Callable[[Office, Any], None]] = {
    owed.Configure: opening.configure,
    owed.OpenObligation: opening.open_obligation,
    owed.SetArrivalAside: opening.set_aside,
    owed.Answer: answering.answer,
    owed.Acknowledge: answering.acknowledge,
    owed.AskConfirmation: asking.ask,
    owed.Digest: chasing.write_digest,
    owed.Integrate: joining.integrate,
    owed.IntegratedReceipt: joining.tell_integrated,
    owed.Release: releasing.release,
    owed.CheckpointLetter: witnessing.write_checkpoint,
    owed.Drop: posting.drop,
    owed.Erase: retention.erase,
}
BY_RUN: dict[type[Duty], Callable[[Office, Sequence[Any]], Troubles]] = {
    owed.Judge: judging.judge,
    owed.Send: posting.send,
}


class Performer:
    """What the loop works with: duties read from the ledger, performed with the office in force."""

    def __init__(self, office: Office) -> None:
        self.office = office  # replaced as a whole when the configuration changes, by any thread
        self.in_force = self._configured = office  # the same with what the journal revokes, when last asked
        self._owed: Mapping[str, Office] = {}
        self._being_judged: set[str] = set()

    def owed(self, now: datetime) -> Sequence[Duty]:
        office = self.office
        with office.store.view() as view:
            since = self.in_force if self._configured is office else office
            office, self._configured = with_revocations(since, view), office
            self.in_force = office
            found = duties(office.open(view, now), now)
        # Whoever judges an arrival answers it in the same breath.
        found = [d for d in found if not (isinstance(d, owed.Answer) and d.arrival in self._being_judged)]
        self._owed = {duty.id: office for duty in found}
        return found

    def runs(self, duties: Sequence[Duty]) -> Sequence[Sequence[Duty]]:
        return gather(duties)

    def perform(self, run: Sequence[Duty]) -> Troubles:
        """A duty that waited while the configuration changed may be owed no longer, and name what is gone."""
        offices = {duty.id: self._owed.get(duty.id) for duty in run}
        office = next((office for office in offices.values() if office), None)
        if office is None:
            return {}
        run = [duty for duty in run if offices[duty.id] is office]
        arrivals = {duty.arrival for duty in run if isinstance(duty, owed.Judge)}
        self._being_judged |= arrivals
        try:
            together = BY_RUN.get(type(run[0]))
            return together(office, run) if together else _one_by_one(office, run)
        finally:
            self._being_judged -= arrivals

    def trouble(self, duty: Duty, since: datetime) -> None:
        self.office.store.append([Troubled(self.office.clock.now(), duty.id, since)]).result()
        log.troubled(duty.id, since.isoformat())

    def fatal(self, duty: Duty, error: BaseException) -> None:
        """An arrival whose judging ends the process is counted, so that the third time it is set aside."""
        if isinstance(duty, owed.Judge):
            self.office.store.append([Attempted(self.office.clock.now(), duty.arrival, duty.deaths + 1)]).result()


def _one_by_one(office: Office, run: Sequence[Duty]) -> Troubles:
    troubles: Troubles = {}
    for duty in run:
        with blamed_on(duty, troubles):
            BY_DUTY[type(duty)](office, duty)
    return troubles
