"""Files by hand: seal one for the gateway, open one that it sent, look at one as it would."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import CONFIG, AsJson, Config
from gateway.cli.saying import fail, say


def seal(
    files: Annotated[list[Path], typer.Argument(help="The files to seal.", exists=True)],
    key: Annotated[Path, typer.Option("--key", help="Your private key file.")],
    to: Annotated[Path, typer.Option("--to", help="The gateway's public key file.")],
    dataflow: Annotated[str, typer.Option("--dataflow", help="Which report it is.")],
    period: Annotated[str, typer.Option("--period", help="2026-M11, 2026-Q4 …")],
    sender: Annotated[str, typer.Option("--sender", help="Your department.")],
    recipient: Annotated[str, typer.Option("--recipient", help="The lead office.")] = "lead_office",
    sequence: Annotated[int, typer.Option("--sequence", help="Counts up; the present second by default.")] = 0,
    out: Annotated[Path | None, typer.Option("--out", help="Where to write it.")] = None,
) -> None:
    """Seal files as one report: closed for the gateway, signed by you, with their hand-over list."""
    from gateway.release.sealing import seal_files

    target = out or Path(f"{dataflow}-{period}.sealed")
    try:
        seal_files(files, target, key, to, dataflow, period, sender, recipient, sequence)
    except ValueError as trouble:
        fail(f"This cannot be sealed: {trouble}")
    print(target)


def open_(
    file: Annotated[Path, typer.Argument(help="A sealed file.", exists=True)],
    key: Annotated[Path, typer.Option("--key", help="Your private key file.")],
    sender: Annotated[
        Path | None, typer.Option("--from", help="The sender's public key file.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="A folder for the files in it; none: only check.")] = None,
) -> None:
    """Open a sealed file; says what is handed over, and whether everything in it is as it was sealed."""
    from gateway.handler import Unreadable
    from gateway.release.sealing import open_file

    try:
        manifest = open_file(file, key, sender, out)
    except Unreadable as trouble:
        fail(f"This file cannot be opened: {trouble.trouble.value} {trouble.where}".rstrip(), 2)
    say(manifest)


def inspect(
    file: Annotated[Path, typer.Argument(help="A mail, a workbook, a CSV file.")],
    dataflow: Annotated[str | None, typer.Option("--dataflow", help="Check it as this report.")] = None,
    config: Config = CONFIG,
    json: AsJson = False,
) -> None:
    """Show what the gateway would see in a file, and what it would find wrong. Changes and records nothing."""
    from gateway.cli.inspecting import report_on, show

    report = report_on(file, dataflow, config)
    if json:
        say(report)
    else:
        show(report)
