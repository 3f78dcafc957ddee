"""Which query a line of a reply answers: one place, or it is asked back which one is meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from gateway.checks.normal import header_keys, key
from gateway.core.dataflow import Dataflow
from gateway.core.explaining import Asked
from gateway.core.parties import Language
from gateway.judge import explanation_words as words
from gateway.judge.explaining import Said


@dataclass(frozen=True, slots=True)
class Open:
    """The queries of one report, as a letter told them."""

    submission: str
    dataflow: Dataflow
    asked: Sequence[Asked]


@dataclass(slots=True)
class Bound:
    """What is said to which query, by submission and number; and sentences on the lines that answer none."""

    texts: dict[str, dict[int, str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def bind(lines: Iterable[Said], reports: Sequence[Open], language: Language) -> Bound:
    """A line that names a row speaks before one that speaks of all."""
    bound = Bound()
    for line in sorted(lines, key=lambda line: line.row is not None):
        found = [(report, asked) for report in reports for asked in report.asked if _means(line, report, asked)]
        told = found or [(report, asked) for report in reports for asked in report.asked]
        titles = _titles(reports, language)
        if not found or (line.row is not None and not _are_one(found)):
            sentence = (words.SEVERAL if found else words.NOT_ASKED)[language]
            said = words.spoken_of(line.row, line.column, language)
            asked_now = words.places([asked for _, asked in told], titles, language)
            bound.notes.append(sentence.format(at=line.at, said=said, asked=asked_now))
            continue
        for report, asked in found:
            bound.texts.setdefault(report.submission, {})[asked.number] = line.text
    return bound


def _means(line: Said, report: Open, asked: Asked) -> bool:
    if line.row is None:
        return True
    return line.row == asked.row and _is_sheet(line.sheet, report, asked) and _is_item(line, report.dataflow, asked)


def _is_sheet(written: str, report: Open, asked: Asked) -> bool:
    wanted, flow = key(written), report.dataflow
    names = map(key, (asked.sheet, flow.id, flow.titles.zh_CN, flow.titles.en, *flow.aliases))
    return not wanted or any(wanted in name for name in names)


def _is_item(line: Said, dataflow: Dataflow, asked: Asked) -> bool:
    """By the column's letter or its title; what is no item of this report at all tells nothing."""
    if not key(line.item) or (line.column and line.column == asked.column):
        return True
    wanted = set(header_keys(line.item))
    named = {field.name for field in dataflow.fields if wanted & _keys(dataflow, field.name)}
    return not line.column if not named else bool(named & _items(dataflow, asked))


def _items(dataflow: Dataflow, asked: Asked) -> set[str]:
    """All that a query speaks of; a rule may speak of several items."""
    rules = (rule.columns for rule in dataflow.rules if f"rule:{rule.name}" == asked.code)
    return {asked.field, *next(rules, ())}


def _keys(dataflow: Dataflow, name: str) -> set[str]:
    field = dataflow.by_name[name]
    texts = (field.name, field.titles.zh_CN, field.titles.en, *field.aliases)
    return {one for text in texts for one in header_keys(text)}


def _are_one(found: Sequence[tuple[Open, Asked]]) -> bool:
    """Several rules may speak of one cell; what is said of it is said to all of them."""
    return len({(report.submission, asked.sheet, asked.field) for report, asked in found}) == 1


def _titles(reports: Iterable[Open], language: Language) -> Mapping[str, str]:
    return {field.name: field.titles[language] for report in reports for field in report.dataflow.fields}
