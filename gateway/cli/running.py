"""The daemon itself, and the month of a small county."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import CONFIG, Config


def run(config: Config = CONFIG) -> None:
    """Run the daemon: SIGTERM ends it, SIGHUP has it read config anew.

    A configuration with mistakes leaves the one in force as it is, and the log says so.
    """
    from gateway import log
    from gateway.cli.opening import configuration
    from gateway.cli.saying import fail
    from gateway.running import AlreadyRunning
    from gateway.wiring import build

    loaded = configuration(config, tries=True)
    log.configure(loaded.settings.log_level)
    try:
        build(loaded).run(lambda: configuration(config, exits=False, tries=True))
    except AlreadyRunning as there:
        fail(f"A gateway runs on {there} already. Two would send letters twice: stop that one first.")


def demo(
    folder: Annotated[Path, typer.Option("--folder", help="Where letters, workbooks and receipts are put.")] = Path(
        "demo-output"
    ),
    seed: Annotated[int, typer.Option("--seed", help="Other people, the same story.")] = 2026,
) -> None:
    """Play one month of a small county with a turned clock."""
    from gateway.cli.board_table import draw
    from gateway.demo.playing import play

    raise typer.Exit(play(folder, seed, draw))
