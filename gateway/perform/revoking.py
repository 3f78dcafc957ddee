"""A revocation counts from its fact on: nobody has to read the configuration anew for it, or to restart anything.

Keys come into force by `keys/` alone; that one was lost must not wait for that.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.ledger.views import View
from gateway.perform.office import Office


def with_revocations(office: Office, view: View) -> Office:
    """The same office, in which no key counts for longer than the journal says."""
    keys = office.rules.keys
    late = {}
    for name, at in view.revocations().items():
        key = keys.get(name)
        if key is not None and (key.revoked is None or key.revoked > at):
            late[name] = replace(key, revoked=at)
    if not late:
        return office
    rules = replace(office.rules, keys={**keys, **late})
    return replace(office, rules=rules, means=replace(office.means, rules=rules))
