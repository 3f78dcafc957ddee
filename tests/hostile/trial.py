"""Hostile files and mails judged as the daemon judges them, and what became of each.

The way is that of the daemon: `examine` in a sandbox of its own, with the example county's rules. A file comes through
the folder of a clinic's reporter, a mail from the same officer's account, so that the sender is proven and every answer
is one that the officer would read.
"""

from __future__ import annotations

import os
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from gateway.core.parties import Language
from gateway.core.refusal import SENTENCES, Refusal
from gateway.judge.case import Case, Examined, Means
from gateway.judge.examine import examine
from gateway.sandbox import session
from gateway.sandbox.answers import Unsafe
from tests.hostile.corpus import Specimen
from tests.judge.desk import CLINIC, START, Desk, site, table

SECONDS = 20.0  # that a file may cost, as the desk's sandbox is set
SLACK = 10.0  # for starting a worker, and for a processor that is shared
PATIENCE = 5.0  # times as long may it take as the processor works on it: the machine may be busy
GOOD = Specimen("csv", "good", "卫生院婴儿死亡2026年12月.csv", table())
_READS = frozenset((Refusal.FINDINGS.value, "accepted"))


@dataclass(frozen=True)
class Outcome:
    """What became of one specimen: what was said of each of its files, how long it took, how many workers died.

    `spent` is the processor time of the daemon and its workers, `ours` that of the daemon's own process, `memory` by
    how many MiB that grew meanwhile.
    """

    specimen: Specimen
    said: tuple[str, ...]
    seconds: float
    spent: float
    ours: float
    memory: int
    deaths: tuple[str, ...]


@dataclass
class Trial:
    """A desk, and the deaths of its workers as they happen."""

    means: Means
    deaths: list[str] = field(default_factory=list)

    def judge(self, specimen: Specimen) -> Outcome:
        """Examine it. Raises `AssertionError` where it ends in neither content nor a sentence."""
        self.deaths.clear()
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
        begun, spent, ours, before = time.monotonic(), _spent(), _ours(), _peak()
        channel = "smtp" if specimen.kind == "eml" else "folder"
        case = Case("a", channel, channel, START, CLINIC, lambda: [specimen.data], {"name": specimen.name})
        examined = examine(case, self.means)
        said = tuple(_said(examined))
        seconds, grown = time.monotonic() - begun, _peak() - before
        return Outcome(specimen, said, seconds, _spent() - spent, _ours() - ours, grown, tuple(self.deaths))

    def recovers(self) -> float:
        """Seconds until a good report is accepted, of which few may be of the processor."""
        outcome = self.judge(GOOD)
        assert outcome.said == ("accepted",) and not outcome.deaths and outcome.spent < SLACK, outcome
        return outcome.seconds


@contextmanager
def trial() -> Iterator[Trial]:
    with tempfile.TemporaryDirectory() as folder, site(Path(folder)) as place:
        desk = Desk(place, Path(folder) / "gateway.db")
        found = Trial(desk.office.means)
        ended = session.Session._end

        def noted(self: session.Session, trouble: Unsafe) -> None:
            if not self._over and trouble.why != "over":
                found.deaths.append(f"{trouble.why} {trouble.detail}".strip())
            ended(self, trouble)

        with mock.patch.object(session.Session, "_end", noted):
            yield found
        desk.close()


def _said(examined: Examined) -> Iterator[str]:
    """For each file the code of what the officer is told, for which there must be a sentence in both languages."""
    assert examined.proof is not None, "the channel proves the sender"
    if examined.refusal:
        yield _told(examined.refusal)
    for found in examined.found:
        if found.refusal:
            if found.sentence:
                assert all(found.sentence[language].strip() for language in Language)
            yield _told(found.refusal)
        elif found.checked is None:
            assert found.nil
            yield "accepted"
        elif found.checked.acceptable:
            yield "accepted"
        else:
            told = [list(found.checked.findings.told(language)) for language in Language]
            assert all(finding.sentence.strip() for one in told for finding in one)
            yield Refusal.FINDINGS.value
    assert examined.refusal or examined.found or examined.keys or examined.ignored, "neither content nor a sentence"


def _told(refusal: Refusal) -> str:
    assert all(SENTENCES[refusal][language].strip() for language in Language)
    return refusal.value


def _peak() -> int:
    """The most memory that this process had since the peak began anew, in MiB."""
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) >> 10


def _spent() -> float:
    """The processor time of this process and all its children so far, those that live and those that ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    live = 0
    for path in Path("/proc/self/task").glob("*/children"):
        for child in path.read_text().split():
            with suppress(OSError):
                live += sum(map(int, Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[11:15]))
    return _ours() + ended.ru_utime + ended.ru_stime + live / os.sysconf("SC_CLK_TCK")


def _ours() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
