"""Every effect of a gateway can be broken here: before or after it takes hold, by a crash or by trouble that passes.

Effects are what cannot be taken back: a commit, a letter handed over, a mail or a file moved away. A crash is played in
the process: from that instant on no effect takes hold any more, the files of the database are kept as they were then,
and the next gateway begins with these and nothing else.
"""

from __future__ import annotations

import shutil
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pysqlite3
import pytest
from sqlalchemy.exc import OperationalError

from gateway.intake import folder
from gateway.intake.imap_server import Conversation
from gateway.outlet.folder import FolderOutlet
from gateway.outlet.mail import MailOutlet
from gateway.outside import Temporary
from gateway.store import Store, writer
from gateway.store.batch import Batch
from gateway.store.writer import Writer


class Crash(BaseException):
    """The process has ended; nothing after this happens."""


@dataclass(frozen=True)
class Break:
    """Which effect is broken: the `number`-th of its kind, counted from 0."""

    kind: str
    number: int
    when: Literal["before", "after"]
    how: Literal["crash", "temporary"]

    def __str__(self) -> str:
        return f"{self.how} {self.when} {self.kind} {self.number}"


class Effects:
    """Counts the effects of the gateways that run under it, and breaks one of them once."""

    def __init__(self, break_: Break | None = None) -> None:
        self.counted: Counter[str] = Counter()
        self.crashed = False
        self.broken = False
        self.state: Path | None = None  # the database of the gateway that runs
        self._break = break_
        self._lock = threading.RLock()
        self._waiting: list[Future[Any]] = []
        self._in_commit: list[str] = []

    @contextmanager
    def effect(self, kinds: list[str], trouble: Callable[[], BaseException]) -> Iterator[None]:
        """Something that takes hold within."""
        self.stop_if_crashed()
        with self._lock:
            numbers = {kind: self.counted[kind] for kind in kinds}
            self.counted.update(kinds)
        wanted = self._break
        hit = wanted is not None and not self.broken and numbers.get(wanted.kind) == wanted.number
        self.broken = self.broken or hit
        if hit and wanted and wanted.when == "before":
            self._come_to_harm(wanted, trouble)
        yield
        if hit and wanted and wanted.when == "after":
            self._come_to_harm(wanted, trouble)

    def stop_if_crashed(self) -> None:
        if self.crashed:
            raise Crash

    def end(self, _: str = "") -> None:
        """The process ends, wherever it is: whoever waits for it waits no more."""
        with self._lock:
            if not self.crashed:
                self._keep_disk()
            self.crashed = True
            waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_exception(Crash())

    def new_process(self) -> None:
        """What the next gateway finds."""
        assert self.state is not None
        for suffix in ("-wal", "-shm", ""):
            Path(f"{self.state}{suffix}").unlink(missing_ok=True)
        for suffix in ("", "-wal"):
            if (kept := Path(f"{self.state}.kept{suffix}")).exists():
                kept.rename(f"{self.state}{suffix}")
        self.crashed = False

    def _come_to_harm(self, wanted: Break, trouble: Callable[[], BaseException]) -> None:
        if wanted.how == "temporary":
            raise trouble()
        self.end()
        raise Crash

    def _keep_disk(self) -> None:
        for suffix in ("", "-wal"):
            if self.state is not None and (path := Path(f"{self.state}{suffix}")).exists():
                shutil.copyfile(path, f"{self.state}.kept{suffix}")

    def install(self, patched: pytest.MonkeyPatch) -> None:
        """Put these effects under every gateway that is built from now on."""
        patched.setitem(Store.open.__func__.__kwdefaults__, "die", self.end)  # type: ignore[attr-defined]
        patched.setattr(writer, "_TROUBLE_SECONDS", 0.05)
        self._install_commit(patched)
        self._install_waiting(patched)
        for outlet, kind in ((MailOutlet, "letter by mail"), (FolderOutlet, "letter into the folder")):
            patched.setattr(outlet, "send", self._around(outlet.send, [kind], lambda: Temporary("played")))
        moved = self._around(Conversation.move, ["mail moved"], lambda: Temporary("played"))
        patched.setattr(Conversation, "move", moved)
        patched.setattr(folder, "finish", self._around(folder.finish, ["file moved"], lambda: OSError("played")))

    def _around(
        self, act: Callable[..., Any], kinds: list[str], trouble: Callable[[], BaseException]
    ) -> Callable[..., Any]:
        def broken(*arguments: Any, **named: Any) -> Any:
            with self.effect(kinds, trouble):
                return act(*arguments, **named)

        return broken

    def _install_commit(self, patched: pytest.MonkeyPatch) -> None:
        begin, add, commit = Batch.__init__, Batch.add, Writer._commit

        def begun(batch: Batch, *arguments: Any) -> None:
            self._in_commit = []
            begin(batch, *arguments)

        def added(batch: Batch, facts: Any, *rest: Any) -> Any:
            self._in_commit += [f"commit of {fact.KIND}" for fact in facts]
            return add(batch, facts, *rest)

        def committed(by: Writer, transaction: Any) -> None:
            with self._lock, self.effect(sorted(set(self._in_commit)), database_is_locked):
                commit(by, transaction)

        patched.setattr(Batch, "__init__", begun)
        patched.setattr(Batch, "add", added)
        patched.setattr(Writer, "_commit", committed)

    def _install_waiting(self, patched: pytest.MonkeyPatch) -> None:
        submit = Writer.submit

        def submitted(to: Writer, request: Any) -> None:
            with self._lock:
                self.stop_if_crashed()
                self._waiting = [future for future in self._waiting if not future.done()] + [request.future]
            submit(to, request)

        patched.setattr(Writer, "submit", submitted)


def database_is_locked() -> BaseException:
    """As SQLite tells it."""
    error = pysqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = 5
    return OperationalError("COMMIT", None, error)
