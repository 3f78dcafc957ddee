"""What a worker gives up before its first foreign byte, in the one order that works.

Each step is reported as the kernel granted it, never as we asked for it. A step that fails leaves the others standing.
"""

from __future__ import annotations

import ctypes
import os
import resource
import sysconfig
from collections.abc import Iterable
from pathlib import Path

from gateway.sandbox import landlock, syscalls

_PR_SET_DUMPABLE, _PR_GET_DUMPABLE = 4, 3
_PR_SET_NO_NEW_PRIVS, _PR_GET_NO_NEW_PRIVS = 38, 39
_CAPABILITIES_V3 = 0x20080522
_OPEN_FILES = 32  # importing a module opens a few at a time
_TASKS = 512  # counts every thread of this user, so it can only be a coarse brake; the system-call filter is the fence


def lock_down(memory: int, seconds: int, readable: Iterable[Path] = ()) -> dict[str, int]:
    """Give up everything. `memory` in bytes of address space, `seconds` of processor time in the whole life.

    Returns what is in force: `limits`, `no_capabilities`, `no_new_privs`, `undumpable`, `landlock` (its ABI),
    `seccomp`; 0 where the kernel gave nothing.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    rules = syscalls.prepare()
    granted = {"limits": _limit(memory, seconds), "no_capabilities": _drop_capabilities(libc)}
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    granted["no_new_privs"] = int(libc.prctl(_PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    granted["undumpable"] = int(libc.prctl(_PR_GET_DUMPABLE, 0, 0, 0, 0) == 0)
    try:
        granted["landlock"] = landlock.read_only([*_own_paths(), *readable])
    except OSError:
        granted["landlock"] = 0
    granted["seccomp"] = int(syscalls.restrict(rules))
    return granted


def _own_paths() -> list[Path]:
    """Where the interpreter, its libraries and our own code lie: what an import after the lockdown may read."""
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    own = [Path(path) for name in names if (path := sysconfig.get_path(name))]
    package = Path(__file__).resolve().parent.parent
    libraries = ["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache", "/usr/share/zoneinfo"]
    return [*own, package, package.parent / "handlers", *map(Path, libraries)]


def _limit(memory: int, seconds: int) -> int:
    limits = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: _OPEN_FILES,
        resource.RLIMIT_NPROC: _TASKS,
        resource.RLIMIT_CORE: 0,
    }
    for kind, wanted in limits.items():
        highest = resource.getrlimit(kind)[1]
        value = wanted if highest == resource.RLIM_INFINITY else min(wanted, highest)
        try:
            resource.setrlimit(kind, (value, value))
        except (OSError, ValueError):
            return 0
    return 1


def _drop_capabilities(libc: ctypes.CDLL) -> int:
    """Being root is then worth nothing but the files that root owns, and those are behind Landlock."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_V3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    if os.geteuid() == 0:
        libc.capset(header, nothing)
    held = (ctypes.c_uint32 * 6)()
    if libc.capget(header, held):
        return 0
    return int(not any(held))
