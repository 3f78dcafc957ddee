"""Files changed at random: each must still end in content or in `Unreadable`.

The same mutants every time, so that a red test is red for everybody. `EXPLORE=SECONDS` looks for new ones, that long in
each fuzz; what it finds is told as `MUTANT=SEED/NUMBER`, and with these words in the environment it happens again.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from gateway.handler import Opened, Unreadable

Open = Callable[[bytes], Opened]
Attempt = Callable[[random.Random], str | None]

KEPT = Path(__file__).parent / "kept"
EXPLORE = float(os.environ.get("EXPLORE") or 0)
_HANGS = 5.0  # seconds of our processor for one file
_PATIENCE = 30.0  # seconds after which a slow machine may stop, if it has seen all that must be seen
_NUMBERS = (b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x80\0\0\0", b"\0\0\0\x80")


def kept(pattern: str) -> list[bytes]:
    """Files of other programs, which `make_kept` made once."""
    found = [path.read_bytes() for path in sorted(KEPT.glob(pattern))]
    assert found, pattern
    return found


def fuzzed(count: int, needed: Collection[str], attempt: Attempt) -> Counter[str]:
    """What came of so many attempts, each with chances of its own: the word it returns (`content`), or a trouble.

    All of `needed` must come. Anything raised but `Unreadable` comes through, as does an attempt that takes too long.
    """
    seen: Counter[str] = Counter()
    alone = os.environ.get("MUTANT")
    for name in [alone] if alone else _names(count, lambda: seen.keys() >= set(needed)):
        begun = time.process_time()
        try:
            seen[attempt(random.Random(name)) or "content"] += 1
        except Unreadable as trouble:
            seen[trouble.trouble.value] += 1
        except BaseException as odd:
            raise AssertionError(f"MUTANT={name}") from odd
        assert (took := time.process_time() - begun) < _HANGS, f"MUTANT={name} took {took:.1f} s"
    assert alone or seen.keys() >= set(needed), f"only {dict(seen)}"
    if EXPLORE:
        print(dict(seen), "last:", name)
    return seen


def _names(count: int, enough: Callable[[], bool]) -> Iterator[str]:
    """The attempts' names, which are also their seeds."""
    seed, begun, number = random.SystemRandom().randrange(1 << 32) if EXPLORE else 0, time.monotonic(), 0
    while True:
        took = time.monotonic() - begun
        if (number >= count and took >= EXPLORE) or (not EXPLORE and took > _PATIENCE and enough()):
            return
        yield f"{seed}/{number}"
        number += 1


def mutated(chance: random.Random, original: bytes, pieces: Sequence[bytes] = _NUMBERS, within: int = 0) -> bytes:
    """Bits turned, bytes cut, doubled, overwritten by numbers (or pieces) that mean much; mostly in the first bytes."""
    data = bytearray(original)
    for _ in range(chance.choice((1, 1, 1, 2, 5))):
        at = chance.randrange((min(len(data), within) if within and chance.random() < 0.7 else len(data)) or 1)
        match chance.randrange(7):
            case 0 | 1:
                data[at : at + 1] = bytes([(data[at] if data else 0) ^ 1 << chance.randrange(8)])
            case 2:
                piece = chance.choice(pieces)
                data[at : at + chance.choice((0, len(piece)))] = piece
            case 3:
                del data[at : at + chance.choice((1, 8, 64, chance.randint(1, 40)))]
            case 4:
                data[at:at] = data[at : at + chance.choice((1, 8, 64, chance.randint(1, 200)))]
            case 5:
                data[at : at + 2] = chance.randbytes(2)
            case _ if chance.random() < 0.2:
                del data[at:]
    return bytes(data)


def outcomes(
    open_parts: Open,
    originals: Sequence[bytes],
    count: int,
    needed: Collection[str] = ("content", "damaged"),
    right: Collection[bytes] | None = None,
    within: int = 0,
) -> Counter[str]:
    """What came of so many mutants. With `right`, no part may hold anything that is not in it."""

    def attempt(chance: random.Random) -> None:
        parts = open_parts(mutated(chance, chance.choice(originals), within=within)).parts
        assert right is None or all(part.data in right for part in parts)
        "".join(part.name + part.media for part in parts).encode()  # all of it can be written out

    return fuzzed(count, needed, attempt)
