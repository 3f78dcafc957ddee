"""What a handler is: one entry of `handlers` for one format, and the only module of the gateway it may import.

A handler is a module or a package in `handlers/`. It may have up to five sides:

* **reading** meets foreign bytes and therefore runs only in the sandbox:
  `opens(head, name)`, and then `open_parts(...)` for a container or `read_sheets(...)` for a table.
  Containers that may be a signature alone add `verify_beside(...)`.
  Formats whose first bytes do not tell them apart (a ZIP, an OLE file) add `opens_whole(data, name)`, which is asked
  instead, with all the bytes; it never raises and takes milliseconds;
* **unlocking** runs in the daemon and touches a fixed-size header and the keys, nothing else: `unlock(...)`;
* **writing** runs in the daemon, for what we send: `write(...)`;
* **marking** and **mending** write findings, or repaired cells, into a copy of the sender's own table, which are
  foreign bytes, so these too run in the sandbox: `mark(...)`, `mend(...)`.

A handler says why it cannot go on by raising `Unreadable` with one of the codes of `Trouble`;
the public sentence for each code is in `gateway.core.refusal`. It never puts foreign text into an exception.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Trouble(StrEnum):
    """Why a file could not be read. Each value is also a refusal code with a public sentence."""

    DAMAGED = "damaged"  # the bytes do not form what the format promises
    TOO_LARGE = "too_large"  # bytes, rows, columns, parts, or what they unpack to
    TOO_DEEP = "too_deep"  # parts within parts
    BOMB = "bomb"  # ratio or overlap of a compressed file is out of all proportion
    ENCODING = "encoding"  # text in none of the encodings we accept
    NEEDS_KEY = "needs_key"  # encrypted, and not for any key we hold
    NEEDS_PASSWORD = "needs_password"  # noqa: S105 - encrypted with a password that we were not told
    UNSAFE_NAMES = "unsafe_names"  # an archive whose names lead out of its folder, or that holds links
    FORGED = "forged"  # a signature or digest does not fit
    UNSUPPORTED = "unsupported"  # a known format or feature we do not open
    EMPTY = "empty"  # nothing in it


class Unreadable(Exception):
    """This file cannot be read. `where` is numbers and our own words only, never the sender's text."""

    def __init__(self, trouble: Trouble, where: str = "") -> None:
        super().__init__(trouble.value, where)
        self.trouble = trouble
        self.where = where


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may cost. Sizes in bytes, times in seconds."""

    bytes: int = 64 << 20  # all parts together, unpacked
    parts: int = 200
    depth: int = 8
    ratio: int = 200  # unpacked to packed
    rows: int = 1_048_576
    columns: int = 1_000
    cells: int = 20_000_000
    text: int = 32_767  # characters in one cell


@dataclass(frozen=True, slots=True)
class Part:
    """One file found in a container: a name as the sender wrote it (not to be trusted), a media type, the bytes.

    The only part of a container may have no name: it is then called as the container, less an envelope's `.age` or so.
    """

    name: str
    media: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Opened:
    """What a container held. `manifest` is the hand-over list, for formats that have one; whose it is, is proven later.

    `signers` are the fingerprints (lower-case hex) of the keys whose signatures over all of `parts` were verified.
    `encrypted`: it was, of those formats that may also only be signed.
    `notes` are codes of our own that tell what was unusual (`"unsigned"`, `"skipped_macro"`). `"no_integrity"` says
    that the encryption lets a stranger change the content unnoticed; only an agreement may allow that.
    `headers` are the fields of a mail that the gateway looks at, decoded, each at most 1,000 characters.
    """

    parts: tuple[Part, ...]
    manifest: Mapping[str, object] | None = None
    notes: tuple[str, ...] = ()
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    signers: tuple[str, ...] = ()
    encrypted: bool = False


@dataclass(frozen=True, slots=True)
class CellNote:
    """Something about one cell that its text cannot say. Row and column count from 1, as the officer sees them.

    Codes: `lost_digits` (a number of more than 15 digits), `error_cell` (#N/A …), `no_value` (a formula saved without
    its result), `short_row`, `long_row`, `hidden_row` (column 0), `hidden_sheet` (row and column 0).
    """

    row: int
    column: int
    code: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet as text. `rows[i][j]` is the cell in row i+1, column j+1; an empty cell is `""`.

    Dates are `YYYY-MM-DD` (with `THH:MM:SS` where there is a time), whole numbers have no decimal point,
    truth is `TRUE`/`FALSE`. Rows may differ in length. Trailing empty rows and cells are cut off.
    """

    name: str
    rows: Sequence[Sequence[str]]
    notes: tuple[CellNote, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing to be said about a place in a workbook: row 0 is the sheet as a whole, column 0 the row as a whole.

    `kind` is `error`, `query`, or `SETTLED`. `note` goes to the cell, as a comment; `told` are the last six cells of
    its line in the list: item, value, what is wrong, suggested repair, where a query is explained, reference.
    """

    sheet: str
    row: int
    column: int
    kind: str
    note: str
    told: Sequence[str]


SETTLED = "explained"
"""The kind of a query that was answered: it is listed, and its cell stays as it is."""

EXPLAINED = 8
"""The column of the list, from 0, in which a query is explained; it is coloured for that."""


@dataclass(frozen=True, slots=True)
class Marking:
    """What is to be marked, and the list of it all that becomes the first sheet, called `name`.

    `lines` stand below its `title`; `head` are ten column titles: number, kind, sheet, cell, and those of
    `Mark.told`. `kinds` puts the kinds into words. `author` signs the comments. At most `cells` cells are marked, the
    first ones; the list has all.
    """

    name: str
    title: str
    author: str
    lines: Sequence[str]
    head: Sequence[str]
    kinds: Mapping[str, str]
    marks: Sequence[Mark]
    cells: int = 2_000


@dataclass(frozen=True, slots=True)
class Mend:
    """The text that a cell is to hold, by sheet, row and column from 1."""

    sheet: str
    row: int
    column: int
    text: str


class Container(Protocol):
    """A handler that finds files in a file. `SECRET` (left out: `""`) names the kind of secret it needs:

    `content_key` (32 bytes), `password` (UTF-8 text; without one, or with a wrong one, `Unreadable(NEEDS_PASSWORD)`),
    `identity` (a private key in the format's own words, and whom to believe: the handler says how they are written).
    """

    NAME: str
    SECRET: str = ""

    def opens(self, head: bytes, name: str) -> bool:
        """Whether the first 4,096 bytes (and, as a weak hint, the name) look like this format."""

    def open_parts(self, data: bytes, limits: Limits, secret: bytes | None = None) -> Opened:
        """The files in it. `secret` is the one secret it needs (a content key, a password). Raises `Unreadable`."""


class Signature(Protocol):
    """The side of a container whose signatures may lie beside what they sign. Such a file by itself opens to no part
    and the note `detached_signature`."""

    def verify_beside(self, data: bytes, content: bytes, secret: bytes | None = None) -> Opened:
        """No parts: `signers`, whose signature over the content was verified, and notes. Raises `Unreadable`.

        FORGED: it is by somebody whom the secret says to believe, and not over this content.
        """


class TableReader(Protocol):
    """A handler that reads sheets of cells."""

    NAME: str

    def opens(self, head: bytes, name: str) -> bool: ...

    def read_sheets(self, data: bytes, limits: Limits) -> tuple[Sheet, ...]:
        """Every sheet as text, in the order of the file. Raises `Unreadable`."""


class Unlocker(Protocol):
    """The side of a sealing handler that holds keys and reads a header of fixed size only."""

    HEADER_BYTES: int  # how many leading bytes `unlock` needs at most

    def unlock(self, header: bytes, private_keys: Iterable[bytes]) -> bytes:
        """The content key, from the first private key (32 bytes each) that fits. Raises `Unreadable(NEEDS_KEY)`."""


class Writer(Protocol):
    """The side of a sealing handler that makes what we send."""

    def write(
        self,
        files: Sequence[Part],
        manifest: Mapping[str, object],
        recipients: Sequence[bytes],
        signing_key: bytes,
    ) -> Iterator[bytes]:
        """A sealed file, block by block, for public keys of 32 bytes, signed with a seed of 32 bytes."""


class Marker(Protocol):
    """The side of a table handler that gives a sender their own file back, with the places marked."""

    def mark(self, data: bytes, marking: Marking, limits: Limits, most: int) -> bytes:
        """The same file, changed in nothing but the marks and one more sheet; at most `most` bytes.

        Raises `Unreadable`; UNSUPPORTED where it cannot be changed without harm.
        """


class Mender(Protocol):
    """The side of a table handler that gives a sender their own file back, with repaired cells."""

    def mend(self, data: bytes, cells: Sequence[Mend], limits: Limits, most: int) -> bytes:
        """The same file, changed in nothing but the texts of these cells; at most `most` bytes.

        Raises `Unreadable`; UNSUPPORTED where it cannot be changed without harm.
        """
