"""What an arrival explains, bound to the queries that are asked now, before its verdict is settled.

Explanations come in the lines of a reply, in a list of findings that comes back filled, and in a report's own column.
A report that came back unchanged but for them is no correction: it explains the version that stands. What was said of
an earlier version is carried over to a new one, for each query that is the same in the same row. Whoever explains must
be proven as surely as whoever sent the report, and what had to come encrypted, or did, is explained in that way only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gateway.core.agreement import ProofKind
from gateway.core.explaining import Asked, Explanation, fitting
from gateway.core.parties import Officer
from gateway.core.refusal import Refusal
from gateway.core.rules import Rules
from gateway.judge import explanation_words as words
from gateway.judge.case import Case
from gateway.judge.details import Details, SubmissionDetail, submission_id
from gateway.judge.dossier import Dossier
from gateway.judge.explanation_sources import Source, from_lists, from_reply, of_file
from gateway.judge.shelf import Shelf, encode_list
from gateway.judge.submissions import Found
from gateway.ledger.answers import Submission
from gateway.ledger.views import View
from gateway.vault import NewBlob


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is said of one report. `number` is the place in the arrival of what says it; `of` None: that place itself.

    `stands_at` are the versions and explanations of the obligation that were seen; `list` is None where nothing is to
    be kept. `fewer`: something is answered that was not. `again` said the same before.
    """

    number: int
    of: Submission | None
    obligation: str
    stands_at: tuple[int | None, int | None]
    list: NewBlob | None = None
    added: int = 0
    carried: int = 0
    explained: int = 0
    fewer: bool = False
    refusal: Refusal | None = None
    again: str | None = None


@dataclass(slots=True)
class _Given:
    """What is said to the queries of a version that was judged before, by their numbers."""

    of: Submission
    detail: SubmissionDetail
    texts: dict[int, str] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)


@dataclass(slots=True)
class _Work:
    case: Case
    details: list[SubmissionDetail]
    said: Mapping[int, Mapping[int, str]]
    rules: Rules
    officer: Officer
    shelf: Shelf
    keep: Callable[[bytes], NewBlob]
    notes: list[str] = field(default_factory=list)

    def told(self) -> tuple[str, ...]:
        """The sentences so far, which one submission's part of the letter tells."""
        notes, self.notes = tuple(self.notes), []
        return notes


def concerns(dossier: Dossier) -> bool:
    """Whether somebody proven is asked anything, or may explain it: most reports have nothing of either."""
    examined = dossier.examined
    asked = any(one.asked for one in dossier.details.submissions)
    return examined.proof is not None and bool(examined.reply or examined.lists or asked)


def prepare(
    case: Case, dossier: Dossier, rules: Rules, view: View, read: Callable[[str], bytes],
    keep: Callable[[bytes], NewBlob],
) -> tuple[Details, tuple[Prepared, ...]]:  # fmt: skip
    """What is explained, and the details with what a letter tells of that; only of a dossier that it `concerns`.

    `rules` are those that it was examined by; `read` and `keep` are the vault's.
    """
    examined, details, proof = dossier.examined, dossier.details, dossier.examined.proof
    officer = rules.officer(proof.officer) if proof else None
    assert proof is not None and officer is not None
    shelf = Shelf(view, read)
    work = _Work(case, list(details.submissions), dossier.said, rules, officer, shelf, keep)
    listed, strange = from_lists(examined.lists, proof, officer, shelf)
    replied, unclear = from_reply(examined.reply, proof, officer, rules, shelf)
    work.notes += [*strange, *unclear]
    sources = [*listed, *replied]
    unchanged = {}
    for number, found in enumerate(examined.found):
        if of := _unchanged(work, number, found, sources):
            unchanged[of.submission] = number
            sources.append(of_file(found.document, proof, {of.submission: _in_column(work, number, found, of)}))
    given = _given(work, sources)
    made = [
        _new(work, number, found, given)
        for number, found in enumerate(examined.found)
        if work.details[number].asked and number not in unchanged.values() and not found.refusal
    ]
    for one in given.values():
        made.append(_earlier(work, unchanged.get(one.of.submission, len(work.details)), one))
    return replace(details, submissions=tuple(work.details)), tuple(made)


# --- what came unchanged ---


def _unchanged(work: _Work, number: int, found: Found, sources: Sequence[Source]) -> Submission | None:
    """The version that stands, if this is its table once more, with a list of ours or a filled column."""
    content = work.details[number].content
    if not content or found.refusal or found.dataflow is None:
        return None
    if number not in work.said and all(source.part != found.document.part for source in sources):
        return None
    current = work.shelf.view.accepted(work.officer.department, found.dataflow, str(found.period))
    same = current is not None and work.shelf.detail(current.submission).content == content
    return current if same else None


def _in_column(work: _Work, number: int, found: Found, of: Submission) -> Mapping[int, str]:
    """What its own column says, as said to the queries of the version that stands."""
    said = work.said.get(number, {})
    return _fitted(work, work.details[number].asked, said, work.shelf.detail(of.submission).asked)


def _fitted(work: _Work, asked: Sequence[Asked], said: Mapping[int, str], wanted: Sequence[Asked]) -> dict[int, str]:
    """What is said to the queries of one version, as said to those of another."""
    return {number: one.text for number, one in fitting([_explanations(work, asked, said)], wanted).items()}


def _explanations(work: _Work, asked: Sequence[Asked], said: Mapping[int, str]) -> list[Explanation]:
    return [Explanation(one, said[one.number], work.case.arrival) for one in asked if one.number in said]


# --- whose queries are asked now ---


