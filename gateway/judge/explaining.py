"""An officer explains queries by a reply: which of its own lines say what of which row, above what it quotes.

    12：双胞胎，已核对        第 12 行 性别：…        行12 …        Row 12: …        出生 12 性别：…        全部：…

Sheet and item may be left out. An item is a title or a column's letter; `B12：…` names both. What follows on the next
lines, up to an empty one, belongs to it. Here the lines are only read; `explanations` says what they answer.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from gateway.checks.asked import LONGEST
from gateway.checks.normal import plain, stripped
from gateway.core.parties import Titles
from gateway.judge.agreeing import QUOTED, Agreed, answered_by, own_words, what_it_answers
from gateway.judge.documents import Wrapping
from gateway.sandbox import Mail, PartInfo

SAMPLE = Titles("（请写明原因）", "(please say why)")
"""What stands for the explanation in the example that a letter gives; nobody said it."""

MOST_LINES = 500  # of a reply that are read
_LONGEST_HEAD = 80  # characters before the colon
_COLON = re.compile("[:：﹕︓]")
_ALL = frozenset({"全部", "所有", "全体", "一律", "全部疑问", "all", "everything", "all queries"})
_SHEET = frozenset({"整张表", "全表", "本表", "the sheet", "the sheet as a whole", "sheet"})
_GAP = r"[\s,，、/]"
_NAMED = rf"(?:第|行|row|line)\s*(?P<row>\d{{1,7}})\s*行?{_GAP}*"
_HEADS = (
    re.compile(rf"(?:(?P<sheet>.+?){_GAP}*)?{_NAMED}(?P<item>.*)", re.IGNORECASE),
    re.compile(rf"(?:(?P<sheet>.+?){_GAP}+)?(?P<item>[A-Za-z]{{1,3}})(?P<row>\d{{1,7}})"),
    re.compile(rf"(?:(?P<sheet>.+?){_GAP}+)?(?P<row>\d{{1,7}})(?:\s*行|(?={_GAP})|$){_GAP}*(?P<item>.*)"),
)
_SEVERAL = re.compile(
    r"(?:第|行|rows?|lines?)?\s*\d{1,7}(?:\s*(?:[,，、和及&]|and)\s*\d{1,7}){1,20}\s*行?", re.IGNORECASE
)
_WITHOUT_COLON = re.compile(
    rf"\s*(?:第\s*\d{{1,7}}\s*行|行\s*\d{{1,7}}|row\s+\d{{1,7}})(?={_GAP}){_GAP}*", re.IGNORECASE
)
_COLUMN = re.compile(r"(?:column\s+)?([A-Za-z]{1,3})(?:\s*列)?", re.IGNORECASE)
_OURS = ("（待核实）", "(query)")  # a line of our own letter, that a program quoted without a sign
_SIGNATURE = re.compile(r"--\s*|—{2,}\s*")


@dataclass(frozen=True, slots=True)
class Said:
    """What one line says: `at` is its number in the reply, `row` None where it speaks of all queries.

    `sheet` and `item` are as they were written, "" if they were not.
    """

    at: int
    row: int | None
    text: str
    sheet: str = ""
    item: str = ""
    also: tuple[int, ...] = ()  # more rows of which it says the same

    @property
    def column(self) -> int:
        """The column that the item's letter names, 0 for none."""
        letters = _COLUMN.fullmatch(self.item.strip())
        if letters is None:
            return 0
        number = 0
        for letter in letters[1].upper():
            number = number * 26 + ord(letter) - 64
        return number


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply that explains, and the letters and arrivals that it may answer.

    It speaks in the part at the path `part`; `wrapping` is what lay around that.
    """

    to: Agreed
    lines: tuple[Said, ...]
    part: str = ""
    wrapping: Wrapping | None = None


def explained(mail: Mail | None, parts: Sequence[PartInfo]) -> Reply | None:
    """What a mail, or the one file, explains in its own words; None if it has no line that could."""
    return explained_by(*what_it_answers(mail, parts), parts)


def explained_by(fields: Iterable[str], subject: Iterable[str], parts: Sequence[PartInfo]) -> Reply | None:
    """The same, from what its fields say that it answers to, its subject and its parts."""
    own = own_words(parts)
    lines = tuple(said_in(own)) if own else ()
    return Reply(answered_by(fields, subject, parts), lines, own.path) if own and lines else None


def said_in(part: PartInfo) -> Iterator[Said]:
    """The lines of a text that speak of a row, each with what follows it."""
    now: Said | None = None
    for at, line in _own_lines(part):
        said = None if not line else _said(at, line)
        if now and (said or not line):
            yield from _whole(now)
            now = None
        if said:
            now = said
        elif now:
            now = replace(now, text=f"{now.text} {line}".strip())
    if now:
        yield from _whole(now)


def _whole(said: Said) -> Iterator[Said]:
    if said.text and said.text not in (SAMPLE.zh_CN, SAMPLE.en):
        for row in (said.row, *said.also):
            yield Said(said.at, row, said.text[:LONGEST], said.sheet, said.item)


def _own_lines(part: PartInfo) -> Iterator[tuple[int, str]]:
    """Until something quoted begins, or the signature. Of a page only lines with words are counted."""
    for at, line in takewhile(lambda told: told[0] <= MOST_LINES, _numbered(part)):
        if QUOTED.match(line) or _SIGNATURE.fullmatch(line) or any(sign in line for sign in _OURS):
            return
        yield at, stripped(line)


def _numbered(part: PartInfo) -> Iterator[tuple[int, str]]:
    text = part.text or ""
    if part.media != "text/html":
        yield from enumerate(text.splitlines(), 1)
        return
    at = 0
    for line in html.unescape(text).splitlines():
        words = " ".join(line.split())
        at += bool(words)
        yield at, words


def _said(at: int, line: str) -> Said | None:
    colon = _COLON.search(line, 0, _LONGEST_HEAD)
    if colon and (found := _head(at, stripped(line[: colon.start()]), stripped(line[colon.end() :]))):
        return found
    head = _WITHOUT_COLON.match(line)
    return _head(at, stripped(head[0]), stripped(line[head.end() :])) if head else None


def _head(at: int, head: str, text: str) -> Said | None:
    if plain(head) in _ALL:
        return Said(at, None, text)
    if plain(head) in _SHEET:
        return Said(at, 0, text)
    if _SEVERAL.fullmatch(head):
        first, *more = map(int, re.findall(r"\d+", head))
        return Said(at, first, text, also=tuple(more))
    for shape in _HEADS:
        if found := shape.fullmatch(head):
            return Said(at, int(found["row"]), text, stripped(found["sheet"] or ""), stripped(found["item"]))
    return None
