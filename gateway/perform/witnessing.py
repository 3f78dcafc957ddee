"""The daily checkpoint to the auditor: a mailbox outside our reach that a rewritten journal would contradict."""

from __future__ import annotations

from datetime import timedelta

from gateway.core.duty import CheckpointLetter
from gateway.core.message import Attachment
from gateway.perform.office import Office
from gateway.perform.writing import write_letter

_ALARMS_TOLD = timedelta(days=2)
ALARMS = {
    "troubled": "几小时来一直未能完成，需要查明原因",
    "undeliverable": "信件无法送达",
    "set_aside": "来件多次使程序中止，已搁置，须人工查看",
}


def write_checkpoint(office: Office, duty: CheckpointLetter) -> None:
    """The newest checkpoint, in the letter and as a file, with what a person should look at."""
    checkpoint = office.store.latest()
    since = office.clock.now() - _ALARMS_TOLD
    with office.store.view() as view:
        alarms = [{"at": a.at, "what": ALARMS.get(a.kind, a.kind), "about": a.about} for a in view.alarms(since)]
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
