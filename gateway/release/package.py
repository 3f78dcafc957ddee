"""A release as one recipient gets it: the workbook, sealed for the keys of that department, with its hand-over list."""

from __future__ import annotations

from datetime import UTC, datetime

from gateway.core.parties import Department
from gateway.core.rules import Rules
from gateway.handler import Part
from gateway.release.workbook import MEDIA


class NoKey(Exception):
    """The recipient has no valid key, so nothing can be sealed for it. Carries the department's id."""


def recipients_of(department: Department, rules: Rules, at: datetime) -> list[bytes]:
    """The sealing keys of a department's officers that are valid at that instant, each once."""
    keys = [rules.keys[k] for officer in department.officers for k in officer.keys if k in rules.keys]
    valid = [k.sealing for k in keys if k.valid_from <= at < k.valid_until and not (k.revoked and k.revoked <= at)]
    return list(dict.fromkeys(valid))


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

    recipients = recipients_of(department, rules, at)
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
