"""All commands, in the order in which one meets them."""

from __future__ import annotations

import typer

from gateway.cli import boards, evidence, exceptions, files, installing, people, running
from gateway.cli.options import Commands

app = typer.Typer(
    help="The daemon behind the one e-mail box to which departments send their periodic reports.",
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

app.command("init")(installing.init)
app.command("check")(installing.check)
app.command("run")(running.run)
app.command("demo")(running.demo)
app.command("board")(boards.board)
app.command("show")(boards.show)
app.command("verify")(evidence.verify)
app.command("export")(evidence.export)
app.command("backup")(evidence.backup)
app.command("restore")(evidence.restore)
app.command("seal")(files.seal)
app.command("open")(files.open_)
app.command("inspect")(files.inspect)

_GROUPS: dict[str, tuple[str, Commands]] = {
    "key": ("Officers' keys.", people.KEY_COMMANDS),
    "officer": ("Officers.", people.OFFICER_COMMANDS),
    "extension": ("Later due instants.", exceptions.EXTENSION_COMMANDS),
    "quarantine": ("Mail that nobody was proven to have sent.", exceptions.QUARANTINE_COMMANDS),
    "ledger": ("What is known, made anew from the journal.", evidence.LEDGER_COMMANDS),
}
for name, (help_, commands) in _GROUPS.items():
    group = typer.Typer(help=help_, rich_markup_mode=None, no_args_is_help=True, pretty_exceptions_enable=False)
    for command, function in commands.items():
        group.command(command)(function)
    app.add_typer(group, name=name)
