"""An officer agrees to certain repairs by a reply: how it is recognised, in their own words above what they quote.

The letter that offers is known by its Message-ID, or by the number of the arrival, which stands in its subject and its
text. Only what the message itself is proven by counts here: no seal or signed file speaks for the words around it.
Whoever reports by a folder of their own puts a text file there, with the word and the number in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from gateway.checks.normal import plain
from gateway.core.agreement import ProofKind
from gateway.sandbox import Mail, PartInfo

BY_REPLY = frozenset(
    {
        ProofKind.SUBMISSION, ProofKind.FOLDER, ProofKind.DKIM, ProofKind.UPSTREAM, ProofKind.CONFIRMED,
        ProofKind.ADMITTED,
    }
)  # fmt: skip
"""Proofs of a message, or of a text file, as a whole, its text included."""

FIRST_LINES = 3  # in which the word must stand alone
_YES = frozenset({
    "同意", "我同意", "同意修改", "同意更正", "同意改正", "同意照此改正", "accept", "i accept", "accepted", "agree",
    "i agree", "agreed",
})  # fmt: skip
_ENDS = "。．.,，!！;；:： \t"
_STOPS = tuple("。．.,，!！?？;；:：")
_NO = re.compile(
    r"[不未没勿]\s*\Z|[不未没](?:有|能|可|会|想|要|予|便|应|是)?(?:以|够)?\s*(?:同意|接受|认可|行)|\b(?:no|not|never|cannot|nor)\b|n['’]t\b",
    re.IGNORECASE,
)
_LETTER = re.compile(r"<(L-[0-9A-F]{16})@")
_ARRIVAL = re.compile(r"A-[0-9]{8}-[0-9A-HJKMNP-TV-Z]{8}")
QUOTED = re.compile(
    r"\s*(?:[>＞|]|-{2,}|_{5,}|={5,}|\*{5,}|(?:发件人|寄件者|发送时间|发送日期|主题|原始邮件|from|sent|subject)\s*[:：]"
    r"|在.{0,80}写道|于.{0,80}写道|.{0,160}写道\s*[:：]|on\s.{0,160}wrote\s*:|.{0,120}wrote\s*:)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Agreed:
    """To what a reply says yes: letters and arrivals that it names. `in_text` are arrivals that its text itself names.

    A domain's signature covers the text for certain, and the fields above it only perhaps.
    """

    letters: tuple[str, ...] = ()
    arrivals: tuple[str, ...] = ()
    in_text: tuple[str, ...] = ()


def agreed(mail: Mail | None, parts: Sequence[PartInfo]) -> Agreed | None:
    """What the mail, or the one file, agrees to; None if it does not say so in its first lines."""
    return agreed_by(*what_it_answers(mail, parts), parts)


def what_it_answers(mail: Mail | None, parts: Sequence[PartInfo]) -> tuple[Sequence[str], Sequence[str]]:
    """The fields that name letters, and what else names an arrival: a mail's subject, or the file's name."""
    if mail is None:
        return (), [part.name for part in parts]
    fields = [value for name in ("in-reply-to", "references") for value in mail.headers.get(name, ())]
    return fields, mail.headers.get("subject", ())


def agreed_by(fields: Iterable[str], subject: Iterable[str], parts: Sequence[PartInfo]) -> Agreed | None:
    """The same, from what its fields say that it answers to, its subject and its parts."""
    own = own_words(parts)
    return answered_by(fields, subject, parts) if own and _says_yes(own.text or "") else None


def own_words(parts: Sequence[PartInfo]) -> PartInfo | None:
    """The part in which a mail speaks: its plain text, or the first that is a text at all."""
    own = next((part for part in parts if part.media == "text/plain" and part.text), None)
    return own or next((part for part in parts if part.text), None)


def _says_yes(text: str) -> bool:
    """Whether one of the first lines is the word alone, before anything quoted begins, and none above it says no.

    A page may show "I do not" and "accept" as paragraphs of their own, so that an empty line proves no new sentence.
    """
    for line, begins in islice(_own_lines(text), FIRST_LINES):
        if begins and plain(line).strip(_ENDS) in _YES:
            return True
        if _NO.search(plain(line)):
            return False
    return False


def _own_lines(text: str) -> Iterator[tuple[str, bool]]:
    """Each with whether a sentence begins with it: a mail program may break "we do not accept" before its last word."""
    begins = True
    for line in text.splitlines():
        if QUOTED.match(line):
            return
        if line.strip():
            yield line, begins
        begins = not line.strip() or line.rstrip().endswith(_STOPS)


def _found(pattern: re.Pattern[str], texts: Iterable[str]) -> tuple[str, ...]:
    """The first ten different ones."""
    met: dict[str, None] = {}
    for text in texts:
        for match in pattern.finditer(text):
            met.setdefault(match[1] if pattern.groups else match[0])
    return tuple(islice(met, 10))


def answered_by(fields: Iterable[str], subject: Iterable[str], parts: Sequence[PartInfo]) -> Agreed:
    """What a mail answers to, whatever it says."""
    texts = [part.text for part in parts if part.text]
    return Agreed(_found(_LETTER, fields), _found(_ARRIVAL, [*subject, *texts]), _found(_ARRIVAL, texts))
