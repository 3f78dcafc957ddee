"""Everything configured that decisions follow from: immutable, checked, and named by the digest of its source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gateway.core.agreement import Agreement, Timetable, WorkingDays
from gateway.core.dataflow import CodeList, Dataflow
from gateway.core.parties import Certificate, Department, Officer, PublicKey
from gateway.core.result import Entitlement, Result


@dataclass(frozen=True, slots=True)
class Rules:
    """One configuration version. `version` is the first 16 hex digits of SHA-256 over its canonical text.

    Every id that one rule names exists in the others: `gateway.config` makes no `Rules` otherwise.
    """

    version: str
    lead_office: str  # the department that runs the gateway
    mailbox: str  # the one fixed address
    departments: Mapping[str, Department]
    dataflows: Mapping[str, Dataflow]
    codelists: Mapping[str, CodeList]
    timetables: Mapping[str, Timetable]
    working_days: WorkingDays
    agreements: Mapping[str, Agreement]
    entitlements: tuple[Entitlement, ...]
    results: Mapping[str, Result]
    keys: Mapping[str, PublicKey]
    auditor_address: str | None = None
    certificates: Mapping[str, Certificate] = field(default_factory=dict)
    telephone: str | None = None  # of the lead office: fingerprints are compared by voice
    _by_id: Mapping[str, Officer] = field(init=False, repr=False, compare=False)
    _by_address: Mapping[str, Officer] = field(init=False, repr=False, compare=False)
    _owed: Mapping[str, tuple[Agreement, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Every arrival and every letter asks for an officer, of whom a large county has thousands.
        object.__setattr__(self, "_by_id", {o.id: o for o in self.officers()})
        object.__setattr__(self, "_by_address", {a.casefold(): o for o in self.officers() for a in o.addresses})
        owed: dict[str, tuple[Agreement, ...]] = {}
        for agreement in self.agreements.values():
            owed[agreement.department] = (*owed.get(agreement.department, ()), agreement)
        object.__setattr__(self, "_owed", owed)

    def officers(self) -> Iterator[Officer]:
        for department in self.departments.values():
            yield from department.officers

    def officer(self, officer_id: str) -> Officer | None:
        return self._by_id.get(officer_id)

    def officer_at(self, address: str) -> Officer | None:
        """Who is registered to send from this address (compared without regard to case)."""
        return self._by_address.get(address.casefold())

    def owed_by(self, department: str) -> tuple[Agreement, ...]:
        return self._owed.get(department, ())
