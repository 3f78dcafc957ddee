"""What a scan sees in a folder, and when a file counts as fully there."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

SETTLE = timedelta(seconds=2)  # a file is looked at again after this long

_TEMPORARY_ENDS = (".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".download", ".swp", "~")
_NOT_REPORTS = {"thumbs.db", "desktop.ini"}  # Windows leaves them in shared folders


@dataclass(frozen=True, slots=True)
class Look:
    """What tells one state of a file from another."""

    size: int
    mtime_ns: int
    inode: int

    def source(self, name: str, mark: str = "") -> str:
        """The digest that stands for this file in this state; it holds nothing that the sender wrote."""
        text = f"{mark}\0{self.size}\0{self.mtime_ns}\0{self.inode}\0".encode() + os.fsencode(name)
        return hashlib.sha256(text).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Sight:
    """A file seen in the same state since `since`, confirmed so many times, last at `last`."""

    name: str
    look: Look
    since: datetime
    last: datetime
    confirmed: int = 0

    def again(self, look: Look, now: datetime) -> Sight:
        """Seen once more: confirmed when it is unchanged and enough time has passed."""
        if look != self.look:
            return Sight(self.name, look, now, now)
        if now < self.last:  # the clock was set back
            return replace(self, last=now)
        if now - self.last < SETTLE:
            return self
        return replace(self, last=now, confirmed=self.confirmed + 1)


def look_of(status: os.stat_result) -> Look:
    return Look(status.st_size, status.st_mtime_ns, status.st_ino)


def is_report(name: str) -> bool:
    """False for names under which programs keep what is not finished, and for what systems leave behind."""
    lower = name.lower()
    return not (lower.startswith((".", "~$")) or lower.endswith(_TEMPORARY_ENDS) or lower in _NOT_REPORTS)


def files(folder: int) -> Iterator[tuple[str, Look]]:
    """The regular files of an open folder that may be reports. Links, devices and folders are none."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if not is_report(entry.name):
                continue
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:  # it went away in between
                continue
            if stat.S_ISREG(status.st_mode):
                yield entry.name, look_of(status)
