"""What nobody was proven to have sent is not kept for ever: its bytes go, and the journal still proves that it came."""

from __future__ import annotations

from gateway import log
from gateway.core.duty import Erase
from gateway.core.facts import Erased
from gateway.ledger.views import View
from gateway.perform.office import Office
from gateway.store import Decision

RETENTION = "retention"


def erase(office: Office, duty: Erase) -> None:
    """One fact for all whose term is over; what somebody vouched for meanwhile is kept."""

    def decide(view: View) -> Decision:
        known = [arrival for arrival in map(view.arrival, duty.arrivals) if arrival and arrival.kept_since]
        blobs = tuple(arrival.blob for arrival in known)
        return Decision((Erased(office.clock.now(), blobs, RETENTION),) if blobs else (), (), len(blobs))

    _, count = office.store.transact(decide).result()
    log.erased(count)
