"""Landlock by three system calls: from now on this thread may read below some folders, and touch no other file.

Landlock is the kernel's own file sandbox for unprivileged processes (landlock(7)). What is not named as readable is
gone, for root as well; nothing is writable. From ABI 4 TCP is refused too, from ABI 6 abstract sockets and signals.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same numbers on every architecture
_VERSION_FLAG = 1
_PATH_BENEATH = 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_NET = 0b11  # bind and connect
_SCOPED = 0b11  # abstract unix sockets, signals
# how many kinds of access each ABI knows: execute … make_sym, then refer, truncate, (net,) ioctl_dev
_KINDS = {1: 13, 2: 14, 3: 15, 4: 15}
_NEWEST_KINDS = 16

_libc = ctypes.CDLL(None, use_errno=True)


class _Ruleset(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def _call(number: int, *arguments: object) -> int:
    result = int(_libc.syscall(ctypes.c_long(number), *arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), "landlock")
    return result


def abi() -> int:
    """Which Landlock this kernel has; 0 for none."""
    try:
        return _call(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION_FLAG))
    except OSError:
        return 0


def read_only(folders: Iterable[Path]) -> int:
    """Give up every file but those below `folders`, which stay readable. Returns the ABI in force, 0 if there is none.

    `no_new_privs` must be set. Folders that do not exist are passed over.
    """
    version = abi()
    if not version:
        return 0
    ruleset = _Ruleset(
        fs=(1 << _KINDS.get(version, _NEWEST_KINDS)) - 1,
        net=_NET if version >= 4 else 0,
        scoped=_SCOPED if version >= 6 else 0,
    )
    size = 8 if version < 4 else 16 if version < 6 else 24
    handle = _call(_CREATE_RULESET, ctypes.byref(ruleset), ctypes.c_size_t(size), ctypes.c_uint32(0))
    try:
        for folder in folders:
            _allow(handle, folder)
        _call(_RESTRICT_SELF, ctypes.c_int(handle), ctypes.c_uint32(0))
    finally:
        os.close(handle)
    return version


def _allow(handle: int, path: Path) -> None:
    try:
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        allowed = _READ_FILE | _READ_DIR if path.is_dir() else _READ_FILE
        rule = _PathBeneath(allowed=allowed, parent=parent)
        _call(_ADD_RULE, ctypes.c_int(handle), ctypes.c_int(_PATH_BENEATH), ctypes.byref(rule), ctypes.c_uint32(0))
    finally:
        os.close(parent)
