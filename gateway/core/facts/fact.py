"""What all facts have in common."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

LATER = "later"


@dataclass(frozen=True, slots=True)
class Fact:
    """The common part: when it happened."""

    KIND: ClassVar[str] = ""
    VERSION: ClassVar[int] = 1
    at: datetime


def later(default: Any) -> Any:
    """A field that its kind did not have at first: it stands in a line only where it differs from its default.

    So a line that was written before is the line that would be written today.
    """
    return field(default=default, metadata={LATER: True})
