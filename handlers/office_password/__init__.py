"""Office files with a password: .xlsx, .docx and their kin in agile or standard encryption, and old .xls workbooks.

Trust: runs in the sandbox. What is encrypted is told by the streams of the file, never by its name. Where the format
has an HMAC it is verified over all bytes before one is used; where it has none, the note says so.
"""

from __future__ import annotations

from typing import Final

from gateway.handler import Limits, Opened, Part, Trouble, Unreadable
from handlers.forms.ole import MAGIC, Ole
from handlers.office_password import ooxml, xls
from handlers.office_password.ole_write import compound
from handlers.office_password.ooxml import WrongPassword

NAME: Final = "office_password"
SECRET: Final = "password"  # noqa: S105 - the kind of secret, not one
WARM: Final = ("encodings.utf_16_le", "encodings.gbk", "cryptography.hazmat.backends.openssl.backend")
_PACKAGE, _INFO = "EncryptedPackage", "EncryptionInfo"
_WORKBOOKS: Final = ("Workbook", "Book")
_READ_ONLY: Final = "VelvetSweatshop"  # what Excel encrypts with when it is only to be read, and everybody knows
_INFO_BYTES: Final = 1 << 20
_PASSWORD: Final = 255  # characters, as in Office


def opens(head: bytes, name: str) -> bool:
    """The head alone does not tell; see `opens_whole`."""
    return False


def opens_whole(data: bytes, name: str) -> bool:
    """Whether its streams are those of an encrypted document, or of a workbook that is encrypted."""
    if not data.startswith(MAGIC):
        return False
    try:
        file = Ole(data, Limits(bytes=len(data)))
        return _PACKAGE in file.names or _locked_workbook(file) is not None
    except Unreadable:
        return False


def open_parts(data: bytes, limits: Limits, secret: bytes | None = None) -> Opened:
    """The one file in it, without a name: it is called as the outer file is. An .xls comes with its workbook alone.

    Notes: `no_integrity` (the encryption does not show changes); `default_password` (no password was given, and the
    one that everybody knows fits: this protects nothing). Raises `Unreadable`: NEEDS_PASSWORD (none, or wrong),
    DAMAGED, TOO_LARGE, UNSUPPORTED.
    """
    file = Ole(data, limits)
    try:
        password = secret.decode() if secret else _READ_ONLY
        if len(password) > _PASSWORD:
            raise WrongPassword
        plain, has_integrity = _decrypted(file, password)
    except (WrongPassword, UnicodeDecodeError):
        raise Unreadable(Trouble.NEEDS_PASSWORD) from None
    if len(plain) > limits.bytes:
        raise Unreadable(Trouble.TOO_LARGE, "bytes")
    note = "default_password" if not secret else "" if has_integrity else "no_integrity"
    return Opened((Part("", "application/octet-stream", plain),), notes=(note,) if note else ())


def _decrypted(file: Ole, password: str) -> tuple[bytes, bool]:
    if _PACKAGE in file.names:
        info, package = file.read(_INFO), file.read(_PACKAGE) or b""
        if not info or len(info) > _INFO_BYTES:
            raise Unreadable(Trouble.DAMAGED, "encryption")
        return ooxml.decrypted(info, package, password), ooxml.has_integrity(info)
    found = _locked_workbook(file)
    if found is None:
        raise Unreadable(Trouble.DAMAGED, "encryption")
    name, stream = found
    return compound(name, xls.decrypted(stream, password)), False


def _locked_workbook(file: Ole) -> tuple[str, bytes] | None:
    for name in _WORKBOOKS:
        stream = file.read(name) if name in file.names else None
        if stream and xls.locked_at(stream):
            return name, stream
    return None
