"""S/MIME messages as openssl writes them: what is opened, whose signature counts, what shows no change."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.handler import Limits, Opened, Trouble, Unreadable
from handlers import mail_message, smime
from handlers.forms.identity import Identity
from handlers.smime.ber import read
from tests.handlers.openssl import Holder, make, openssl

ENTITY = (
    (
        'Content-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\nContent-Type: text/csv\r\n\r\n姓名,住址\r\n'
        "王小明,镕镇\r\n--x--\r\n"
    ).encode()
    * 1
    + b"x" * 3_000
    + b"\r\n"
)


@dataclass(frozen=True)
class World:
    folder: Path
    ours: Holder
    officer: Holder
    second: Holder
    curve: Holder
    stranger: Holder
    identity: Identity

    @property
    def secret(self) -> bytes:
        return self.identity.secret()

    def sign(self, *words: str, data: bytes = ENTITY, by: Holder | None = None, form: str = "DER") -> bytes:
        by = by or self.officer
        options = ("-sign", "-binary", "-outform", form, "-signer", by.certificate, "-inkey", by.key)
        return openssl("cms", *options, *words, data=data)

    def encrypt(self, *words: str, data: bytes = ENTITY, to: Holder | None = None, form: str = "DER") -> bytes:
        to = to or self.ours
        return openssl("cms", "-encrypt", "-binary", "-outform", form, *words, to.certificate, data=data)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("smime")
    ours, officer, second, stranger = (make(folder, name) for name in ("ours", "li", "zhang", "stranger"))
    curve = make(folder, "wang", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")
    known = tuple(holder.pem for holder in (second, curve, officer))
    yield World(folder, ours, officer, second, curve, stranger, Identity((ours.both,), known, at=datetime.now(UTC)))


def opened(data: bytes, secret: bytes | None, limits: Limits | None = None) -> Opened:
    assert smime.opens(data[:4096], "")
    return smime.open_parts(data, limits or Limits(), secret)


def trouble_of(data: bytes, secret: bytes | None, limits: Limits | None = None) -> Trouble:
    with pytest.raises(Unreadable) as raised:
        smime.open_parts(data, limits or Limits(), secret)
    return raised.value.trouble


def attached(mail: bytes) -> bytes:
    """The one S/MIME part of a mail, as the splitter hands it on."""
    head = b"From: Li <li@clinic.example>\nTo: office@county.example\nSubject: report\n"
    parts = mail_message.open_parts(head + mail, Limits()).parts
    return next(part.data for part in parts if smime.opens(part.data[:4096], part.name))


# --- signed ---


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("-md", "sha384"),
        ("-md", "sha512", "-keyopt", "rsa_padding_mode:pss"),
        ("-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:32"),
        ("-keyid",),
        ("-nocerts",),
        ("-noattr",),
        ("-cades",),
        ("-stream",),
    ],
    ids=lambda words: " ".join(words) or "default",
)
@pytest.mark.parametrize("form", ["DER", "PEM"])
def test_what_openssl_signs_is_opened_and_its_signer_known(world: World, words: tuple[str, ...], form: str) -> None:
    found = opened(world.sign("-nodetach", *words, form=form), world.secret)
    (part,) = found.parts
    assert (part.name, part.media, part.data) == ("", "message/rfc822", ENTITY)
    assert (found.signers, found.notes) == ((world.officer.fingerprint,), ())


def test_a_key_on_a_curve_signs_as_well(world: World) -> None:
    found = opened(world.sign("-nodetach", by=world.curve), world.secret)
    assert (found.signers, found.notes) == ((world.curve.fingerprint,), ())


def test_a_signed_file_that_is_no_mail_stays_a_file(world: World) -> None:
    (part,) = opened(world.sign("-nodetach", data=b"a,b\n1,2\n"), world.secret).parts
    assert (part.media, part.data) == ("application/octet-stream", b"a,b\n1,2\n")


@pytest.mark.parametrize("words", [("-nodetach",), ()], ids=["opaque", "beside its content"])
@pytest.mark.parametrize("program", ["cms", "smime"])
def test_a_signed_mail_is_opened_from_what_the_splitter_hands_on(
    world: World, program: str, words: tuple[str, ...]
) -> None:
    signer = ("-signer", world.officer.certificate, "-inkey", world.officer.key)
    mail = openssl(program, "-sign", *signer, *words, data=ENTITY.replace(b"\r\n", b"\n"))
    for form in (mail, mail.replace(b"\r\n", b"\n"), mail.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")):
        found = opened(attached(form), world.secret)
        meant = ENTITY.replace(b"\r\n", b"\n") if not words and b"\r" not in form else ENTITY
        assert (found.parts[0].media, found.parts[0].data) == ("message/rfc822", meant)
        assert (found.signers, found.notes) == ((world.officer.fingerprint,), ())
    changed = mail.replace("王小明".encode(), "王小华".encode())
    if not words:
        assert trouble_of(attached(changed), world.secret) is Trouble.FORGED


def test_two_signers_are_both_told_and_a_stranger_is_not(world: World) -> None:
    beside = ("-signer", str(world.second.certificate), "-inkey", str(world.second.key))
    both = opened(world.sign("-nodetach", *beside), world.secret)
    assert both.signers == tuple(sorted((world.officer.fingerprint, world.second.fingerprint)))
    beside = ("-signer", str(world.stranger.certificate), "-inkey", str(world.stranger.key))
    one = opened(world.sign("-nodetach", *beside), world.secret)
    assert (one.signers, one.notes) == ((world.officer.fingerprint,), ("unknown_signer",))


def test_only_the_registered_certificate_counts_not_one_of_the_same_name_or_key(world: World, tmp_path: Path) -> None:
    found = opened(world.sign("-nodetach", by=world.stranger), world.secret)
    assert (found.parts[0].data, found.signers, found.notes) == (ENTITY, (), ("unknown_signer",))
    renewed = make(tmp_path, "li", "-key", str(world.officer.key))
    by_renewed = opened(world.sign("-nodetach", by=Holder(world.officer.key, renewed.certificate)), world.secret)
    assert (by_renewed.signers, by_renewed.notes) == ((), ("unknown_signer",))
    other = tmp_path / "other"
    other.mkdir()
    impostor = make(other, "li", "-newkey", "rsa:2048", "-set_serial", _serial(world.officer))
    assert trouble_of(world.sign("-nodetach", by=impostor), world.secret) is Trouble.FORGED


def _serial(holder: Holder) -> str:
    return "0x" + openssl("x509", "-in", holder.certificate, "-noout", "-serial").decode().strip().partition("=")[2]


def test_an_expired_certificate_does_not_count_although_the_signature_fits(world: World) -> None:
    data = world.sign("-nodetach")
    for at in (datetime.now(UTC) + timedelta(days=701), datetime.now(UTC) - timedelta(days=1)):
        found = opened(data, replace(world.identity, at=at).secret())
        assert (found.parts[0].data, found.signers, found.notes) == (ENTITY, (), ("expired_signer",))
    assert opened(data, replace(world.identity, at=None).secret()).signers == (world.officer.fingerprint,)


def test_a_weak_digest_or_a_short_key_does_not_count(world: World, tmp_path: Path) -> None:
    found = opened(world.sign("-nodetach", "-md", "sha1"), world.secret)
    assert (found.signers, found.notes) == ((), ("weak_signature",))
    short = make(tmp_path, "short", "-newkey", "rsa:1024")
    soon = datetime.now(UTC) + timedelta(minutes=5)
    secret = replace(world.identity, certificates=(short.pem,), at=soon).secret()
    assert opened(world.sign("-nodetach", by=short), secret).notes == ("weak_signature",)


def test_the_attributes_of_one_signature_are_not_taken_for_content(world: World) -> None:
    """Without attributes the same signature would be one over them, as content."""
    signer = read(world.sign("-nodetach")).inner()[1].inner()[0].inner()[-1].inner()[0]
    attributes = signer.inner()[3]
    assert attributes.tag == 0xA0
    content = b"\x31" + attributes.whole[1:]
    plain = world.sign("-nodetach", "-noattr", data=b"?" * len(content))
    ours = read(plain).inner()[1].inner()[0].inner()[-1].inner()[0].inner()[-1].content
    forged = plain.replace(b"?" * len(content), content).replace(ours, signer.inner()[5].content)
    assert content in forged and forged != plain
    assert trouble_of(forged, world.secret) is Trouble.FORGED


def test_a_signature_alone_and_certificates_alone_hold_no_file(world: World) -> None:
    assert opened(world.sign(), world.secret).notes == ("detached_signature",)
    alone = openssl("crl2pkcs7", "-nocrl", "-certfile", world.officer.certificate, "-outform", "DER")
    found = opened(alone, world.secret)
    assert (found.parts, found.signers, found.notes) == ((), (), ("public_key",))


# --- encrypted ---


@pytest.mark.parametrize("cipher", ["-aes128", "-aes192", "-aes256", "-des3"])
@pytest.mark.parametrize(
    "words", [(), ("-keyid",), ("-stream",)], ids=lambda words: " ".join(words) or "default"
)  # fmt: skip
def test_what_openssl_encrypts_is_opened_and_named_as_showing_no_change(
    world: World, cipher: str, words: tuple[str, ...]
) -> None:
    found = opened(world.encrypt(cipher, *words), world.secret)
    assert (found.parts[0].data, found.signers, found.notes) == (ENTITY, (), ("no_integrity", "unsigned"))


@pytest.mark.parametrize("cipher", ["-aes-128-gcm", "-aes-256-gcm"])
def test_authenticated_encryption_shows_changes(world: World, cipher: str) -> None:
    data = world.encrypt(cipher)
    found = opened(data, world.secret)
    assert (found.parts[0].data, found.signers, found.notes) == (ENTITY, (), ("unsigned",))
    for place in (len(data) - 1_000, len(data) - 30, len(data) - 1):
        flipped = bytearray(data)
        flipped[place] ^= 1
        assert trouble_of(bytes(flipped), world.secret) is Trouble.DAMAGED


@pytest.mark.parametrize("digest", ["sha1", "sha256", "sha512"])
def test_keys_sent_by_oaep_are_taken(world: World, digest: str) -> None:
    words = ("-recip", world.ours.certificate, "-keyopt", "rsa_padding_mode:oaep", "-keyopt", f"rsa_oaep_md:{digest}")
    data = openssl("cms", "-encrypt", "-binary", "-outform", "DER", "-aes256", *words, data=ENTITY)
    assert opened(data, world.secret).parts[0].data == ENTITY


def _as_mail(world: World, *words: str | Path, data: bytes = ENTITY) -> bytes:
    """A message in the form in which it stands in a mail, and thus in another message."""
    return openssl("cms", "-outform", "SMIME", *words, data=data)


def test_signed_and_then_encrypted_needs_no_other_integrity(world: World) -> None:
    signer = ("-signer", world.officer.certificate, "-inkey", world.officer.key)
    for words in (("-nodetach",), ()):
        signed = _as_mail(world, "-sign", "-binary", *signer, *words)
        found = opened(world.encrypt("-aes256", data=signed), world.secret)
        assert (found.parts[0].data, found.signers, found.notes) == (ENTITY, (world.officer.fingerprint,), ())
    by_stranger = _as_mail(
        world, "-sign", "-nodetach", "-signer", world.stranger.certificate, "-inkey", world.stranger.key
    )
    found = opened(world.encrypt("-aes256", data=by_stranger), world.secret)
    assert (found.signers, found.notes) == ((), ("no_integrity", "unknown_signer"))


def test_encrypted_and_then_signed_needs_none_either(world: World) -> None:
    encrypted = _as_mail(world, "-encrypt", "-binary", "-aes256", world.ours.certificate)
    found = opened(world.sign("-nodetach", data=encrypted), world.secret)
    assert (found.parts[0].data, found.signers, found.notes) == (ENTITY, (world.officer.fingerprint,), ())


def test_layers_upon_layers_are_refused(world: World) -> None:
    data = ENTITY
    for _ in range(6):
        data = _as_mail(world, "-encrypt", "-binary", "-aes256", world.ours.certificate, data=data)
    assert trouble_of(attached(data), world.secret) is Trouble.TOO_DEEP


def test_one_of_two_recipients_suffices_and_an_older_key_opens(world: World) -> None:
    data = world.encrypt("-aes256", str(world.stranger.certificate))
    assert opened(data, world.secret).parts[0].data == ENTITY
    secret = Identity(keys=(world.stranger.both, world.ours.both)).secret()
    assert opened(world.encrypt("-aes256"), secret).parts[0].data == ENTITY


def test_what_is_for_another_needs_a_key(world: World) -> None:
    assert trouble_of(world.encrypt("-aes256", to=world.stranger), world.secret) is Trouble.NEEDS_KEY
    assert trouble_of(world.encrypt("-aes256"), None) is Trouble.NEEDS_KEY
    by_curve = world.encrypt("-aes256", to=world.curve)
    assert trouble_of(by_curve, world.secret) is Trouble.NEEDS_KEY
    for bad in ("", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", world.ours.key.read_text()):
        assert trouble_of(world.encrypt("-aes256"), Identity(keys=(bad,)).secret()) is Trouble.NEEDS_KEY


# --- bad files ---


def test_a_cut_file_is_refused_wherever_it_is_cut(world: World) -> None:
    for data in (world.sign("-nodetach"), world.sign("-nodetach", "-stream"), world.encrypt("-aes256")):
        for at in {*range(0, len(data), max(1, len(data) // 100)), len(data) - 1}:
            with pytest.raises(Unreadable):
                smime.open_parts(data[:at], Limits(), world.secret)


def test_no_byte_of_what_is_signed_can_be_flipped_unnoticed(world: World) -> None:
    data = world.sign("-nodetach")
    begin = data.index(ENTITY)
    for at in [*range(begin, begin + len(ENTITY), 37), begin + len(ENTITY) - 1]:
        flipped = bytearray(data)
        flipped[at] ^= 0x10
        assert trouble_of(bytes(flipped), world.secret) is Trouble.FORGED


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no message",
        b"\x30\x80" * 40,
        b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80\x30\x80\0\0\0\0\0\0",
        b"\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02",
        b"\x30\x0f\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03\xa0\x02\x30\x00",
        b"\x30\x0f\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x02\x05\x00",
        b"-----BEGIN PKCS7-----\nAAAA\n-----END CMS-----\n",
        b"-----BEGIN CMS-----\nAAA\n-----END CMS-----\n",
        b"Content-Type: multipart/signed; protocol=application/pkcs7-signature; boundary=x\n\n--x\n\na\n--x--",
    ],
)  # fmt: skip
def test_what_is_no_message_is_damaged(world: World, data: bytes) -> None:
    assert trouble_of(data, world.secret) is Trouble.DAMAGED


def test_other_kinds_of_messages_are_not_supported(world: World) -> None:
    digested = openssl("cms", "-digest_create", "-outform", "DER", data=ENTITY)
    assert trouble_of(digested, world.secret) is Trouble.UNSUPPORTED
    assert trouble_of(world.encrypt("-rc2", "-provider", "legacy", "-provider", "default"), world.secret) is (
        Trouble.UNSUPPORTED
    )


def test_nothing_larger_than_the_limits_is_opened(world: World) -> None:
    small = Limits(bytes=len(ENTITY) - 1)
    for data in (world.sign("-nodetach"), world.encrypt("-aes256")):
        assert trouble_of(data, world.secret, small) is Trouble.TOO_LARGE


def test_a_message_in_very_many_pieces_or_depths_ends_soon(world: World) -> None:
    begun = time.process_time()
    head = b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80\x30\x80\x02\x01\x01\x31\0\x30\x80\x06\x09"
    head += b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\xa0\x80"
    tail = b"\0\0" * 3 + b"\x31\0" + b"\0\0" * 3
    assert trouble_of(head + b"\x24\x80" + b"\x04\x01a" * 2_000_000 + b"\0\0" + tail, None) is Trouble.TOO_LARGE
    assert trouble_of(head + b"\x24\x80" * 100_000 + b"\0\0" * 100_000 + tail, None) is Trouble.DAMAGED
    assert time.process_time() - begun < 10
