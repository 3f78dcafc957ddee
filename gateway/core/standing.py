"""How one obligation stands: what was granted and what came, and the word for it at a given moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.core.agreement import Obligation
from gateway.core.calendar import extended, is_on_time


class State(StrEnum):
    """The word for an obligation at a moment."""

    ON_TIME = "on_time"  # accepted; the first accepted version was had before the due instant
    LATE = "late"  # accepted, but had too late
    OPEN = "open"  # nothing yet, and there is still time
    EXTENDED = "extended"  # the same, thanks to an extension
    REJECTED = "rejected"  # the latest version was rejected, and no other accepted
    MISSING = "missing"  # the due instant has passed and nothing came


@dataclass(frozen=True, slots=True)
class Standing:
    """An obligation as it opened, the extension granted since, and what came for it so far."""

    obligation: Obligation
    extended_until: datetime | None = None
    extensions: int = 0
    accepted: str | None = None  # the current version
    first_had: datetime | None = None  # when we had what was accepted first
    nil: bool = False  # the current version is a nil return
    versions: int = 0  # admitted so far
    rejected: int = 0  # of them
    last_rejected: str | None = None  # the latest submission, if it was rejected

    @property
    def effective(self) -> Obligation:
        """The obligation with the extension applied."""
        return extended(self.obligation, self.extended_until) if self.extended_until else self.obligation

    def state(self, now: datetime) -> State:
        due = self.extended_until or self.obligation.due
        if self.first_had is not None:
            return State.ON_TIME if is_on_time(self.first_had, due) else State.LATE
        if self.last_rejected is not None:
            return State.REJECTED
        if not is_on_time(now, due):
            return State.MISSING
        return State.EXTENDED if self.extended_until else State.OPEN
