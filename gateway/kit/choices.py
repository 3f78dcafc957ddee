"""What a cell may hold: the codes that a department can choose from, and an example that passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from gateway.checks.compile import Context, Rule, compile_dataflow
from gateway.checks.limits import cell_reader
from gateway.checks.sql import CONTEXT_COLUMNS
from gateway.core.dataflow import CodeList, Dataflow, Field, FieldType, Severity
from gateway.core.parties import Language
from gateway.core.period import Frequency, Period

_PUBLISHED = "11010519491231002X"  # the number by which GB 11643 itself shows how a check character is reckoned
_ANY_DAY = date(2000, 1, 1)
_OF_TIME = frozenset(CONTEXT_COLUMNS) - {"reporting_division"}


@dataclass(frozen=True, slots=True)
class Choices:
    """What a drop-down list offers, in the order of the code list: codes, and what is written in the cell for each."""

    codelist: CodeList
    codes: tuple[str, ...]
    texts: tuple[str, ...]


def choices_of(
    dataflow: Dataflow, codelists: Mapping[str, CodeList], division: str | None, language: Language
) -> Mapping[str, Choices]:
    """The choices of each field with a code list: the codes that the checks would accept from this division.

    A code too short for the field, or one that a rule about this field alone forbids to this department, is left out.
    """
    compiled = compile_dataflow(dataflow, codelists)
    found: dict[str, Choices] = {}
    for field in dataflow.fields:
        if not field.codelist:
            continue
        codelist = codelists[field.codelist]
        read = cell_reader(field, codelist)
        fitting = [code for code in codelist.codes if not read(code.code).code]
        for rule in compiled.rules:
            if rule.rule.severity is Severity.ERROR and _speaks_only_of(rule, field):
                values = [read(code.code).value for code in fitting]
                fitting = [code for code, ok in zip(fitting, _passes(rule, field, values, division), strict=True) if ok]
        texts = tuple(code.choice(language) for code in fitting)
        found[field.name] = Choices(codelist, tuple(code.code for code in fitting), texts)
    return found


def _speaks_only_of(rule: Rule, field: Field) -> bool:
    """Whether the rule looks at this field and at who reports, and at nothing else."""
    return rule.speaks_of == {field.name} and not any(name in rule.sql for name in _OF_TIME)


def _passes(rule: Rule, field: Field, values: Sequence[object], division: str | None) -> list[bool]:
    day = Period.containing(_ANY_DAY, Frequency.ON_OCCURRENCE)
    context = Context(day, _ANY_DAY, division).values()
    columns = {name: [value] * len(values) for name, value in context.items()} | {field.name: values}
    return [said is not False for said in rule.run(columns, len(values))]


def example_of(field: Field, choices: Choices | None, language: Language) -> str:
    """A cell that passes, as an officer would write it; `""` where nothing sensible is known."""
    if choices:
        wanted = choices.codes.index(field.example) if field.example in choices.codes else 0
        return choices.texts[wanted] if choices.texts else ""
    if field.type is FieldType.BOOLEAN:
        is_true = field.example is not None and cell_reader(field, None)(field.example).value is True
        return truth_words(language)[0 if is_true else 1]
    return field.example or _plain_example(field)


def truth_words(language: Language) -> tuple[str, str]:
    """Yes and no, as a cell says them."""
    return ("TRUE", "FALSE") if language is Language.EN else ("是", "否")


def _plain_example(field: Field) -> str:
    likely = {
        FieldType.INTEGER: field.minimum or field.maximum or "1",
        FieldType.NUMBER: field.minimum or field.maximum or "1.5",
        FieldType.DATE: field.minimum or field.maximum or "2026-01-31",
        FieldType.YEARMONTH: field.minimum or field.maximum or "2026-01",
        FieldType.STRING: _PUBLISHED if field.format == "id_number" else "",
    }[field.type]
    return likely if likely and not cell_reader(field, None)(likely).code else ""
