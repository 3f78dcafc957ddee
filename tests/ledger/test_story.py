"""Whatever happens, in whatever order: what must hold of duties and of the ledger."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core import duty as owed
from gateway.core.duty import Duty, LetterDuty
from gateway.core.facts import Admitted, Discarded, Extended, Fact, Judged, Undeliverable
from gateway.ledger.fold import fold
from gateway.ledger.rebuild import check
from tests.core.small_county import at
from tests.ledger.office import Office, judged, ledger, quarantined, received, verdict

START = at("2026-10-01 09:00")
OBLIGATIONS = [f"{one}/2026-M10" for one in ("health/births", "civil/births", "civil/marriages")]


@dataclass(frozen=True)
class Event:
    """Something that happens, so many hours after what happened before."""

    hours: int
    what: str
    of: str
    outcome: str


EVENTS = st.lists(
    st.builds(
        Event,
        st.sampled_from([0, 1, 7, 24, 100, 200]),
        st.sampled_from(["arrive", "arrive", "arrive", "perform", "settle", "extend", "vouch", "discard", "bounce"]),
        st.sampled_from(OBLIGATIONS),
        st.sampled_from(["accepted", "accepted", "rejected", "unproven", "unconfirmed"]),
    ),
    max_size=14,
)


class Story:
    """Plays events in an office, and keeps all that was done."""

    def __init__(self, office: Office) -> None:
        self.office, self.now, self.done = office, START, list[tuple[Duty, datetime]]()
        self.outcomes: dict[str, Event] = {}
        office.judging = self._judge

    def _judge(self, duty: owed.Judge, now: datetime) -> Judged:
        event = self.outcomes[duty.arrival]
        if event.outcome in ("unproven", "unconfirmed") and not duty.vouched:
            return quarantined(now, duty.arrival, event.outcome, "li")
        accepted = event.outcome == "accepted"
        version = 1 + max((one.version for one in self.office.view.history(event.of)), default=0)
        one = verdict(f"s-{duty.arrival}", event.of, verdict="accepted" if accepted else "rejected", version=version)
        return judged(now, duty.arrival, one, officer="li" if event.of.startswith("health") else "chen")

    def play(self, event: Event) -> None:
        self.now += timedelta(hours=event.hours)
        match event.what:
            case "arrive":
                arrival = f"a{len(self.outcomes)}"
                self.outcomes[arrival] = event
                self.office.record(received(self.now, arrival))
            case "perform":
                for duty in self.office.owed(self.now)[:1]:
                    self.perform(duty)
            case "settle":
                self.settle()
            case _:
                self.office.record(*self._intervene(event))

    def perform(self, duty: Duty) -> None:
        self.office.perform(duty, self.now)
        self.done.append((duty, self.now))

    def settle(self) -> None:
        self.done += [(duty, self.now) for duty in self.office.settle(self.now)]

    def _intervene(self, event: Event) -> list[Fact]:
        view = self.office.view
        quarantine = view.quarantined()
        if event.what == "extend" and (standing := view.standing(event.of)):
            later = standing.effective.due + timedelta(days=3)
            return [Extended(self.now, event.of, later, "admin", "blob")]
        if event.what == "bounce":
            return [Undeliverable(self.now, letter.letter, "550") for letter in view.unsent()[:1]]
        if event.what == "vouch" and quarantine:
            return [Admitted(self.now, quarantine[0].arrival, "li", "admin", "blob")]
        if event.what == "discard" and quarantine:
            return [Discarded(self.now, quarantine[0].arrival, "admin", "blob")]
        return []


@settings(max_examples=60, deadline=None)
@given(EVENTS)
def test_performing_a_duty_ends_it_and_nothing_is_owed_twice(events: list[Event]) -> None:
    with ledger() as connection:
        story = Story(Office(connection))
        for event in events:
            story.play(event)
            open_now = Counter(duty.id for duty in story.office.owed(story.now))
            assert set(open_now.values()) <= {1}
        while remaining := story.office.owed(story.now):
            story.perform(remaining[0])
            assert remaining[0].id not in {duty.id for duty in story.office.owed(story.now)}
        assert {id_: n for id_, n in Counter(duty.id for duty, _ in story.done).items() if n > 1} == {}


@settings(max_examples=40, deadline=None)
@given(EVENTS)
def test_a_clock_set_back_a_day_repeats_nothing(events: list[Event]) -> None:
    """What was done isn't done again, and nobody hears of an earlier stage than they have heard of."""
    with ledger() as connection:
        story = Story(Office(connection))
        for event in events:
            story.play(event)
        story.settle()
        done = {duty.id for duty, _ in story.done}
        told = [duty for duty, _ in story.done if isinstance(duty, owed.Digest)]
        for hours in (1, 6, 24):
            again = story.office.owed(story.now - timedelta(hours=hours))
            assert done & {duty.id for duty in again} == set()
            heard = [(one.officer, item.obligation, _rank(item.stage)) for one in told for item in one.items]
            repeated = [
                (duty.officer, item)
                for duty in again
                if isinstance(duty, owed.Digest)
                for item in duty.items
                for officer, obligation, rank in heard
                if (officer, obligation) == (duty.officer, item.obligation) and _rank(item.stage) <= rank
            ]
            assert repeated == []


def _rank(stage: str) -> tuple[int, int, int]:
    """Where a stage such as `overdue-2+1` stands: by extension, then kind, then number."""
    kind, _, rest = stage.partition("-")
    number, _, round_ = rest.partition("+")
    return int(round_ or 0), ("reminder", "overdue", "escalation").index(kind), int(number)


@settings(max_examples=40, deadline=None)
@given(EVENTS)
def test_an_officer_gets_one_digest_a_day_and_each_stage_once(events: list[Event]) -> None:
    with ledger() as connection:
        story = Story(Office(connection))
        for event in events:
            story.play(event)
            story.settle()
        letters = [duty for duty, _ in story.done if isinstance(duty, LetterDuty)]
        digests = [duty for duty in letters if isinstance(duty, owed.Digest)]
        assert max(Counter((one.officer, one.day) for one in digests).values(), default=0) <= 1
        stages = Counter((one.officer, item) for one in digests for item in one.items)
        assert max(stages.values(), default=0) <= 1
        assert all(len({item.obligation for item in one.items}) == len(one.items) for one in digests)


@settings(max_examples=60, deadline=None)
@given(EVENTS, st.integers(1, 50))
def test_facts_folded_in_batches_give_the_same_ledger(events: list[Event], size: int) -> None:
    with ledger() as one_by_one, ledger() as batched:
        story = Story(Office(one_by_one))
        for event in [*events, Event(0, "settle", OBLIGATIONS[0], "accepted")]:
            story.play(event)
        facts = story.office.facts
        for start in range(0, len(facts), size):
            fold(batched, facts[start : start + size])
        assert check(batched, facts) == []
        assert check(one_by_one, facts) == []
