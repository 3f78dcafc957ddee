"""What is rejected goes back as the sender's own file, with the places marked: made while the sandbox still has it.

Nothing here can change the verdict: where no marked copy can be made, the letter has the list of findings alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from gateway.checks.asked import explained_in, queries
from gateway.checks.fresh_book import fresh_book
from gateway.checks.lists import reference
from gateway.checks.marking import MOST_LISTED, marking
from gateway.core.dataflow import Severity
from gateway.core.explaining import Explanation, fitting
from gateway.core.filenames import harmless
from gateway.core.finding import Finding
from gateway.core.parties import Language, Titles
from gateway.core.rules import Rules
from gateway.handler import Marking, Unreadable
from gateway.judge.details import MOST_FINDINGS, submission_id
from gateway.judge.documents import Document
from gateway.judge.submissions import Found
from gateway.sandbox import Session, Unsafe

MOST_BYTES = 6_000_000  # of all marked copies of one arrival: mail servers refuse much larger letters
_SUFFIX = Titles("（已标出）", "-marked")
_SEVERAL = 5  # files of one arrival


@dataclass(frozen=True, slots=True)
class Marked:
    """A marked copy of the part at this path, under the sender's name for it with a suffix of ours."""

    part: str
    name: str
    data: bytes


Said = Callable[[Found], Sequence[Sequence[Explanation]]]
"""What was said to the queries of a report's versions, newest first."""


def mark_rejected(
    session: Session, found: Sequence[Found], rules: Rules, language: Language, arrival: str, said: Said
) -> tuple[Marked, ...]:
    """A marked copy of each file in which the checks found errors, as far as they fit into the letter."""
    names = {id(one): submission_id(arrival, number) for number, one in enumerate(found)}
    wanted = dict.fromkeys(one.document.part for one in found if _is_rejected(one))
    copies: list[Marked] = []
    left = MOST_BYTES
    for part in islice(wanted, _SEVERAL):
        of_file = [one for one in found if one.document.part == part and one.checked]
        document = of_file[0].document
        told = _marking({names[id(one)]: one for one in of_file}, rules, language, said)
        data = _copy(session, document, told, left)
        if data is not None and len(data) <= left:
            copies.append(Marked(part, _name(document.name, language), data))
            left -= len(data)
    return tuple(copies)


def _is_rejected(found: Found) -> bool:
    return found.refusal is None and found.checked is not None and not found.checked.acceptable


def _marking(found: Mapping[str, Found], rules: Rules, language: Language, said: Said) -> Marking:
    """Of submissions by their ids: a query is known again by the submission and its place among the findings."""
    findings: list[Finding] = []
    references: list[str] = []
    explained: dict[int, str] = {}
    titles: dict[str, Titles] = {}
    for submission, one in found.items():
        assert one.checked
        told = one.checked.findings.first(language, MOST_FINDINGS)[: MOST_LISTED + 1]
        explained |= {len(findings) + number - 1: text for number, text in _explained(one, told, said).items()}
        findings += told
        references += [
            reference(submission, number) if finding.severity is Severity.QUERY else ""
            for number, finding in enumerate(told, 1)
        ]
        titles |= _titles(rules, one.dataflow)
    return marking(findings, titles, language, references, explained)


def _explained(found: Found, told: Sequence[Finding], said: Said) -> Mapping[int, str]:
    """What is known to be said to its queries, by their numbers: in its own column, or else by the newest word."""
    recognised, checked = found.recognised, found.checked
    assert checked and checked.dataflow and recognised and recognised.table and recognised.shape
    asked = queries(told, checked.dataflow, recognised.table, recognised.shape)
    before = fitting(said(found), asked) if asked else {}
    in_column = explained_in(asked, recognised.table, recognised.shape)
    return {number: one.text for number, one in before.items()} | dict(in_column)


def _titles(rules: Rules, dataflow: str | None) -> Mapping[str, Titles]:
    known = rules.dataflows.get(dataflow or "")
    return {field.name: field.titles for field in known.fields} if known else {}


def _copy(session: Session, document: Document, wanted: Marking, most: int) -> bytes | None:
    """Marked in place, or made anew where that cannot be."""
    try:
        return session.mark(document.part, wanted, most)
    except (Unreadable, Unsafe):
        return fresh_book(wanted, document.tables)


def _name(name: str, language: Language) -> str:
    stem = name.rpartition(".")[0] or name
    stem = stem.removesuffix(_SUFFIX[language])
    return harmless(f"{stem}{_SUFFIX[language]}.xlsx")
