"""What a worker needs to open one envelope: our private keys, whose signatures to believe, agreed passwords.

It is the secret of the handlers with `SECRET = "identity"` (`age`, `openpgp`, `smime`), and no handler itself. The
daemon writes it, out of credentials and the registered certificates; the worker reads it. All keys are text, in the
format's own words: what each handler takes stands at its top.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

_INSTANT = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class Identity:
    """`keys` are ours and private; `certificates` are the registered ones of others; each is one file's text.

    `passwords` are those agreed with whoever is said to have sent the file. `at` is when we had the file: certificates
    must be valid then; None asks for no such thing (a look without a clock).
    """

    keys: tuple[str, ...] = field(default=(), repr=False)
    certificates: tuple[str, ...] = ()
    passwords: tuple[str, ...] = field(default=(), repr=False)
    at: datetime | None = None

    def secret(self) -> bytes:
        """The bytes for `open_parts`."""
        at = self.at.astimezone(UTC).strftime(_INSTANT) if self.at else None
        return json.dumps({**asdict(self), "at": at}).encode()


def read_identity(secret: bytes | None) -> Identity:
    """The identity in a secret; an empty one if there is none. It comes from the daemon and is trusted."""
    if secret is None:
        return Identity()
    told: dict[str, Any] = json.loads(secret)
    at = datetime.fromisoformat(told["at"]) if told["at"] else None
    return Identity(tuple(told["keys"]), tuple(told["certificates"]), tuple(told["passwords"]), at)
