"""Sealing and opening files by hand, in constant memory: on an officer's machine, or beside the gateway.

What is written lies under a temporary name until everything about it was verified, and never over another file.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO

from gateway.core.filenames import harmless
from gateway.core.parties import PublicKey
from gateway.handler import Trouble, Unreadable
from gateway.keyring import load_private
from gateway.keyring.lines import OFFICER_PUBLIC, BadLine, key_bytes, parse_public, words
from gateway.keyring.own import GATEWAY_PUBLIC
from handlers.sealed import (
    File,
    Manifest,
    Signed,
    Source,
    open_stream,
    read_header,
    seal_stream,
    unlock_for,
    verify_manifest,
)


@dataclass(frozen=True, slots=True)
class Report:
    """What a sealed file says it is: `sender` and `recipient` are departments, `sequence` only counts up."""

    dataflow: str
    period: str
    sender: str
    recipient: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Public:
    """What a public key file gives: `signing` proves, `sealing` closes; 32 bytes each."""

    id: str
    signing: bytes
    sealing: bytes


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A sealed file that was opened. `proven`: signed by the key that was given; False if none was.

    `written` are the files as they lie on the disk, in the order of the manifest; empty if only checked.
    """

    manifest: Manifest
    proven: bool
    written: tuple[Path, ...]


def read_public_file(path: Path) -> Public:
    """An officer's `.pub`, or a gateway's. Raises `BadLine`."""
    text = path.read_text("utf-8")
    if any(line.startswith(OFFICER_PUBLIC) for line in text.splitlines()):
        key: PublicKey = parse_public(text)
        return Public(key.id, key.signing, key.sealing)
    name, signing, sealing = words(text, GATEWAY_PUBLIC, (3,))
    return Public(name, key_bytes(signing), key_bytes(sealing))


def seal_files(
    files: Sequence[Path],
    target: Path,
    private: Path,
    recipients: Sequence[Path],
    report: Report,
    signed: datetime,
    rows: int | None = None,
) -> None:
    """Write `target`; no files make a nil return. `rows` is the count of records, of a report that is one file.

    Raises `ValueError` if they form no manifest, `BadLine` for a key file that is none, `FileExistsError`.
    """
    if target.exists():
        raise FileExistsError(17, "is there already", str(target))
    own = load_private(private)
    manifest = {
        "sender": report.sender, "key": own.public.id, "recipient": report.recipient, "dataflow": report.dataflow,
        "period": report.period, "sequence": report.sequence, "nil": not files, "signed": signed.replace(microsecond=0),
    }  # fmt: skip
    sources = [Source(path.name, rows, partial(_readable, path)) for path in files]
    keys = [read_public_file(path).sealing for path in recipients]
    with _unfinished(target.parent) as (out, beside):
        for block in seal_stream(sources, manifest, keys, own.signing_seed):
            out.write(block)
        _place(out, beside, target)


def _readable(path: Path) -> BinaryIO:
    return path.open("rb")


def open_file(file: Path, private_keys: Sequence[bytes], sender: Public | None, folder: Path | None) -> OpenedFile:
    """Open for whoever holds one of these keys, check everything, and only then let files appear in `folder`.

    Without a folder everything is checked and nothing is kept. Raises `Unreadable`, `FileExistsError`.
    """
    with file.open("rb") as source, ExitStack() as stack:
        header = read_header(source)
        unlocked = unlock_for(header, private_keys)
        targets = _Targets(folder, stack)

        def proven(signed: Signed) -> None:
            if sender:
                verify_manifest(signed, sender.signing, unlocked.sealing_public)
            elif unlocked.sealing_public.hex() not in signed.manifest.keys:
                raise Unreadable(Trouble.FORGED, "recipient")
            targets.begin(signed.manifest)

        signed = open_stream(header, source, unlocked.content_key, targets.sink, proven)
        return OpenedFile(signed.manifest, sender is not None, targets.finish())


class _Targets:
    """Where the files go: nowhere, or under temporary names in the folder until all is well."""

    def __init__(self, folder: Path | None, stack: ExitStack) -> None:
        self._folder, self._stack = folder, stack
        self._open: list[tuple[BinaryIO, Path, Path]] = []
        self._names: dict[str, Path] = {}

    def begin(self, manifest: Manifest) -> None:
        """Every name is free, and no two become the same when made harmless."""
        if self._folder is None:
            return
        for file in manifest.files:
            target = self._folder / harmless(file.name)
            if target.exists() or target in self._names.values():
                raise FileExistsError(17, "is there already", str(target))
            self._names[file.name] = target
        self._folder.mkdir(parents=True, exist_ok=True)

    def sink(self, file: File) -> Callable[[bytes | memoryview], object]:
        if self._folder is None:
            return _nowhere
        out, beside = self._stack.enter_context(_unfinished(self._folder))
        self._open.append((out, beside, self._names[file.name]))
        return out.write

    def finish(self) -> tuple[Path, ...]:
        for out, beside, target in self._open:
            _place(out, beside, target)
        return tuple(target for _, _, target in self._open)


def _nowhere(block: bytes | memoryview) -> object:
    return None


@contextmanager
def _unfinished(folder: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """A new file for its owner alone, taken away again unless it was placed."""
    handle, name = tempfile.mkstemp(prefix=".unfinished-", dir=folder)
    beside = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            yield out, beside
    finally:
        beside.unlink(missing_ok=True)


def _place(out: BinaryIO, beside: Path, target: Path) -> None:
    """Durably under its name. A link, because a rename would replace what came there meanwhile."""
    out.flush()
    os.fsync(out.fileno())
    os.link(beside, target)


__all__ = ["BadLine", "OpenedFile", "Public", "Report", "open_file", "read_public_file", "seal_files"]
