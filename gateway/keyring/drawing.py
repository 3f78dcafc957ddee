"""Draws the gateway's further keys, one for each foreign envelope, by the library that opens it.

Chance is the libraries' own here: none of them lets another give it. The private half is written for the gateway's user
alone; the public half is text for officers.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from gateway.keyring.envelopes import ENVELOPES
from gateway.keyring.lines import write_new

_RSA_BITS = 3072
PUBLIC_FILES = {"age": "gateway-age.txt", "openpgp": "gateway.asc", "smime": "gateway.crt"}


def draw_own_key(credentials: Path, handler: str, name: str, mailbox: str, begins: datetime, ends: datetime) -> str:
    """A new key in `credentials/HANDLER.key`; the text of its public half, for the officers.

    An S/MIME certificate needs its time; the others have none, and end when their file is taken away.
    Raises `FileExistsError` if there is a key: rename it first, so that it goes on opening.
    """
    assert handler in ENVELOPES
    file = credentials / f"{handler}.key"
    if file.exists():
        raise FileExistsError(17, "is there already", str(file))
    if handler == "smime":
        private, public = _smime(name, mailbox, begins, ends)
    else:
        private, public = _age(name) if handler == "age" else _openpgp(name, mailbox)
    write_new(file, private, 0o600)
    return public


def _age(name: str) -> tuple[str, str]:
    import pyrage

    identity = pyrage.x25519.Identity.generate()
    public = str(identity.to_public())
    return f"# {name}, public key: {public}\n{identity}\n", f"{public}\n"


def _openpgp(name: str, mailbox: str) -> tuple[str, str]:
    import pysequoia

    key = pysequoia.Tsk.generate(f"{name} <{mailbox}>")
    return str(key), str(key.extract_certificate())


def _smime(name: str, mailbox: str, begins: datetime, ends: datetime) -> tuple[str, str]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509.oid import ExtendedKeyUsageOID

    key = rsa.generate_private_key(65537, _RSA_BITS)
    holder = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name[:64])])
    usage = x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=True, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    certificate = (
        x509.CertificateBuilder()
        .subject_name(holder)
        .issuer_name(holder)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.SubjectAlternativeName([x509.RFC822Name(mailbox)]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    public = certificate.public_bytes(pem).decode()
    return key.private_bytes(pem, form, serialization.NoEncryption()).decode() + public, public
