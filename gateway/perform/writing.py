"""A letter is rendered once: its bytes go to the vault with its `Written` fact, and are never made again.

Letters go to officers of the configuration in force and to the auditor, whatever address a mail came from.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future

from gateway import log
from gateway.core.duty import LetterDuty
from gateway.core.facts import Dropped, Fact, Written
from gateway.core.letters import Text
from gateway.core.message import Attachment, compose, letter_id
from gateway.core.parties import Language, Officer
from gateway.ledger.views import View
from gateway.perform.office import MAIL, Desk
from gateway.store import Decision, Recorded
from gateway.vault import NewBlob

GONE = "no_officer"  # why a letter is dropped whose officer the configuration no longer has


def addressee(office: Desk, duty: LetterDuty, officer: str) -> Officer | None:
    """The officer to write to. Where the configuration has them no longer, the letter is recorded as dropped.

    Without that record a letter that nobody can get would be owed for ever.
    """
    found = office.rules.officer(officer)
    if found is None:
        now, letter = office.clock.now(), letter_id(duty.id)
        blob = office.store.keep(b"", {"recipient": ""})
        nothing = hashlib.sha256(b"").hexdigest()
        written = Written(now, letter, duty.LETTER.value, officer, MAIL, blob.id, nothing, duty.about)
        _record(office, letter, Decision((written, Dropped(now, letter, GONE)), (blob,), True), letter).result()
        log.nobody_to_write_to(letter, officer)
    return found


def write_letter(
    office: Desk,
    duty: LetterDuty,
    officer: Officer | None,
    values: Mapping[str, object],
    attachments: Sequence[Attachment] = (),
    *,
    outlet: str = MAIL,
    with_facts: Sequence[Fact] = (),
    with_blobs: Sequence[NewBlob] = (),
    reply: bool = False,
) -> bool:
    """Write the letter that fulfils this duty, together with the facts that belong to it; whether it was new.

    An officer of None means the auditor's address. A letter that was written already is left as it is.
    """
    return start_letter(
        office, duty, officer, values, attachments,
        outlet=outlet, with_facts=with_facts, with_blobs=with_blobs, reply=reply,
    )()  # fmt: skip


def start_letter(
    office: Desk,
    duty: LetterDuty,
    officer: Officer | None,
    values: Mapping[str, object],
    attachments: Sequence[Attachment] = (),
    *,
    outlet: str = MAIL,
    with_facts: Sequence[Fact] = (),
    with_blobs: Sequence[NewBlob] = (),
    reply: bool = False,
) -> Callable[[], bool]:
    """The same, for many letters that share a commit: what it gives waits until this one is recorded."""
    recipient = officer.letters_to if officer else office.rules.auditor_address
    assert recipient  # the checkpoint letter is owed only where there is an auditor's address
    now, letter = office.clock.now(), letter_id(duty.id)
    text = _text(office, duty, officer, values)
    data = compose(letter, text, office.rules.mailbox, recipient, now, attachments, reply=reply)
    blob = office.store.keep(data, {"recipient": officer.id if officer and outlet != MAIL else recipient})
    written = Written(
        at=now,
        letter=letter,
        kind=duty.LETTER.value,
        officer=officer.id if officer else None,
        outlet=outlet,
        blob=blob.id,
        digest=hashlib.sha256(data).hexdigest(),
        about=duty.about,
    )

    decision = Decision((*with_facts, written), (*with_blobs, blob), True)
    recorded = _record(office, letter, decision, None if with_facts else letter)

    def wait() -> bool:
        _, is_new = recorded.result()
        if is_new:
            log.written(letter, duty.LETTER.value, written.officer)
        return bool(is_new)

    return wait


def _text(office: Desk, duty: LetterDuty, officer: Officer | None, values: Mapping[str, object]) -> Text:
    rules, language = office.rules, officer.language if officer else Language.ZH_CN
    common = {
        "officer": officer,
        "lead_office": rules.departments[rules.lead_office].titles[language],
        "mailbox": rules.mailbox,
    }
    return office.letters.write(duty.LETTER.value, language, common | dict(values))


def _record(office: Desk, letter: str, decision: Decision, about: str | None) -> Future[tuple[Recorded, bool]]:
    """Whether the letter was new; a letter that was written already is left as it is."""

    def decide(view: View) -> Decision:
        return Decision((), (), False) if view.has_letter(letter) else decision

    return office.store.transact(decide, about)
