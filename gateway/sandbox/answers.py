"""What a worker may answer, as values, each checked as if the worker had been taken over.

A worker parses foreign bytes, so its answers are foreign too: whatever does not have exactly the expected shape and
size is `Unsafe`, and the worker is ended.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, NoReturn

from gateway.core.table import Table
from gateway.handler import CellNote, Trouble, Unreadable

MOST_NOTES = 200_000  # about single cells of one sheet

_PATH = re.compile(r"[0-9]{1,5}(/[0-9]{1,5}){0,15}", re.ASCII)
_OUR_WORDS = re.compile(r"[A-Za-z0-9 _.,:=()/-]{0,120}", re.ASCII)
_CODE = re.compile(r"[a-z][a-z0-9_:]{0,39}", re.ASCII)
_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)
_FINGERPRINT = re.compile(r"[0-9a-f]{32,128}", re.ASCII)
_DNS = re.compile(r"(?=.{1,190}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_-]{1,63}){0,20}", re.ASCII)


class Unsafe(Exception):
    """The worker died, ran out of time or space, or spoke nonsense. The worker is gone, and another takes its place.

    `why` is one of `died`, `timeout`, `output`, `protocol`, `exception`, and `over` for a question after the session;
    `detail` is a signal's number or the name of an exception's type.
    """

    def __init__(self, why: str, detail: str = "") -> None:
        super().__init__(why, detail)
        self.why = why
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Hardening:
    """What the kernel gave a worker. `landlock` is its ABI (0: none), the others are 0 or 1."""

    limits: int
    no_capabilities: int
    no_new_privs: int
    undumpable: int
    landlock: int
    seccomp: int

    @property
    def missing(self) -> tuple[str, ...]:
        """The names of what was not given, in the order above."""
        return tuple(f.name for f in fields(self) if not getattr(self, f.name))


@dataclass(frozen=True, slots=True)
class PartInfo:
    """One file inside an arrival, told without its bytes.

    `path` is its place: parts of a mail count from `1`, parts of part 2 are `2/1` …, a bare file is `0`. `name` is the
    sender's, its last path component, without control characters, at most 255 characters. `handler` is the NAME of
    the first handler that recognises it. `header` is the head of fixed size that the handler's `unlock` needs, empty
    for other handlers. `text` is the beginning of a text part (20,000 characters; HTML without its tags).
    """

    path: str
    name: str
    media: str
    size: int
    sha256: str
    handler: str | None
    header: bytes
    text: str | None


@dataclass(frozen=True, slots=True)
class AuthenticationResults:
    """One Authentication-Results field. `received_above` counts the Received fields above it: 0 is the newest hop."""

    value: str
    received_above: int


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail taken apart. `headers` by lower-case name, decoded, without control characters, 1,000 characters each.

    `sender` is the one address of From, or None where a careful reader could take it for another: several From
    fields, several addresses, anything but a plain address. It proves nothing.
    """

    headers: Mapping[str, tuple[str, ...]]
    sender: str | None
    parts: tuple[PartInfo, ...]
    notes: tuple[str, ...]
    authentication: tuple[AuthenticationResults, ...]


@dataclass(frozen=True, slots=True)
class Contents:
    """What a container held. `manifest` is the hand-over list of a sealed file, verified by its handler.

    `signers` are fingerprints (hex) of keys whose signatures over all parts the worker has verified; `encrypted` says
    that they were also encrypted.
    """

    parts: tuple[PartInfo, ...]
    manifest: Mapping[str, object] | None
    notes: tuple[str, ...]
    signers: tuple[str, ...] = ()
    encrypted: bool = False


@dataclass(frozen=True, slots=True)
class Verified:
    """Whose signature over a part the worker has verified, as fingerprints; codes for what counts for nothing."""

    signers: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DkimResult:
    """One DKIM signature. `why` is a code of ours, `""` for a valid and aligned one. A proof needs both to be true."""

    domain: str
    valid: bool
    aligned_with_from: bool
    why: str


def garbage(why: str = "protocol", detail: str = "") -> NoReturn:
    raise Unsafe(why, detail)


