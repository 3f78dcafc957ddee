"""One conversation with an IMAP server, in our words: imap-tools logs in and selects, batches go through its client.

Trouble of any kind leaves as `Hindered`: `Refused` when the server said no and the conversation can go on. What the
server wrote never enters an exception. A literal is at most `BLOCK` bytes, whatever the server announces.
"""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from imap_tools.errors import ImapToolsError, MailboxLoginError
from imap_tools.mailbox import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.utils import encode_folder

from gateway.config.settings import ImapMailbox
from gateway.intake.rounds import Hindered

BLOCK = 1 << 20  # bytes asked for at once; a larger mail is fetched in ranges of this size
TIMEOUT = 60.0  # seconds of silence after which a server counts as gone

_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")
_DATE = re.compile(rb'\bINTERNALDATE " ?(\d{1,2})-(\w{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)"')
_EMPTY = re.compile(rb'BODY\[[A-Z]*\](<\d+>)? ""')
_MONTHS = {month: number for number, month in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}


class Refused(Hindered):
    """The server said no to one request; the conversation goes on."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What the server answered about one mail. `had` is its INTERNALDATE; what it left out is None."""

    uid: int
    had: datetime | None = None
    size: int | None = None
    literal: bytes | None = None


class Conversation:
    """A selected folder. Made by `converse`; one thread at a time."""

    def __init__(self, box: BaseMailBox, folder: str) -> None:
        self._client = box.client
        self._box = box
        with _in_our_words("the folder could not be selected"):
            box.folder.set(folder)
            # imaplib read the capabilities before the login; what matters comes after it
            self._capabilities = set(box.client.capability()[1][0].upper().split())
        self.validity = self._validity()

    def _validity(self) -> int:
        _, data = self._client.response("UIDVALIDITY")
        if not data or data[0] is None or not data[0].isdigit():
            raise Hindered("the server gives no UIDVALIDITY")
        return int(data[0])

    def uids(self) -> list[int]:
        """All mails but those that somebody marked for deletion, ascending."""
        data = self._ask("SEARCH", "UNDELETED")
        return sorted({int(uid) for line in data if line for uid in line.split()})

    def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """The size of each mail that is still there, as the server states it."""
        answers = fetched(self._ask("FETCH", uid_set(uids), "(UID RFC822.SIZE)"))
        return {one.uid: one.size for one in answers if one.size is not None}

    def mails(self, uids: Sequence[int], first: int = 0, most: int = BLOCK) -> list[Fetched]:
        """`most` raw bytes from `first` on of each mail that is still there; nothing is marked as seen."""
        what = f"(UID INTERNALDATE BODY.PEEK[]<{first}.{most}>)"
        return _asked_for(fetched(self._ask("FETCH", uid_set(uids), what)), uids)

    def header(self, uid: int) -> Fetched | None:
        """The first `BLOCK` raw bytes of one mail's header."""
        what = f"(UID INTERNALDATE BODY.PEEK[HEADER]<0.{BLOCK}>)"
        return next(iter(_asked_for(fetched(self._ask("FETCH", str(uid), what)), [uid])), None)

    def move(self, uids: Sequence[int], folder: str) -> None:
        """Move mails, and never touch what another client marked for deletion. Makes the folder when it is missing."""
        try:
            self._move(uid_set(uids), folder)
        except Refused:
            self._create(folder)
            self._move(uid_set(uids), folder)

    def _move(self, uids: str, folder: str) -> None:
        if b"MOVE" in self._capabilities:
            self._ask("MOVE", uids, encode_folder(folder))
            return
        self._ask("COPY", uids, encode_folder(folder))
        self._ask("STORE", uids, "+FLAGS.SILENT", r"(\Deleted)")
        if b"UIDPLUS" in self._capabilities:  # a plain EXPUNGE would take other clients' mail along
            self._ask("EXPUNGE", uids)

    def _create(self, folder: str) -> None:
        with _in_our_words("the processed folder could not be made"):
            if not self._box.folder.exists(folder):
                self._box.folder.create(folder)
                self._box.folder.subscribe(folder, True)

    def _ask(self, command: str, *arguments: str | bytes) -> list[Any]:
        with _in_our_words(f"the server said no to {command}"):
            status, data = self._client.uid(command, *arguments)  # type: ignore[arg-type]  # it takes bytes as well
        if status != "OK":
            raise Refused(f"the server said no to {command}")
        return [item for item in data if item is not None]


