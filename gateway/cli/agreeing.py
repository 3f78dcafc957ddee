"""`gateway agree`: an officer looks through the repairs that were offered, and agrees to them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.saying import fail, table

if TYPE_CHECKING:
    from gateway.release.consenting import Offered


def agree(
    file: Annotated[Path, typer.Argument(help="The sealed file that came with the rejection.", exists=True)],
    key: Annotated[Path, typer.Option("--key", help="Your private key file.")],
    sender: Annotated[Path, typer.Option("--from", help="The gateway's public key file.")],
    yes: Annotated[bool, typer.Option("--yes", help="Agree without being asked.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="A folder for the consents; here.")] = None,
) -> None:
    """Agree to repairs that were offered: shows every change, then seals the list back, to be mailed."""
    from gateway.cli.opening import now
    from gateway.handler import Unreadable
    from gateway.keyring import load_private
    from gateway.release.consenting import consent, offers_in
    from gateway.release.sealing import read_public_file

    own, office = load_private(key), read_public_file(sender)
    try:
        offers = offers_in(file, own, office)
    except Unreadable as trouble:
        fail(f"{file} cannot be opened: {trouble.trouble.value}.")
    if not offers:
        fail(f"No repairs are offered in {file}.")
    for offered in offers:
        _show(offered)
        if not yes and not typer.confirm("Agree to all of these changes?"):
            continue
        target = (out or Path()) / f"agreed-{offered.submission}.sealed"
        if target.exists():
            fail(f"{target} is there already.", 2)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(consent(offered, own, (office,), now()))
        print(f"{target}: mail it as you mailed the report")


def _show(offered: Offered) -> None:
    from gateway.core.letters import column_letters

    rows = [(f"{column_letters(c.column)}{c.row}", c.old, c.new) for c in offered.changes]
    table(
        f"{offered.dataflow} {offered.period}, {offered.sheet}: {len(rows)} to change", ("cell", "now", "will be"), rows
    )
