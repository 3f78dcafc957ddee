"""The county's mail server: takes the gateway's letters and puts each into its recipient's box.

A box is a folder; a letter in it is `01-….eml`, its text beside it as `.txt`, its attachments in a folder of the same
name, so that one can look at what a clerk would see.
"""

from __future__ import annotations

import email
import re
import threading
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Delivered:
    """One letter as it was handed over."""

    recipient: str
    message: EmailMessage
    raw: bytes

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        body = self.message.get_body(("plain",))
        return str(body.get_content()) if body else ""

    def files(self) -> dict[str, bytes]:
        found = {}
        for part in self.message.iter_attachments():
            content = part.get_payload(decode=True)
            if isinstance(content, bytes):
                found[part.get_filename() or "unnamed"] = content
        return found


@dataclass
class PostOffice:
    """An SMTP server on a free loopback port. `letters` are in the order of their coming."""

    folder: Path | None = None
    letters: list[Delivered] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _controller: Any = None

    def __enter__(self) -> PostOffice:
        from aiosmtpd.controller import Controller

        class OnFreePort(Controller):  # type: ignore[misc, unused-ignore]
            def _trigger_server(self) -> Any:
                server: Any = self.server
                self.port = server.sockets[0].getsockname()[1]  # it knocks at its own door, which port 0 is not
                return super()._trigger_server()  # type: ignore[no-untyped-call, unused-ignore]

        self._controller = OnFreePort(self, hostname="127.0.0.1", port=0, data_size_limit=100_000_000)
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    @property
    def port(self) -> int:
        return int(self._controller.port)

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:
        for recipient in envelope.rcpt_tos:
            self._deliver(recipient, envelope.content)
        return "250 delivered"

    def to(self, address: str) -> list[Delivered]:
        """The letters to one address."""
        with self._lock:
            return [letter for letter in self.letters if letter.recipient == address]

    def _deliver(self, recipient: str, raw: bytes) -> None:
        message = email.message_from_bytes(raw, policy=default)
        assert isinstance(message, EmailMessage)
        letter = Delivered(recipient, message, raw)
        with self._lock:
            self.letters.append(letter)
            if self.folder:
                _file(self.folder, letter)


def filed(boxes: Path, raw: bytes, address: str) -> None:
    """Put a mail into this address's box among these: the mail itself, its text, and the files attached to it."""
    message = email.message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    _file(boxes, Delivered(address or str(message["From"]), message, raw))


def _file(boxes: Path, letter: Delivered) -> None:
    box = boxes / re.sub(r"[^\w.@-]", "_", letter.recipient)
    box.mkdir(parents=True, exist_ok=True)
    number = len(list(box.glob("*.eml"))) + 1
    title = re.sub(r"[^\w-]+", "_", letter.subject)[:60].strip("_")
    name = f"{number:02}-{title}"
    (box / f"{name}.eml").write_bytes(letter.raw)
    (box / f"{name}.txt").write_text(f"{letter.subject}\n\n{letter.text}", encoding="utf-8")
    for filename, data in letter.files().items():
        (box / name).mkdir(exist_ok=True)
        (box / name / Path(filename).name).write_bytes(data)
