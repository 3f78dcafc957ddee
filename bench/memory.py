"""Memory of the daemon, its children apart, while a mail of 50 MB arrives and is judged: bars 200 MB, hoped 128 MB.

    python -m bench.memory

Three mails by SMTP to a real `gateway run`: a large CSV file, a large workbook, and 35 MB that are no report.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

BARRED, HOPED = 200_000_000, 128_000_000


def main() -> int:
    """Print the peak after each mail; 1 if one is over the bar."""
    from tests.faults.large import KINDS, measured

    worst = 0
    for kind in KINDS:
        with tempfile.TemporaryDirectory() as folder:
            found = measured(Path(folder), kind)
        worst = max(worst, found.peak)
        print(f"{kind}: mail of {found.size / 1e6:.0f} MB, {found.verdict}; "
              f"peak {found.peak / 1e6:.0f} MB (idle {found.idle / 1e6:.0f} MB)", flush=True)  # fmt: skip
    print(f"worst {worst / 1e6:.0f} MB; barred {BARRED / 1e6:.0f}, hoped for {HOPED / 1e6:.0f}")
    return worst >= BARRED


if __name__ == "__main__":
    sys.exit(main())
