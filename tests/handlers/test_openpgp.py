"""OpenPGP files as GnuPG writes them: what is opened, whose signature counts, and that no byte can be changed."""

from __future__ import annotations

import bz2
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from gateway.handler import Limits, Opened, Trouble, Unreadable
from handlers import mail_message, openpgp
from handlers.forms.identity import Identity
from handlers.openpgp.packet import COMPRESSED, LITERAL, SED, SEIP, Packet, packets
from tests.handlers.gnupg import GnuPG

CONTENT = "姓名,住址\n王小明,镕镇\n".encode() * 500
NAME = "出生登记2026-11.csv"


@dataclass(frozen=True)
class World:
    gpg: GnuPG
    ours: dict[str, str]  # kind of key → fingerprint
    officer: str
    second: str
    stranger: str
    identity: Identity

    @property
    def secret(self) -> bytes:
        return self.identity.secret()

    def write(self, *words: str, data: bytes = CONTENT, by: str = "", to: str = "cv25519") -> bytes:
        """What gpg makes of the content, by default signed by the officer and for our first key."""
        return self.gpg.run(
            "--set-filename", NAME, "-u", by or self.officer, "-r", self.ours[to], "-o", "-", *words, data=data
        )


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    gpg = GnuPG()
    try:
        ours = {"rsa": gpg.make("ours by rsa", "rsa2048", "sign")}
        gpg.add_encrypting(ours["rsa"], "rsa2048")
        ours["cv25519"] = gpg.make("ours", "future-default")
        ours["nistp256"] = gpg.make("ours by nist", "nistp256", "sign")
        gpg.add_encrypting(ours["nistp256"], "nistp256")
        ours["nistp521"] = gpg.make("ours by nist 521", "nistp521", "sign")
        gpg.add_encrypting(ours["nistp521"], "nistp521")
        officer, second, stranger = (gpg.make(name, "future-default") for name in ("li", "zhang", "stranger"))
        keys = tuple(gpg.private(key) for key in ours.values())
        known = tuple(gpg.public(key) for key in (second, officer))
        yield World(gpg, ours, officer, second, stranger, Identity(keys, known, at=datetime.now(UTC)))
    finally:
        gpg.end()


def opened(data: bytes, secret: bytes | None, limits: Limits | None = None) -> Opened:
    assert openpgp.opens(data[:4096], "")
    return openpgp.open_parts(data, limits or Limits(), secret)


def trouble_of(data: bytes, secret: bytes | None, limits: Limits | None = None) -> Trouble:
    with pytest.raises(Unreadable) as raised:
        openpgp.open_parts(data, limits or Limits(), secret)
    return raised.value.trouble


@pytest.mark.parametrize("to", ["cv25519", "rsa", "nistp256", "nistp521"])
@pytest.mark.parametrize(
    "words",
    [
        ("-s", "-e"),
        ("-a", "-s", "-e"),
        ("-s", "-e", "--compress-algo", "none"),
        ("-s", "-e", "--compress-algo", "zlib", "--cipher-algo", "AES128"),
        ("-s", "-e", "--throw-keyids", "--cipher-algo", "AES192"),
    ],
    ids=["default", "armoured", "uncompressed", "zlib", "hidden recipient"],
)
def test_what_gnupg_encrypts_and_signs_is_opened_and_its_signer_known(
    world: World, words: tuple[str, ...], to: str
) -> None:
    found = opened(world.write(*words, to=to), world.secret)
    (part,) = found.parts
    assert (part.name, part.media, part.data) == (NAME, "application/octet-stream", CONTENT)
    assert (found.signers, found.notes) == ((world.officer,), ())


@pytest.mark.parametrize(
    "words", [("-s",), ("-a", "-s"), ("-s", "--compress-algo", "bzip2"), ("-s", "--compress-algo", "none")]
)
def test_what_is_only_signed_needs_no_key_of_ours(world: World, words: tuple[str, ...]) -> None:
    found = opened(world.write(*words), replace(world.identity, keys=()).secret())
    assert (found.parts[0].data, found.signers, found.notes) == (CONTENT, (world.officer,), ())


def test_what_is_only_encrypted_proves_nobody(world: World) -> None:
    for words in (("-e",), ("-e", "-a"), ("-e", "--compress-algo", "none")):
        found = opened(world.write(*words), world.secret)
        assert (found.parts[0].data, found.signers, found.notes) == (CONTENT, (), ("unsigned",))


