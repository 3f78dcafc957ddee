"""Signatures that lie beside what they sign, as gpg and openssl write them: whose they are, and over what."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import ModuleType

import pytest

from gateway.config.settings import SandboxSettings
from gateway.handler import Limits, Trouble, Unreadable
from gateway.sandbox import Sandbox, Verified
from handlers import openpgp, smime
from handlers.forms.identity import Identity
from handlers.openpgp.packet import packets
from tests.handlers.gnupg import GnuPG
from tests.handlers.openssl import Holder, make, openssl
from tests.handlers.zips import Entry, archive

CONTENT = "姓名,住址\r\n王小明,镕镇\r\n".encode() * 200


@dataclass(frozen=True)
class Signer:
    """One way to sign: the handler, the registered officer, what makes a signature by them or by a stranger."""

    handler: ModuleType
    officer: str
    identity: Identity
    make: Callable[..., bytes]

    def judge(self, data: bytes, content: bytes = CONTENT, identity: Identity | None = None) -> tuple[object, object]:
        found = self.handler.verify_beside(data, content, (identity or self.identity).secret())
        assert not found.parts
        return found.signers, found.notes

    def trouble(self, data: bytes, content: bytes = CONTENT) -> Trouble:
        with pytest.raises(Unreadable) as raised:
            self.judge(data, content)
        return raised.value.trouble


@pytest.fixture(scope="module")
def by_gpg(gpg: GnuPG) -> Signer:
    officer, second, stranger = (gpg.make(name, "ed25519", "sign") for name in ("li", "zhang", "stranger"))

    def make(*words: str, stranger_signs: bool = False, data: bytes = CONTENT) -> bytes:
        return gpg.run("-u", stranger if stranger_signs else officer, "-b", "-o", "-", *words, data=data)

    identity = Identity((), (gpg.public(second), gpg.public(officer)), at=datetime.now(UTC))
    return Signer(openpgp, officer, identity, make)


@pytest.fixture(scope="module")
def by_openssl(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    folder = tmp_path_factory.mktemp("signers")
    officer, stranger = (make(folder, name) for name in ("li", "stranger"))

    def signature(*words: str, stranger_signs: bool = False, data: bytes = CONTENT) -> bytes:
        by: Holder = stranger if stranger_signs else officer
        options = ("-sign", "-binary", "-outform", "DER", "-signer", by.certificate, "-inkey", by.key)
        return openssl("cms", *options, *words, data=data)

    return Signer(smime, officer.fingerprint, Identity((), (officer.pem,), at=datetime.now(UTC)), signature)


@pytest.fixture(params=["gpg", "openssl"])
def signer(request: pytest.FixtureRequest, by_gpg: Signer, by_openssl: Signer) -> Signer:
    return by_gpg if request.param == "gpg" else by_openssl


def test_a_good_signature_names_its_signer(signer: Signer) -> None:
    data = signer.make()
    assert signer.handler.opens(data[:4096], "a.sig")
    assert signer.handler.open_parts(data, Limits(), signer.identity.secret()).notes == ("detached_signature",)
    assert signer.judge(data) == ((signer.officer,), ())


@pytest.mark.parametrize("words", [("-a",), ("--textmode",), ("--digest-algo", "SHA512"), ("-a", "--comment", "x")])
def test_every_form_that_gpg_writes_is_taken(by_gpg: Signer, words: tuple[str, ...]) -> None:
    assert by_gpg.judge(by_gpg.make(*words)) == ((by_gpg.officer,), ())


@pytest.mark.parametrize("words", [("-outform", "PEM"), ("-noattr",), ("-md", "sha512"), ("-nocerts",)])
def test_every_form_that_openssl_writes_is_taken(by_openssl: Signer, words: tuple[str, ...]) -> None:
    assert by_openssl.judge(by_openssl.make(*words)) == ((by_openssl.officer,), ())


def test_a_stranger_s_signature_is_nothing(signer: Signer) -> None:
    assert signer.judge(signer.make(stranger_signs=True)) == ((), ("unknown_signer",))
    assert signer.judge(signer.make(), b"something else", Identity()) == ((), ("unknown_signer",))


def test_a_certificate_that_had_ended_does_not_count(signer: Signer) -> None:
    later = replace(signer.identity, at=datetime(2099, 1, 1, tzinfo=UTC))
    assert signer.judge(signer.make(), identity=later) == ((), ("expired_signer",))


@pytest.mark.parametrize("content", [b"", CONTENT[:-1], CONTENT + b"\n", CONTENT.replace(b"\r\n", b"\n")])
def test_over_anything_else_it_is_forged(signer: Signer, content: bytes) -> None:
    assert signer.trouble(signer.make(), content) is Trouble.FORGED


def test_what_is_no_signature_alone_is_damaged(signer: Signer, by_gpg: Signer, gpg: GnuPG) -> None:
    whole = by_gpg.make()
    odd = [b"", b"\x88", b"x" * 40, whole[:-3], gpg.run("-u", by_gpg.officer, "-s", "-o", "-", data=CONTENT)]
    for data in odd if signer is by_gpg else [*odd[:3], signer.make()[:-3], signer.make("-nodetach")]:
        assert signer.trouble(data) is Trouble.DAMAGED


def test_of_two_signatures_in_one_file_the_known_one_counts(by_gpg: Signer) -> None:
    both = by_gpg.make(stranger_signs=True) + by_gpg.make()
    assert len(packets(both)) == 2
    assert by_gpg.judge(both) == ((by_gpg.officer,), ("unknown_signer",))


def test_a_mutant_names_the_officer_over_nothing_else(signer: Signer) -> None:
    chance = random.Random(20263)
    good = signer.make()
    outcomes = {"told": 0, "refused": 0}
    for _ in range(1_500):
        pair = [bytearray(good), bytearray(CONTENT)]
        data = pair[chance.random() < 0.3]
        at = chance.randrange(len(data))
        if chance.random() < 0.7:
            data[at] ^= 1 << chance.randrange(8)
        else:
            del data[at : at + chance.choice((1, 5, 40))]
        try:
            signers, _ = signer.judge(bytes(pair[0]), bytes(pair[1]))
        except Unreadable:
            outcomes["refused"] += 1
            continue
        outcomes["told"] += 1
        assert not signers or (signers == (signer.officer,) and pair[1] == CONTENT)
    assert outcomes["refused"] > 1_000


def test_they_are_verified_behind_the_pipe(signer: Signer) -> None:
    name = "openpgp" if signer.handler is openpgp else "smime"
    data = archive([Entry(b"a.csv", CONTENT), Entry(b"a.csv.sig", signer.make()), Entry(b"b.csv", b"1,2\r\n")])
    with Sandbox(SandboxSettings(workers=1), ["zip_archive", name, "csv_text"]) as box, box.session() as session:
        session.load([data])
        session.whole("a.zip")
        content, signature, other = session.open("0", "zip_archive").parts
        assert signature.handler == name
        secret = signer.identity.secret()
        assert session.verify(signature.path, content.path, name, secret) == Verified((signer.officer,))
        with pytest.raises(Unreadable) as raised:
            session.verify(signature.path, other.path, name, secret)
        assert raised.value.trouble is Trouble.FORGED
        assert session.verify(signature.path, content.path, name).notes == ("unknown_signer",)
        assert session.read(content.path, "csv_text")[0].height == 400
