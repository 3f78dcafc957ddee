"""S/MIME with keys on curves, as openssl writes it: what is opened, whose signature counts, what is refused."""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from gateway.handler import Limits, Opened, Trouble, Unreadable
from gateway.keyring import Envelopes
from gateway.keyring.envelope_check import envelope_mistakes
from handlers import smime
from handlers.forms.identity import Identity
from handlers.smime.cms import certified
from tests.handlers.openssl import Holder, make, openssl

ENTITY = 'Content-Type: text/csv; name="d.csv"\r\n\r\n姓名,住址\r\n王小明,镕镇\r\n'.encode() + b"x" * 500
CURVES = ("P-256", "P-384", "P-521")


def on(folder: Path, curve: str, name: str = "") -> Holder:
    return make(folder, name or curve, "-newkey", "ec", "-pkeyopt", f"ec_paramgen_curve:{curve}")


@dataclass(frozen=True)
class World:
    folder: Path
    ours: dict[str, Holder]
    officers: dict[str, Holder]
    rsa: Holder
    stranger: Holder

    @property
    def identity(self) -> Identity:
        keys = tuple(own.both for own in (self.rsa, *self.ours.values()))
        return Identity(keys, tuple(officer.pem for officer in self.officers.values()), at=datetime.now(UTC))

    def encrypt(self, *words: str, to: Sequence[Holder] = ()) -> bytes:
        recipients = [word for holder in to for word in ("-recip", holder.certificate)]
        return openssl("cms", "-encrypt", "-binary", "-outform", "DER", *recipients, *words, data=ENTITY)

    def sign(self, by: Holder, *words: str) -> bytes:
        signer = ("-signer", by.certificate, "-inkey", by.key)
        return openssl("cms", "-sign", "-nodetach", "-binary", "-outform", "DER", *signer, *words, data=ENTITY)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("curves")
    ours = {curve: on(folder, curve) for curve in CURVES}
    officers = {curve: on(folder, curve, f"officer on {curve}") for curve in (*CURVES, "secp224r1")}
    officers["RSA-PSS"] = make(folder, "officer by pss", "-newkey", "rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048")
    yield World(folder, ours, officers, make(folder, "rsa"), on(folder, "P-256", "stranger"))


def opened(data: bytes, identity: Identity) -> Opened:
    assert smime.opens(data[:4096], "")
    return smime.open_parts(data, Limits(), identity.secret())


def trouble_of(data: bytes, identity: Identity) -> Trouble:
    with pytest.raises(Unreadable) as raised:
        smime.open_parts(data, Limits(), identity.secret())
    return raised.value.trouble


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize(
    "words",
    [
        ("-aes256",),
        ("-aes128", "-keyid"),
        ("-des3",),
        ("-aes192", "-keyopt", "ecdh_kdf_md:sha256"),
        ("-aes256", "-keyopt", "ecdh_kdf_md:sha384", "-keyopt", "ecdh_cofactor_mode:1"),
        ("-aes256", "-keyopt", "ecdh_kdf_md:sha512", "-stream"),
        ("-aes128", "-wrap", "aes256-wrap"),
    ],
    ids=lambda words: " ".join(words),
)
def test_what_is_encrypted_to_a_curve_is_opened(world: World, curve: str, words: tuple[str, ...]) -> None:
    found = opened(world.encrypt(*words, to=[world.ours[curve]]), world.identity)
    assert (found.parts[0].data, found.notes, found.encrypted) == (ENTITY, ("no_integrity", "unsigned"), True)


def test_authenticated_encryption_to_a_curve_shows_changes(world: World) -> None:
    data = world.encrypt("-aes-256-gcm", to=[world.ours["P-384"]])
    assert opened(data, world.identity).notes == ("unsigned",)
    assert trouble_of(data[:-1] + bytes([data[-1] ^ 1]), world.identity) is Trouble.DAMAGED


