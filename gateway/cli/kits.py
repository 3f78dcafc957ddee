"""What an officer is given to report with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli import opening
from gateway.cli.options import CONFIG, AsJson, Config
from gateway.cli.saying import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.config.load import Configuration
    from gateway.core.message import Attachment
    from gateway.kit.terms import Terms
    from gateway.store import Store


def kit(
    officer: Annotated[str, typer.Argument(help="The officer's id, such as health.reporter.")],
    folder: Annotated[Path | None, typer.Option("--folder", help="Where it is put; kit-OFFICER-YEAR here.")] = None,
    year: Annotated[int | None, typer.Option("--year", min=2000, max=2199, help="Of deadlines; this one.")] = None,
    mail: Annotated[bool, typer.Option("--mail", help="Mail it to the officer too.")] = False,
    config: Config = CONFIG,
    json: AsJson = False,
) -> None:
    """Make an officer's kit: templates, a guide with their deadlines, a calendar, and the page that seals.

    With --mail it is also written as a letter, which the running gateway sends.
    """
    from gateway.kit.handing import put
    from gateway.kit.make import make_kit
    from gateway.kit.owing import as_recorded
    from gateway.kit.terms import terms_for

    loaded = opening.configuration(config)
    found = opening.officer_of(loaded, officer)
    with _state(loaded, needed=mail) as store:
        terms = terms_for(loaded, found, opening.now(), year, as_recorded(store))
        files = make_kit(terms)
        target = folder or Path(f"kit-{officer}-{terms.year}")
        put(files, target)
        letter, is_new = _mailed(store, loaded, terms, files) if mail and store else (None, False)
    if json:
        say({"folder": target, "files": [file.name for file in files], "letter": letter, "written": is_new})
        return
    print(*(target / file.name for file in files), sep="\n")
    if letter:
        print(f"{letter} goes to {found.letters_to}." if is_new else f"{letter} took it to them today already.")


@contextmanager
def _state(loaded: Configuration, *, needed: bool) -> Iterator[Store | None]:
    """What is recorded, where a gateway has run: obligations as they opened, with their extensions."""
    if not needed and not opening.database_of(loaded.settings).is_file():
        yield None
        return
    from gateway import log
    from gateway.wiring import open_store

    opening.must_have_state(loaded.settings)
    log.configure("warning")  # whoever asks for a kit sees it written
    store = open_store(loaded)
    try:
        yield store
    finally:
        store.close()


def _mailed(store: Store, loaded: Configuration, terms: Terms, files: Sequence[Attachment]) -> tuple[str, bool]:
    from gateway.kit.mailing import Desk, mail_kit
    from gateway.wiring import letters_of

    letters = letters_of(loaded.settings.config, loaded.rules.working_days.zone)
    return mail_kit(Desk(store, loaded.rules, letters, opening.CLOCK), terms, files)
