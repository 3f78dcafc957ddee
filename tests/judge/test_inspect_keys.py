"""Keys given for a look at a file are told apart by how they begin."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest

from gateway.core.refusal import Refusal
from gateway.judge.inspect_keys import NO_KEYS, keys_of
from gateway.keyring import BadLine

NOW = datetime(2026, 12, 1, tzinfo=UTC)
KEY = bytes(range(32))
WORD = base64.b64encode(KEY).decode()
OFFICER = f"officer-private-key a-1 a {WORD} {WORD} 2026-01-01T00:00:00Z 2027-01-01T00:00:00Z"


def told(handler: str, *texts: str, passwords: tuple[bytes, ...] = ()) -> dict[str, object]:
    secret = keys_of(texts).identity(handler, NOW, passwords)
    assert secret
    found = json.loads(secret)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("text", [f"# ours\nsealing-private-key {WORD}\n", OFFICER])
def test_a_key_of_ours_or_an_officer_s_opens_seals(text: str) -> None:
    assert keys_of([text]).sealing == (KEY,)


@pytest.mark.parametrize(
    ("begin", "handlers"),
    [
        ("AGE-SECRET-KEY-1QQQ", {"age"}),
        ("-----BEGIN OPENSSH PRIVATE KEY-----", {"age"}),
        ("-----BEGIN RSA PRIVATE KEY-----", {"age", "smime"}),
        ("-----BEGIN PRIVATE KEY-----", {"smime"}),
        ("-----BEGIN PGP PRIVATE KEY BLOCK-----", {"openpgp"}),
    ],
)
def test_a_private_key_goes_to_whoever_takes_it(begin: str, handlers: set[str]) -> None:
    assert {handler for handler in ("age", "openpgp", "smime") if told(handler, begin)["keys"]} == handlers


def test_certificates_are_given_to_their_format_alone() -> None:
    certificate = "-----BEGIN CERTIFICATE-----"
    assert told("smime", certificate)["certificates"] == [certificate]
    assert told("openpgp", certificate)["certificates"] == []
    assert told("openpgp", "-----BEGIN PGP PUBLIC KEY BLOCK-----")["certificates"]


def test_passwords_are_everybody_s() -> None:
    keys = keys_of((), ("one", "zwei"))
    assert keys.passwords("any") == (b"one", b"zwei")
    assert told("age", passwords=(b"one",))["passwords"] == ["one"]


def test_other_handlers_get_nothing_and_nobody_is_registered() -> None:
    assert NO_KEYS.identity("zip_archive", NOW, ()) is None
    assert NO_KEYS.signer("openpgp", "ab" * 20, NOW) is Refusal.KEY_UNKNOWN


@pytest.mark.parametrize("text", ["", "hello", "sealing-private-key nonsense", f"sealing-private-key {WORD} {WORD}"])
def test_what_is_no_key_is_told(text: str) -> None:
    with pytest.raises(BadLine):
        keys_of([text])
