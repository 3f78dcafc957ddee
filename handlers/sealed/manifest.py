"""The hand-over list: what one sealed file hands over, by whom and to whom, signed by its sender.

It is no handler but what `sealed` carries. Trust: `parse_manifest` proves that it is well formed and nothing else;
`verify_manifest` proves whose it is and for whom. Both are small and pure, so the daemon may call them.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from nacl import bindings as sodium
from nacl.exceptions import CryptoError

from gateway.handler import Trouble, Unreadable

RECIPIENTS: Final = 64
MANIFEST_BYTES: Final = 1 << 16
CONTEXT: Final = b"sealed file, manifest, version 1\x00"

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@+-]{0,99}", re.ASCII)
_PERIOD: Final = re.compile(r"\d{4}-(M(0[1-9]|1[0-2])|Q[1-4]|S[12]|A1|\d\d-\d\d)", re.ASCII)
_HEX: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_NAME: Final = re.compile(r"[^\x00-\x1f\x7f-\x9f/\\\u202a-\u202e\u2066-\u2069\ud800-\udfff]{1,255}")
_INSTANT: Final = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class File:
    """One line of the hand-over list. `rows` counts records without header and titles; None if it is no table."""

    name: str
    rows: int | None
    sha256: str
    size: int

    def __post_init__(self) -> None:
        _require(type(self.name) is str and _NAME.fullmatch(self.name) is not None and self.name not in (".", ".."))
        _require(self.rows is None or _is_count(self.rows))
        _require(type(self.sha256) is str and _HEX.fullmatch(self.sha256) is not None)
        _require(_is_count(self.size))


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is handed over, by whom, to whom. `keys` are the recipients' sealing public keys in hexadecimal, as sealed.

    `sender` and `recipient` are departments, `key` the id of the sender's key, `signed` a UTC instant in whole seconds.
    `nil` says that there is nothing to report: then, and only then, there are no files. Raises `ValueError` if wrong.
    """

    dataflow: str
    files: tuple[File, ...]
    key: str
    keys: tuple[str, ...]
    nil: bool
    period: str
    recipient: str
    sender: str
    sequence: int
    signed: datetime
    _digest: str = field(default="", repr=False, compare=False)  # of the bytes that it was read from

    def __post_init__(self) -> None:
        for word in (self.dataflow, self.key, self.recipient, self.sender):
            _require(type(word) is str and _ID.fullmatch(word) is not None)
        _require(type(self.period) is str and _PERIOD.fullmatch(self.period) is not None)
        _require(1 <= len(self.keys) <= RECIPIENTS and len(set(self.keys)) == len(self.keys))
        _require(all(type(key) is str and _HEX.fullmatch(key) for key in self.keys))
        _require(type(self.nil) is bool and self.nil == (not self.files))
        _require(len({file.name for file in self.files}) == len(self.files))
        _require(isinstance(self.signed, datetime) and self.signed.tzinfo is UTC and not self.signed.microsecond)
        _require(_is_count(self.sequence))

    @property
    def digest(self) -> str:
        """SHA-256 of the encoded manifest: who sees it twice sees a replay."""
        return self._digest or hashlib.sha256(self.encode()).hexdigest()

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for file in self.files)

    def encode(self) -> bytes:
        """The one form that counts: JSON with sorted keys, without spaces, in UTF-8."""
        fields = {name: getattr(self, name) for name in _FIELDS}
        fields["signed"] = self.signed.strftime(_INSTANT)
        fields["files"] = [{name: getattr(file, name) for name in File.__slots__} for file in self.files]
        return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


_FIELDS: Final = tuple(one for one in Manifest.__slots__ if not one.startswith("_"))


@dataclass(frozen=True, slots=True)
class Signed:
    """A manifest with its signature as they came: not proven until `verify_manifest` has returned.

    Raises `Unreadable(DAMAGED)` for bytes that are no manifest.
    """

    raw: bytes
    signature: bytes
    manifest: Manifest = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "manifest", parse_manifest(self.raw))

    def to_mapping(self) -> dict[str, object]:
        """For the way out of the sandbox, as JSON: `raw` is the manifest's own text, `signature` hexadecimal."""
        return {"raw": self.raw.decode(), "signature": self.signature.hex()}

    @classmethod
    def from_mapping(cls, fields: Mapping[str, object]) -> Signed:
        """Back from `to_mapping`, checked anew. Raises `Unreadable(DAMAGED)`."""
        raw, signature = fields.get("raw"), fields.get("signature")
        if not (isinstance(raw, str) and isinstance(signature, str) and re.fullmatch("[0-9a-f]{128}", signature)):
            raise Unreadable(Trouble.DAMAGED, "manifest")
        return cls(raw.encode("utf-8", "replace"), bytes.fromhex(signature))


def parse_manifest(raw: bytes) -> Manifest:
    """The manifest in these bytes, which must be exactly the bytes it encodes to. Proves nothing about who wrote it.

    Raises `Unreadable(DAMAGED)`.
    """
    try:
        _require(len(raw) <= MANIFEST_BYTES)
        fields = json.loads(raw.decode())
        fields["signed"] = datetime.fromisoformat(fields["signed"])
        fields["keys"] = tuple(fields["keys"])
        fields["files"] = tuple(File(**file) for file in fields["files"])
        manifest = Manifest(**fields, _digest=hashlib.sha256(raw).hexdigest())
        _require(manifest.encode() == raw)
    except (ValueError, TypeError, KeyError, RecursionError):
        raise Unreadable(Trouble.DAMAGED, "manifest") from None
    return manifest


def verify_manifest(signed: Signed, signing_public: bytes, sealing_public: bytes | None) -> Manifest:
    """The manifest, proven to be signed by this key and meant for the holder of `sealing_public`.

    `sealing_public` belongs to the private key that opened the file: a recipient who seals the same content to others
    cannot put them into the signed list. None for whoever keeps a manifest without being its recipient (an auditor).
    Raises `Unreadable(FORGED)` when the signature or the recipient does not fit.
    """
    try:
        sodium.crypto_sign_open(signed.signature + CONTEXT + signed.raw, signing_public)
    except (CryptoError, ValueError, TypeError):
        raise Unreadable(Trouble.FORGED, "signature") from None
    if sealing_public is not None and sealing_public.hex() not in signed.manifest.keys:
        raise Unreadable(Trouble.FORGED, "recipient")
    return signed.manifest


def sign_manifest(raw: bytes, signing_key: bytes) -> bytes:
    """The 64 bytes of the signature, by a 32-byte seed."""
    secret = sodium.crypto_sign_seed_keypair(signing_key)[1]
    return sodium.crypto_sign(CONTEXT + raw, secret)[:64]


def _require(condition: bool) -> None:
    if not condition:
        raise ValueError("no such manifest")


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value < 1 << 53  # a browser's numbers are exact up to here
