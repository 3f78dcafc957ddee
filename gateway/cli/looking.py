"""Looking one thing up by its id, and taking its bytes out with the access recorded first."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.cli.opening import now
from gateway.cli.saying import plain, table
from gateway.core.facts import About, Accessed

if TYPE_CHECKING:
    from gateway.ledger.views import View
    from gateway.store import Store

MOST = 1 << 31


def known(store: Store, thing: str) -> dict[str, Any] | None:
    """What the ledger holds about an id, by the id's own form; None for nothing."""
    with store.view() as view:
        if thing.startswith("A-"):
            return _submission(view, thing) if "." in thing else _arrival(view, thing)
        if thing.startswith("L-"):
            letter = view.letter(thing)
            return asdict(letter) if letter else None
        if thing.startswith("R-"):
            release = view.release(thing)
            return asdict(release) if release else None
        standing = view.standing(thing)
        if standing is None:
            return None
        history = [asdict(one) for one in view.history(thing)]
        return asdict(standing) | {"state": standing.state(now()).value, "history": history}


def extract(store: Store, thing: str, found: dict[str, Any], target: Path, by: str, reason: str) -> None:
    """Record the access, and only then write the bytes."""
    blob = found.get("table") or found.get("blob")
    if not blob:
        raise FileNotFoundError(2, "nothing is kept for", thing)
    why = store.keep(reason.encode())
    rows = int(found.get("rows") or 0)
    fact = Accessed(now(), by, thing, tuple(found.get("fields") or ()), rows, why.id)
    store.append([fact], [why]).result()
    with target.open("wb") as out:
        for block in store.read(blob):
            out.write(block)


def print_known(thing: str, found: dict[str, Any]) -> None:
    """A table of names and values, nested records below each other."""
    rows = [(name, _cell(value)) for name, value in found.items() if value not in (None, "", (), [])]
    table(thing, ("", ""), rows)


def _arrival(view: View, thing: str) -> dict[str, Any] | None:
    arrival = view.arrival(thing)
    if arrival is None:
        return None
    letters = [asdict(letter) for letter in view.letters_for(About("arrival", thing))]
    submissions = [asdict(one) for one in view.submissions_of(thing)]
    return asdict(arrival) | {"submissions": submissions, "letters": letters, "ignored": view.ignored(thing)}


def _submission(view: View, thing: str) -> dict[str, Any] | None:
    submission = view.submission(thing)
    return asdict(submission) if submission else None


def _cell(value: object) -> str:
    import json

    if isinstance(value, dict | list | tuple):
        return json.dumps(value, ensure_ascii=False, default=plain, indent=1)
    return str(plain(value)) if not isinstance(value, str | int) else str(value)
