"""What the judge knows of handlers: by their names, which are tables, which are containers, and how those are opened.

The daemon never imports what reads foreign bytes, so this says again what the handlers say of themselves.
"""

from __future__ import annotations

from enum import Enum, auto

from gateway.core.agreement import ProofKind, Protection

SEALED, MAIL = "sealed", "mail_message"
HANDLERS = (
    SEALED, "age", "openpgp", "smime", "office_password", "outlook_msg", "winmail", "excel_legacy", "excel_binary",
    "open_document", "excel", "seven_zip", "zip_archive", "csv_text", MAIL,
)  # fmt: skip
"""All handlers, in the order in which they are asked whether a file is theirs."""

TABLES = frozenset({"excel_legacy", "excel_binary", "open_document", "excel", "csv_text"})


class Way(Enum):
    """How a container is opened."""

    SEAL = auto()  # with the content key that its header yields; the seal proves who sent it
    SIGNED = auto()  # with our own keys; a signature in it proves who sent it
    CARRIER = auto()  # as it is, or with a password where it has one
    PASSWORD = auto()  # with a password shared with the department
    KEY = auto()  # with our own keys; nothing in it proves anything


WAYS = {
    SEALED: Way.SEAL,
    "openpgp": Way.SIGNED,
    "smime": Way.SIGNED,
    "zip_archive": Way.CARRIER,
    "seven_zip": Way.CARRIER,
    "winmail": Way.CARRIER,
    MAIL: Way.CARRIER,
    "outlook_msg": Way.CARRIER,
    "office_password": Way.PASSWORD,
    "age": Way.KEY,
}
MAILS = frozenset({MAIL, "outlook_msg"})
UNPROVEN = frozenset({Way.SEAL, Way.SIGNED, Way.CARRIER})
"""What is opened for anybody, because a proof may lie in it."""

PROOFS = {"openpgp": ProofKind.OPENPGP, "smime": ProofKind.SMIME}
PROTECTIONS = {
    SEALED: Protection.SEALED,
    "age": Protection.AGE,
    "openpgp": Protection.OPENPGP,
    "smime": Protection.SMIME,
    "office_password": Protection.OFFICE_PASSWORD,
    "zip_archive": Protection.AES_ZIP,
    "seven_zip": Protection.SEVEN_ZIP,
}
# What ends like this is meant as a report even where no handler knows it, and deserves an explanation.
MEANT = (
    ".xls", ".xlsb", ".xlsm", ".xlsx", ".ods", ".et", ".csv", ".tsv", ".zip", ".rar", ".7z", ".doc", ".docx", ".wps",
    ".sealed", ".age", ".gpg", ".pgp", ".asc", ".p7m", ".dat", ".msg", ".eml", ".pdf",
)  # fmt: skip
