"""Officers' passwords for authenticated submission: only their Argon2id hashes are kept, in `keys/passwords.toml`."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.keyring.lines import write_new

if TYPE_CHECKING:
    from argon2 import PasswordHasher

_HEAD = "# Argon2id hashes of officers who may log in to our listener. Written by the gateway command.\n[passwords]\n"


def new_hasher() -> PasswordHasher:
    """Argon2id with 19 MiB, two passes (OWASP's Password Storage Cheat Sheet).

    The library's own 64 MiB, in two logins at a time, would be more than all the rest of the daemon.
    """
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def set_password(keys: Path, officer: str, password: str) -> None:
    """This officer logs in with this password from now on."""
    _write(keys, {**read_passwords(keys), officer: new_hasher().hash(password)})


def remove_password(keys: Path, officer: str) -> None:
    """This officer may not log in any more. Raises `KeyError` if there was no password."""
    found = read_passwords(keys)
    del found[officer]
    _write(keys, found)


def read_passwords(keys: Path) -> dict[str, str]:
    """Hashes by officer. Raises `tomllib.TOMLDecodeError`."""
    path = keys / "passwords.toml"
    if not path.exists():
        return {}
    table = tomllib.loads(path.read_text("utf-8")).get("passwords", {})
    return {officer: str(value) for officer, value in table.items()}


def _write(keys: Path, hashes: dict[str, str]) -> None:
    lines = [f"{json.dumps(officer)} = {json.dumps(hashes[officer])}\n" for officer in sorted(hashes)]
    beside = keys / "passwords.new"
    beside.unlink(missing_ok=True)
    write_new(beside, _HEAD + "".join(lines), 0o640)
    beside.replace(keys / "passwords.toml")
