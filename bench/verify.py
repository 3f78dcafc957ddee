"""Verify: facts a second from a SQLite state, with 100 facts a checkpoint.

    python -m bench.verify [FACTS]

The state is written straight into the journal's tables (that is not what is measured), and then checked by the
stand-alone program in a process of its own, its start included.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

from bench.figures import Figure
from bench.journal import START, everyday, keys
from gateway.core.facts import Began
from gateway.journal import codec, merkle, verify
from gateway.journal.checkpoint import Checkpoint, Signer
from gateway.journal.tables import checkpoints, journal, metadata, nodes
from gateway.store.database import open_engine

BAR, HOPED = 200_000, 400_000
ORIGIN = "bench.example/journal"


def make_state(path: Path, count: int, signer: Signer) -> None:
    engine = open_engine(f"sqlite:///{path}", "write")
    facts = iter([Began(START, ORIGIN, 1), *everyday(count)])
    frontier = merkle.Frontier()
    with engine.begin() as connection:
        metadata.create_all(connection)
        while group := list(islice(facts, 100)):
            lines = [codec.encode(fact) for fact in group]
            leaves = [merkle.leaf_hash(line) for line in lines]
            rows = [
                {"position": frontier.size + at, "line": line.decode(), "leaf": leaf}
                for at, (line, leaf) in enumerate(zip(lines, leaves, strict=True))
            ]
            grown = frontier.grow(leaves)
            frontier = grown.frontier
            connection.execute(journal.insert(), rows)
            if grown.completed:
                whole = [{"level": height >> 3, "position": at, "hash": h} for height, at, h in grown.completed]
                connection.execute(nodes.insert(), whole)
            note = Checkpoint.sign(frontier.size, frontier.root(), signer).note
            connection.execute(checkpoints.insert(), {"size": frontier.size, "note": note})
    engine.dispose()


def figures(count: int = 1_000_000, rounds: int = 3) -> list[Figure]:
    """The whole program each time, its start included."""
    signer = Signer(ORIGIN, keys().signing)
    rates = []
    with tempfile.TemporaryDirectory(prefix="bench-verify-") as folder:
        path = Path(folder).absolute() / "gateway.db"
        make_state(path, count, signer)
        for _ in range(rounds):
            begun = time.perf_counter()
            command = [sys.executable, verify.__file__, "--key", str(signer.verifier), str(path)]
            subprocess.run(command, check=True, capture_output=True)
            rates.append(count / (time.perf_counter() - begun))
    return [Figure("verify a SQLite state", "facts/s", statistics.median(rates), None, BAR, HOPED)]


def main() -> None:
    for figure in figures(*map(int, sys.argv[1:2])):
        print(figure)


if __name__ == "__main__":
    main()
