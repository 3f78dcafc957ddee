"""Everything that a receipt tells and a fact may not hold: names of files, their digests, sentences, findings.

Kept as one encrypted JSON blob beside the verdict, so that the letter and the receipt can be made from the journal and
the vault alone, again and again, with the same words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from gateway.checks.lists import reference
from gateway.core.dataflow import Severity
from gateway.core.explaining import Asked
from gateway.core.finding import Finding
from gateway.core.parties import Language

MOST_FINDINGS = 10_000  # kept and sent as a table, for each submission


def submission_id(arrival: str, number: int) -> str:
    return f"{arrival}.{number + 1}"


@dataclass(frozen=True, slots=True)
class FileDetail:
    """One file of the arrival, as its sender named it; `sha256` of its bytes, for the sender to compare.

    `shown` says in the officer's language where in which container it lay; "" if it lay by itself.
    """

    part: str
    name: str
    size: int
    sha256: str
    shown: str = ""


@dataclass(frozen=True, slots=True)
class SubmissionDetail:
    """What a letter says of one submission. `reason` is the sentence in the officer's language, "" if accepted.

    `protected`: it came encrypted. `no_integrity`: that encryption does not show whether it was changed on the way.
    `asked` are the queries among the findings, `explained` the numbers of those that nobody asks about any more, `of`
    is the submission whose findings these are, where it is another one. `notes` say which explanations were not taken
    and why. `content` is a keyed digest of the table that would be accepted.
    """

    submission: str
    part: str
    sheet: str = ""
    reason: str = ""
    assumed_period: bool = False
    findings: tuple[Finding, ...] = ()
    findings_in_all: int = 0
    no_integrity: bool = False
    protected: bool = False
    asked: tuple[Asked, ...] = ()
    explained: tuple[int, ...] = ()
    of: str = ""
    notes: tuple[str, ...] = ()
    content: str = ""

    def left(self) -> tuple[tuple[str, Finding], ...]:
        """The findings that are still to be seen to, each with its reference where it is a query."""
        numbers = {one.number for one in self.asked}
        gone = set(self.explained)
        return tuple(
            (reference(self.of or self.submission, number) if number in numbers else "", finding)
            for number, finding in enumerate(self.findings, 1)
            if number not in gone and (number in numbers or not self.of)
        )


@dataclass(frozen=True, slots=True)
class IgnoredDetail:
    """A part that was left, and why in words."""

    part: str
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class KeyDetail:
    """A public key that came, by its sender's name for it, and what became of it in words."""

    key: str
    told: str


@dataclass(frozen=True, slots=True)
class Details:
    """What is told about one arrival."""

    files: tuple[FileDetail, ...] = ()
    submissions: tuple[SubmissionDetail, ...] = ()
    ignored: tuple[IgnoredDetail, ...] = ()
    keys: tuple[KeyDetail, ...] = ()

    def encode(self) -> bytes:
        return orjson.dumps(self)

    @classmethod
    def decode(cls, data: bytes) -> Details:
        """Back from `encode`; these are our own bytes, from the vault."""
        raw = orjson.loads(data)
        return cls(
            tuple(FileDetail(**f) for f in raw["files"]),
            tuple(_submission(s) for s in raw["submissions"]),
            tuple(IgnoredDetail(**i) for i in raw["ignored"]),
            tuple(KeyDetail(**k) for k in raw.get("keys", ())),
        )

    def of(self, submission: str) -> SubmissionDetail:
        """The detail of one submission; an empty one if it has none."""
        return next((s for s in self.submissions if s.submission == submission), SubmissionDetail(submission, ""))

    def name_of(self, part: str) -> str:
        """How a letter calls the file at this place."""
        return next((f.shown or f.name for f in self.files if f.part == part), "")


def shown_within(name: str, within: Sequence[str], language: Language) -> str:
    """A file by its name and the containers around it, from the outermost, as people say it."""
    if language is Language.EN:
        return " in ".join(
            [name or "a file without a name", *(one or "an attached message" for one in reversed(within))]
        )
    return " 里的 ".join([*(one or "所附邮件" for one in within), name or "无名文件"])


def _submission(raw: dict[str, Any]) -> SubmissionDetail:
    findings = tuple(Finding(**(f | {"severity": Severity(f["severity"])})) for f in raw["findings"])
    lists = {name: tuple(raw.get(name, ())) for name in ("explained", "notes")}
    asked = tuple(map(asked_from, raw.get("asked", ())))
    return SubmissionDetail(**(raw | lists | {"findings": findings, "asked": asked}))


def asked_from(told: dict[str, Any]) -> Asked:
    """A query, from the JSON that it was kept as."""
    return Asked(**(told | {"key": tuple(told["key"]), "about": tuple(told["about"])}))
