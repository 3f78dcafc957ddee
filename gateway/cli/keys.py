"""Officers' keys: drawn, compared with their officers, told, revoked."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.opening import SystemChance, configuration, database_of, now, opened
from gateway.cli.options import CONFIG, AsJson, By, Commands, Config, operator
from gateway.cli.saying import AFTER, fail, guess, say, table

if TYPE_CHECKING:
    from gateway.config.load import Configuration
    from gateway.core.parties import PublicKey
    from gateway.ledger.answers import Key


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
    told = _fingerprint(made.public)
    if json:
        say({"key": made.public.id, "private": private, "public": public, "fingerprint": told})
        return
    print(f"{private}   keep it on this machine alone\n{public}   send it to the lead office")
    print(f"fingerprint   {told}\nThe lead office will ask for it by telephone.")


def list_(config: Config = CONFIG, json: AsJson = False) -> None:
    """Every officer's key: whose it is, until when it counts, whether its fingerprint was compared."""
    loaded = configuration(config)
    seen = _seen(loaded, config)
    told = [_told(key, seen.get(key.id)) for _, key in sorted(loaded.rules.keys.items())]
    if json:
        say(told)
        return
    rows = [
        (k["key"], k["state"], f"{k['valid_until']:%Y-%m-%d}", k["confirmed"] and "yes", k["fingerprint"]) for k in told
    ]
    table("keys", ("key", "state", "until", "compared", "fingerprint"), rows)


def confirm(
    key: Annotated[str, typer.Argument(help="The key's id, or the .pub file that the officer sent.")],
    fingerprint: Annotated[str, typer.Option("--fingerprint", help="As the officer reads it out.")] = "",
    by: By = "",
    config: Config = CONFIG,
) -> None:
    """Record that a key's fingerprint was compared with its officer; a .pub file is put into keys/ by it."""
    from gateway import keyring
    from gateway.core.facts import KeyConfirmed

    with opened(config) as (loaded, store):
        found = _key_or_file(key, loaded)
        told = _fingerprint(found)
        if fingerprint and "".join(fingerprint.split()) != told.replace(" ", ""):
            fail(f"The fingerprint of {found.id} is {told}. Do not use this key.")
        if not fingerprint and not typer.confirm(
            f"{found.officer}: {told}\nDoes the officer read out the same digits?"
        ):
            fail("Nothing was recorded. Do not use this key.")
        if found.id not in loaded.rules.keys:
            keyring.register(loaded.settings.keys, found)
        store.append([KeyConfirmed(now(), found.id, found.officer, told, operator(by))]).result()
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
        if key not in loaded.rules.keys:
            fail(f"There is no key {key}. {guess(key, loaded.rules.keys)}", 2)
        at = instant_of(from_) if from_ else now().replace(microsecond=0)
        found = keyring.revoke(loaded.settings.keys, key, at)
        assert found.revoked
        store.append([KeyRevoked(now(), key, found.officer, found.revoked, operator(by))]).result()
    print(f"{key} counts no more from {found.revoked.isoformat()}. {AFTER}")


def _key_or_file(key: str, loaded: Configuration) -> PublicKey:
    from gateway.keyring.lines import parse_public

    if not key.endswith(".pub"):
        if key not in loaded.rules.keys:
            fail(f"There is no key {key}. {guess(key, loaded.rules.keys)}", 2)
        return loaded.rules.keys[key]
    found = parse_public(Path(key).read_text("utf-8"))
    if loaded.rules.officer(found.officer) is None:
        fail(f"The key is for {found.officer}, and there is no such officer. Add them first: gateway officer add", 2)
    there = loaded.rules.keys.get(found.id)
    if there and (there.signing, there.sealing) != (found.signing, found.sealing):
        fail(f"There is another key {found.id} already.", 2)
    return found


def _seen(loaded: Configuration, config: Path) -> dict[str, Key]:
    """What the journal tells of keys, if there is a state."""
    if not database_of(loaded.settings).is_file():
        return {}
    with opened(config) as (_, store), store.view() as view:
        return {key.key: key for key in view.keys_seen()}


def _told(key: PublicKey, seen: Key | None) -> dict[str, Any]:
    return {
        "key": key.id, "officer": key.officer, "state": _state(key, now()), "valid_from": key.valid_from,
        "valid_until": key.valid_until, "revoked": key.revoked, "fingerprint": _fingerprint(key),
        "confirmed": seen.confirmed_at if seen and seen.fingerprint == _fingerprint(key) else None,
    }  # fmt: skip


def _state(key: PublicKey, at: datetime) -> str:
    if key.revoked and at >= key.revoked:
        return "revoked"
    if at < key.valid_from:
        return "not yet"
    return "valid" if at < key.valid_until else "expired"


def _fingerprint(key: PublicKey) -> str:
    from gateway.keyring import fingerprint

    return fingerprint(key.signing, key.sealing)


KEY_COMMANDS: Commands = {"new": new, "list": list_, "confirm": confirm, "revoke": revoke}
