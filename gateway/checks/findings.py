"""Findings kept as columns and put into words only when somebody reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import merge
from itertools import islice

from gateway.checks.cells import Reading
from gateway.checks.sentences import sentence
from gateway.core.dataflow import CodeList, Dataflow, Severity
from gateway.core.finding import Finding
from gateway.core.parties import Language


@dataclass(frozen=True, slots=True)
class Block:
    """Findings about one column or of one rule: parallel lists, rows ascending.

    `others` names another row that a finding speaks of (the first one with the same value), 0 for none.
    """

    severity: Severity
    field: str
    column: int
    rows: Sequence[int]
    codes: Sequence[str]
    values: Sequence[str]
    repairs: Sequence[str]
    others: Sequence[int]

    @classmethod
    def same(cls, severity: Severity, code: str, field: str, column: int, rows: Sequence[int],
             values: Sequence[str], others: Sequence[int] | None = None) -> Block:  # fmt: skip
        """A block in which every finding has the same code and no repair."""
        count = len(rows)
        return cls(severity, field, column, rows, [code] * count, values, [""] * count, others or [0] * count)

    @classmethod
    def of_readings(cls, field: str, column: int, rows: Sequence[int], texts: Sequence[str],
                    readings: Sequence[Reading]) -> list[Block]:  # fmt: skip
        """What is wrong among the cells of one column, as one block, or none."""
        bad = [i for i, reading in enumerate(readings) if reading[1]]
        if not bad:
            return []
        if len(bad) < len(readings):
            rows, texts, readings = [rows[i] for i in bad], [texts[i] for i in bad], [readings[i] for i in bad]
        _, codes, repairs = zip(*readings, strict=True)
        return [cls(Severity.ERROR, field, column, rows, codes, texts, repairs, [0] * len(bad))]


@dataclass(frozen=True, slots=True)
class Findings:
    """All findings about one sheet."""

    sheet: str
    dataflow: Dataflow
    codelists: Mapping[str, CodeList]
    blocks: tuple[Block, ...]

    def __len__(self) -> int:
        return sum(len(block.rows) for block in self.blocks)

    @property
    def errors(self) -> int:
        return sum(len(block.rows) for block in self.blocks if block.severity is Severity.ERROR)

    @property
    def queries(self) -> int:
        return len(self) - self.errors

    def told(self, language: Language, at_most: int | None = None) -> Iterator[Finding]:
        """The findings in words, by row and column; the first `at_most` of them."""
        places = merge(*(_places(block, number) for number, block in enumerate(self.blocks)))
        for _, _, number, index in islice(places, at_most):
            yield self._one(self.blocks[number], index, language)

    def first(self, language: Language, most: int) -> tuple[Finding, ...]:
        """At most so many of them, in words: by row and column; where that leaves some out, errors first."""
        if len(self) <= most:
            return tuple(self.told(language))
        errors = replace(self, blocks=tuple(b for b in self.blocks if b.severity is Severity.ERROR))
        queries = replace(self, blocks=tuple(b for b in self.blocks if b.severity is not Severity.ERROR))
        told = tuple(errors.told(language, most))
        return (*told, *queries.told(language, most - len(told)))

    def _one(self, block: Block, i: int, language: Language) -> Finding:
        code, value, repair = block.codes[i], block.values[i], block.repairs[i]
        text = sentence(self.dataflow, self.codelists, language, code, block.field, value, repair, block.others[i])
        return Finding(block.severity, code, self.sheet, block.rows[i], block.column, block.field, value, text, repair)


def _places(block: Block, number: int) -> Iterator[tuple[int, int, int, int]]:
    return ((row, block.column, number, index) for index, row in enumerate(block.rows))
