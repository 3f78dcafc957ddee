"""A county of three departments as configuration, for tests of what follows from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from gateway.core.agreement import Agreement, DueDate, ProofKind, Timetable, WorkingDays
from gateway.core.dataflow import Dataflow
from gateway.core.parties import Department, Language, Officer, Role, Titles
from gateway.core.period import Frequency, Period
from gateway.core.result import Entitlement, Result
from gateway.core.rules import Rules

ZONE = ZoneInfo("Asia/Shanghai")
DAYS = timedelta(days=1)
WORKING_DAYS = WorkingDays(frozenset({date(2026, 10, 1)}), frozenset({date(2026, 10, 10)}))


def at(text: str) -> datetime:
    """An instant from the wall clock of the county: `2026-10-28 09:00`, or the midnight that begins a day."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


def timetable(frequency: Frequency, *due: DueDate, **other: object) -> Timetable:
    table = Timetable(
        id=str(frequency),
        frequency=frequency,
        due=due,
        zone="Asia/Shanghai",
        opens_before=28 * DAYS,
        reminders=(3 * DAYS, 1 * DAYS),
        overdue=(1 * DAYS, 3 * DAYS),
        escalate_after=5 * DAYS,
        closes_after=30 * DAYS,
    )
    return replace(table, **other)


TIMETABLES = {
    table.id: table
    for table in (
        timetable(Frequency.MONTHLY, DueDate(1, 28)),
        timetable(Frequency.QUARTERLY, DueDate(3, 28)),
        timetable(Frequency.HALF_YEARLY, DueDate(6, 28), DueDate(6, 28)),
        timetable(Frequency.YEARLY, DueDate(13, 10)),
        timetable(Frequency.ON_OCCURRENCE),
    )
}


def officer(name: str, department: str, role: Role) -> Officer:
    return Officer(name, department, name, role, Language.EN, (f"{name}@county.example",), f"{name}@county.example")


def department(name: str, **officers: Role) -> Department:
    people = tuple(officer(person, name, role) for person, role in officers.items())
    return Department(name, Titles(name, name), None, people)


def agreement(who: str, dataflow: str, frequency: Frequency = Frequency.MONTHLY, **other: object) -> Agreement:
    proofs = frozenset({ProofKind.SEAL, ProofKind.SUBMISSION, ProofKind.CONFIRMED})
    plain = Agreement(f"{who}/{dataflow}", who, dataflow, str(frequency), proofs, False, date(2026, 10, 1))
    return replace(plain, **other)


def dataflow(name: str) -> Dataflow:
    return Dataflow(name, Titles(name, name), "invented law", "invented purpose", ())


BULLETIN = Result(
    id="bulletin",
    titles=Titles("bulletin", "bulletin"),
    frequency=Frequency.MONTHLY,
    dataflows=("births", "marriages"),
    sql="SELECT 1",
    recipients=("health", "civil"),
    purpose="invented purpose",
    legal_basis="invented law",
    columns={},
)


def entitlement(who: str, of: str = "births") -> Entitlement:
    return Entitlement(who, of, ("sex",), None, "invented purpose", "invented law", date(2026, 1, 1))


RULES = Rules(
    version="v1",
    lead_office="lead",
    mailbox="reports@county.example",
    departments={
        "health": department("health", li=Role.REPORTER, wang=Role.DEPUTY, zhao=Role.HEAD),
        "civil": department("civil", chen=Role.REPORTER, sun=Role.HEAD),
        "lead": department("lead"),
    },
    dataflows={name: dataflow(name) for name in ("births", "marriages", "events")},
    codelists={},
    timetables=TIMETABLES,
    working_days=WORKING_DAYS,
    agreements={
        one.id: one
        for one in (
            agreement("health", "births"),
            agreement("civil", "births"),
            agreement("civil", "marriages"),
            agreement("health", "events", Frequency.ON_OCCURRENCE),
        )
    },
    entitlements=(entitlement("health"), entitlement("civil")),
    results={"bulletin": BULLETIN},
    keys={},
    auditor_address="auditor@county.example",
)
OCTOBER = Period.parse("2026-M10")
