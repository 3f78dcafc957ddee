"""The openssl command as a real neighbour: keys, certificates, and messages as mail programs make them with it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

DAYS = ("-days", "700")


def openssl(*words: str | Path, data: bytes = b"") -> bytes:
    """What openssl writes to standard output."""
    done = subprocess.run(["openssl", *words], input=data, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@dataclass(frozen=True)
class Holder:
    """A private key and its self-signed certificate, in one file each."""

    key: Path
    certificate: Path

    @property
    def pem(self) -> str:
        return self.certificate.read_text()

    @property
    def both(self) -> str:
        return self.key.read_text() + self.pem

    @property
    def fingerprint(self) -> str:
        told = openssl("x509", "-in", self.certificate, "-noout", "-fingerprint", "-sha256").decode()
        return told.partition("=")[2].strip().replace(":", "").lower()


def make(folder: Path, name: str, *words: str, issuer: Holder | None = None, days: tuple[str, ...] = DAYS) -> Holder:
    """A new holder; `words` say which kind of key."""
    key, certificate = folder / f"{name}.key", folder / f"{name}.crt"
    by = ("-CA", issuer.certificate, "-CAkey", issuer.key) if issuer else ()
    kind = words or ("-newkey", "rsa:2048")
    openssl("req", "-x509", *kind, "-nodes", "-keyout", key, "-out", certificate, "-subj", f"/CN={name}", *days, *by)
    return Holder(key, certificate)
