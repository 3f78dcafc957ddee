"""Files encrypted with age: what is opened, what is refused, and that no byte can be changed unnoticed."""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pyrage
import pytest

from gateway.handler import Limits, Opened, Trouble, Unreadable
from handlers import age
from handlers.forms.identity import Identity
from tests.handlers.age_by_hand import (
    CHUNK,
    PAYLOAD_NONCE,
    AgeFile,
    armoured,
    b64,
    scrypt_stanza,
    x25519_stanza,
)
from tests.handlers.mutating import fuzzed, mutated

OURS = pyrage.x25519.Identity.generate()
OTHER = pyrage.x25519.Identity.generate()
TO_US, TO_OTHER = str(OURS.to_public()), str(OTHER.to_public())
KEYS = Identity(keys=(f"# created: 2026-01-01\n{OURS}\n",)).secret()
CONTENT = "姓名,住址\n王小明,镕镇\n".encode() * 7_000  # three chunks
SMALL = b"a,b\n1,2\n"


def opened(data: bytes, secret: bytes | None = KEYS, limits: Limits | None = None) -> bytes:
    """The content of the one part in it."""
    assert age.opens(data[:4096], "")
    found: Opened = age.open_parts(data, limits or Limits(), secret)
    (part,) = found.parts
    assert (part.name, found.signers, found.notes, found.manifest) == ("", (), (), None)
    return part.data


def trouble_of(data: bytes, secret: bytes | None = KEYS, limits: Limits | None = None) -> Trouble:
    with pytest.raises(Unreadable) as raised:
        age.open_parts(data, limits or Limits(), secret)
    return raised.value.trouble


def by_hand(content: bytes = CONTENT) -> AgeFile:
    return AgeFile([x25519_stanza(TO_US)], content)


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK - 7])
def test_what_is_written_from_the_specification_is_opened(size: int) -> None:
    content = random.Random(size).randbytes(size)
    assert opened(by_hand(content).write()) == content
    assert opened(armoured(by_hand(content).write())) == content


def test_one_of_several_recipients_opens_it_and_so_does_an_older_key_of_ours() -> None:
    data = AgeFile([x25519_stanza(TO_OTHER), [b"-> grease xyz", b""], x25519_stanza(TO_US)], SMALL).write()
    assert opened(data) == SMALL
    two = Identity(keys=(f"{pyrage.x25519.Identity.generate()}\n", f"{OURS}\n{OTHER}\n")).secret()
    assert opened(AgeFile([x25519_stanza(TO_OTHER)], SMALL).write(), two) == SMALL


def test_a_passphrase_opens_it_and_a_wrong_one_says_so() -> None:
    data = AgeFile([scrypt_stanza("约定的密码", 10)], SMALL).write()
    assert opened(data, Identity(passwords=("an older one", "约定的密码")).secret()) == SMALL
    assert trouble_of(data, Identity(passwords=("no",)).secret()) is Trouble.NEEDS_PASSWORD
    assert trouble_of(data, KEYS) is Trouble.NEEDS_PASSWORD
    assert trouble_of(data, None) is Trouble.NEEDS_PASSWORD


def _spoilt(change: Callable[[AgeFile], None], content: bytes = CONTENT) -> bytes:
    file = by_hand(content)
    change(file)
    return file.write()


def _swap(file: AgeFile) -> None:
    file.chunks[0], file.chunks[1] = file.chunks[1], file.chunks[0]


