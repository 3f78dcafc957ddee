"""Durable SMTP accept to the last `250`: our listener against Postfix, same machine, same run, same client.

    python -m bench.accept

Ours commits each mail, encrypted, with its `Received` fact, ledger row, tree and signed checkpoint (judging off);
Postfix writes its queue and delivers into a Maildir. No TLS. The client is Postfix's own smtp-source, in C. Rounds are
interleaved, and each begins when the mails of the one before are delivered.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.figures import Figure
from bench.peers import Postfix, install

_CLIENT = "/usr/sbin/smtp-source"
_MAILBOX = "reports@county.example"


@dataclass(frozen=True)
class Shape:
    """What the client does: `kept` connections send mail after mail, otherwise there is a new one for each."""

    name: str
    size: int
    connections: int
    kept: bool
    mails: int
    least: float | None
    hoped: float | None


SHAPES = (
    Shape("5 KB, 32 connections", 5_000, 32, True, 3_000, 2.0, 4.0),
    Shape("300 KB, 8 connections", 300_000, 8, True, 400, 1.5, 2.0),
    Shape("5 KB, a connection for each mail, 32 at a time", 5_000, 32, False, 2_000, None, None),
)


def send(port: int, shape: Shape, mails: int) -> float:
    """Mails a second, from the first connection to the last `250`."""
    options = ["-d"] if shape.kept else []
    numbers = ["-s", str(shape.connections), "-m", str(mails), "-l", str(shape.size)]
    addresses = ["-f", "officer@health.example", "-t", _MAILBOX, f"127.0.0.1:{port}"]
    begun = time.perf_counter()
    subprocess.run([_CLIENT, *options, *numbers, *addresses], check=True)
    return mails / (time.perf_counter() - begun)


class Ours:
    """The gateway's listener and store, in their own process."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process = process
        self.port = port

    def finish(self) -> int:
        """Stop it; the number of arrivals in its journal."""
        out, _ = self.process.communicate(timeout=60)
        return int(out)


@contextmanager
def ours(folder: Path) -> Iterator[Ours]:
    command = [sys.executable, "-m", "bench.accept_server", str(folder), _MAILBOX]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield Ours(process, int(process.stdout.readline()))
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def measure(shape: Shape, rounds: int, mails: int, gateway: Ours, postfix: Postfix) -> tuple[Figure, int]:
    """Run one shape; how fast it went, and how many mails the gateway was sent."""
    warm = max(mails // 10, shape.connections)
    rates: dict[str, list[float]] = {"gateway": [], "postfix": []}
    for number in range(rounds + 1):
        count = mails if number else warm
        rates["gateway"].append(send(gateway.port, shape, count))
        rates["postfix"].append(send(postfix.port, shape, count))
        postfix.wait_for(count)
        postfix.empty()
    mine, peer = (statistics.median(rates[name][1:]) for name in ("gateway", "postfix"))
    print("   rounds:", *(f"{a:,.0f}:{b:,.0f}" for a, b in list(zip(*rates.values(), strict=True))[1:]), flush=True)
    what = f"durable SMTP accept, {shape.name}; Postfix"
    return Figure(what, "1/s", mine, peer, shape.least, shape.hoped), warm + rounds * mails


def figures(rounds: int = 5, scale: float = 1.0, shapes: Sequence[Shape] = SHAPES) -> list[Figure]:
    """Measure all shapes in one run. Every mail acknowledged must be in the journal."""
    install({"postfix": _CLIENT})
    with (
        tempfile.TemporaryDirectory(prefix="accept-") as folder,
        Postfix() as postfix,
        ours(Path(folder)) as gateway,
    ):
        measured = [measure(shape, rounds, int(shape.mails * scale), gateway, postfix) for shape in shapes]
        recorded = gateway.finish()
    sent = sum(mails for _, mails in measured)
    if sent != recorded:
        sys.exit(f"{sent:,} mails acknowledged, {recorded:,} in the journal: these must be the same")
    return [figure for figure, _ in measured]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0, help="more or fewer mails in a round")
    chosen = parser.parse_args()
    for figure in figures(chosen.rounds, chosen.scale):
        print(figure)


if __name__ == "__main__":
    main()
