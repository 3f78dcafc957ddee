"""The gateway's own keys: private ones from the credentials folder, checked against the public ones in `keys/`.

Each private file holds one line, and is for the gateway's user alone:
`signing.key` (Ed25519: receipts, checkpoints, what we send), `sealing.key` (X25519: what is sealed for us),
`vault.key` (X25519: what we keep), `sameness.key` (for keyed digests that show equality and nothing else).
Beside the current `sealing.key` and `vault.key` older ones may lie, such as `sealing-2026.key`: they still open.
Beside `gateway.pub` older ones may lie, such as `gateway-2026.pub`: they still verify.
"""

from __future__ import annotations

import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from nacl.bindings import crypto_scalarmult_base, crypto_sign_seed_keypair

from gateway.keyring.lines import BadLine, KeyMistake, check_id, fingerprint, key_bytes, key_word, words, write_new
from gateway.outside import Chance

GATEWAY_PUBLIC = "gateway-public-key"
RECOVERY_PUBLIC = "recovery-public-key"
RECOVERY_PRIVATE = "recovery-private-key"
_PRIVATE = ("signing", "sealing", "vault", "sameness")
_SYSTEMD = Path("/run/credentials")


class BadKeys(Exception):
    """The gateway's own keys are not fit for use: every mistake at once."""

    def __init__(self, mistakes: Iterable[KeyMistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(f"{m.file}: {m.reason}. {m.repair}." for m in self.mistakes))


@dataclass(frozen=True, slots=True)
class GatewayKeys:
    """Everything the daemon holds. Keys are 32 bytes; of several, the first is current and the others still open.

    `name` is the gateway's in its checkpoints; `verifying` are its Ed25519 public keys, the current one first.
    """

    name: str
    signing_seed: bytes = field(repr=False)
    sealing_private: tuple[bytes, ...] = field(repr=False)
    sealing_public: bytes
    vault_private: tuple[bytes, ...] = field(repr=False)
    vault_public: bytes
    recovery_public: bytes
    sameness: bytes = field(repr=False)
    verifying: tuple[bytes, ...]

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.verifying[0], self.sealing_public)


def new_gateway_keys(keys: Path, credentials: Path, name: str, chance: Chance, recovery_file: Path) -> GatewayKeys:
    """Draws all keys of a new gateway. `recovery_file` is to be taken away: only it opens the vault without us.

    Raises `FileExistsError` before anything is written where a key is there already.
    """
    check_id(name)
    drawn = {kind: chance.bytes(32) for kind in (*_PRIVATE, "recovery")}
    files = {credentials / f"{kind}.key": f"{kind}-private-key {key_word(drawn[kind])}\n" for kind in _PRIVATE}
    files[recovery_file] = f"{RECOVERY_PRIVATE} {key_word(drawn['recovery'])}\n"
    signing, sealing = crypto_sign_seed_keypair(drawn["signing"])[0], crypto_scalarmult_base(drawn["sealing"])
    own = (
        f"# {name}: {fingerprint(signing, sealing)}\n{GATEWAY_PUBLIC} {name} {key_word(signing)} {key_word(sealing)}\n"
    )
    recovery = f"{RECOVERY_PUBLIC} {key_word(crypto_scalarmult_base(drawn['recovery']))}\n"
    public = {keys / "gateway.pub": own, keys / "recovery.pub": recovery}
    there = [path for path in (*files, *public) if path.exists()]
    if there:
        raise FileExistsError(there[0])
    for path, text in files.items():
        write_new(path, text, 0o600)
    for path, text in public.items():
        write_new(path, text, 0o644)
    return read_gateway(keys, credentials)


