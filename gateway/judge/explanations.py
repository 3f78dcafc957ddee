"""What an arrival explains, bound to the queries that are asked now, before its verdict is settled.

Explanations come in the lines of a reply, in a list of findings that comes back filled, and in a report's own column.
A report that came back unchanged but for them is no correction: it explains the version that stands. What was said of
an earlier version is carried over to a new one, for each query that is the same in the same row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.core.explaining import Asked, Explanation, fitting
from gateway.core.parties import Language
from gateway.core.refusal import Refusal
from gateway.core.rules import Rules
from gateway.judge import explanation_words as words
from gateway.judge.case import Case
from gateway.judge.details import Details, SubmissionDetail, submission_id
from gateway.judge.dossier import Dossier
from gateway.judge.explanation_given import Given, Hearing, explanations, given, moved
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
class _Work:
    hearing: Hearing
    details: list[SubmissionDetail]
    said: Mapping[int, Mapping[int, str]]
    keep: Callable[[bytes], NewBlob]

    @property
    def shelf(self) -> Shelf:
        return self.hearing.shelf

    @property
    def language(self) -> Language:
        return self.hearing.officer.language

    def told(self) -> tuple[str, ...]:
        """The sentences so far, which one submission's part of the letter tells."""
        notes, self.hearing.notes = tuple(self.hearing.notes), []
        return notes

    def obligation(self, found: Found) -> str:
        return f"{self.hearing.officer.department}/{found.dataflow}/{found.period}"


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
    hearing = Hearing(case.arrival, officer, rules, Shelf(view, read))
    work = _Work(hearing, list(details.submissions), dossier.said, keep)
    listed, strange = from_lists(examined.lists, proof, officer, work.shelf)
    replied, unclear = from_reply(examined.reply, proof, officer, rules, work.shelf)
    hearing.notes += [*strange, *unclear]
    sources = [*listed, *replied]
    unchanged = {}
    for number, found in enumerate(examined.found):
        if of := _unchanged(work, number, found, sources):
            unchanged[of.submission] = number
            sources.append(of_file(found.document, proof, {of.submission: _in_column(work, number, found, of)}))
    said = given(hearing, sources)
    told_of = {one.of.obligation for one in said.values()}
    made = [
        _new(work, number, found, said)
        for number, found in enumerate(examined.found)
        if number not in unchanged.values() and not found.refusal
        if work.details[number].asked or work.obligation(found) in told_of
    ]
    for one in said.values():
        made.append(_earlier(work, unchanged.get(one.of.submission, len(work.details)), one))
    if hearing.notes and work.details:
        work.details[0] = replace(work.details[0], notes=(*work.details[0].notes, *work.told()))
    return replace(details, submissions=tuple(work.details)), tuple(made)


# --- what came unchanged ---


def _unchanged(work: _Work, number: int, found: Found, sources: Sequence[Source]) -> Submission | None:
    """The version that stands, if this is its table once more, and it or anything beside it explains that."""
    content, view = work.details[number].content, work.shelf.view
    if not content or found.refusal or found.dataflow is None:
        return None
    current = view.accepted(work.hearing.officer.department, found.dataflow, str(found.period))
    if current is None or work.shelf.detail(current.submission).content != content:
        return None
    meant = {one.obligation for source in sources for of in source.texts if (one := view.submission(of))}
    return current if number in work.said or current.obligation in meant else None


def _in_column(work: _Work, number: int, found: Found, of: Submission) -> Mapping[int, str]:
    """What its own column says, as said to the queries of the version that stands."""
    said = work.said.get(number, {})
    told = explanations(work.details[number].asked, said, work.hearing.arrival)
    return {number: one.text for number, one in fitting([told], work.shelf.detail(of.submission).asked).items()}


# --- what is kept ---


def _new(work: _Work, number: int, found: Found, said_of: dict[str, Given]) -> Prepared:
    """Of a report that came now: its own column, what else this arrival says, and what was said of versions before."""
    detail, shelf, obligation = work.details[number], work.shelf, work.obligation(found)
    said = dict(work.said.get(number, {}))
    for one in [one for one in said_of.values() if one.of.obligation == obligation]:
        said = _of_version(work, one, detail) | said
        del said_of[one.of.submission]
    new = {one.asked.number: one for one in explanations(detail.asked, said, work.hearing.arrival)}
    before = fitting(shelf.said_before(obligation), detail.asked)
    carried = {number: replace(one, asked=_of(detail, number)) for number, one in before.items() if number not in new}
    every = {**carried, **new}
    work.details[number] = replace(detail, explained=tuple(sorted(every)), notes=work.told())
    kept = work.keep(encode_list(every.values())) if every else None
    stands_at = shelf.view.explaining_stands_at(obligation)
    return Prepared(number, None, obligation, stands_at, kept, len(new), len(carried), len(every))


def _of_version(work: _Work, one: Given, detail: SubmissionDetail) -> dict[int, str]:
    """What is said of an earlier version in the arrival that brings this one; what is not taken of it is told."""
    hearing = work.hearing
    if one.refusals and not one.texts and (reason := words.REASONS.get(one.refusals[0])):
        hearing.notes.append(reason[work.language])
    told = explanations(one.detail.asked, one.fresh, hearing.arrival)
    found = moved(hearing, told, detail.asked, one.of.dataflow, words.GONE_NOW[work.language])
    return {number: one.text for number, one in found.items()}


def _earlier(work: _Work, number: int, given: Given) -> Prepared:
    """Of a version that was judged before: what is said now, with all that was."""
    of, target, shelf = given.of, given.detail, work.shelf
    before = {one.asked.number: one for one in shelf.said(of.submission)}
    new = {n: Explanation(_of(target, n), text, work.hearing.arrival) for n, text in given.fresh.items()}
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


def _tell(work: _Work, number: int, given: Given, explained: tuple[int, ...], refusal: Refusal | None) -> None:
    """What the letter says about it: the queries that are left, in place of what was found in a report unchanged."""
    own = work.details[number] if number < len(work.details) else SubmissionDetail("", "")
    reason = words.REASONS[refusal][work.language] if refusal in words.REASONS else ""
    detail = replace(
        given.detail, submission=submission_id(work.hearing.arrival, number), part=own.part, reason=reason,
        of=given.of.submission, explained=explained, notes=work.told(), content="",
        assumed_period=own.assumed_period, no_integrity=own.no_integrity,
        protected=given.detail.protected or own.protected,
    )  # fmt: skip
    work.details[number : number + 1] = [detail]


def _of(detail: SubmissionDetail, number: int) -> Asked:
    return next(one for one in detail.asked if one.number == number)
