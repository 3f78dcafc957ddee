"""What all facts have in common."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Fact:
    """The common part: when it happened."""

    KIND: ClassVar[str] = ""
    VERSION: ClassVar[int] = 1
    at: datetime
