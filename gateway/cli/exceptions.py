"""Decisions that only a person can take; each is a fact with who took it and why."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from gateway.cli.opening import now, officer_of, opened
from gateway.cli.options import CONFIG, AsJson, By, Commands, Config, operator
from gateway.cli.saying import fail, say, table
from gateway.core.facts import Admitted, Discarded, Extended

if TYPE_CHECKING:
    from gateway.store import Store

Why = Annotated[str, typer.Option("--reason", help="Why; it is kept encrypted with the decision.")]


def grant(
    obligation: Annotated[str, typer.Argument(help="department/dataflow/period")],
    until: Annotated[str, typer.Option("--until", help="The last day, YYYY-MM-DD, or an instant with its zone.")],
    reason: Why,
    by: By = "",
    config: Config = CONFIG,
) -> None:
    """Grant a later due instant for one obligation."""
    with opened(config) as (configuration, store):
        instant = instant_of(until, configuration.rules.working_days.zone, ends_day=True)
        with store.view() as view:
            standing = view.standing(obligation)
        if standing is None:
            fail(f"There is no open obligation {obligation}. The board shows them: gateway board")
        if instant <= standing.effective.due:
            fail(f"It is due at {standing.effective.due.isoformat()} already; an extension must be later.")
        why = store.keep(reason.encode())
        store.append([Extended(now(), obligation, instant, operator(by), why.id)], [why]).result()
    print(f"{obligation} is now due at {instant.isoformat()}")


def list_(config: Config = CONFIG, json: AsJson = False) -> None:
    """What is in quarantine."""
    with opened(config) as (_, store):
        with store.view() as view:
            arrivals = [*view.quarantined(), *view.set_aside()]
        if json:
            say(arrivals)
        else:
            rows = [(a.arrival, f"{a.had:%Y-%m-%d %H:%M}", a.channel, a.size, a.refusal, a.names) for a in arrivals]
            table("quarantine", ("arrival", "had", "channel", "bytes", "why", "names"), rows)


def show(
    arrival: Annotated[str, typer.Argument(help="The arrival's id.")],
    config: Config = CONFIG,
    json: AsJson = False,
) -> None:
    """What is known of one quarantined arrival; its content only by `gateway show ID --content`."""
    from gateway.cli.looking import known, print_known

    with opened(config) as (_, store):
        found = known(store, arrival)
        if found is None:
            fail(f"There is no arrival {arrival}.")
        if json:
            say(found)
        else:
            print_known(arrival, found)


def admit(
    arrival: Annotated[str, typer.Argument(help="The arrival's id.")],
    officer: Annotated[str, typer.Option("--officer", help="Who sent it, as you found out.")],
    reason: Why,
    by: By = "",
    config: Config = CONFIG,
) -> None:
    """Let a quarantined arrival be judged as that officer's."""
    with opened(config) as (configuration, store):
        officer_of(configuration, officer)
        _must_be_quarantined(store, arrival)
        why = store.keep(reason.encode())
        store.append([Admitted(now(), arrival, officer, operator(by), why.id)], [why]).result()
    print(f"{arrival} will be judged as sent by {officer}")


def discard(
    arrival: Annotated[str, typer.Argument(help="The arrival's id.")],
    reason: Why,
    by: By = "",
    config: Config = CONFIG,
) -> None:
    """Put a quarantined arrival away; it stays recorded."""
    with opened(config) as (_, store):
        _must_be_quarantined(store, arrival)
        why = store.keep(reason.encode())
        store.append([Discarded(now(), arrival, operator(by), why.id)], [why]).result()
    print(f"{arrival} is discarded")


def _must_be_quarantined(store: Store, arrival: str) -> None:
    with store.view() as view:
        found = [a.arrival for a in (*view.quarantined(), *view.set_aside())]
    if arrival not in found:
        fail(f"{arrival} is not in quarantine. See: gateway quarantine list")


def instant_of(text: str, zone: str = "UTC", *, ends_day: bool = False) -> datetime:
    """An instant with its zone; or a day in `zone`: the midnight that begins it, or with `ends_day` the one after."""
    try:
        if len(text) == 10:
            day = date.fromisoformat(text) + timedelta(days=ends_day)
            return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
        instant = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        fail(f"{text} is no day (2026-12-03) and no instant (2026-12-03T18:00+08:00).", 2)
    if instant.tzinfo is None:
        fail(f"{text} needs its zone, for example {text}+08:00.", 2)
    return instant.astimezone(UTC)


EXTENSION_COMMANDS: Commands = {"grant": grant}
QUARANTINE_COMMANDS: Commands = {"list": list_, "show": show, "admit": admit, "discard": discard}