def test_one_of_several_recipients_suffices_of_whatever_kind(world: World) -> None:
    several = [world.stranger, world.rsa, world.ours["P-256"], world.ours["P-521"]]
    data = world.encrypt("-aes256", to=several)
    for own in several[1:]:
        assert opened(data, Identity((own.both,))).parts[0].data == ENTITY
    assert trouble_of(data, Identity((world.ours["P-384"].both,))) is Trouble.NEEDS_KEY


def test_a_key_as_openssl_makes_it_by_itself_opens_too(world: World) -> None:
    """With its parameters in a block before it."""
    parameters = openssl("ecparam", "-name", "prime256v1").decode()
    own = world.ours["P-256"]
    plain = serialization.load_pem_private_key(own.key.read_bytes(), None)
    form = serialization.PrivateFormat.TraditionalOpenSSL
    old = plain.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()
    data = world.encrypt("-aes256", to=[own])
    assert opened(data, Identity((parameters + old + own.pem,))).parts[0].data == ENTITY


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("kind", [*CURVES, "RSA-PSS"])
def test_what_a_key_on_a_curve_signs_names_its_signer(world: World, kind: str, digest: str) -> None:
    officer = world.officers[kind]
    padding = ("-keyopt", "rsa_padding_mode:pss") if kind == "RSA-PSS" else ()
    data = world.sign(officer, "-md", digest, *padding)
    found = opened(data, world.identity)
    assert (found.parts[0].data, found.signers, found.notes) == (ENTITY, (officer.fingerprint,), ())
    assert trouble_of(data.replace("王小明".encode(), "王小华".encode()), world.identity) is Trouble.FORGED


def test_short_curves_and_old_digests_prove_nothing(world: World) -> None:
    for data in (world.sign(world.officers["secp224r1"]), world.sign(world.officers["P-256"], "-md", "sha1")):
        found = opened(data, world.identity)
        assert (found.signers, found.notes) == ((), ("weak_signature",))


# --- what openssl does not write ---


def der(tag: int, *content: bytes) -> bytes:
    body = b"".join(content)
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    return bytes([tag, 0x81, len(body)] if len(body) < 256 else [tag, 0x82, *divmod(len(body), 256)]) + body


def oid(text: str) -> bytes:
    return der(6, bytes.fromhex(text))


ENVELOPED, DATA, CBC = oid("2a864886f70d010703"), oid("2a864886f70d010701"), "60864801650304012a"
WRAP, STANDARD, MQV = der(0x30, oid("60864801650304012d")), "2b8104010b01", "2b8104010f01"


def by_hand(own: Holder, ukm: bytes | None = None, method: str = STANDARD, **odd: bytes) -> bytes:
    """A message whose content key is agreed by SHA-256's KDF and wrapped by AES-256, step by step as RFC 5753 says."""
    certificate = certified(own.pem)
    public = certificate.certificate.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    private = ec.generate_private_key(public.curve)
    form = serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    point = odd.get("point", private.public_key().public_bytes(*form))
    entropy = b"" if ukm is None else der(0xA0, der(4, ukm))
    info = der(0x30, WRAP, entropy, der(0xA2, der(4, (256).to_bytes(4, "big"))))
    wrapping = hashlib.sha256(private.exchange(ec.ECDH(), public) + b"\0\0\0\1" + info).digest()
    key, start = os.urandom(32), os.urandom(16)
    encryptor = Cipher(algorithms.AES(key), modes.CBC(start)).encryptor()
    pad = 16 - len(ENTITY) % 16
    sealed = encryptor.update(ENTITY + bytes([pad]) * pad)
    sender = odd.get("sender", der(0xA1, der(0x30, oid("2a8648ce3d0201")), der(3, b"\0" + point)))
    recipient = der(
        0xA1, der(2, b"\x03"), der(0xA0, sender), *([der(0xA1, der(4, ukm))] if ukm is not None else []),
        der(0x30, oid(method), WRAP),
        der(0x30, *[der(0x30, der(0xA0, der(4, certificate.key_id), der(0x18, b"20260101000000Z")),
                        der(4, aes_key_wrap(wrapping, key)))] * int(odd.get("times", b"1"))),
    )  # fmt: skip
    content = der(0x30, DATA, der(0x30, oid(CBC), der(4, start)), der(0x80, sealed))
    return der(0x30, ENVELOPED, der(0xA0, der(0x30, der(2, b"\x02"), der(0x31, recipient), content)))


