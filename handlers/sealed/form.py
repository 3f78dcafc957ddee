"""The form of sealed files, as far as reading and writing share it; `SEALED.md` gives every byte."""

from __future__ import annotations

from typing import BinaryIO, Final

from nacl import bindings as sodium

MAGIC: Final = b"SEALED\x00"
VERSION: Final = 1
CHUNK: Final = 1 << 18
MORE: Final = sodium.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
FINAL: Final = sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL


def take(source: BinaryIO, size: int) -> bytes:
    """Exactly that many bytes, fewer only at the end; a pipe gives less at a time."""
    block = source.read(size)
    if 0 < len(block) < size:
        pieces = [block]
        while block and (size := size - len(block)):
            pieces.append(block := source.read(size))
        return b"".join(pieces)
    return block
