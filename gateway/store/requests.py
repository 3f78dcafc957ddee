"""What may be asked of the writer. Each request runs inside the writer's transaction and answers after its commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy import Connection

from gateway.core.facts import Fact, Received
from gateway.journal import codec
from gateway.outside import Clock, Envelope
from gateway.store.batch import Batch, Spoiled
from gateway.vault import NewBlob

Answer = Callable[[int], Any]  # the size of the first checkpoint that covers the request → what its Future gives


@dataclass(frozen=True, slots=True)
class Recorded:
    """Facts are durable: their indexes, and the size of the first checkpoint that covers them."""

    indexes: tuple[int, ...]
    size: int


@dataclass(frozen=True, slots=True)
class Decision:
    """What a decision inside the transaction came to: facts and blobs to write, and a value for whoever asked."""

    facts: tuple[Fact, ...]
    blobs: tuple[NewBlob, ...] = ()
    value: Any = None


class Request(Protocol):
    """One thing asked. `weight` is about how many bytes it will write.

    `about`, where a request has one, names the one thing whose rows it reads and writes: a department's submissions,
    a letter. Requests about different things are written together; without a name a request sees, and may change, all.
    """

    future: Future[Any]
    weight: int

    def run(self, batch: Batch) -> Answer:
        """Add to the batch. What it raises before adding anything is its own failure and nobody else's."""


@dataclass(slots=True)
class Append:
    """Facts that are true whatever else is known."""

    facts: Sequence[Fact]
    blobs: Sequence[NewBlob]
    lines: Sequence[bytes]
    weight: int
    about: str | None = None
    future: Future[Any] = field(default_factory=Future)

    def run(self, batch: Batch) -> Answer:
        indexes = batch.add(self.facts, self.lines, self.blobs, self.about)
        return lambda size: Recorded(indexes, size)


@dataclass(slots=True)
class Decide:
    """Facts that depend on everything before them. `decide` may be run again if the transaction has to be."""

    decide: Callable[[Any], Decision]
    about: str | None = None
    weight: int = 4_096
    future: Future[Any] = field(default_factory=Future)

    def run(self, batch: Batch) -> Answer:
        decision = self.decide(batch.view(self.about))
        lines = [codec.encode(fact) for fact in decision.facts]
        indexes = batch.add(decision.facts, lines, decision.blobs, self.about)
        return lambda size: (Recorded(indexes, size), decision.value)


@dataclass(slots=True)
class Keep:
    """An arrival whose bytes are all here, or in chunk rows committed before. Answers with the arrival's id."""

    arrival: str
    envelope: Envelope
    blob: NewBlob
    clock: Clock
    weight: int
    intact: Callable[[], None]  # raises `Temporary` if a chunk row is missing
    future: Future[Any] = field(default_factory=Future)

    def run(self, batch: Batch) -> Answer:
        self.intact()
        envelope, blob = self.envelope, self.blob
        if envelope.source is not None and (known := batch.known(envelope.account, envelope.source)) is not None:
            return lambda size: known
        fact = Received(
            at=self.clock.now(),
            arrival=self.arrival,
            channel=envelope.channel,
            account=envelope.account,
            had=envelope.had,
            size=blob.size,
            blob=blob.id,
            digest=blob.digest,
            officer=envelope.officer,
            source=envelope.source,
        )
        batch.add((fact,), (codec.encode(fact),), (blob,), self.arrival)
        return lambda size: self.arrival


@dataclass(slots=True)
class Chunks:
    """Chunks of an arrival that is still coming in."""

    blob: str
    rows: Sequence[tuple[int, bytes]]
    weight: int
    future: Future[Any] = field(default_factory=Future)

    def run(self, batch: Batch) -> Answer:
        batch.add_chunks(self.blob, self.rows)
        return lambda size: None


@dataclass(slots=True)
class Maintain:
    """Work on tables that follow from facts, or on orphans: it writes no fact."""

    work: Callable[[Connection], Any]
    weight: int = 1 << 20
    future: Future[Any] = field(default_factory=Future)

    def run(self, batch: Batch) -> Answer:
        batch.flush()
        try:
            value = self.work(batch.connection)
        except Exception as error:
            raise Spoiled from error
        return lambda size: value


def sources(group: Sequence[Request]) -> list[tuple[str, str]]:
    """The accounts and sources that a group of requests will ask for."""
    envelopes = (request.envelope for request in group if isinstance(request, Keep))
    return [(envelope.account, envelope.source) for envelope in envelopes if envelope.source is not None]
