"""Hostile and odd mails, each a file in `mails/` that carries its expectation, split by a real worker.

A file has `about` (what is odd), the mail (`mail`, or `build`: pieces and how often each is repeated; characters are
bytes unless `encoding` says otherwise) and `[expect]`: `sender` (empty: none that we believe in), `notes`, `parts`,
or `refused`.
"""

import os
import random
import tomllib
import unicodedata
from pathlib import Path

import pytest

from gateway.config.settings import SandboxSettings
from gateway.handler import Limits, Unreadable
from gateway.sandbox import Mail, Sandbox
from handlers import mail_message
from tests.handlers.mutating import fuzzed, mutated

MAILS = sorted((Path(__file__).parent / "mails").glob("*.toml"))
SECONDS = 4.0  # of the worker's processor, for the worst of them


def read(path: Path) -> tuple[bytes, dict]:
    case = tomllib.loads(path.read_text(encoding="utf-8"))
    pieces = case["build"] if "build" in case else [[case["mail"], 1]]
    return b"".join(text.encode(case.get("encoding", "latin-1")) * times for text, times in pieces), case["expect"]


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(SandboxSettings(workers=1), ["mail_message"]) as box:
        yield box


def harmless(text: str) -> bool:
    return not any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in text)


def told(mail: Mail, expect: dict) -> dict:
    """What we saw, in the shape of the expectation."""
    wanted = expect.get("parts", [])
    parts = [
        {key: getattr(part, key) for key in (wanted[place] if place < len(wanted) else ("name", "media", "size"))}
        for place, part in enumerate(mail.parts)
    ]
    seen = {"sender": mail.sender or "", "notes": list(mail.notes), "parts": parts}
    if "from" in expect:
        seen["from"] = list(mail.headers["from"])
    if "subject" in expect:
        seen["subject"] = mail.headers["subject"][0]
    if "authentication" in expect:
        seen["authentication"] = [[one.value, one.received_above] for one in mail.authentication]
    return seen


def processor_time(process: int) -> float:
    times = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_a_hostile_mail_is_read_or_refused_as_it_says_itself(sandbox, path):
    data, expect = read(path)
    with sandbox.session() as session:
        worker = session._worker.pid
        start = processor_time(worker)
        session.load([data])
        try:
            mail = session.split()
        except Unreadable as trouble:
            assert {"refused": trouble.trouble.value} == expect
            return
        finally:
            assert processor_time(worker) - start < SECONDS
    assert told(mail, expect) == expect
    assert all(harmless(value) for values in mail.headers.values() for value in values)
    assert all(harmless(part.name) for part in mail.parts)


def test_there_are_hostile_mails():
    assert len(MAILS) >= 80


def test_a_mail_of_50_mb_is_split_within_256_mb_and_without_memory_of_ours(sandbox):
    """Both peaks are asked of the kernel; the mail is made block by block, as the vault gives it."""
    line = b"A" * 76 + b"\r\n"
    head = b"From: li@health.example\r\nContent-Type: application/x\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    blocks = 50_000_000 // (len(line) * 13_000)
    Path("/proc/self/clear_refs").write_text("5")  # our peak begins anew
    before = peak("self")
    with sandbox.session() as session:
        worker = session._worker.pid
        size = session.load(head if not place else line * 13_000 for place in range(blocks + 1))
        (part,) = session.split().parts
        inside = peak(str(worker))
    assert size > 49_000_000
    assert part.size == blocks * 13_000 * 57
    assert inside < 256 << 10
    assert peak("self") - before < 12 << 10


def peak(pid: str) -> int:
    """The most memory a process ever had, in KiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


def test_mutated_mails_are_read_or_refused_and_nothing_else():
    """Only `Unreadable` comes out, and never an unsafe word."""
    seeds = [data for data, _ in map(read, MAILS) if len(data) < 5_000]
    words = (b"\r\n", b"\n", b"\r", b"\0", b"--b", b"=?utf-8?B?", b"=?utf-7?Q?+2AA-?=", b"?=", b'"', b"\\", b";",
             b"=", b":", b" ", b"\xff", b"<", b"@", b"*0*=", b"''", b"%D8", b"(",
             b"message/rfc822", b"Content-Type: ")  # fmt: skip

    def attempt(chance: random.Random) -> None:
        data = mutated(chance, chance.choice(seeds), words)
        opened = mail_message.open_parts(data, Limits())
        assert all(harmless(value) for values in opened.headers.values() for value in values)
        assert all(harmless(part.name + part.media) for part in opened.parts)
        assert sum(len(part.data) for part in opened.parts) <= len(data)

    fuzzed(2_000, ("content",), attempt)
