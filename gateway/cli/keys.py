"""Officers' keys: drawn, compared with their officers, told, revoked."""

from __future__ import annotations

import shlex
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.envelope_keys import certificate, own, revoke_envelope_key
from gateway.cli.exceptions import Why
from gateway.cli.known_keys import fingerprint_of
from gateway.cli.opening import SystemChance, configuration, database_of, now, opened
from gateway.cli.options import CONFIG, AsJson, By, Commands, Config, operator
from gateway.cli.saying import AFTER, fail, guess, say, table

if TYPE_CHECKING:
    from gateway.config.load import Configuration
    from gateway.core.parties import PublicKey


def new(
    officer: Annotated[str, typer.Argument(help="The officer's id, such as health.reporter.")],
    folder: Annotated[Path, typer.Option("--folder", help="Where both files are put.")] = Path(),
    number: Annotated[str, typer.Option("--number", help="Tells an officer's keys apart; the year by default.")] = "",
    days: Annotated[int, typer.Option("--days", min=1, max=3660, help="How long it is valid.")] = 730,
    json: AsJson = False,
) -> None:
    """Draw a new pair of keys, on the officer's own machine. The private file stays there."""
    from gateway import keyring

    begins = now().replace(microsecond=0)
    number = number or str(begins.year)
    name = f"{officer}-{number}"
    private, public = folder / f"{name}.key", folder / f"{name}.pub"
    try:
        keyring.check_id(name)
        if public.exists():
            raise FileExistsError(17, "is there already", str(public))
        made = keyring.new_officer_key(officer, number, begins, begins + timedelta(days=days), SystemChance(), private)
        keyring.register(folder, made.public)
    except keyring.BadLine:
        fail(f"{name} may not name a key: small letters, digits and single . _ - between.", 2)
    except FileExistsError as there:
        fail(f"{there.filename} is there already; choose another --number.")
    told = fingerprint_of(made.public)
    if json:
        say({"key": made.public.id, "private": private, "public": public, "fingerprint": told})
        return
    print(f"{private}   keep it on this machine alone\n{public}   send it to the lead office")
    print(f"fingerprint   {told}\nThe lead office will ask for it by telephone.")


def list_(config: Config = CONFIG, json: AsJson = False) -> None:
    """Every officer's key: whose it is, until when it counts, whether its fingerprint was compared.

    The digits of a key that was only offered are not shown: they are for its officer to read out.
    """
    from gateway.cli.known_keys import offered, registered

    loaded, told = configuration(config), []
    if database_of(loaded.settings).is_file():
        with opened(config) as (_, store):
            told = [*registered(loaded.rules.keys, store, now()), *offered(loaded.rules, store, now())]
    else:
        told = registered(loaded.rules.keys, None, now())
    if json:
        say(told)
        return
    rows = [
        (k.key, k.state, f"{k.valid_until:%Y-%m-%d}", k.confirmed and "yes", k.came, k.fingerprint or "") for k in told
    ]
    table("keys", ("key", "state", "until", "compared", "came", "fingerprint"), rows)


def confirm(
    key: Annotated[str, typer.Argument(help="The id of a key that came by mail, or a .pub file.")],
    reason: Why,
    digits: Annotated[
        list[str] | None,
        typer.Argument(metavar="[DIGITS]...", help="All forty, as the officer reads them; asked for if left out."),
    ] = None,
    by: By = "",
    config: Config = CONFIG,
) -> None:
    """Compare a key's fingerprint with its officer by telephone, and let the key count."""
    from gateway.cli.known_keys import candidates, must_fit, same_digits
    from gateway.core.facts import KeyConfirmed

    with opened(config) as (loaded, store):
        known = candidates(key, loaded.rules, store)
        heard = " ".join(digits or ()) or str(typer.prompt("The forty digits that the officer reads out"))
        found = same_digits(known, heard)
        if found is None:
            fail(
                f"These are not the digits of {key}. Nothing was recorded. Let the officer read all forty again, from "
                "their own machine; if they differ again, do not use this key."
            )
        must_fit(found, loaded.rules)
        why = store.keep(reason.encode())
        fact = KeyConfirmed(now(), found.id, found.officer, fingerprint_of(found), operator(by), why.id)
        store.append([fact], [why]).result()
        _put_in(found, loaded)
    print(f"{found.id} belongs to {found.officer}. {AFTER}")


def revoke(
    key: Annotated[str, typer.Argument(help="The key's id.")],
    from_: Annotated[
        str, typer.Option("--from", help="From which instant nothing it signed is believed; now by default.")
    ] = "",
    by: By = "",
    config: Config = CONFIG,
) -> None:
    """Let a key count no more. What came before stays believed."""
    from gateway import keyring
    from gateway.cli.exceptions import instant_of
    from gateway.core.facts import KeyRevoked

    with opened(config) as (loaded, store):
        if key in loaded.rules.certificates:
            revoke_envelope_key(loaded, store, key, from_, by)
            return
        if key not in loaded.rules.keys:
            fail(f"There is no key {key}. {guess(key, loaded.rules.keys)}", 2)
        at, known = instant_of(from_) if from_ else now().replace(microsecond=0), loaded.rules.keys[key]
        at = min(at, known.revoked) if known.revoked else at
        store.append([KeyRevoked(now(), key, known.officer, at, operator(by))]).result()
        try:
            keyring.revoke(loaded.settings.keys, key, at)
        except PermissionError:
            fail(
                f"{key} counts no more from {at.isoformat()}, but {loaded.settings.keys} belongs to another user and "
                f"does not say so yet. Run: sudo {_again(sys.argv)}"
            )
    print(f"{key} counts no more from {at.isoformat()}, in the running gateway too.")


def _put_in(key: PublicKey, loaded: Configuration) -> None:
    """The key's file in keys/, which alone lets it count."""
    from gateway import keyring

    if key.id in loaded.rules.keys:
        return
    try:
        keyring.register(loaded.settings.keys, key)
    except PermissionError:
        path = shlex.quote(str(loaded.settings.keys / f"{key.id}.pub"))
        fail(
            f"The comparison is recorded, but {loaded.settings.keys} belongs to another user. "
            f"The key counts once this was run:\n"
            f"echo '{keyring.public_line(key)}' | sudo tee {path}"
        )


def _again(words: list[str]) -> str:
    return shlex.join([Path(words[0]).name, *words[1:]])


KEY_COMMANDS: Commands = {
    "new": new, "list": list_, "confirm": confirm, "revoke": revoke, "own": own, "certificate": certificate,
}  # fmt: skip
