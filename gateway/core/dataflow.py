"""A kind of report: its fields, code lists and rules, in the vocabulary of Frictionless Table Schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.core.parties import Language, Titles


class FieldType(StrEnum):
    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    YEARMONTH = "yearmonth"


class Severity(StrEnum):
    ERROR = "error"  # must be mended
    QUERY = "query"  # mend or explain


@dataclass(frozen=True, slots=True)
class Field:
    """One column. `aliases` are other headers officers write; `format` is None or `"id_number"` (GB 11643 citizen id).

    `codelist` names a list in `Rules.codelists`. Bounds are inclusive and, for dates, ISO text. `example` is a cell
    that passes, as an officer would write it.
    """

    name: str
    type: FieldType
    titles: Titles
    aliases: tuple[str, ...] = ()
    required: bool = False
    unique: bool = False
    codelist: str | None = None
    format: str | None = None
    pattern: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    minimum: str | None = None
    maximum: str | None = None
    personal: bool = False  # names or numbers of people: never in logs, masked in letters
    note: Titles | None = None
    example: str | None = None


@dataclass(frozen=True, slots=True)
class RowRule:
    """A logical relation between items of one row: an SQL expression over the named columns that must be true.

    NULL passes ("does not apply"). The sentence speaks to the officer; `columns` are what it speaks of.
    """

    name: str
    columns: tuple[str, ...]
    sql: str
    severity: Severity
    sentence: Titles


@dataclass(frozen=True, slots=True)
class Code:
    code: str
    titles: Titles
    aliases: tuple[str, ...] = ()

    def choice(self, language: Language) -> str:
        """The code as a drop-down list offers it, with its title; the checks take it for the code."""
        return f"{self.code} {self.titles[language]}"


@dataclass(frozen=True, slots=True)
class CodeList:
    """A closed list of codes, in its order."""

    name: str
    titles: Titles
    codes: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class Dataflow:
    """A kind of report. Active only with a stated legal basis and purpose.

    `aliases` are words that name it in file names, subjects and sheet titles. `totals_only` tells totals from cases.
    """

    id: str
    titles: Titles
    legal_basis: str
    purpose: str
    fields: tuple[Field, ...]
    primary_key: tuple[str, ...] = ()
    rules: tuple[RowRule, ...] = ()
    aliases: tuple[str, ...] = ()
    totals_only: bool = False
    by_name: Mapping[str, Field] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {f.name: f for f in self.fields})
