"""A result goes to one recipient: queried over what that department may see, written, sealed for it, delivered."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from gateway import log
from gateway.core.calendar import local_day
from gateway.core.duty import LetterDuty, Release
from gateway.core.facts import About, Released
from gateway.core.matter import LetterKind, Matter
from gateway.core.message import Attachment
from gateway.core.parties import Department, Language, Officer, Role
from gateway.core.period import Period
from gateway.core.result import Result
from gateway.integrate.join import from_bytes, schema_of
from gateway.ledger.views import View
from gateway.outside import Temporary
from gateway.perform.office import Office
from gateway.perform.writing import write_letter
from gateway.release.entitled import PREVIOUS, NotEntitled, Outcome, query
from gateway.release.package import NoKey, package
from gateway.release.workbook import Unwritable, workbook

if TYPE_CHECKING:
    import polars

MOST = 1 << 31


@dataclass(frozen=True, slots=True)
class Delivery(LetterDuty):
    """The letter that takes a release to its recipient."""

    LETTER: ClassVar[LetterKind] = LetterKind.DELIVERY
    release: str

    @property
    def id(self) -> str:
        return f"deliver/{self.release}"

    @property
    def about(self) -> tuple[About, ...]:
        return (Matter.DELIVERED(self.release),)


def release(office: Office, duty: Release) -> None:
    """Make one recipient's copy, and write its delivery, in one transaction with its `Released` fact.

    A department without a valid key, or a query that sees too little, waits for an administrator: after some hours of
    trouble there is an alarm.
    """
    result, department = office.rules.results[duty.result], office.rules.departments[duty.department]
    officer, now = _addressee(department), office.clock.now()
    try:
        outcome = _outcome(office, duty, result, department)
        sealed = _sealed(office, duty, result, outcome, officer.language, now)
    except (NoKey, NotEntitled, Unwritable) as trouble:
        raise Temporary("no copy can be made for this recipient") from trouble
    blob = office.store.keep(sealed, {"release": duty.id})
    release_id = "R-" + hashlib.sha256(duty.id.encode()).hexdigest()[:12].upper()
    fact = Released(
        at=now,
        release=release_id,
        result=result.id,
        period=duty.period,
        department=department.id,
        integrations=duty.integrations,
        fields=outcome.columns,
        rows=len(outcome.rows),
        purpose=result.purpose,
        legal_basis=result.legal_basis,
        blob=blob.id,
        digest=hashlib.sha256(sealed).hexdigest(),
        configured=office.rules.version,
    )
    values = _told(office, duty, result, outcome, officer.language) | {"release": release_id}
    attachment = Attachment(f"{_file(duty)}.sealed", "application/octet-stream", sealed)
    write_letter(office, Delivery(release_id), officer, values, [attachment], with_facts=[fact], with_blobs=[blob])
    log.released(release_id, department.id, len(outcome.rows))


def _file(duty: Release) -> str:
    return f"{duty.result}-{duty.period}.xlsx"


def _sealed(
    office: Office, duty: Release, result: Result, outcome: Outcome, language: Language, now: datetime
) -> bytes:
    return package(
        _file(duty),
        workbook(result, duty.period, outcome, language, now),
        result=result.id,
        period=duty.period,
        rows=len(outcome.rows),
        department=office.rules.departments[duty.department],
        rules=office.rules,
        key=office.key,
        signing_seed=office.signing_seed,
        sequence=office.store.latest().size,
        at=now,
    )


def _told(office: Office, duty: Release, result: Result, outcome: Outcome, language: Language) -> dict[str, object]:
    return {
        "title": result.titles[language],
        "period": duty.period,
        "rows": len(outcome.rows),
        "file": f"{_file(duty)}.sealed",
        "purpose": result.purpose,
        "legal_basis": result.legal_basis,
        "columns": [result.columns[c][language] for c in outcome.columns],
        "missing": _missing(office, duty, language),
    }


def _outcome(office: Office, duty: Release, result: Result, department: Department) -> Outcome:
    now = office.clock.now()
    with office.store.view() as view:
        tables = _tables(office, view, duty, result)
    return query(result, department, tables, office.rules, local_day(now, office.rules.working_days.zone))


def _tables(office: Office, view: View, duty: Release, result: Result) -> Mapping[str, polars.DataFrame]:
    """The joined table of each dataflow the result reads, and that of the period before; empty where there is none."""
    import polars as pl

    tables = {}
    period = Period.parse(duty.period)
    of = {one.dataflow: one for one in map(view.integration, duty.integrations) if one}
    for flow in result.dataflows:
        nothing = pl.DataFrame(schema=schema_of(office.rules.dataflows[flow]))
        before = view.latest_integration(flow, str(period.previous()))
        for name, one in ((flow, of.get(flow)), (flow + PREVIOUS, before)):
            tables[name] = from_bytes(office.store.read_all(one.table, MOST)) if one else nothing
    return tables


def _addressee(department: Department) -> Officer:
    """The first reporter of a department; the first officer where there is none."""
    reporters = department.with_role(Role.REPORTER)
    return (reporters or department.officers)[0]


def _missing(office: Office, duty: Release, language: Language) -> list[str]:
    """What was owed and not there when the tables were joined, in words; by its id where it is configured no more."""
    with office.store.view() as view:
        owed = [o for one in map(view.integration, duty.integrations) if one for o in one.missing]
    told = []
    for obligation in owed:
        department, dataflow, _ = obligation.split("/", 2)
        who, what = office.rules.departments.get(department), office.rules.dataflows.get(dataflow)
        words = (who.titles[language] if who else department, what.titles[language] if what else dataflow)
        told.append(("：" if language is Language.ZH_CN else ": ").join(words))
    return told
