"""What is known of officers' keys: offered, confirmed, revoked. Which of them count says `keys/` alone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, type_coerce

from gateway.ledger.answers import Key, KeyOffer
from gateway.ledger.asking import Asking, columns_for
from gateway.ledger.columns import Instant
from gateway.ledger.outgoing import key_confirmations, key_offers, key_revocations
from gateway.rows import Prepared

_OFFERS = select(*columns_for(KeyOffer, key_offers)).order_by(key_offers.c.offered)
_OF_OFFICER = _OFFERS.where(key_offers.c.officer == bindparam("officer"))


_REVOCATIONS = Prepared(
    select(key_revocations.c.key, type_coerce(func.min(key_revocations.c.from_instant), Instant)).group_by(
        key_revocations.c.key
    )
)


class KeyViews(Asking):
    """Questions about officers' keys."""

    def key_offers(self, officer: str | None = None) -> list[KeyOffer]:
        """Every key that came in, oldest first; of one officer, or of all."""
        found = self._rows(_OFFERS) if officer is None else self._rows(_OF_OFFICER, officer=officer)
        return [KeyOffer(*row) for row in found]

    def revocations(self) -> dict[str, datetime]:
        """From when each key counts no more, by the earliest of its revocations."""
        return dict(self._rows(_REVOCATIONS))

    def keys_seen(self) -> list[Key]:
        """Every key that a fact speaks of, by id: its last confirmation, and from when it is revoked."""
        confirmed = {
            row.key: row for row in self._rows(select(key_confirmations).order_by(key_confirmations.c.confirmed))
        }
        revoked: dict[str, Any] = {}
        for row in self._rows(select(key_revocations).order_by(key_revocations.c.from_instant.desc())):
            revoked[row.key] = row
        return [_key(key, confirmed.get(key), revoked.get(key)) for key in sorted({*confirmed, *revoked})]


def _key(key: str, confirmed: Any, revoked: Any) -> Key:
    return Key(
        key,
        (confirmed or revoked).officer,
        confirmed.fingerprint if confirmed else None,
        confirmed.confirmed_at if confirmed else None,
        revoked.from_instant if revoked else None,
    )
