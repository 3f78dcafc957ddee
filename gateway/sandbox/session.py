"""A session: one worker for one arrival, and everything one may ask about that arrival's bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, TypeVar

import orjson

from gateway.core.table import Table
from gateway.handler import Limits, Marking, Mend, Trouble, Unreadable
from gateway.sandbox import answers, frames
from gateway.sandbox.answers import Contents, DkimResult, Mail, PartInfo, Unsafe, Verified, garbage
from gateway.sandbox.tables import take_tables
from gateway.sandbox.worker import Worker

T = TypeVar("T")
_Bytes = bytes  # `Session.bytes` takes the name

# After these the worker has met something that was made to do harm, or may have: it is not used again.
_HARMLESS = {Trouble.NEEDS_KEY, Trouble.NEEDS_PASSWORD, Trouble.UNSUPPORTED, Trouble.EMPTY, Trouble.ENCODING}
_SUSPICIOUS = frozenset(Trouble) - _HARMLESS


class Session:
    """One arrival in one worker. Use it from one thread. Every method may raise:

    * `Unreadable(trouble, where)`: the file is at fault; the session goes on, other parts can still be asked for;
    * `Unsafe(why, detail)`: the worker died, ran out of time or output, or spoke nonsense; this session is over,
      and every further question raises `Unsafe` too.

    The worker's time and output are for the whole arrival; only time that it lets us wait counts.
    """

    def __init__(self, worker: Worker, limits: Limits) -> None:
        self._worker = worker
        self._limits = limits
        self._over: Unsafe | None = None
        self._telling = False  # in the middle of a run of blocks
        self.suspicious = False
        self.entrusted = False

    def load(self, blocks: Iterable[_Bytes]) -> int:
        """Hand over the arrival's bytes, in blocks of any size, and forget what was handed over before.

        Constant memory here. Returns the size. Raises whatever `blocks` raises; bytes beyond the limits raise
        `Unreadable(TOO_LARGE)` with the first question about them.
        """
        size = 0
        with self._guarded():
            self._worker.send(self._frame({"do": "load", "limits": asdict(self._limits)}))
            for block in blocks:
                size += len(block)
                for at in range(0, len(block), frames.BLOCK_BYTES):
                    self._worker.send(frames.frame(frames.BLOCK, block[at : at + frames.BLOCK_BYTES]))
            self._worker.send(frames.END)
        return size

    def split(self) -> Mail:
        """The loaded bytes as a mail."""
        return self._ask(answers.mail, do="split")

    def whole(self, name: str) -> PartInfo:
        """The loaded bytes as one file, part `0`, for channels that bring bare files."""
        return self._ask(answers.part, do="whole", name=name[:1_000])

    def open(self, path: str, handler: str, secret: _Bytes | None = None, *, lasting: bool = False) -> Contents:
        """The part as a container, with the one secret its file needs. What it held gets paths `path/1` …

        `lasting`: the secret opens other files too, so that this worker must not live to see another arrival.
        """
        self.entrusted = self.entrusted or lasting
        told = None if secret is None else secret.hex()
        return self._ask(answers.contents, do="open", path=path, handler=handler, secret=told)

    def verify(
        self, path: str, over: str, handler: str, secret: _Bytes | None = None, *, lasting: bool = False
    ) -> Verified:
        """The part at `path` as a signature over the part at `over`. `Unreadable(FORGED)` if it does not fit."""
        self.entrusted = self.entrusted or lasting
        told = None if secret is None else secret.hex()
        return self._ask(answers.verified, do="verify", path=path, over=over, handler=handler, secret=told)

    def read(self, path: str, handler: str) -> tuple[Table, ...]:
        """The part as sheets of text, in the order of the file."""
        with self._guarded():
            told = self._exchange({"do": "read", "path": path, "handler": handler})
            return take_tables(told, self._worker.blocks())

    def mark(self, path: str, marking: Marking, most: int) -> _Bytes:
        """The part, a table, with findings written into it: a file of at most `most` bytes.

        Raises `Unreadable`: UNSUPPORTED where this kind of file cannot be marked, TOO_LARGE.
        """
        told = orjson.dumps(marking)
        if len(told) > frames.JSON_BYTES // 2:
            raise Unreadable(Trouble.TOO_LARGE, "marks")
        request = {"do": "mark", "path": path, "marking": orjson.Fragment(told), "most": most}
        return b"".join(self._blocks(request, most))

    def mend(self, path: str, cells: Sequence[Mend], most: int) -> _Bytes:
        """The part, a table, with these texts in these cells: a file of at most `most` bytes.

        Raises `Unreadable`: UNSUPPORTED where this kind of file, or one of the cells, cannot be changed, TOO_LARGE.
        """
        told = [(one.sheet, one.row, one.column, one.text) for one in cells]
        return b"".join(self._blocks({"do": "mend", "path": path, "cells": told, "most": most}, most))

    def bytes(self, path: str) -> Iterator[_Bytes]:
        """The part itself, in blocks of up to 1 MiB. Take it to its end before asking anything else."""
        return self._blocks({"do": "bytes", "path": path}, self._limits.bytes)

    def _blocks(self, request: dict[str, Any], most: int) -> Iterator[_Bytes]:
        with self._guarded():
            told = self._exchange(request)
            self._telling = True
            left = answers.number(answers.field(told, "size"), most)
            for block in self._worker.blocks():
                left -= len(block)
                if left < 0:
                    garbage()
                yield block
                if self._over:
                    raise self._over
            self._telling = False
            if left:
                garbage()

    def dkim_questions(self) -> list[tuple[str, str]]:
        """Selector and domain of each DKIM signature worth checking, at most five, safe to put into a DNS name."""

        def pairs(told: Any) -> list[tuple[str, str]]:
            found = [tuple(answers.items(one, 2)) for one in answers.items(told, 5)]
            return [(answers.label(selector), answers.label(domain)) for selector, domain in found]

        return self._ask(pairs, do="dkim_questions")

    def dkim(self, records: Mapping[str, list[_Bytes]]) -> tuple[DkimResult, ...]:
        """One result for each signature, given the TXT records of `selector._domainkey.domain` for each question."""
        told = {name: [one[:4096].decode("latin-1") for one in found[:10]] for name, found in records.items()}
        return self._ask(answers.dkim_results, do="dkim", answers=told)

    def forget(self) -> bool:
        """End of the session: the worker lets go of everything. False if it is to be ended instead."""
        if self._over or self.suspicious or self.entrusted or self._telling:
            self._over = self._over or Unsafe("over")
            return False
        try:
            with self._guarded():
                self._worker.send(self._frame({"do": "forget"}))
                self._worker.flush()
        except Unsafe:
            return False
        self._over = Unsafe("over")  # the worker is no longer ours
        return True

    # --- how it is asked ---

    def _ask(self, check: Callable[[Any], T], **request: Any) -> T:
        with self._guarded():
            return check(self._exchange(request))

    def _exchange(self, request: dict[str, Any]) -> Any:
        number = self._worker.next_number()
        self._worker.send(self._frame(request | {"number": number}))
        answer = self._worker.value()
        if answers.field(answer, "to") != number:  # it answered before it was asked
            garbage()
        memory, cpu = answers.items(answers.field(answer, "used"), 2)
        self._worker.used = (answers.number(memory), answers.number(cpu))
        return answers.result(answer)

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Ends the worker on anything but a plain answer."""
        if self._over:
            raise self._over
        try:
            yield
        except Unreadable as trouble:
            self.suspicious = self.suspicious or trouble.trouble in _SUSPICIOUS
            raise
        except Unsafe as trouble:
            self._end(trouble)
            raise
        except BaseException:  # ours, or a run of blocks not taken to its end: what the worker is about is unknown
            self._end(Unsafe("protocol"))
            raise

    def _end(self, trouble: Unsafe) -> None:
        if not self._over:
            self._over = trouble
            self._worker.kill()

    @staticmethod
    def _frame(request: dict[str, Any]) -> _Bytes:
        return frames.frame(frames.JSON, orjson.dumps(request))
