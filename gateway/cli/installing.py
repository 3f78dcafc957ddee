"""A new installation, and what is wrong with one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.opening import SystemChance, configuration
from gateway.cli.options import CONFIG, AsJson, Config
from gateway.cli.public_keys import gateway_verifiers
from gateway.cli.saying import fail, say

if TYPE_CHECKING:
    from gateway.config.init import Installation
    from gateway.sandbox import Hardening


def init(
    folder: Annotated[Path, typer.Argument(help="Where to make it.")] = Path(),
    name: Annotated[str, typer.Option("--name", help="The gateway's name in its journal; the host's by default.")] = "",
    county: Annotated[
        str, typer.Option("--county", help="example: an invented county. minimal: nothing yet.")
    ] = "example",
) -> None:
    """Make a working installation, with keys of its own."""
    import socket
    from datetime import date

    from gateway.config.init import initialise
    from gateway.keyring import BadLine

    if county not in ("example", "minimal"):
        fail(f"There is no county {county}. Known are: example, minimal", 2)
    try:
        today = date.today()  # noqa: DTZ011 - the day on which somebody installs it, wherever they are
        made = initialise(folder, name or socket.getfqdn().lower(), SystemChance(), county, owed_from=today)  # type: ignore[arg-type]
    except FileExistsError as there:
        fail(f"{there.args[0]} is there and not empty. Nothing was written; choose another folder.")
    except BadLine:
        fail("This name will not do: small letters, digits and single . _ - between. Give one with --name", 2)
    _what_next(made, folder)


def check(
    config: Config = CONFIG,
    credentials: Annotated[Path | None, typer.Option("--credentials", help="Instead of the configured folder.")] = None,
    json: AsJson = False,
) -> None:
    """Say every mistake in the configuration at once.

    Also looks at the credentials, tries the queries, and says how well this machine can shut the sandbox in.
    """
    from gateway.config.check import check as find_mistakes

    if not config.is_dir():
        fail(f"There is no folder {config}. Name it with --config, or make one with: gateway init", 2)
    mistakes = find_mistakes(config, credentials)
    if json:
        told = None if mistakes else _summary(config)
        say({"mistakes": mistakes, "configuration": told, "sandbox": None if mistakes else _sandbox(config)})
    elif mistakes:
        print(*mistakes, sep="\n")
        print(f"{len(mistakes)} mistake{'s' if len(mistakes) > 1 else ''}")
    else:
        _tell(_summary(config), _sandbox(config))
    raise typer.Exit(1 if mistakes else 0)


def _what_next(made: Installation, folder: Path) -> None:
    config = "" if folder == Path() else f" --config {made.config}"
    verifier = gateway_verifiers(made.keys)[0]
    print(f"""\
made          {made.config}, keys/, credentials/, state/
fingerprint   {made.own.fingerprint}   for everyone who seals for it with {made.keys / "gateway.pub"}
verifier      {verifier}   for everyone who checks receipts

1  Take {made.recovery_file} away, to an offline place. It alone opens the vault when all else is lost.
2  Edit {made.config}: county.toml, departments/, agreements.toml (valid_from: reports are owed from that
   day on), and gateway.toml for ports and the relay.
3  gateway check{config}
4  gateway run{config}""")


def _summary(config: Path) -> dict[str, Any]:
    loaded = configuration(config)
    rules = loaded.rules
    return {
        "version": rules.version,
        "verifiers": [str(key) for key in gateway_verifiers(loaded.settings.keys)],
        "departments": len(rules.departments),
        "officers": sum(1 for _ in rules.officers()),
        "keys": len(rules.keys),
        "dataflows": len(rules.dataflows),
        "agreements": len(rules.agreements),
        "results": len(rules.results),
    }


def _sandbox(config: Path) -> dict[str, Any]:
    """What the kernel of this machine gives a worker."""
    from gateway.wiring import open_sandbox

    with open_sandbox(configuration(config).settings) as sandbox:
        hardening: Hardening = sandbox.hardening
    return {"hardening": hardening, "missing": hardening.missing}


def _tell(summary: dict[str, Any], sandbox: dict[str, Any]) -> None:
    counts = ", ".join(f"{value} {name}" for name, value in summary.items() if isinstance(value, int))
    print(f"configuration {summary['version']}: no mistakes. {counts}.")
    missing = ", ".join(sandbox["missing"])
    print(*(f"verifier: {key}" for key in summary["verifiers"]), sep="\n")
    print(f"sandbox: {f'this kernel does not give {missing}' if missing else 'fully shut in'}.")
