"""Who sent it, and why we believe that: the rules of identity, each a sentence.

`From` alone is never a proof. A signature over the content is the strongest; what the channel itself proves comes
next; then the sender's domain; then a one-time code given back; then an administrator's word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.core.agreement import ProofKind
from gateway.core.facts import Proof
from gateway.core.parties import Officer
from gateway.core.refusal import Refusal
from gateway.core.rules import Rules


class DomainSignature(Protocol):
    """What checking one DKIM signature came to."""

    @property
    def domain(self) -> str: ...
    @property
    def valid(self) -> bool: ...
    @property
    def aligned_with_from(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Claim:
    """What an arrival says of itself, and what its channel knows. `sender` is the one unambiguous From address."""

    channel: str
    officer: str | None = None  # who authenticated to the channel
    sender: str | None = None
    signatures: Sequence[DomainSignature] = ()
    authentication_results: Sequence[str] = ()  # those above the first Received that is not ours, topmost first
    vouched: Proof | None = None  # by a one-time code given back, or by an administrator


@dataclass(frozen=True, slots=True)
class Policy:
    """Which domains' signatures we accept, and whose Authentication-Results we believe."""

    dkim_domains: frozenset[str] = frozenset()
    upstream: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A proof; or why there is none, and whom the arrival names. Where the reason is UNCONFIRMED, they are asked."""

    proof: Proof | None = None
    refusal: Refusal | None = None
    names: str | None = None


def stand(claim: Claim, rules: Rules, policy: Policy) -> Standing:
    """How the sender stands, by everything but a seal: the strongest proof there is."""
    named = rules.officer_at(claim.sender) if claim.sender else None
    for proof in (
        _by_channel(claim, rules),
        _by_domain(claim, named, policy),
        _by_upstream(claim, named, policy),
        _by_word(claim, rules),
    ):
        if proof:
            return Standing(proof)
    if named is None:
        return Standing(refusal=Refusal.STRANGER)
    if _domain(claim.sender) in policy.dkim_domains:
        # This domain signs all its mail, so an unsigned one in its name was not sent by it.
        return Standing(refusal=Refusal.FORGED, names=named.id)
    return Standing(refusal=Refusal.UNCONFIRMED, names=named.id)


def _by_channel(claim: Claim, rules: Rules) -> Proof | None:
    """An authenticated submission and an officer's own folder prove who sent it."""
    kind = {"smtp": ProofKind.SUBMISSION, "folder": ProofKind.FOLDER}.get(claim.channel)
    if kind and claim.officer and rules.officer(claim.officer):
        return Proof(kind, claim.officer)
    return None


def _by_domain(claim: Claim, named: Officer | None, policy: Policy) -> Proof | None:
    """A valid signature of the domain in From, checked by us, proves a registered address of that domain."""
    if named is None:
        return None
    for signature in claim.signatures:
        if signature.valid and signature.aligned_with_from and signature.domain in policy.dkim_domains:
            return Proof(ProofKind.DKIM, named.id, domain=signature.domain)
    return None


def _by_upstream(claim: Claim, named: Officer | None, policy: Policy) -> Proof | None:
    """A pinned upstream server's word (RFC 8601) proves it, if it wrote the topmost Authentication-Results."""
    if named is None or not policy.upstream or not claim.authentication_results:
        return None
    sender_domain = _domain(claim.sender)
    for domain in domains_passed(claim.authentication_results[0], policy.upstream):
        if domain in policy.dkim_domains and aligned(domain, sender_domain):
            return Proof(ProofKind.UPSTREAM, named.id, domain=domain)
    return None


# The server quotes the sender in its results (`smtp.mailfrom="…"`, comments), so both are taken out before reading.
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|\((?:[^()\\]|\\.)*\)', re.DOTALL)
_PASSED = re.compile(r"\s*dkim\s*=\s*pass(?=\s|$)", re.IGNORECASE)
_SIGNER = re.compile(r"(?<=\s)header\.[di]\s*=\s*(?:[^\s@]*@)?([A-Za-z0-9.-]+)(?=\s|$)", re.ASCII | re.IGNORECASE)


def domains_passed(results: str, server: str) -> list[str]:
    """The domains whose DKIM signatures this server found good, by one Authentication-Results field of its own."""
    plain, more = results, 1
    while more:
        plain, more = _QUOTED.subn(" ", plain)
    if any(mark in plain for mark in '"()\\'):
        return []
    name, *found = plain.split(";")
    if [word.casefold() for word in name.split()[:1]] != [server.casefold()]:
        return []
    signers = (_SIGNER.search(one) for one in found if _PASSED.match(one))
    return [signer[1].lower().rstrip(".") for signer in signers if signer]


def _by_word(claim: Claim, rules: Rules) -> Proof | None:
    """The one-time code given back, or an administrator's word, proves it, each under its own name."""
    return claim.vouched if claim.vouched and rules.officer(claim.vouched.officer) else None


def aligned(domain: str, sender_domain: str) -> bool:
    """Whether a signing domain speaks for the domain in From: the same, or a parent of it."""
    return bool(domain) and (sender_domain == domain or sender_domain.endswith("." + domain))


def _domain(address: str | None) -> str:
    return (address or "").rpartition("@")[2].casefold()


# --- one-time codes ---

_CODE = re.compile(r"GW-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}")


def codes_in(texts: Iterable[str]) -> list[str]:
    """The one-time codes that a reply holds, in the order met, at most ten."""
    found: dict[str, None] = {}
    for text in texts:
        for match in _CODE.finditer(text.upper()):
            found.setdefault(match[0])
            if len(found) == 10:
                return list(found)
    return list(found)
