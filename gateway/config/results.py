"""What goes back: `entitlements.toml`, and every `results/ID.toml` with its `results/ID.sql`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from gateway.config.agreements import Known
from gateway.config.files import Files
from gateway.config.kinds import DAY, DURATION, NAME, TEXT, TRUTH, choice, known
from gateway.config.mistakes import Wrong
from gateway.config.reader import Table
from gateway.core.dataflow import Dataflow
from gateway.core.parties import Titles
from gateway.core.period import Frequency
from gateway.core.result import Entitlement, Result

_FREQUENCY = choice(Frequency, Frequency.MONTHLY)
_DAY = timedelta(days=1)


def read_entitlements(files: Files, names: Known, dataflows: Mapping[str, Dataflow]) -> tuple[Entitlement, ...]:
    """Entitlements in the order of the file; at any time at most one for a department and dataflow."""
    table = files.toml("entitlements.toml")
    if table is None:
        return ()
    found: list[Entitlement] = []
    with table:
        for item in table.tables("entitlements"):
            entitlement = _entitlement(item, names, dataflows)
            for earlier in found:
                if _overlap(earlier, entitlement):
                    reason = f"overlaps an earlier one of {entitlement.department} to {entitlement.dataflow}"
                    item.wrong("", reason, "Make it one, or end the first with valid_until before the second begins")
                    break
            found.append(entitlement)
    return tuple(found)


def _overlap(one: Entitlement, other: Entitlement) -> bool:
    if not one.department or (one.department, one.dataflow) != (other.department, other.dataflow):
        return False
    return one.valid_from <= (other.valid_until or date.max) and other.valid_from <= (one.valid_until or date.max)


def _entitlement(item: Table, names: Known, dataflows: Mapping[str, Dataflow]) -> Entitlement:
    dataflow = item.need("dataflow", known(names.dataflows, "dataflow", names.inactive))
    columns = dataflows[dataflow].by_name or None if dataflow in dataflows else None
    start, until = item.need("valid_from", DAY), item.may("valid_until", DAY, None)
    if until is not None and until < start:
        item.wrong("valid_until", f"is before valid_from, {start}", "Let it be that day or a later one")
    return Entitlement(
        department=item.need("department", known(names.departments, "department")),
        dataflow=dataflow,
        fields=item.some("fields", NAME if columns is None else known(columns, f"field of {dataflow}")),
        rows=item.may("rows", TEXT, None),
        purpose=item.need("purpose", TEXT),
        legal_basis=item.need("legal_basis", TEXT),
        valid_from=start,
        valid_until=until,
    )


def read_results(files: Files, names: Known, entitlements: tuple[Entitlement, ...]) -> dict[str, Result]:
    """Active results by id."""
    files.strangers("results", (".toml", ".sql"))
    found: dict[str, Result] = {}
    queries = files.names("results", ".sql")
    for name, file in files.names("results").items():
        sql = files.text(f"results/{name}.sql", "Write the query there")
        queries.pop(name, None)
        table = files.toml(file)
        if table is None:
            continue
        with table:
            active = table.may("active", TRUTH, True)
            result = _result(table, name, sql or "", names, active)
            if "entitlements.toml" not in files.unread:
                _check_entitled(table, result, entitlements)
            if active:
                found[name] = result
    for file in queries.values():
        files.note(file, "has no .toml beside it", "Describe the result there, or take the query away")
    return found


def _result(table: Table, name: str, sql: str, names: Known, active: bool) -> Result:
    text = table.need if active else lambda key, kind: table.may(key, kind, "")
    after = table.may("releases_after_due", DURATION, 2 * _DAY)
    if after % _DAY:
        table.wrong("releases_after_due", "is not a number of whole days", 'Write it such as "2 days"')
    return Result(
        id=name,
        titles=table.titles("title"),
        frequency=table.need("frequency", _FREQUENCY),
        dataflows=table.some("dataflows", known(names.dataflows, "dataflow", names.inactive)),
        sql=sql,
        recipients=table.some("recipients", known(names.departments, "department")),
        purpose=text("purpose", TEXT),
        legal_basis=text("legal_basis", TEXT),
        columns=_columns(table),
        releases_after_due_days=after // _DAY,
    )


def _columns(table: Table) -> dict[str, Titles]:
    found: dict[str, Titles] = {}
    with table.table("columns") as columns:
        for name in columns.raw:
            try:
                NAME.parse(name)
            except Wrong as wrong:
                columns.wrong(name, wrong.reason, wrong.repair)
            found[name] = columns.titles(name)
    if not found:
        table.wrong(
            "columns", "has no column", 'Name each column that the query gives: village = { zh_CN = "…", en = "…" }'
        )
    return found


def _check_entitled(table: Table, result: Result, entitlements: tuple[Entitlement, ...]) -> None:
    entitled = {(e.department, e.dataflow) for e in entitlements}
    for index, recipient in enumerate(result.recipients):
        for dataflow in result.dataflows:
            if recipient and dataflow and (recipient, dataflow) not in entitled:
                reason = f"{recipient} is not entitled to {dataflow}, which this result draws on"
                table.wrong(f"recipients[{index}]", reason, "Entitle it in entitlements.toml, or take it away here")
