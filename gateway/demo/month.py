"""What happened in the invented county in one period: births, deaths, marriages …, always the same for a seed.

Every report of the demo is drawn from this one account, so that sources agree but for the differences planted on
purpose: births in hospital that were not registered, cremations whose death was not cancelled, and the reverse.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from gateway.demo.people import MAN, WOMAN, People, Person

HOSPITALS = ("清岚县人民医院", "清岚县妇幼保健院")
_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Birth:
    """`hospital` None: at home, so without a certificate. `registered_on` None: not yet registered."""

    child: Person
    mother: Person
    father: Person
    certificate: str | None
    hospital: str | None
    weight_grams: int
    registered_on: date | None


@dataclass(frozen=True, slots=True)
class Death:
    """`cremated_on` or `cancelled_on` None: not yet done."""

    person: Person
    died_on: date
    cremated_on: date | None
    cancelled_on: date | None


@dataclass(frozen=True, slots=True)
class Couple:
    """A marriage or a divorce; statuses are codes of GB/T 2261.2 before it."""

    husband: Person
    wife: Person
    statuses: tuple[str, str]
    certificate: str
    registered_on: date
    children: int


@dataclass(frozen=True, slots=True)
class Move:
    person: Person
    direction: str
    moved_on: date
    other_place: str
    reason: str


@dataclass(frozen=True, slots=True)
class Account:
    """Everything that happened from `first` to `last`, both included."""

    first: date
    last: date
    births: tuple[Birth, ...]
    deaths: tuple[Death, ...]
    marriages: tuple[Couple, ...]
    divorces: tuple[Couple, ...]
    moves: tuple[Move, ...]

    @property
    def unregistered(self) -> tuple[Birth, ...]:
        """Born in hospital, not registered."""
        return tuple(birth for birth in self.births if birth.hospital and not birth.registered_on)

    @property
    def uncancelled(self) -> tuple[Death, ...]:
        """Cremated, not cancelled from the register."""
        return tuple(death for death in self.deaths if death.cremated_on and not death.cancelled_on)


def happened(people: People, first: date, last: date, births: int = 24) -> Account:
    """An account of these days. The other events follow the number of births; there are at least eight."""
    if births < 8 or (last - first).days < 10:
        raise ValueError("too little time or too few births for a month worth telling")
    return Account(
        first,
        last,
        tuple(_birth(people, first, last, number) for number in range(births)),
        tuple(_death(people, first, last, number) for number in range(max(6, births * 3 // 4))),
        tuple(_couple(people, first, last, number, "J") for number in range(max(4, births // 2))),
        tuple(_couple(people, first, last, number, "L") for number in range(max(2, births // 5))),
        tuple(_move(people, first, last) for _ in range(max(4, births // 2))),
    )


def _birth(people: People, first: date, last: date, number: int) -> Birth:
    """Number 2 and 5 are not registered, number 7 was born at home."""
    child = people.person(first, last - timedelta(days=3))
    mother = people.adult(child.birth_date, 22, 36, WOMAN, child.village)
    father = people.adult(child.birth_date, 23, 42, MAN, child.village)
    at_home = number == 7
    registered = None if number in (2, 5) else people.day(child.birth_date, last)
    certificate = None if at_home else f"U{people.chance.randrange(10**9):09}"
    hospital = None if at_home else people.chance.choice(HOSPITALS)
    return Birth(child, mother, father, certificate, hospital, people.chance.randrange(2500, 4200, 10), registered)


def _death(people: People, first: date, last: date, number: int) -> Death:
    """Number 1 and 4 are not cancelled, number 3 was not cremated."""
    died = people.day(first, last - timedelta(days=5))
    person = people.person(date(died.year - 96, 1, 1), date(died.year - 48, 1, 1))
    cremated = None if number == 3 else people.day(died, died + timedelta(days=3))
    cancelled = None if number in (1, 4) else people.day(died, last)
    return Death(person, died, cremated, cancelled)


def _couple(people: People, first: date, last: date, number: int, letter: str) -> Couple:
    on = people.day(first, last)
    wife = people.adult(on, 21, 38, WOMAN)
    husband = people.adult(on, 23, 42, MAN, wife.village)
    statuses = ("40", "10") if number == 1 else ("10", "10")
    certificate = f"{letter}449921-{on.year}-{people.chance.randrange(10**6):06}"
    return Couple(husband, wife, statuses, certificate, on, people.chance.randrange(3))


def _move(people: People, first: date, last: date) -> Move:
    on = people.day(first, last)
    person = people.adult(on, 19, 60)
    direction, reason = people.chance.choice((("1", "务工"), ("1", "投靠亲属"), ("2", "升学"), ("2", "婚迁")))
    return Move(person, direction, on, people.chance.choice(("449922", "449923", "449901")), reason)
