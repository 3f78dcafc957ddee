"""Workbooks of every kind where they are really read, and what it costs to have a reader for each."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.config.settings import SandboxSettings
from gateway.judge.formats import HANDLERS
from gateway.sandbox import Sandbox
from gateway.sandbox.worker import Worker
from tests.handlers import binary_books, old_books
from tests.handlers.books import book, sheet
from tests.handlers.test_open_document import cell, page, row

FORMATS = {
    "excel": book(sheet('<row r="1"><c r="A1"><v>7</v></c></row>')),
    "excel_legacy": old_books.xls(old_books.number(1, 1, 7.0)),
    "excel_binary": binary_books.book(binary_books.sheet(binary_books.row(1, binary_books.real(1, 7.0)))),
    "open_document": page(row(cell("7", 'office:value="7"', "float"))),
}
"""One workbook with a single cell for each handler."""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SandboxSettings(workers=1), HANDLERS) as box:
        yield box


@pytest.mark.parametrize("suffix", ["xlsx", "xls", "xlsb", "ods", "et"])
@pytest.mark.parametrize("handler", FORMATS)
def test_a_workbook_is_read_as_what_it_is_whatever_it_is_called(sandbox: Sandbox, handler: str, suffix: str) -> None:
    with sandbox.session() as session:
        session.load([FORMATS[handler]])
        assert session.whole(f"报表.{suffix}").handler == handler
        (table,) = session.read("0", handler)
    assert [list(one) for one in table.rows()] == [["7"]]


def test_a_worker_with_every_handler_starts_soon() -> None:
    """What all handlers import must not make the daemon wait for a worker. Processor time: the machine may be busy."""
    worker = Worker({"handlers": list(HANDLERS), "memory": 1 << 30, "seconds": 60, "path": []})
    worker.ready()
    times = Path(f"/proc/{worker.pid}/stat").read_text().rpartition(")")[2].split()
    worker.kill()
    assert (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK") < 0.5
    assert worker.at_first < 64 << 10
