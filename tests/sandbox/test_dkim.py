"""DKIM signatures, made with real keys by dkimpy, checked by a real worker: what proves a sender and what doesn't."""

import base64
import subprocess
from functools import cache

import dkim
import nacl.signing
import pytest

from gateway.config.settings import SandboxSettings
from gateway.sandbox import DkimResult, Sandbox

BODY = b"\r\nHello,\r\n\r\nthe report.\r\n"
FIELDS = b"From: Li <li@health.example>\r\nTo: box@county.example\r\nSubject: October\r\nDate: x\r\n"
SIGNED = [b"from", b"to", b"subject", b"date"]
NAME = "s1._domainkey.health.example"


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(SandboxSettings(workers=1), ["mail_message"]) as box:
        yield box


@cache
def rsa(bits: int) -> tuple[bytes, bytes]:
    """A private key as PEM and its DNS record."""
    run = lambda *words, given=None: subprocess.run(words, input=given, capture_output=True, check=True).stdout  # noqa: E731
    private = run("openssl", "genrsa", "-traditional", str(bits))
    public = run("openssl", "rsa", "-pubout", "-outform", "DER", given=private)
    return private, b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)


def sign(mail: bytes = FIELDS + BODY, bits: int = 2048, domain: bytes = b"health.example", **options) -> bytes:
    options.setdefault("include_headers", SIGNED)
    return dkim.sign(mail, b"s1", domain, rsa(bits)[0], **options) + mail


def check(sandbox, mail: bytes, records: dict[str, list[bytes]] | None = None) -> tuple[DkimResult, ...]:
    with sandbox.session() as session:
        session.load([mail])
        asked = [f"{selector}._domainkey.{domain}" for selector, domain in session.dkim_questions()]
        return session.dkim({name: (records or {NAME: [rsa(2048)[1]]}).get(name, []) for name in asked})


def why(sandbox, mail, records=None) -> str:
    (result,) = check(sandbox, mail, records)
    return result.why


def test_a_signature_of_the_sender_s_domain_over_the_whole_mail_is_valid_and_aligned(sandbox):
    assert check(sandbox, sign()) == (DkimResult("health.example", True, True, ""),)


def test_an_ed25519_signature_is_as_good(sandbox):
    key = nacl.signing.SigningKey(b"7" * 32)
    mail = FIELDS + BODY
    signed = dkim.sign(mail, b"s1", b"health.example", base64.b64encode(bytes(key)),
                       signature_algorithm=b"ed25519-sha256", include_headers=SIGNED) + mail  # fmt: skip
    record = b"v=DKIM1; k=ed25519; p=" + base64.b64encode(bytes(key.verify_key))
    assert check(sandbox, signed, {NAME: [record]})[0] == DkimResult("health.example", True, True, "")


def test_the_questions_are_names_that_may_stand_in_dns(sandbox):
    with sandbox.session() as session:
        session.load([sign(), b""])
        assert session.dkim_questions() == [("s1", "health.example")]
        session.load(
            [b"DKIM-Signature: v=1; a=rsa-sha256; h=from:subject; s=a b/../c; d=x\xff.example\r\n" + FIELDS + BODY]
        )
        assert session.dkim_questions() == []


def test_at_most_five_signatures_are_looked_at(sandbox):
    field = b"DKIM-Signature: v=1; a=rsa-sha256; h=from:subject; d=d%d.example; s=s; bh=aaaa; b=aaaa; c=simple\r\n"
    mail = b"".join(field % place for place in range(500)) + FIELDS + BODY
    with sandbox.session() as session:
        session.load([mail])
        assert len(session.dkim_questions()) == 5
        assert [result.valid for result in session.dkim({})] == [False] * 5


@pytest.mark.parametrize(
    ("said", "instead"), [(b"the report", b"no  report"), (b"October", b"Octobre"), (b"li@", b"lo@")]
)
def test_a_changed_word_makes_it_invalid(sandbox, said, instead):
    mail = sign()
    assert mail.count(said) == 1
    assert why(sandbox, mail.replace(said, instead)) == "signature"


def test_a_signature_over_part_of_the_body_counts_for_nothing(sandbox):
    assert dkim.verify(sign(length=True) + b"appended", dnsfunc=lambda name, timeout=5: rsa(2048)[1])
    assert why(sandbox, sign(length=True) + b"appended") == "partial_body"


