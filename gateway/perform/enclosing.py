"""What goes with a letter about findings: the list as a table, and the officer's own file with the places marked.

What had to come encrypted, or did, goes back sealed for the officer and in no other way. Its letter quotes no cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.checks.fresh_book import fresh_book
from gateway.checks.marking import MOST_LISTED, marking
from gateway.checks.sentences import findings_csv, unquoted
from gateway.core.facts import Judged, SubmissionVerdict
from gateway.core.finding import Finding
from gateway.core.message import Attachment
from gateway.core.parties import Language, Officer
from gateway.handler import Part
from gateway.judge.consents import list_name
from gateway.judge.details import Details
from gateway.ledger.answers import Repair
from gateway.perform.office import Office
from gateway.release.package import NoKey, seal_for
from gateway.release.workbook import MEDIA

MOST = 20_000_000  # bytes of a marked workbook
CSV = "text/csv"
SEALED = "application/octet-stream"
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Enclosed:
    """`marked`, `mended`, `listed` are the names of workbooks, and `sealed` that of the sealed file, by submission.

    `closed` are the submissions whose cells the letter must not quote; without a name in `sealed`, because the officer
    has no valid key, their details go nowhere.
    """

    attachments: tuple[Attachment, ...] = ()
    marked: Mapping[str, str] = field(default_factory=dict)
    sealed: Mapping[str, str] = field(default_factory=dict)
    closed: frozenset[str] = frozenset()
    dataflows: Mapping[str, str | None] = field(default_factory=dict)
    mended: Mapping[str, str] = field(default_factory=dict)
    listed: Mapping[str, str] = field(default_factory=dict)


def enclose(
    office: Office, judged: Judged, details: Details, officer: Officer, answers: Sequence[Mapping[str, Any]] = ()
) -> Enclosed:
    """All that is enclosed about the findings of one arrival, and about its repairs.

    `answers` are what the letter tells of each submission: `offer` is what is offered for it, of which the list goes
    sealed only, to be agreed to; `taken` is what it was made by, of which the mended file goes to its officer.
    """
    offers = {one["submission"]: one["offer"] for one in answers if one["offer"]}
    told = [v for v in judged.submissions if v.verdict != "duplicate" and details.of(v.submission).left()]
    closed = frozenset(v.submission for v in judged.submissions if _is_closed(office, v, details))
    attachments: list[Attachment] = []
    marked: dict[str, str] = {}
    sealed: dict[str, str] = {}
    for verdicts in _by_file(told, details):
        parts = list(_files(office, verdicts, details, officer.language))
        marked |= {v.submission: part.name for v in verdicts if v.findings for part in parts if part.media == MEDIA}
        if not any(v.submission in closed for v in verdicts):
            attachments += [Attachment(part.name, part.media, part.data) for part in parts]
            continue
        closed |= {v.submission for v in verdicts}
        parts += _lists(office, verdicts, offers)
        if package := _sealed(office, verdicts[0], parts, officer):
            attachments.append(package)
            sealed |= {v.submission: package.name for v in verdicts}
    mended: dict[str, str] = {}
    for about, offer in _mended(answers).items():
        part = Part(office.store.meta(offer.file)["name"], MEDIA, office.store.read_all(offer.file, MOST))
        verdict = next(v for v in judged.submissions if v.submission == about)
        if not offer.protected and about not in closed:
            attachments.append(Attachment(part.name, part.media, part.data))
        elif package := _sealed(office, verdict, [part], officer, "mended"):
            attachments.append(package)
            sealed[about] = package.name
        else:
            continue
        mended[about] = part.name
    dataflows = {v.submission: v.dataflow for v in judged.submissions}
    listed = {v.submission: _list_name(v.submission, details) for v in told}
    return Enclosed(tuple(attachments), marked, sealed, closed, dataflows, mended, listed)


def shown(office: Office, enclosed: Enclosed, told: Mapping[str, Any], language: Language) -> dict[str, object]:
    """What a letter says of its enclosures about one submission, and the findings as it may quote them."""
    about, rules = told["submission"], office.rules
    findings: Sequence[Finding] = told["findings"]
    if about in enclosed.closed:
        dataflow = rules.dataflows.get(enclosed.dataflows[about] or "")
        findings = tuple(unquoted(finding, dataflow, rules.codelists, language) for finding in findings)
    return {
        "findings": findings,
        "marked": enclosed.marked.get(about, ""),
        "listed": enclosed.listed.get(about, ""),
        "sealed": enclosed.sealed.get(about, ""),
        "closed": about in enclosed.closed,
        "mended": enclosed.mended.get(about, ""),
    }


def _is_closed(office: Office, verdict: SubmissionVerdict, details: Details) -> bool:
    """Whether it had to come encrypted, or did."""
    agreement = office.rules.agreements.get(f"{verdict.department}/{verdict.dataflow}")
    return details.of(verdict.submission).protected or (agreement is not None and agreement.must_be_sealed)


def _by_file(verdicts: Iterable[SubmissionVerdict], details: Details) -> Iterable[Sequence[SubmissionVerdict]]:
    """Submissions that came in one file go back in one: its marked copy shows all of it."""
    found: dict[str, list[SubmissionVerdict]] = {}
    for verdict in verdicts:
        found.setdefault(details.of(verdict.submission).part, []).append(verdict)
    return found.values()


def _files(
    office: Office, verdicts: Sequence[SubmissionVerdict], details: Details, language: Language
) -> Iterable[Part]:
    for blob in dict.fromkeys(v.findings for v in verdicts if v.findings):
        yield Part(office.store.meta(blob)["name"], MEDIA, office.store.read_all(blob, MOST))
    for verdict in verdicts:
        dataflow = office.rules.dataflows.get(verdict.dataflow or "")
        titles = {f.name: f.titles for f in dataflow.fields} if dataflow else {}
        references, findings = zip(*details.of(verdict.submission).left(), strict=True)
        name = _list_name(verdict.submission, details)
        if name.endswith(".csv"):
            yield Part(name, CSV, findings_csv(findings, titles, language, references))
        elif book := fresh_book(marking(findings, titles, language, references), ()):
            yield Part(name, MEDIA, book)


def _list_name(submission: str, details: Details) -> str:
    """Where nothing is to be mended, the list is a workbook in which one can write."""
    left = details.of(submission).left()
    is_asked = all(reference for reference, _ in left) and len(left) <= MOST_LISTED
    return f"findings-{submission}.{'xlsx' if is_asked else 'csv'}"


def _lists(office: Office, verdicts: Sequence[SubmissionVerdict], offers: Mapping[str, Repair]) -> Iterable[Part]:
    for verdict in verdicts:
        if offer := offers.get(verdict.submission):
            yield Part(list_name(verdict.submission), JSON, office.store.read_all(offer.changes, MOST))


def _mended(answers: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """What was taken and has a mended file; a file of several submissions is sent once, with the first."""
    by_file = {one["taken"].file: (one["submission"], one["taken"]) for one in reversed(answers) if one["taken"]}
    return {about: taken for file, (about, taken) in by_file.items() if file}


def _sealed(
    office: Office, about: SubmissionVerdict, parts: Sequence[Part], officer: Officer, what: str = "findings"
) -> Attachment | None:
    try:
        data = seal_for(
            parts,
            dataflow=about.dataflow or "",
            period=about.period or "",
            rows={},
            department=office.rules.departments[officer.department],
            officers=(officer,),
            rules=office.rules,
            key=office.key,
            signing_seed=office.signing_seed,
            sequence=office.store.latest().size,
            at=office.clock.now(),
        )
    except NoKey:
        return None
    return Attachment(f"{what}-{about.submission}.sealed", SEALED, data)
