"""What one may ask of an arrival, and that one arrival leaves nothing behind for the next."""

import hashlib
from datetime import timedelta
from pathlib import Path

import polars
import pytest

from gateway.config.settings import SandboxSettings
from gateway.core.table import Table
from gateway.handler import CellNote, Limits, Trouble, Unreadable
from gateway.sandbox import NotHardened, Sandbox, Unsafe
from gateway.sandbox import landlock as landlock_module
from tests.sandbox.conftest import HANDLERS, PROBES

MAIL = (
    b"From: Li <li@health.example>\r\nSubject: report\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\n\r\nhello\r\n"
    b'--b\r\nContent-Type: application/x-probe; name="../../b.bin"\r\n\r\nprobe secret\r\n--b--\r\n'
)


def test_a_mail_becomes_parts_with_digest_handler_header_and_text(sandbox):
    with sandbox.session() as session:
        assert session.load([MAIL[:50], MAIL[50:]]) == len(MAIL)
        mail = session.split()
    text, probe = mail.parts
    assert mail.sender == "li@health.example"
    assert mail.headers["subject"] == ("report",)
    assert (text.path, text.media, text.text, text.handler) == ("1", "text/plain", "hello", None)
    assert (probe.path, probe.name, probe.size, probe.handler, probe.header) == ("2", "b.bin", 12, "probe", b"prob")
    assert probe.sha256 == hashlib.sha256(b"probe secret").hexdigest()


