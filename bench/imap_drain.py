"""Emptying a foreign mailbox into durable state: our IMAP intake and store against mbsync into a Maildir.

    python -m bench.imap_drain

A Dovecot on loopback without TLS holds 10,000 mails of 5 KB. Ours fetches, encrypts, commits each with its `Received`
fact, ledger row, tree and signed checkpoint, and moves it into the processed folder; mbsync pulls into a Maildir with
its default fsync and leaves the mailbox as it was; fetchmail hands each mail to `cat` and deletes it (a tenth of the
mails, because it is slow). Each run begins with a mailbox that Dovecot has never seen. Rounds are interleaved.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from nacl.public import PrivateKey

from bench.figures import Figure
from bench.peers import install
from gateway.config.settings import ImapMailbox
from gateway.core.facts import Received
from gateway.demo.dovecot import Dovecot
from gateway.intake.imap import ImapIntake
from gateway.store import Store, StoreKeys
from gateway.vault import VaultKeys

LEAST, HOPED = 1.0, 2.0
_SIZE = 5_000
_PASSWORD = "password"

_MBSYNC = """\
IMAPAccount account
Host 127.0.0.1
Port {port}
User {user}
Pass {password}
SSLType None
AuthMechs LOGIN

IMAPStore far
Account account

MaildirStore near
Path {folder}/
Inbox {folder}/inbox

Channel drain
Far :far:
Near :near:
Patterns INBOX
Sync Pull New
Create Near
SyncState *
"""

_FETCHMAIL = """\
poll 127.0.0.1 protocol imap port {port} auth password
  user "{user}" password "{password}" is root here fetchall sslproto "" mda "cat >/dev/null"
"""


class _Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class _Chance:
    def bytes(self, count: int) -> bytes:
        return os.urandom(count)


def ours(server: Dovecot, user: str, folder: Path, mails: int) -> float:
    """Seconds for one pass, with an open store. The journal must hold every mail, and the mailbox none."""
    private, recovery = PrivateKey.generate(), PrivateKey.generate()
    vault = VaultKeys(bytes(private.public_key), bytes(recovery.public_key), (bytes(private),))
    keys = StoreKeys(vault, os.urandom(32))
    clock = _Clock()
    store = Store.open(f"sqlite:///{folder}/gateway.db", keys, clock, _Chance(), "gateway.county.example")
    mailbox = ImapMailbox("county", "127.0.0.1", server.port, "none", user, "password")
    begun = time.perf_counter()
    ImapIntake(mailbox, lambda: _PASSWORD, store, clock).poll()
    took = time.perf_counter() - begun
    assert sum(isinstance(fact, Received) for _, fact in store.entries()) == mails
    assert not server.contents(user)
    store.close()
    return took


def mbsync(server: Dovecot, user: str, folder: Path, mails: int) -> float:
    config = folder / "mbsyncrc"
    config.write_text(_MBSYNC.format(port=server.port, user=user, password=_PASSWORD, folder=folder))
    begun = time.perf_counter()
    subprocess.run(["mbsync", "-c", str(config), "-q", "drain"], check=True, stderr=subprocess.DEVNULL)
    took = time.perf_counter() - begun
    assert len(list((folder / "inbox" / "new").iterdir())) == mails
    return took


def fetchmail(server: Dovecot, user: str, folder: Path, mails: int) -> float:
    config = folder / "fetchmailrc"
    config.write_text(_FETCHMAIL.format(port=server.port, user=user, password=_PASSWORD))
    config.chmod(0o600)
    environment = {**os.environ, "FETCHMAILHOME": str(folder), "HOME": str(folder)}
    begun = time.perf_counter()
    subprocess.run(["fetchmail", "-f", str(config), "--silent"], check=True, env=environment, capture_output=True)
    took = time.perf_counter() - begun
    assert not server.contents(user)
    return took


def fill(server: Dovecot, user: str, originals: list[Path], mails: int) -> None:
    """A new mailbox whose files are links to the originals: quick to make, and the same for everybody."""
    box = server.maildir(user)
    for original in originals[:mails]:
        os.link(original, box / "new" / original.name)


def figures(rounds: int = 3, mails: int = 10_000) -> list[Figure]:
    """Measure, tell each round, and give the medians."""
    install({"dovecot-imapd": "/usr/sbin/dovecot", "isync": "/usr/bin/mbsync", "fetchmail": "/usr/bin/fetchmail"})
    runs: dict[str, tuple[Callable[[Dovecot, str, Path, int], float], int]] = {
        "gateway": (ours, mails),
        "mbsync": (mbsync, mails),
        "fetchmail": (fetchmail, mails // 10),
    }
    users = {f"{name}{number}": _PASSWORD for name in (*runs, "originals") for number in range(rounds)}
    rates: dict[str, list[float]] = {name: [] for name in runs}
    with Dovecot(users) as server:
        line = b"0123456789" * 7 + b"\r\n"
        head = b"From: officer@health.example\r\nTo: reports@county.example\r\nSubject: report %d\r\n\r\n"
        server.deliver("originals0", ((head % n + line * 80)[:_SIZE] for n in range(mails)))
        originals = sorted((server.maildir("originals0") / "new").iterdir())
        for number in range(rounds):
            for name, (run, count) in runs.items():
                user = f"{name}{number}"
                fill(server, user, originals, count)
                os.sync()
                with tempfile.TemporaryDirectory(prefix="drain-") as folder:
                    rates[name].append(count / run(server, user, Path(folder), count))
                shutil.rmtree(server.maildir(user).parent)
            print("   " + "  ".join(f"{name} {rate[-1]:,.0f}/s" for name, rate in rates.items()), flush=True)
    mine, peer, other = (statistics.median(rates[name]) for name in runs)
    what = f"IMAP drain, {mails:,} mails of 5 KB"
    return [
        Figure(f"{what}; mbsync", "1/s", mine, peer, LEAST, HOPED),
        Figure(f"{what}; fetchmail, a tenth of them", "1/s", mine, other),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--mails", type=int, default=10_000)
    chosen = parser.parse_args()
    for figure in figures(chosen.rounds, chosen.mails):
        print(figure)


if __name__ == "__main__":
    main()
