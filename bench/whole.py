"""A whole message: accepted, durable, proven, opened, ten rules on fifty rows, judged, receipt written.

    python -m bench.whole

Messages a second to the last `Written`, against Postfix *only accepting* the same mails from the same client. Each mail
is a sealed CSV for an obligation of its own, so that each is a first acceptance. Rounds are interleaved, each with
dataflows of its own; the first one warms up.
"""

from __future__ import annotations

import argparse
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.figures import Figure
from bench.peers import Postfix, install
from bench.whole_county import FLOWS_A_ROUND, MAILBOX, County

NOW = "2026-12-10T04:00:00+00:00"
PERIOD = "2026-A1"
CONNECTIONS = 16


@dataclass(frozen=True)
class Done:
    """What our side says: when the last receipt was written, and processor seconds so far, its own and its workers'."""

    at: float
    own: float
    workers: float


class Ours:
    """A whole gateway in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.port = int(self._line())

    def written(self, count: int) -> Done:
        """Waits until so many receipts have been written, since its start."""
        assert self._process.stdin
        self._process.stdin.write(f"{count}\n")
        self._process.stdin.flush()
        return Done(*map(float, self._line().split()))

    def _line(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline()


@contextmanager
def ours(config: Path) -> Iterator[Ours]:
    command = [sys.executable, "-m", "bench.whole_server", str(config), NOW]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Ours(process)
    finally:
        process.kill()
        process.wait()


def send(port: int, mails: list[bytes]) -> float:
    """Send all over a few connections, each waiting for every reply; the seconds to the last `250`."""
    begun = time.monotonic()
    shares = [mails[at::CONNECTIONS] for at in range(CONNECTIONS)]
    threads = [threading.Thread(target=_converse, args=(port, share)) for share in shares]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - begun


def _converse(port: int, mails: list[bytes]) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _expect(connection, b"220")
        for command in (b"EHLO client.example", *_commands(mails), b"QUIT"):
            connection.sendall(command + b"\r\n")
            _expect(connection, b"354" if command == b"DATA" else b"2")


def _commands(mails: list[bytes]) -> Iterator[bytes]:
    for mail in mails:
        yield b"MAIL FROM:<clerk@county.example>"
        yield b"RCPT TO:<" + MAILBOX.encode() + b">"
        yield b"DATA"
        yield mail + b"\r\n."


def _expect(connection: socket.socket, code: bytes) -> None:
    reply = b""
    while not reply.endswith(b"\r\n") or reply.splitlines()[-1][3:4] == b"-":
        reply += connection.recv(4096) or sys.exit("the connection was closed")
    if not reply.startswith(code):
        raise RuntimeError(f"unexpected reply {reply!r}")


def figures(rounds: int = 4, departments: int = 100) -> list[Figure]:
    """Measure, tell each round, and give the medians."""
    install({"postfix": "/usr/sbin/smtp-source"})
    with tempfile.TemporaryDirectory(prefix="whole-") as folder, Postfix() as postfix:
        county = County.found(Path(folder), departments, rounds + 1)
        with ours(county.config) as gateway:
            measured = _rounds(gateway, postfix, county, rounds)
    mine, peer = (statistics.median(column) for column in zip(*measured, strict=True))
    return [Figure("whole message, 50 rows sealed; Postfix only accepting", "1/s", mine, peer, 0.25, 1.0)]


def _rounds(gateway: Ours, postfix: Postfix, county: County, rounds: int) -> list[tuple[float, float]]:
    measured, sent = [], 0
    before = gateway.written(0)
    for number in range(rounds + 1):
        mails = county.mails(number, PERIOD)
        sent += len(mails)
        begun = time.monotonic()
        accepted = send(gateway.port, mails)
        done = gateway.written(sent)
        accepting = send(postfix.port, mails)
        postfix.wait_for(len(mails))
        postfix.empty()
        if number:
            measured.append((len(mails) / (done.at - begun), len(mails) / accepting))
            own, workers = (1000 * each / len(mails) for each in (done.own - before.own, done.workers - before.workers))
            print(
                f"   round {number}: gateway {measured[-1][0]:,.0f}/s whole,",
                f"accepted at {len(mails) / accepted:,.0f}/s; postfix {measured[-1][1]:,.0f}/s;",
                f"processor {own:.2f} ms own + {workers:.2f} ms workers a message",
                flush=True,
            )
        before = gateway.written(sent)
    return measured


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--departments", type=int, default=100, help=f"each sends {FLOWS_A_ROUND} mails a round")
    chosen = parser.parse_args()
    for figure in figures(chosen.rounds, chosen.departments):
        print(figure)


if __name__ == "__main__":
    main()
