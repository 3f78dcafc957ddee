"""Sealed files: a report closed for named recipients and signed by its sender; `SEALED.md` gives every byte.

Trust: the header proves nothing and only leads to the content key. Every chunk is authenticated before a byte of it is
passed on. Whose file it is says the manifest's signature alone, once `verify_manifest` has checked it against a
registered key and the key that opened the file. The digests say that the files are those of the manifest.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Semaphore, Thread
from typing import Any, BinaryIO, Final

from nacl import bindings as sodium
from nacl.exceptions import CryptoError

from gateway.handler import Limits, Opened, Part, Trouble, Unreadable
from handlers.sealed.form import CHUNK, FINAL, MAGIC, MORE, VERSION, take
from handlers.sealed.manifest import (
    MANIFEST_BYTES,
    RECIPIENTS,
    File,
    Manifest,
    Signed,
    parse_manifest,
    verify_manifest,
)
from handlers.sealed.writing import Source, seal_stream, write

__all__ = [
    "CHUNK", "HEADER_BYTES", "NAME", "File", "Manifest", "Signed", "Source", "Unlocked", "open_parts", "open_stream",
    "opens", "parse_manifest", "read_header", "seal_stream", "unlock", "unlock_for", "verify_manifest", "write",
]  # fmt: skip

NAME: Final = "sealed"

_COUNT_AT: Final = len(MAGIC) + 1
_SLOT: Final = 8 + 80  # the first bytes of a public key, and the content key sealed to it
_STREAM: Final = sodium.crypto_secretstream_xchacha20poly1305_HEADERBYTES
_TAG: Final = sodium.crypto_secretstream_xchacha20poly1305_ABYTES
HEADER_BYTES: Final = _COUNT_AT + 1 + RECIPIENTS * _SLOT + _STREAM

Bytes = bytes | memoryview


# --- unlocking: in the daemon, on the header alone ---


@dataclass(frozen=True, slots=True)
class Unlocked:
    """The content key, and the public key of the recipient whose private key gave it."""

    content_key: bytes
    sealing_public: bytes


def unlock_for(header: bytes, private_keys: Iterable[bytes]) -> Unlocked:
    """The content key from the first private key that fits, in the order given.

    `header` is the first `HEADER_BYTES` of the file, or all of a shorter one.
    Raises `Unreadable`: NEEDS_KEY if none fits, DAMAGED or UNSUPPORTED if this is no header.
    """
    end = _header_size(header) - _STREAM
    slots = [header[at : at + _SLOT] for at in range(_COUNT_AT + 1, end, _SLOT)]
    for private in private_keys:
        public = sodium.crypto_scalarmult_base(private)
        for slot in slots:
            if slot[:8] != public[:8]:
                continue
            try:
                return Unlocked(sodium.crypto_box_seal_open(slot[8:], public, private), public)
            except CryptoError:
                continue  # another key with the same first bytes, or a damaged slot
    raise Unreadable(Trouble.NEEDS_KEY)


def unlock(header: bytes, private_keys: Iterable[bytes]) -> bytes:
    """The content key alone; see `unlock_for`."""
    return unlock_for(header, private_keys).content_key


def read_header(source: BinaryIO) -> bytes:
    """Take the header, and nothing after it, from the beginning of a stream. Raises `Unreadable`."""
    start = take(source, _COUNT_AT + 1)
    header = start + take(source, HEADER_BYTES if len(start) <= _COUNT_AT else start[_COUNT_AT] * _SLOT + _STREAM)
    return header[: _header_size(header)]


def _header_size(header: bytes) -> int:
    if not header.startswith(MAGIC):
        raise Unreadable(Trouble.DAMAGED, "magic")
    if len(header) <= _COUNT_AT:
        raise Unreadable(Trouble.DAMAGED, "header")
    if header[len(MAGIC)] != VERSION:
        raise Unreadable(Trouble.UNSUPPORTED, "version")
    size = _COUNT_AT + 1 + header[_COUNT_AT] * _SLOT + _STREAM
    if not 1 <= header[_COUNT_AT] <= RECIPIENTS or len(header) < size:
        raise Unreadable(Trouble.DAMAGED, "header")
    return size


# --- reading: in the sandbox, or where a recipient opens what is theirs ---


def opens(head: bytes, name: str) -> bool:
    """Whether it begins as sealed files of any version do."""
    return head.startswith(MAGIC)


def open_parts(data: bytes, limits: Limits, secret: bytes | None = None) -> Opened:
    """The files, every digest checked; `manifest` is `Signed.to_mapping()`, for `verify_manifest` in the daemon."""
    if secret is None:
        raise Unreadable(Trouble.NEEDS_KEY)

    def within(signed: Signed) -> None:
        if len(signed.manifest.files) > limits.parts or signed.manifest.size > limits.bytes:
            raise Unreadable(Trouble.TOO_LARGE)

    pieces: dict[str, list[Bytes]] = {}
    source = io.BytesIO(data)
    signed = open_stream(
        read_header(source), source, secret, lambda file: pieces.setdefault(file.name, []).append, within, threads=False
    )
    parts = tuple(Part(name, "application/octet-stream", b"".join(found)) for name, found in pieces.items())
    return Opened(parts, manifest=signed.to_mapping())


def open_stream(
    header: bytes,
    source: BinaryIO,
    content_key: bytes,
    sink: Callable[[File], Callable[[Bytes], object]],
    check: Callable[[Signed], object],
    *,
    threads: bool = True,
) -> Signed:
    """Open what follows the header in constant memory: each file's bytes go to the callable that `sink` gives for it.

    `check` sees the manifest before any byte goes out, and may raise. No unauthenticated byte goes out; but that all
    bytes are there, and that each file is the one in the manifest, is known only when this has returned.
    Raises `Unreadable`: DAMAGED, or FORGED when files and manifest do not fit each other.
    """
    chunks = _pull(header, source, content_key)
    signed, rest = _first_chunk(next(chunks))
    _same_recipients(header, signed.manifest)
    check(signed)
    large = signed.manifest.size > 8 * CHUNK
    if large:
        # An allocation of this size, given back, makes the allocator keep the memory of chunks instead of returning it
        # to the system and fetching it anew: 20,000 page faults less for 200 MB.
        bytes(8 << 20)
    hashing = _Hashing(threads and large)
    with hashing:
        for file in signed.manifest.files:
            out, remaining = sink(file), file.size
            hashing.begin(file)
            while remaining:
                if not rest:
                    rest = memoryview(next(chunks, b""))
                    _fits(bool(rest))
                piece, rest = rest[:remaining], rest[remaining:]
                hashing.update(piece)
                out(piece)
                remaining -= len(piece)
        _fits(not rest and not next(chunks, b""))
    return signed


def _fits(condition: bool) -> None:
    if not condition:
        raise Unreadable(Trouble.FORGED, "size")


def _pull(header: bytes, source: BinaryIO, content_key: bytes) -> Iterator[bytes]:
    """The chunks of the body, each whole and authenticated, none empty, the last one marked as the last."""
    state = sodium.crypto_secretstream_xchacha20poly1305_state()
    sodium.crypto_secretstream_xchacha20poly1305_init_pull(state, header[-_STREAM:], content_key)
    bound: bytes | None = header
    tag = MORE
    while tag == MORE:
        block = take(source, CHUNK + _TAG)
        try:
            chunk, tag = sodium.crypto_secretstream_xchacha20poly1305_pull(state, block, bound)
        except CryptoError:
            raise Unreadable(Trouble.DAMAGED, "body") from None
        whole = len(chunk) == CHUNK if tag == MORE else tag == FINAL and chunk and not source.read(1)
        if not whole:
            raise Unreadable(Trouble.DAMAGED, "body")
        bound = None
        yield chunk


def _first_chunk(chunk: bytes) -> tuple[Signed, memoryview]:
    """Length, manifest and signature lie in the first chunk; what follows them is the first of the files' bytes."""
    end = 4 + int.from_bytes(chunk[:4], "big")
    if not 4 < end <= 4 + MANIFEST_BYTES or len(chunk) < end + 64:
        raise Unreadable(Trouble.DAMAGED, "manifest")
    raw = chunk[4:end]
    return Signed(raw, chunk[end : end + 64]), memoryview(chunk)[end + 64 :]


