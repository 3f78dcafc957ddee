"""A process that examines arrivals for the daemon: see `examiners`.

It has the daemon's keys and sandbox workers of its own, but nothing of the state: for an arrival's blocks, for the
ledger's standings and for what was explained it asks the daemon. It ends with that, and at any trouble of its own.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from multiprocessing.connection import Connection

from gateway import log
from gateway.core.explaining import Explanation
from gateway.core.standing import Standing
from gateway.judge.case import Means
from gateway.judge.dossier import draw_up
from gateway.judge.examiners import Assignment, BlockOf, Failure, Instructions, SayingsOf, StandingsOf, Workplace
from gateway.judge.explanation_given import Saying
from gateway.outside import Temporary
from gateway.sandbox import Sandbox


def main() -> None:
    with suppress(EOFError, OSError):  # the daemon has ended
        serve(Connection(int(sys.argv[1])))


def serve(daemon: Connection) -> None:
    """Until the daemon has gone. Raises `EOFError` or `OSError` then."""
    place: Workplace = daemon.recv()
    with Sandbox(place, place.handlers) as sandbox:
        gc.freeze()
        daemon.send(None)  # it is ready
        means: Means | None = None
        while True:
            told = daemon.recv()
            if isinstance(told, Instructions):
                standings, said = partial(_standings, daemon), partial(_said, daemon)
                means = Means(sandbox=sandbox, standings=standings, said=said, **told.means)
            else:
                assert means is not None  # instructions come first
                _work_off(daemon, told, means)


def _work_off(daemon: Connection, assignment: Assignment, means: Means) -> None:
    """A dossier, or `Temporary`, for each case; None instead of the first that was not begun in time."""
    until = time.monotonic() + assignment.seconds
    for place, (case, data) in enumerate(assignment.cases):
        if place and time.monotonic() >= until:
            daemon.send(None)
            return
        try:
            daemon.send(draw_up(replace(case, blocks=partial(_blocks, daemon, place, data)), means))
        except Temporary as trouble:
            daemon.send(trouble)
        except (EOFError, OSError):
            raise
        except Exception as error:
            daemon.send(Failure(type(error).__name__, log.places(error)))
            raise EOFError from None


def _blocks(daemon: Connection, place: int, data: bytes | None) -> Iterator[bytes]:
    if data is not None:
        yield data
        return
    daemon.send(BlockOf(place, first=True))
    while block := daemon.recv():
        yield block
        daemon.send(BlockOf(place, first=False))


def _standings(daemon: Connection, department: str, had: datetime) -> Sequence[Standing]:
    daemon.send(StandingsOf(department, had))
    found: Sequence[Standing] = daemon.recv()
    return found


def _said(daemon: Connection, saying: Saying) -> Sequence[Sequence[Explanation]]:
    daemon.send(SayingsOf(saying))
    found: Sequence[Sequence[Explanation]] = daemon.recv()
    return found


if __name__ == "__main__":  # pragma: no cover
    main()
