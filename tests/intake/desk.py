"""An officer's folder as a test speaks of it."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from gateway.config.settings import WatchedFolder
from gateway.intake.folder import FolderIntake
from tests.intake.inbox import FakeInbox, TurnedClock


class Desk:
    """A folder, its intake, an inbox in memory and a turned clock."""

    def __init__(self, path: Path, inbox: FakeInbox | None = None, **changes: Any) -> None:
        self.path = path
        self.clock = TurnedClock()
        self.inbox = inbox or FakeInbox()
        self.settings = WatchedFolder("housing", path, "officer-1", **changes)
        self.intake = FolderIntake(self.settings, self.inbox, self.clock)

    def put(self, name: str | bytes, content: bytes = b"x") -> Path:
        path = os.path.join(os.fsencode(self.path), os.fsencode(name))
        Path(os.fsdecode(path)).write_bytes(content)
        return Path(os.fsdecode(path))

    def restart(self, **changes: Any) -> None:
        settings = WatchedFolder("housing", self.path, "officer-1", **changes)
        self.intake = FolderIntake(settings, self.inbox, self.clock)

    def later(self, seconds: float = 10) -> int:
        self.clock.turn(timedelta(seconds=seconds))
        return self.intake.scan()

    def settle(self) -> int:
        """Look as often as a file needs to count as there."""
        return sum([self.intake.scan(), self.later(), self.later()])

    @property
    def names(self) -> list[str]:
        return sorted(path.name for path in self.path.iterdir() if path.is_file())

    @property
    def done(self) -> list[Path]:
        return sorted(path for path in self.path.glob("done/*/*") if path.is_file())