def test_what_a_container_holds_lies_below_it_and_comes_back_byte_for_byte(sandbox):
    with sandbox.session() as session:
        session.load([MAIL])
        session.split()
        inner = session.open("2", "probe", b"\x00\xffkey").parts[0]
        assert (inner.path, inner.size) == ("2/1", 5)
        assert b"".join(session.bytes("2/1")) == b"\x00\xffkey"
        assert b"".join(session.bytes("2")) == b"probe secret"


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3_500_000])
def test_bytes_of_any_size_pass_both_ways(sandbox, size):
    data = bytes(range(256)) * (size // 256 + 1)
    with sandbox.session() as session:
        session.load([data[:size]])
        session.whole("x")
        blocks = list(session.bytes("0"))
    assert b"".join(blocks) == data[:size]
    assert all(len(block) <= 1 << 20 for block in blocks)


def test_a_small_table_comes_as_rows_of_one_width(sandbox):
    with sandbox.session() as session:
        session.load([b"probe table 2 3 x"])
        session.whole("x")
        first, big = session.read("0", "probe")
    assert (first.name, first.width, first.height) == ("first", 2, 2)
    assert [list(row) for row in first.rows()] == [["县", ""], ["b", ""]]
    assert first.notes == (CellNote(1, 1, "lost_digits"),)
    assert big.frame().rows() == [("x0.0", "x0.1", "x0.2"), ("x1.0", "x1.1", "x1.2")]


@pytest.mark.parametrize(("rows", "columns"), [(5_000, 12), (20_001, 1), (30, 1_000), (200_000, 3)])
def test_a_large_table_comes_whole_and_in_order(sandbox, rows, columns):
    with sandbox.session() as session:
        session.load([f"probe table {rows} {columns} 值".encode()])
        session.whole("x")
        _, big = session.read("0", "probe")
    frame = big.frame()
    assert frame.shape == (big.height, big.width) == (rows, columns)
    assert frame.columns == [f"c{place}" for place in range(1, columns + 1)]
    for at in (0, 1, rows // 2, rows - 1):
        assert frame.row(at) == tuple(f"值{at}.{column}" for column in range(columns))
    assert set(frame.dtypes) == {polars.String}
    assert list(big.head(1)[0]) == list(frame.row(0))


def test_a_large_table_with_long_cells_passes(sandbox):
    with sandbox.session() as session:
        session.load([b"probe table 300 2 " + b"z" * 30_000])
        session.whole("x")
        _, big = session.read("0", "probe")
    assert big.frame().row(299) == ("z" * 30_000 + "299.0", "z" * 30_000 + "299.1")


def test_rows_of_different_length_are_padded_in_a_large_table_too(sandbox):
    with sandbox.session() as session:
        session.load([b"probe ragged 9000 4 x"])
        session.whole("x")
        (table,) = session.read("0", "probe")
    assert table.frame().rows()[:4] == [("x", "", "", ""), ("x", "x", "", ""), ("x", "x", "x", ""), ("x",) * 4]
    assert table.frame().null_count().row(0) == (0, 0, 0, 0)


def test_a_table_of_too_many_cells_is_refused(sandbox):
    with sandbox.session(Limits(cells=1_000)) as session:
        session.load([b"probe table 100 11 x"])
        session.whole("x")
        with pytest.raises(Unreadable) as raised:
            session.read("0", "probe")
    assert raised.value.trouble is Trouble.TOO_LARGE


def test_the_next_arrival_finds_nothing_of_the_last(make):
    box = make()
    with box.session() as session:
        first = session._worker.pid
        session.load([MAIL])
        session.split()
    with box.session() as session:
        assert session._worker.pid == first
        with pytest.raises(Unsafe):
            list(session.bytes("2"))


def test_a_worker_that_met_a_damaged_file_is_not_used_again(make):
    box = make()
    with box.session() as session:
        first = session._worker.pid
        session.load([b"probe unreadable"])
        session.whole("x")
        with pytest.raises(Unreadable):
            session.open("0", "probe")
    with box.session() as session:
        assert session._worker.pid != first


@pytest.mark.parametrize("lasting", [True, False])
def test_a_worker_that_held_a_password_does_not_live_to_see_the_next_arrival(make, lasting):
    """A content key is of one file, a password of many: whoever sends the next file must not find it."""
    box = make()
    with box.session() as session:
        first = session._worker.pid
        session.load([MAIL])
        session.split()
        session.open("2", "probe", b"secret", lasting=lasting)
    with box.session() as session:
        assert (session._worker.pid == first) is not lasting


def test_a_worker_that_grew_is_not_used_again(make):
    box = make()
    with box.session(Limits(bytes=1 << 28)) as session:
        first = session._worker.pid
        session.load(b"x" * (1 << 20) for _ in range(120))
        session.whole("x")
    with box.session() as session:
        assert session._worker.pid != first


def test_bytes_not_taken_to_their_end_cost_the_worker_not_the_next_arrival(make):
    box = make()
    with box.session() as session:
        session.load([b"x" * 3_000_000])
        session.whole("x")
        next(session.bytes("0"))
    with box.session() as session:
        session.load([b"probe secret"])
        assert session.whole("y").size == 12


def test_trouble_of_ours_while_loading_passes_through_and_costs_the_worker(make):
    def broken():
        yield b"half"
        raise OSError("our disk")

    box = make()
    with pytest.raises(OSError, match="our disk"), box.session() as session:
        session.load(broken())
    with box.session() as session:
        session.load([b"whole"])
        assert session.whole("x").size == 5


def test_required_hardening_that_the_kernel_lacks_refuses_to_run(monkeypatch, tmp_path):
    """A kernel without Landlock is played by a handler that hides it before the lockdown."""
    (tmp_path / "blind").mkdir()
    (tmp_path / "blind" / "hidden.py").write_text(
        "from gateway.sandbox import landlock\nlandlock.abi = lambda: 0\nNAME = 'hidden'\n"
        "def opens(head, name): return False\n"
    )
    with pytest.raises(NotHardened) as raised:
        Sandbox(SandboxSettings(hardening="required"), ["blind.hidden"], [tmp_path])
    assert raised.value.missing == ("landlock",)
    with Sandbox(SandboxSettings(hardening="best"), ["blind.hidden"], [tmp_path]) as box:
        assert box.hardening.missing == ("landlock",)
    assert landlock_module.abi() > 0


def test_a_handler_that_cannot_be_imported_is_our_trouble_and_told_in_full(tmp_path):
    with pytest.raises(RuntimeError, match=r"No module named 'handlers\.nonsense'"):
        Sandbox(SandboxSettings(), ["nonsense"])


def test_closing_ends_every_worker():
    box = Sandbox(SandboxSettings(workers=2, time=timedelta(seconds=5)), HANDLERS, [PROBES])
    with box.session() as one, box.session() as two:
        pids = [one._worker.pid, two._worker.pid]
    box.close()
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_a_table_says_the_same_as_rows_and_as_frame():
    table = Table.of_rows("s", [["a", "b"], ["c"], []])
    assert table.frame().rows() == [("a", "b"), ("c", ""), ("", "")] == [tuple(row) for row in table.rows()]
    assert Table.of_rows("empty", []).frame().shape == (0, 0)
    assert Table.of_frame("s", polars.DataFrame({"x": ["1"], "y": ["2"]})).head(5) == [("1", "2")]
