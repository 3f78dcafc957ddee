"""One mail on its way into the inbox: from 354 to the commit, and to the answer that the client gets."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from gateway.intake import smtp_commands as replies
from gateway.intake.smtp_data import Content, Fault
from gateway.outside import Draft, Envelope

if TYPE_CHECKING:
    from gateway.intake.smtp_session import Session

_REFUSALS = {Fault.BARE_NEWLINE: replies.BARE_NEWLINE, Fault.TOO_LARGE: replies.TOO_LARGE}


class Receiving:
    """Hands the blocks of one mail to a draft, never faster than the draft takes them."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.waiting = False  # for the draft to take a block
        self.content = Content(session.service.settings.size_limit)
        self._draft: Draft | None = session.service.inbox.begin()

    def take(self, data: bytes) -> bytes:
        """Take bytes off the wire; gives back what does not belong to the mail any more."""
        content = self.content
        piece = content.feed(data)
        if piece and self._draft is not None:
            self._write(self._draft, piece)
        if content.fault is not None:
            self.abandon()
            # Who is told only at the end goes on sending; who goes on for as long again is not told at all.
            if content.excess > content.limit and not content.ended:
                self.session.farewell(_REFUSALS[content.fault])
        if content.ended and not self.waiting:
            self._end()
        return content.rest

    def abandon(self) -> None:
        """Forget it: nothing of it will be recorded."""
        draft, self._draft = self._draft, None
        if draft is not None:
            try:
                draft.discard()
            except Exception as error:
                self.session.service.trouble(error)

    def _write(self, draft: Draft, piece: bytes) -> None:
        try:
            taken = draft.write(piece)
        except Exception as error:
            self._fail(error)
            return
        if taken is not None:
            self.waiting = True
            self.session.service.when_done(taken, self._written)

    def _written(self, taken: Future[Any]) -> None:
        self.waiting = False
        error = taken.exception()
        if error is not None:
            self._fail(error)
        if self.session.receiving is not self:  # the client has gone
            return
        if self.content.ended:
            self._end()
        self.session.pump()

    def _fail(self, error: BaseException) -> None:
        self.session.service.trouble(error)
        self.abandon()

    def _end(self) -> None:
        session, draft = self.session, self._draft
        if self.content.fault is not None:
            session.finished(_REFUSALS[self.content.fault])
        elif draft is None:
            session.finished(replies.TRY_LATER)
        else:
            try:
                recorded = draft.commit(self._envelope())
            except Exception as error:
                self._fail(error)
                session.finished(replies.TRY_LATER)
                return
            session.ended()
            session.service.when_done(recorded, self._recorded)

    def _recorded(self, recorded: Future[Any]) -> None:
        error = recorded.exception()
        if error is not None:
            self.session.service.trouble(error)
        self.session.finished(replies.TRY_LATER if error else b"250 2.0.0 " + str(recorded.result()).encode() + b"\r\n")
        self.session.pump()

    def _envelope(self) -> Envelope:
        session, service = self.session, self.session.service
        return Envelope(
            channel="smtp",
            account=service.account,
            had=service.clock.now(),
            officer=session.officer,
            foreign={
                "mail_from": session.sender or "",
                "rcpt_to": session.recipient or "",
                "helo": session.helo or "",
                "peer": session.address,
            },
        )
