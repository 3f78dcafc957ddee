"""Where explanations come from: the lines of a reply, and lists of findings that come back filled.

What they say is told by the submission and the number of the query that they answer, as the letter had it. A list may
name whatever was typed into it: only queries of the sender's own department are answered by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.checks.lists import Line, read_list
from gateway.core.agreement import ProofKind
from gateway.core.facts import Proof
from gateway.core.matter import Matter
from gateway.core.parties import Officer
from gateway.core.rules import Rules
from gateway.judge import explanation_words as words
from gateway.judge.agreeing import BY_REPLY, Agreed
from gateway.judge.binding import Open, bind
from gateway.judge.consents import SIGNED
from gateway.judge.documents import Document, Wrapping, proofs_of
from gateway.judge.explaining import Reply
from gateway.judge.shelf import Shelf
from gateway.ledger.answers import Submission

_BY_TEXT = frozenset({ProofKind.DKIM, ProofKind.UPSTREAM}) | SIGNED  # the text is proven, other fields perhaps not
_MOST_REPORTS = 20  # that one arrival explains

Texts = Mapping[str, Mapping[int, str]]
"""What is said: by submission, and by the number of the query among its findings."""


@dataclass(frozen=True, slots=True)
class Returned:
    """A list of ours that came back, in a file of its own or in front of the report."""

    document: Document
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """What is said, and how it came: its proofs and what was around it; a reply has no `part`."""

    texts: Texts
    proofs: frozenset[ProofKind]
    wrapping: Wrapping | None = None
    part: str = ""


def without_lists(files: Sequence[Document]) -> tuple[tuple[Document, ...], tuple[Returned, ...]]:
    """The files without our own lists, and those."""
    left: list[Document] = []
    found: list[Returned] = []
    for document in files:
        lists = {place: lines for place, table in enumerate(document.tables) if (lines := read_list(table)) is not None}
        found += [Returned(replace(document, tables=()), lines) for lines in lists.values()]
        tables = tuple(table for place, table in enumerate(document.tables) if place not in lists)
        if tables or not lists:
            left.append(replace(document, tables=tables) if lists else document)
    return tuple(left), tuple(found)


def from_lists(
    lists: Sequence[Returned], proof: Proof, officer: Officer, shelf: Shelf
) -> tuple[list[Source], list[str]]:
    """The filled lists, and sentences on lines that fit nothing."""
    sources, strange = [], 0
    for returned in lists:
        texts: dict[str, dict[int, str]] = {}
        for line in returned.lines:
            if line.submission not in texts and len(texts) < _MOST_REPORTS:
                texts[line.submission] = {}
            if line.number in _numbers(shelf, line.submission, officer.department):
                texts[line.submission][line.number] = line.text
            else:
                strange += 1
        filled = {submission: said for submission, said in texts.items() if said}
        sources.append(of_file(returned.document, proof, filled))
    notes = [words.OTHER_LIST[officer.language].format(count=strange)] if strange else []
    return sources, notes


def _numbers(shelf: Shelf, submission: str, department: str) -> frozenset[int]:
    known = shelf.explainable(submission, department)
    asked = shelf.detail(submission).asked if known and known.submission == submission else ()
    return frozenset(one.number for one in asked)


def of_file(document: Document, proof: Proof, texts: Texts) -> Source:
    """What is said in a file, with all that holds for that file."""
    return Source(texts, proofs_of(document, proof), document.wrapping, document.part)


def from_reply(
    reply: Reply | None, proof: Proof, officer: Officer, rules: Rules, shelf: Shelf
) -> tuple[list[Source], list[str]]:
    """The lines of a reply, where the message as a whole is proven; and sentences on those that fit nothing."""
    if reply is None or proof.kind not in BY_REPLY | SIGNED:
        return [], []
    reports = []
    for submission in _meant(reply.to, proof, officer.department, shelf):
        asked, dataflow = shelf.detail(submission.submission).asked, rules.dataflows.get(submission.dataflow or "")
        if dataflow and asked:
            reports.append(Open(submission.submission, dataflow, asked))
    if not reports:
        return [], []
    bound = bind(reply.lines, reports, officer.language)
    return [Source(bound.texts or {reports[0].submission: {}}, frozenset({proof.kind}), reply.wrapping)], bound.notes


def _meant(to: Agreed, proof: Proof, department: str, shelf: Shelf) -> list[Submission]:
    """The reports with queries that the answered letter told of."""
    found: dict[str, Submission] = {}
    for arrival in dict.fromkeys(_arrivals(to, proof, shelf)):
        for one in shelf.view.submissions_of(arrival):
            if known := shelf.explainable(one.submission, department):
                found.setdefault(known.submission, known)
    return list(found.values())[:_MOST_REPORTS]


def _arrivals(to: Agreed, proof: Proof, shelf: Shelf) -> Iterator[str]:
    if proof.kind in _BY_TEXT:
        yield from to.in_text
        return
    known = [letter for letter in map(shelf.view.letter, to.letters) if letter]
    yield from (about.id for letter in known for about in letter.about if Matter.of(about) is Matter.VERDICT)
    if not known:
        yield from to.arrivals
