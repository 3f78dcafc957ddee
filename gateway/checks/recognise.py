"""Which report is this sheet, and for which period?

A verified manifest settles both. Else the header decides: the dataflow whose required columns are all there, and of
several the one in whose words most columns are known. What the sheet, the file and the subject are called corroborates
or breaks a tie; where it says something else than the header, or than each other, nobody guesses: the sheet is refused
with a sentence that names both. A file name shared by several reports in it, and a subject shared by several files,
are asked only where nothing nearer speaks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from gateway.checks import refused
from gateway.checks.names import Witness, dataflows_named, explains
from gateway.checks.periods import periods_in
from gateway.checks.refused import Refused
from gateway.checks.rows import blank, is_nil
from gateway.checks.sheet import SEEN_ROWS, Head, Shape, find_header
from gateway.core.dataflow import Dataflow
from gateway.core.period import Frequency, Period
from gateway.core.refusal import Refusal
from gateway.core.rules import Rules
from gateway.core.table import Table


@dataclass(frozen=True, slots=True)
class Candidate:
    """A dataflow that the proven department owes. `wanted` are the open periods not yet fulfilled."""

    dataflow: Dataflow
    frequency: Frequency
    open: tuple[Period, ...]
    wanted: tuple[Period, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """What a verified manifest says; `nil`: nothing to report this period."""

    dataflow: str
    period: Period
    nil: bool = False


@dataclass(frozen=True, slots=True)
class Book:
    """One file of tables as it came. `alone`: no other file with tables is in the mail, so the subject is about it."""

    file_name: str
    subject: str
    tables: Sequence[Table]
    alone: bool = True


@dataclass(frozen=True, slots=True)
class Recognised:
    """A sheet that is a submission. `table` and `shape` are None for a nil manifest without a table.

    `assumed_period`: nothing named the period, and exactly one was open and not fulfilled; the receipt must say so.
    """

    dataflow: str
    period: Period
    table: Table | None
    shape: Shape | None
    nil: bool = False
    assumed_period: bool = False


@dataclass(frozen=True, slots=True)
class Ignored:
    """A sheet that is no submission: `empty`, or `no_header` (an explanation, an example, a code list)."""

    sheet: str
    why: str


Outcome = Recognised | Refused | Ignored


def candidates(rules: Rules, department: str, open_periods: Mapping[str, Sequence[Period]],
               wanted: Mapping[str, Sequence[Period]]) -> tuple[Candidate, ...]:  # fmt: skip
    """What the department owes, with the periods of each dataflow that are open, and of these the unfulfilled ones."""
    return tuple(
        Candidate(
            rules.dataflows[agreement.dataflow],
            rules.timetables[agreement.timetable].frequency,
            tuple(open_periods.get(agreement.dataflow, ())),
            tuple(wanted.get(agreement.dataflow, ())),
        )
        for agreement in rules.owed_by(department)
    )


def recognise(book: Book, owed: Sequence[Candidate], today: date, claim: Claim | None = None) -> tuple[Outcome, ...]:
    """One outcome for each sheet of the file, in order; a file without any report is refused as a whole.

    `today` is the local day on which the arrival was had.
    """
    if claim:
        return _claimed(book, owed, claim)
    heads = [head for _, head in _heads(book)]
    fits = [_fits(head, owed) for head in heads]
    aside = _explaining(book, owed)
    if any(fit and not explaining for fit, explaining in zip(fits, aside, strict=True)):
        fits = [[] if explaining else fit for fit, explaining in zip(fits, aside, strict=True)]
    several = sum(bool(fit) for fit in fits) > 1
    outcomes: list[Outcome] = []
    for table, head, fit in zip(book.tables, heads, fits, strict=True):
        if not fit:
            outcomes.append(Ignored(table.name, "empty" if _is_empty(table, head) else "no_header"))
            continue
        outcomes.append(_one(book, table, head, fit, owed, today, several))
    if any(fits):
        return tuple(outcomes)
    return (*outcomes, _nothing(book, owed, all(isinstance(o, Ignored) and o.why == "empty" for o in outcomes)))


Fit = tuple[Candidate, Shape]


def _heads(book: Book) -> list[tuple[Table, Head]]:
    return [(table, Head(table.head(SEEN_ROWS))) for table in book.tables]


def _explaining(book: Book, owed: Sequence[Candidate]) -> list[bool]:
    """Which sheets are called an explanation, an example, a code list."""
    return [explains(table.name, [candidate.dataflow for candidate in owed]) for table in book.tables]


def _fits(head: Head, owed: Sequence[Candidate]) -> list[Fit]:
    found = [(candidate, find_header(candidate.dataflow, head)) for candidate in owed]
    return [(candidate, shape) for candidate, shape in found if shape]


def _is_empty(table: Table, head: Head) -> bool:
    return table.height <= SEEN_ROWS and all(blank(cell) for row in head.rows for cell in row)


def _one(book: Book, table: Table, head: Head, fits: list[Fit], owed: Sequence[Candidate],
         today: date, several: bool) -> Outcome:  # fmt: skip
    top = min(shape.header_row - shape.header_rows for _, shape in fits)
    witnesses = _witnesses(book, table, head.rows[:top], several)
    chosen = _choose(table.name, fits, dataflows_named(witnesses, [c.dataflow for c in owed]))
    if isinstance(chosen, Refused):
        return chosen
    candidate, shape = chosen
    if shape.missing:
        return refused.header_incomplete(table.name, candidate.dataflow, shape.missing)
    period = _period(table.name, candidate, witnesses, today)
    if isinstance(period, Refused):
        return period
    found, assumed = period
    return Recognised(candidate.dataflow.id, found, table, shape, _nil(table, head, shape), assumed)


def _witnesses(book: Book, table: Table, above: Sequence[Sequence[str]], several: bool) -> tuple[Witness, ...]:
    titles = "\n".join(cell for row in above for cell in row if cell)
    return (
        Witness("title", titles),
        Witness("sheet", table.name),
        Witness("file", book.file_name, shared=several),
        Witness("subject", book.subject, shared=several or not book.alone),
    )


def _choose(sheet: str, fits: list[Fit], named: Sequence[tuple[Witness, frozenset[str]]]) -> Fit | Refused:
    """The fit that the header decides, and no witness contradicts. Of incomplete headers, the one that is named."""
    whole = [fit for fit in fits if fit[1].is_whole]
    best = _highest(whole or _named_among(fits, named) or fits)
    for _, names in named:
        best = [fit for fit in best if fit[0].dataflow.id in names] or best
    if len(best) > 1:
        return refused.dataflow_ambiguous(sheet, [fit[0].dataflow for fit in best])
    chosen = best[0]
    if not whole:
        return chosen
    spoken = [(witness, names) for witness, names in named if not witness.shared] or list(named[:1])
    for witness, names in spoken:
        if chosen[0].dataflow.id not in names:
            return refused.dataflow_contradicted(sheet, chosen[0].dataflow, witness)
    return chosen


def _named_among(fits: list[Fit], named: Sequence[tuple[Witness, frozenset[str]]]) -> list[Fit]:
    return [fit for fit in fits if named and fit[0].dataflow.id in named[0][1]]


def _highest(fits: list[Fit]) -> list[Fit]:
    """Those in whose words most columns are known, and fewest are not."""
    ranks = [(len(shape.columns) - len(shape.missing), -len(shape.unknown)) for _, shape in fits]
    return [fit for fit, rank in zip(fits, ranks, strict=True) if rank == max(ranks)]


def _period(sheet: str, candidate: Candidate, witnesses: Sequence[Witness],
            today: date) -> tuple[Period, bool] | Refused:  # fmt: skip
    said = [(w, periods_in(w.text, candidate.frequency, candidate.open, today)) for w in witnesses]
    said = [(witness, periods) for witness, periods in said if periods]
    own = [(witness, periods) for witness, periods in said if not witness.shared] or said[:1]
    if not own:
        return _unnamed(sheet, candidate, today)
    common = frozenset.intersection(*(periods for _, periods in own))
    if len(common) == 1:
        return next(iter(common)), False
    return refused.period_ambiguous(sheet, candidate.dataflow, own)


def _unnamed(sheet: str, candidate: Candidate, today: date) -> tuple[Period, bool] | Refused:
    if candidate.frequency is Frequency.ON_OCCURRENCE:
        return Period.containing(today, candidate.frequency), True
    if len(candidate.open) == 1 and candidate.wanted == candidate.open:
        return candidate.open[0], True
    return refused.period_unknown(sheet, candidate.dataflow, candidate.open)


def _nil(table: Table, head: Head, shape: Shape) -> bool:
    return table.height <= SEEN_ROWS and is_nil(head.rows[shape.header_row :])


def _nothing(book: Book, owed: Sequence[Candidate], is_empty: bool) -> Refused:
    if is_empty:
        return Refused(Refusal.EMPTY, "", refused.empty())
    names = [Witness("file", book.file_name)] + ([Witness("subject", book.subject)] if book.alone else [])
    named = dataflows_named(names, [candidate.dataflow for candidate in owed])
    for candidate in owed:
        if named and named[0][1] == {candidate.dataflow.id}:
            required = tuple(field.name for field in candidate.dataflow.fields if field.required)
            return refused.header_incomplete("", candidate.dataflow, required)
    return refused.dataflow_unknown([candidate.dataflow for candidate in owed])


def _claimed(book: Book, owed: Sequence[Candidate], claim: Claim) -> tuple[Outcome, ...]:
    """A manifest settles what it is; the header must still be there."""
    candidate = next((c for c in owed if c.dataflow.id == claim.dataflow), None)
    if candidate is None:
        return (refused.not_owed([c.dataflow for c in owed]),)
    outcomes: list[Outcome] = []
    aside = _explaining(book, owed)
    found_in = [(table, head, find_header(candidate.dataflow, head)) for table, head in _heads(book)]
    is_told_elsewhere = any(shape and not one for (*_, shape), one in zip(found_in, aside, strict=True))
    for (table, head, shape), explaining in zip(found_in, aside, strict=True):
        if shape is None or (is_told_elsewhere and explaining):
            outcomes.append(Ignored(table.name, "empty" if _is_empty(table, head) else "no_header"))
        elif shape.missing:
            outcomes.append(refused.header_incomplete(table.name, candidate.dataflow, shape.missing))
        else:
            nil = _nil(table, head, shape)
            found = Recognised(claim.dataflow, claim.period, table, shape, nil)
            outcomes.append(refused.nil_with_rows(table.name, claim.dataflow) if claim.nil and not nil else found)
    if all(isinstance(outcome, Ignored) for outcome in outcomes):
        if claim.nil:
            return (*outcomes, Recognised(claim.dataflow, claim.period, None, None, nil=True))
        required = tuple(field.name for field in candidate.dataflow.fields if field.required)
        return (*outcomes, refused.header_incomplete("", candidate.dataflow, required))
    return tuple(outcomes)
