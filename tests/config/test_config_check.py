"""`gateway check` looks at the configuration and at the credentials it names."""

from __future__ import annotations

from pathlib import Path

from gateway.config.check import check
from gateway.config.init import Installation, initialise
from tests.config.chances import Counting


def minimal(folder: Path) -> Installation:
    return initialise(folder, "gateway", Counting(), "minimal")


def test_a_new_installation_can_start(tmp_path: Path) -> None:
    assert check(minimal(tmp_path).config) == ()


def test_keys_and_named_credentials_are_looked_at(tmp_path: Path) -> None:
    made = minimal(tmp_path)
    (made.credentials / "vault.key").unlink()
    (made.keys / "recovery.pub").unlink()
    (made.credentials / "relay.password").write_text("secret")
    (made.credentials / "relay.password").chmod(0o644)
    mailbox = '[[imap]]\nname = "foreign"\nhost = "imap.county.example"\nuser = "report"\npassword = "imap.password"\n'
    relay = '[relay]\nuser = "gateway"\npassword = "relay.password"\n'
    (made.config / "gateway.toml").write_text(relay + mailbox)
    assert [str(mistake) for mistake in check(made.config)] == [
        "credentials/vault.key: is missing. Let gateway init make it, or put it back from its safe copy.",
        "keys/recovery.pub: is missing. Let gateway init make it, or put it back from its safe copy.",
        "credentials/relay.password: may be used by others. Run: chmod 600 relay.password.",
        "credentials/imap.password: is missing, and gateway.toml names it. Put it there, mode 600.",
    ]


def test_passwords_shared_with_departments_are_looked_at(tmp_path: Path) -> None:
    made = minimal(tmp_path)
    (made.credentials / "passwords").mkdir()
    (made.credentials / "passwords" / "nobody").write_text("winter-2026")
    (made.credentials / "passwords" / "lead_office").write_text("winter-2026")
    (made.credentials / "passwords" / "lead_office").chmod(0o644)
    assert [str(mistake) for mistake in check(made.config)] == [
        "credentials/passwords/lead_office: may be used by others. Run: chmod 600 lead_office.",
        "credentials/passwords/nobody: is named after no department. Name it after the department's id.",
    ]


def test_a_bad_configuration_is_told_before_anything_else(tmp_path: Path) -> None:
    made = minimal(tmp_path)
    (made.credentials / "vault.key").unlink()
    (made.config / "gateway.toml").write_text("prot = 1\n")
    (mistake,) = check(made.config)
    assert mistake.key == "prot"
