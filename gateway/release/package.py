"""A release as one recipient gets it: the workbook, sealed for the keys of that department, with its hand-over list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from gateway.core.parties import Department, Officer
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
    return seal_for(
        [Part(name, MEDIA, workbook)],
        dataflow=result,
        period=period,
        rows={name: rows},
        department=department,
        officers=department.officers,
        rules=rules,
        key=key,
        signing_seed=signing_seed,
        sequence=sequence,
        at=at,
    )


def seal_for(
    files: Sequence[Part],
    *,
    dataflow: str,
    period: str,
    rows: Mapping[str, int],
    department: Department,
    officers: Sequence[Officer],
    rules: Rules,
    key: str,
    signing_seed: bytes,
    sequence: int,
    at: datetime,
) -> bytes:
    """Files of ours, sealed for all valid keys of these officers of a department. Raises `NoKey` where they have none.

    `dataflow` is what they are about: a dataflow, or a result. `rows` counts the records of each file that has any.
    """
    from handlers.sealed import write

    recipients = [key.sealing for key in recipients_of(rules.keys, officers, at)]
    if not recipients:
        raise NoKey(department.id)
    manifest = {
        "sender": rules.lead_office,
        "key": key,
        "recipient": department.id,
        "dataflow": dataflow,
        "period": period,
        "sequence": sequence,
        "nil": False,
        "signed": at.astimezone(UTC).replace(microsecond=0),
        "rows": dict(rows),
    }
    return b"".join(write(files, manifest, recipients, signing_seed))
