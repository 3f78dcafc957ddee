"""Refusals: the closed list of reasons for which something is not accepted, each with its public sentences.

A sentence says what is wrong, where, and how to mend it. The codes of `gateway.handler.Trouble` are all among them.
"""

from __future__ import annotations

from enum import StrEnum

from gateway.core.parties import Titles
from gateway.handler import Trouble


class Refusal(StrEnum):
    # the sender (leads to quarantine)
    STRANGER = "stranger"
    UNPROVEN = "unproven"
    FORGED = Trouble.FORGED.value
    UNCONFIRMED = "unconfirmed"
    KEY_UNKNOWN = "key_unknown"
    KEY_REVOKED = "key_revoked"
    KEY_EXPIRED = "key_expired"
    UNSAFE_MAIL = "unsafe_mail"
    # the files
    DAMAGED = Trouble.DAMAGED.value
    TOO_LARGE = Trouble.TOO_LARGE.value
    TOO_DEEP = Trouble.TOO_DEEP.value
    BOMB = Trouble.BOMB.value
    ENCODING = Trouble.ENCODING.value
    NEEDS_KEY = Trouble.NEEDS_KEY.value
    UNSUPPORTED = Trouble.UNSUPPORTED.value
    EMPTY = Trouble.EMPTY.value
    UNSAFE = "unsafe"
    NOTHING_FOUND = "nothing_found"
    MANIFEST_MISMATCH = "manifest_mismatch"
    WRONG_RECIPIENT = "wrong_recipient"
    # what they are
    DATAFLOW_UNKNOWN = "dataflow_unknown"
    DATAFLOW_AMBIGUOUS = "dataflow_ambiguous"
    PERIOD_UNKNOWN = "period_unknown"
    PERIOD_AMBIGUOUS = "period_ambiguous"
    HEADER_INCOMPLETE = "header_incomplete"
    NOT_OWED = "not_owed"
    NOT_OPEN = "not_open"
    CLOSED = "closed"
    PROOF_TOO_WEAK = "proof_too_weak"
    MUST_BE_SEALED = "must_be_sealed"
    SEQUENCE_OLD = "sequence_old"
    TWICE_IN_ONE = "twice_in_one"
    FINDINGS = "findings"
