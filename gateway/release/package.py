"""A release as one recipient gets it: the workbook, sealed for the keys of that department, with its hand-over list."""

from __future__ import annotations

from datetime import UTC, datetime

from gateway.core.parties import Department
from gateway.core.rules import Rules
from gateway.handler import Part
from gateway.keyring import recipients_of
from gateway.release.workbook import MEDIA


class NoKey(Exception):
    """The recipient has no valid key, so nothing can be sealed for it. Carries the department's id."""


def package(
    name: str,
    workbook: bytes,
    *,
    result: str,
    period: str,
    rows: int,
    department: Department,
    rules: Rules,
    key: str,
    signing_seed: bytes,
    sequence: int,
    at: datetime,
) -> bytes:
    """The sealed file. Raises `NoKey` where nobody of the department could open it."""
    from handlers.sealed import write

    recipients = [key.sealing for key in recipients_of(rules.keys, department.officers, at)]
    if not recipients:
        raise NoKey(department.id)
    manifest = {
        "sender": rules.lead_office,
        "key": key,
        "recipient": department.id,
        "dataflow": result,
        "period": period,
        "sequence": sequence,
        "nil": False,
        "signed": at.astimezone(UTC).replace(microsecond=0),
        "rows": {name: rows},
    }
    return b"".join(write([Part(name, MEDIA, workbook)], manifest, recipients, signing_seed))
