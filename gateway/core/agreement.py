"""What is owed, by whom and when: agreements, timetables and the obligations that follow from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from gateway.core.period import Frequency, Period


class ProofKind(StrEnum):
    """Why we believe who sent something, strongest first."""

    SEAL = "seal"  # a signature over sender, recipient, dataflow, period, sequence and content
    SUBMISSION = "submission"  # an authenticated submission to our own listener
    FOLDER = "folder"  # the officer's own folder
    OPENPGP = "openpgp"  # an OpenPGP signature over the content, which says nothing of what it is for
    SMIME = "smime"  # the same with a registered certificate
    DKIM = "dkim"  # an aligned signature of the sender's domain, checked by us
    UPSTREAM = "upstream"  # the same, checked by a named server whose Authentication-Results we pin
    CONFIRMED = "confirmed"  # the registered address gave back a one-time code
    ADMITTED = "admitted"  # an administrator vouched for it
    PASSWORD = "password"  # noqa: S105 - a password shared with the department opened it

    @property
    def rank(self) -> int:
        """Its place among them, 0 for the strongest."""
        return _RANKS[self]


_RANKS = {kind: rank for rank, kind in enumerate(ProofKind)}


class Protection(StrEnum):
    """In which kinds of container content may travel where it must be protected."""

    SEALED = "sealed"
    AGE = "age"
    OPENPGP = "openpgp"
    SMIME = "smime"
    OFFICE_PASSWORD = "office_password"  # noqa: S105 - a kind of container
    AES_ZIP = "aes_zip"  # also the old encryption of archives, which shows no change: see `allow_no_integrity`
    SEVEN_ZIP = "seven_zip"


@dataclass(frozen=True, slots=True)
class DueDate:
    """Month (of the period, counted from 1; 13 is the month after a year) and day, and which end of the day counts.

    `end_of_day` False means that "by the 28th" ends as the 27th ends.
    """

    month: int
    day: int
    end_of_day: bool = True


@dataclass(frozen=True, slots=True)
class Timetable:
    """When reports of one frequency open, are reminded of, fall due, are overdue and are escalated.

    Durations count back from (`opens_before`, `reminders`) or on from (`overdue`, `escalate_after`, `closes_after`)
    the due instant. `move_to_working_day`: a due day that is no working day moves "before", "after", or not at all.
    """

    id: str
    frequency: Frequency
    due: tuple[DueDate, ...]  # one, or one for each period of a year
    zone: str
    opens_before: timedelta
    reminders: tuple[timedelta, ...]
    overdue: tuple[timedelta, ...]
    escalate_after: timedelta
    closes_after: timedelta
    move_to_working_day: str = "no"


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """The county's calendar: weekends are free but for `worked`; `holidays` are free. Also the hours for letters.

    `zone` says which day it is in the county, for all that is done once a day.
    """

    holidays: frozenset[date]
    worked: frozenset[date]
    letters_from: time = time(8, 30)
    zone: str = "Asia/Shanghai"

    def is_working(self, day: date) -> bool:
        return day in self.worked or (day.weekday() < 5 and day not in self.holidays)


@dataclass(frozen=True, slots=True)
class Agreement:
    """Department × dataflow × timetable. `proofs` are the kinds that suffice.

    `must_be_sealed` demands protection, by one of `protections`. `allow_no_integrity`: encryption that does not show
    whether its content was changed is taken, and named as that.
    """

    id: str  # department/dataflow
    department: str
    dataflow: str
    timetable: str
    proofs: frozenset[ProofKind]
    must_be_sealed: bool
    valid_from: date
    valid_until: date | None = None
    protections: frozenset[Protection] = frozenset({Protection.SEALED})
    allow_no_integrity: bool = False


@dataclass(frozen=True, slots=True)
class Obligation:
    """One agreement, one period; frozen when it opens. All instants UTC; reminders and overdue ascending."""

    id: str  # department/dataflow/period
    department: str
    dataflow: str
    period: Period
    opens: datetime
    due: datetime
    closes: datetime
    reminders: tuple[datetime, ...]
    overdue: tuple[datetime, ...]
    escalate: datetime
