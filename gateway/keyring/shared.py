"""Passwords shared with departments, and with them everything that opens what a department sends without our seal.

They are credentials: `passwords/DEPARTMENT`, for the gateway's user alone, or `passwords_DEPARTMENT` as systemd hands
over a folder. One password a line, in UTF-8: the current one, below it earlier ones, which still open. They are read at
the start and with each reload of the configuration.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from gateway.core.refusal import Refusal
from gateway.keyring.envelopes import Envelopes
from gateway.keyring.lines import KeyMistake
from gateway.keyring.own import BadKeys, open_to_others

MOST = 5  # passwords of one department: each is tried on each locked file
SHORTEST = 8  # characters
_FOLDER = "passwords"


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the gateway opens foreign containers with, and who may have signed in them."""

    shared: Mapping[str, tuple[bytes, ...]] = field(repr=False)
    envelopes: Envelopes

    def passwords(self, department: str) -> Sequence[bytes]:
        """Those shared with the department, the current one first; UTF-8 text."""
        return self.shared.get(department, ())

    def identity(self, handler: str, had: datetime, passwords: Sequence[bytes]) -> bytes | None:
        """The secret of a handler that takes an `identity`; None for any other."""
        return self.envelopes.identity(handler, had, passwords)

    def signer(self, handler: str, fingerprint: str, had: datetime) -> str | Refusal:
        """The officer whose certificate this is, if it counted then; or why not."""
        return self.envelopes.signer(handler, fingerprint, had)


def read_secrets(envelopes: Envelopes, departments: Collection[str]) -> Secrets:
    """Every department's passwords. Raises `BadKeys` with all that is wrong, which never tells a password."""
    shared: dict[str, tuple[bytes, ...]] = {}
    wrong: list[KeyMistake] = []
    for department, path in _files(envelopes.credentials):
        file = str(path.relative_to(envelopes.credentials))
        if department not in departments:
            wrong.append(KeyMistake(file, "is named after no department", "Name it after the department's id"))
        elif repair := open_to_others(path):
            wrong.append(KeyMistake(file, "may be used by others", repair))
        else:
            shared[department], mistakes = _passwords(path, file)
            wrong += mistakes
    if wrong:
        raise BadKeys(wrong)
    return Secrets(shared, envelopes)


def _files(credentials: Path) -> list[tuple[str, Path]]:
    folder = [(path.name, path) for path in sorted((credentials / _FOLDER).glob("*"))]
    handed = [(path.name.removeprefix(f"{_FOLDER}_"), path) for path in sorted(credentials.glob(f"{_FOLDER}_*"))]
    return folder + handed


def _passwords(path: Path, file: str) -> tuple[tuple[bytes, ...], list[KeyMistake]]:
    try:
        found = tuple(dict.fromkeys(line for line in path.read_text("utf-8").splitlines() if line))
    except (OSError, UnicodeDecodeError):
        return (), [KeyMistake(file, "cannot be read as UTF-8 text", "Write one password a line")]
    wrong = []
    if not 1 <= len(found) <= MOST:
        wrong.append(
            KeyMistake(file, f"holds {len(found)} passwords", f"Keep the current one and at most {MOST - 1} earlier")
        )
    if any(len(one) < SHORTEST or one != one.strip() for one in found):
        reason = f"has a password of fewer than {SHORTEST} characters, or with a space at its beginning or end"
        wrong.append(KeyMistake(file, reason, "Agree on a longer one with the department"))
    return tuple(one.encode() for one in found), wrong