@pytest.mark.parametrize("ukm", [None, b"", b"sixty-four bits!", b"x" * 200])
def test_the_senders_own_entropy_is_part_of_what_is_agreed(world: World, ukm: bytes | None) -> None:
    assert opened(by_hand(world.ours["P-256"], ukm), world.identity).parts[0].data == ENTITY


def test_a_point_off_our_curve_opens_nothing(world: World) -> None:
    own = world.ours["P-256"]
    good = ec.generate_private_key(ec.SECP256R1()).public_key()
    whole = good.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    for point in (whole[:-1] + bytes([whole[-1] ^ 1]), b"\0", b"", b"\4" + bytes(64), whole + b"\0"):
        assert trouble_of(by_hand(own, point=point), world.identity) is Trouble.DAMAGED
    assert trouble_of(by_hand(own, point=whole), world.identity) is Trouble.DAMAGED  # another sender's


def test_ways_to_agree_that_we_do_not_know_are_named_as_that(world: World) -> None:
    own = world.ours["P-256"]
    assert trouble_of(by_hand(own, method=MQV), world.identity) is Trouble.UNSUPPORTED
    lasting = der(0x80, b"some key's id")
    assert trouble_of(by_hand(own, sender=lasting), world.identity) is Trouble.UNSUPPORTED
    assert trouble_of(by_hand(world.stranger, sender=lasting), world.identity) is Trouble.NEEDS_KEY


def test_very_many_recipients_are_refused_and_only_some_tried(world: World) -> None:
    own = world.ours["P-256"]
    assert trouble_of(by_hand(own, times=b"501"), world.identity) is Trouble.TOO_LARGE
    assert opened(by_hand(own, times=b"500"), world.identity).parts[0].data == ENTITY


def test_a_key_of_another_curve_is_told_before_it_is_needed(world: World, tmp_path: Path) -> None:
    envelopes = Envelopes(tmp_path, {})
    (tmp_path / "smime.key").write_text(world.ours["P-384"].both)
    (tmp_path / "smime.key").chmod(0o600)
    assert envelope_mistakes(envelopes) == []
    (tmp_path / "smime.key").write_text(world.officers["secp224r1"].both)
    [mistake] = envelope_mistakes(envelopes)
    assert "P-256, P-384, P-521" in str(mistake)
    other = replace(world.ours["P-384"], certificate=world.ours["P-256"].certificate)
    (tmp_path / "smime.key").write_text(other.both)
    assert len(envelope_mistakes(envelopes)) == 1


def test_a_mutant_is_refused_or_holds_what_was_meant(world: World) -> None:
    """With a cipher that shows changes; whatever else is changed, no other content comes out."""
    chance = random.Random(20264)
    data = world.encrypt("-aes-128-gcm", to=[world.stranger, world.ours["P-256"]])
    told = 0
    for _ in range(2_000):
        mutant = bytearray(data)
        at = chance.randrange(len(data))
        if chance.random() < 0.7:
            mutant[at] ^= 1 << chance.randrange(8)
        elif chance.random() < 0.5:
            del mutant[at : at + chance.choice((1, 8, 64))]
        else:
            mutant[at:at] = mutant[at : at + chance.choice((1, 8, 64))]
        try:
            found = smime.open_parts(bytes(mutant), Limits(), world.identity.secret())
        except Unreadable:
            continue
        told += 1
        assert [part.data for part in found.parts] in ([], [ENTITY])
    assert told < 1_000
