"""All commands, in the order in which one meets them."""

from __future__ import annotations

from collections.abc import Callable

import typer

from gateway.cli import (
    agreeing,
    boards,
    catalogue,
    evidence,
    exceptions,
    files,
    installing,
    keys,
    kits,
    people,
    running,
)
from gateway.cli.options import Commands

app = typer.Typer(
    help="The daemon behind the one e-mail box to which departments send their periodic reports.",
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

_COMMANDS: Commands = {
    "init": installing.init,
    "check": installing.check,
    "run": running.run,
    "demo": running.demo,
    "board": boards.board,
    "show": boards.show,
    "verify": evidence.verify,
    "export": evidence.export,
    "backup": evidence.backup,
    "restore": evidence.restore,
    "seal": files.seal,
    "open": files.open_,
    "agree": agreeing.agree,
    "inspect": files.inspect,
    "dataflows": catalogue.dataflows,
    "kit": kits.kit,
}
_GROUPS: dict[str, tuple[str, Commands]] = {
    "key": ("Officers' keys.", keys.KEY_COMMANDS),
    "officer": ("Officers.", people.OFFICER_COMMANDS),
    "extension": ("Later due instants.", exceptions.EXTENSION_COMMANDS),
    "quarantine": ("Mail that nobody was proven to have sent.", exceptions.QUARANTINE_COMMANDS),
    "ledger": ("What is known, made anew from the journal.", evidence.LEDGER_COMMANDS),
}


def _add(group: typer.Typer, name: str, command: Callable[..., None]) -> None:
    """With the first sentence of its docstring, whole, in the overview."""
    sentence = (command.__doc__ or "").partition("\n")[0].partition(". ")[0]
    group.command(name, short_help=sentence.removesuffix(".") + ".")(command)


for _name, _command in _COMMANDS.items():
    _add(app, _name, _command)
for _name, (_help, _commands) in _GROUPS.items():
    _group = typer.Typer(help=_help, rich_markup_mode=None, no_args_is_help=True, pretty_exceptions_enable=False)
    for _word, _command in _commands.items():
        _add(_group, _word, _command)
    app.add_typer(_group, name=_name)
