"""`kill -9` under load, again and again, and what must be true after it."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from gateway.core.facts import Confirmed, Fact, Judged, Received, Written
from tests.faults.load import clients
from tests.faults.real_daemon import RealDaemon


@dataclass(frozen=True)
class Survived:
    """What came of it."""

    kills: int
    sent: int
    by_client: list[int]
    acknowledged: set[str]
    facts: list[Fact]
    wrong: list[str]
    letters: list[tuple[str, bytes]]

    @property
    def received(self) -> set[str]:
        return {fact.arrival for fact in self.facts if isinstance(fact, Received)}

    @property
    def judged(self) -> Counter[str]:
        return Counter(fact.arrival for fact in self.facts if isinstance(fact, Judged))


def killed(folder: Path, kills: int, chance: random.Random, longest: float = 1.2) -> Survived:
    """A daemon under load, killed that often at random instants, also while it starts; then left to finish."""
    daemon = RealDaemon(folder)
    stop = threading.Event()
    senders = clients(daemon)
    threads = [threading.Thread(target=one.run, args=(stop,)) for one in senders]
    try:
        daemon.start()
        for thread in threads:
            thread.start()
        for number in range(kills):
            time.sleep(chance.uniform(0, longest))
            daemon.kill()
            # Now and then it is killed before it listens.
            daemon.start(wait=0 if number % 5 == 4 else 60)
        daemon.listens()
        time.sleep(0.5)
        stop.set()
        for thread in threads:
            thread.join()
        daemon.rests()
        daemon.kill(15)
        acknowledged = {arrival.decode() for one in senders for arrival in one.acknowledged}
        letters = [(str(one.message["Message-ID"]), one.raw) for one in daemon.post_office.letters]
        sent = sum(one.sent for one in senders)
        return Survived(
            kills,
            sent,
            [len(one.acknowledged) for one in senders],
            acknowledged,
            daemon.facts(),
            daemon.verified(),
            letters,
        )
    finally:
        stop.set()
        daemon.close()


def check(survived: Survived) -> None:
    """Nothing acknowledged is lost, every arrival ends in one verdict, the journal verifies, copies are byte-equal."""
    assert all(survived.by_client), "a client was never heard"
    assert survived.acknowledged <= survived.received
    vouched = {fact.arrival for fact in survived.facts if isinstance(fact, Confirmed)}
    assert vouched == set()
    assert survived.judged == Counter(survived.received)
    assert survived.wrong == []
    by_id: dict[str, set[bytes]] = {}
    for letter, raw in survived.letters:
        by_id.setdefault(letter, set()).add(raw)
    assert {len(copies) for copies in by_id.values()} == {1}
    written = [fact.letter for fact in survived.facts if isinstance(fact, Written)]
    assert len(written) == len(set(written))
    assert {letter[1:].partition("@")[0] for letter in by_id} == set(written)
