"""Officers: who may send, and how they log in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.opening import configuration, officer_of
from gateway.cli.options import CONFIG, Commands, Config
from gateway.cli.saying import AFTER, fail, guess


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
        fail(f"There is no department {department}. {guess(department, before.rules.departments)}", 2)
    file = config / "departments" / f"{department}.toml"
    _written(file, entry, config)
    if secret is not None:
        from gateway.keyring import set_password

        set_password(before.settings.keys, officer, secret)
    print(f"{file}: {officer} is in. {AFTER}")


def set_password(
    officer: Annotated[str, typer.Argument(help="The officer's id.")],
    config: Config = CONFIG,
) -> None:
    """Set the password with which an officer logs in to our own listener."""
    from gateway.keyring import set_password as keep

    loaded = configuration(config)
    officer_of(loaded, officer)
    keep(loaded.settings.keys, officer, _password())
    print(f"{officer} logs in with the new password. {AFTER}")


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


OFFICER_COMMANDS: Commands = {"add": add, "password": set_password}
