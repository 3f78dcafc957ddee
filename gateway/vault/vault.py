"""The vault itself: draws keys for what comes in, and opens what is there."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from nacl.bindings import crypto_box_seal, crypto_box_seal_open, crypto_scalarmult_base
from nacl.exceptions import CryptoError
from sqlalchemy import Connection, bindparam, select

from gateway.outside import Chance, Clock
from gateway.rows import Prepared
from gateway.vault.blob import SALT, NewBlob, Opened, Sealing, Segment, Unopenable
from gateway.vault.ids import blob_id
from gateway.vault.tables import blobs, segments

_SEGMENT_BLOBS = 100_000
_SEGMENT_AGE = timedelta(hours=1)

_HEADER = Prepared(
    select(blobs.c.segment, blobs.c.seed, blobs.c.meta, blobs.c.chunks, blobs.c.size).where(
        blobs.c.blob == bindparam("blob")
    )
)
_SEALED = Prepared(select(segments.c.sealed, segments.c.recovery).where(segments.c.segment == bindparam("segment")))


@dataclass(frozen=True, slots=True)
class VaultKeys:
    """X25519 keys of 32 bytes: to whom segment keys are sealed, and the private keys that open them (newest first).

    Without private keys things can be put into the vault but not read.
    """

    public: bytes
    recovery: bytes
    private: tuple[bytes, ...] = field(default=(), repr=False)


class Vault:
    """Draws keys for what comes in and opens what is there. Any thread may use it."""

    def __init__(self, keys: VaultKeys, clock: Clock, chance: Chance) -> None:
        self._keys, self._clock, self._chance = keys, clock, chance
        self._lock = Lock()
        self._segment: Segment | None = None
        self._since = clock.now()
        self._used = 0
        self._opened: OrderedDict[str, bytes] = OrderedDict()

    def begin(self) -> Sealing:
        """A new blob, with an id that sorts by time."""
        now, drawn = self._clock.now(), self._chance.bytes(10 + 16 + SALT)
        identity = blob_id(now, drawn[:10])
        return Sealing(identity, self._current(now), drawn[10:26], drawn[26:])

    def keep(self, content: bytes, meta: Mapping[str, str] | None = None) -> NewBlob:
        sealing = self.begin()
        full = sealing.write(content)
        done = sealing.finish(meta)
        if not full:
            return done
        return NewBlob(
            done.id, done.segment, done.seed, done.meta, done.chunks, done.size, done.digest, (*full, *done.pending)
        )

    def opened(self, connection: Connection, blob: str) -> Opened:
        """The blob's header, decrypted. Raises `Unopenable`."""
        row = _HEADER.first(connection, blob=blob)
        if row is None:
            raise Unopenable("no such blob")
        segment, *header = row
        return Opened.by_header(blob, self._segment_key(connection, segment), *header)

    def _current(self, now: datetime) -> Segment:
        with self._lock:
            age = abs(now - self._since)
            if self._segment is None or self._used >= _SEGMENT_BLOBS or age >= _SEGMENT_AGE:
                self._segment, self._since, self._used = self._draw(now), now, 0
            self._used += 1
            return self._segment

    def _draw(self, now: datetime) -> Segment:
        key = self._chance.bytes(32)
        identity = "S" + blob_id(now, self._chance.bytes(10))[1:]
        return Segment(
            identity, key, crypto_box_seal(key, self._keys.public), crypto_box_seal(key, self._keys.recovery)
        )

    def _segment_key(self, connection: Connection, segment: str) -> bytes:
        with self._lock:
            if (key := self._opened.get(segment)) is not None:
                return key
        row = _SEALED.first(connection, segment=segment)
        if row is None:
            raise Unopenable("its segment key is gone")
        key = self._unseal(row)
        with self._lock:
            self._opened[segment] = key
            while len(self._opened) > 1000:
                self._opened.popitem(last=False)
        return key

    def _unseal(self, sealed: Iterable[bytes]) -> bytes:
        """With whichever private key fits: in a recovery drill that is the offline one alone."""
        for box in sealed:
            for private in self._keys.private:
                with suppress(CryptoError):
                    return crypto_box_seal_open(box, crypto_scalarmult_base(private), private)
        raise Unopenable("no private key here opens its segment")
