"""Going round again and again: an intake's loop, further apart while there is only trouble."""

from __future__ import annotations

import threading
from collections.abc import Callable

from gateway import log
from gateway.outside import Temporary

LONGEST = 600.0  # seconds between two tries, unless the usual distance is longer


class Hindered(Temporary):
    """Intake cannot go on for now. The message is a sentence of our own, so that the operator may read it."""


def rounds(
    account: str,
    step: Callable[[], object],
    every: Callable[[], float],
    stop: threading.Event,
    pause: Callable[[float], object] | None = None,
) -> None:
    """Call `step` until `stop` is set, `every()` seconds apart; after n troubles in a row 2^n times as far apart.

    Only `Temporary` is trouble; any other exception is ours and leaves. `pause` waits (`stop.wait` when not given).
    """
    pause = pause or stop.wait
    troubles = 0
    while not stop.is_set():
        try:
            step()
        except Temporary as trouble:
            troubles += 1
            usual = max(every(), 0.1)
            seconds = min(usual * 2 ** min(troubles, 20), max(LONGEST, usual))
            _tell(account, trouble, seconds)
        else:
            if troubles:
                log.intake_recovered(account, troubles)
            troubles, seconds = 0, every()
        pause(seconds)


def _tell(account: str, trouble: Temporary, seconds: float) -> None:
    if isinstance(trouble, Hindered):
        log.intake_hindered(account, str(trouble), seconds)
    else:
        log.intake_trouble(account, trouble)
