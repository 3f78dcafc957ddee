"""An arrival on its way in: encrypted block by block, and in the database before anyone is told that we have it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

from sqlalchemy import Connection, delete

from gateway import vault
from gateway.outside import Chance, Clock, Envelope, Temporary
from gateway.store.requests import Chunks, Keep, Maintain, Request
from gateway.vault import Sealing

Submit = Callable[[Request], None]


class Draft:
    """Up to 1 MiB stays here and goes into the transaction of `Received`; more goes ahead as chunk rows."""

    def __init__(self, sealing: Sealing, submit: Submit, clock: Clock, chance: Chance) -> None:
        self._sealing, self._submit, self._clock, self._chance = sealing, submit, clock, chance
        self._ahead: Future[None] | None = None
        self._failed = False

    @property
    def size(self) -> int:
        return self._sealing.size

    def write(self, block: bytes) -> Future[None] | None:
        """Take a block. Wait for the Future, if one is returned, before the next: then memory stays the same."""
        full = self._sealing.write(block)
        if not full:
            return None
        request = Chunks(self._sealing.id, full, sum(len(data) for _, data in full))
        self._ahead = request.future
        self._ahead.add_done_callback(self._chunks_done)
        self._submit(request)
        return self._ahead

    def commit(self, envelope: Envelope) -> Future[str]:
        """Record `Received`. The Future gives the arrival's id once that is durable, or raises `Temporary`."""
        blob = self._sealing.finish(envelope.foreign)
        request = Keep(
            arrival_id(self._clock, self._chance), envelope, blob, self._clock, len(blob.pending[-1][1]), self._intact
        )
        self._submit(request)
        return request.future

    def discard(self) -> None:
        """Forget it, and delete the chunks that went ahead; should that fail, the sweep finds them."""
        if self._ahead is not None:
            self._submit(Maintain(self._delete))

    def _chunks_done(self, future: Future[None]) -> None:
        if future.cancelled() or future.exception() is not None:
            self._failed = True

    def _intact(self) -> None:
        """Raises `Temporary` if a chunk of it is missing. The writer asks, after all chunks have been settled."""
        if self._failed:
            raise Temporary("a part of it could not be stored")

    def _delete(self, connection: Connection) -> None:
        connection.execute(delete(vault.chunks).where(vault.chunks.c.blob == self._sealing.id))


def arrival_id(clock: Clock, chance: Chance) -> str:
    """`A-20261005-` and eight letters of chance (40 bits)."""
    return f"A-{clock.now():%Y%m%d}-{vault.crockford(int.from_bytes(chance.bytes(5), 'big'), 8)}"
