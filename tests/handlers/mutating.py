"""Files changed at random, for a bounded time: each must still end in content or in `Unreadable`."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection, Iterator, Sequence

from gateway.handler import Opened, Part, Unreadable

Open = Callable[[bytes], Opened]


def mutants(chance: random.Random, originals: Sequence[bytes]) -> Iterator[bytes]:
    """Bits turned, bytes cut, doubled, overwritten by numbers that mean much; without end."""
    while True:
        data = bytearray(chance.choice(originals))
        for _ in range(chance.choice((1, 1, 1, 2, 5))):
            at = chance.randrange(len(data) or 1)
            match chance.randrange(6):
                case 0 | 1:
                    data[at : at + 1] = bytes([(data[at] if data else 0) ^ 1 << chance.randrange(8)])
                case 2:
                    data[at : at + 4] = chance.choice(
                        (b"\xff" * 4, b"\x00" * 4, b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f")
                    )
                case 3:
                    del data[at : at + chance.randint(1, 40)]
                case 4:
                    data[at:at] = data[at : at + chance.randint(1, 200)]
                case _:
                    data[at : at + 2] = chance.randbytes(2)
        yield bytes(data)


def outcomes(
    open_parts: Open, originals: Sequence[bytes], seconds: float, right: Collection[bytes] | None = None
) -> set[str]:
    """What came of mutants: `content` or troubles. With `right`, no part may hold anything that is not in it.

    Anything but `Unreadable` comes through, as does a single file that takes longer than all the time there is.
    """
    seed = random.randrange(1 << 32)
    made = mutants(random.Random(seed), originals)
    seen: set[str] = set()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        mutant, begun = next(made), time.monotonic()
        try:
            parts: tuple[Part, ...] = open_parts(mutant).parts
        except Unreadable as trouble:
            seen.add(trouble.trouble.value)
        except BaseException as odd:
            raise AssertionError(f"seed {seed}") from odd
        else:
            seen.add("content")
            if right is not None:
                assert all(part.data in right for part in parts), f"seed {seed}"
        assert time.monotonic() - begun < 5, f"seed {seed}"
    return seen
