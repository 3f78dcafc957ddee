"""What the county's clerks do: write a mail with a workbook, send it as their program would, fill a folder."""

from __future__ import annotations

import smtplib
import ssl
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class File:
    """An attachment, or a file for a folder."""

    name: str
    data: bytes


def mail(
    sender: str, recipient: str, subject: str, text: str, at: datetime, files: Sequence[File] = (), number: int = 0
) -> bytes:
    """A mail as an ordinary program writes it."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{at:%Y%m%d%H%M%S}.{number}@{sender.rpartition('@')[2].rstrip('>')}>"
    message.set_content(text)
    for file in files:
        main, sub = _media(file.name).split("/", 1)
        message.add_attachment(file.data, maintype=main, subtype=sub, filename=file.name)
    return message.as_bytes()


def _media(name: str) -> str:
    return {"xlsx": XLSX, "csv": "text/csv"}.get(name.rpartition(".")[2], "application/octet-stream")


def submit(
    port: int,
    sender: str,
    recipient: str,
    message: bytes,
    login: tuple[str, str] | None = None,
    certificate: Path | None = None,
) -> None:
    """Send over SMTP on loopback; with a login over STARTTLS, the server's certificate verified."""
    with smtplib.SMTP("localhost", port, local_hostname="clerk.example", timeout=30) as connection:
        if login:
            connection.starttls(context=ssl.create_default_context(cafile=str(certificate) if certificate else None))
            connection.login(*login)
        connection.sendmail(sender, [recipient], message)


@dataclass(frozen=True, slots=True)
class SigningDomain:
    """A department's mail server that signs what it sends: its DKIM selector, private key and public record."""

    domain: str
    selector: str
    private_key: bytes
    record: str

    @classmethod
    def make(cls, domain: str, selector: str = "mail") -> SigningDomain:
        private = subprocess.run(
            ["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
            check=True, capture_output=True,
        ).stdout  # fmt: skip
        public = subprocess.run(
            ["openssl", "pkey", "-pubout"], input=private, check=True, capture_output=True
        ).stdout.decode()
        body = "".join(line for line in public.splitlines() if not line.startswith("-"))
        return cls(domain, selector, private, f"v=DKIM1; k=rsa; p={body}")

    def sign(self, message: bytes) -> bytes:
        import dkim

        signature: bytes = dkim.sign(
            message,
            self.selector.encode(),
            self.domain.encode(),
            self.private_key,
            include_headers=[b"from", b"to", b"subject", b"date", b"message-id", b"mime-version", b"content-type"],
        )
        return signature + message


def put(folder: Path, file: File) -> None:
    """Save a file into a watched folder the way a program does: under another name first, then renamed."""
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f"~{file.name}.tmp"
    unfinished.write_bytes(file.data)
    unfinished.rename(folder / file.name)
