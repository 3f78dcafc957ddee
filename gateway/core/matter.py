"""What our letters are for, and what they can speak of: the words that `Written` facts hold of them."""

from __future__ import annotations

from enum import Enum, StrEnum

from gateway.core.facts import About


class LetterKind(StrEnum):
    """What a letter is for."""

    RECEIPT = "receipt"  # the verdict on an arrival
    RECEIVED = "received"  # only that it came in: the verdict takes longer
    QUESTION = "question"  # did you send this?
    DIGEST = "digest"  # what an officer owes, and unproven mail that named them
    INTEGRATED = "integrated"  # what of theirs was joined into a result
    DELIVERY = "delivery"  # a recipient's copy of a result
    CHECKPOINT = "checkpoint"  # the head of the journal, for the auditor
    KIT = "kit"  # what an officer needs to report for a year


class Matter(Enum):
    """What a letter can speak of: the kind of thing, and the stage it has reached (obligations and keys have many)."""

    VERDICT = ("arrival", "verdict")
    RECEIVED = ("arrival", "received")
    QUESTION = ("arrival", "question")
    UNPROVEN = ("arrival", "unproven")
    INTEGRATED = ("submission", "integrated")
    DELIVERED = ("release", "delivered")
    CHECKPOINT = ("checkpoint", "daily")
    KIT = ("kit", "handed_over")
    OBLIGATION = ("obligation", "")
    KEY = ("key", "")

    @classmethod
    def of(cls, about: About) -> Matter:
        """Raises `ValueError` for what no letter of ours speaks of."""
        return _STAGED.get(about.kind) or cls((about.kind, about.stage))

    def __call__(self, what: str, stage: str = "") -> About:
        return About(self.value[0], what, stage or self.value[1])


_STAGED = {matter.value[0]: matter for matter in (Matter.OBLIGATION, Matter.KEY)}
