"""The wire under one SMTP conversation: bytes into lines or content, back-pressure, deadlines, hanging up.

aiosmtpd runs a conversation as a coroutine that is woken for each line. Here the lines of an ordinary mail are answered
at once as they arrive (`quick`), and only what is left (STARTTLS, AUTH, odd addresses) is handed to that coroutine
through `_Lines`. The two never run at the same time: a line is looked at only while the coroutine waits for one.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, cast

from aiosmtpd.smtp import SMTP

from gateway.intake import smtp_commands as replies
from gateway.intake.smtp_limits import peer_of

if TYPE_CHECKING:
    from gateway.intake.smtp import Service
    from gateway.intake.smtp_receiving import Receiving

# aiosmtpd logs addresses and whole commands there: personal data.
logging.getLogger("mail.log").disabled = True

_LINE_LIMIT = 2048
_PENDING_LIMIT = 65536  # bytes taken in while we cannot go on; then we stop reading
_GRACE = 5.0  # seconds to take our last words


class _Nothing:
    """aiosmtpd's handler object: there are no hooks, everything is in the session."""

    def __dir__(self) -> list[str]:
        return []


class _Lines:
    """What aiosmtpd's coroutine takes for its stream reader."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._buffer = wire.pending  # aiosmtpd empties it when TLS begins
        self._transport: asyncio.BaseTransport | None = None  # and sets this

    async def readuntil(self) -> bytes:
        return await self._wire.next_line(raw=False)

    async def readline(self) -> bytes:
        return await self._wire.next_line(raw=True)


class Wire(SMTP):
    """The protocol object of one connection, without its commands."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.pending = bytearray()
        self.receiving: Receiving | None = None
        self.committing = False
        self.peer = self.address = ""
        self._waiter: asyncio.Future[bytes] | None = None
        self._raw = False  # the coroutine waits for a line that is no command
        self._choked = self._closing = self._deaf = self._counted = False
        self._deadline = self._armed = 0.0
        self._message_deadline: float | None = None
        settings = service.settings
        super().__init__(
            _Nothing(),
            loop=service.loop,
            hostname=settings.hostname,
            ident="ESMTP",
            data_size_limit=settings.size_limit,
            enable_SMTPUTF8=True,
            tls_context=service.tls,
            auth_require_tls=not service.plain_auth,
            timeout=settings.command_timeout.total_seconds(),
        )

    def quick(self, line: bytes) -> bool:
        """Deal with a command line at once; False leaves it to aiosmtpd."""
        raise NotImplementedError

    # --- the connection ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self._original_transport is None:  # not the second time, when TLS has begun
            name = transport.get_extra_info("peername")
            self.peer, self.address = peer_of(name), str(name[0]) if name else ""
            self._counted = self.service.enter(self)
        super().connection_made(transport)

    def _cb_client_connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = cast("asyncio.StreamReader", _Lines(self))
        self._writer = writer

    async def _handle_client(self) -> None:
        if self._counted:
            await super()._handle_client()
        else:
            self.farewell(replies.TOO_MANY_CONNECTIONS)

    def connection_lost(self, error: Exception | None) -> None:
        self._closing = True
        self.pending.clear()
        if self.receiving is not None and not self.committing:
            self.receiving.abandon()
        self.receiving = None
        if self._counted:
            self._counted = False
            self.service.leave(self)
        super().connection_lost(error)

    def say(self, reply: bytes) -> None:
        if self.transport is not None:
            self.wire.write(reply)

    def farewell(self, reply: bytes) -> None:
        """Say one last thing and hang up, even on a peer that does not listen."""
        if self._closing or self.transport is None:
            return
        self.say(reply)
        self._closing = True
        self._deadline = self.loop.time() + _GRACE
        self._arm()
        self.transport.close()

    @property
    def wire(self) -> asyncio.Transport:
        return cast("asyncio.Transport", self.transport)

    # --- time ---

    def _reset_timeout(self, duration: float | None = None) -> None:
        # Only a number: the timer looks at it when it fires, and goes on waiting if there was life meanwhile.
        self._deadline = self.loop.time() + (duration or self._timeout_duration)
        if self._message_deadline is not None:
            self._deadline = min(self._deadline, self._message_deadline)
        if self._timeout_handle is None or self._deadline < self._armed:
            self._arm()

    def _arm(self) -> None:
        if self._timeout_handle is not None:
            self._timeout_handle.cancel()
        self._armed = self._deadline
        self._timeout_handle = self.loop.call_at(self._deadline, self._timeout_cb)

    def _timeout_cb(self) -> None:
        if self.committing and not self._closing:  # it is we who are slow
            self._reset_timeout()
        if self.loop.time() < self._deadline:
            self._arm()
        elif not self._closing:
            self.farewell(replies.TIMED_OUT)
        elif self.transport is not None:
            self.wire.abort()

    # --- bytes ---

    def pause_writing(self) -> None:
        self._choked = True
        super().pause_writing()

    def resume_writing(self) -> None:
        self._choked = False
        super().resume_writing()
        self.pump()

    def data_received(self, data: bytes) -> None:
        if self._closing:
            return
        if not self.pending and not self._held():  # as nearly always: then nothing needs to be copied
            if self.receiving is not None:
                self._take(data)
                if not self.pending:
                    return
            elif self._waiter is not None and data.find(b"\n") == len(data) - 1:
                self._line(data)
                return
            else:
                self.pending += data
        else:
            self.pending += data
        self.pump()
        if len(self.pending) >= _PENDING_LIMIT and not self._closing:
            self._deaf = True
            self.wire.pause_reading()

    def _held(self) -> bool:
        return self._choked or self.committing or (self.receiving is not None and self.receiving.waiting)

    def pump(self) -> None:
        """Work off what came in, as far as we can go now."""
        while self.pending and not self._closing and not self._held():
            if self.receiving is not None:
                data = bytes(self.pending)
                self.pending.clear()
                self._take(data)
            elif not self._next():
                break
        if self._deaf and len(self.pending) < _PENDING_LIMIT and not self._closing:
            self._deaf = False
            self.wire.resume_reading()

    def _take(self, data: bytes) -> None:
        """Bytes of a mail's content."""
        assert self.receiving is not None
        rest = self.receiving.take(data)
        self._reset_timeout()
        if rest:
            self.pending[:0] = rest

    # --- lines ---

    def _next(self) -> bool:
        """Work off one pending line, if there is one and somebody to take it."""
        if self._waiter is None:
            return False
        end = self.pending.find(b"\n") + 1
        if not end:
            if len(self.pending) > _LINE_LIMIT:
                self.farewell(replies.LINE_TOO_LONG)
            return False
        line = bytes(self.pending[:end])
        del self.pending[:end]
        self._line(line)
        return True

    def _line(self, line: bytes) -> None:
        if self._raw or not self.quick(line):
            waiter, self._waiter = self._waiter, None
            if waiter is not None and not waiter.done():
                waiter.set_result(line)

    async def next_line(self, *, raw: bool) -> bytes:
        """The next line that the quick lane leaves to aiosmtpd's coroutine."""
        self._raw = raw
        waiter: asyncio.Future[bytes] = self.loop.create_future()
        self._waiter = waiter
        self.pump()
        return await waiter
