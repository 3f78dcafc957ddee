"""What an arrival says to the queries of versions that were judged before, as far as its sender may say it so.

It counts for the version whose queries are asked now. Whoever explains must be proven as surely as whoever sent the
report, and what had to come encrypted, or did, is explained in that way only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from gateway.core.agreement import ProofKind
from gateway.core.explaining import Asked, Explanation, fitting
from gateway.core.facts import Proof
from gateway.core.parties import Officer
from gateway.core.refusal import Refusal
from gateway.core.rules import Rules
from gateway.judge import explanation_words as words
from gateway.judge.details import SubmissionDetail
from gateway.judge.explaining import Reply
from gateway.judge.explanation_sources import Returned, Source, from_lists, from_reply
from gateway.judge.shelf import MOST_BYTES, Shelf
from gateway.ledger.answers import Submission
from gateway.store import Store


@dataclass(slots=True)
class Hearing:
    """Whose arrival is heard, by which rules and over what shelf. `notes` gathers sentences on what was not taken."""

    arrival: str
    officer: Officer
    rules: Rules
    shelf: Shelf
    notes: list[str] = field(default_factory=list)

    def titles(self, dataflow: str | None) -> Mapping[str, str]:
        """Of the fields, in the officer's language."""
        flow = self.rules.dataflows.get(dataflow or "")
        return {one.name: one.titles[self.officer.language] for one in flow.fields} if flow else {}


@dataclass(slots=True)
class Given:
    """What is said to the queries of a version that was judged before, by their numbers.

    `known` are those of which the same was said at any time before: an old reply sent again brings nothing back, nor
    does a list of ours that comes back as it went.
    """

    of: Submission
    detail: SubmissionDetail
    texts: dict[int, str] = field(default_factory=dict)
    known: set[int] = field(default_factory=set)
    refusals: list[Refusal] = field(default_factory=list)

    @property
    def fresh(self) -> dict[int, str]:
        return {number: text for number, text in self.texts.items() if number not in self.known}


def explanations(asked: Sequence[Asked], said: Mapping[int, str], arrival: str) -> list[Explanation]:
    """What is said to queries by their numbers, each with its query."""
    return [Explanation(one, said[one.number], arrival) for one in asked if one.number in said]


def given(hearing: Hearing, sources: Iterable[Source]) -> dict[str, Given]:
    """All that is said, by the version that it is kept with."""
    found: dict[str, Given] = {}
    for source in sources:
        for submission, texts in source.texts.items():
            first = hearing.shelf.view.submission(submission)
            assert first  # sources name only what the ledger knows
            of = hearing.shelf.standing(first)
            one = found.setdefault(of.submission, Given(of, hearing.shelf.detail(of.submission)))
            if refusal := _refused(hearing, source, one):
                one.refusals.append(refusal)
            else:
                _take(hearing, first, texts, one)
    return found


def _take(hearing: Hearing, first: Submission, texts: Mapping[int, str], to: Given) -> None:
    """As said of that version itself, or of a newer one as far as it asks the same of the same rows."""
    told = explanations(hearing.shelf.detail(first.submission).asked, texts, hearing.arrival)
    found: Mapping[int, Explanation] = {one.asked.number: one for one in told}
    if to.of.submission != first.submission:
        found = moved(hearing, told, to.detail.asked, first.dataflow, words.GONE[hearing.officer.language])
    then, now = (hearing.shelf.ever_said(of) for of in (first.submission, to.of.submission))
    to.texts |= {number: one.text for number, one in found.items()}
    to.known -= found.keys()
    to.known |= {n for n, one in found.items() if (n, one.text) in now or (one.asked.number, one.text) in then}


def moved(
    hearing: Hearing, told: Sequence[Explanation], asked: Sequence[Asked], dataflow: str | None, gone: str
) -> Mapping[int, Explanation]:
    """What is said to these queries, by their numbers; `gone` is the sentence on what fits none of them."""
    found = fitting([told], asked)
    kept = {one.asked.number for one in found.values()}
    if lost := [one.asked for one in told if one.asked.number not in kept]:
        places = words.places(lost, hearing.titles(dataflow), hearing.officer.language)
        hearing.notes.append(gone.format(said=places))
    return found


def _refused(hearing: Hearing, source: Source, to: Given) -> Refusal | None:
    """Why what came in this way says nothing of that report."""
    of, wrapping = to.of, source.wrapping
    agreement = hearing.rules.agreements.get(f"{of.department}/{of.dataflow}")
    arrival = hearing.shelf.view.arrival(of.arrival)
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
    if to.detail.protected and not protections:
        return Refusal.MUST_BE_SEALED
    weak = wrapping is not None and wrapping.no_integrity and not agreement.allow_no_integrity
    return Refusal.WEAKLY_ENCRYPTED if weak else None


# --- asked while a report is still being examined, for the copy that goes back ---


@dataclass(frozen=True, slots=True)
class Saying:
    """What an arrival says beside a report for this obligation, and by what it is proven."""

    arrival: str
    department: str
    proof: Proof
    reply: Reply | None = None
    lists: tuple[Returned, ...] = ()
    obligation: str = ""


Sayings = Callable[[Saying], Sequence[Sequence[Explanation]]]
"""All that was said to the queries of an obligation's reports: lists, each of one version, newest first."""


def sayings_from(store: Store, rules: Rules) -> Sayings:
    """A question to ledger and vault."""

    def sayings(saying: Saying) -> Sequence[Sequence[Explanation]]:
        officer = rules.officer(saying.proof.officer)
        assert officer is not None  # whoever is proven is configured
        with store.view() as view:
            shelf = Shelf(view, lambda blob: store.read_all(blob, MOST_BYTES))
            hearing = Hearing(saying.arrival, officer, rules, shelf)
            sources = [
                *from_lists(saying.lists, saying.proof, officer, shelf)[0],
                *from_reply(saying.reply, saying.proof, officer, rules, shelf)[0],
            ]
            now = [
                explanations(one.detail.asked, one.fresh, saying.arrival)
                for one in given(hearing, sources).values()
                if one.of.obligation == saying.obligation
            ]
            return [*now, *shelf.said_before(saying.obligation)]

    return sayings
