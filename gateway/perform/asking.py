""" "Did you send this?": a registered address is asked, at most once a day, with a one-time code for each mail."""

from __future__ import annotations

from gateway import log
from gateway.core.duty import AskConfirmation
from gateway.core.facts import Questioned
from gateway.core.letters import size_text
from gateway.judge.settle import code_digest
from gateway.perform.office import Office
from gateway.perform.writing import addressee, write_letter

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: nothing that looks like something else


def ask(office: Office, duty: AskConfirmation) -> None:
    """Write the question; the codes stand in the letter alone, and their keyed digests in the journal."""
    officer = addressee(office, duty, duty.officer)
    if officer is None:
        return
    now = office.clock.now()
    expires = now + office.confirmation_expires
    facts, told = [], []
    with office.store.view() as view:
        for arrival_id in duty.arrivals:
            arrival = view.arrival(arrival_id)
            assert arrival is not None
            code = one_time_code(office)
            digest = code_digest(code, office.means.sameness_key)
            facts.append(Questioned(now, arrival_id, officer.id, digest, expires))
            told.append({"arrival": arrival_id, "had": arrival.had, "size": size_text(arrival.size), "code": code})
    write_letter(office, duty, officer, {"arrivals": told, "expires": expires}, with_facts=facts)
    for arrival_id in duty.arrivals:
        log.questioned(arrival_id, officer.id)


def one_time_code(office: Office) -> str:
    """60 unpredictable bits, to be read and typed: `GW-7K3M-9QXD-04TZ`."""
    letters = [_ALPHABET[byte % 32] for byte in office.chance.bytes(12)]
    groups = ("".join(letters[at : at + 4]) for at in (0, 4, 8))
    return "GW-" + "-".join(groups)
