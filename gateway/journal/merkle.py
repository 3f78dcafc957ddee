"""The Merkle tree of RFC 6962 over SHA-256: heads, proofs that an entry is in it, proofs that it only grew.

Written after RFC 6962 section 2.1, with the iterative checks of RFC 9162 section 2.1. Nodes are named by height and
position: `(0, i)` is the leaf hash of entry `i`, `(h, p)` covers the `2**h` entries from `p * 2**h`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()

Nodes = Callable[[int, int], bytes]  # (height, position) of a complete subtree → its hash


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Grown:
    """A frontier with more leaves, and the complete subtrees of heights that are multiples of 8 that came with them."""

    frontier: Frontier
    completed: tuple[tuple[int, int, bytes], ...]  # height, position, hash


@dataclass(frozen=True, slots=True)
class Frontier:
    """The right edge of a tree: its size and the roots of its complete subtrees, largest first. Enough to grow it."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def grow(self, leaves: Sequence[bytes]) -> Grown:
        peaks, size = list(self.peaks), self.size
        completed = []
        for leaf in leaves:
            height, position, digest = 0, size, leaf
            while position & 1:
                digest = sha256(b"\x01" + peaks.pop() + digest).digest()
                position >>= 1
                height += 1
                if not height & 7:
                    completed.append((height, position, digest))
            peaks.append(digest)
            size += 1
        return Grown(Frontier(size, tuple(peaks)), tuple(completed))

    def root(self) -> bytes:
        return fold_peaks(self.peaks) if self.peaks else EMPTY_ROOT


def fold_peaks(peaks: Sequence[bytes]) -> bytes:
    """The head over complete subtrees given from left to right, none smaller than the next."""
    digest = peaks[-1]
    for peak in reversed(peaks[:-1]):
        digest = node_hash(peak, digest)
    return digest


def frontier(size: int, nodes: Nodes) -> Frontier:
    """The right edge of the first `size` entries of a stored tree."""
    return Frontier(size, tuple(nodes(*peak) for peak in _cover(0, size)))


def root(size: int, nodes: Nodes) -> bytes:
    return _range(0, size, nodes) if size else EMPTY_ROOT


def inclusion(index: int, size: int, nodes: Nodes) -> tuple[bytes, ...]:
    """The proof that entry `index` is in the tree of the first `size`: the siblings from the leaf upwards."""
    if not 0 <= index < size:
        raise ValueError("no such entry in a tree of that size")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range(middle, end, nodes))
            end = middle
        else:
            path.append(_range(start, middle, nodes))
            start = middle
    return tuple(reversed(path))


def consistency(old: int, new: int, nodes: Nodes) -> tuple[bytes, ...]:
    """The proof that the tree of `new` entries begins with the tree of `old` entries."""
    if not 0 < old <= new:
        raise ValueError("a tree grows from at least one entry")
    path: list[bytes] = []
    start, end, whole = 0, new, True
    while old < end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_range(middle, end, nodes))
            end = middle
        else:
            path.append(_range(start, middle, nodes))
            start, whole = middle, False
    if not whole:
        path.append(_range(start, end, nodes))
    return tuple(reversed(path))


def verify_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes], head: bytes) -> bool:
    """Whether the path leads from this leaf hash at this index to the head of a tree of this size."""
    if not 0 <= index < size:
        return False
    position, last, digest = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if position & 1 or position == last:
            digest = node_hash(sibling, digest)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            digest = node_hash(digest, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and digest == head


def verify_consistency(old: int, new: int, old_head: bytes, new_head: bytes, path: Sequence[bytes]) -> bool:
    """Whether the path shows that the tree with the new head begins with the tree with the old one."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not path and old_head == new_head
    hashes = [old_head, *path] if old & (old - 1) == 0 else list(path)
    if not hashes:
        return False
    position, last = old - 1, new - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    was = now = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            was, now = node_hash(sibling, was), node_hash(sibling, now)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            now = node_hash(now, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and was == old_head and now == new_head


def _split(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << (size - 1).bit_length() - 1


def _cover(start: int, end: int) -> list[tuple[int, int]]:
    """Complete subtrees that cover entries `start` to `end`; `start` is aligned to the range, as in every proof."""
    cover = []
    while start < end:
        height = (end - start).bit_length() - 1
        cover.append((height, start >> height))
        start += 1 << height
    return cover


def _range(start: int, end: int, nodes: Nodes) -> bytes:
    return fold_peaks([nodes(*node) for node in _cover(start, end)])
