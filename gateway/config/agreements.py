"""Who owes what: `agreements.toml`, in which one entry may speak of many departments and dataflows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from gateway.config.files import Files
from gateway.config.kinds import DAY, TRUTH, choice, known
from gateway.config.reader import Table
from gateway.core.agreement import Agreement, ProofKind, Protection

_PROOF = choice(ProofKind, ProofKind.SEAL)
_PROTECTION = choice(Protection, Protection.SEALED)
_SEALED = frozenset({Protection.SEALED})


@dataclass(frozen=True, slots=True)
class Known:
    """The ids that agreements, entitlements and results may name."""

    departments: Collection[str]
    dataflows: Collection[str]
    inactive: Collection[str]
    timetables: Collection[str] | None  # None: could not be read


@dataclass(frozen=True, slots=True)
class _Terms:
    proofs: frozenset[ProofKind]
    sealed: bool
    valid_from: date
    valid_until: date | None
    protections: frozenset[Protection]
    no_integrity: bool


def read_agreements(files: Files, names: Known) -> dict[str, Agreement]:
    """Agreements by id (`department/dataflow`). `[groups]` name several departments at once; `[defaults]` are terms."""
    table = files.toml("agreements.toml")
    if table is None:
        return {}
    with table:
        groups = _groups(table, names.departments)
        with table.table("defaults") as item:
            defaults = _terms(item, None)
        found: dict[str, Agreement] = {}
        for item in table.tables("agreements"):
            for agreement in _agreements(item, names, groups, defaults):
                if agreement.id in found:
                    reason = f'"{agreement.id}" was agreed in an earlier entry'
                    item.wrong("", reason, "Let each department and dataflow stand in one entry only")
                found[agreement.id] = agreement
    return found


def _groups(table: Table, departments: Collection[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    with table.table("groups") as groups:
        for name in groups.raw:
            if name in departments:
                groups.wrong(name, "is also the id of a department", "Give the group another name")
            found[name] = groups.some(name, known(departments, "department"))
    return found


def _terms(item: Table, defaults: _Terms | None) -> _Terms:
    proofs = frozenset(item.some("proofs", _PROOF)) if defaults is None or "proofs" in item else defaults.proofs
    ways = defaults.protections if defaults else _SEALED
    ways = frozenset(item.some("protections", _PROTECTION)) if "protections" in item else ways
    item.asks("proofs", "protections")
    start = item.need("valid_from", DAY) if defaults is None else item.may("valid_from", DAY, defaults.valid_from)
    until = item.may("valid_until", DAY, defaults.valid_until if defaults else None)
    if until is not None and until < start:
        item.wrong("valid_until", f"is before valid_from, {start}", "Let it be that day or a later one")
    sealed = item.may("must_be_sealed", TRUTH, defaults.sealed if defaults else False)
    weak = item.may("allow_no_integrity", TRUTH, defaults.no_integrity if defaults else False)
    return _Terms(proofs, sealed, start, until, ways, weak)


def _agreements(item: Table, names: Known, groups: Mapping[str, tuple[str, ...]], defaults: _Terms) -> list[Agreement]:
    who = item.some("departments", known({*names.departments, *groups}, "department or group"))
    dataflows = item.some("dataflows", known(names.dataflows, "dataflow", names.inactive))
    timetable = item.need("timetable", known(names.timetables, "timetable"))
    terms = _terms(item, defaults)
    departments = dict.fromkeys(member for name in who for member in groups.get(name, (name,)))
    return [
        Agreement(
            f"{department}/{flow}", department, flow, timetable, terms.proofs, terms.sealed, terms.valid_from,
            terms.valid_until, terms.protections, terms.no_integrity,
        )
        for department in departments for flow in dataflows
    ]  # fmt: skip
