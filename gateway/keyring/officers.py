"""Officers' keys: whose signature counts at an instant, and for which keys to seal what we send."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from nacl.bindings import (
    crypto_box_seal,
    crypto_core_ed25519_is_valid_point,
    crypto_scalarmult_base,
    crypto_sign_seed_keypair,
)
from nacl.exceptions import CryptoError

from gateway.core.parties import Certificate, Officer, PublicKey
from gateway.core.refusal import Refusal
from gateway.keyring.lines import (
    OFFICER_PRIVATE,
    BadLine,
    KeyMistake,
    PrivateKey,
    check_id,
    fingerprint,
    instant,
    instant_word,
    key_bytes,
    key_word,
    parse_public,
    public_line,
    words,
    write_new,
)
from gateway.outside import Chance

K = TypeVar("K", PublicKey, Certificate)

_TO_NAME = "Name the file after the id in it"
_OWN = ("gateway", "recovery")


def read_public(folder: Path) -> tuple[dict[str, PublicKey], list[KeyMistake]]:
    """Every officer's public key in `*.pub`, by id, and what is wrong with the files that give none."""
    found: dict[str, PublicKey] = {}
    wrong: list[KeyMistake] = []
    if not folder.is_dir():
        return {}, [KeyMistake("", "is missing", "Make the folder, or let gateway init make it")]
    for path in sorted(folder.glob("*.pub")):
        if path.stem.split("-")[0] in _OWN:
            continue
        try:
            key = parse_public(path.read_text("utf-8"))
        except (BadLine, UnicodeDecodeError) as error:
            reason = str(error) if isinstance(error, BadLine) else "is not UTF-8"
            wrong.append(KeyMistake(path.name, reason, "Ask the officer for the file again, or make a new key"))
            continue
        if key.id != path.stem:
            wrong.append(KeyMistake(path.name, f'holds a key with the id "{key.id}"', _TO_NAME))
        same = [other.id for other in found.values() if other.signing == key.signing or other.sealing == key.sealing]
        if same:
            wrong.append(KeyMistake(path.name, f'holds the same key as "{same[0]}"', "Let every key have one file"))
        found[key.id] = key
    return found, wrong


def may_sign(keys: Mapping[str, PublicKey], key: str, had: datetime) -> PublicKey | Refusal:
    """The key of this id if its signature counts, or why not.

    `had` is when *we* had what it signed: the time in the sender's own manifest is no protection from a thief.
    """
    found = keys.get(key)
    if found is None:
        return Refusal.KEY_UNKNOWN
    if found.revoked is not None and had >= found.revoked:
        return Refusal.KEY_REVOKED
    return found if found.valid_from <= had < found.valid_until else Refusal.KEY_EXPIRED


def recipients_of(keys: Mapping[str, PublicKey], officers: Iterable[Officer], now: datetime) -> tuple[PublicKey, ...]:
    """The keys to seal for so that these officers can open it: all that are valid now, in order of id."""
    wanted = {officer.id for officer in officers}
    valid = (
        key for key in keys.values() if key.officer in wanted and isinstance(may_sign(keys, key.id, now), PublicKey)
    )
    return tuple(sorted(valid, key=lambda key: key.id))


def ended_earlier(keys: Mapping[str, K], revoked: Mapping[str, datetime]) -> dict[str, K]:
    """Those that count for longer than the journal says, as it says. A later instant gives no time back."""
    return {
        name: replace(keys[name], revoked=at)
        for name, at in revoked.items()
        if name in keys and (keys[name].revoked or at) >= at != keys[name].revoked
    }


def new_officer_key(
    officer: str, number: str, valid_from: datetime, valid_until: datetime, chance: Chance, private_file: Path
) -> PrivateKey:
    """A new pair with the id `OFFICER-NUMBER`. The private half goes to a new file for the officer alone.

    The public half is not put into `keys/`: that is done with `register` once the fingerprint was compared.
    """
    seed, sealing = chance.bytes(32), chance.bytes(32)
    name = check_id(f"{officer}-{number}")
    key = PublicKey(
        name, officer, crypto_sign_seed_keypair(seed)[0], crypto_scalarmult_base(sealing), valid_from, valid_until
    )
    dates = f"{instant_word(valid_from)} {instant_word(valid_until)}"
    remark = f"# The private key of {officer}. Keep it on the one machine that reports.\n"
    line = f"{OFFICER_PRIVATE} {name} {officer} {key_word(seed)} {key_word(sealing)} {dates}\n"
    write_new(private_file, remark + line, 0o600)
    return PrivateKey(key, seed, sealing)


def load_private(path: Path) -> PrivateKey:
    """An officer's private key from its file. Raises `BadLine`."""
    found = words(path.read_text("utf-8"), OFFICER_PRIVATE, (6,))
    seed, sealing = key_bytes(found[2]), key_bytes(found[3])
    key = PublicKey(
        check_id(found[0]), check_id(found[1]), crypto_sign_seed_keypair(seed)[0], crypto_scalarmult_base(sealing),
        instant(found[4]), instant(found[5]),
    )  # fmt: skip
    return PrivateKey(key, seed, sealing)


def is_usable(key: PublicKey) -> bool:
    """Whether its halves are points at which one can verify and seal: for some bytes every signature would fit."""
    try:
        crypto_box_seal(b"", key.sealing)
    except (CryptoError, RuntimeError):
        return False
    return bool(crypto_core_ed25519_is_valid_point(key.signing))


def register(folder: Path, key: PublicKey) -> Path:
    """Puts a public key into `keys/`. Raises `FileExistsError` if there is one with that id."""
    path = folder / f"{key.id}.pub"
    write_new(path, _file_text(key), 0o644)
    return path


def revoke(folder: Path, key: str, at: datetime) -> PublicKey:
    """From this instant the key counts no more; an earlier revocation stays. Raises `KeyError` for an unknown id."""
    path = folder / f"{key}.pub"
    if not path.is_file():
        raise KeyError(key)
    found = parse_public(path.read_text("utf-8"))
    revoked = replace(found, revoked=min(at, found.revoked) if found.revoked else at)
    beside = path.with_suffix(".new")
    beside.unlink(missing_ok=True)
    write_new(beside, _file_text(revoked), 0o644)
    beside.replace(path)
    return revoked


def _file_text(key: PublicKey) -> str:
    return f"# {key.officer}: {fingerprint(key.signing, key.sealing)}\n{public_line(key)}\n"
