"""With what containers are opened, and whose signatures in them count: asked by the judge, answered by the keyring."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from gateway.core.refusal import Refusal


class Secrets(Protocol):
    """What the gateway holds beside its own seal. Nothing of it is configuration, and none of it is ever told."""

    def passwords(self, department: str) -> Sequence[bytes]:
        """Those shared with the department, the current one first; UTF-8 text. None for an unknown department."""

    def identity(self, handler: str, had: datetime, passwords: Sequence[bytes]) -> bytes | None:
        """The secret of a handler that takes an `identity`: our private keys, whom to believe, and these passwords."""

    def signer(self, handler: str, fingerprint: str, had: datetime) -> str | Refusal:
        """The officer whose registered certificate this is, if it counted when we had what it signed; or why not."""


class NoSecrets:
    """Holds nothing and knows nobody."""

    def passwords(self, department: str) -> Sequence[bytes]:
        return ()

    def identity(self, handler: str, had: datetime, passwords: Sequence[bytes]) -> bytes | None:
        return None

    def signer(self, handler: str, fingerprint: str, had: datetime) -> str | Refusal:
        return Refusal.KEY_UNKNOWN
