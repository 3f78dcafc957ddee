"""The account of the month, as it is printed: what came, what was answered, who was chased, what went back.

Everything told is read from the journal, fact by fact, and from the letters that were really delivered.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from gateway.core.facts import (
    Confirmed,
    Extended,
    Fact,
    Integrated,
    Judged,
    Owed,
    Questioned,
    Received,
    Released,
)
from gateway.core.parties import Language
from gateway.core.refusal import Refusal, sentence
from gateway.core.rules import Rules
from gateway.demo.county import ZONE
from gateway.demo.post_office import Delivered
from gateway.demo.story import Chapter

_COLOURS = {"accepted": "green", "rejected": "magenta", "duplicate": "yellow"}
_CHANNELS = {"smtp": "by SMTP", "imap": "from the foreign mailbox", "folder": "in the shared folder"}


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
        self._owed([fact for fact in facts if isinstance(fact, Owed)])
        for fact in facts:
            for line in self._lines(fact):
                self.console.print(Text.from_markup("   " + line), soft_wrap=True)
        self._letters([letter for letter in letters if not self._is_daily(letter)])

    def _owed(self, owed: list[Owed]) -> None:
        if owed:
            departments = {fact.department for fact in owed}
            self.console.print(f"   {len(owed)} obligations of {len(departments)} departments opened")

    def _lines(self, fact: Fact) -> Iterable[str]:
        match fact:
            case Received():
                yield f"[cyan]in[/]   {fact.arrival}  {fact.size:,} bytes {_CHANNELS[fact.channel]}"
            case Judged():
                yield from self._judged(fact)
            case Questioned():
                yield f"[blue]ask[/]  {fact.officer}: did you send {fact.arrival}?"
            case Confirmed():
                yield f"[blue]yes[/]  {fact.officer} confirmed {fact.arrival} with the one-time code"
            case Extended():
                yield f"[blue]more time[/]  {fact.obligation} until {fact.until.astimezone(ZONE):%d %b %H:%M}"
            case Integrated():
                missing = f", {len(fact.missing)} missing" if fact.missing else ""
                title = self._title(fact.dataflow)
                yield f"[dim]join[/] {title} {fact.period}: {len(fact.submissions)} reports, {fact.rows} rows{missing}"
            case Released():
                title = self.rules.results[fact.result].titles[Language.EN]
                to = self._name(fact.department)
                yield f"[green]out[/]  {title} → {to}: {fact.rows} rows, {len(fact.fields)} columns"
            case _:
                return

    def _judged(self, fact: Judged) -> Iterable[str]:
        if fact.quarantined:
            why = sentence(Refusal(fact.refusal or Refusal.STRANGER), Language.EN)
            yield f"[red]quarantined[/]  {fact.arrival}: {escape(why)}"
        proof = f" [dim](proof: {fact.proof.kind.value})[/]" if fact.proof else ""
        for one in fact.submissions:
            title = f"{self._title(one.dataflow)} {one.period or ''}".strip()
            colour = _COLOURS[one.verdict]
            what = "nil return" if one.nil else f"{one.rows} rows"
            told = f"version {one.version} ({one.becomes}), {what}" if one.verdict == "accepted" else one.refusal or ""
            if one.verdict == "rejected" and one.errors:
                told = f"{one.errors} errors, {one.queries} queries"
            if one.duplicate_of:
                told = f"of {one.duplicate_of}"
            yield f"[{colour}]{one.verdict}[/]  {self._name(one.department)}: {title}, {told}{proof}"

    def _letters(self, letters: list[Delivered]) -> None:
        if not letters:
            return
        self.console.print(f"   [dim]letters ({len(letters)}):[/]")
        for letter in letters[:6]:
            self.console.print(f"   [dim]  ✉ {letter.recipient}[/]  {escape(letter.subject)}", soft_wrap=True)
        if len(letters) > 6:
            self.console.print(f"   [dim]  … and {len(letters) - 6} more of the same kind[/]")

    def _is_daily(self, letter: Delivered) -> bool:
        return letter.recipient == self.rules.auditor_address

    def _title(self, dataflow: str | None) -> str:
        known = self.rules.dataflows.get(dataflow or "")
        return known.titles[Language.EN] if known else "unknown report"

    def _name(self, department: str) -> str:
        return self.rules.departments[department].titles[Language.EN]

    def releases(self, rows: Iterable[tuple[Released, str]]) -> None:
        """What went back, and that its recipient could open it."""
        table = Table(title="Results released", title_justify="left")
        for column in ("result", "to", "rows", "columns", "opened by its recipient"):
            table.add_column(column)
        for fact, opened in rows:
            title = self.rules.results[fact.result].titles[Language.EN]
            table.add_row(title, self._name(fact.department), str(fact.rows), ", ".join(fact.fields), opened)
        self.console.print(table)
