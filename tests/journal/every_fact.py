"""One fact of every kind and version, in the order of `golden/facts.jsonl`. A new version is added, none is removed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from gateway.core.agreement import ProofKind
from gateway.core.facts import (
    About,
    Accessed,
    Admitted,
    Attempted,
    Began,
    Configured,
    Confirmed,
    Discarded,
    Dropped,
    Erased,
    Explained,
    Extended,
    Fact,
    Ignored,
    Integrated,
    Judged,
    KeyConfirmed,
    KeyConfirmed1,
    KeyOffered,
    KeyRevoked,
    Owed,
    Proof,
    Questioned,
    Received,
    Released,
    RepairOffered,
    RepairOffered1,
    RepairTaken,
    Restored,
    Sent,
    SetAside,
    SubmissionVerdict,
    Troubled,
    Undeliverable,
    Written,
)  # fmt: skip

GOLDEN = Path(__file__).parent / "golden" / "facts.jsonl"


def utc(month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0, micro: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, second, micro, UTC)


AT = utc(10, 5, 1, 2, 3)

_VERDICT = SubmissionVerdict(
    submission="S1", verdict="accepted", refusal=None, department="health", dataflow="births", period="2026-M10",
    becomes="first", version=1, nil=False, rows=50, errors=0, queries=1, sameness="ss", manifest="mm", sequence=3,
    key="K1", table="B3",
)  # fmt: skip

EVERY: list[Fact] = [
    Began(AT, origin="gateway.example/county", era=1),
    Restored(AT, "gateway.example/county/era2", 2, own_size=7, own_root="aa", known_size=9, known_root="bb"),
    Configured(AT, version="C1", blob="B1"),
    KeyConfirmed1(AT, key="K1", officer="liu", fingerprint="ff", by="admin"),
    KeyRevoked(AT, key="K1", officer="liu", from_instant=utc(10, 1), by="admin"),
    Received(AT, "A1", "smtp", "main", utc(10, 5, 1, 2, 2, 120), 5000, blob="B1", digest="dd", source="7.42"),
    Judged(
        AT, "A1", configured="C1", quarantined=False, refusal=None, proof=Proof(ProofKind.SEAL, "liu", key="K1"),
        submissions=(_VERDICT,), ignored=(Ignored("2", "signature_image"),), details="B2",
    ),
    Questioned(AT, "A1", officer="liu", code="cc", expires=utc(10, 12, 1, 2, 3)),
    Confirmed(AT, "A1", officer="liu", by="A2"),
    Admitted(AT, "A1", officer="liu", by="admin", reason="B4"),
    Discarded(AT, "A1", by="admin", reason="B4"),
    SetAside(AT, "A1", deaths=3),
    Attempted(AT, "A1", deaths=1),
    Owed(
        AT, "O1", "health", "births", "2026-M10", opens=utc(9, 30, 16), due=utc(10, 28, 16), closes=utc(11, 27, 16),
        reminders=(), overdue=(utc(10, 29, 16), utc(10, 30, 16)), escalate=utc(11, 2, 16),
    ),
    Extended(AT, "O1", until=utc(11, 5, 16), by="admin", reason="B4"),
    Written(AT, "L1", "receipt", "liu", "mail", "B5", "dd", about=(About("arrival", "A1", "verdict"),)),
    Sent(AT, "L1", "mail"),
    Dropped(AT, "L1", why="answered"),
    Undeliverable(AT, "L1", code="550"),
    Troubled(AT, "D1", since=utc(10, 4, 21, 2, 3)),
    Integrated(AT, "I1", "births", "2026-M10", submissions=("S1", "S2"), missing=("O2",), rows=150, table="B6"),
    Released(
        AT, "R1", "newborns", "2026-M10", "education", integrations=("I1",), fields=("name", "village"), rows=80,
        purpose="school places", legal_basis="county rules, article 9", blob="B7", digest="dd", configured="C1",
    ),
    Accessed(AT, by="admin", what="R1", fields=("name",), rows=80, reason="B4"),
    Erased(AT, blobs=("B1", "B2"), why="retention"),
    KeyOffered(AT, officer="liu", fingerprint="12345", arrival="A1", blob="B8", proof=ProofKind.SEAL, sealed_by="K1"),
    KeyConfirmed(AT, key="K2", officer="liu", fingerprint="12345", by="admin", reason="B4"),
    RepairOffered1(AT, "S1", "A1", table="B9", changes="B10", digest="dd", cells=3, rows=150, queries=1),
    RepairTaken(AT, "S3", of="S1", arrival="A3"),
    Explained(AT, "S4", of="S1", arrival="A4", list="B11", digest="dd", added=2, carried=1, explained=3, open=4),
    Judged(
        AT, "A4", configured="C1", quarantined=False, refusal=None, proof=Proof(ProofKind.PASSWORD, "liu"),
        submissions=(replace(_VERDICT, submission="S4", no_integrity=True),), details="B11",
    ),
    RepairOffered(
        AT, "S1", "A1", table="B9", changes="B10", digest="dd", cells=3, rows=150, queries=1, file="B11", protected=True
    ),
]  # fmt: skip
