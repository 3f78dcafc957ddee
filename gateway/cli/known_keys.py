"""What is known of officers' keys: those in keys/, and those that came by mail and were not compared yet."""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.saying import fail, guess

if TYPE_CHECKING:
    from gateway.core.parties import PublicKey
    from gateway.core.rules import Rules
    from gateway.ledger.answers import KeyOffer
    from gateway.store import Store

OFFERED_FOR = timedelta(days=90)  # an offer that nobody took up is shown no longer
_DIGITS = 40


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key as it is told. `state`: offered, confirmed, not yet, valid, expiring, expired, revoked.

    `confirmed` is a key that was compared and lies not in keys/ yet. `came` says how an offered key came.
    """

    key: str
    officer: str
    state: str
    valid_from: datetime
    valid_until: datetime
    revoked: datetime | None
    fingerprint: str | None
    confirmed: datetime | None
    came: str = ""


def registered(keys: Mapping[str, PublicKey], store: Store | None, at: datetime) -> list[KnownKey]:
    """Every key in keys/, by id, as keys/ and the journal have it."""
    compared = _compared(store) if store else {}
    keys = _with_revocations(keys, store) if store else keys
    return [
        KnownKey(
            key.id, key.officer, _state(key, at), key.valid_from, key.valid_until, key.revoked, fingerprint_of(key),
            compared.get((key.officer, fingerprint_of(key))),
        )
        for _, key in sorted(keys.items())
    ]  # fmt: skip


def offered(rules: Rules, store: Store, at: datetime) -> list[KnownKey]:
    """Every key that came by mail lately and is not in keys/, by id; each once, as it was proven best."""
    compared, found = _compared(store), {}
    for offer, key in _offers(rules, store):
        if offer.offered_at < at - OFFERED_FOR or key.valid_until <= at:
            continue
        confirmed = compared.get((key.officer, offer.fingerprint))
        found[offer.fingerprint] = KnownKey(
            key.id, key.officer, "confirmed" if confirmed else "offered", key.valid_from, key.valid_until, None, None,
            confirmed, _came(offer),
        )  # fmt: skip
    return sorted(found.values(), key=lambda known: known.key)


def candidates(name: str, rules: Rules, store: Store) -> Sequence[PublicKey]:
    """The keys that may be meant: the one in a .pub file, the one in keys/, or all that came under this id."""
    from gateway.keyring.lines import parse_public

    if name.endswith(".pub"):
        return [parse_public(Path(name).read_text("utf-8"))]
    if name in rules.keys:
        return [rules.keys[name]]
    came = [key for _, key in _offers(rules, store)]
    found = [key for key in came if key.id == name]
    if not found:
        fail(f"There is no key {name}. {guess(name, [*rules.keys, *(key.id for key in came)])}", 2)
    return found


def same_digits(keys: Sequence[PublicKey], heard: str) -> PublicKey | None:
    """The key with exactly this fingerprint, if there is one; it takes as long whichever digits differ."""
    plain = "".join(c for c in unicodedata.normalize("NFKC", heard) if not c.isspace() and c != "-")
    if len(plain) != _DIGITS or not (plain.isascii() and plain.isdigit()):
        fail(f"A fingerprint has forty digits, and all of them are compared; {len(plain)} signs were given.", 2)
    fits = [hmac.compare_digest(fingerprint_of(key).replace(" ", ""), plain) for key in keys]
    return next((key for key, same in zip(keys, fits, strict=True) if same), None)


def must_fit(key: PublicKey, rules: Rules) -> None:
    """Ends the command where this key cannot be put beside the others."""
    from gateway.keyring import is_usable

    if rules.officer(key.officer) is None:
        fail(f"The key is for {key.officer}, and there is no such officer. Add them first: gateway officer add", 2)
    if not is_usable(key):
        fail("This is no key that one could verify or seal with. Let the officer draw a new one.", 2)
    for other in rules.keys.values():
        same = (other.signing, other.sealing) == (key.signing, key.sealing)
        if other.id == key.id and not same:
            fail(f"There is another key {key.id} already.", 2)
        if other.id != key.id and (other.signing == key.signing or other.sealing == key.sealing):
            fail(f"The same key is registered as {other.id} already.", 2)


def fingerprint_of(key: PublicKey) -> str:
    from gateway.keyring import fingerprint

    return fingerprint(key.signing, key.sealing)


def _offers(rules: Rules, store: Store) -> Iterator[tuple[KeyOffer, PublicKey]]:
    """What came and is not in keys/, each with its key, as judging left it in the vault."""
    from gateway.keyring.lines import parse_public

    known = {fingerprint_of(key) for key in rules.keys.values()}
    with store.view() as view:
        found = [offer for offer in view.key_offers() if offer.fingerprint not in known]
    for offer in found:
        yield offer, parse_public(store.read_all(offer.blob, 4_096).decode())


def _compared(store: Store) -> dict[tuple[str, str | None], datetime | None]:
    with store.view() as view:
        return {(key.officer, key.fingerprint): key.confirmed_at for key in view.keys_seen()}


def _with_revocations(keys: Mapping[str, PublicKey], store: Store) -> dict[str, PublicKey]:
    from gateway.keyring import ended_earlier

    with store.view() as view:
        return {**keys, **ended_earlier(keys, view.revocations())}


def _came(offer: KeyOffer) -> str:
    if offer.sealed_by:
        return f"sealed with {offer.sealed_by}"
    return f"proven: {offer.proof}" if offer.proof else "only its address is known"


def _state(key: PublicKey, at: datetime) -> str:
    """It is expiring once its officer is reminded."""
    from gateway.core.key_chasing import REMINDERS

    if key.revoked and at >= key.revoked:
        return "revoked"
    if at < key.valid_from:
        return "not yet"
    if at >= key.valid_until:
        return "expired"
    return "expiring" if key.valid_until - at <= REMINDERS[0] else "valid"
