"""Moves a recorded file into `done/<date>/`, and nothing else: what changed since it was read stays a new report."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import datetime

from gateway.core.filenames import harmless, readable
from gateway.intake.folder_sight import Look, look_of

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def finish(root: int, name: str, look: Look, arrival: str, had: datetime) -> bool:
    """Move one file of the open folder `root`; False when another file had taken its name. Raises OSError.

    The day is the machine's own. Nothing is ever overwritten: whatever stands under the name at that instant is moved
    by one rename and looked at afterwards; if it is not what was recorded, it goes back under a name of its own.
    """
    done = _enter(root, "done")
    try:
        day = _enter(done, had.astimezone().strftime("%Y-%m-%d"))
    finally:
        os.close(done)
    try:
        target = _free_name(day, arrival, name)
        try:
            os.rename(name, target, src_dir_fd=root, dst_dir_fd=day)
        except FileNotFoundError:  # somebody took it away, which they may
            return True
        if look_of(os.stat(target, dir_fd=day, follow_symlinks=False)) == look:
            return True
        os.rename(target, _free_name(root, f"{arrival}-new", name), src_dir_fd=day, dst_dir_fd=root)
        return False
    finally:
        os.close(day)


def _enter(parent: int, name: str) -> int:
    """Open a folder in a folder, made when missing. A link of that name is an error: it may lead anywhere."""
    with suppress(FileExistsError):
        os.mkdir(name, dir_fd=parent)
    return os.open(name, _FOLDER, dir_fd=parent)


def _free_name(folder: int, arrival: str, name: str) -> str:
    shown = readable(os.fsencode(name))
    candidate = harmless(shown, f"{arrival}-")
    count = 1
    while _exists(folder, candidate):
        count += 1
        candidate = harmless(shown, f"{arrival}-{count}-")
    return candidate


def _exists(folder: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True
