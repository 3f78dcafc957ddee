"""The vault: encrypted blobs, in chunks, so that plain data is never on disk and no blob need fit into memory.

A process draws a *segment key* and seals it to the vault's public key and to the offline recovery key; the sealed forms
are a row. Each blob has its own key, derived from the segment key, the blob's id and a random seed that lies in the
blob's header row: when the row is deleted nothing opens the blob again. Chunks of at most 1 MiB are encrypted and
authenticated one by one; number and "this is the last" are in the nonce and the id is authenticated with them, so
chunks cut off, exchanged or moved are found. The header's meta data (a small JSON that also holds the salt of the
blob's digest) is encrypted under the same key and bound to the number of chunks and the size.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

import orjson
from nacl.bindings import (
    crypto_aead_chacha20poly1305_ietf_decrypt,
    crypto_aead_chacha20poly1305_ietf_encrypt,
    crypto_box_seal,
    crypto_box_seal_open,
    crypto_scalarmult_base,
)
from nacl.exceptions import CryptoError
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    bindparam,
    delete,
    select,
)

from gateway.outside import Chance, Clock
from gateway.rows import Prepared

CHUNK = 1 << 20  # plain bytes in a chunk, at most
SALT = 16
_META_NUMBER = (1 << 64) - 1
_SEGMENT_BLOBS = 100_000
_SEGMENT_AGE = timedelta(hours=1)
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

metadata = MetaData()

segments = Table(
    "vault_segments",
    metadata,
    Column("segment", Text, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),  # the segment key for the vault's private key
    Column("recovery", LargeBinary, nullable=False),  # and for the offline one
)
blobs = Table(
    "vault_blobs",
    metadata,
    Column("blob", Text, primary_key=True),
    Column("segment", Text, nullable=False),
    Column("seed", LargeBinary, nullable=False),
    Column("meta", LargeBinary, nullable=False),
    Column("chunks", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
)
chunks = Table(
    "vault_chunks",
    metadata,
    Column("blob", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

_HEADER = Prepared(
    select(blobs.c.segment, blobs.c.seed, blobs.c.meta, blobs.c.chunks, blobs.c.size).where(
        blobs.c.blob == bindparam("blob")
    )
)
_SEALED = Prepared(select(segments.c.sealed, segments.c.recovery).where(segments.c.segment == bindparam("segment")))
_CHUNK = Prepared(
    select(chunks.c.data).where(chunks.c.blob == bindparam("blob"), chunks.c.number == bindparam("number"))
)


class Unopenable(Exception):
    """This blob is not in the vault, no key here opens it, or its bytes are not what was stored."""


@dataclass(frozen=True, slots=True)
class VaultKeys:
    """X25519 keys of 32 bytes: to whom segment keys are sealed, and the private keys that open them (newest first).

    Without private keys things can be put into the vault but not read.
    """

    public: bytes
    recovery: bytes
    private: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Segment:
    """A key for many blobs, and its two sealed forms."""

    id: str
    key: bytes = field(repr=False)
    sealed: bytes = field(repr=False)
    recovery: bytes = field(repr=False)

    def row(self) -> tuple[str, bytes, bytes]:
        """As a row of `segments`."""
        return self.id, self.sealed, self.recovery


@dataclass(frozen=True, slots=True)
class NewBlob:
    """A blob encrypted already: its header, and those chunks that are to be written together with it.

    `digest` is SHA-256 over salt and content, in hexadecimal, as facts quote it.
    """

    id: str
    segment: Segment
    seed: bytes
    meta: bytes
    chunks: int
    size: int
    digest: str
    pending: tuple[tuple[int, bytes], ...]

    def row(self) -> tuple[str, str, bytes, bytes, int, int]:
        """As a row of `blobs`."""
        return self.id, self.segment.id, self.seed, self.meta, self.chunks, self.size

    def chunk_rows(self) -> Iterator[tuple[str, int, bytes]]:
        """The pending chunks as rows of `chunks`."""
        return ((self.id, number, data) for number, data in self.pending)


class Sealing:
    """One blob on its way in: takes plain blocks, gives encrypted chunks. One thread at a time."""

    def __init__(self, blob: str, segment: Segment, seed: bytes, salt: bytes) -> None:
        self.id, self.size, self.number = blob, 0, 0
        self._segment, self._seed, self._salt = segment, seed, salt
        self._key = _blob_key(segment.key, blob, seed)
        self._digest = hashlib.sha256(salt)
        self._rest = bytearray()

    def write(self, block: bytes) -> list[tuple[int, bytes]]:
        """Take a block; the chunks (number, ciphertext) that became full and are surely not the last."""
        self._digest.update(block)
        self.size += len(block)
        self._rest += block
        full = []
        while len(self._rest) > CHUNK:
            full.append(self._chunk(bytes(self._rest[:CHUNK]), last=False))
            del self._rest[:CHUNK]
        return full

    def finish(self, meta: Mapping[str, str] | None = None) -> NewBlob:
        """The last chunk and the header."""
        last = self._chunk(bytes(self._rest), last=True)
        self._rest.clear()
        plain = orjson.dumps({"meta": dict(meta or {}), "salt": self._salt.hex()}, option=orjson.OPT_SORT_KEYS)
        bound = _bound(self.id, self.number, self.size)
        header = crypto_aead_chacha20poly1305_ietf_encrypt(plain, bound, _nonce(_META_NUMBER, last=True), self._key)
        return NewBlob(
            self.id, self._segment, self._seed, header, self.number, self.size, self._digest.hexdigest(), (last,)
        )

    def _chunk(self, plain: bytes, last: bool) -> tuple[int, bytes]:
        number, self.number = self.number, self.number + 1
        return number, crypto_aead_chacha20poly1305_ietf_encrypt(
            plain, self.id.encode(), _nonce(number, last), self._key
        )


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
        segment, seed, meta, count, size = row
        key = _blob_key(self._segment_key(connection, segment), blob, seed)
        header = orjson.loads(_decrypt(meta, _bound(blob, count, size), _nonce(_META_NUMBER, last=True), key))
        return Opened(blob, key, count, size, bytes.fromhex(header["salt"]), header["meta"])

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


@dataclass(frozen=True, slots=True)
class Opened:
    """A blob's header, decrypted, and the key to its chunks."""

    id: str
    key: bytes = field(repr=False)
    chunks: int
    size: int
    salt: bytes = field(repr=False)
    meta: Mapping[str, str] = field(repr=False)

    def chunk(self, connection: Connection, number: int) -> bytes:
        row = _CHUNK.first(connection, blob=self.id, number=number)
        if row is None:
            raise Unopenable("a chunk is missing")
        return _decrypt(row[0], self.id.encode(), _nonce(number, number == self.chunks - 1), self.key)

    def blocks(self, connection: Connection) -> Iterator[bytes]:
        return (self.chunk(connection, number) for number in range(self.chunks))


