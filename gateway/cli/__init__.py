"""The commands; no logic. Each imports what it needs when it runs, so that `--help` answers at once."""

from __future__ import annotations

import sys


def main() -> None:
    """The `gateway` command."""
    from gateway.cli.app import app
    from gateway.cli.saying import fail

    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)
    except FileNotFoundError as missing:
        fail(f"There is no file {missing.filename}")
