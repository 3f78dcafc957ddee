"""What must stand in the journal before work can follow from it: the configuration in force, and what is owed."""

from __future__ import annotations

from gateway import log
from gateway.core.duty import Configure, OpenObligation, SetArrivalAside
from gateway.core.facts import Configured, Owed, SetAside
from gateway.ledger.views import View
from gateway.perform.office import Office
from gateway.store import Decision


def configure(office: Office, duty: Configure) -> None:
    """Keep the configuration's text and record that it is in force."""
    blob = office.store.keep(office.source, {"version": duty.version})
    fact = Configured(office.clock.now(), duty.version, blob.id)

    def decide(view: View) -> Decision:
        latest = view.configuration()
        return Decision(()) if latest and latest.version == duty.version else Decision((fact,), (blob,))

    office.store.transact(decide).result()
    log.configured(duty.version)


def open_obligation(office: Office, duty: OpenObligation) -> None:
    """Freeze an obligation with its instants."""
    owed = duty.obligation
    fact = Owed(
        at=office.clock.now(),
        obligation=owed.id,
        department=owed.department,
        dataflow=owed.dataflow,
        period=str(owed.period),
        opens=owed.opens,
        due=owed.due,
        closes=owed.closes,
        reminders=owed.reminders,
        overdue=owed.overdue,
        escalate=owed.escalate,
    )

    def decide(view: View) -> Decision:
        return Decision(() if view.standing(owed.id) else (fact,))

    office.store.transact(decide).result()
    log.owed(owed.id, owed.due.isoformat())


def set_aside(office: Office, duty: SetArrivalAside) -> None:
    """Leave an arrival to a person: work on it ended the process too often."""
    fact = SetAside(office.clock.now(), duty.arrival, duty.deaths)

    def decide(view: View) -> Decision:
        arrival = view.arrival(duty.arrival)
        return Decision((fact,) if arrival and arrival.waits else ())

    office.store.transact(decide).result()
    log.set_aside(duty.arrival, duty.deaths)