def _empty_last(file: AgeFile) -> None:
    file.chunks = [file.chunk(SMALL * (CHUNK // 8), 0, False), file.chunk(b"", 1, True)]


BAD: dict[str, tuple[bytes, Trouble]] = {
    "no header MAC that fits": (_spoilt(lambda f: setattr(f, "mac", b"\x01" * 32)), Trouble.DAMAGED),
    "chunks in another order": (_spoilt(_swap), Trouble.DAMAGED),
    "the last chunk missing": (_spoilt(lambda f: f.chunks.pop()), Trouble.DAMAGED),
    "a chunk in the middle missing": (_spoilt(lambda f: f.chunks.pop(1)), Trouble.DAMAGED),
    "a chunk twice": (_spoilt(lambda f: f.chunks.insert(1, f.chunks[0])), Trouble.DAMAGED),
    "no chunk at all": (_spoilt(lambda f: f.chunks.clear()), Trouble.DAMAGED),
    "the last chunk not marked as last": (
        _spoilt(lambda f: f.chunks.__setitem__(0, f.chunk(SMALL, 0, False)), SMALL), Trouble.DAMAGED,
    ),
    "an empty last chunk after a full one": (_spoilt(_empty_last), Trouble.DAMAGED),
    "one byte after the end": (_spoilt(lambda f: setattr(f, "after", b"\0")), Trouble.DAMAGED),
    "a second file after the end": (_spoilt(lambda f: setattr(f, "after", by_hand().write())), Trouble.DAMAGED),
    "another key in the nonce": (by_hand().write().replace(PAYLOAD_NONCE, b"\x23" * 16), Trouble.DAMAGED),
    "another version": (_spoilt(lambda f: setattr(f, "first", b"age-encryption.org/v2")), Trouble.UNSUPPORTED),
    "only the first line": (b"age-encryption.org/v1\n", Trouble.DAMAGED),
    "no recipient": (_spoilt(lambda f: f.stanzas.clear()), Trouble.DAMAGED),
    "a stanza for another": (AgeFile([x25519_stanza(TO_OTHER)], SMALL).write(), Trouble.NEEDS_KEY),
    "a stanza without its arguments": (_spoilt(lambda f: f.stanzas[0].__setitem__(0, b"-> ")), Trouble.DAMAGED),
    "a control character in a stanza": (_spoilt(lambda f: f.stanzas[0].__setitem__(0, b"-> X \x01")), Trouble.DAMAGED),
    "two passphrases": (AgeFile([scrypt_stanza("a", 10), scrypt_stanza("b", 10)], SMALL).write(), Trouble.DAMAGED),
    "a passphrase and a key": (AgeFile([scrypt_stanza("a", 10), x25519_stanza(TO_US)], SMALL).write(), Trouble.DAMAGED),
    "a work factor with a zero before it": (
        AgeFile([[scrypt_stanza("a", 10)[0][:-2] + b"010", b64(b"0" * 32)]], SMALL).write(), Trouble.DAMAGED,
    ),
    "armour with a short line": (armoured(by_hand().write()).replace(b"\n", b"\nAA\n", 1), Trouble.DAMAGED),
    "armour without its end": (armoured(by_hand().write())[:-30], Trouble.DAMAGED),
    "armour with text after it": (armoured(by_hand().write()) + b"and more", Trouble.DAMAGED),
    "armour around nothing": (armoured(b""), Trouble.DAMAGED),
}  # fmt: skip


@pytest.mark.parametrize(("data", "trouble"), BAD.values(), ids=BAD.keys())
def test_a_bad_file_is_refused_with_its_reason(data: bytes, trouble: Trouble) -> None:
    assert trouble_of(data) is trouble


@pytest.mark.parametrize("factor", [20, 22, 40, 64, 99, 100, 1_000_000_000])
def test_a_header_that_asks_for_much_work_is_refused_without_doing_it(factor: int) -> None:
    data = AgeFile([scrypt_stanza("a", 10, told=factor)], SMALL).write()
    begun = time.process_time()
    for form in (data, armoured(data)):
        assert trouble_of(form, Identity(passwords=("a",) * 50).secret()) in (Trouble.UNSUPPORTED, Trouble.DAMAGED)
    assert time.process_time() - begun < 2  # each step more would double what the last one takes


def test_many_wrong_passwords_do_not_make_a_costly_file_costlier(monkeypatch: pytest.MonkeyPatch) -> None:
    assert age._WORK >> age.WORK_FACTOR == 2  # with about 1.6 s each
    monkeypatch.setattr(age, "_WORK", 4 << 10)
    data = AgeFile([scrypt_stanza("right", 10)], SMALL).write()
    assert opened(data, Identity(passwords=("wrong",) * 3 + ("right",)).secret()) == SMALL
    assert trouble_of(data, Identity(passwords=("wrong",) * 4 + ("right",)).secret()) is Trouble.NEEDS_PASSWORD


def test_a_header_may_not_be_endless_nor_a_file_larger_than_the_limits() -> None:
    many = AgeFile([x25519_stanza(TO_OTHER)] * 700 + [x25519_stanza(TO_US)], SMALL).write()
    assert trouble_of(many) is Trouble.TOO_LARGE
    assert trouble_of(b"age-encryption.org/v1\n" + b"-> a\n" * 100_000) is Trouble.TOO_LARGE
    small = Limits(bytes=1_000)
    assert opened(by_hand(b"x" * 1_000).write(), limits=small) == b"x" * 1_000
    assert trouble_of(by_hand(b"x" * 1_001).write(), limits=small) is Trouble.TOO_LARGE
    assert trouble_of(by_hand(b"x" * 90_000).write(), limits=small) is Trouble.TOO_LARGE
    assert trouble_of(armoured(by_hand(b"x" * 90_000).write()), limits=small) is Trouble.TOO_LARGE


def test_a_key_of_ours_that_cannot_be_read_is_told_without_its_text() -> None:
    for text in (
        "",
        "AGE-SECRET-KEY-1QQQQ\n",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----",
    ):
        with pytest.raises(Unreadable) as raised:
            age.open_parts(by_hand().write(), Limits(), Identity(keys=(text,)).secret())
        assert (raised.value.trouble, raised.value.where) == (Trouble.NEEDS_KEY, "own key")


# --- the real neighbour ---


def _age(*words: str, data: bytes) -> bytes:
    return subprocess.run(["age", *words], input=data, capture_output=True, check=True, timeout=60).stdout


@pytest.mark.parametrize("armour", [(), ("-a",)], ids=["binary", "armoured"])
def test_what_age_itself_writes_is_opened(tmp_path: Path, armour: tuple[str, ...]) -> None:
    data = _age("-r", TO_OTHER, "-r", TO_US, *armour, data=CONTENT)
    assert opened(data) == CONTENT
    crlf = data.replace(b"\n", b"\r\n") if armour else data  # as mail programs change it
    assert opened(crlf) == CONTENT


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_what_age_encrypts_to_an_ssh_key_is_opened_with_it(tmp_path: Path, kind: str) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "", "-f", key], check=True, timeout=60)
    data = _age("-R", f"{key}.pub", data=CONTENT)
    text = key.read_text()
    assert opened(data, Identity(keys=(f"{OTHER}\n", text)).secret()) == CONTENT
    assert trouble_of(data) is Trouble.NEEDS_KEY


def test_what_we_read_from_our_own_writer_age_itself_reads_alike(tmp_path: Path) -> None:
    """So the table of bad files is one of bad files, not of mistakes in the writer."""
    key = tmp_path / "key"
    key.write_text(f"{OURS}\n")
    assert _age("-d", "-i", str(key), data=by_hand().write()) == CONTENT
    more_lenient = "a passphrase and a key"  # than the specification, where a passphrase must stand alone
    for data in (data for name, (data, _) in BAD.items() if name != more_lenient):
        ended = subprocess.run(["age", "-d", "-i", key], input=data, capture_output=True, timeout=60)
        assert ended.returncode != 0


# --- mutants ---


@pytest.mark.parametrize("form", [lambda data: data, armoured], ids=["binary", "armoured"])
def test_a_mutant_is_refused_or_says_exactly_what_was_meant(form: Callable[[bytes], bytes]) -> None:
    data = form(AgeFile([x25519_stanza(TO_OTHER), x25519_stanza(TO_US)], CONTENT[:90_000]).write())

    def attempt(chance: random.Random) -> None:
        opened = age.open_parts(mutated(chance, data, within=400), Limits(), KEYS)
        assert opened.parts[0].data == CONTENT[:90_000]

    seen = fuzzed(500, ("damaged",), attempt)
    assert seen["content"] < seen.total() / 10
