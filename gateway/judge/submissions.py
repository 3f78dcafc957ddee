"""What an arrival's documents are: each sheet recognised as a report of a dataflow and period, and checked.

Nothing here depends on other submissions; versions, duplicates and replays are settled with the ledger, later.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from gateway.checks import recognise as recognising
from gateway.checks.check import Checked, check
from gateway.checks.compile import Compiled, Context, compile_dataflow
from gateway.checks.recognise import Book, Candidate, Claim, Recognised
from gateway.checks.refused import Refused
from gateway.core.parties import Titles
from gateway.core.period import Period
from gateway.core.refusal import Refusal
from gateway.core.rules import Rules
from gateway.judge.documents import Document, Documents, Ignoring


@dataclass(frozen=True, slots=True)
class Found:
    """One submission as far as its own content tells. Either `refusal`, or dataflow, period and what the checks say.

    `sentence` says more than the refusal's own where it can. `sameness` is a keyed digest of its content.
    `checked` is None for a nil return.
    """

    document: Document
    sheet: str
    sameness: str
    dataflow: str | None = None
    period: Period | None = None
    nil: bool = False
    assumed_period: bool = False
    refusal: Refusal | None = None
    sentence: Titles | None = None
    checked: Checked | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """What the department may report now: its dataflows with open and still wanted periods; where and when."""

    candidates: Sequence[Candidate]
    today: date
    division: str | None


def find_submissions(
    documents: Documents, subject: str, expected: Expected, rules: Rules, sameness_key: bytes
) -> tuple[list[Found], list[Ignoring]]:
    """Every submission in the documents, in their order, and the sheets that are none."""
    found: list[Found] = []
    ignored: list[Ignoring] = []
    with_tables = sum(bool(d.tables) for d in documents.files)
    for document in documents.files:
        if document.refusal:
            found.append(Found(document, "", _sameness(sameness_key, document, ""), refusal=document.refusal))
            continue
        for outcome in _recognise(document, subject, expected, alone=with_tables <= 1):
            if isinstance(outcome, Recognised):
                found.append(_checked(document, outcome, expected, rules, sameness_key))
            elif isinstance(outcome, Refused):
                same = _sameness(sameness_key, document, outcome.sheet)
                found.append(
                    Found(
                        document,
                        outcome.sheet,
                        same,
                        outcome.dataflow,
                        refusal=outcome.refusal,
                        sentence=outcome.sentence,
                    )
                )
            else:
                ignored.append(Ignoring(document.part, f"{document.name} / {outcome.sheet}", outcome.why))
    return _without_twins(found), ignored


def _recognise(document: Document, subject: str, expected: Expected, *, alone: bool) -> Sequence[recognising.Outcome]:
    manifest = document.seal.manifest if document.seal else None
    claim = Claim(manifest.dataflow, Period.parse(manifest.period), manifest.nil) if manifest else None
    book = Book(document.name, subject, document.tables, alone)
    return recognising.recognise(book, expected.candidates, expected.today, claim)


def _checked(
    document: Document, recognised: Recognised, expected: Expected, rules: Rules, sameness_key: bytes
) -> Found:
    name = recognised.table.name if recognised.table else ""
    same = _sameness(sameness_key, document, name, recognised.dataflow, str(recognised.period))
    found = Found(
        document, name, same, recognised.dataflow, recognised.period, recognised.nil, recognised.assumed_period
    )
    if recognised.nil or recognised.table is None or recognised.shape is None:
        return found
    context = Context(recognised.period, expected.today, expected.division)
    compiled = _compiled(rules, recognised.dataflow)
    checked = check(compiled, recognised, context)
    manifest = document.seal.manifest if document.seal else None
    if manifest and not _rows_fit(manifest.files, document.name, checked.rows):
        return replace(found, checked=checked, refusal=Refusal.MANIFEST_MISMATCH)
    if not checked.rows:
        return replace(found, checked=checked, refusal=Refusal.EMPTY)
    return replace(found, checked=checked)


def _rows_fit(files: Sequence[object], name: str, rows: int) -> bool:
    """Whether the hand-over list's count of rows, if it has one, is what was found."""
    stated = next((getattr(f, "rows", None) for f in files if getattr(f, "name", None) == name), None)
    return stated is None or stated == rows


def _without_twins(found: Sequence[Found]) -> list[Found]:
    """The same report twice in one arrival: nobody can tell which one counts, so neither does."""
    met: dict[tuple[str, Period], int] = {}
    for one in found:
        if one.dataflow and one.period:
            met[one.dataflow, one.period] = met.get((one.dataflow, one.period), 0) + 1
    return [
        replace(one, refusal=Refusal.TWICE_IN_ONE, sentence=None)
        if one.dataflow and one.period and met[one.dataflow, one.period] > 1
        else one
        for one in found
    ]


def _sameness(key: bytes, document: Document, *words: str) -> str:
    """A keyed digest: equal content shows, the content does not."""
    text = "\x00".join((document.sha256, *words))
    return hashlib.blake2b(text.encode(), key=key, digest_size=16).hexdigest()


def _compiled(rules: Rules, dataflow: str) -> Compiled:
    """The checks of a dataflow, compiled once for each configuration version."""
    return _compile(_Version(rules), dataflow)


class _Version:
    """Rules by their version, so that equal versions share what was compiled."""

    __slots__ = ("rules",)

    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    def __hash__(self) -> int:
        return hash(self.rules.version)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Version) and other.rules.version == self.rules.version


@lru_cache(maxsize=512)
def _compile(version: _Version, dataflow: str) -> Compiled:
    return compile_dataflow(version.rules.dataflows[dataflow], version.rules.codelists)
