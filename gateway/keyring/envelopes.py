"""The gateway's further private keys, for envelopes that are not ours: age, OpenPGP, S/MIME. Each is optional.

They are credentials, one text file each as other programs write it, for the gateway's user alone: `age.key` (an age
identity file), `openpgp.key` (an armoured private key without a password), `smime.key` (a PEM private key and its
certificate). Beside each older ones may lie, such as `age-2026.key`: they still open.
They are read when a file needs them, so that a new one needs no restart; `gateway check` looks at them beforehand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gateway.core.parties import Certificate
from gateway.core.refusal import Refusal
from gateway.keyring.certificates import signed_by
from handlers.forms.identity import Identity

ENVELOPES = ("age", "openpgp", "smime")  # the handlers, and the stems of the files


@dataclass(frozen=True, slots=True)
class Envelopes:
    """What opens foreign envelopes, and who may have signed them."""

    credentials: Path
    certificates: Mapping[str, Certificate]

    def identity(self, handler: str, had: datetime, passwords: Sequence[bytes] = ()) -> bytes | None:
        """The secret for `open_parts` of a handler that takes an `identity`; None for any other.

        All certificates go with it, those that count no more as well: that a signature is by an expired key can only be
        said of a signature that was verified. `passwords` are UTF-8 text.
        """
        if handler not in ENVELOPES:
            return None
        signers = tuple(c.text for c in self.certificates.values() if c.kind == handler)
        return Identity(
            own_keys(self.credentials, handler), signers, tuple(p.decode() for p in passwords), had
        ).secret()

    def signer(self, handler: str, fingerprint: str, had: datetime) -> str | Refusal:
        """The officer whose certificate this is, if it counted when we had what it signed; or why not."""
        found = signed_by(self.certificates, handler, fingerprint, had)
        return found if isinstance(found, Refusal) else found.officer


def own_key_files(credentials: Path, handler: str) -> list[Path]:
    """The current key file if there is one, then older ones, the latest name first."""
    current = credentials / f"{handler}.key"
    return [*([current] if current.exists() else []), *sorted(credentials.glob(f"{handler}-*.key"), reverse=True)]


def own_keys(credentials: Path, handler: str) -> tuple[str, ...]:
    """The texts of the gateway's own private keys for this handler; none if it was given none."""
    return tuple(path.read_text("utf-8") for path in own_key_files(credentials, handler))
