"""Tells systemd that we are ready and alive (sd_notify), where it asked to be told."""

from __future__ import annotations

import os
import socket
import time
from dataclasses import dataclass


@dataclass
class Notifier:
    """Speaks to `$NOTIFY_SOCKET`; says nothing where there is none."""

    address: str | None
    every: float  # seconds between two signs of life

    _last: float = 0.0

    @classmethod
    def from_environment(cls) -> Notifier:
        microseconds = int(os.environ.get("WATCHDOG_USEC", "0") or 0)
        return cls(os.environ.get("NOTIFY_SOCKET"), microseconds / 2_000_000 if microseconds else 10.0)

    def ready(self) -> None:
        self._say("READY=1")

    def stopping(self) -> None:
        self._say("STOPPING=1")

    def alive(self) -> None:
        """A sign of life, at most as often as asked for."""
        now = time.monotonic()
        if now - self._last >= self.every:
            self._last = now
            self._say("WATCHDOG=1")

    def _say(self, words: str) -> None:
        if not self.address:
            return
        address = "\0" + self.address[1:] if self.address.startswith("@") else self.address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.connect(address)
            out.sendall(words.encode())
