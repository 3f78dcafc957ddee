"""The long run of the fault tests: `python -m tests.faults.soak [KILLS]`, by default 300 kills."""

from __future__ import annotations

import random
import sys
import tempfile
from pathlib import Path

from tests.faults.killing import check, killed

ROUND = 50


def main(kills: int = 300) -> None:
    """Rounds of fifty kills, each on a new installation."""
    for number in range(0, kills, ROUND):
        with tempfile.TemporaryDirectory() as folder:
            survived = killed(Path(folder), min(ROUND, kills - number), random.Random(number), 3.0)
            check(survived)
        print(f"{number + survived.kills} kills: {len(survived.acknowledged)} acknowledged, none lost", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
