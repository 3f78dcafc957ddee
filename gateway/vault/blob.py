"""One blob, on its way in and out: plain blocks become encrypted chunks, and these the same blocks again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import orjson
from nacl.bindings import crypto_aead_chacha20poly1305_ietf_decrypt, crypto_aead_chacha20poly1305_ietf_encrypt
from nacl.exceptions import CryptoError
from sqlalchemy import Connection, bindparam, select

from gateway.rows import Prepared
from gateway.vault.tables import chunks

CHUNK = 1 << 20  # plain bytes in a chunk, at most
SALT = 16
_META_NUMBER = (1 << 64) - 1

_CHUNK = Prepared(
    select(chunks.c.data).where(chunks.c.blob == bindparam("blob"), chunks.c.number == bindparam("number"))
)


class Unopenable(Exception):
    """This blob is not in the vault, no key here opens it, or its bytes are not what was stored."""


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


@dataclass(frozen=True, slots=True)
class Opened:
    """A blob's header, decrypted, and the key to its chunks."""

    id: str
    key: bytes = field(repr=False)
    chunks: int
    size: int
    salt: bytes = field(repr=False)
    meta: Mapping[str, str] = field(repr=False)

    @classmethod
    def by_header(cls, blob: str, segment_key: bytes, seed: bytes, meta: bytes, count: int, size: int) -> Opened:
        """Its header row, decrypted. Raises `Unopenable`."""
        key = _blob_key(segment_key, blob, seed)
        header = orjson.loads(_decrypt(meta, _bound(blob, count, size), _nonce(_META_NUMBER, last=True), key))
        return cls(blob, key, count, size, bytes.fromhex(header["salt"]), header["meta"])

    def chunk(self, connection: Connection, number: int) -> bytes:
        row = _CHUNK.first(connection, blob=self.id, number=number)
        if row is None:
            raise Unopenable("a chunk is missing")
        return _decrypt(row[0], self.id.encode(), _nonce(number, number == self.chunks - 1), self.key)

    def blocks(self, connection: Connection) -> Iterator[bytes]:
        return (self.chunk(connection, number) for number in range(self.chunks))


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
