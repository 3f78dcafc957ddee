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
from gateway.checks.repairing import Repaired, repaired
from gateway.core.parties import Titles
from gateway.core.period import Period
from gateway.core.refusal import Refusal
from gateway.core.rules import Rules
from gateway.judge.apart import check_apart, is_large
from gateway.judge.documents import Document, Documents, Ignoring
from gateway.sandbox import Unsafe

_MOST_YEARS = 100  # between now and the period of a report


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
    recognised: Recognised | None = None  # where it was checked
    repaired: Repaired | None = None  # where its errors can all be mended for certain


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
            found.append(Found(document, "", sameness_of(sameness_key, document, ""), refusal=document.refusal))
            continue
        for outcome in _recognise(document, subject, expected, alone=with_tables <= 1):
            if isinstance(outcome, recognising.Ignored):
                name = f"{document.name} / {outcome.sheet}"
                ignored.append(Ignoring(document.part, name, outcome.why, document.wrapping.names))
            elif isinstance(outcome, Refused):
                found.append(_refused(document, outcome, sameness_key))
            else:
                found.append(_checked(document, outcome, expected, rules, sameness_key))
    return _without_twins(found), ignored


def _recognise(document: Document, subject: str, expected: Expected, *, alone: bool) -> Sequence[recognising.Outcome]:
    try:
        claim = _claim_of(document)
    except ValueError:
        return (no_such_period(""),)
    about = " ".join(filter(None, (subject, *document.wrapping.names)))  # an archive may name what its files do not
    book = Book(document.name, about, document.tables, alone)
    outcomes = recognising.recognise(book, expected.candidates, expected.today, claim)
    return [_within_reach(outcome, expected.today) for outcome in outcomes]


def _claim_of(document: Document) -> Claim | None:
    """What the hand-over list says the document is. Raises `ValueError` for a period that no calendar has."""
    manifest = document.manifest
    return Claim(manifest.dataflow, Period.parse(manifest.period), manifest.nil) if manifest else None


def _within_reach(outcome: recognising.Outcome, today: date) -> recognising.Outcome:
    """A period that lies lifetimes away was mistyped, and the instants that would follow from it may not exist."""
    if isinstance(outcome, Recognised) and abs(outcome.period.first.year - today.year) > _MOST_YEARS:
        return no_such_period(outcome.table.name if outcome.table else "", outcome.dataflow)
    return outcome


def _refused(document: Document, refused: Refused, sameness_key: bytes) -> Found:
    same = sameness_of(sameness_key, document, refused.sheet)
    return Found(
        document, refused.sheet, same, refused.dataflow, refusal=refused.refusal, sentence=refused.sentence
    )  # fmt: skip


def _checked(
    document: Document, recognised: Recognised, expected: Expected, rules: Rules, sameness_key: bytes
) -> Found:
    name = recognised.table.name if recognised.table else ""
    same = sameness_of(sameness_key, document, name, recognised.dataflow, str(recognised.period))
    found = Found(
        document, name, same, recognised.dataflow, recognised.period, recognised.nil, recognised.assumed_period
    )
    if not recognised.nil:
        context = Context(recognised.period, expected.today, expected.division)
        try:
            checked = _check(rules, recognised, context)
            mended = _repaired(rules, recognised, checked, context)
            found = replace(found, checked=checked, recognised=recognised, repaired=mended)
        except Unsafe:
            return replace(found, refusal=Refusal.UNSAFE)
    rows, stated = found.checked.rows if found.checked else 0, _rows_stated(document)
    if stated is not None and stated != rows:
        return replace(found, refusal=Refusal.MANIFEST_MISMATCH, sentence=rows_differ(stated, rows))
    if not rows and not found.nil:
        return replace(found, refusal=Refusal.EMPTY)
    return found


def _check(rules: Rules, recognised: Recognised, context: Context) -> Checked:
    if recognised.table is not None and is_large(recognised.table):
        return check_apart(rules.dataflows[recognised.dataflow], rules.codelists, recognised, context)
    return check(_compiled(rules, recognised.dataflow), recognised, context)


def _repaired(rules: Rules, recognised: Recognised, checked: Checked, context: Context) -> Repaired | None:
    """The same with certain repairs, where it has errors; nobody looks through the repairs of a large table."""
    if checked.acceptable or recognised.table is None or is_large(recognised.table):
        return None
    return repaired(_compiled(rules, recognised.dataflow), recognised, checked, context)


def _rows_stated(document: Document) -> int | None:
    """The hand-over list's count of rows for this file, which is known by its content and not by its name."""
    manifest = document.manifest
    return next((f.rows for f in manifest.files if f.sha256 == document.sha256), None) if manifest else None


def rows_differ(stated: int, found: int) -> Titles:
    return Titles(
        f"交接清单写明 {stated} 行，表中实有 {found} 行。请核对后重新密封发送。",
        f"The hand-over list says {stated} rows, the sheet has {found}. Please check, and seal it again.",
    )


def no_such_period(sheet: str, dataflow: str | None = None) -> Refused:
    words = Titles(
        "写明的所属时期不存在，或与现在相隔太远。请改正后重新发送。",
        "The period that is named does not exist, or is too far from now. Please correct it and send it again.",
    )
    return Refused(Refusal.PERIOD_UNKNOWN, sheet, words, dataflow)


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


def sameness_of(key: bytes, document: Document, *words: str) -> str:
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
