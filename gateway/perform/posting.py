"""The outbox: what is written is handed over, its bytes as they lie in the vault, and then `Sent`."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future

from gateway import log
from gateway.core.duty import Drop, Send
from gateway.core.facts import Dropped, Fact, Sent, Undeliverable
from gateway.core.message import message_id
from gateway.ledger.answers import Letter
from gateway.ledger.views import View
from gateway.outside import Permanent, Temporary
from gateway.perform.office import MAIL, Office
from gateway.perform.together import Troubles, blamed_on, for_a_while
from gateway.perform.writing import GONE
from gateway.store import Decision, Kept, Recorded


def send(office: Office, run: Sequence[Send]) -> Troubles:
    """Hand letters over, each to where its officer is reached now.

    Their facts are under a signed checkpoint, or they would not be known to be written.
    """
    troubles: Troubles = {}
    recorded: dict[Send, Future[Recorded]] = {}
    waiting: dict[str, tuple[Letter, Kept]] = {}
    with office.store.reading() as reading:
        for duty in run:
            if letter := reading.view.unsent_letter(duty.letter):
                waiting[duty.id] = letter, reading.kept(letter.blob)
    for duty in for_a_while(run):
        with blamed_on(duty, troubles):
            if duty.id in waiting:
                fact = _hand_over(office, *waiting[duty.id])
                recorded[duty] = office.store.append([fact], about=duty.letter)
        if troubles:
            break  # whatever hindered this one is not asked for the others at once
    for duty, future in recorded.items():
        with blamed_on(duty, troubles):
            future.result()
    return troubles


def _hand_over(office: Office, letter: Letter, kept: Kept) -> Fact:
    """The letter on its way, and the fact that says so."""
    recipient = _recipient(office, letter)
    if recipient is None:
        log.dropped(letter.letter, GONE)
        return Dropped(office.clock.now(), letter.letter, GONE)
    outlet = office.outlets.get(letter.outlet)
    if outlet is None:
        raise Temporary("no way out is configured")
    data = b"".join(office.store.whole(kept))
    try:
        outlet.send(data, message_id(letter.letter, office.rules.mailbox), recipient)
    except Permanent as refusal:
        log.undeliverable(letter.letter, refusal.code)
        return Undeliverable(office.clock.now(), letter.letter, refusal.code)
    log.sent(letter.letter, letter.outlet)
    return Sent(office.clock.now(), letter.letter, letter.outlet)


def drop(office: Office, duty: Drop) -> None:
    """Record that a letter became obsolete before it was sent."""
    fact = Dropped(office.clock.now(), duty.letter, duty.why)

    def decide(view: View) -> Decision:
        return Decision((fact,) if view.unsent_letter(duty.letter) else ())

    office.store.transact(decide, duty.letter).result()
    log.dropped(duty.letter, duty.why)


def _recipient(office: Office, letter: Letter) -> str | None:
    """Days may lie between writing and sending: what counts is the configuration in force. None: nobody any more."""
    if letter.officer is None:
        return office.rules.auditor_address
    officer = office.rules.officer(letter.officer)
    if officer is None:
        return None
    return officer.letters_to if letter.outlet == MAIL else officer.id
