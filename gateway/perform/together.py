"""Runs: duties of one kind that are performed together, because one look, one wait and one commit serve them all.

Under load many arrivals wait for a verdict and many letters for their way out. A run takes its share of them, for about
a second: whatever it did not begin with by then is still owed.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar

from gateway.core.duty import Duty, Judge, Send
from gateway.outside import Temporary

T = TypeVar("T")
Troubles = dict[str, Temporary]  # what duties met and are owed still for, by their ids

SECONDS = 1.0


MOST: Mapping[type[Duty], int] = {Judge: 16, Send: 64}  # of a kind in one run
# Runs of a kind that work at once: more threads than that only take the interpreter from each other.
LANES: Mapping[type[Duty], int] = {Judge: 4, Send: 1}


class Failed(Exception):
    """Our own trouble while this duty was performed; its cause is chained."""

    def __init__(self, duty: Duty) -> None:
        super().__init__(duty.id)
        self.duty = duty


def gather(owed: Sequence[Duty]) -> list[tuple[Duty, ...]]:
    """What is owed, in runs: few where there is little, so that every thread has its share, and none too long."""
    by_kind: dict[type[Duty], list[Duty]] = defaultdict(list)
    for duty in owed:
        by_kind[type(duty)].append(duty)
    runs: list[tuple[Duty, ...]] = []
    for kind, duties in by_kind.items():
        length = min(MOST.get(kind, 1), -(-len(duties) // LANES.get(kind, 1)))
        runs += (tuple(duties[start : start + length]) for start in range(0, len(duties), length))
    return runs


def for_a_while(run: Sequence[T]) -> Iterator[T]:
    """One after the other, the first in any case, until the time is up."""
    until = time.monotonic() + SECONDS
    for number, one in enumerate(run):
        if number and time.monotonic() >= until:
            return
        yield one


@contextmanager
def blamed_on(duty: Duty, troubles: Troubles) -> Iterator[None]:
    """Temporary trouble is noted as this duty's; any other ends the run in its name."""
    try:
        yield
    except Temporary as trouble:
        troubles[duty.id] = trouble
    except BaseException as error:
        raise Failed(duty) from error
