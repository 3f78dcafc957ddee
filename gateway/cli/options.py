"""Options that many commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[Path, typer.Option("--config", envvar="GATEWAY_CONFIG", help="The configuration folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON, for programs.")]
By = Annotated[str, typer.Option("--by", envvar="GATEWAY_OPERATOR", help="Who does this; the login name by default.")]

CONFIG = Path("config")

Commands = dict[str, Callable[..., None]]
"""The commands of a group, by their names."""


def operator(by: str) -> str:
    """Who is acting, as a word that may stand in a fact."""
    import getpass
    import re

    return re.sub(r"[^A-Za-z0-9_.@-]", "_", by or getpass.getuser())[:60]
