"""The daily checkpoint to the auditor: a mailbox outside our reach that a rewritten journal would contradict."""

from __future__ import annotations

from gateway.core.duty import CheckpointLetter
from gateway.core.message import Attachment
from gateway.perform.office import Office
from gateway.perform.writing import write_letter


def write_checkpoint(office: Office, duty: CheckpointLetter) -> None:
    """The newest checkpoint, in the letter and as a file, with what a person should look at."""
    checkpoint = office.store.latest()
    with office.store.view() as view:
        alarms = [str(alarm) for alarm in view.alarms()]
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
