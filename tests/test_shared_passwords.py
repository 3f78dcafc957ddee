"""Passwords shared with departments: credentials, several lines each, never told."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.core.refusal import Refusal
from gateway.keyring import BadKeys, Envelopes, Secrets, read_secrets
from gateway.keyring.shared import MOST


def put(folder: Path, name: str, text: str | bytes, mode: int = 0o600) -> None:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    path.chmod(mode)


def read(folder: Path) -> Secrets:
    return read_secrets(Envelopes(folder, {}), ("health", "police"))


def reasons(folder: Path) -> list[str]:
    with pytest.raises(BadKeys) as caught:
        read(folder)
    return [f"{one.file} {one.reason}" for one in caught.value.mistakes]


def test_the_current_password_comes_first_and_earlier_ones_still_open(tmp_path: Path) -> None:
    put(tmp_path, "passwords/health", "密码-二〇二六冬\n\nautumn-2026\nautumn-2026\n")
    secrets = read(tmp_path)
    assert secrets.passwords("health") == ("密码-二〇二六冬".encode(), b"autumn-2026")
    assert secrets.passwords("police") == ()


def test_a_folder_that_systemd_hands_over_lies_flat(tmp_path: Path) -> None:
    put(tmp_path, "passwords_police", "winter-2026\n")
    assert read(tmp_path).passwords("police") == (b"winter-2026",)


def test_without_passwords_there_are_none(tmp_path: Path) -> None:
    secrets = read(tmp_path)
    assert secrets.passwords("health") == ()
    assert secrets.signer("openpgp", "ab" * 20, datetime.now(UTC)) is Refusal.KEY_UNKNOWN
    assert secrets.identity("zip_archive", datetime.now(UTC), ()) is None


def test_all_that_is_wrong_is_said_and_never_the_password(tmp_path: Path) -> None:
    put(tmp_path, "passwords/health", "open-to-all-1\n", 0o644)
    put(tmp_path, "passwords/heelth", "nobody-s-password\n")
    put(tmp_path, "passwords_police", "short\n")
    assert reasons(tmp_path) == [
        "passwords/health may be used by others",
        "passwords/heelth is named after no department",
        "passwords_police has a password of fewer than 8 characters, or with a space at its beginning or end",
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "holds 0 passwords"),
        ("".join(f"password-{n}\n" for n in range(MOST + 1)), f"holds {MOST + 1} passwords"),
        (b"\xff\xfe\xfd", "cannot be read as UTF-8 text"),
        ("a trailing space \n", "has a password of fewer than 8 characters, or with a space at its beginning or end"),
    ],
)
def test_a_file_is_one_to_five_lines_of_text(tmp_path: Path, text: str | bytes, reason: str) -> None:
    put(tmp_path, "passwords/health", text)
    assert reasons(tmp_path) == [f"passwords/health {reason}"]


def test_a_password_is_never_shown(tmp_path: Path) -> None:
    put(tmp_path, "passwords/health", "winter-2026\n")
    assert "winter" not in repr(read(tmp_path))
