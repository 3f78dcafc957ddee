"""The writing side of `sealed`: in the daemon, for what we send, and on an officer's machine."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, BinaryIO

from nacl import bindings as sodium

from gateway.handler import Part
from handlers.sealed.form import CHUNK, FINAL, MAGIC, MORE, VERSION, take
from handlers.sealed.manifest import MANIFEST_BYTES, File, Manifest, sign_manifest


@dataclass(frozen=True, slots=True)
class Source:
    """A file to seal. `open` is called twice: its size and digest go before its bytes."""

    name: str
    rows: int | None
    open: Callable[[], BinaryIO]


def seal_stream(
    sources: Sequence[Source], manifest: Mapping[str, object], recipients: Sequence[bytes], signing_key: bytes
) -> Iterator[bytes]:
    """A sealed file, block by block, in constant memory.

    `manifest` gives `sender`, `key`, `recipient`, `dataflow`, `period`, `sequence`, `nil` and `signed` (a datetime);
    the rest of the hand-over list is found here. Raises `ValueError` or `TypeError` if they form no manifest, and
    `ValueError` if a file changes between its two readings.
    """
    listed = tuple(_listed(source) for source in sources)
    known: dict[str, Any] = {**manifest, "files": listed, "keys": tuple(key.hex() for key in recipients)}
    raw = Manifest(**known).encode()
    if len(raw) > MANIFEST_BYTES:
        raise ValueError("too many files, or too long names")
    content_key = sodium.crypto_secretstream_xchacha20poly1305_keygen()
    state = sodium.crypto_secretstream_xchacha20poly1305_state()
    stream = sodium.crypto_secretstream_xchacha20poly1305_init_push(state, content_key)
    slots = [key[:8] + sodium.crypto_box_seal(content_key, key) for key in recipients]
    header = MAGIC + bytes((VERSION, len(slots))) + b"".join(slots) + stream
    yield header
    start = len(raw).to_bytes(4, "big") + raw + sign_manifest(raw, signing_key)
    bound: bytes | None = header
    for chunk, tag in _chunks(start, sources, listed):
        yield sodium.crypto_secretstream_xchacha20poly1305_push(state, chunk, bound, tag)
        bound = None


def write(
    files: Sequence[Part], manifest: Mapping[str, object], recipients: Sequence[bytes], signing_key: bytes
) -> Iterator[bytes]:
    """The same for files in memory; `manifest` may give `rows` as well, a mapping from names to counts."""
    rest = dict(manifest)
    rows: Any = rest.pop("rows", {})
    sources = [Source(file.name, rows.get(file.name), partial(io.BytesIO, file.data)) for file in files]
    return seal_stream(sources, rest, recipients, signing_key)


def _listed(source: Source) -> File:
    digest, size = hashlib.sha256(), 0
    with source.open() as file:
        while block := file.read(CHUNK):
            digest.update(block)
            size += len(block)
    return File(source.name, source.rows, digest.hexdigest(), size)


def _chunks(start: bytes, sources: Sequence[Source], listed: Sequence[File]) -> Iterator[tuple[bytes, int]]:
    """Chunks of exactly `CHUNK` bytes, and a last one of at least one, each with its tag."""
    waiting = start
    for source, expected in zip(sources, listed, strict=True):
        digest = hashlib.sha256()
        with source.open() as file:
            while block := take(file, CHUNK - len(waiting) % CHUNK):
                digest.update(block)
                if len(waiting) == CHUNK:
                    yield waiting, MORE
                    waiting = b""
                waiting += block
        if digest.hexdigest() != expected.sha256:
            raise ValueError("a file changed while it was sealed")
    yield waiting, FINAL
