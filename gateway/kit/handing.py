"""The kit as a folder, to be handed over on a stick or put where the officer finds it."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from pathlib import Path

from gateway.core.message import Attachment


def put(kit: Sequence[Attachment], folder: Path) -> None:
    """Write the files into a new or empty folder. Raises `FileExistsError` where something lies in it."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(errno.EEXIST, "is there already", str(folder))
    folder.mkdir(parents=True, exist_ok=True)
    for file in kit:
        (folder / file.name).write_bytes(file.data)
