"""A revocation counts from its fact on: nobody has to read the configuration anew for it, or to restart anything.

Keys come into force by `keys/` alone; that one was lost must not wait for that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.core.parties import Certificate
from gateway.core.refusal import Refusal
from gateway.judge.secrets import Secrets
from gateway.keyring import ended_earlier, signed_by
from gateway.ledger.views import View
from gateway.perform.office import Office


@dataclass(frozen=True, slots=True)
class Revoked:
    """The same secrets, but a signature counts by these certificates."""

    secrets: Secrets
    certificates: Mapping[str, Certificate]

    def passwords(self, department: str) -> Sequence[bytes]:
        return self.secrets.passwords(department)

    def identity(self, handler: str, had: datetime, passwords: Sequence[bytes]) -> bytes | None:
        return self.secrets.identity(handler, had, passwords)

    def signer(self, handler: str, fingerprint: str, had: datetime) -> str | Refusal:
        found = signed_by(self.certificates, handler, fingerprint, had)
        return found if isinstance(found, Refusal) else found.officer


def with_revocations(office: Office, view: View) -> Office:
    """The same office, in which no key and no certificate counts for longer than the journal says."""
    rules, means, revoked = office.rules, office.means, view.revocations()
    keys, certificates = ended_earlier(rules.keys, revoked), ended_earlier(rules.certificates, revoked)
    if not keys and not certificates:
        return office
    rules = replace(rules, keys={**rules.keys, **keys}, certificates={**rules.certificates, **certificates})
    secrets = Revoked(means.secrets, rules.certificates) if certificates else means.secrets
    return replace(office, rules=rules, means=replace(means, rules=rules, secrets=secrets))
