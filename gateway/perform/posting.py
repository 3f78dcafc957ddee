"""The outbox: what is written is handed over, its bytes as they lie in the vault, and then `Sent`."""

from __future__ import annotations

from gateway import log
from gateway.core.duty import Drop, Send
from gateway.core.facts import Dropped, Fact, Sent, Undeliverable
from gateway.core.message import message_id
from gateway.outside import Permanent
from gateway.perform.office import Office

MOST = 100_000_000  # bytes of a letter


def send(office: Office, duty: Send) -> None:
    """Hand one letter over. Its fact is under a signed checkpoint, or it would not be known to be written."""
    with office.store.view() as view:
        letter = view.letter(duty.letter)
    if letter is None or letter.sent or letter.dropped or letter.undeliverable:
        return
    data = office.store.read_all(letter.blob, MOST)
    recipient = office.store.meta(letter.blob)["recipient"]
    fact: Fact
    try:
        office.outlets[letter.outlet].send(data, message_id(letter.letter, office.rules.mailbox), recipient)
    except Permanent as refusal:
        fact = Undeliverable(office.clock.now(), letter.letter, refusal.code)
        log.undeliverable(letter.letter, refusal.code)
    else:
        fact = Sent(office.clock.now(), letter.letter, letter.outlet)
        log.sent(letter.letter, letter.outlet)
    office.store.append([fact]).result()


def drop(office: Office, duty: Drop) -> None:
    """Record that a letter became obsolete before it was sent."""

    office.store.append([Dropped(office.clock.now(), duty.letter, duty.why)]).result()