def _same_recipients(header: bytes, manifest: Manifest) -> None:
    """The slots are those of the signed list, in its order: nobody was added or taken away."""
    hints = [header[at : at + 8] for at in range(_COUNT_AT + 1, len(header) - _STREAM, _SLOT)]
    if hints != [bytes.fromhex(key)[:8] for key in manifest.keys]:
        raise Unreadable(Trouble.FORGED, "recipient")


class _Hashing:
    """SHA-256 of one file after the other; with threads, on a second core while the next chunks are decrypted."""

    def __init__(self, threads: bool) -> None:
        self._digests: list[tuple[Any, File]] = []
        self._batch: list[tuple[Any, Bytes]] = []
        self._waiting: SimpleQueue[list[tuple[Any, Bytes]]] = SimpleQueue()
        self._room = Semaphore(3)  # memory stays the same, whoever is the slower
        self._thread = Thread(target=self._work, daemon=True) if threads else None

    def begin(self, file: File) -> None:
        self._digests.append((hashlib.sha256(), file))

    def update(self, piece: Bytes) -> None:
        if self._thread is None:
            self._digests[-1][0].update(piece)
            return
        self._batch.append((self._digests[-1][0], piece))
        if len(self._batch) == 4:  # waking the other thread for each chunk costs more than it gains
            self._hand_over()

    def _hand_over(self) -> None:
        self._room.acquire()
        self._waiting.put(self._batch)
        self._batch = []

    def _work(self) -> None:
        while batch := self._waiting.get():
            for digest, piece in batch:
                digest.update(piece)
            self._room.release()

    def __enter__(self) -> None:
        if self._thread is not None:
            self._thread.start()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._thread is not None:
            if self._batch:
                self._hand_over()
            self._waiting.put([])
            self._thread.join()
        if kind is None and any(digest.hexdigest() != file.sha256 for digest, file in self._digests):
            raise Unreadable(Trouble.FORGED, "digest")