def _given(work: _Work, sources: Sequence[Source]) -> dict[str, _Given]:
    """All that is said, by the version that it is kept with."""
    found: dict[str, _Given] = {}
    for source in sources:
        for submission, texts in source.texts.items():
            first = work.shelf.view.submission(submission)
            assert first  # sources name only what the ledger knows
            of = work.shelf.standing(first)
            given = found.setdefault(of.submission, _Given(of, work.shelf.detail(of.submission)))
            if refusal := _refused(work, source, given):
                given.refusals.append(refusal)
            elif of.submission == submission:
                given.texts |= texts
            else:
                given.texts |= _moved(work, first, texts, given)
    return found


def _moved(work: _Work, first: Submission, texts: Mapping[int, str], given: _Given) -> dict[int, str]:
    """The same for a newer version, as far as it asks the same of the same rows."""
    told = _explanations(work, work.shelf.detail(first.submission).asked, texts)
    moved = fitting([told], given.detail.asked)
    kept = {one.asked.number for one in moved.values()}
    if gone := [one.asked for one in told if one.asked.number not in kept]:
        flow = work.rules.dataflows.get(first.dataflow or "")
        titles = {one.name: one.titles[work.officer.language] for one in flow.fields} if flow else {}
        places = words.places(gone, titles, work.officer.language)
        work.notes.append(words.GONE[work.officer.language].format(said=places))
    return {number: one.text for number, one in moved.items()}


def _refused(work: _Work, source: Source, given: _Given) -> Refusal | None:
    """Why what came in this way says nothing of that report."""
    of, wrapping = given.of, source.wrapping
    agreement = work.rules.agreements.get(f"{of.department}/{of.dataflow}")
    arrival = work.shelf.view.arrival(of.arrival)
    if agreement is None or arrival is None or arrival.proof is None:
        return Refusal.NOT_OWED
    first = ProofKind.SEAL if of.key else arrival.proof.kind
    if all(kind.rank > first.rank for kind in source.proofs):
        return Refusal.PROOF_TOO_WEAK
    if not source.proofs & {ProofKind.ADMITTED, *agreement.proofs}:
        return Refusal.PROOF_TOO_WEAK
    protections = wrapping.protections if wrapping else frozenset()
    if agreement.must_be_sealed and not protections & agreement.protections:
        return Refusal.MUST_BE_SEALED
    if given.detail.protected and not protections:
        return Refusal.MUST_BE_SEALED
    weak = wrapping is not None and wrapping.no_integrity and not agreement.allow_no_integrity
    return Refusal.WEAKLY_ENCRYPTED if weak else None


# --- what is kept ---


def _new(work: _Work, number: int, found: Found, given: dict[str, _Given]) -> Prepared:
    """Of a report that came now: its own column, what else this arrival says, and what was said of versions before."""
    detail, shelf = work.details[number], work.shelf
    obligation = f"{work.officer.department}/{found.dataflow}/{found.period}"
    said = work.said.get(number, {})
    for one in [one for one in given.values() if one.of.obligation == obligation]:
        said = {**_fitted(work, one.detail.asked, one.texts, detail.asked), **said}
        del given[one.of.submission]
    new = {one.asked.number: one for one in _explanations(work, detail.asked, said)}
    before = fitting(shelf.said_before(obligation), detail.asked)
    carried = {number: replace(one, asked=_of(detail, number)) for number, one in before.items() if number not in new}
    every = {**carried, **new}
    work.details[number] = replace(detail, explained=tuple(sorted(every)), notes=work.told())
    kept = work.keep(encode_list(every.values())) if every else None
    stands_at = shelf.view.explaining_stands_at(obligation)
    return Prepared(number, None, obligation, stands_at, kept, len(new), len(carried), len(every))


def _earlier(work: _Work, number: int, given: _Given) -> Prepared:
    """Of a version that was judged before: what is said now, with all that was."""
    of, target, shelf = given.of, given.detail, work.shelf
    before = {one.asked.number: one for one in shelf.said(of.submission)}
    ever = shelf.ever_said(of.submission)
    new = {
        n: Explanation(_of(target, n), text, work.case.arrival)
        for n, text in given.texts.items()
        if (n, text) not in ever
    }
    every = {**before, **new}
    is_report = number < len(work.details)
    refusal = next(iter(given.refusals), None) if not given.texts else None
    if not given.texts and not refusal and not is_report:
        refusal = Refusal.NOT_ASKED
    told = shelf.view.explained_of(of.submission)
    again = told[0].submission if told and given.texts and not new else None
    _tell(work, number, given, tuple(sorted(every)), refusal)
    assert of.obligation  # else nothing would have been asked
    return Prepared(
        number, of, of.obligation, shelf.view.explaining_stands_at(of.obligation),
        work.keep(encode_list(every.values())) if new else None,
        len(new), 0, len(every), len(every) > len(before), refusal, again,
    )  # fmt: skip


def _tell(work: _Work, number: int, given: _Given, explained: tuple[int, ...], refusal: Refusal | None) -> None:
    """What the letter says about it: the queries that are left, in place of what was found in a report unchanged."""
    own = work.details[number] if number < len(work.details) else SubmissionDetail("", "")
    reason = words.REASONS[refusal][work.officer.language] if refusal in words.REASONS else ""
    detail = replace(
        given.detail, submission=submission_id(work.case.arrival, number), part=own.part, reason=reason,
        of=given.of.submission, explained=explained, notes=work.told(), content="",
        assumed_period=own.assumed_period, no_integrity=own.no_integrity,
        protected=given.detail.protected or own.protected,
    )  # fmt: skip
    work.details[number : number + 1] = [detail]


def _of(detail: SubmissionDetail, number: int) -> Asked:
    return next(one for one in detail.asked if one.number == number)
