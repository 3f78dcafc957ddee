"""The list of findings, as it goes out and as it comes back with explanations: its last two columns.

A query's line ends in an empty cell to be filled and in its reference, by which it is known again, wherever the line
stands by then and whatever became of the rest.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.checks.asked import LONGEST
from gateway.checks.normal import key, stripped
from gateway.core.parties import Language, Titles
from gateway.core.table import Table

EXPLANATION = Titles("说明", "explanation")
REFERENCE = Titles("编号（请勿改动）", "reference (please leave)")
MOST_LINES = 10_000
_SEEN_ROWS = 30  # in which the header is looked for
_TITLES = tuple((key(EXPLANATION[language]), key(REFERENCE[language])) for language in Language)
_HINT = re.compile("编号|reference", re.IGNORECASE)  # in every header of a list of ours
_REFERENCE = re.compile(r"(A-[0-9]{8}-[0-9A-HJKMNP-TV-Z]{8}\.[0-9]{1,4})/([0-9]{1,6})")


@dataclass(frozen=True, slots=True)
class Line:
    """A line that came back filled: the submission and the number of its query, and what is said to it."""

    submission: str
    number: int
    text: str


def reference(submission: str, number: int) -> str:
    """By what a line is known again."""
    return f"{submission}/{number}"


def read_list(table: Table) -> tuple[Line, ...] | None:
    """The filled lines of a list of ours; None for any other sheet."""
    places = _places(table.head(_SEEN_ROWS))
    if places is None:
        return None
    said, referring = places
    found = []
    for row in table.head(_SEEN_ROWS + MOST_LINES):
        known = _REFERENCE.fullmatch(row[referring].strip())
        if known and (text := stripped(row[said])):
            found.append(Line(known[1], int(known[2]), text[:LONGEST]))
    return tuple(found)


def _places(rows: Sequence[Sequence[str]]) -> tuple[int, int] | None:
    """Where the two columns stand, if a row is the header of a list in one of our languages."""
    for row in rows:
        if not _HINT.search(" ".join(row)):
            continue  # most sheets are reports, and comparing every cell takes longer than checking it
        titles = [key(cell) for cell in row]
        for said, referring in _TITLES:
            if said in titles and referring in titles:
                return titles.index(said), titles.index(referring)
    return None
