"""What is known: the board of obligations, and everything about one thing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.opening import now, opened
from gateway.cli.options import CONFIG, AsJson, Config, operator
from gateway.cli.saying import fail, say


def board(
    period: Annotated[str | None, typer.Option("--period", help="2026-M11 …; what is open now by default.")] = None,
    config: Config = CONFIG,
    json: AsJson = False,
) -> None:
    """Departments × dataflows: on time, late, missing, rejected."""
    from gateway.cli.board_table import draw

    with opened(config) as (configuration, store):
        with store.view() as view:
            rows = view.board(now(), period)
        if json:
            say([{k: v for k, v in vars_of(row).items() if k != "standing"} for row in rows])
        else:
            draw(rows, configuration.rules)


def show(
    thing: Annotated[str, typer.Argument(metavar="ID", help="An arrival, submission, letter, release or obligation.")],
    content: Annotated[Path | None, typer.Option("--content", help="Write its bytes here; needs --reason.")] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why you look at personal data; it is recorded.")] = "",
    by: Annotated[str, typer.Option("--by", help="Who looks; the login name by default.")] = "",
    config: Config = CONFIG,
    json: AsJson = False,
) -> None:
    """Everything recorded about one thing; with --content its bytes too, which is itself recorded."""
    from gateway.cli.looking import extract, known, print_known

    with opened(config) as (_, store):
        found = known(store, thing)
        if found is None:
            fail(f"Nothing is known by the id {thing}. Ids begin with A- (arrival), L- (letter), R- (release), "
                 "or are department/dataflow/period.")  # fmt: skip
        if json:
            say(found)
        else:
            print_known(thing, found)
        if content:
            if not reason:
                fail("Whoever looks at personal data says why. Please add --reason.")
            extract(store, thing, found, content, operator(by), reason)
            print(f"written to {content}; the access is recorded")


def vars_of(row: object) -> dict[str, object]:
    from dataclasses import fields

    return {f.name: getattr(row, f.name) for f in fields(row)}  # type: ignore[arg-type]
