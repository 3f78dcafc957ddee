"""Large tables, checked in a process of their own: the same verdict, and nothing that its death could harm."""

from __future__ import annotations

import io
import pickle
import subprocess
import sys
from datetime import date
from types import SimpleNamespace

import pytest

from gateway.checks.check import Checked, check
from gateway.checks.compile import Context, compile_dataflow
from gateway.checks.recognise import Recognised
from gateway.checks.sheet import find_header
from gateway.checks.tables import read_table, table_bytes
from gateway.core.parties import Language
from gateway.core.period import Period
from gateway.core.table import Table, pack
from gateway.demo.senders import File
from gateway.judge import apart, apart_child, submissions
from gateway.judge.apart import Order, check_apart, is_large
from gateway.sandbox import Unsafe
from tests.checks.county import BIRTHS, CODELISTS, birth, citizen, sheet
from tests.judge.desk import CLINIC, HEADER, NAME, VILLAGE, Desk, outcomes

CONTEXT = Context(Period.parse("2026-M10"), date(2026, 10, 20), None)
ROWS = 6_000


def packed(table: Table) -> Table:
    """As it comes from the sandbox: two runs of rows."""
    rows, half = table.rows(), table.height // 2
    runs = [pack([list(column) for column in zip(*part, strict=True)]) for part in (rows[:half], rows[half:])]
    return Table.of_runs(table.name, table.width, table.height, runs, table.notes)


def recognised(table: Table) -> Recognised:
    shape = find_header(BIRTHS, table.head(30))
    assert shape
    return Recognised("births", CONTEXT.period, table, shape)


def row(number: int, **cells: str) -> list[str]:
    return birth(number, id=citizen(number % 500, f"202610{number // 500 + 1:02}"), **cells)


def good(rows: int = ROWS) -> Table:
    return Table.of_rows("表一", sheet([row(number) for number in range(rows)]))


def bad() -> Table:
    """Every third has a code that is none."""
    return Table.of_rows("表一", sheet([row(n, **({} if n % 3 else {"sex": "9"})) for n in range(ROWS)]))


def here(one: Recognised) -> Checked:
    return check(compile_dataflow(BIRTHS, CODELISTS), one, CONTEXT)


def test_what_is_checked_apart_comes_to_the_same() -> None:
    one = recognised(packed(bad()))
    there, ours = check_apart(BIRTHS, CODELISTS, one, CONTEXT), here(one)
    assert (there.rows, there.findings.errors, there.findings.queries) == (ROWS, ROWS // 3, 0)
    assert not there.acceptable
    for language in Language:
        assert there.findings.first(language, 50) == ours.findings.first(language, 50)
        assert list(there.findings.told(language, 7)) == list(ours.findings.told(language, 7))
    assert len(there.findings) == len(ours.findings)


def test_an_accepted_table_comes_back_as_it_is_kept() -> None:
    one = recognised(packed(good()))
    there = check_apart(BIRTHS, CODELISTS, one, CONTEXT)
    assert there.acceptable
    assert read_table(table_bytes(there)).equals(read_table(table_bytes(here(one))))
    with pytest.raises(LookupError):
        _ = there.values


def test_only_what_came_packed_and_is_long_or_wide_is_checked_apart() -> None:
    assert is_large(packed(good()))
    assert not is_large(good())
    assert not is_large(packed(good(40)))
    wide = [["x"] * 500 for _ in range(600)]
    assert is_large(Table.of_runs("s", 500, 600, [pack([list(column) for column in zip(*wide, strict=True)])]))


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("import os; os.abort()", ("died", "6")),
        ("raise SystemExit(3)", ("died", "exit")),
        ("print('no answer')", ("protocol", "")),
        ('print(\'{"rows": -1, "errors": 0, "queries": 0, "findings": {}}\')', ("protocol", "")),
        ('print(\'{"rows": 1, "errors": 0, "queries": 0, "findings": {"zh_CN": [{}], "en": []}}\')', ("protocol", "")),
        ("import time; time.sleep(60)", ("timeout", "")),
        ("import os, time; os.close(1); time.sleep(60)", ("timeout", "")),
        ("import sys\nwhile True: sys.stdout.buffer.write(bytes(1 << 16))", ("output", "")),
        ("import sys\nsys.stderr.buffer.write(bytes(1 << 20)); raise SystemExit(3)", ("died", "exit")),
    ],
)
def test_a_process_that_dies_dawdles_or_talks_nonsense_is_unsafe(
    program: str, why: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "SECONDS", 3)
    monkeypatch.setattr(apart, "MOST_BYTES", 1 << 20)
    with pytest.raises(Unsafe) as unsafe:
        check_apart(BIRTHS, CODELISTS, recognised(good()), CONTEXT, (sys.executable, "-c", program))
    assert (unsafe.value.why, unsafe.value.detail) == why


def test_the_process_gives_up_everything_before_it_looks(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    steps: list[str] = []
    order = Order(BIRTHS, CODELISTS, recognised(good()), CONTEXT)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(pickle.dumps(order))))
    monkeypatch.setattr(apart_child, "lock_down", lambda memory, seconds: steps.append("locked"))
    monkeypatch.setattr(apart_child, "check", lambda *given: (steps.append("checked"), check(*given))[1])
    apart_child.main()
    assert steps == ["locked", "checked"]
    head, _, table = capfdbinary.readouterr().out.partition(b"\n")
    assert head.startswith(b'{"rows":6000,"errors":0')
    assert read_table(table).height == ROWS


def test_the_kernel_holds_it_to_that() -> None:
    program = (
        "from gateway.judge import apart_child as child; child._load(); "
        "granted = child.lock_down(child.MEMORY, child.SECONDS); "
        "assert all(granted.values()), granted; import socket, pathlib\n"
        "for forbidden in (socket.socket, pathlib.Path('/tmp/x').touch, pathlib.Path('/etc/passwd').read_bytes):\n"
        "    try: forbidden()\n"
        "    except OSError: continue\n"
        "    raise SystemExit('it could')"
    )
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_large_report_is_accepted_and_can_be_joined(desk: Desk) -> None:
    judged = desk.judge(desk.message(CLINIC, [large_report()]), CLINIC)
    (verdict,) = judged.submissions
    assert (verdict.verdict, verdict.rows, verdict.errors) == ("accepted", ROWS, 0)
    assert verdict.table
    assert read_table(desk.store.read_all(verdict.table, 1 << 24)).height == ROWS


def test_a_large_report_that_cannot_be_checked_safely_is_rejected_as_that(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submissions, "check_apart", dying)
    judged = desk.judge(desk.message(CLINIC, [large_report()]), CLINIC)
    assert outcomes(judged) == [("rejected", "unsafe")]


def dying(*_: object) -> Checked:
    raise Unsafe("died")


def large_report() -> File:
    lines = [f"1,2026-11-{number % 30 + 1:02},2026-12-01,{VILLAGE['bailu_clinic']}" for number in range(ROWS)]
    return File(NAME, "\r\n".join([HEADER, *lines, ""]).encode())
