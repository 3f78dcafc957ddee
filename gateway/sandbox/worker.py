"""One worker seen from the daemon: started without a fork of the daemon's memory, spoken to against a clock.

Trust: what comes over the pipe may be anything. Lengths are checked before memory is taken, and time runs whenever
the worker lets us wait, be it to write or to read; who breaks either is killed.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from gateway.sandbox import frames
from gateway.sandbox.answers import Hardening, Unsafe, garbage

COMMAND = (sys.executable, "-I", "-B", "-m", "gateway.sandbox.child")
_START_SECONDS = 60  # a busy machine may take long to import; no foreign byte is involved
_PIPE_BYTES = 1 << 20
_READ_BYTES = 1 << 18
# Nothing of the daemon's surroundings: credentials may stand in them. Polars, should a handler want it, asks the
# processor by running code it has just written, which a worker may not do.
_SURROUNDINGS = {
    "LC_ALL": "C.UTF-8",
    "MALLOC_ARENA_MAX": "2",
    "POLARS_MAX_THREADS": "1",
    "POLARS_SKIP_CPU_CHECK": "1",
}


class Worker:
    """A child process. Not thread-safe: one session has it at a time. After any `Unsafe` it is dead."""

    def __init__(self, order: Mapping[str, Any], command: Sequence[str] = COMMAND) -> None:
        """Start it; it gets ready by itself while we do something else. `order` is its first frame."""
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            start_new_session=True,
            bufsize=0, cwd="/", env=_SURROUNDINGS, close_fds=True,
        )  # fmt: skip
        assert self._process.stdin and self._process.stdout
        self._to, self._from = self._process.stdin.fileno(), self._process.stdout.fileno()
        for pipe in (self._to, self._from):
            os.set_blocking(pipe, False)
            _widen(pipe)
        self._got, self._out = bytearray(), bytearray()
        self._number = 0
        self._order = dict(order)
        self.hardening: Hardening | None = None
        self.arrivals = 0
        self._seconds = 0.0  # that it may still let us wait
        self._output = 0  # bytes that it may still answer
        self.at_first = 0  # KiB of memory before its first arrival
        self.used = (0, 0)  # as it says itself: memory in KiB now, processor time in ms of its whole life

    @property
    def pid(self) -> int:
        return self._process.pid

    def ready(self) -> Hardening:
        """Wait until it has given everything up. Raises `RuntimeError` if it cannot start: that is our own trouble."""
        if self.hardening is None:
            try:
                self.begin(_START_SECONDS, frames.JSON_BYTES)
                self.send(frames.frame(frames.JSON, orjson.dumps(self._order)))
                told = self.value()
            except Unsafe as trouble:
                self.kill()
                raise RuntimeError(f"a sandbox worker did not start: {trouble.why} {trouble.detail}") from None
            if "failed" in told:
                self.kill()
                raise RuntimeError(f"a sandbox worker did not start:\n{told['failed']}")
            self.hardening, self.at_first = Hardening(**told["hardening"]), told["resident"]
        return self.hardening

    def begin(self, seconds: float, output: int) -> None:
        """From now on it may let us wait so long, and answer so many bytes."""
        self._seconds, self._output = seconds, output

    def next_number(self) -> int:
        """The number of a question, which its answer must repeat."""
        self._number += 1
        return self._number

    def send(self, data: bytes) -> None:
        """On its way at the latest with the next `value` or `flush`: small pieces go together."""
        self._out += data
        if len(self._out) >= _READ_BYTES:
            self.flush()

    def flush(self) -> None:
        """Everything is on its way when this returns."""
        out, self._out = self._out, bytearray()
        view = memoryview(out)
        while view:
            try:
                view = view[os.write(self._to, view) :]
            except BlockingIOError:
                self._wait(self._to, select.POLLOUT)
            except OSError:
                self._died()

    def idle(self) -> bool:
        """Whether it lives and has said nothing that was not asked for."""
        poll = select.poll()
        poll.register(self._from, select.POLLIN)
        return self._process.poll() is None and not self._got and not poll.poll(0)

    def value(self) -> Any:
        """One JSON value."""
        self.flush()
        kind, body = self._take()
        if kind != frames.JSON:
            garbage()
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:
            garbage()

    def blocks(self) -> Iterator[bytes]:
        """The blocks up to the empty one that ends them."""
        while True:
            kind, body = self._take()
            if kind != frames.BLOCK:
                garbage()
            if not body:
                return
            yield body

    def kill(self) -> None:
        """End it, at once and for good. May be called again."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()
        self._to = self._from = -1  # the numbers may belong to other files by now

    def _take(self) -> tuple[bytes, bytes]:
        """The next frame. Its announced length is checked before anything is kept."""
        self._fill(frames.HEADER.size)
        kind, size = frames.HEADER.unpack_from(self._got)
        if size > frames.cap(kind):
            garbage()
        if size > self._output:
            garbage("output")
        end = frames.HEADER.size + size
        self._fill(end)
        body = bytes(memoryview(self._got)[frames.HEADER.size : end])
        del self._got[:end]
        self._output -= end
        return kind, body

    def _fill(self, wanted: int) -> None:
        while len(self._got) < wanted:
            self._wait(self._from, select.POLLIN)
            try:
                piece = os.read(self._from, _READ_BYTES)
            except BlockingIOError:
                continue
            if not piece:
                self._died()
            self._got += piece

    def _wait(self, pipe: int, event: int) -> None:
        if pipe < 0:
            garbage("died")
        poll = select.poll()
        poll.register(pipe, event)
        start = time.monotonic()
        happened = self._seconds > 0 and poll.poll(self._seconds * 1000)
        self._seconds -= time.monotonic() - start
        if not happened:
            garbage("timeout")

    def _died(self) -> None:
        try:
            code = self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            garbage("died")
        garbage("died", str(-code) if code < 0 else "")


def _widen(pipe: int) -> None:
    """A pipe of 1 MiB spares most of the waiting; the kernel may refuse it."""
    import fcntl

    try:
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    except OSError:
        return
