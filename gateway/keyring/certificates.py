"""Officers' certificates for foreign envelopes: whose OpenPGP or S/MIME signature counts at an instant.

One file for one certificate in `keys/`, `ID.asc` (OpenPGP) or `ID.crt` (S/MIME): a line of ours, then the public key
block or PEM certificate as the officer's program exports it.

    officer-certificate ID OFFICER FINGERPRINT VALID-FROM VALID-UNTIL [revoked=INSTANT]

The line pins: a signature counts only if the fingerprint that the sandbox verified is the one that was compared and
written here. So the daemon needs no parser for certificates; `gateway check` looks whether line and content agree.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from gateway.core.parties import Certificate
from gateway.core.refusal import Refusal
from gateway.keyring.lines import BadLine, KeyMistake, check_id, instant, instant_word, words, write_new

OFFICER_CERTIFICATE = "officer-certificate"
KINDS = {".asc": "openpgp", ".crt": "smime"}
_SUFFIXES = {kind: suffix for suffix, kind in KINDS.items()}
_BEGINS = {"openpgp": "-----BEGIN PGP PUBLIC KEY BLOCK-----", "smime": "-----BEGIN CERTIFICATE-----"}
_FINGERPRINT = {"openpgp": re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}"), "smime": re.compile(r"[0-9a-f]{64}")}
_AGAIN = "Ask the officer for the file again, and register it with its line"


def read_certificates(folder: Path) -> tuple[dict[str, Certificate], list[KeyMistake]]:
    """Every officer's certificate by id, and what is wrong with the files that give none."""
    found: dict[str, Certificate] = {}
    wrong: list[KeyMistake] = []
    for path in sorted(path for suffix in KINDS for path in folder.glob(f"*{suffix}")):
        try:
            one = parse_certificate(path.read_text("utf-8"), KINDS[path.suffix])
        except (BadLine, UnicodeDecodeError) as error:
            wrong.append(KeyMistake(path.name, str(error) if isinstance(error, BadLine) else "is not UTF-8", _AGAIN))
            continue
        if one.id != path.stem:
            wrong.append(KeyMistake(path.name, f'holds a certificate with the id "{one.id}"', "Name it after its id"))
        for other in found.values():
            if other.fingerprint == one.fingerprint or other.id == one.id:
                what = "certificate" if other.fingerprint == one.fingerprint else "id"
                repair = "Let every certificate have one file, and an id of its own"
                wrong.append(KeyMistake(path.name, f'has the same {what} as "{certificate_file(other)}"', repair))
        found[one.id] = one
    return found, wrong


def parse_certificate(text: str, kind: str) -> Certificate:
    """A certificate from its file. Raises `BadLine`."""
    line, begin, block = text.partition(_BEGINS[kind])
    if not begin:
        raise BadLine(f"holds no {_BEGINS[kind].strip('-').removeprefix('BEGIN ').lower()}")
    if "PRIVATE KEY" in text:
        raise BadLine("holds a private key, which belongs on the officer's machine alone")
    found = words(line, OFFICER_CERTIFICATE, (5, 6))
    if not _FINGERPRINT[kind].fullmatch(found[2]):
        raise BadLine("has a fingerprint that is not small hex digits of the right number")
    revoked = None
    if len(found) == 6:
        name, _, at = found[5].partition("=")
        if name != "revoked":
            raise BadLine("has a sixth word that is not revoked=INSTANT")
        revoked = instant(at)
    one = Certificate(
        check_id(found[0]), check_id(found[1]), kind, found[2], instant(found[3]), instant(found[4]), begin + block,
        revoked,
    )  # fmt: skip
    if one.valid_until <= one.valid_from:
        raise BadLine("ends before it begins")
    return one


def certificate_file(certificate: Certificate) -> str:
    """The name of its file."""
    return certificate.id + _SUFFIXES[certificate.kind]


def certificate_text(certificate: Certificate) -> str:
    """What stands in its file."""
    revoked = f" revoked={instant_word(certificate.revoked)}" if certificate.revoked else ""
    dates = f"{instant_word(certificate.valid_from)} {instant_word(certificate.valid_until)}"
    line = f"{OFFICER_CERTIFICATE} {certificate.id} {certificate.officer} {certificate.fingerprint} {dates}{revoked}"
    return f"{line}\n{certificate.text}"


def signed_by(
    certificates: Mapping[str, Certificate], kind: str, fingerprint: str, had: datetime
) -> Certificate | Refusal:
    """Whose signature this is if it counts, or why not; `had` is when *we* had what it signed, as in `may_sign`."""
    found = next((c for c in certificates.values() if (c.kind, c.fingerprint) == (kind, fingerprint)), None)
    if found is None:
        return Refusal.KEY_UNKNOWN
    if found.revoked is not None and had >= found.revoked:
        return Refusal.KEY_REVOKED
    return found if found.valid_from <= had < found.valid_until else Refusal.KEY_EXPIRED


def register_certificate(folder: Path, certificate: Certificate) -> Path:
    """Puts a certificate into `keys/`. Raises `FileExistsError` if there is one with that id."""
    path = folder / certificate_file(certificate)
    write_new(path, certificate_text(certificate), 0o644)
    return path


def revoke_certificate(folder: Path, certificate: Certificate, at: datetime) -> Certificate:
    """From this instant it counts no more; an earlier revocation stays."""
    revoked = replace(certificate, revoked=min(at, certificate.revoked) if certificate.revoked else at)
    beside = folder / f"{certificate.id}.new"
    beside.unlink(missing_ok=True)
    write_new(beside, certificate_text(revoked), 0o644)
    beside.replace(folder / certificate_file(certificate))
    return revoked
