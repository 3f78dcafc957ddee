"""The gateway's own SMTP listener: the embedded mailbox. Takes mail in, records `Received`, does nothing else.

A mail is answered with 250 only when its `Received` fact is durable; waiting clients share one commit. The listener has
one thread with an event loop of its own; the conversation is in `smtp_session`, one mail in `smtp_receiving`.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from ipaddress import ip_address
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

from gateway import log
from gateway.config.settings import SmtpListener
from gateway.intake.smtp_auth import Doorkeeper, OfficerFor, nobody
from gateway.intake.smtp_commands import SHUTTING_DOWN, hello_reply
from gateway.intake.smtp_limits import Connections
from gateway.outside import Clock, Inbox

if TYPE_CHECKING:
    from gateway.intake.smtp_lines import Wire


def server_tls(certificate: Path, private_key: Path) -> ssl.SSLContext:
    """What STARTTLS needs, from PEM files. Raises `OSError` or `ssl.SSLError` when they do not fit."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, private_key)
    return context


class Service:
    """What all conversations of one listener share. Everything but `when_done` belongs to the loop's thread."""

    def __init__(
        self,
        settings: SmtpListener,
        mailboxes: Iterable[str],
        inbox: Inbox,
        clock: Clock,
        officer_for: OfficerFor,
        tls: ssl.SSLContext | None,
        account: str,
    ) -> None:
        self.settings = settings
        self.inbox = inbox
        self.clock = clock
        self.tls = tls
        self.account = account
        self.door = Doorkeeper(officer_for)
        self.plain_auth = tls is None and _is_loopback(settings.host)
        self.loop = _new_loop()
        self.loop.set_exception_handler(self._unexpected)
        self.sessions: set[Wire] = set()
        self.stopping = False
        self._mailboxes = frozenset(_plain(mailbox) for mailbox in mailboxes)
        self._spelled: dict[bytes, bool] = {mailbox.encode(): True for mailbox in self._mailboxes}
        self._connections = Connections(settings.connections, settings.connections_per_peer)
        self._done: deque[tuple[Callable[[Future[Any]], None], Future[Any]]] = deque()
        self._woken = False
        self._hello = {
            secured: hello_reply(
                settings.hostname,
                settings.size_limit,
                starttls=tls is not None and not secured,
                auth=secured or self.plain_auth,
            )
            for secured in (False, True)
        }

    def enter(self, session: Wire) -> bool:
        if self.stopping or not self._connections.enter(session.peer):
            return False
        self.sessions.add(session)
        return True

    def leave(self, session: Wire) -> None:
        self.sessions.discard(session)
        self._connections.leave(session.peer)

    def hello(self, *, extended: bool, secured: bool) -> bytes:
        return self._hello[secured] if extended else b"250 " + self.settings.hostname.encode() + b"\r\n"

    def ready(self) -> bool:
        return not self.stopping and self.inbox.ready()

    def ours(self, address: bytes) -> bool:
        """Whether that is one of our mailboxes; capitals do not matter."""
        return self._spelled.get(address, False) or _plain(address.decode("utf-8", "replace")) in self._mailboxes

    def trouble(self, error: BaseException) -> None:
        log.intake_trouble(self.account, error)

    def _unexpected(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        # In place of the default, which would log what the exception says and the objects it passed.
        error = context.get("exception")
        if isinstance(error, BaseException) and not isinstance(error, OSError):
            self.trouble(error)

    def when_done(self, future: Future[Any], then: Callable[[Future[Any]], None]) -> None:
        """Call `then` in the loop's thread. The loop is woken once for all that is done at a time."""
        future.add_done_callback(lambda done: self._collect(then, done))

    def _collect(self, then: Callable[[Future[Any]], None], done: Future[Any]) -> None:
        self._done.append((then, done))
        if not self._woken:
            self._woken = True
            try:
                self.loop.call_soon_threadsafe(self._deliver)
            except RuntimeError:  # stopped meanwhile: nobody is left to be told
                self._done.clear()

    def _deliver(self) -> None:
        self._woken = False  # first, so that what comes from now on wakes us again
        while self._done:
            then, future = self._done.popleft()
            then(future)


class Listener:
    """Starts and stops the service. `port` is known after `start`, and is what was given unless that was 0."""

    def __init__(
        self,
        settings: SmtpListener,
        mailboxes: Iterable[str],
        inbox: Inbox,
        clock: Clock,
        *,
        officer_for: OfficerFor = nobody,
        tls: ssl.SSLContext | None = None,
        account: str = "smtp",
    ) -> None:
        self.port = settings.port
        self._service = Service(settings, mailboxes, inbox, clock, officer_for, tls, account)
        self._server: asyncio.Server | None = None
        self._thread = Thread(target=self._run, name="smtp", daemon=True)
        self._started: Future[int] = Future()

    def start(self) -> None:
        """Listen. Raises `OSError` when the address cannot be had."""
        self._thread.start()
        self.port = self._started.result()

    def admit(self, officer_for: OfficerFor) -> None:
        """From now on check logins with this: a new configuration came into force."""
        self._service.door.officer_for = officer_for

    def stop(self, timeout: float = 10.0) -> None:
        """Take no more mail, let those under way finish within `timeout` seconds, and hang up."""
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._close(timeout), self._service.loop).result()
            self._service.loop.call_soon_threadsafe(self._service.loop.stop)
            self._thread.join()
        self._service.door.close()

    def _run(self) -> None:
        loop = self._service.loop
        asyncio.set_event_loop(loop)
        try:
            try:
                self._started.set_result(loop.run_until_complete(self._open()))
            except BaseException as error:
                self._started.set_exception(error)
                return
            loop.run_forever()
        finally:
            loop.close()

    async def _open(self) -> int:
        from gateway.intake.smtp_session import Session

        service, settings = self._service, self._service.settings
        self._server = await service.loop.create_server(
            lambda: Session(service), settings.host, settings.port, backlog=256
        )
        return int(self._server.sockets[0].getsockname()[1])

    async def _close(self, timeout: float) -> None:
        service = self._service
        service.stopping = True
        assert self._server is not None
        self._server.close()
        for session in tuple(service.sessions):
            if session.receiving is None:
                session.farewell(SHUTTING_DOWN)
        until = service.loop.time() + timeout
        while service.sessions and service.loop.time() < until:
            await asyncio.sleep(0.01)
        for session in tuple(service.sessions):
            session.wire.abort()
        await asyncio.sleep(0)
        await asyncio.sleep(0)


def _plain(address: str) -> str:
    return normalize("NFC", address).casefold()


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _new_loop() -> asyncio.AbstractEventLoop:
    import uvloop

    return uvloop.new_event_loop()
