"""Who sent it: the rules of identity as a table, and what an upstream server's word is worth."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from gateway.core.agreement import ProofKind
from gateway.core.facts import Proof
from gateway.core.refusal import Refusal
from gateway.judge.proving import Claim, Policy, Standing, aligned, codes_in, domains_passed, stand
from tests.core.small_county import RULES

LI, SUN = "li@county.example", "sun@county.example"
SIGNING = Policy(frozenset({"county.example"}), "mx.province.example")
OPEN = Policy()
UPSTREAM = "mx.province.example; dkim=pass header.d=county.example"


@dataclass(frozen=True)
class Signature:
    domain: str = "county.example"
    valid: bool = True
    aligned_with_from: bool = True


def proven(kind: ProofKind, officer: str = "li", domain: str | None = None) -> Standing:
    return Standing(Proof(kind, officer, domain=domain))


def unproven(refusal: Refusal, names: str | None = None) -> Standing:
    return Standing(refusal=refusal, names=names)


DKIM = proven(ProofKind.DKIM, domain="county.example")
FORGED, UNCONFIRMED = unproven(Refusal.FORGED, "li"), unproven(Refusal.UNCONFIRMED, "li")
STRANGER = unproven(Refusal.STRANGER)
ADMITTED = Proof(ProofKind.ADMITTED, "li")

CASES: dict[str, tuple[Claim, Policy, Standing]] = {
    "an address alone proves nothing, and is asked": (Claim("smtp", sender=LI), OPEN, UNCONFIRMED),
    "case does not matter in an address": (Claim("smtp", sender="LI@County.Example"), OPEN, UNCONFIRMED),
    "an address that nobody registered is a stranger": (Claim("smtp", sender="x@y.example"), OPEN, STRANGER),
    "an ambiguous From names nobody": (Claim("smtp", sender=None), SIGNING, STRANGER),
    "a login proves": (Claim("smtp", "li"), OPEN, proven(ProofKind.SUBMISSION)),
    "a login proves whatever From says": (Claim("smtp", "li", SUN), OPEN, proven(ProofKind.SUBMISSION)),
    "a folder proves": (Claim("folder", "li"), OPEN, proven(ProofKind.FOLDER)),
    "an officer of no channel that proves is not believed": (Claim("imap", "li", LI), OPEN, UNCONFIRMED),
    "a login of somebody who is gone proves nothing": (Claim("smtp", "gone"), OPEN, STRANGER),
    "a signature of the sender's domain proves": (Claim("imap", None, LI, [Signature()]), SIGNING, DKIM),
    "one good signature among bad ones is enough": (
        Claim("imap", None, LI, [Signature(valid=False), Signature("x.example"), Signature()]),
        SIGNING,
        DKIM,
    ),
    "an invalid signature proves nothing": (Claim("imap", None, LI, [Signature(valid=False)]), SIGNING, FORGED),
    "a signature that is not aligned proves nothing": (
        Claim("imap", None, LI, [Signature(aligned_with_from=False)]),
        SIGNING,
        FORGED,
    ),
    "a domain that we do not accept proves nothing": (
        Claim("imap", None, LI, [Signature()]),
        Policy(frozenset({"other.example"})),
        UNCONFIRMED,
    ),
    "a stranger's good signature proves no officer": (
        Claim("imap", None, "x@county.example", [Signature()]),
        SIGNING,
        STRANGER,
    ),
    "unsigned mail of a domain that signs is forged": (Claim("imap", None, LI), SIGNING, FORGED),
    "the pinned server's word proves": (
        Claim("imap", None, LI, authentication_results=[UPSTREAM]),
        SIGNING,
        proven(ProofKind.UPSTREAM, domain="county.example"),
    ),
    "only the topmost word counts": (
        Claim("imap", None, LI, authentication_results=["mx.other.example; dkim=pass", UPSTREAM]),
        SIGNING,
        FORGED,
    ),
    "without a pinned server nobody's word counts": (
        Claim("imap", None, LI, authentication_results=[UPSTREAM]),
        Policy(frozenset({"county.example"})),
        FORGED,
    ),
    "the server's word about another domain proves nothing": (
        Claim("imap", None, LI, authentication_results=["mx.province.example; dkim=pass header.d=evil.example"]),
        Policy(frozenset({"county.example", "evil.example"}), "mx.province.example"),
        FORGED,
    ),
    "the word of an administrator proves": (Claim("imap", None, vouched=ADMITTED), OPEN, Standing(ADMITTED)),
    "a word for somebody who is gone proves nothing": (
        Claim("imap", None, vouched=Proof(ProofKind.CONFIRMED, "gone")),
        OPEN,
        STRANGER,
    ),
    "a login is stronger than a signature, and that than a word": (
        Claim("smtp", "sun", LI, [Signature()], vouched=ADMITTED),
        SIGNING,
        proven(ProofKind.SUBMISSION, "sun"),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_how_a_sender_stands(case: str) -> None:
    claim, policy, standing = CASES[case]
    assert stand(claim, RULES, policy) == standing


SERVER = "mx.province.example"


@pytest.mark.parametrize(
    ("results", "domains"),
    [
        (f"{SERVER}; dkim=pass header.d=County.Example.", ["county.example"]),
        (f"{SERVER} 1; spf=pass; dkim=pass (2048-bit key) header.i=@county.example", ["county.example"]),
        ("MX.province.EXAMPLE; DKIM = PASS header.i=li@county.example header.s=a", ["county.example"]),
        (f"{SERVER}; dkim=pass header.d=a.example; dkim=pass header.d=b.example", ["a.example", "b.example"]),
        (f'{SERVER}; dkim=pass reason="x; y" header.d=a.example', ["a.example"]),
        (f"{SERVER}; dkim=fail header.d=a.example", []),
        (f"{SERVER}; dkim=pass", []),
        (f"{SERVER}; dkim=passed header.d=a.example", []),
        (f"{SERVER}; xdkim=pass header.d=a.example", []),
        (f"{SERVER}; none", []),
        (f"{SERVER}.evil.example; dkim=pass header.d=a.example", []),
        ("", []),
    ],
)
def test_which_domains_a_server_found_good(results: str, domains: list[str]) -> None:
    assert domains_passed(results, SERVER) == domains


@pytest.mark.parametrize(
    "quoted",
    [
        'spf=pass smtp.mailfrom="a; dkim=pass header.d=county.example"@evil.example',
        'spf=pass smtp.mailfrom="a\\"; dkim=pass header.d=county.example; \\""@evil.example',
        "spf=pass (sent by x; dkim=pass header.d=county.example; y) smtp.mailfrom=x@evil.example",
        "spf=pass (a (b) ; dkim=pass header.d=county.example) smtp.mailfrom=x@evil.example",
        'spf=pass (a "(" b; dkim=pass header.d=county.example ")" ) x=y',
        "spf=pass smtp.mailfrom=x(; dkim=pass header.d=county.example",
        'spf=pass smtp.mailfrom=x"; dkim=pass header.d=county.example',
        'dkim=fail reason="dkim=pass header.d=county.example" header.d=evil.example',
        "dkim=pass (header.d=county.example) header.d=evil.example",
        "dkim=pass header.d=evil.example.county.example@x header.d=evil.example",
        "dkim=neutral x=dkim=pass header.d=county.example",
    ],
)
def test_what_the_server_quotes_of_the_sender_is_not_its_word(quoted: str) -> None:
    assert "county.example" not in domains_passed(f"{SERVER}; {quoted}", SERVER)


@pytest.mark.parametrize(
    ("domain", "sender", "speaks"),
    [
        ("county.example", "county.example", True),
        ("county.example", "mail.county.example", True),
        ("mail.county.example", "county.example", False),
        ("unty.example", "county.example", False),
        ("", "county.example", False),
    ],
)
def test_a_domain_speaks_for_itself_and_what_is_below(domain: str, sender: str, speaks: bool) -> None:
    assert aligned(domain, sender) is speaks


def test_codes_are_found_in_any_case_each_once_and_ten_at_most() -> None:
    text = "gw-7k3m-9qxd-04tz, GW-7K3M-9QXD-04TZ; GW-ILOU-0000-0000; GW-7K3M-9QXD-04T"
    assert codes_in([text]) == ["GW-7K3M-9QXD-04TZ"]
    many = [f"GW-0000-0000-{number:04}" for number in range(30)]
    assert codes_in(many) == many[:10]
