"""The daemon as it really runs: `gateway run` in a process of its own, to be killed, looked at and started again."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

from gateway.core.duties import duties
from gateway.core.facts import Fact
from gateway.demo.county import County
from gateway.demo.post_office import PostOffice
from gateway.journal.verify import Key, verify
from gateway.store import Store
from gateway.wiring import open_store

RUN = [sys.executable, "-m", "tests.faults.mutations", "run", "--config"]
_ROOT = Path(__file__).parents[2]


class RealDaemon:
    """An installation on disk, its relay, and the process that runs it: at a known port, by the real clock."""

    def __init__(self, folder: Path, *, relay: bool = True) -> None:
        self.folder = folder
        with County.founded(folder, datetime.now(UTC), with_imap=False) as county:
            self.county = county  # its clerks, keys and addresses; its gateway is closed
        self.config = folder / "gateway" / "config"
        self.certificate = self.config / "smtp.pem"
        shutil.rmtree(folder / "gateway" / "state")
        (folder / "gateway" / "state").mkdir(mode=0o700)
        self.post_office = PostOffice().__enter__()
        self.port = free_port()
        toml = (self.config / "gateway.toml").read_text(encoding="utf-8")
        toml = toml.replace("[smtp]\nport = 0", f"[smtp]\nport = {self.port}\nconnections_per_peer = 100")
        toml = re.sub(
            r"(\[relay\]\nhost = .*\nport = )\d+", rf"\g<1>{self.post_office.port if relay else free_port()}", toml
        )
        (self.config / "gateway.toml").write_text(toml, encoding="utf-8")
        self.process: subprocess.Popen[bytes] | None = None
        self._log = (folder / "daemon.log").open("ab")

    @property
    def state(self) -> Path:
        return self.folder / "gateway" / "state" / "gateway.db"

    def start(self, wait: float = 60.0) -> None:
        """Start it; returns when it listens. `wait` of 0 doesn't wait."""
        self.process = subprocess.Popen([*RUN, str(self.config)], cwd=_ROOT, stdout=self._log, stderr=self._log)
        if wait:
            self.listens(wait)

    def listens(self, wait: float = 60.0) -> None:
        assert self.process
        end = time.monotonic() + wait
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError(f"the daemon ended with {self.process.returncode}: {self.log()[-2000:]}")
            with socket.socket() as connection:
                if connection.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise RuntimeError(f"the daemon does not listen: {self.log()[-2000:]}")

    def kill(self, number: int = signal.SIGKILL) -> int:
        """End it; gives its return code."""
        assert self.process
        self.process.send_signal(number)
        return self.process.wait(60)

    def close(self) -> None:
        if self.process and self.process.poll() is None:
            self.kill()
        self.post_office.__exit__()
        self._log.close()

    def log(self) -> str:
        return (self.folder / "daemon.log").read_text(encoding="utf-8", errors="replace")

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log().splitlines() if line.startswith("{")]

    def peak_memory(self) -> int:
        """The most bytes of memory that the process itself ever had; its children have their own."""
        assert self.process
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert found
        return int(found[1]) * 1024

    # --- what is recorded, read beside the running daemon or after it ---

    def store(self) -> Store:
        return open_store(self.county.gateway.configuration)

    def facts(self) -> list[Fact]:
        store = self.store()
        try:
            return [fact for _, fact in store.entries()]
        finally:
            store.close()

    def until(self, condition: Any, wait: float = 60.0) -> list[Fact]:
        """The facts, once they satisfy the condition."""
        end = time.monotonic() + wait
        while True:
            facts = self.facts()
            if condition(facts):
                return facts
            if time.monotonic() > end:
                raise AssertionError(f"waited {wait} s in vain; the log ends: {self.log()[-1500:]}")
            time.sleep(0.2)

    def rests(self, wait: float = 120.0) -> None:
        """Returns when nothing is owed any more."""
        end = time.monotonic() + wait
        while owed := self._owed():
            if time.monotonic() > end:
                raise AssertionError(f"after {wait} s still owed: {owed[:5]}; the log ends: {self.log()[-1500:]}")
            time.sleep(0.2)

    def _owed(self) -> list[str]:
        store, now = self.store(), datetime.now(UTC)
        try:
            with store.view() as view:
                return [duty.id for duty in duties(view.open(self.county.gateway.configuration.rules, now), now)]
        finally:
            store.close()

    def verified(self) -> list[str]:
        """What is wrong with the state."""
        store = self.store()
        key = Key.parse(str(store.verifier))
        store.close()
        return verify([self.state], [key])[1]


def free_port() -> int:
    """A port below those that the kernel hands to clients: nobody takes it by chance while the daemon is down."""
    for port in chain(range(20_000 + os.getpid() * 97 % 12_000, 32_000), range(20_000, 32_000)):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("no port is free")
