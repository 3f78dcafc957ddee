"""DKIM signatures of the loaded mail, checked inside a worker with DNS records that the daemon looked up.

dkimpy does the arithmetic; what a signature must be to prove anything is decided here: SHA-256, RSA of 1,024 bits or
more (or Ed25519), the whole body (`l=` counts as unsigned), From among the signed fields, exactly one key record, not
in testing. *Aligned* means that the domain is that of the one plain address in From, or above it.
"""

from __future__ import annotations

import logging
import re
from typing import Any

from handlers.mail_message.fields import Block, one_address, read_block

_SIGNATURES = 5
_LABELS = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?){0,20}", re.ASCII)
_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?){1,20}", re.ASCII)
_TAG = re.compile(rb"\s*([A-Za-z][A-Za-z0-9_]*)\s*=([^;]*)")
_ALGORITHMS = (b"rsa-sha256", b"ed25519-sha256")
_RSA_BITS = 1024
_FIELD_BYTES = 8192
# A second one of these, put above the signed one, would be read in its place.
_ONCE = ("from", "subject", "date", "to", "message-id", "content-type", "content-transfer-encoding")

Tags = dict[bytes, bytes]


def questions(mail: bytes) -> list[tuple[str, str]]:
    """Selector and domain of each signature worth checking, in the order of the mail, each once."""
    found = []
    top = read_block(mail, 0, len(mail))
    for _, tags in _signatures(top):
        names = _names(tags)
        if names and not _flaw(top, tags) and names not in found:
            found.append(names)
    return found


def results(mail: bytes, records: dict[str, list[str]]) -> list[list[Any]]:
    """`[domain, valid, aligned, why]` for each of the first signatures; `why` names the first thing that is wrong."""
    top = read_block(mail, 0, len(mail))
    address = None if top.notes else one_address(top.all("from"))
    told: list[list[Any]] = []
    for place, tags in _signatures(top):
        names = _names(tags)
        domain = names[1] if names else ""
        why = "names" if not names else _flaw(top, tags)
        if not why and names:
            keys = records.get(f"{names[0]}._domainkey.{names[1]}", [])
            why = _key_flaw(keys) or ("" if _verify(mail, place, keys[0].encode("latin-1"), domain) else "signature")
        aligned = bool(domain and address) and _aligned(str(address), domain)
        told.append([domain, not why, aligned, why or ("" if aligned else "from" if address else "odd_from")])
    return told


def _signatures(top: Block) -> list[tuple[int, Tags]]:
    """The first few DKIM-Signature fields: their places among themselves, and their tags."""
    return [(place, _tags(value)) for place, value in enumerate(top.all("dkim-signature")[:_SIGNATURES])]


def _tags(value: bytes) -> Tags:
    tags: Tags = {}
    if len(value) > _FIELD_BYTES:
        return tags
    for one in value.split(b";"):
        found = _TAG.fullmatch(one)
        if found:
            if found[1] in tags:
                return {}
            tags[found[1]] = re.sub(rb"\s+", b"", found[2])
    return tags


def _names(tags: Tags) -> tuple[str, str] | None:
    """Selector and domain in lower case, if both may stand in a DNS name."""
    selector = tags.get(b"s", b"").decode("latin-1").lower()
    domain = tags.get(b"d", b"").decode("latin-1").lower()
    if not _LABELS.fullmatch(selector) or not _DOMAIN.fullmatch(domain) or len(selector) > 189 or len(domain) > 189:
        return None
    return selector, domain


def _flaw(top: Block, tags: Tags) -> str:
    """Why a signature would prove nothing even if it verified."""
    if b"l" in tags:
        return "partial_body"
    if tags.get(b"a", b"").lower() not in _ALGORITHMS:
        return "algorithm"
    signed = tags.get(b"h", b"").lower().split(b":")
    if b"from" not in signed:
        return "from_unsigned"
    if top.all("subject") and b"subject" not in signed:
        return "subject_unsigned"
    return "field_twice" if any(len(top.all(name)) > 1 for name in _ONCE) else ""


def _key_flaw(keys: list[str]) -> str:
    if len(keys) != 1:
        return "several_keys" if keys else "no_key"
    tags = _tags(keys[0].encode("latin-1"))
    if not tags.get(b"p"):
        return "key_revoked" if b"p" in tags else "no_key"
    if b"y" in tags.get(b"t", b"").lower().split(b":"):
        return "key_testing"
    hashes = tags.get(b"h", b"sha256").lower().split(b":")
    services = tags.get(b"s", b"*").lower().split(b":")
    if b"sha256" not in hashes or not {b"*", b"email"} & set(services):
        return "key_use"
    return ""


def _verify(mail: bytes, place: int, key: bytes, domain: str) -> bool:
    """Whether the signature at this place verifies with this key record, as dkimpy reads its tags too."""
    import dkim

    silent = logging.getLogger("gateway.sandbox.dkim")
    silent.disabled = True
    try:
        checker = dkim.DKIM(mail, logger=silent, minkey=_RSA_BITS)
        if not checker.verify(idx=place, dnsfunc=lambda name, timeout=5: key):
            return False
        same = b"l" not in checker.signature_fields and b"from" in checker.include_headers
        return same and bool(checker.domain.lower() == domain.encode())
    except MemoryError:
        raise
    except Exception:  # dkimpy raises many kinds, some of them by accident, for what is malformed
        return False


def _aligned(address: str, domain: str) -> bool:
    sender = address.rpartition("@")[2].lower()
    return sender == domain or sender.endswith("." + domain)
