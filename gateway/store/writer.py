"""The one writer: a thread that takes requests in order and commits them in groups, without a timer.

Whatever arrives while one commit waits for the disk shares the next one. A request's Future is settled only after the
commit that holds it. Trouble of the database that may pass becomes `Temporary` for everyone in the group, with nothing
recorded; a failed fsync or a corrupt file ends the process, because nobody can say what is on the disk.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Lock, Thread

from sqlalchemy import Connection, Engine, RootTransaction
from sqlalchemy.exc import IntegrityError

from gateway.journal.checkpoint import Signer
from gateway.outside import Temporary
from gateway.store import database
from gateway.store.batch import EMPTY, Batch, Fold, Head, MakeView, Spoiled, read_head
from gateway.store.emptying import Emptying
from gateway.store.requests import Answer, Keep, Request, sources

GROUP_REQUESTS = 1_000
GROUP_BYTES = 16 << 20
_TROUBLE_SECONDS = 1.0  # how long `troubled` stays true, so that not every client runs into the same wall

Die = Callable[[str], None]


def end_process(reason: str) -> None:
    """Leave at once: no handler, no flush, nothing that could still acknowledge."""
    os.write(2, f"the gateway ends: {reason}\n".encode())
    os._exit(70)


class Writer:
    """Owns the one connection that writes."""

    def __init__(self, engine: Engine, signer: Signer, fold: Fold, view: MakeView, die: Die) -> None:
        self.head: Head = EMPTY
        self.signer = signer
        self._engine, self._fold, self._view, self._die = engine, fold, view, die
        self._queue: SimpleQueue[Request | None] = SimpleQueue()
        self._lock = Lock()
        self._closed = False
        self._emptying = Emptying(engine, die)
        self._held: Connection | None = None
        self._segments: set[str] = set()
        self._listeners: list[Callable[[], None]] = []
        self._trouble_until = 0.0
        self._thread = Thread(target=self._run, name="writer", daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._emptying.start()

    def submit(self, request: Request) -> None:
        """Put a request in the queue. After `close` its Future raises `Temporary` at once."""
        with self._lock:
            if not self._closed:
                self._queue.put(request)
                return
        request.future.set_exception(Temporary("the store is closed"))

    def listen(self, callback: Callable[[], None]) -> None:
        self._listeners.append(callback)

    def troubled(self) -> bool:
        """Whether the last transaction failed, a moment ago."""
        return time.monotonic() < self._trouble_until

    def close(self) -> None:
        """Finish what is in the queue, then stop."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join()
        self._emptying.stop()
        self._engine.dispose()  # the last connection to close empties the write-ahead log into the file

    def _run(self) -> None:
        try:
            while (group := self._next_group()) is not None:
                if group:
                    self._process(group)
                group.clear()  # the bytes of a group are not kept while waiting for the next
        except BaseException as error:  # without its writer the process would hang, not work
            self._closed = True
            self._die(f"the writer failed: {type(error).__name__}")
        finally:
            self._let_go()

    def _next_group(self) -> list[Request] | None:
        request = self._queue.get()
        group: list[Request] = []
        weight = 0
        while request is not None:
            if request.future.set_running_or_notify_cancel():
                group.append(request)
                weight += request.weight
            if len(group) >= GROUP_REQUESTS or weight >= GROUP_BYTES:
                return group
            try:
                request = self._queue.get_nowait()
            except Empty:
                return group
        if group:
            self._queue.put(None)
        return group or None

    def _process(self, group: list[Request]) -> None:
        """Commit a group; where one request's own fault stops it, commit each of the others without it."""
        try:
            answers, erased = self._transact(group)
        except Exception as error:
            self._let_go()
            self._failed(group, error.__cause__ if isinstance(error, Spoiled) and error.__cause__ else error)
            return
        self._emptying.wrote(sum(request.weight for request in group))
        self._settle(answers)
        if erased:
            self._truncate()

    def _transact(self, group: list[Request]) -> tuple[list[tuple[Request, Answer | Exception]], bool]:
        connection = self._connected()
        with connection.begin() as transaction:
            batch = Batch(connection, read_head(connection, self.head), self._fold, self._view, self._segments)
            batch.look_up(sources(group))
            answers = [(request, self._run_one(request, batch)) for request in group]
            head = batch.finish(self.signer)
            self._commit(transaction)
        self._segments |= batch.new_segments
        self.head = head
        self._trouble_until = 0.0
        return answers, batch.erased

    def _connected(self) -> Connection:
        """The connection, kept: taking it out of the pool for each group costs as much as a fact does."""
        if self._held is None:
            self._held = self._engine.connect()
        return self._held

    def _let_go(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            held.close()

    def _run_one(self, request: Request, batch: Batch) -> Answer | Exception:
        try:
            return request.run(batch)
        except Spoiled:
            raise
        except Exception as error:
            if database.trouble(error) != "ours":
                raise
            return error

    def _commit(self, transaction: RootTransaction) -> None:
        """The one point of no return."""
        transaction.commit()

    def _settle(self, answers: list[tuple[Request, Answer | Exception]]) -> None:
        """Tell everyone who waits, in one pass, and then whoever listens."""
        size = self.head.frontier.size
        for request, answer in answers:
            if isinstance(answer, Exception):
                request.future.set_exception(answer)
            else:
                request.future.set_result(answer(size))
        for listener in self._listeners:
            listener()

    def _failed(self, group: list[Request], error: BaseException) -> None:
        whose = "fatal" if isinstance(error, database.Unfit) else database.trouble(error)
        if whose == "ours" and len(group) > 1:
            for request in group:
                self._process([request])
            return
        if whose == "fatal":
            self._die(f"the database failed: {type(error).__name__}")
        if whose != "ours" or (isinstance(error, IntegrityError) and isinstance(group[0], Keep)):
            self._trouble_until = time.monotonic() + _TROUBLE_SECONDS
            error = Temporary("the database is in trouble; nothing was recorded")
        for request in group:
            request.future.set_exception(error)

    def _truncate(self) -> None:
        """Empty the write-ahead log, where what was erased could still be read. A busy reader only delays it."""
        driver = self._connected().connection.driver_connection
        assert driver is not None
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