@contextmanager
def converse(mailbox: ImapMailbox, password: str) -> Iterator[Conversation]:
    """Connect, log in, select; at the end log out. Raises `Hindered`, also for a wrong password or certificate."""
    with _in_our_words("the server could not be reached"):
        box = _connect(mailbox)
    try:
        with _in_our_words("the server refused the login"):
            log_in = box.login if (mailbox.user + password).isascii() else box.login_utf8
            log_in(mailbox.user, password, initial_folder=None)
        yield Conversation(box, mailbox.folder)
    finally:
        with suppress(OSError, imaplib.IMAP4.error, ImapToolsError):
            box.logout()
        with suppress(OSError):
            box.client.shutdown()


def _connect(mailbox: ImapMailbox) -> BaseMailBox:
    if mailbox.security == "none":
        return _Plain(mailbox.host, mailbox.port, TIMEOUT)
    authority = str(mailbox.certificate_authority) if mailbox.certificate_authority else None
    trust = ssl.create_default_context(cafile=authority)
    if mailbox.security == "starttls":
        return _StartTls(mailbox.host, mailbox.port, TIMEOUT, ssl_context=trust)
    return _Tls(mailbox.host, mailbox.port, TIMEOUT, ssl_context=trust)


def _bounded(client: imaplib.IMAP4) -> imaplib.IMAP4:
    """The same client, which reads no literal larger than was asked for: the server doesn't decide on our memory."""
    read = client.read

    def read_bounded(size: int) -> bytes:
        if size > BLOCK:
            raise client.abort("literal larger than asked for")
        return read(size)

    client.read = read_bounded  # type: ignore[method-assign]
    return client


class _Plain(MailBoxUnencrypted):
    def _get_mailbox_client(self) -> imaplib.IMAP4:
        return _bounded(super()._get_mailbox_client())


class _Tls(MailBox):
    def _get_mailbox_client(self) -> imaplib.IMAP4:
        return _bounded(super()._get_mailbox_client())


class _StartTls(MailBoxStartTls):
    def _get_mailbox_client(self) -> imaplib.IMAP4:
        return _bounded(super()._get_mailbox_client())


@contextmanager
def _in_our_words(no: str) -> Iterator[None]:
    """Turn what the library raises into `Hindered`, without the server's text."""
    try:
        yield
    except ssl.SSLCertVerificationError:
        raise Hindered("the server's certificate could not be verified") from None
    except imaplib.IMAP4.abort:
        raise Hindered("the server broke the conversation off") from None
    except MailboxLoginError:
        raise Hindered("the server refused the login") from None
    except (imaplib.IMAP4.error, ImapToolsError):
        raise Refused(no) from None
    except (OSError, EOFError):
        raise Hindered("the server is out of reach") from None


def uid_set(uids: Sequence[int]) -> str:
    """UIDs as IMAP writes them: `1:3,7`."""
    ranges: list[list[int]] = []
    for uid in sorted(uids):
        if ranges and ranges[-1][1] == uid - 1:
            ranges[-1][1] = uid
        else:
            ranges.append([uid, uid])
    return ",".join(str(first) if first == last else f"{first}:{last}" for first, last in ranges)


def fetched(data: Sequence[Any]) -> Iterator[Fetched]:
    """Read the answer to a FETCH as imaplib gives it: `(text, literal)` pairs, and lines that end each mail's answer.

    Attributes may stand before and after the literal; servers add answers that nobody asked for.
    """
    text, literal = b"", None
    for item in data:
        if isinstance(item, tuple):
            text, literal = text + item[0], item[1]
            continue
        text += item
        uid = _UID.search(text)
        if uid is not None:
            size = _SIZE.search(text)
            if literal is None and _EMPTY.search(text):
                literal = b""
            yield Fetched(int(uid[1]), _instant(text), int(size[1]) if size else None, literal)
        text, literal = b"", None


def _asked_for(answers: Iterator[Fetched], uids: Sequence[int]) -> list[Fetched]:
    wanted = set(uids)
    return [one for one in answers if one.uid in wanted and one.literal is not None]


def _instant(text: bytes) -> datetime | None:
    found = _DATE.search(text)
    if found is None:
        return None
    day, month, year, hour, minute, second, sign, hours, minutes = found.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == b"-" else 1)
    try:
        numbers = (int(year), _MONTHS[month], int(day), int(hour), int(minute), int(second))
        return datetime(*numbers, tzinfo=timezone(offset)).astimezone(UTC)
    except (KeyError, ValueError, OverflowError):
        return None
