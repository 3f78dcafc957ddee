"""The account of the month, as it is printed: what came, what was answered, who was chased, what went back.

Everything told is read from the journal, fact by fact, and from the letters that were really delivered.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from gateway.core.agreement import ProofKind
from gateway.core.facts import (
    Confirmed,
    Explained,
    Extended,
    Fact,
    Integrated,
    Judged,
    KeyConfirmed,
    KeyOffered,
    Owed,
    Questioned,
    Received,
    Released,
    RepairOffered,
    RepairTaken,
    SubmissionVerdict,
)
from gateway.core.parties import Language
from gateway.core.refusal import Refusal, sentence
from gateway.core.rules import Rules
from gateway.demo.founding import ZONE
from gateway.demo.post_office import Delivered
from gateway.demo.story import Chapter

_COLOURS = {"accepted": "green", "explained": "green", "rejected": "magenta", "duplicate": "yellow"}
_CHANNELS = {"smtp": "by SMTP", "imap": "from the foreign mailbox", "folder": "in the shared folder"}
_PROOFS = {
    ProofKind.SUBMISSION: "login",
    ProofKind.FOLDER: "own folder",
    ProofKind.DKIM: "DKIM",
    ProofKind.SMIME: "S/MIME",
    ProofKind.CONFIRMED: "one-time code",
    ProofKind.PASSWORD: "shared password",
}
_COUNTY = "Qinglan County "
_MOST_LETTERS = 6


class Line(NamedTuple):
    """What one fact says: a word in front, in its colour, and the rest beside it."""

    word: str
    colour: str
    text: str


@dataclass
class Telling:
    """Prints chapter after chapter. `rules` give the titles."""

    rules: Rules
    console: Console = field(default_factory=lambda: Console(highlight=False))

    def chapter(self, chapter: Chapter, facts: Iterable[Fact], letters: list[Delivered]) -> None:
        """One chapter: its title, what its facts say, and to whom letters went."""
        at = chapter.at.astimezone(ZONE)
        self.console.print(f"\n[bold]{at:%d %b %H:%M}[/]  [bold]{escape(chapter.title)}[/]")
        facts = list(facts)
        owed = self._owed([fact for fact in facts if isinstance(fact, Owed)])
        told = [line for fact in facts for line in self._lines(fact)]
        mail = self._letters([letter for letter in letters if not self._is_daily(letter)])
        lines = Table.grid(padding=(0, 1, 0, 0))
        lines.add_column(min_width=14, no_wrap=True)
        lines.add_column()
        for line in [*owed, *told, *mail]:
            lines.add_row(f"   [{line.colour}]{line.word}[/]", Text(line.text, line.colour if line in mail else ""))
        if lines.row_count:
            self.console.print(lines)

    def _owed(self, owed: list[Owed]) -> Iterable[Line]:
        if owed:
            departments = _many(len({fact.department for fact in owed}), "department")
            yield Line("owed", "blue", f"{_many(len(owed), 'report')} of {departments}")

    def _lines(self, fact: Fact) -> Iterable[Line]:
        match fact:
            case Received():
                yield Line("in", "cyan", f"{fact.arrival}  {fact.size:,} bytes {_CHANNELS[fact.channel]}")
            case Judged():
                yield from self._judged(fact)
            case Questioned():
                yield Line("ask", "blue", f"{fact.officer}: did you send {fact.arrival}?")
            case Confirmed():
                yield Line("yes", "blue", f"{fact.officer} confirmed {fact.arrival} with the one-time code")
            case Extended():
                yield Line("more time", "blue", f"{fact.obligation} until {fact.until.astimezone(ZONE):%d %b %H:%M}")
            case KeyOffered():
                yield Line("key", "blue", f"{fact.officer} offers one; it counts once its digits were compared")
            case KeyConfirmed():
                yield Line("key", "blue", f"{fact.key} was compared with {fact.officer} and counts")
            case RepairOffered():
                yield Line(
                    "offer", "blue", f"{fact.submission}: {_many(fact.cells, 'cell')} can be set right for the officer"
                )
            case RepairTaken():
                yield Line("agreed", "blue", f"{fact.of} set right counts as {fact.submission}")
            case Explained():
                left = _many(fact.open, "query", "queries") if fact.open else "none"
                told = _many(fact.added, "query", "queries")
                yield Line("kept", "blue", f"{fact.of}: {told} explained, {left} left open")
            case Integrated():
                missing = f", {len(fact.missing)} missing" if fact.missing else ""
                reports, rows = _many(len(fact.submissions), "report"), _many(fact.rows, "row")
                yield Line("join", "dim", f"{self._title(fact.dataflow)} {fact.period}: {reports}, {rows}{missing}")
            case Released():
                title = self.rules.results[fact.result].titles[Language.EN]
                rows, columns = _many(fact.rows, "row"), _many(len(fact.fields), "column")
                yield Line("out", "green", f"{title} → {self._name(fact.department)}: {rows}, {columns}")

    def _judged(self, fact: Judged) -> Iterable[Line]:
        if fact.quarantined:
            why = sentence(Refusal(fact.refusal or Refusal.STRANGER), Language.EN)
            yield Line("quarantined", "red", f"{fact.arrival}: {why}")
        proof = f" (proof: {_PROOFS.get(fact.proof.kind, fact.proof.kind.value)})" if fact.proof else ""
        for one in fact.submissions:
            title = f"{self._title(one.dataflow)} {one.period or ''}".strip()
            told = f"{self._name(one.department)}: {title}, {_outcome(one)}{proof}"
            yield Line(one.verdict, _COLOURS[one.verdict], told)

    def _letters(self, letters: list[Delivered]) -> Iterable[Line]:
        for letter in letters[:_MOST_LETTERS]:
            books = "".join(f"  + {name}" for name in letter.files() if name.endswith(".xlsx"))
            yield Line("letter", "dim", f"{letter.recipient}  {letter.subject}{books}")
        if len(letters) > _MOST_LETTERS:
            yield Line("", "dim", f"and {len(letters) - _MOST_LETTERS} more")

    def _is_daily(self, letter: Delivered) -> bool:
        return letter.recipient == self.rules.auditor_address

    def _title(self, dataflow: str | None) -> str:
        known = self.rules.dataflows.get(dataflow or "")
        return known.titles[Language.EN] if known else "unknown report"

    def _name(self, department: str) -> str:
        """The department's title; the county's own name goes without saying."""
        return self.rules.departments[department].titles[Language.EN].removeprefix(_COUNTY)

    def releases(self, released: Iterable[Released]) -> None:
        """What went back."""
        title = "Results, each opened with its recipient's own key"
        table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
        table.add_column("result")
        table.add_column("to")
        table.add_column("rows", justify="right")
        table.add_column("columns", justify="right")
        for fact in released:
            result = self.rules.results[fact.result].titles[Language.EN]
            table.add_row(result, self._name(fact.department), str(fact.rows), str(len(fact.fields)))
        self.console.print(table)


def _outcome(one: SubmissionVerdict) -> str:
    if one.duplicate_of:
        return f"of {one.duplicate_of}"
    if one.verdict == "rejected":
        return _many(one.errors, "error") if one.errors else one.refusal or ""
    version = "" if one.becomes == "first" else f"version {one.version} ({one.becomes}), "
    asked = f", {_many(one.queries, 'query', 'queries')}" if one.queries else ""
    return version + ("nil return" if one.nil else _many(one.rows, "row")) + asked


def _many(count: int, noun: str, several: str = "") -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {several or noun + 's'}"
