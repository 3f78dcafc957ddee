"""How often an exchange of two digits in a citizen id is offered as the repair, and how often wrongly.

    python -m bench.exchanged [--rows 20000] [--seed 20261122]

Rows are made up: an id of any province, born 1930 to 2026, with its birth date and sex beside it; then one slip is
made. The checks are those of the shipped dataflow of registered deaths.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from gateway.checks.compile import Rule, compile_dataflow
from gateway.checks.exchanged import exchanged
from gateway.checks.id_number import PROVINCES, check_character, fault
from gateway.core.dataflow import Dataflow, Field, FieldType, RowRule, Severity
from gateway.core.parties import Titles

SEED = 20_261_122
_T = Titles("", "")
_BIRTH = (
    "TRY_CAST(SUBSTR(id_number, 7, 8) AS BIGINT) = EXTRACT(YEAR FROM birth_date) * 1000 * 10 "
    "+ EXTRACT(MONTH FROM birth_date) * 100 + EXTRACT(DAY FROM birth_date)"
)
_SEX = "sex NOT IN ('1', '2') OR TRY_CAST(SUBSTR(id_number, 17, 1) AS BIGINT) % 2 = TRY_CAST(sex AS BIGINT) % 2"


@dataclass(frozen=True, slots=True)
class Row:
    id_number: str
    birth_date: date
    sex: str


@dataclass(frozen=True, slots=True)
class Count:
    """Of `seen` ids whose check character shows the slip: how many are offered an id, and how many a wrong one."""

    slip: str
    seen: int
    offered: int
    wrong: int


def rules() -> tuple[Rule, ...]:
    """The two rules that tie an id to the birth date and the sex beside it."""
    fields = (
        Field("id_number", FieldType.STRING, _T, format="id_number"), Field("birth_date", FieldType.DATE, _T),
        Field("sex", FieldType.STRING, _T),
    )  # fmt: skip
    about = (
        RowRule("birth_fits_id", ("birth_date", "id_number"), _BIRTH, Severity.ERROR, _T),
        RowRule("sex_fits_id", ("sex", "id_number"), _SEX, Severity.QUERY, _T),
    )
    return compile_dataflow(Dataflow("deaths", _T, "law", "use", fields, rules=about), {}).rules


def a_row(chance: random.Random) -> Row:
    born = date(1930, 1, 1) + timedelta(days=chance.randrange(35_300))
    place = chance.choice(sorted(PROVINCES)) + f"{chance.randrange(10_000):04}"
    first17 = f"{place}{born:%Y%m%d}{chance.randrange(1, 1_000):03}"
    return Row(first17 + check_character(first17), born, "1" if int(first17[16]) % 2 else "2")


def one_exchange(id_number: str, chance: random.Random) -> str:
    at = chance.choice([at for at in range(17) if id_number[at] != id_number[at + 1]])
    return f"{id_number[:at]}{id_number[at + 1]}{id_number[at]}{id_number[at + 2 :]}"


def one_digit(id_number: str, chance: random.Random) -> str:
    at = chance.randrange(18)
    other = chance.choice([mark for mark in ("0123456789" if at < 17 else "0123456789X") if mark != id_number[at]])
    return f"{id_number[:at]}{other}{id_number[at + 1 :]}"


def two_digits(id_number: str, chance: random.Random) -> str:
    """In two different places."""
    while True:
        twice = one_digit(one_digit(id_number, chance), chance)
        if sum(a != b for a, b in zip(twice, id_number, strict=True)) == 2:
            return twice


def date_exchanged(row: Row, chance: random.Random) -> Row:
    """The birth date beside the id with two neighbouring digits exchanged; the row as it is where none can be."""
    digits = f"{row.birth_date:%Y%m%d}"
    for _ in range(40):
        at = chance.randrange(7)
        other = f"{digits[:at]}{digits[at + 1]}{digits[at]}{digits[at + 2 :]}"
        try:
            day = date(int(other[:4]), int(other[4:6]), int(other[6:]))
        except ValueError:
            continue
        if day != row.birth_date:
            return Row(row.id_number, day, row.sex)
    return row


def count(
    slip: str, rows: int, seed: int, make: Callable[[str, random.Random], str], *, date_too: bool = False
) -> Count:
    chance, known = random.Random(seed), rules()
    seen = offered = wrong = 0
    for _ in range(rows):
        row = a_row(chance)
        beside = date_exchanged(row, chance) if date_too else row
        written = make(row.id_number, chance)
        if fault(written) != "id_check_digit":
            continue
        seen += 1
        values = {"birth_date": beside.birth_date, "sex": beside.sex, "id_number": None}
        found = exchanged(written, "id_number", known, values)
        offered += bool(found)
        wrong += bool(found) and found != row.id_number
    return Count(slip, seen, offered, wrong)


def measure(rows: int, seed: int) -> tuple[Count, ...]:
    return (
        count("one exchange of two neighbours", rows, seed, one_exchange),
        count("one digit mistyped", rows, seed, one_digit),
        count("two digits mistyped", rows, seed, two_digits),
        count("one digit mistyped, two of the date beside it exchanged", rows, seed, one_digit, date_too=True),
    )


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--rows", type=int, default=20_000)
    asked.add_argument("--seed", type=int, default=SEED)
    given = asked.parse_args()
    for one in measure(given.rows, given.seed):
        share, wrong = 100 * one.offered / one.seen, 100 * one.wrong / one.seen
        print(f"{one.slip}: of {one.seen}, offered {one.offered} ({share:.2f} %), wrongly {one.wrong} ({wrong:.3f} %)")


if __name__ == "__main__":
    main()
