"""The outbox: what is written is handed over, its bytes as they lie in the vault, and then `Sent`."""

from __future__ import annotations

from gateway import log
from gateway.core.duty import Drop, Send
from gateway.core.facts import Dropped, Fact, Sent, Undeliverable
from gateway.core.message import message_id
from gateway.ledger.answers import Letter
from gateway.ledger.views import View
from gateway.outside import Permanent, Temporary
from gateway.perform.office import MAIL, Office
from gateway.perform.writing import GONE
from gateway.store import Decision

MOST = 100_000_000  # bytes of a letter


def send(office: Office, duty: Send) -> None:
    """Hand one letter over, to where its officer is reached now.

    Its fact is under a signed checkpoint, or it would not be known to be written.
    """
    with office.store.view() as view:
        letter = view.letter(duty.letter)
    if letter is None or letter.sent or letter.dropped or letter.undeliverable:
        return
    recipient = _recipient(office, letter)
    if recipient is None:
        _drop(office, letter.letter, GONE)
        return
    outlet = office.outlets.get(letter.outlet)
    if outlet is None:
        raise Temporary("no way out is configured")
    data = office.store.read_all(letter.blob, MOST)
    fact: Fact
    try:
        outlet.send(data, message_id(letter.letter, office.rules.mailbox), recipient)
    except Permanent as refusal:
        fact = Undeliverable(office.clock.now(), letter.letter, refusal.code)
        log.undeliverable(letter.letter, refusal.code)
    else:
        fact = Sent(office.clock.now(), letter.letter, letter.outlet)
        log.sent(letter.letter, letter.outlet)
    office.store.append([fact]).result()


def drop(office: Office, duty: Drop) -> None:
    """Record that a letter became obsolete before it was sent."""
    _drop(office, duty.letter, duty.why)


def _recipient(office: Office, letter: Letter) -> str | None:
    """Days may lie between writing and sending: what counts is the configuration in force. None: nobody any more."""
    if letter.officer is None:
        return office.rules.auditor_address
    officer = office.rules.officer(letter.officer)
    if officer is None:
        return None
    return officer.letters_to if letter.outlet == MAIL else officer.id


def _drop(office: Office, letter: str, why: str) -> None:
    fact = Dropped(office.clock.now(), letter, why)

    def decide(view: View) -> Decision:
        known = view.letter(letter)
        return Decision((fact,) if known and not (known.sent or known.dropped or known.undeliverable) else ())

    office.store.transact(decide).result()
    log.dropped(letter, why)
