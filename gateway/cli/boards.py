"""What is known: the board of obligations, and everything about one thing."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.opening import now, opened
from gateway.cli.options import CONFIG, AsJson, By, Config, operator
from gateway.cli.saying import fail, say

if TYPE_CHECKING:
    from gateway.ledger.answers import BoardRow
    from gateway.ledger.views import View


def board(
    period: Annotated[str | None, typer.Option("--period", help="2026-M11 …; what is open now by default.")] = None,
    english: Annotated[bool, typer.Option("--english", help="English titles.")] = False,
    config: Config = CONFIG,
    json: AsJson = False,
) -> None:
    """Show departments × dataflows: on time, late, missing, rejected."""
    from gateway.cli.board_table import draw
    from gateway.core.parties import Language

    _must_be_period(period)
    with opened(config) as (configuration, store):
        with store.view() as view:
            rows = view.board(now(), period) if period else _present(view)
        if json:
            say([_told(row) for row in rows])
        else:
            draw(rows, configuration.rules, Language.EN if english else Language.ZH_CN)


def show(
    thing: Annotated[str, typer.Argument(metavar="ID", help="An arrival, submission, letter, release or obligation.")],
    content: Annotated[Path | None, typer.Option("--content", help="Write its bytes here; needs --reason.")] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why you look at personal data; it is recorded.")] = "",
    by: By = "",
    config: Config = CONFIG,
    json: AsJson = False,
) -> None:
    """Show everything recorded about one thing.

    With --content its bytes are written out too; that access is itself recorded, with --reason. What an officer said to
    the queries of a submission is SUBMISSION/explained.
    """
    from gateway.cli.looking import extract, known, print_known

    with opened(config) as (_, store):
        found = known(store, thing)
        if found is None:
            fail(f"Nothing is known by the id {thing}. Ids begin with A- (arrival), L- (letter), R- (release), "
                 "or are department/dataflow/period.", 2)  # fmt: skip
        if content:
            if not reason.strip():
                fail("Whoever looks at personal data says why. Please add --reason.", 2)
            extract(store, thing, found, content, operator(by), reason)
            print(f"written to {content}; the access is recorded", file=sys.stderr)
        if json:
            say(found)
        else:
            print_known(thing, found)


def _present(view: View) -> list[BoardRow]:
    """The latest open period of each report, and what is still missing of earlier ones."""
    at = now()
    latest = view.board(at)
    shown = {row.standing.obligation.id for row in latest}
    missing = {standing.obligation.id: standing.obligation for standing in view.missing(at)}
    periods = sorted({str(missing[owed].period) for owed in missing.keys() - shown})
    earlier = [row for period in periods for row in view.board(at, period)]
    return latest + [row for row in earlier if row.standing.obligation.id in missing.keys() - shown]


def _must_be_period(text: str | None) -> None:
    from gateway.core.period import Period

    try:
        Period.parse(text or "2026-M01")
    except ValueError:
        fail(f"{text} is no period. Periods are written 2026-M11, 2026-Q4, 2026-S2, 2026-A1 or as a day.", 2)


def _told(row: BoardRow) -> dict[str, object]:
    """A row without what is told of it in other words already."""
    from dataclasses import fields

    return {field.name: getattr(row, field.name) for field in fields(row) if field.name != "standing"}
