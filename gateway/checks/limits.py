"""What a field demands of a cell beyond its type: filled, on the code list, within lengths and bounds, in a pattern."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from gateway.checks.cells import EMPTY, Reader, Reading, Value, read_text, reader
from gateway.checks.normal import key, mended, stripped
from gateway.core.dataflow import CodeList, Field, FieldType
from gateway.core.parties import Language

Limit = Callable[[Any], str]
"""A typed value in, the code of a finding out, `""` if it is within."""


def cell_reader(field: Field, codelist: CodeList | None) -> Reader:
    """Everything that is said about one cell of this field, from its text alone."""
    read = _read_code(codelist, reader(field)) if codelist else reader(field)
    within = limit(field)
    missing = Reading(None, "required") if field.required else EMPTY
    is_plain = read is read_text and not field.pattern

    def read_cell(text: str) -> Reading:
        if not text or (text.isspace() and not stripped(text)):
            return missing
        found = read(text)
        if found.code:
            return found
        code = within(found.value)
        if not code:
            return found
        better = "" if is_plain else mended(text)
        certain = better != text and better and not read(better).code and not within(read(better).value)
        return Reading(None, "typography", better) if certain else Reading(None, code)

    return read_cell


def limit(field: Field) -> Limit:
    """The field's lengths, pattern and bounds as one function."""
    tests = [test for make in (_lengths, _pattern, _bounds) for test in make(field)]

    def within(value: Value) -> str:
        for fails, code in tests:
            if fails(value):
                return code
        return ""

    return within


def bound(field: Field, text: str) -> Any:
    """A bound as the configuration writes it, typed as the field. Raises `ValueError`."""
    match field.type:
        case FieldType.INTEGER:
            return int(text)
        case FieldType.NUMBER:
            return float(text)
        case FieldType.DATE:
            return date.fromisoformat(text)
    return text


Tests = list[tuple[Callable[[Any], bool], str]]


def _lengths(field: Field) -> Tests:
    if field.type is not FieldType.STRING:
        return []
    low, high = field.min_length, field.max_length
    tests: Tests = []
    if low is not None:
        tests.append((lambda value: len(value) < low, "min_length"))
    if high is not None:
        tests.append((lambda value: len(value) > high, "max_length"))
    return tests


def _pattern(field: Field) -> Tests:
    if not field.pattern:
        return []
    fits = re.compile(field.pattern).fullmatch
    return [(lambda value: not fits(str(value)), "pattern")]


def _bounds(field: Field) -> Tests:
    tests: Tests = []
    if field.minimum is not None:
        low = bound(field, field.minimum)
        tests.append((lambda value: value < low, "minimum"))
    if field.maximum is not None:
        high = bound(field, field.maximum)
        tests.append((lambda value: value > high, "maximum"))
    return tests


def written_forms(codelist: CodeList) -> Mapping[str, str]:
    """Every text that is taken for a code, with that code: itself, and as our templates' drop-down lists write it."""
    choices = {code.choice(language): code.code for code in codelist.codes for language in Language}
    return choices | {code.code: code.code for code in codelist.codes}


def _read_code(codelist: CodeList, typed: Reader) -> Reader:
    known = {text: typed(code) for text, code in written_forms(codelist).items()}
    meant = _meanings(codelist)

    def read(text: str) -> Reading:
        found = known.get(text)
        if found:
            return found
        better = mended(text)
        if better in known:
            return Reading(None, "typography", better)
        code = meant.get(key(text), "")
        return Reading(None, "code_title" if code else "codelist", code)

    return read


def _meanings(codelist: CodeList) -> Mapping[str, str]:
    """What people write for a code: its titles, its aliases, the code without leading zeros, code and title together.

    Twins are left out.
    """
    found: dict[str, set[str]] = {}
    for code in codelist.codes:
        together = (code.choice(language) for language in Language)
        for text in (code.code, code.code.lstrip("0"), code.titles.zh_CN, code.titles.en, *together, *code.aliases):
            if text:
                found.setdefault(key(text), set()).add(code.code)
    return {text: codes.pop() for text, codes in found.items() if len(codes) == 1}
