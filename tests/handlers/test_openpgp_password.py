"""OpenPGP files under a password, as `gpg -c` writes them: what opens, what it may cost, that no change is missed."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from gateway.handler import Limits, Opened, Trouble, Unreadable
from handlers import openpgp
from handlers.forms.identity import Identity
from handlers.openpgp.packet import SED, SKESK, Packet, packets
from tests.handlers.gnupg import GnuPG
from tests.handlers.mutating import fuzzed, mutated

CONTENT = "姓名,住址\n王小明,镕镇\n".encode() * 300
NAME, PASSWORD = "出生登记2026-11.csv", "约定的密码-2026"
WITH = Identity(passwords=(PASSWORD,)).secret()


@dataclass(frozen=True)
class World:
    gpg: GnuPG
    ours: str
    officer: str

    def lock(self, *words: str, password: str = PASSWORD, data: bytes = CONTENT) -> bytes:
        told = ("--set-filename", NAME, "--passphrase", password, "-o", "-", *words, "-c")
        return self.gpg.run(*told, data=data)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    gpg = GnuPG()
    try:
        yield World(gpg, gpg.make("ours", "future-default"), gpg.make("li", "ed25519", "sign"))
    finally:
        gpg.end()


def opened(data: bytes, secret: bytes | None = WITH) -> Opened:
    assert openpgp.opens(data[:4096], "")
    return openpgp.open_parts(data, Limits(), secret)


def trouble_of(data: bytes, secret: bytes | None = WITH) -> Trouble:
    with pytest.raises(Unreadable) as raised:
        openpgp.open_parts(data, Limits(), secret)
    return raised.value.trouble


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("-a",),
        ("--cipher-algo", "AES128", "--compress-algo", "none"),
        ("--cipher-algo", "AES192", "--s2k-digest-algo", "SHA512"),
        ("--s2k-digest-algo", "SHA1", "--s2k-count", "65011712"),
        ("--s2k-count", "1024", "--compress-algo", "zlib"),
        ("--s2k-mode", "1"),
    ],
    ids=lambda words: " ".join(words) or "default",
)
def test_what_gpg_locks_opens_with_the_password(world: World, words: tuple[str, ...]) -> None:
    found = opened(world.lock(*words))
    [part] = found.parts
    assert (part.name, part.data, found.notes, found.signers) == (NAME, CONTENT, ("unsigned", "password"), ())
    assert found.encrypted


def test_it_opens_with_no_other_password_and_says_so(world: World) -> None:
    data = world.lock()
    for passwords in ((), ("wrong",), (PASSWORD + " ", PASSWORD[::-1], "")):
        assert trouble_of(data, Identity(passwords=passwords).secret()) is Trouble.NEEDS_PASSWORD
    assert opened(data, Identity(passwords=("wrong", PASSWORD)).secret()).parts[0].data == CONTENT
    assert trouble_of(data, None) is Trouble.NEEDS_PASSWORD


def test_a_signature_under_the_password_counts(world: World) -> None:
    data = world.gpg.run("--passphrase", "", "-u", world.officer, "-s", "-o", "-", data=CONTENT)
    known = Identity((), (world.gpg.public(world.officer),), (PASSWORD,), datetime.now(UTC))
    both = world.gpg.run("--passphrase", PASSWORD, "-o", "-", "-c", "--compress-algo", "none", data=data)
    assert opened(both, known.secret()).signers == ()  # a signed file within a locked one is a file of its own
    assert opened(opened(both, known.secret()).parts[0].data, known.secret()).signers == (world.officer,)


def test_what_is_for_our_key_and_under_a_password_opens_with_either(world: World) -> None:
    data = world.lock("-e", "-r", world.ours)
    by_key = opened(data, Identity((world.gpg.private(world.ours),)).secret())
    assert (by_key.parts[0].data, by_key.notes) == (CONTENT, ("unsigned",))
    assert opened(data).notes == ("unsigned", "password")
    assert trouble_of(data, Identity(passwords=("wrong",)).secret()) is Trouble.NEEDS_PASSWORD


def test_no_byte_of_it_can_be_flipped_or_cut_off_unnoticed(world: World) -> None:
    for words in ((), ("--compress-algo", "none")):
        data = world.lock("--s2k-count", "1024", *words)
        for at in {*range(60), *range(0, len(data), max(1, len(data) // 60)), *range(len(data) - 25, len(data))}:
            flipped = bytearray(data)
            flipped[at] ^= 0x10
            with pytest.raises(Unreadable):
                openpgp.open_parts(bytes(flipped), Limits(), WITH)
            with pytest.raises(Unreadable):
                openpgp.open_parts(data[:at], Limits(), WITH)


def test_encryption_without_integrity_is_refused(world: World) -> None:
    lock, sealed = packets(world.lock())
    assert trouble_of(bytes(lock) + bytes(Packet(SED, sealed.body[1:]))) is Trouble.DAMAGED


def test_work_that_the_file_may_ask_for_is_bounded(world: World) -> None:
    lock, sealed = packets(world.lock("--s2k-count", "65011712"))
    argon = Packet(SKESK, bytes([4, 9, 4]) + bytes(16) + bytes([255, 255, 31]))
    modern = Packet(SKESK, bytes([6, 30, 9, 2, 20, 4]) + bytes(16) + bytes([255, 255, 31]) + bytes(60))
    simple = Packet(SKESK, bytes([4, 9, 0, 8]))
    begun = time.process_time()
    for odd in (argon, modern, simple, Packet(SKESK, b""), Packet(SKESK, lock.body[:12])):
        for message in ([odd, sealed], [odd, lock, sealed]):
            assert trouble_of(b"".join(map(bytes, message))) is Trouble.UNSUPPORTED
    aead = Packet(sealed.tag, b"\x02" + sealed.body[1:])
    assert trouble_of(bytes(lock) + bytes(aead)) is Trouble.UNSUPPORTED
    assert trouble_of(bytes(lock) * 5 + bytes(sealed)) is Trouble.TOO_LARGE
    assert trouble_of(bytes(lock) * 4 + bytes(sealed), Identity(passwords=("wrong",)).secret()) is (
        Trouble.NEEDS_PASSWORD
    )
    assert time.process_time() - begun < 10


def test_a_mutant_is_refused_or_holds_what_was_locked(world: World) -> None:
    originals = [world.lock("--s2k-count", "1024", *words) for words in ((), ("-a",))]

    def attempt(chance: random.Random) -> None:
        found = openpgp.open_parts(mutated(chance, chance.choice(originals), within=80), Limits(), WITH)
        assert all(part.data == CONTENT for part in found.parts if found.encrypted)

    fuzzed(1_000, ("damaged", "needs_password"), attempt)
