"""The operator's log: JSON lines, one function for one occurrence, never personal data.

Every line that the daemon can write is listed here, with what it tells. Values are ids, codes, numbers and instants of
our own; an exception is told by its type and the places it passed through, never by its message or its variables,
because those may quote what a sender wrote.
"""

from __future__ import annotations

import logging
import sys
import traceback
from typing import TextIO

import structlog

_log = structlog.get_logger("gateway")


def configure(level: str = "info", stream: TextIO | None = None) -> None:
    """Write lines of this level and above to the stream (standard error by default)."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )


def places(error: BaseException) -> list[str]:
    """Where an exception passed through: `module:line`, innermost last; no message, no values."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames[-8:]]


# --- the daemon ---


def started(version: str, origin: str, facts: int, hardening: str) -> None:
    _log.info("started", configuration=version, origin=origin, facts=facts, hardening=hardening)


def listening(channel: str, account: str, port: int = 0) -> None:
    _log.info("listening", channel=channel, account=account, port=port)


def stopping(signal: str) -> None:
    _log.info("stopping", signal=signal)


def stopped(facts: int) -> None:
    _log.info("stopped", facts=facts)


def configured(version: str) -> None:
    _log.info("configured", configuration=version)


def configuration_refused(mistakes: int, in_force: str) -> None:
    _log.error("configuration refused", mistakes=mistakes, in_force=in_force)


def migrated(before: str, after: str) -> None:
    _log.info("the state's tables were brought up", before=before, after=after)


def ledger_rebuilt(facts: int) -> None:
    _log.info("the ledger was of another version and was made anew from the journal", facts=facts)


def weak_sandbox(missing: str) -> None:
    _log.warning("sandbox without full hardening", missing=missing)


# --- duties ---


def judged(arrival: str, verdicts: list[str], refusal: str | None, proof: str | None) -> None:
    _log.info("judged", arrival=arrival, verdicts=verdicts, refusal=refusal, proof=proof)


def quarantined(arrival: str, refusal: str | None) -> None:
    _log.warning("quarantined", arrival=arrival, refusal=refusal)


def questioned(arrival: str, officer: str) -> None:
    _log.info("asked the registered address", arrival=arrival, officer=officer)


def written(letter: str, kind: str, officer: str | None) -> None:
    _log.info("written", letter=letter, kind=kind, officer=officer)


def sent(letter: str, outlet: str) -> None:
    _log.info("sent", letter=letter, outlet=outlet)


def nobody_to_write_to(letter: str, officer: str) -> None:
    _log.error("dropped, the officer is not configured any more", letter=letter, officer=officer)


def dropped(letter: str, why: str) -> None:
    _log.info("dropped unsent", letter=letter, why=why)


def erased(blobs: int) -> None:
    _log.info("erased, the term is over", blobs=blobs)


def undeliverable(letter: str, code: str) -> None:
    _log.error("undeliverable", letter=letter, code=code)


def owed(obligation: str, due: str) -> None:
    _log.info("owed", obligation=obligation, due=due)


def integrated(integration: str, submissions: int, missing: int, rows: int) -> None:
    _log.info("integrated", integration=integration, submissions=submissions, missing=missing, rows=rows)


def released(release: str, department: str, rows: int) -> None:
    _log.info("released", release=release, department=department, rows=rows)


def set_aside(arrival: str, deaths: int) -> None:
    _log.error("set aside, a person must look", arrival=arrival, deaths=deaths)


# --- trouble ---


def temporary(duty: str, why: str, tries: int, again_in: float) -> None:
    """`why` is the type of the trouble beneath, such as `NoKey`."""
    seconds = round(again_in, 1)
    _log.warning("temporary trouble, tried again later", duty=duty, why=why, tries=tries, again_in_seconds=seconds)


def troubled(duty: str, since: str) -> None:
    _log.error("temporary trouble for hours", duty=duty, since=since)


def intake_trouble(account: str, error: BaseException) -> None:
    _log.warning("intake in trouble", account=account, error=type(error).__name__, places=places(error))


def intake_hindered(account: str, why: str, again_in: float) -> None:
    """`why` is one of intake's own sentences."""
    _log.warning("intake hindered", account=account, why=why, again_in_seconds=round(again_in, 1))


def intake_recovered(account: str, troubles: int) -> None:
    _log.info("intake goes on", account=account, troubles=troubles)


def left_in_place(account: str, why: str, size: int) -> None:
    _log.warning("left in place", account=account, why=why, size=size)


def folder_replaced(account: str) -> None:
    _log.warning("the folder is another one than before", account=account)


def folder_without_events(account: str) -> None:
    _log.warning("the folder gives no events, it is polled only", account=account)


def failed(duty: str, error: BaseException) -> None:
    _log.critical("our own trouble", duty=duty, error=type(error).__name__, places=places(error))
