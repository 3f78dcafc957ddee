"""The bytes between daemon and worker: frames of a kind, a length and a body, the same in both directions.

A frame is one byte of kind (`J` one JSON value, `B` a block of bytes; an empty block ends a run of blocks), four
bytes of length, big-endian, and the body. Both sides cap what they take.
"""

from __future__ import annotations

import struct

HEADER = struct.Struct(">cI")
JSON = b"J"
BLOCK = b"B"
BLOCK_BYTES = 1 << 20  # longest block
JSON_BYTES = 16 << 20  # longest JSON value
END = HEADER.pack(BLOCK, 0)


def frame(kind: bytes, body: bytes) -> bytes:
    return HEADER.pack(kind, len(body)) + body


def cap(kind: bytes) -> int:
    """The longest body a frame of this kind may have; -1 for a kind that does not exist."""
    return JSON_BYTES if kind == JSON else BLOCK_BYTES if kind == BLOCK else -1