def result(value: Any) -> Any:
    """What stands under `ok`; raises `Unreadable` or `Unsafe` where the worker says so."""
    if not isinstance(value, dict) or len(value) > 4:
        garbage()
    if "ok" in value:
        return value["ok"]
    if "unsafe" in value:
        garbage("exception", match(_CODE, value["unsafe"]))
    try:
        trouble = Trouble(text(value.get("trouble"), 40))
    except ValueError:
        garbage()
    raise Unreadable(trouble, match(_OUR_WORDS, value.get("where")))


def text(value: Any, longest: int) -> str:
    if type(value) is not str or len(value) > longest:
        garbage()
    return value


def match(pattern: re.Pattern[str], value: Any) -> str:
    if type(value) is not str or not pattern.fullmatch(value):
        garbage()
    return value


def number(value: Any, most: int = 1 << 40) -> int:
    if type(value) is not int or not 0 <= value <= most:
        garbage()
    return value


def items(value: Any, most: int) -> list[Any]:
    if type(value) is not list or len(value) > most:
        garbage()
    return value


def field(value: Any, name: str) -> Any:
    if type(value) is not dict or name not in value:
        garbage()
    return value[name]


def part(value: Any) -> PartInfo:
    path, name, media, size, digest, handler, header, words = value if len(items(value, 8)) == 8 else garbage()
    try:
        head = base64.b64decode(text(header, 1 << 15), validate=True)
    except ValueError:
        garbage()
    return PartInfo(
        match(_PATH, path), text(name, 255), text(media, 127), number(size), match(_HEX, digest),
        None if handler is None else match(_CODE, handler), head, None if words is None else text(words, 20_000),
    )  # fmt: skip


def parts(value: Any) -> tuple[PartInfo, ...]:
    return tuple(part(one) for one in items(value, 10_000))


def notes(value: Any) -> tuple[str, ...]:
    return tuple(match(_CODE, one) for one in items(value, 1_000))


def contents(value: Any) -> Contents:
    manifest = field(value, "manifest")
    if manifest is not None and type(manifest) is not dict:
        garbage()
    encrypted = field(value, "encrypted")
    if type(encrypted) is not bool:
        garbage()
    signed = verified(value)
    return Contents(parts(field(value, "parts")), manifest, signed.notes, signed.signers, encrypted)


def verified(value: Any) -> Verified:
    signers = tuple(match(_FINGERPRINT, one) for one in items(field(value, "signers"), 20))
    return Verified(signers, notes(field(value, "notes")))


def mail(value: Any) -> Mail:
    told = field(value, "headers")
    if type(told) is not dict or len(told) > 40:
        garbage()
    headers = {text(k, 40): tuple(text(one, 1_000) for one in items(v, 100)) for k, v in told.items()}
    senders = headers.pop("from-address", ())
    placed = headers.pop("authentication-results", ())
    return Mail(
        headers,
        text(senders[0], 254) if len(senders) == 1 else None,
        parts(field(value, "parts")),
        notes(field(value, "notes")),
        tuple(_authentication(one) for one in placed),
    )


def _authentication(placed: str) -> AuthenticationResults:
    above, _, value = placed.partition(" ")
    if not above.isascii() or not above.isdigit() or len(above) > 5:
        garbage()
    return AuthenticationResults(value, int(above))


def cell_notes(value: Any) -> list[CellNote]:
    found = []
    for one in items(value, MOST_NOTES):
        row, column, code = one if type(one) is list and len(one) == 3 else garbage()
        found.append(CellNote(number(row), number(column), match(_CODE, code)))
    return found


def small_table(name: str, value: Any, remarks: list[CellNote]) -> Table:
    """A table whose rows came with the answer."""
    rows = items(value, 1 << 21)
    try:
        for row in rows:
            "".join(items(row, 1 << 15))  # raises TypeError for anything but text
    except TypeError:
        garbage()
    return Table.of_rows(name, rows, remarks)


def dkim_results(value: Any) -> tuple[DkimResult, ...]:
    found = []
    for one in items(value, 20):
        domain, valid, aligned, why = one if type(one) is list and len(one) == 4 else garbage()
        if type(valid) is not bool or type(aligned) is not bool:
            garbage()
        found.append(DkimResult(text(domain, 254), valid, aligned, "" if why == "" else match(_CODE, why)))
    return tuple(found)


def label(value: Any) -> str:
    """A piece of a DNS name: labels of letters, digits, hyphens and underscores."""
    return match(_DNS, value)