def erase(connection: Connection, doomed: Iterable[str]) -> None:
    """Delete blobs for good: the seed in the header row goes with them. The caller records `Erased`."""
    for blob in doomed:
        connection.execute(delete(chunks).where(chunks.c.blob == blob))
        connection.execute(delete(blobs).where(blobs.c.blob == blob))


def sweep(connection: Connection, before: datetime) -> int:
    """Delete the chunks of blobs begun before that instant and never finished. Gives how many."""
    limit = blob_id(before, bytes(10))
    orphan = (chunks.c.blob < limit) & ~select(blobs.c.blob).where(blobs.c.blob == chunks.c.blob).exists()
    return connection.execute(delete(chunks).where(orphan)).rowcount


def blob_id(now: datetime, drawn: bytes) -> str:
    """`B`, ten letters of time and sixteen of chance (80 bits), in Crockford's base 32: sorts by time."""
    return "B" + crockford(int(now.timestamp() * 1000), 10) + crockford(int.from_bytes(drawn[:10], "big"), 16)


def crockford(number: int, letters: int) -> str:
    """The lowest `5 * letters` bits in Crockford's base 32."""
    return "".join(_CROCKFORD[number >> 5 * place & 31] for place in range(letters - 1, -1, -1))


def _blob_key(segment_key: bytes, blob: str, seed: bytes) -> bytes:
    return hashlib.blake2b(
        blob.encode() + b"\0" + seed, key=segment_key, digest_size=32, person=b"gateway.vault.1"
    ).digest()


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(8, "big") + bytes((0, 0, 0, last))


def _bound(blob: str, count: int, size: int) -> bytes:
    return f"{blob} {count} {size}".encode()


def _decrypt(data: bytes, bound: bytes, nonce: bytes, key: bytes) -> bytes:
    try:
        return crypto_aead_chacha20poly1305_ietf_decrypt(data, bound, nonce, key)
    except (CryptoError, ValueError):  # ValueError: shorter than its authenticator
        raise Unopenable("its bytes are not what was stored") from None