def test_a_signature_that_leaves_out_the_subject_counts_for_nothing(sandbox):
    assert why(sandbox, sign(include_headers=[b"from", b"to"])) == "subject_unsigned"


def test_a_signature_by_sha1_counts_for_nothing(sandbox):
    mail = sign().replace(b"a=rsa-sha256", b"a=rsa-sha1")
    assert why(sandbox, mail) == "algorithm"


def test_a_signature_that_leaves_out_from_counts_for_nothing(sandbox):
    mail = sign().replace(b"h=from : to", b"h=to").replace(b"h=from:to", b"h=to")
    assert b"h=to" in mail
    assert why(sandbox, mail) == "from_unsigned"


def test_a_key_of_less_than_1024_bits_counts_for_nothing(sandbox):
    assert why(sandbox, sign(bits=1024), {NAME: [rsa(1024)[1]]}) == ""
    assert why(sandbox, sign(bits=768), {NAME: [rsa(768)[1]]}) == "signature"


@pytest.mark.parametrize(
    ("records", "reason"),
    [
        ([], "no_key"),
        ([b"v=DKIM1; p="], "key_revoked"),
        ([b"v=spf1 -all"], "no_key"),
        (["good", "good"], "several_keys"),
        (["good", b"; t=y"], "key_testing"),
        (["good", b"; h=sha1"], "key_use"),
        (["good", b"; s=tlsrpt"], "key_use"),
        ([b"\xff\x00" * 50], "no_key"),
    ],
)
def test_a_key_record_must_be_one_and_meant_for_this(sandbox, records, reason):
    good = rsa(2048)[1]
    if records[:1] == ["good"]:
        records = [good, good] if records[1] == "good" else [good + records[1]]
    assert why(sandbox, sign(), {NAME: records}) == reason


def test_a_second_from_above_the_signed_one_is_not_aligned(sandbox):
    (result,) = check(sandbox, b"From: eve@health.example\r\n" + sign())
    assert (result.valid, result.aligned_with_from) == (False, False)


@pytest.mark.parametrize("field", [b"Subject: November", b"Content-Type: text/html", b"To: eve@evil.example"])
def test_a_second_field_above_the_signed_one_counts_for_nothing(sandbox, field):
    fields = FIELDS + b"Content-Type: text/plain\r\n"
    mail = sign(fields + BODY, include_headers=[*SIGNED, b"content-type"])
    assert why(sandbox, mail) == ""
    assert why(sandbox, field + b"\r\n" + mail) == "field_twice"


@pytest.mark.parametrize(
    ("sender", "aligned", "reason"),
    [
        (b"li@health.example", True, ""),
        (b"Li <LI@HEALTH.example>", True, ""),
        (b"li@north.health.example", True, ""),
        (b"li@xhealth.example", False, "from"),
        (b"li@example", False, "from"),
        (b"li@health.example.evil.example", False, "from"),
        (b"li@health.example, eve@evil.example", False, "odd_from"),
        (b'"li@health.example" <eve@evil.example>', False, "odd_from"),
    ],
)
def test_alignment_is_with_the_one_plain_address_in_from(sandbox, sender, aligned, reason):
    mail = sign(b"From: " + sender + b"\r\nSubject: x\r\n" + BODY, include_headers=[b"from", b"subject"])
    assert check(sandbox, mail) == (DkimResult("health.example", True, aligned, reason),)


def test_the_signature_of_another_domain_is_valid_and_not_aligned(sandbox):
    mail = sign(domain=b"evil.example")
    (result,) = check(sandbox, mail, {"s1._domainkey.evil.example": [rsa(2048)[1]]})
    assert result == DkimResult("evil.example", True, False, "from")


def test_of_several_signatures_each_has_its_own_result(sandbox):
    mail = sign(sign(), domain=b"list.example")
    records = {NAME: [rsa(2048)[1]], "s1._domainkey.list.example": [rsa(2048)[1]]}
    assert [(one.domain, one.valid, one.aligned_with_from) for one in check(sandbox, mail, records)] == [
        ("list.example", True, False),
        ("health.example", True, True),
    ]