def read_gateway(keys: Path, credentials: Path) -> GatewayKeys:
    """The gateway's keys from both folders. Raises `BadKeys` with every mistake."""
    reader = _Reader([])
    private = {kind: reader.privates(credentials, kind) for kind in _PRIVATE}
    own = [reader.public(path, GATEWAY_PUBLIC, 3) for path in _current_first(keys, "gateway", ".pub")]
    recovery = reader.public(keys / "recovery.pub", RECOVERY_PUBLIC, 1)
    if reader.wrong:
        raise BadKeys(reader.wrong)
    found = GatewayKeys(
        name=check_id(own[0][0]),
        signing_seed=private["signing"][0],
        sealing_private=private["sealing"],
        sealing_public=key_bytes(own[0][2]),
        vault_private=private["vault"],
        vault_public=crypto_scalarmult_base(private["vault"][0]),
        recovery_public=key_bytes(recovery[0]),
        sameness=private["sameness"][0],
        verifying=tuple(key_bytes(line[1]) for line in own),
    )
    wrong = _check_halves(found)
    if wrong:
        raise BadKeys(wrong)
    return found


def recovery_key(path: Path) -> bytes:
    """The offline recovery key from its file, for the drill and for the day. Raises `BadLine`."""
    return key_bytes(words(path.read_text("utf-8"), RECOVERY_PRIVATE, (1,))[0])


def _check_halves(keys: GatewayKeys) -> list[KeyMistake]:
    repair = "Put back the file that belongs to the other half"
    wrong: list[KeyMistake] = []
    if crypto_sign_seed_keypair(keys.signing_seed)[0] != keys.verifying[0]:
        wrong.append(KeyMistake("signing.key", "is not the other half of the signing key in gateway.pub", repair))
    if crypto_scalarmult_base(keys.sealing_private[0]) != keys.sealing_public:
        wrong.append(KeyMistake("sealing.key", "is not the other half of the sealing key in gateway.pub", repair))
    if keys.recovery_public == keys.vault_public:
        wrong.append(
            KeyMistake("recovery.pub", "is the vault's own key", "Draw a recovery key of its own and take it away")
        )
    return wrong


def _current_first(folder: Path, stem: str, suffix: str) -> list[Path]:
    """`gateway.pub`, then `gateway-*.pub`, the latest name first."""
    return [folder / f"{stem}{suffix}", *sorted(folder.glob(f"{stem}-*{suffix}"), reverse=True)]


def open_to_others(path: Path) -> str | None:
    """How to mend it that others may use a private file; None where nobody may.

    Systemd hands credentials over with an access list, shown as group bits: only the others' count there.
    """
    open_bits = stat.S_IRWXO if path.resolve().is_relative_to(_SYSTEMD) else stat.S_IRWXG | stat.S_IRWXO
    return f"Run: chmod 600 {path.name}" if path.stat().st_mode & open_bits else None


@dataclass(slots=True)
class _Reader:
    wrong: list[KeyMistake]

    def privates(self, folder: Path, kind: str) -> tuple[bytes, ...]:
        found: list[bytes] = []
        for path in _current_first(folder, kind, ".key"):
            text = self._text(path)
            if text is not None and self._is_private(path):
                try:
                    found.append(key_bytes(words(text, f"{kind}-private-key", (1,))[0]))
                except BadLine as error:
                    self._note(path, str(error), "Put the right file back from its safe copy")
        return tuple(found)

    def public(self, path: Path, kind: str, count: int) -> list[str]:
        text = self._text(path)
        if text is None:
            return []
        try:
            found = words(text, kind, (count,))
            for word in found[count == 3 :]:
                key_bytes(word)
        except BadLine as error:
            self._note(path, str(error), "Put the right file back from its safe copy")
            return []
        return found

    def _text(self, path: Path) -> str | None:
        try:
            return path.read_text("utf-8")
        except FileNotFoundError:
            self._note(path, "is missing", "Let gateway init make it, or put it back from its safe copy")
        except (OSError, UnicodeDecodeError):
            self._note(path, "cannot be read", "Let the gateway's user read it")
        return None

    def _is_private(self, path: Path) -> bool:
        if repair := open_to_others(path):
            self._note(path, f"may be used by others (mode {stat.S_IMODE(path.stat().st_mode):o})", repair)
        return True

    def _note(self, path: Path, reason: str, repair: str) -> None:
        self.wrong.append(KeyMistake(path.name, reason, repair))
