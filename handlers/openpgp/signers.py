"""Whose OpenPGP signatures to believe, and what to call the others. What `openpgp` stands on, no handler.

Trust: a signature counts only by a registered certificate, neither revoked nor expired when we had the file, and only
where Sequoia says so over exactly the bytes that are passed on. A signature of a registered certificate that Sequoia
does not verify is a forgery; of any other it is nothing at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pysequoia

from gateway.handler import Trouble, Unreadable
from handlers.forms.calling import calling
from handlers.forms.identity import Identity
from handlers.openpgp.packet import PUBLIC_KEY, PUBLIC_SUBKEY, Packet, dearmoured, fingerprint, packets

_SIGNATURES: Final = 20  # of one message that are looked at
_WEAK: Final = (
    pysequoia.packet.HashAlgorithm.MD5, pysequoia.packet.HashAlgorithm.SHA1, pysequoia.packet.HashAlgorithm.RipeMD,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Judged:
    """What was verified: fingerprints of primary keys, and codes for what does not count."""

    signers: tuple[str, ...]
    notes: tuple[str, ...]
    content: bytes | None = None  # what the signatures are over, where one counts


def judge(
    identity: Identity, signatures: Sequence[Packet], signed: bytes, detached_from: bytes | None = None
) -> Judged:
    """The signers of a signed message, of a cleartext, or (with one detached signature each) of bytes beside it.

    `signed` is a whole message that Sequoia takes, unless there is `detached_from`. Notes: `unsigned`,
    `unknown_signer`, `revoked_signer`, `expired_signer`, `weak_signature`. Raises `Unreadable(FORGED)`.
    """
    if not signatures:
        return Judged((), ("unsigned",))
    if len(signatures) > _SIGNATURES:
        raise Unreadable(Trouble.TOO_LARGE, "openpgp signatures")
    known = _known(identity.certificates)
    notes: set[str] = set()
    counting: dict[str, pysequoia.Cert] = {}
    forms: list[pysequoia.Sig] = []
    for packet in signatures:
        with calling(Trouble.DAMAGED, "openpgp signature"):
            form = pysequoia.Sig.from_bytes(bytes(packet))
            text = known.get(form.issuer_fingerprint or form.issuer_key_id or "")
            why = "unknown_signer" if text is None else _why_not(form, text, identity)
        if why or text is None:
            notes.add(why)
        else:
            counting[text] = pysequoia.Cert.from_bytes(text.encode())
            forms.append(form)
    if not counting:
        return Judged((), tuple(sorted(notes)))
    certificates = list(counting.values())
    with calling(Trouble.FORGED, "openpgp signature"):
        if detached_from is None:
            found = [pysequoia.verify(signed, lambda ids: certificates)]
        else:
            found = [pysequoia.verify(detached_from, lambda ids: certificates, signature=form) for form in forms]
        signers = {valid.certificate.lower() for one in found for valid in one.valid_sigs}
    if not signers or found[0].bytes is None:
        raise Unreadable(Trouble.FORGED, "openpgp signature")
    return Judged(tuple(sorted(signers)), tuple(sorted(notes)), found[0].bytes)


def _known(texts: Sequence[str]) -> Mapping[str, str]:
    """The certificates by the fingerprints and ids of all their keys."""
    found: dict[str, str] = {}
    for text in texts:
        try:
            keys = packets(dearmoured(text.encode())[1])
        except Unreadable:
            continue  # `gateway check` tells of it; the others still count
        for key in keys:
            if key.tag in (PUBLIC_KEY, PUBLIC_SUBKEY) and (whole := fingerprint(key.body)):
                found[whole] = text
                found[whole[:16] if len(whole) == 64 else whole[-16:]] = text
    return found


def _why_not(form: pysequoia.Sig, text: str, identity: Identity) -> str:
    """Why a signature of this certificate does not count whatever it is over, or nothing."""
    certificate = pysequoia.Cert.from_bytes(text.encode())
    if certificate.is_revoked:
        return "revoked_signer"
    if not certificate.user_ids or form.hash_algorithm in _WEAK:
        return "weak_signature"  # no name that is bound by more than SHA-1
    ends = certificate.expiration
    return "expired_signer" if identity.at and ends and ends <= identity.at else ""