def test_one_of_two_recipients_and_one_of_two_signers_suffice(world: World) -> None:
    two = world.write("-s", "-e", "-r", world.stranger, "-u", world.stranger)
    found = opened(two, world.secret)
    assert (found.parts[0].data, found.signers, found.notes) == (CONTENT, (world.officer,), ("unknown_signer",))
    both = opened(world.write("-s", "-e", "-u", world.second), world.secret)
    assert (both.signers, both.notes) == (tuple(sorted((world.officer, world.second))), ())


def test_a_text_signed_in_clear_is_its_text_and_nothing_around_it(world: World) -> None:
    text = "- 第一行  \n-----\n姓名,住址\nFrom 王小明\n".encode()
    signed = world.write("--clearsign", data=text)
    around = b"a line before\n\n" + signed.replace(b"\n", b"\r\n") + b"\r\na line after\r\n"
    for form in (signed, around):
        found = opened(form, world.secret)
        (part,) = found.parts
        assert part.data.replace(b"\r\n", b"\n") == "- 第一行\n-----\n姓名,住址\nFrom 王小明".encode()
        assert (part.media, found.signers) == ("text/plain", (world.officer,))
    unknown = opened(around, Identity().secret())
    assert unknown.parts[0].data.replace(b"\r\n", b"\n") == part.data.replace(b"\r\n", b"\n")
    assert (unknown.signers, unknown.notes) == ((), ("unknown_signer",))
    assert trouble_of(around.replace("王小明".encode(), "王小华".encode()), world.secret) is Trouble.FORGED


def test_an_encrypted_message_within_a_text_is_opened(world: World) -> None:
    text = b"Dear office,\r\n\r\n" + world.write("-a", "-s", "-e").replace(b"\n", b"\r\n") + b"\r\nKind regards\r\n"
    found = opened(text, world.secret)
    assert (found.parts[0].data, found.signers) == (CONTENT, (world.officer,))


def test_the_inside_of_a_mail_is_given_on_as_one(world: World) -> None:
    entity = b"Content-Type: multipart/mixed;\r\n boundary=x\r\n\r\n--x\r\n\r\ntext\r\n--x--\r\n"
    for inside in (entity, b"MIME-Version: 1.0\r\nX-Odd:\r\n folded\r\n" + entity):
        (part,) = opened(world.write("-a", "-s", "-e", data=inside), world.secret).parts
        assert (part.media, part.data) == ("message/rfc822", inside)
    (part,) = opened(world.write("-e", data=b"Dear office,\r\n\r\nContent-Type: is a field"), world.secret).parts
    assert part.media == "application/octet-stream"


def test_a_signed_mail_is_opened_from_what_the_splitter_hands_on(world: World) -> None:
    entity = "Content-Type: text/csv; charset=utf-8\r\n\r\n姓名,住址\r\n王小明,镕镇\r\n".encode()
    signature = world.write("-a", "-b", "--textmode", data=entity)
    mail = (
        b"From: Li <li@clinic.example>\r\nTo: office@county.example\r\nSubject: report\r\n"
        b'Content-Type: multipart/signed; micalg=pgp-sha256;\r\n protocol="application/pgp-signature"; boundary="b"\r\n'
        b"\r\nsigned\r\n--b\r\n" + entity + b"\r\n--b\r\n"
        b"Content-Type: application/pgp-signature; name=signature.asc\r\n\r\n" + signature + b"\r\n--b--\r\n"
    )
    for form in (mail, mail.replace(b"\r\n", b"\n")):
        whole, content, beside = mail_message.open_parts(form, Limits()).parts
        assert [openpgp.opens(part.data, part.name) for part in (whole, content, beside)] == [True, False, True]
        found = opened(whole.data, world.secret)
        meant = entity if form is mail else entity.replace(b"\r\n", b"\n")
        assert (found.parts[0].media, found.parts[0].data) == ("message/rfc822", meant)
        assert (found.signers, found.notes) == ((world.officer,), ())
        nobody = opened(whole.data, Identity().secret())
        assert (nobody.parts[0].data, nobody.signers, nobody.notes) == (meant, (), ("unknown_signer",))
        assert trouble_of(whole.data.replace("王小明".encode(), "王小华".encode()), world.secret) is Trouble.FORGED
    assert not openpgp.opens(mail, "report.eml")


