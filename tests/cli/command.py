"""The `gateway` command run in this process, from its words to what it says and the code it ends with."""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from gateway.cli import main


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended. `code` 0: well; 1: something is wrong; 2: it was given what cannot be."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def gateway(*words: object, stdin: str = "") -> Said:
    """Run one command. Anything but an orderly end is raised: a trace is never an answer."""
    out, err = io.StringIO(), io.StringIO()
    with (
        patch.object(sys, "argv", ["gateway", *map(str, words)]),
        patch.object(sys, "stdin", io.StringIO(stdin)),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
            return Said(code, out.getvalue(), err.getvalue())
    raise AssertionError("a command ends by saying how it ended")


def at(folder: Path) -> tuple[str, Path]:
    """The words that name an installation."""
    return "--config", folder / "config"
