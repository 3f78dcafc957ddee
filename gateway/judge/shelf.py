"""What was asked about earlier submissions, and what was said to it: read from the vault, by the ledger's word.

A list of explanations is one encrypted JSON blob: of each query where it stands, its row's key, the item, the rule, and
what was said. Each new list of a submission holds all that the one before did, so the newest is enough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import orjson

from gateway.core.explaining import Explanation
from gateway.core.refusal import Refusal
from gateway.judge.details import Details, SubmissionDetail, asked_from
from gateway.ledger.answers import Submission
from gateway.ledger.views import View

MOST_BYTES = 1 << 28  # of one blob
_MOST_VERSIONS = 5  # of a report, whose explanations are looked at once more
_MOST_STEPS = 5  # from what explains what explains … to the report


def encode_list(said: Iterable[Explanation]) -> bytes:
    """The list as it lies in the vault, in the order of its queries."""
    return orjson.dumps({"explanations": sorted(said, key=lambda one: one.asked.number)})


def decode_list(data: bytes) -> tuple[Explanation, ...]:
    """Back from `encode_list`."""
    told = orjson.loads(data)["explanations"]
    return tuple(Explanation(asked_from(one["asked"]), one["text"], one["arrival"]) for one in told)


@dataclass(slots=True)
class Shelf:
    """Over one snapshot of the ledger. `read` gives a blob whole."""

    view: View
    read: Callable[[str], bytes]
    _details: dict[str, Details] = field(default_factory=dict)

    def detail(self, submission: str) -> SubmissionDetail:
        """What was found in it. Of a repaired one it is what was found in the first version: rows stay in place."""
        arrival = submission.partition(".")[0]
        if arrival not in self._details:
            known = self.view.arrival(arrival)
            kept = known.details if known else None
            self._details[arrival] = Details.decode(self.read(kept)) if kept else Details()
        repair = self.view.repair_taken_as(submission)
        return self.detail(repair.submission) if repair else self._details[arrival].of(submission)

    def said(self, submission: str) -> tuple[Explanation, ...]:
        """All that is explained of it."""
        lists = self.view.explained_of(submission)
        return decode_list(self.read(lists[0].list)) if lists else ()

    def ever_said(self, submission: str) -> frozenset[tuple[int, str]]:
        """Everything that was said to its queries at any time: an old reply sent again brings nothing back."""
        lists = self.view.explained_of(submission)
        return frozenset((one.asked.number, one.text) for each in lists for one in decode_list(self.read(each.list)))

    def explainable(self, submission: str, department: str) -> Submission | None:
        """The report that this submission is, or explains, or repeats: with queries, of this department."""
        found = self.view.submission(submission)
        for _ in range(_MOST_STEPS):
            if found is None or found.verdict not in ("explained", "duplicate") or not found.duplicate_of:
                break
            found = self.view.submission(found.duplicate_of)
        if found is None or found.department != department or not found.queries:
            return None
        return found if is_version(found) else None

    def standing(self, submission: Submission) -> Submission:
        """The version whose queries are asked now, of which this is one: itself, the accepted one, or the last."""
        if submission.verdict == "accepted" and submission.superseded is None:
            return submission
        versions = self.versions(submission.obligation or "")
        if not versions or versions[-1].submission == submission.submission:
            return submission
        accepted = next((one for one in reversed(versions) if one.verdict == "accepted"), None)
        return accepted or versions[-1]

    def versions(self, obligation: str) -> list[Submission]:
        return [one for one in self.view.history(obligation) if is_version(one)]

    def said_before(self, obligation: str) -> list[tuple[Explanation, ...]]:
        """What was said of earlier versions, a list for each, newest first."""
        lists = (self.said(one.submission) for one in reversed(self.versions(obligation)))
        return [one for one in lists if one][:_MOST_VERSIONS]


def is_version(submission: Submission) -> bool:
    """Whether its table was looked at: it was accepted, or rejected for what was found in it."""
    return submission.verdict == "accepted" or submission.refusal == Refusal.FINDINGS.value
