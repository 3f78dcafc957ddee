"""The openssl command as a real neighbour: keys, certificates, and messages as mail programs make them with it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

BEGINS, ENDS = datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
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


def dated(folder: Path, name: str, curve: ec.EllipticCurve | None = None) -> Holder:
    """A key (RSA if no curve is said) and its own certificate, valid in the years of the story."""
    key = ec.generate_private_key(curve) if curve else rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number(), BEGINS, ENDS)
    holder = Holder(folder / f"{name}.pem", folder / f"{name}.crt")
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    holder.key.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
    certificate = cast(x509.Certificate, builder.sign(key, hashes.SHA256()))
    holder.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return holder
