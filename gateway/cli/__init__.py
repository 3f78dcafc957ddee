"""The commands; no logic. Each imports what it needs when it runs, so that `--help` answers at once."""

from __future__ import annotations

import sys


def main() -> None:
    """The `gateway` command."""
    from gateway.cli.app import app

    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")  # half a character in a sender's text is no trouble of ours
    try:
        app(prog_name="gateway")  # whatever ran us, `python -m …` too
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # Whoever reads us has gone; Python would complain of it once more while it ends.
        sys.stdout = None
        sys.exit(0)
    except Exception as error:
        from gateway.cli.saying import explain

        explain(error)
