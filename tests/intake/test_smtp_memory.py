"""Memory does not depend on the size of a mail."""

from __future__ import annotations

import subprocess
import sys

from tests.intake.smtp_world import Client

MEGABYTES = 50

# In a process of its own, whose memory is the listener's alone. The inbox counts the bytes and drops them.
SERVER = """
import sys
from resource import RUSAGE_SELF, getrusage
from tests.intake.smtp_world import Inbox, done, listening

class Dropping(Inbox):
    total = 0

inbox = Dropping()
def drop(draft):
    inbox.total += len(draft.blocks.pop())
    return done(None) if inbox.total % 3 else None
inbox.on_write = drop
inbox.on_commit = lambda draft, envelope: done(str(draft.size))
with listening(inbox, size_limit=100_000_000) as listener:
    print(listener.port, flush=True)
    for _ in sys.stdin:
        print(getrusage(RUSAGE_SELF).ru_maxrss, flush=True)
"""


def test_a_mail_of_50_mb_costs_less_than_10_mb_of_memory() -> None:
    server = subprocess.Popen([sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdin is not None
    assert server.stdout is not None
    line = b"..dotted " + b"x" * 60 + b"\r\n"
    block = line * (1_000_000 // len(line))

    def peak_kilobytes() -> int:
        assert server.stdin is not None
        assert server.stdout is not None
        print("?", file=server.stdin, flush=True)
        return int(server.stdout.readline())

    try:
        with Client(int(server.stdout.readline())) as client:
            assert client.mail(b"small\r\n.\r\n")[:3] == "250"
            before = peak_kilobytes()
            client.begin()
            for _ in range(MEGABYTES):
                client.say(block)
            size = (len(line) - 1) * (1_000_000 // len(line)) * MEGABYTES
            assert client.ask(b".\r\n") == f"250 2.0.0 {size}"
            client.begin()
            for _ in range(MEGABYTES):  # and as much in one line
                client.say(b"x" * 1_000_000)
            assert client.ask(b"\r\n.\r\n") == f"250 2.0.0 {MEGABYTES * 1_000_000 + 2}"
            assert peak_kilobytes() - before < 10_000
    finally:
        server.kill()
        server.communicate()
