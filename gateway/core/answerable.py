"""Who hears of an arrival: whoever is proven gets a receipt, whoever is only named is told of it."""

from __future__ import annotations

from gateway.core.facts import Judged
from gateway.core.refusal import Refusal

_UNANSWERED = frozenset({Refusal.AUTOMATIC, Refusal.TOO_OFTEN})
_UNTOLD = frozenset({Refusal.AUTOMATIC, Refusal.NOTHING_FOUND})


def is_to_be_answered(judged: Judged) -> bool:
    """What is proven gets a receipt, the unproven never does.

    Exceptions: what only confirmed another arrival, and what would set two robots writing to each other for ever.
    """
    if judged.proof is None or judged.quarantined or judged.refusal in _UNANSWERED:
        return False
    return not (judged.confirms and not judged.submissions)


def to_be_told(judged: Judged) -> str | None:
    """The officer who is told of, or asked about, an unproven arrival that names them: of what holds a report.

    Telling them of every text would set a robot of theirs writing again, a letter a day.
    """
    return judged.names if judged.quarantined and judged.refusal not in _UNTOLD else None
