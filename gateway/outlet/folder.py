"""Puts letters into officers' folders: `answers/<date>-<letter>/` with `letter.txt` and the attachments.

A letter appears complete or not at all. One that is there already is not written again, whatever its date.
"""

from __future__ import annotations

import email
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parsedate_to_datetime
from pathlib import Path

from gateway.core.filenames import harmless
from gateway.outside import Permanent, Temporary

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_UNFINISHED = ".unfinished-"


class FolderOutlet:
    """An `outside.Outlet`. `folders` maps an officer's id to the folder that the officer reads.

    Letters lie in `below` in it; with `below` empty, in the folder itself.
    """

    def __init__(self, folders: Mapping[str, Path], below: str = "answers") -> None:
        self._folders = dict(folders)
        self._below = below

    def send(self, letter: bytes, message_id: str, recipient: str) -> None:
        """Raises `Permanent("no_folder")` for an officer without one, `Temporary` when it can't be written to."""
        path = self._folders.get(recipient)
        if path is None:
            raise Permanent("no_folder")
        try:
            self._put(path, letter, message_id.strip("<>").partition("@")[0])
        except OSError:
            raise Temporary("the folder cannot be written to") from None

    def _put(self, path: Path, letter: bytes, name: str) -> None:
        root = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            answers = _enter(root, self._below) if self._below else os.dup(root)
        finally:
            os.close(root)
        try:
            with os.scandir(answers) as entries:
                mine = [entry.name for entry in entries if name in entry.name]
            for left_over in (entry for entry in mine if entry.startswith(f"{_UNFINISHED}{name}-")):
                shutil.rmtree(left_over, ignore_errors=True, dir_fd=answers)
            if not any(entry.endswith(f"-{name}") for entry in mine):
                _write(answers, name, email.message_from_bytes(letter))
        finally:
            os.close(answers)


def _enter(parent: int, name: str) -> int:
    """Open a folder in a folder, made when missing. A link of that name is an error: it may lead anywhere."""
    with suppress(FileExistsError):
        os.mkdir(name, dir_fd=parent)
    return os.open(name, _FOLDER, dir_fd=parent)


def _write(answers: int, name: str, message: Message) -> None:
    """Write beside, then rename: nobody sees half a letter. The day is the machine's own."""
    day = parsedate_to_datetime(str(message["Date"])).astimezone().strftime("%Y-%m-%d")
    unfinished = f"{_UNFINISHED}{name}-{secrets.token_hex(4)}"
    os.mkdir(unfinished, dir_fd=answers)
    try:
        folder = os.open(unfinished, _FOLDER, dir_fd=answers)
        try:
            for file, content in contents(message):
                _write_file(folder, file, content)
            os.fsync(folder)
        finally:
            os.close(folder)
        os.rename(unfinished, f"{day}-{name}", src_dir_fd=answers, dst_dir_fd=answers)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True, dir_fd=answers)
        raise
    os.fsync(answers)


def _write_file(folder: int, name: str, content: bytes) -> None:
    with os.fdopen(os.open(name, _NEW_FILE, 0o644, dir_fd=folder), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def contents(message: Message) -> Iterator[tuple[str, bytes]]:
    """The files that a letter becomes: `letter.txt` (with a byte-order mark, for old editors), then attachments."""
    subject = str(make_header(decode_header(str(message["Subject"]))))
    taken = {"letter.txt"}
    body = b""
    attachments: list[tuple[str, bytes]] = []
    for part in message.walk():
        if part.is_multipart():
            continue
        data = part.get_payload(decode=True)
        assert isinstance(data, bytes)
        if part.get_content_disposition() == "attachment":
            attachments.append((_free(part.get_filename() or "attachment", taken), data))
        else:
            body += data
    text = f"{subject}\n\n{body.decode('utf-8')}".replace("\r\n", "\n").replace("\n", "\r\n")
    yield "letter.txt", text.encode("utf-8-sig")
    yield from attachments


def _free(name: str, taken: set[str]) -> str:
    candidate = harmless(name)
    count = 1
    while candidate.lower() in taken:
        count += 1
        candidate = harmless(name, f"{count}-")
    taken.add(candidate.lower())
    return candidate
