"""Invented people, always the same for a seed: their id numbers have right check digits and belong to nobody.

The first six digits are those of an invented county to which no place in the national list answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from gateway.checks.id_number import check_character

COUNTY = "449921"
MAN, WOMAN = "1", "2"
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
_GIVEN = "安宁清远明嘉怡文欣然思源书瑶子涵若溪景行知夏晨曦沐阳"


@dataclass(frozen=True, slots=True)
class Person:
    """An invented person. `sex` is a code of GB/T 2261.1, `village` twelve digits."""

    id_number: str
    name: str
    sex: str
    birth_date: date
    village: str


class People:
    """Draws people. No id number comes twice from one `People`."""

    def __init__(self, seed: int, villages: Sequence[str], county: str = COUNTY) -> None:
        self.chance = Random(seed)
        self.villages = tuple(villages)
        self._county = county
        self._taken: set[str] = set()

    def person(self, earliest: date, latest: date, sex: str | None = None, village: str | None = None) -> Person:
        """Somebody born within these days, both included."""
        sex = sex or self.chance.choice((MAN, WOMAN))
        born = self.day(earliest, latest)
        return Person(self._id_number(born, sex), self._name(), sex, born, village or self.chance.choice(self.villages))

    def adult(self, on: date, youngest: int, oldest: int, sex: str | None = None, village: str | None = None) -> Person:
        """Somebody whose age in years lies in between on that day, by year of birth as well as by birthday."""
        earliest, latest = date(on.year - oldest, 1, 1), date(on.year - youngest, 1, 1)
        return self.person(earliest, latest, sex, village)

    def day(self, earliest: date, latest: date) -> date:
        return earliest + timedelta(days=self.chance.randint(0, (latest - earliest).days))

    def _id_number(self, born: date, sex: str) -> str:
        while True:
            order = self.chance.randrange(1, 500) * 2 - (sex == MAN)  # odd for men, even for women
            first = f"{self._county}{born:%Y%m%d}{order:03}"
            if first not in self._taken:
                self._taken.add(first)
                return first + check_character(first)

    def _name(self) -> str:
        """A surname, 拟 ("invented"), and one more character."""
        return f"{self.chance.choice(_SURNAMES)}拟{self.chance.choice(_GIVEN)}"
