"""A revocation in the journal counts for keys and certificates, whatever the configuration still says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from gateway.core.facts import KeyRevoked
from gateway.core.parties import Certificate
from gateway.core.refusal import Refusal
from gateway.judge.secrets import NoSecrets
from gateway.perform.office import Office
from gateway.perform.revoking import Revoked
from tests.judge.desk import CLINIC, START, Desk

HOUR = timedelta(hours=1)
PRINT = "ab" * 20
CERTIFICATE = Certificate(f"{CLINIC}-pgp", CLINIC, "openpgp", PRINT, START - HOUR, START + 900 * HOUR, "")


def revoke(desk: Desk, key: str, at: datetime = START) -> Office:
    """The journal says so; nobody has read the configuration anew."""
    desk.store.append([KeyRevoked(START, key, CLINIC, at, "admin")]).result()
    return seen(desk)


def seen(desk: Desk) -> Office:
    desk.performer.owed(desk.clock.now())
    return desk.performer.in_force


def test_a_key_counts_no_longer_than_the_journal_says(desk: Desk) -> None:
    name = f"{CLINIC}-2026"
    assert seen(desk) is desk.office
    office = revoke(desk, name)
    assert office.rules.keys[name].revoked == office.means.rules.keys[name].revoked == START
    assert seen(desk) is office
    assert revoke(desk, name, START + HOUR) is office  # a later one gives no time back
    assert revoke(desk, name, START - HOUR).rules.keys[name].revoked == START - HOUR


def test_what_keys_say_already_changes_nothing(desk: Desk) -> None:
    name = f"{CLINIC}-2026"
    desk.configure(keys={**desk.rules.keys, name: replace(desk.rules.keys[name], revoked=START - HOUR)})
    assert revoke(desk, name) is desk.office
    assert revoke(desk, "nobody-1") is desk.office


def test_rules_that_are_read_anew_do_not_bring_it_back(desk: Desk) -> None:
    name = f"{CLINIC}-2026"
    revoke(desk, name)
    desk.configure()
    assert desk.office.rules.keys[name].revoked is None
    assert seen(desk).rules.keys[name].revoked == START


class Asked(NoSecrets):
    """Secrets that know every signature as the clinic's."""

    def passwords(self, department: str) -> Sequence[bytes]:
        return (department.encode(),)

    def identity(self, handler: str, had: datetime, passwords: Sequence[bytes]) -> bytes | None:
        return b"".join(passwords)

    def signer(self, handler: str, fingerprint: str, had: datetime) -> str | Refusal:
        return CLINIC


def test_a_certificate_counts_no_longer_than_the_journal_says(desk: Desk) -> None:
    desk.configure(certificates={CERTIFICATE.id: CERTIFICATE})
    office = desk.office
    desk.performer.office = replace(office, means=replace(office.means, secrets=Asked()))
    secrets = revoke(desk, CERTIFICATE.id).means.secrets
    assert isinstance(secrets, Revoked)
    assert secrets.signer("openpgp", PRINT, START - timedelta(seconds=1)) == CLINIC
    assert secrets.signer("openpgp", PRINT, START) is Refusal.KEY_REVOKED
    assert secrets.signer("openpgp", "cd" * 20, START) is Refusal.KEY_UNKNOWN
    assert (list(secrets.passwords("health")), secrets.identity("age", START, [b"x"])) == ([b"health"], b"x")


def test_another_certificate_revoked_later_is_revoked_as_well(desk: Desk) -> None:
    other = replace(CERTIFICATE, id=f"{CLINIC}-mail", kind="smime", fingerprint="cd" * 32)
    desk.configure(certificates={CERTIFICATE.id: CERTIFICATE, other.id: other})
    revoke(desk, CERTIFICATE.id)
    secrets = revoke(desk, other.id).means.secrets
    found = [secrets.signer(one.kind, one.fingerprint, START) for one in (CERTIFICATE, other)]
    assert found == [Refusal.KEY_REVOKED] * 2
