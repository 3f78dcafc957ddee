"""Large tables are checked in a process of their own: what they need would fill the daemon, and stay.

The process is started for one table, gets what it needs in memory, gives up everything else as a sandbox worker does,
and answers with counts, findings in words, and the table to be kept. It is `gateway.judge.apart_child`.
"""

from __future__ import annotations

import os
import pickle
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

import orjson

from gateway.checks.check import LARGE, Checked
from gateway.checks.compile import Context
from gateway.checks.recognise import Recognised
from gateway.core.dataflow import CodeList, Dataflow, Severity
from gateway.core.finding import Finding
from gateway.core.parties import Language
from gateway.core.table import Table
from gateway.judge.details import MOST_FINDINGS
from gateway.sandbox import Unsafe

COMMAND = (sys.executable, "-I", "-B", "-m", "gateway.judge.apart_child")
SECONDS = 120
_CELLS = 250_000
MOST_BYTES = 256 << 20  # of an answer: its findings quote what came, in each language
_READ_BYTES = 1 << 18
_SURROUNDINGS = {
    "LC_ALL": "C.UTF-8",
    "MALLOC_ARENA_MAX": "2",
    "POLARS_MAX_THREADS": "2",
    "POLARS_SKIP_CPU_CHECK": "1",
}
_COUNTS = ("rows", "errors", "queries")


def is_large(table: Table) -> bool:
    """Whether a table that came packed is one that polars reads, or too many cells to be Python objects here."""
    return table.runs is not None and (table.height >= LARGE or table.width * table.height >= _CELLS)


@dataclass(frozen=True, slots=True)
class ToldFindings:
    """What the other process told: how many, and the first of them in each language, errors before queries."""

    errors: int
    queries: int
    in_words: Mapping[Language, tuple[Finding, ...]]

    def __len__(self) -> int:
        return self.errors + self.queries

    def told(self, language: Language, at_most: int | None = None) -> Sequence[Finding]:
        return self.in_words[language][:at_most]

    def first(self, language: Language, most: int) -> tuple[Finding, ...]:
        return self.in_words[language][:most]


@dataclass(frozen=True, slots=True)
class Order:
    """All that the other process is told. It goes there pickled, and nothing pickled ever comes back."""

    dataflow: Dataflow
    codelists: Mapping[str, CodeList]
    recognised: Recognised
    context: Context
    most: int = MOST_FINDINGS


def check_apart(
    dataflow: Dataflow,
    codelists: Mapping[str, CodeList],
    recognised: Recognised,
    context: Context,
    command: Sequence[str] = COMMAND,
) -> Checked:
    """As `check` does. Raises `Unsafe` where the process dies, takes too long, or answers nonsense or too much."""
    order = Order(dataflow, codelists, recognised, context)
    with _told(order) as told, _started(command, told) as child:
        head, _, table = _said(child).partition(b"\n")
    return _answer(head, table, dataflow)


@contextmanager
def _told(order: Order) -> Iterator[BinaryIO]:
    """The order in a file that is in memory alone."""
    with os.fdopen(os.memfd_create("order"), "w+b") as file:
        pickle.dump(order, file)
        file.seek(0)
        yield file


@contextmanager
def _started(command: Sequence[str], told: BinaryIO) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        command, stdin=told, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_SURROUNDINGS, cwd="/", bufsize=0
    ) as child:
        try:
            yield child
        finally:
            child.kill()


def _said(child: subprocess.Popen[bytes]) -> bytes:
    """All that it says, in its time and within bounds."""
    assert child.stdout
    until, said = time.monotonic() + SECONDS, bytearray()
    poll = select.poll()
    poll.register(child.stdout, select.POLLIN)
    while poll.poll(max(0.0, until - time.monotonic()) * 1000):
        piece = os.read(child.stdout.fileno(), _READ_BYTES)
        said += piece
        if len(said) > MOST_BYTES:
            raise Unsafe("output")
        if not piece:
            break
    try:
        code = child.wait(max(0.0, until - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise Unsafe("timeout") from None
    if code:
        raise Unsafe("died", str(-code) if code < 0 else "exit")
    return bytes(said)


def _answer(head: bytes, table: bytes, dataflow: Dataflow) -> Checked:
    try:
        told = orjson.loads(head)
        rows, errors, queries = (_count(told[name]) for name in _COUNTS)
        in_words = {language: tuple(map(_finding, told["findings"][language])) for language in Language}
    except (ValueError, KeyError, TypeError):
        raise Unsafe("protocol") from None
    return Checked(ToldFindings(errors, queries, in_words), rows, _elsewhere, dataflow, table or None)


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("no count")
    return value


def _finding(told: dict[str, Any]) -> Finding:
    return Finding(**(told | {"severity": Severity(told["severity"])}))


def counts_of(checked: Checked) -> Checked:
    """How much was found, without the table and what was said of it."""
    findings = ToldFindings(checked.findings.errors, checked.findings.queries, {})
    return Checked(findings, checked.rows, _elsewhere, None)


def _elsewhere() -> Any:
    raise LookupError("the values of a table that was checked apart were never here")
