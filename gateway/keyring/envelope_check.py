"""Whether the keys and certificates for foreign envelopes are what they say; asked by `gateway check` and on taking in.

Here alone outside the sandbox the libraries read them: the files are trusted, and what is wrong with them shall be told
to an administrator before it is told to an officer. They are imported when asked for, for they take long.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from gateway.handler import Trouble, Unreadable
from gateway.keyring.certificates import certificate_file
from gateway.keyring.envelopes import ENVELOPES, Envelopes, own_key_files
from gateway.keyring.lines import BadLine, KeyMistake
from gateway.keyring.own import open_to_others

_NEW = "Make a new one with gateway key own, or put it back from its safe copy"
_OWN = {
    "age": "holds no private age or SSH key that can be read, or has a password",
    "openpgp": "holds no private OpenPGP key that opens files, or has a password",
    "smime": "does not hold a private key (RSA, or P-256, P-384, P-521) without a password and its certificate",
}


def envelope_mistakes(envelopes: Envelopes) -> list[KeyMistake]:
    """What is wrong with our further keys and with officers' certificates."""
    return [*_own_mistakes(envelopes.credentials), *_certificate_mistakes(envelopes)]


def _own_mistakes(credentials: Path) -> Iterator[KeyMistake]:
    for handler in ENVELOPES:
        for path in own_key_files(credentials, handler):
            if repair := open_to_others(path):
                yield KeyMistake(path.name, "may be used by others", repair)
            try:
                _read_own(handler, path.read_text("utf-8"))
            except (Unreadable, OSError, UnicodeDecodeError):
                yield KeyMistake(path.name, _OWN[handler], _NEW)


def _read_own(handler: str, text: str) -> None:
    """Raises `Unreadable`."""
    from handlers.forms.calling import calling

    with calling(Trouble.NEEDS_KEY, "own key"):
        if handler == "age":
            from handlers.age import read_keys

            read_keys(text)
        elif handler == "openpgp":
            import pysequoia

            from handlers.openpgp.packet import dearmoured
            from handlers.openpgp.unwrap import secret_keys

            pysequoia.Tsk.from_bytes(text.encode()).decryptor()
            next(secret_keys(dearmoured(text.encode())[1]))
        else:
            from handlers.smime.cms import certified
            from handlers.smime.enveloped import opens_with

            own = certified(text, private=True)
            if not opens_with(own.private) or own.private.public_key() != own.certificate.public_key():
                raise Unreadable(Trouble.NEEDS_KEY)


def _certificate_mistakes(envelopes: Envelopes) -> Iterator[KeyMistake]:
    for certificate in envelopes.certificates.values():
        file = certificate_file(certificate)
        try:
            found, ends = read_certificate(certificate.kind, certificate.text)
        except BadLine as wrong:
            yield KeyMistake(file, str(wrong), "Ask the officer for the file again, or for a newer key")
            continue
        if found != certificate.fingerprint:
            yield KeyMistake(file, "has another fingerprint than its line", "Compare it with the officer again")
        elif ends and ends < certificate.valid_until:
            yield KeyMistake(
                file, f"ends on {ends:%Y-%m-%d}, before its line does", "Let the line end then, or earlier"
            )


def read_certificate(kind: str, text: str) -> tuple[str, datetime | None]:
    """The fingerprint of a certificate as its handler tells it, and when it ends. Raises `BadLine`."""
    from handlers.forms.calling import calling

    try:
        with calling(Trouble.DAMAGED, "certificate"):
            return _read_openpgp(text) if kind == "openpgp" else _read_smime(text)
    except Unreadable:
        raise BadLine("holds no certificate that can be read") from None


def _read_openpgp(text: str) -> tuple[str, datetime | None]:
    import pysequoia

    from handlers.openpgp.packet import PUBLIC_KEY, dearmoured, fingerprint, packets

    keys = [packet for packet in packets(dearmoured(text.encode())[1]) if packet.tag == PUBLIC_KEY]
    if len(keys) != 1 or text.count("-----BEGIN") != 1:
        raise Unreadable(Trouble.DAMAGED)
    certificate = pysequoia.Cert.from_bytes(text.encode())
    if certificate.is_revoked or not certificate.user_ids:
        raise Unreadable(Trouble.DAMAGED)
    return fingerprint(keys[0].body), certificate.expiration


def _read_smime(text: str) -> tuple[str, datetime | None]:
    from handlers.smime.cms import certified

    if text.count("-----BEGIN") != 1:
        raise Unreadable(Trouble.DAMAGED)
    found = certified(text)
    return found.fingerprint, found.certificate.not_valid_after_utc


def certificate_of(path: Path) -> tuple[str, str]:
    """The kind and the text of a certificate as an officer's program exported it. Raises `BadLine`."""
    text = path.read_text("utf-8")
    for kind, begin in (("openpgp", "-----BEGIN PGP PUBLIC KEY BLOCK-----"), ("smime", "-----BEGIN CERTIFICATE-----")):
        if begin in text:
            return kind, text[text.index(begin) :]
    raise BadLine("holds neither an armoured OpenPGP key nor a PEM certificate")
