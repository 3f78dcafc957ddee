"""A ledger in memory that is told facts, and a clerk who performs duties by recording the facts that settle them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import Connection, create_engine

from gateway.core import duty as owed
from gateway.core.agreement import ProofKind
from gateway.core.duties import duties
from gateway.core.duty import Duty, LetterDuty
from gateway.core.facts import (
    Configured,
    Dropped,
    Erased,
    Fact,
    Integrated,
    Judged,
    Owed,
    Proof,
    Questioned,
    Received,
    Released,
    Sent,
    SetAside,
    SubmissionVerdict,
    Written,
)
from gateway.core.rules import Rules
from gateway.ledger.fold import fold
from gateway.ledger.tables import metadata
from gateway.ledger.views import View
from tests.core.small_county import RULES


@contextmanager
def ledger() -> Iterator[Connection]:
    """An empty ledger, in memory."""
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        metadata.create_all(connection)
        yield connection
    engine.dispose()


def received(at: datetime, arrival: str, officer: str | None = None, had: datetime | None = None) -> Received:
    return Received(at, arrival, "smtp", "main", had or at, 5000, f"blob-{arrival}", "d" * 64, officer)


def verdict(submission: str, of: str = "health/births/2026-M10", **other: Any) -> SubmissionVerdict:
    department, dataflow, period = of.split("/")
    plain: dict[str, Any] = {
        "submission": submission, "verdict": "accepted", "refusal": None, "department": department,
        "dataflow": dataflow, "period": period, "becomes": "first", "version": 1, "nil": False, "rows": 50,
        "errors": 0, "queries": 0, "sameness": f"same-{submission}", "table": f"table-{submission}",
    }  # fmt: skip
    return SubmissionVerdict(**(plain | other))


def judged(at: datetime, arrival: str, *submissions: SubmissionVerdict, officer: str = "li", **other: Any) -> Judged:
    return Judged(at, arrival, "v1", False, None, Proof(ProofKind.SEAL, officer, "k1"), submissions, **other)


def quarantined(at: datetime, arrival: str, refusal: str = "unproven", names: str | None = None) -> Judged:
    return Judged(at, arrival, "v1", True, refusal, None, (), names=names)


Judging = Callable[[owed.Judge, datetime], Judged]


@dataclass
class Office:
    """The ledger, what is configured, and who performs the duties. `judging` says what arrivals are."""

    connection: Connection
    judging: Judging = lambda duty, now: judged(now, duty.arrival)
    rules: Rules = RULES
    facts: list[tuple[int, Fact]] = field(default_factory=list)
    _indexes: Iterator[int] = field(default_factory=count)

    @property
    def view(self) -> View:
        return View(self.connection)

    def record(self, *facts: Fact) -> None:
        entries = [(next(self._indexes), fact) for fact in facts]
        self.facts += entries
        fold(self.connection, entries)

    def owed(self, now: datetime) -> list[Duty]:
        return duties(self.view.open(self.rules, now), now)

    def perform(self, duty: Duty, now: datetime) -> None:
        self.record(*facts_for(duty, now, self.judging))

    def settle(self, now: datetime) -> list[Duty]:
        """Perform until nothing is owed any more; all that was done, in order."""
        done: list[Duty] = []
        while owed_now := self.owed(now):
            self.perform(owed_now[0], now)
            done.append(owed_now[0])
            assert len(done) < 1000
        return done


def facts_for(duty: Duty, now: datetime, judging: Judging) -> Iterable[Fact]:
    """The facts by which a duty is done."""
    match duty:
        case owed.Configure(version):
            yield Configured(now, version, f"blob-{version}")
        case owed.OpenObligation(one):
            yield Owed(
                now, one.id, one.department, one.dataflow, str(one.period), one.opens, one.due, one.closes,
                one.reminders, one.overdue, one.escalate,
            )  # fmt: skip
        case owed.Judge():
            yield judging(duty, now)
        case owed.SetArrivalAside(arrival, deaths):
            yield SetAside(now, arrival, deaths)
        case owed.Send(letter):
            yield Sent(now, letter, "mail")
        case owed.Drop(letter, why):
            yield Dropped(now, letter, why)
        case owed.Erase(arrivals):
            yield Erased(now, tuple(f"blob-{arrival}" for arrival in arrivals), "retention")
        case owed.Integrate():
            yield Integrated(
                now, f"i-{duty.id}", duty.dataflow, duty.period, duty.submissions, duty.missing, 50, f"t-{duty.id}"
            )
        case owed.Release():
            yield Released(
                now, f"r-{duty.id}", duty.result, duty.period, duty.department, duty.integrations, ("sex",), 50,
                "purpose", "law", f"b-{duty.id}", "d" * 64, "v1",
            )  # fmt: skip
            yield letter_for(f"letter-{duty.id}", "delivery", "li", now)
        case LetterDuty():
            if isinstance(duty, owed.AskConfirmation):
                for arrival in duty.arrivals:
                    yield Questioned(now, arrival, duty.officer, f"code-{arrival}", now + timedelta(days=7))
            yield letter_for(duty.id, duty.LETTER, getattr(duty, "officer", None), now, duty.about)


def letter_for(letter: str, kind: str, officer: str | None, now: datetime, about: Any = ()) -> Written:
    return Written(now, letter, str(kind), officer, "mail", f"blob-{letter}", "d" * 64, about)


def of_kind(done: Iterable[Duty], *kinds: type[Duty]) -> list[Duty]:
    return [duty for duty in done if isinstance(duty, kinds)]
