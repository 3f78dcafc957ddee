"""Officers and their keys: who may send, and for whom we seal."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.opening import SystemChance, configuration, database_of, now, opened
from gateway.cli.options import CONFIG, AsJson, By, Commands, Config, operator
from gateway.cli.saying import fail, say, table

if TYPE_CHECKING:
    from gateway.config.load import Configuration
    from gateway.core.parties import PublicKey
    from gateway.ledger.answers import Key

_AFTER = "Let the running gateway read it: systemctl reload gateway"


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
    print(f"{found.id} belongs to {found.officer}. {_AFTER}")


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
            fail(f"There is no key {key}. {_guess(key, loaded.rules.keys)}", 2)
        at = instant_of(from_) if from_ else now().replace(microsecond=0)
        found = keyring.revoke(loaded.settings.keys, key, at)
        assert found.revoked
        store.append([KeyRevoked(now(), key, found.officer, found.revoked, operator(by))]).result()
    print(f"{key} counts no more from {found.revoked.isoformat()}. {_AFTER}")


def add(
    officer: Annotated[str, typer.Argument(help="A new id, such as health.deputy.")],
    department: Annotated[str, typer.Option("--department", help="The department's id.")],
    name: Annotated[str, typer.Option("--name", help="The person's name.")],
    address: Annotated[list[str], typer.Option("--address", help="An address they send from; more than once.")],
    role: Annotated[str, typer.Option("--role", help="reporter, deputy or head.")] = "reporter",
    language: Annotated[str, typer.Option("--language", help="zh_CN or en.")] = "zh_CN",
    letters_to: Annotated[str, typer.Option("--letters-to", help="Where we write to; the first address.")] = "",
    password: Annotated[bool, typer.Option("--password", help="Ask for a password for our own listener.")] = False,
    config: Config = CONFIG,
) -> None:
    """Write a new officer into the department's file, and check that the configuration holds together."""
    entry: dict[str, Any] = {"id": officer, "name": name, "role": role, "language": language}
    entry |= {"letters_to": letters_to} if letters_to else {}
    entry |= {"addresses": address}
    secret = _password() if password else None
    before = configuration(config)  # what is broken already is told before anything is written
    if department not in before.rules.departments:
        fail(f"There is no department {department}. {_guess(department, before.rules.departments)}", 2)
    file = config / "departments" / f"{department}.toml"
    _written(file, entry, config)
    if secret is not None:
        from gateway.keyring import set_password

        set_password(before.settings.keys, officer, secret)
    print(f"{file}: {officer} is in. {_AFTER}")


def set_password(
    officer: Annotated[str, typer.Argument(help="The officer's id.")],
    config: Config = CONFIG,
) -> None:
    """Set the password with which an officer logs in to our own listener."""
    from gateway.keyring import set_password as keep

    loaded = configuration(config)
    if loaded.rules.officer(officer) is None:
        fail(f"There is no officer {officer}. {_guess(officer, [one.id for one in loaded.rules.officers()])}", 2)
    keep(loaded.settings.keys, officer, _password())
    print(f"{officer} logs in with the new password. {_AFTER}")


def _written(file: Path, entry: dict[str, Any], config: Path) -> None:
    """The entry at the end of the file; taken out again if the configuration does not load with it."""
    from gateway.config.load import load
    from gateway.config.mistakes import BadConfiguration
    from gateway.config.sql import untried

    before = file.read_bytes()
    lines = "".join(f"{key} = {_toml(value)}\n" for key, value in entry.items())
    file.write_bytes(before.rstrip(b"\n") + f"\n\n[[officers]]\n{lines}".encode())
    try:
        load(config, sql=untried)
    except BadConfiguration as bad:
        file.write_bytes(before)
        fail(f"{bad}\nNothing was written.", 2)


def _toml(value: str | list[str]) -> str:
    """As TOML writes it: the quoting of JSON, but for one character."""
    import json

    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _password() -> str:
    """Asked for twice by a person, taken as a line from a program."""
    import sys

    if not sys.stdin.isatty():
        secret = sys.stdin.readline().rstrip("\n")
    else:
        secret = str(typer.prompt("password", hide_input=True, confirmation_prompt=True))
    if len(secret) < 12:
        fail("A password has at least twelve characters.", 2)
    return secret


def _key_or_file(key: str, loaded: Configuration) -> PublicKey:
    from gateway.keyring.lines import parse_public

    if not key.endswith(".pub"):
        if key not in loaded.rules.keys:
            fail(f"There is no key {key}. {_guess(key, loaded.rules.keys)}", 2)
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


def _guess(name: str, known: Any) -> str:
    from gateway.config.mistakes import guess

    return guess(name, known)


KEY_COMMANDS: Commands = {"new": new, "list": list_, "confirm": confirm, "revoke": revoke}
OFFICER_COMMANDS: Commands = {"add": add, "password": set_password}
