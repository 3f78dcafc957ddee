"""Journal: facts a second with ledger rows, tree nodes and one signed checkpoint a commit, 100 facts a commit.

    python -m bench.journal [FACTS] [FACTS A COMMIT]

The mix is that of everyday: of four facts one each is Received, Judged, Written and Sent. Commits are durable
(WAL, synchronous=FULL) and come one after the other, as with one busy client; a second figure lets requests queue,
so that the writer groups them itself.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from nacl.bindings import crypto_scalarmult_base

from bench.figures import Figure
from gateway.core.agreement import ProofKind
from gateway.core.facts import About, Fact, Judged, Proof, Received, Sent, SubmissionVerdict, Written
from gateway.store import Store, StoreKeys
from gateway.vault import VaultKeys

BAR, HOPED = 10_000, 20_000
START = datetime(2026, 10, 1, tzinfo=UTC)


class RealClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class RealChance:
    def bytes(self, count: int) -> bytes:
        return os.urandom(count)


def keys() -> StoreKeys:
    private, recovery = os.urandom(32), os.urandom(32)
    vault = VaultKeys(crypto_scalarmult_base(private), crypto_scalarmult_base(recovery), (private,))
    return StoreKeys(vault, os.urandom(32))


def everyday(count: int) -> Iterator[Fact]:
    """That many facts, four for each of a row of arrivals."""
    digest = "0123456789abcdef" * 4
    for number in range(count // 4):
        at = START + timedelta(seconds=number)
        name = f"{number:08}"
        yield Received(at, f"A-20261001-{name}", "smtp", "main", at, 5_000, f"B{name}", digest, None, None)
        verdict = SubmissionVerdict(
            f"S-{name}", "accepted", None, f"office-{number % 50}", "births", f"2026-M{number % 12 + 1:02}", "first", 1,
            False, 50, 0, 0, digest, digest, number, "key-1", f"T{name}", f"F{name}", None,
        )  # fmt: skip
        proof = Proof(ProofKind.SEAL, f"officer-{number % 50}", "key-1", None)
        yield Judged(at, f"A-20261001-{name}", "C-1", False, None, proof, (verdict,), (), None, None, f"D{name}")
        about = (About("arrival", f"A-20261001-{name}", "verdict"),)
        yield Written(at, f"L-{name}", "receipt", f"officer-{number % 50}", "mail", f"W{name}", digest, about)
        yield Sent(at, f"L-{name}", "mail")


def measure(count: int, group: int, queued: bool) -> float:
    facts = list(everyday(count))
    with tempfile.TemporaryDirectory(prefix="bench-journal-") as folder:
        url = f"sqlite:///{Path(folder).absolute()}/gateway.db"
        store = Store.open(url, keys(), RealClock(), RealChance(), "bench.example/journal", view=lambda _: None)
        begun = time.perf_counter()
        waiting = []
        for at in range(0, len(facts), group):
            waiting.append(store.append(facts[at : at + group]))
            if not queued:
                waiting.pop().result()
        for future in waiting:
            future.result()
        rate = len(facts) / (time.perf_counter() - begun)
        store.close()
    return rate


def figures(count: int = 20_000, group: int = 100, rounds: int = 3) -> list[Figure]:
    """One commit after the other, then queued; the bar is for the first."""
    found = []
    for queued in (False, True):
        rate = statistics.median(measure(count, group, queued) for _ in range(rounds))
        how = "queued, grouped by the writer" if queued else "one commit after the other"
        bars = (None, None) if queued else (BAR, HOPED)
        found.append(Figure(f"journal, {group} facts a request, {how}", "facts/s", rate, None, *bars))
    return found


def main() -> None:
    for figure in figures(*map(int, sys.argv[1:3])):
        print(figure)


if __name__ == "__main__":
    main()
