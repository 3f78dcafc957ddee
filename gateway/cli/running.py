"""The daemon itself, and the month of a small county."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import CONFIG, Config


def run(config: Config = CONFIG) -> None:
    """Run the gateway until it is told to stop (SIGTERM); SIGHUP reads the configuration anew."""
    from gateway.cli.opening import configuration
    from gateway.wiring import build

    build(configuration(config)).run(lambda: configuration(config, exits=False))


def demo(
    folder: Annotated[Path, typer.Option("--folder", help="Where letters, workbooks and receipts are put.")] = Path(
        "demo-output"
    ),
    seed: Annotated[int, typer.Option("--seed", help="Other people, the same story.")] = 2026,
) -> None:
    """Play one month of a small county, with the real daemon and a turned clock."""
    from gateway.cli.board_table import draw
    from gateway.demo.playing import play

    raise typer.Exit(play(folder, seed, draw))
