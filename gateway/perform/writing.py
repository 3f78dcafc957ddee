"""A letter is rendered once: its bytes go to the vault with its `Written` fact, and are never made again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from gateway import log
from gateway.core.duty import LetterDuty
from gateway.core.facts import About, Fact, Written
from gateway.core.message import Attachment, compose, letter_id
from gateway.core.parties import Language, Officer
from gateway.ledger.views import View
from gateway.perform.office import MAIL, Office
from gateway.store import Decision
from gateway.vault import NewBlob


def write_letter(
    office: Office,
    duty: LetterDuty,
    officer: Officer | None,
    values: Mapping[str, object],
    attachments: Sequence[Attachment] = (),
    *,
    outlet: str = MAIL,
    with_facts: Sequence[Fact] = (),
    with_blobs: Sequence[NewBlob] = (),
    about: Sequence[About] | None = None,
    reply: bool = False,
) -> None:
    """Write the letter that fulfils this duty, together with the facts that belong to it.

    An officer of None means the auditor's address. A letter that was written already is left as it is.
    """
    rules, now = office.rules, office.clock.now()
    language = officer.language if officer else Language.ZH_CN
    recipient = officer.letters_to if officer else rules.auditor_address or ""
    common = {
        "officer": officer,
        "lead_office": rules.departments[rules.lead_office].titles[language],
        "mailbox": rules.mailbox,
    }
    text = office.letters.write(duty.LETTER.value, language, common | dict(values))
    letter = letter_id(duty.id)
    data = compose(letter, text, rules.mailbox, recipient, now, attachments, reply=reply)
    blob = office.store.keep(data, {"recipient": officer.id if officer and outlet != MAIL else recipient})
    written = Written(
        at=now,
        letter=letter,
        kind=duty.LETTER.value,
        officer=officer.id if officer else None,
        outlet=outlet,
        blob=blob.id,
        digest=hashlib.sha256(data).hexdigest(),
        about=tuple(duty.about if about is None else about),
    )

    def decide(view: View) -> Decision:
        if view.has_letter(letter):
            return Decision((), (), False)
        return Decision((*with_facts, written), (*with_blobs, blob), True)

    _, is_new = office.store.transact(decide).result()
    if is_new:
        log.written(letter, duty.LETTER.value, written.officer)
