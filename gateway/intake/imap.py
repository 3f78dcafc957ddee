"""Takes mail out of a foreign mailbox: each mail is recorded first and moved into the processed folder after that.

A mail is known by UIDVALIDITY and UID. Whatever breaks in between, the next pass finds it either unknown, and fetches
it, or known, and only moves it. A mail over the limit stays where it is: its header is recorded once, with the mark
`oversized`, so that it can be told.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass

from gateway import log
from gateway.config.settings import ImapMailbox
from gateway.intake.imap_server import BLOCK, Conversation, Fetched, Refused, converse
from gateway.intake.rounds import Hindered, rounds
from gateway.outside import Clock, Draft, Envelope, Inbox, Temporary

WINDOW = 1_000  # UIDs looked up at once
BATCH_MAILS = 200
BATCH_BYTES = 2 << 20  # of small mails held in memory at once
MOVE_MAILS = 1_000  # together: each move costs a server a pass over the whole processed folder


class ImapIntake:
    """One mailbox. `password` is asked for at each login, so that a changed credential counts at once."""

    def __init__(self, mailbox: ImapMailbox, password: Callable[[], str], inbox: Inbox, clock: Clock) -> None:
        self._mailbox = mailbox
        self._password = password
        self._inbox = inbox
        self._clock = clock

    def poll(self, stop: threading.Event | None = None) -> int:
        """One pass over the folder: how many mails were recorded. Raises `Temporary`; the next pass goes on there."""
        if not self._inbox.ready():
            raise Hindered("no new mail is taken for now")
        with converse(self._mailbox, self._password()) as server:
            one = _Pass(server, self._mailbox, self._inbox, self._clock)
            try:
                uids = server.uids()
                for start in range(0, len(uids), WINDOW):
                    if stop is not None and stop.is_set():
                        break
                    one.take(uids[start : start + WINDOW])
                one.finish()
            finally:
                one.let_end()
        if one.trouble is not None:
            raise one.trouble
        return one.recorded

    def run(self, stop: threading.Event) -> None:
        """Pass after pass until `stop` is set."""
        every = self._mailbox.poll.total_seconds()
        rounds(self._mailbox.name, lambda: self.poll(stop), lambda: every, stop)


@dataclass(frozen=True, slots=True)
class _Recording:
    """A mail on its way into the inbox; `leave` it in place when it is recorded."""

    uid: int
    outcome: Future[str]
    leave: bool = False


class _Pass:
    """One pass: while the inbox makes one batch durable, the next one is fetched, and then the first one moved."""

    def __init__(self, server: Conversation, mailbox: ImapMailbox, inbox: Inbox, clock: Clock) -> None:
        self.recorded = 0
        self.trouble: Refused | None = None  # what the server refused, while the rest went on
        self._server = server
        self._mailbox = mailbox
        self._inbox = inbox
        self._clock = clock
        self._in_flight: list[_Recording] = []
        self._durable: list[int] = []  # recorded, and to be moved
        self._place = place(mailbox)

    def take(self, uids: Sequence[int]) -> None:
        """Record the unknown ones among these, and move the known ones, which were recorded and not moved."""
        known = self._known(uids)
        self._durable += [uid for uid in uids if uid in known]
        unknown = [uid for uid in uids if uid not in known]
        sizes = self._server.sizes(unknown) if unknown else {}
        for batch in batches(sizes, self._mailbox.size_limit):
            try:
                new = self._fetch(batch, sizes[batch[0]])
            except Refused as trouble:  # one mail that the server won't give out doesn't hold up the others
                self.trouble, new = trouble, []
            self._settle()
            self._in_flight = new

    def _fetch(self, batch: Sequence[int], size: int) -> list[_Recording]:
        if size > self._mailbox.size_limit:
            return self._oversized(batch[0], size)
        if size >= BLOCK:
            return self._large(batch[0])
        return self._small(batch)

    def finish(self) -> None:
        """Wait for the last batch, and move what is left to move."""
        self._settle()
        self._move_durable()

    def _settle(self) -> None:
        """Wait until the batch in flight is durable: it may be moved now. Raises `Temporary` for the rest."""
        batch, self._in_flight = self._in_flight, []
        failure = None
        for one in batch:
            try:
                one.outcome.result()
            except Temporary as trouble:
                failure = trouble
            else:
                self.recorded += 1
                self._durable += [] if one.leave else [one.uid]
        if failure is not None or len(self._durable) >= MOVE_MAILS:
            self._move_durable()
        if failure is not None:
            raise failure

    def let_end(self) -> None:
        """Wait for what is still in flight, so that the next pass knows it."""
        wait([one.outcome for one in self._in_flight])

    def _known(self, uids: Sequence[int]) -> set[int]:
        sources = {self._source(uid): uid for uid in uids}
        return {sources[source] for source in self._inbox.known(self._mailbox.name, list(sources))}

    def _source(self, uid: int) -> str:
        return f"{self._place}.{self._server.validity}.{uid}"

    def _move_durable(self) -> None:
        uids, self._durable = self._durable, []
        if not uids:
            return
        try:
            self._server.move(uids, self._mailbox.processed)
        except Refused as trouble:  # they are known, and the next pass tries again
            self.trouble = trouble

    def _small(self, uids: Sequence[int]) -> list[_Recording]:
        new: list[_Recording] = []
        try:
            for mail in self._answers(uids):
                assert mail.literal is not None
                if len(mail.literal) >= BLOCK:  # larger than the server had stated
                    new += self._large(mail.uid)
                    continue
                draft = self._inbox.begin()
                _write(draft, mail.literal)
                new.append(self._record(mail, draft))
        except BaseException:
            self._in_flight += new
            raise
        return new

    def _answers(self, uids: Sequence[int]) -> list[Fetched]:
        """The mails, without those that vanished; one by one when the server refuses them together."""
        try:
            answers = self._server.mails(uids)
        except Refused as trouble:
            if len(uids) == 1:
                self.trouble = trouble
                return []
            return [mail for uid in uids for mail in self._answers([uid])]
        missing = set(uids) - {mail.uid for mail in answers}
        if missing and self._server.sizes(sorted(missing)):
            self.trouble = Refused("the server did not give out a mail")
        return answers

    def _large(self, uid: int) -> list[_Recording]:
        """Stream one mail in ranges, until the server gives less than was asked for."""
        draft, mail = self._inbox.begin(), Fetched(uid)
        try:
            while True:
                answer = next(iter(self._server.mails([uid], draft.size)), None)
                if answer is None or answer.literal is None:  # it vanished
                    draft.discard()
                    return []
                mail = answer if mail.had is None else mail
                _write(draft, answer.literal)
                if draft.size > self._mailbox.size_limit:
                    draft.discard()
                    return self._oversized(uid, draft.size)
                if len(answer.literal) < BLOCK:
                    return [self._record(mail, draft)]
        except BaseException:
            draft.discard()
            raise

    def _oversized(self, uid: int, size: int) -> list[_Recording]:
        """Record the header alone. Its source differs, so that a raised limit lets the whole mail in."""
        source = f"{self._source(uid)}.header"
        if self._inbox.known(self._mailbox.name, [source]):
            return []
        header = self._server.header(uid)
        if header is None or header.literal is None:
            return []
        draft = self._inbox.begin()
        _write(draft, header.literal)
        envelope = self._envelope(header, source, {"oversized": str(size)})
        log.left_in_place(self._mailbox.name, "over the limit", size)
        return [_Recording(uid, draft.commit(envelope), leave=True)]

    def _record(self, mail: Fetched, draft: Draft) -> _Recording:
        return _Recording(mail.uid, draft.commit(self._envelope(mail, self._source(mail.uid))))

    def _envelope(self, mail: Fetched, source: str, foreign: Mapping[str, str] | None = None) -> Envelope:
        had = mail.had or self._clock.now()
        return Envelope("imap", self._mailbox.name, had, source=source, foreign=foreign)


def place(mailbox: ImapMailbox) -> str:
    """Tells folders apart that one account name stood for at different times: UIDVALIDITY alone may be the same."""
    text = "\0".join((mailbox.host.lower(), mailbox.user, mailbox.folder))
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def batches(sizes: Mapping[int, int], limit: int) -> Iterator[list[int]]:
    """UIDs in ascending order: small mails together as far as memory allows, a larger one alone."""
    batch: list[int] = []
    held = 0
    for uid, size in sorted(sizes.items()):
        alone = size >= BLOCK or size > limit
        if batch and (alone or len(batch) == BATCH_MAILS or held + size > BATCH_BYTES):
            yield batch
            batch, held = [], 0
        batch.append(uid)
        held += size
        if alone:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch


def _write(draft: Draft, block: bytes) -> None:
    room = draft.write(block)
    if room is not None:
        room.result()
