"""Queries, and what their officer says to them: when an explanation still fits, in a later version of the report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Asked:
    """One query. `number` is its place, from 1, among the findings that were told; 0 in `row`: the sheet as a whole.

    `key` are the values of the row's key, or all of its cells where its dataflow has none, `about` those that the
    query speaks of: as long as both are the same, it is the same query, wherever the row stands.
    """

    number: int
    sheet: str
    row: int
    column: int
    field: str
    code: str
    key: tuple[str, ...]
    about: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What was said to a query, and the arrival in which that came first."""

    asked: Asked
    text: str
    arrival: str


def fitting(said: Iterable[Sequence[Explanation]], asked: Sequence[Asked]) -> Mapping[int, Explanation]:
    """Which of these queries are explained already, by their numbers.

    `said` are lists, each of one version of the report, newest first. A query that stands in several of them is taken
    from the newest; where rows are the same in every cell, each explanation is good for one of them.
    """
    known: dict[object, list[Explanation]] = {}
    for told in said:
        these: dict[object, list[Explanation]] = {}
        for one in told:
            these.setdefault(_same(one.asked), []).append(one)
        known = these | known
    found: dict[int, Explanation] = {}
    for query in asked:
        if left := known.get(_same(query)):
            found[query.number] = left.pop(0)
    return found


def _same(asked: Asked) -> object:
    return asked.code, asked.field, asked.key, asked.about
