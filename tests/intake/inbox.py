"""An inbox in memory that keeps the promises of `gateway.outside.Inbox`, and can be made to break them."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gateway.outside import Envelope, Temporary


class TurnedClock:
    """A clock that stands still until somebody turns it."""

    def __init__(self, now: datetime = datetime(2026, 10, 20, 1, 0, tzinfo=UTC)) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def turn(self, by: timedelta) -> None:
        self._now += by


@dataclass(frozen=True)
class Arrived:
    """One arrival as it was recorded."""

    id: str
    content: bytes
    envelope: Envelope


class FakeDraft:
    def __init__(self, inbox: FakeInbox) -> None:
        self.size = 0
        self.largest_block = 0
        self._inbox = inbox
        self._blocks: list[bytes] = []

    def write(self, block: bytes) -> Future[None] | None:
        self._blocks.append(bytes(block))
        self.size += len(block)
        self.largest_block = max(self.largest_block, len(block))
        return None

    def commit(self, envelope: Envelope) -> Future[str]:
        return self._inbox.record(b"".join(self._blocks), envelope)

    def discard(self) -> None:
        self._blocks.clear()
        self._inbox.discarded += 1


class FakeInbox:
    """`arrivals` in the order of recording. `fail_commits` and `fail_known` say how many of the next calls fail."""

    def __init__(self) -> None:
        self.arrivals: list[Arrived] = []
        self.drafts: list[FakeDraft] = []
        self.discarded = 0
        self.fail_commits = 0
        self.fail_known = 0
        self.is_ready = True
        self._first: dict[tuple[str, str], Arrived] = {}
        self._lock = threading.Lock()

    def begin(self) -> FakeDraft:
        self.drafts.append(FakeDraft(self))
        return self.drafts[-1]

    def record(self, content: bytes, envelope: Envelope) -> Future[str]:
        outcome: Future[str] = Future()
        with self._lock:
            if self.fail_commits:
                self.fail_commits -= 1
                outcome.set_exception(Temporary("the database is in trouble"))
                return outcome
            arrived = Arrived(f"a{len(self.arrivals) + 1:05d}", content, envelope)
            first = arrived
            if envelope.source is not None:
                first = self._first.setdefault((envelope.account, envelope.source), arrived)
            if first is arrived:
                self.arrivals.append(arrived)
        outcome.set_result(first.id)
        return outcome

    def known(self, account: str, sources: list[str]) -> set[str]:
        if self.fail_known:
            self.fail_known -= 1
            raise Temporary("the database is in trouble")
        return {source for source in sources if (account, source) in self._first}

    def ready(self) -> bool:
        return self.is_ready

    @property
    def contents(self) -> list[bytes]:
        return [arrived.content for arrived in self.arrivals]
