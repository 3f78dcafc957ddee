"""A second implementation of sealed files, written from SEALED.md alone, that can also make every mistake.

Nothing here is random: sealed boxes and streams get their ephemeral keys and headers from what they are told, so the
same call gives the same file. It shares no code with `handlers`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from nacl import bindings as sodium

CHUNK = 262_144
MORE, FINAL = 0, 3


def key(word: str) -> bytes:
    """Thirty-two bytes that anyone can make again from a word."""
    return hashlib.sha256(word.encode()).digest()


def sealing_public(private: bytes) -> bytes:
    return sodium.crypto_scalarmult_base(private)


def signing_public(seed: bytes) -> bytes:
    return sodium.crypto_sign_seed_keypair(seed)[0]


def sealed_box(message: bytes, public: bytes, ephemeral: bytes) -> bytes:
    """`crypto_box_seal` with a given ephemeral key, as libsodium's manual describes it."""
    own = sodium.crypto_scalarmult_base(ephemeral)
    nonce = hashlib.blake2b(own + public, digest_size=24).digest()
    return own + sodium.crypto_box(message, nonce, public, ephemeral)


def slot(public: bytes, content_key: bytes) -> bytes:
    return public[:8] + sealed_box(content_key, public, key("ephemeral " + public.hex()))


def canonical(manifest: dict[str, Any]) -> bytes:
    return json.dumps(manifest, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def sign(raw: bytes, seed: bytes) -> bytes:
    words = b"sealed file, manifest, version 1\x00" + raw
    return sodium.crypto_sign(words, sodium.crypto_sign_seed_keypair(seed)[1])[:64]


def stream(chunks: Sequence[tuple[bytes, int]], header: bytes, content_key: bytes, bound: bytes | None) -> bytes:
    """The body. A pulling state begins exactly as a pushing one does, and lets us choose the stream's header."""
    state = sodium.crypto_secretstream_xchacha20poly1305_state()
    sodium.crypto_secretstream_xchacha20poly1305_init_pull(state, header, content_key)
    body = []
    for chunk, tag in chunks:
        body.append(sodium.crypto_secretstream_xchacha20poly1305_push(state, chunk, bound, tag))
        bound = None
    return b"".join(body)


def cut(plain: bytes) -> list[tuple[bytes, int]]:
    chunks = [plain[at : at + CHUNK] for at in range(0, len(plain), CHUNK)]
    return [(chunk, MORE) for chunk in chunks[:-1]] + [(chunks[-1], FINAL)]


RECIPIENT, SECOND, STRANGER = key("recipient"), key("second recipient"), key("stranger")
SENDER, OTHER_SENDER = key("sender"), key("other sender")
CONTENT_KEY = key("content key")
STREAM_HEADER = key("stream header")[:24]


@dataclass
class Recipe:
    """A sealed file, step by step; each step may be replaced by a mistake."""

    files: list[tuple[str, int | None, bytes]]
    recipients: list[bytes] = field(default_factory=lambda: [RECIPIENT])
    changes: dict[str, Any] = field(default_factory=dict)  # to the manifest
    manifest: Callable[[dict[str, Any]], bytes] = canonical
    signature: Callable[[bytes], bytes] = lambda raw: sign(raw, SENDER)
    length: Callable[[bytes], int] = len
    slots: Callable[[list[bytes]], list[bytes]] = lambda publics: [slot(public, CONTENT_KEY) for public in publics]
    chunks: Callable[[bytes], list[tuple[bytes, int]]] = cut
    bind: Callable[[bytes], bytes | None] = lambda header: header
    version: int = 1
    contents: list[bytes] | None = None  # other bytes than those listed

    def fields(self) -> dict[str, Any]:
        listed = [
            {"name": name, "rows": rows, "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
            for name, rows, data in self.files
        ]
        return {
            "dataflow": "births",
            "files": listed,
            "key": "health-zhang-1",
            "keys": [sealing_public(private).hex() for private in self.recipients],
            "nil": not self.files,
            "period": "2026-M10",
            "recipient": "lead-office",
            "sender": "health",
            "sequence": 17,
            "signed": "2026-10-20T08:15:00Z",
        } | self.changes

    def make(self) -> bytes:
        raw = self.manifest(self.fields())
        slots = self.slots([sealing_public(private) for private in self.recipients])
        header = b"SEALED\x00" + bytes((self.version, len(slots))) + b"".join(slots) + STREAM_HEADER
        contents = [data for _, _, data in self.files] if self.contents is None else self.contents
        plain = self.length(raw).to_bytes(4, "big") + raw + self.signature(raw) + b"".join(contents)
        return header + stream(self.chunks(plain), STREAM_HEADER, CONTENT_KEY, self.bind(header))


def read(file: bytes, private: bytes) -> tuple[dict[str, Any], bytes, dict[str, bytes]]:
    """Manifest, its signature, and the files; an AssertionError for what is not as the page says."""
    assert file[:8] == b"SEALED\x00\x01"
    count = file[8]
    public = sealing_public(private)
    slots = [file[at : at + 88] for at in range(9, 9 + 88 * count, 88)]
    mine = next(one for one in slots if one[:8] == public[:8])
    content_key = sodium.crypto_box_seal_open(mine[8:], public, private)
    end = 33 + 88 * count
    state = sodium.crypto_secretstream_xchacha20poly1305_state()
    sodium.crypto_secretstream_xchacha20poly1305_init_pull(state, file[end - 24 : end], content_key)
    plain, tag = b"", MORE
    bound: bytes | None = file[:end]
    while tag == MORE:
        block, end = file[end : end + CHUNK + 17], end + CHUNK + 17
        chunk, tag = sodium.crypto_secretstream_xchacha20poly1305_pull(state, block, bound)
        assert len(chunk) == CHUNK or (tag == FINAL and chunk)
        plain, bound = plain + chunk, None
    assert tag == FINAL and end >= len(file)
    size = int.from_bytes(plain[:4], "big")
    raw, signature, rest = plain[4 : 4 + size], plain[4 + size : 68 + size], plain[68 + size :]
    manifest = json.loads(raw)
    assert canonical(manifest) == raw and [one[:8].hex() for one in slots] == [k[:16] for k in manifest["keys"]]
    files = {}
    for listed in manifest["files"]:
        files[listed["name"]], rest = rest[: listed["size"]], rest[listed["size"] :]
        assert hashlib.sha256(files[listed["name"]]).hexdigest() == listed["sha256"]
    assert not rest and public.hex() in manifest["keys"]
    return manifest, signature, files
