"""Probes from inside a worker: each forbidden thing is tried by code that runs where handlers run, and must fail."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import orjson
import pytest

from gateway.sandbox import Sandbox, frames
from gateway.sandbox.worker import Worker
from tests.sandbox.conftest import HANDLERS, PROBES
from tests.sandbox.probes.probe import FORBIDDEN


def try_inside(sandbox: Sandbox, name: str, target: Path = Path("/")) -> tuple[str, ...]:
    with sandbox.session() as session:
        session.load([f"probe {name} {target}".encode()])
        session.whole("probe")
        return session.open("0", "probe").notes


@pytest.fixture(scope="module")
def target():
    """A file that outside the sandbox anyone may read, rename and remove."""
    folder = Path(tempfile.mkdtemp(prefix="probe"))
    folder.chmod(0o777)
    (folder / "target").write_text("x")
    yield folder / "target"
    shutil.rmtree(folder)


@pytest.mark.parametrize("name", FORBIDDEN)
def test_a_worker_cannot(sandbox, target, name):
    (note,) = try_inside(sandbox, name, target)
    assert note in ("refused_eperm", "refused_eacces", "refused_enosys") or (
        name == "name_lookup" and note == "refused_other"  # the resolver has its own numbers
    )


@pytest.mark.parametrize("name", ["write_tmp", "read_passwd", "fork", "socket_inet", "socket_unix", "memory_file",
                                  "chmod", "code_in_memory", "watch_files", "become_dumpable"])  # fmt: skip
def test_the_same_probe_succeeds_outside_so_that_it_can_fail(target, name):
    """In a process of our own, which is not locked down."""
    code = "import sys; sys.path[:0] = sys.argv[1:2]; from probes import probe; print(probe._try(*sys.argv[2:]))"
    ran = subprocess.run([sys.executable, "-c", code, str(PROBES), name, str(target)], capture_output=True, text=True)
    assert "done" in ran.stdout or (name == "socket_unix" and "refused_enoent" in ran.stdout)


@pytest.mark.parametrize("name", ["thread", "frames"])
def test_what_handlers_need_still_works(sandbox, name):
    assert try_inside(sandbox, name) == ("works",)


def test_a_worker_gets_nothing_of_our_environment(make, monkeypatch):
    monkeypatch.setenv("GATEWAY_SECRET", "x")
    assert try_inside(make(), "environment") == ("works",)


def test_a_worker_inherits_no_open_file(sandbox, tmp_path):
    """Only its two pipes, the empty device and the count of its own memory are open in it."""
    with (tmp_path / "open").open("w") as file, sandbox.session() as session:
        os.set_inheritable(file.fileno(), True)
        held = os.listdir(f"/proc/{session._worker.pid}/fd")
        targets = {os.readlink(f"/proc/{session._worker.pid}/fd/{handle}").split(":")[0] for handle in held}
    assert targets <= {"pipe", "/dev/null", f"/proc/{session._worker.pid}/statm"}


def test_every_hardening_is_in_force_and_told(sandbox):
    assert sandbox.hardening.missing == ()
    assert sandbox.hardening.landlock >= 1


def test_not_being_root_is_hardened_the_same(target):
    """The same child, after giving up root: the kernel gives unprivileged processes as much."""
    code = Path(__file__).with_name("as_nobody.py")
    worker = Worker({"handlers": HANDLERS, "memory": 1 << 30, "seconds": 60, "path": [str(PROBES)]},
                    [sys.executable, "-I", str(code), str(PROBES)])  # fmt: skip
    try:
        hardening = worker.ready()
        status = dict(line.split(":", 1) for line in Path(f"/proc/{worker.pid}/status").read_text().splitlines())
        worker.begin(20, 1 << 20)
        refused = {}
        for number, name in enumerate(FORBIDDEN):
            ask(worker, {"do": "load", "limits": {}})
            worker.send(frames.frame(frames.BLOCK, f"probe {name} {target}".encode()) + frames.END)
            ask(worker, {"do": "whole", "name": "x", "number": number})
            worker.value()
            ask(worker, {"do": "open", "path": "0", "handler": "probe", "secret": None, "number": number})
            refused[name] = worker.value()["ok"]["notes"][0]
    finally:
        worker.kill()
    assert hardening.missing == ()
    assert status["Uid"].split()[0] != "0"
    assert [name for name, note in refused.items() if not note.startswith("refused_")] == []


def ask(worker: Worker, request: dict) -> None:
    worker.send(frames.frame(frames.JSON, orjson.dumps(request)))
