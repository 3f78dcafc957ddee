"""Which dataflows a name or a title speaks of, and which thing it was that spoke."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.checks.normal import key
from gateway.core.dataflow import Dataflow

_EXPLAINING = re.compile(r"说明|示例|样例|范例|代码表|instruction|example|sample|readme|explanation|codelist")


@dataclass(frozen=True, slots=True)
class Witness:
    """A text that may say what a sheet is: its `title`, the `sheet`'s or the `file`'s name, the `subject`.

    A `shared` one also speaks of other reports.
    """

    kind: str
    text: str
    shared: bool = False


def dataflows_named(
    witnesses: Sequence[Witness], dataflows: Sequence[Dataflow]
) -> list[tuple[Witness, frozenset[str]]]:
    """For each witness that names any, the ids of the dataflows it names; own ones first, then the shared ones."""
    words = sorted(((word, flow.id) for flow in dataflows for word in _words(flow)), key=lambda pair: -len(pair[0]))
    found = [(witness, _named(key(witness.text), words)) for witness in witnesses]
    return [(w, ids) for w, ids in sorted(found, key=lambda pair: pair[0].shared) if ids]


def _words(dataflow: Dataflow) -> set[str]:
    texts = (dataflow.id, dataflow.titles.zh_CN, dataflow.titles.en, *dataflow.aliases)
    return {word for word in map(key, texts) if len(word) > 1}


def _named(text: str, words: Sequence[tuple[str, str]]) -> frozenset[str]:
    """Longer words first, each taking its letters away: "hospital births" does not also name "births"."""
    found: set[str] = set()
    taken: set[str] = set()
    for word, flow in words:
        if word in taken:
            found.add(flow)
        elif word in text:
            found.add(flow)
            taken.add(word)
            text = text.replace(word, "|")
    return frozenset(found)


def explains(sheet: str, dataflows: Sequence[Dataflow]) -> bool:
    """Whether a sheet's name says that it explains how to fill another one.

    Words that name a report are taken out first: "sample survey" is one.
    """
    text = key(sheet)
    if not _EXPLAINING.search(text):
        return False
    for word in sorted({word for flow in dataflows for word in _words(flow)}, key=len, reverse=True):
        text = text.replace(word, "|")
    return _EXPLAINING.search(text) is not None
