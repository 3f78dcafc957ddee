"""Runs code that meets foreign bytes where it can do no harm.

The daemon holds keys and parses nothing foreign. A *worker* is a child process, started fresh (never a fork of the
daemon), that parses for one arrival at a time. Before its first foreign byte it gives up everything it could do harm
with: files but the interpreter's own, the network, other processes, privileges, memory and time without end.
It answers in capped JSON, and every answer is checked as if the worker had been taken over.

Read in this order: `answers` (what one may ask, as values), `session` (how to ask), `pool` (the workers), `worker`
(one child, from outside), `frames` (the bytes between), `child` (inside), `lockdown`, `landlock`, `syscalls`.
"""

from gateway.sandbox.answers import (
    AuthenticationResults,
    Contents,
    DkimResult,
    Hardening,
    Mail,
    PartInfo,
    Unsafe,
    Verified,
)
from gateway.sandbox.pool import NotHardened, Sandbox
from gateway.sandbox.session import Session

__all__ = [
    "AuthenticationResults",
    "Contents",
    "DkimResult",
    "Hardening",
    "Mail",
    "NotHardened",
    "PartInfo",
    "Sandbox",
    "Session",
    "Unsafe",
    "Verified",
]
