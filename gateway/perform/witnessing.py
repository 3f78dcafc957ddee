"""The daily checkpoint to the auditor: a mailbox outside our reach that a rewritten journal would contradict."""

from __future__ import annotations

from datetime import timedelta

from gateway.core.duty import CheckpointLetter
from gateway.core.message import Attachment
from gateway.perform.office import Office
from gateway.perform.writing import write_letter

_ALARMS_TOLD = timedelta(days=2)


def write_checkpoint(office: Office, duty: CheckpointLetter) -> None:
    """The newest checkpoint, in the letter and as a file, with what a person should look at."""
    checkpoint = office.store.latest()
    since = office.clock.now() - _ALARMS_TOLD
    with office.store.view() as view:
        alarms = [f"{alarm.at:%Y-%m-%d %H:%M} {alarm.kind}: {alarm.about}" for alarm in view.alarms(since)]
    values = {
        "day": duty.day.isoformat(),
        "size": checkpoint.size,
        "origin": checkpoint.origin,
        "at": office.clock.now(),
        "note": checkpoint.note,
        "alarms": alarms,
    }
    attachment = Attachment("checkpoint.txt", "text/plain", checkpoint.note.encode())
    write_letter(office, duty, None, values, [attachment])