def test_a_signature_alone_and_a_public_key_hold_no_file(world: World) -> None:
    for words in (("-b",), ("-a", "-b")):
        found = opened(world.write(*words), world.secret)
        assert (found.parts, found.notes, found.signers) == ((), ("detached_signature",), ())
    found = opened(world.gpg.public(world.officer).encode(), None)
    assert (found.parts, found.notes) == ((), ("public_key",))


# --- who counts ---


def test_a_signer_who_is_not_registered_proves_nothing(world: World) -> None:
    found = opened(world.write("-s", "-e", by=world.stranger), world.secret)
    assert (found.parts[0].data, found.signers, found.notes) == (CONTENT, (), ("unknown_signer",))
    nobody = opened(world.write("-s", "-e"), replace(world.identity, certificates=()).secret())
    assert (nobody.parts[0].data, nobody.signers, nobody.notes) == (CONTENT, (), ("unknown_signer",))


def test_a_certificate_that_cannot_be_read_does_not_stop_the_others(world: World) -> None:
    odd = ("no armour", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----\n")
    secret = replace(world.identity, certificates=(*odd, *world.identity.certificates)).secret()
    assert opened(world.write("-s", "-e"), secret).signers == (world.officer,)


def test_an_expired_key_does_not_count_although_its_signature_fits(world: World) -> None:
    old = world.gpg.make("old", "ed25519", "sign", "1y", "--faked-system-time", "20240101T000000")
    data = world.write("-s", "--faked-system-time", "20240601T000000", by=old)
    known = replace(world.identity, certificates=(world.gpg.public(old),))
    found = opened(data, known.secret())
    assert (found.parts[0].data, found.signers, found.notes) == (CONTENT, (), ("expired_signer",))
    then = replace(known, at=datetime(2024, 6, 2, tzinfo=UTC))
    assert opened(data, then.secret()).signers == (old,)


def test_a_revoked_key_does_not_count(world: World) -> None:
    gone = world.gpg.make("gone", "ed25519", "sign")
    data = world.write("-s", "-e", by=gone)
    before = replace(world.identity, certificates=(world.gpg.public(gone),))
    assert opened(data, before.secret()).signers == (gone,)
    world.gpg.revoke(gone)
    after = opened(data, replace(world.identity, certificates=(world.gpg.public(gone),)).secret())
    assert (after.parts[0].data, after.signers, after.notes) == (CONTENT, (), ("revoked_signer",))


def test_a_signature_over_a_broken_digest_does_not_count(world: World) -> None:
    weak = world.write("-s", "--digest-algo", "SHA1", by=world.ours["rsa"])
    known = replace(world.identity, certificates=(world.gpg.public(world.ours["rsa"]),))
    found = opened(weak, known.secret())
    assert (found.parts[0].data, found.signers, found.notes) == (CONTENT, (), ("weak_signature",))


def test_content_under_the_signature_of_something_else_is_forged(world: World) -> None:
    mine, other = (packets(world.write("-s", "--compress-algo", "none", data=d)) for d in (CONTENT, b"something else"))
    forged = b"".join(map(bytes, [mine[0], other[1], mine[2]]))
    assert trouble_of(forged, world.secret) is Trouble.FORGED
    encrypted = world.write("-e", "--compress-algo", "none", data=forged)  # a message within a message's content
    assert opened(encrypted, world.secret).signers == ()


# --- bad files ---


def test_a_file_for_another_needs_a_key(world: World) -> None:
    data = world.gpg.run("-r", world.stranger, "-u", world.officer, "-se", data=CONTENT)
    assert trouble_of(data, world.secret) is Trouble.NEEDS_KEY
    assert trouble_of(world.write("-s", "-e"), None) is Trouble.NEEDS_KEY
    hidden = world.gpg.run("-r", world.stranger, "--throw-keyids", "-e", data=CONTENT)
    assert trouble_of(hidden, world.secret) is Trouble.NEEDS_KEY
    by_password = world.gpg.run("--passphrase", "agreed", "-c", data=CONTENT)
    assert trouble_of(by_password, world.secret) is Trouble.NEEDS_PASSWORD


def test_encryption_without_integrity_is_refused(world: World) -> None:
    data = world.write("-e", "--rfc2440", "--disable-mdc", "--cipher-algo", "AES256")
    forms = packets(world.write("-e"))
    downgraded = bytes(forms[0]) + bytes(Packet(SED, forms[1].body[1:]))
    assert trouble_of(downgraded, world.secret) is Trouble.DAMAGED
    if SED in {packet.tag for packet in packets(data)}:  # newer versions of gpg cannot write it any more
        assert trouble_of(data, world.secret) is Trouble.DAMAGED


def test_a_cut_file_is_refused_wherever_it_is_cut(world: World) -> None:
    for words in (("-s", "-e"), ("-s",), ("-s", "-e", "--compress-algo", "none")):
        data = world.write(*words)
        for at in {*range(0, len(data), max(1, len(data) // 60)), len(data) - 1, len(data) - 20, len(data) - 22}:
            assert trouble_of(data[:at], world.secret) in (Trouble.DAMAGED, Trouble.NEEDS_KEY)


@pytest.mark.parametrize("words", [("-s", "-e"), ("-e",), ("-s", "-e", "--compress-algo", "none")])
def test_no_byte_of_what_is_encrypted_can_be_flipped_unnoticed(world: World, words: tuple[str, ...]) -> None:
    data = world.write(*words)
    head = len(bytes(packets(data)[0]))  # whom it is for
    for at in [
        *range(head, head + 60),
        *range(head, len(data), max(1, len(data) // 100)),
        *range(len(data) - 45, len(data)),
    ]:
        flipped = bytearray(data)
        flipped[at] ^= 0x10
        with pytest.raises(Unreadable):
            openpgp.open_parts(bytes(flipped), Limits(), world.secret)


def test_what_unpacks_to_far_too_much_is_a_bomb(world: World) -> None:
    zeros = bytes(Packet(LITERAL, b"b\0\0\0\0\0" + bytes(30 << 20)))
    squeezed = bytes(Packet(COMPRESSED, b"\x02" + zlib.compress(zeros, 9)))
    assert trouble_of(squeezed, world.secret) is Trouble.BOMB
    assert trouble_of(bytes(Packet(COMPRESSED, b"\x03" + bz2.compress(zeros))), world.secret) is Trouble.BOMB
    deep = bytes(Packet(LITERAL, b"b\0\0\0\0\0" + CONTENT))
    for _ in range(3):
        deep = bytes(Packet(COMPRESSED, b"\x02" + zlib.compress(deep)))
    assert trouble_of(deep, world.secret) is Trouble.BOMB
    assert trouble_of(world.write("-s", "-e"), world.secret, Limits(bytes=len(CONTENT) - 1)) is Trouble.TOO_LARGE
    inside = world.write("-e", "--compress-algo", "zlib", data=bytes(30 << 20))
    assert trouble_of(inside, world.secret) is Trouble.BOMB


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no armour",
        b"-----BEGIN PGP MESSAGE-----\n\n-----END PGP MESSAGE-----\n",
        b"-----BEGIN PGP MESSAGE-----\n\nAAA\n-----END PGP MESSAGE-----\n",
        b"-----BEGIN PGP MESSAGE-----\n\nAAAA\n-----END PGP SIGNATURE-----\n",
        b"-----BEGIN PGP SIGNED MESSAGE-----\n\ntext\n",
        b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\ntext\n-----BEGIN PGP SIGNATURE-----\n\nyMA=\n"
        b"-----END PGP SIGNATURE-----\n",
        bytes(Packet(SEIP, b"\x01" + bytes(60))),
        bytes(Packet(LITERAL, b"b")),
        bytes(Packet(LITERAL, b"b\xffshort")),
        bytes(Packet(LITERAL, b"b\0\0\0\0\0a")) * 2,
        bytes(Packet(COMPRESSED, b"")),
        bytes(Packet(COMPRESSED, b"\x09abc")),
        bytes(Packet(COMPRESSED, b"\x02abc")),
    ],
)
def test_what_is_no_message_is_damaged(world: World, data: bytes) -> None:
    assert trouble_of(data, world.secret) in (Trouble.DAMAGED, Trouble.NEEDS_KEY)


@pytest.mark.parametrize(
    "head",
    ["姓名,住址\n", "联系人,电话", "你好", "\ufeff出生,登记", "麼麽,麿"],
)
def test_text_and_tables_are_not_taken_for_messages(head: str) -> None:
    for encoding in ("utf-8", "gb18030", "utf-16", "big5"):
        assert not openpgp.opens(head.encode(encoding, "ignore"), "a.csv")
    for other in (
        b"PK\x03\x04\x14\0\0\0",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"%PDF-1.7",
        b"> -----BEGIN PGP MESSAGE-----",
    ):
        assert not openpgp.opens(other, "a")
