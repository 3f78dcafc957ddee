"""Memory of the daemon, its children apart, while a mail of 50 MB arrives and is judged: bars 200 MB, hoped 128 MB.

    python -m bench.memory

Three mails by SMTP to a real `gateway run`: a large CSV file, a large workbook, and 35 MB that are no report.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from bench.figures import Figure

BARRED, HOPED = 200.0, 128.0


def figures() -> list[Figure]:
    """The peak with each mail."""
    from tests.faults.large import KINDS, measured

    found = []
    for kind in KINDS:
        with tempfile.TemporaryDirectory() as folder:
            one = measured(Path(folder), kind)
        what = f"memory with a mail of {one.size / 1e6:.0f} MB, {kind}, {one.verdict} (idle {one.idle / 1e6:.0f} MB)"
        found.append(Figure(what, "MB", one.peak / 1e6, None, BARRED, HOPED, lower=True))
    return found


def main() -> int:
    """1 if one is over the bar."""
    measured = figures()
    for figure in measured:
        print(figure)
    return any(figure.reached == "no" for figure in measured)


if __name__ == "__main__":
    sys.exit(main())
