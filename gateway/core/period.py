"""Reference periods in SDMX notation: `2026-M10`, `2026-Q4`, `2026-S2`, `2026-A1`, and days `2026-10-05`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Frequency(StrEnum):
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    HALF_YEARLY = "half_yearly"
    YEARLY = "yearly"
    ON_OCCURRENCE = "on_occurrence"


_LETTERS = {
    "M": (Frequency.MONTHLY, 1),
    "Q": (Frequency.QUARTERLY, 3),
    "S": (Frequency.HALF_YEARLY, 6),
    "A": (Frequency.YEARLY, 12),
}
_BY_FREQUENCY = {frequency: (letter, months) for letter, (frequency, months) in _LETTERS.items()}
_NOTATION = re.compile(r"(\d{4})-([MQSA])(\d{1,2})", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A span of whole days, first and last inclusive, with its SDMX notation as `str(period)`."""

    first: date
    last: date
    frequency: Frequency

    @classmethod
    def parse(cls, text: str) -> Period:
        """From SDMX notation, or an ISO day for reports on occurrence. Raises `ValueError` for anything else."""
        if _DAY.fullmatch(text):
            day = date.fromisoformat(text)
            return cls(day, day, Frequency.ON_OCCURRENCE)
        match = _NOTATION.fullmatch(text)
        if not match:
            raise ValueError(f"not a period: {text!r}")
        year, (frequency, months), number = int(match[1]), _LETTERS[match[2]], int(match[3])
        if not (year >= 1 and 1 <= number <= 12 // months):
            raise ValueError(f"not a period: {text!r}")
        return cls._of(year, number, frequency, months)

    @classmethod
    def containing(cls, day: date, frequency: Frequency) -> Period:
        """The period of this frequency in which the day lies."""
        if frequency is Frequency.ON_OCCURRENCE:
            return cls(day, day, frequency)
        months = _BY_FREQUENCY[frequency][1]
        return cls._of(day.year, (day.month - 1) // months + 1, frequency, months)

    @classmethod
    def _of(cls, year: int, number: int, frequency: Frequency, months: int) -> Period:
        start = (number - 1) * months + 1
        following = date(year + 1, 1, 1) if start + months > 12 else date(year, start + months, 1)
        return cls(date(year, start, 1), following - timedelta(days=1), frequency)

    def next(self) -> Period:
        return Period.containing(self.last + timedelta(days=1), self.frequency)

    def previous(self) -> Period:
        return Period.containing(self.first - timedelta(days=1), self.frequency)

    @property
    def number(self) -> int:
        """Its place in the year, counted from 1; for a day, the day of the year."""
        if self.frequency is Frequency.ON_OCCURRENCE:
            return self.first.timetuple().tm_yday
        return (self.first.month - 1) // _BY_FREQUENCY[self.frequency][1] + 1

    def __str__(self) -> str:
        if self.frequency is Frequency.ON_OCCURRENCE:
            return self.first.isoformat()
        letter, months = _BY_FREQUENCY[self.frequency]
        width = 2 if months == 1 else 1
        return f"{self.first.year:04}-{letter}{self.number:0{width}}"
