"""Mails with everything in them signed, made as mail programs make them with openssl and gpg."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast

from tests.handlers.gnupg import GnuPG
from tests.handlers.openssl import Holder, openssl


def smime_signed(by: Holder, mail: bytes, *options: str) -> bytes:
    """In clear, or opaque with `-nodetach`."""
    outer, entity = _halves(mail)
    wrapped = openssl("smime", "-sign", "-signer", by.certificate, "-inkey", by.key, *options, data=entity)
    return outer + b"\r\n" + _lines(wrapped)


def pgp_signed(gpg: GnuPG, signer: str, mail: bytes) -> bytes:
    """In clear, as RFC 3156 has it."""
    outer, entity = _halves(mail)
    entity = _lines(entity).rstrip(b"\r\n") + b"\r\n"
    signature = gpg.run("--armor", "--detach-sign", "-u", signer, data=entity)
    kind = b'multipart/signed; protocol="application/pgp-signature"; micalg=pgp-sha512; boundary=pgp'
    head = outer + b"\r\nMIME-Version: 1.0\r\nContent-Type: " + kind + b"\r\n\r\n--pgp\r\n"
    beside = b'Content-Type: application/pgp-signature; name="signature.asc"\r\n\r\n' + _lines(signature)
    return head + entity + b"\r\n--pgp\r\n" + beside + b"\r\n--pgp--\r\n"


def pgp_encrypted(gpg: GnuPG, office: str, signer: str, mail: bytes) -> bytes:
    """Signed, and encrypted to the office, as RFC 3156 has it; by nobody if `signer` is ""."""
    outer, entity = _halves(mail)
    signing = ("--sign", "-u", signer) if signer else ()
    locked = gpg.run("--armor", *signing, "--encrypt", "-r", office, data=entity)
    return (
        outer
        + (
            b"\r\nMIME-Version: 1.0\r\n"
            b'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=pgp\r\n\r\n'
            b"--pgp\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n"
            b'--pgp\r\nContent-Type: application/octet-stream; name="encrypted.asc"\r\n\r\n'
        )
        + _lines(locked)
        + b"\r\n--pgp--\r\n"
    )


def pgp_inline(gpg: GnuPG, signer: str, mail: bytes) -> bytes:
    """The text signed in clear and each file by itself, as programs do that know no PGP/MIME."""
    old = cast(EmailMessage, message_from_bytes(mail, policy=policy.SMTP))
    new = EmailMessage(policy=policy.SMTP)
    for name in ("From", "To", "Subject", "Date", "Message-ID", "In-Reply-To"):
        if old[name]:
            new[name] = str(old[name])
    text = old.get_body(("plain",))
    assert text
    new.set_content(gpg.run("--clearsign", "-u", signer, data=str(text.get_content()).encode()).decode())
    for part in old.iter_attachments():
        name, data = str(part.get_filename()), part.get_payload(decode=True)
        assert isinstance(data, bytes)
        signed = gpg.run("--sign", "-u", signer, "--set-filename", name, "-o", "-", data=data)
        new.add_attachment(signed, maintype="application", subtype="pgp-encrypted", filename=f"{name}.gpg")
    return new.as_bytes()


def _halves(mail: bytes) -> tuple[bytes, bytes]:
    """The fields of the mail without those of its content, and the entity that is signed."""
    head, _, content = mail.partition(b"\r\n\r\n")
    fields = head.replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ").split(b"\r\n")
    inner = [field for field in fields if field.lower().startswith((b"content-type", b"content-transfer"))]
    outer = [field for field in fields if not field.lower().startswith((b"content-", b"mime-"))]
    return b"\r\n".join(outer), b"\r\n".join(inner) + b"\r\n\r\n" + content


def _lines(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
