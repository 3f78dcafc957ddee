"""Looking one thing up by its id, and taking its bytes out with the access recorded first."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.cli.opening import now
from gateway.cli.saying import fail, plain, table
from gateway.core.facts import About, Accessed

if TYPE_CHECKING:
    from gateway.ledger.views import View
    from gateway.store import Store

# What is shown of the records in a record; --json has everything.
_COLUMNS = {
    "submissions": (
        "submission",
        "verdict",
        "refusal",
        "dataflow",
        "period",
        "rows",
        "errors",
        "queries",
        "no_integrity",
    ),
    "history": ("submission", "verdict", "refusal", "version", "rows", "errors", "had"),
    "letters": ("letter", "kind", "officer", "written_at", "sent_at"),
    "extensions": ("until", "by", "extended_at"),
    "explanations": ("submission", "added", "carried", "explained", "open"),
    "ignored": ("part", "why"),
    "about": ("kind", "id", "stage"),
}


def known(store: Store, thing: str) -> dict[str, Any] | None:
    """What the ledger holds about an id, by the id's own form; None for nothing."""
    with store.view() as view:
        if thing.startswith("A-"):
            return _submission(view, thing) if "." in thing else _arrival(view, thing)
        if thing.startswith("L-"):
            return _record(view.letter(thing))
        if thing.startswith("R-"):
            return _record(view.release(thing))
        return _obligation(view, thing) or _record(view.integration(thing))


def extract(store: Store, thing: str, found: dict[str, Any], target: Path, by: str, reason: str) -> None:
    """Record the access, and only then write the bytes, into a new file for its owner alone."""
    blob = found.get("table") or found.get("blob")
    if not blob:
        fail(f"Of {thing} no bytes are kept.")
    with store.view() as view:
        gone = view.erasure(blob)
    if gone:
        fail(
            f"Its bytes were erased by {gone.why} on {_cell(gone.erased_at)}; the journal still proves that they were."
        )
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        why = store.keep(reason.encode())
        fact = Accessed(now(), by, thing, tuple(found.get("fields") or ()), int(found.get("rows") or 0), why.id)
        store.append([fact], [why]).result()
        for block in store.read(blob):
            out.write(block)


def print_known(thing: str, found: dict[str, Any]) -> None:
    """Names and values, and below them a table for each kind of record that belongs to it."""
    nested = {name: value for name, value in found.items() if name in _COLUMNS and _are_records(value)}
    rows = [(name, _cell(value)) for name, value in found.items() if name not in nested]
    table(thing, ("", ""), [(name, text) for name, text in rows if text])
    for name, records in nested.items():
        columns = _COLUMNS[name]
        table(name, columns, [[_cell(getattr(record, column)) for column in columns] for record in records])


def _arrival(view: View, thing: str) -> dict[str, Any] | None:
    arrival = _record(view.arrival(thing))
    if arrival is None:
        return None
    return arrival | {
        "submissions": view.submissions_of(thing),
        "letters": view.letters_for(About("arrival", thing)),
        "ignored": view.ignored(thing),
    }


def _submission(view: View, thing: str) -> dict[str, Any] | None:
    """A submission with how far its queries are explained; of `ID/explained` the list of what was said."""
    submission, _, listed = thing.partition("/")
    known = view.explained_of(submission)
    if listed:
        latest = _record(known[0]) if known and listed == "explained" else None
        return latest and latest | {"blob": known[0].list, "rows": known[0].explained}
    found = _record(view.submission(submission))
    if found is None or not found["queries"]:
        return found
    explained = known[0].explained if known else 0
    return found | {"explained": explained, "open": found["queries"] - explained, "explanations": known}


def _obligation(view: View, thing: str) -> dict[str, Any] | None:
    standing = view.standing(thing)
    if standing is None:
        return None
    told = {"state": standing.state(now()), **(_record(standing.effective) or {}), **(_record(standing) or {})}
    del told["obligation"], told["extensions"]
    extended = {"originally_due": standing.obligation.due} if standing.extended_until else {}
    more = {"extensions": view.extensions_of(thing), "history": view.history(thing)}
    return told | extended | more


def _record(value: Any) -> dict[str, Any] | None:
    """A dataclass by its fields; None stays None."""
    return None if value is None else {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}


def _are_records(value: Any) -> bool:
    return isinstance(value, list | tuple) and any(map(dataclasses.is_dataclass, value))


def _cell(value: Any) -> str:
    """One value in one line: what isn't there is left out."""
    if value is None or value == "" or value is False or value == () or value == []:
        return ""
    if isinstance(value, str | int):
        return "yes" if value is True else str(value)
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M}Z"
    told = plain(value)
    if isinstance(told, Mapping):
        return ", ".join(f"{name} {_cell(one)}" for name, one in told.items() if _cell(one))
    if isinstance(told, Sequence) and not isinstance(told, str):
        return ", ".join(map(_cell, told))
    return str(told)
