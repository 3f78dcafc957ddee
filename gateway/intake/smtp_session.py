"""One SMTP conversation: the commands, who speaks, and what became of each mail.

Both lanes of `smtp_lines` end here in the same methods: `_sender`, `_recipient`, `_begin`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aiosmtpd.smtp import AuthResult, LoginPassword, TLSSetupException

from gateway.intake import smtp_commands as replies
from gateway.intake.smtp_lines import Wire
from gateway.intake.smtp_receiving import Receiving

if TYPE_CHECKING:
    from gateway.intake.smtp import Service

_IDLE_COMMANDS = 100  # commands since the last mail
_BAD_COMMANDS = 5
_BAD_LOGINS = 3
_ODD = (b"STARTTLS", b"AUTH", b"MAIL", b"RCPT", b"VRFY")


class Session(Wire):
    """The protocol object of one connection."""

    def __init__(self, service: Service) -> None:
        self.helo: str | None = None
        self.officer: str | None = None
        self.sender: str | None = None
        self.recipient: str | None = None
        self._idle = _IDLE_COMMANDS
        self._bad = _BAD_COMMANDS
        self._bad_logins = _BAD_LOGINS
        super().__init__(service)

    def __dir__(self) -> list[str]:
        # aiosmtpd looks for its commands with dir(), at every connection: a short answer makes that five times cheaper.
        return ["smtp_STARTTLS", "smtp_AUTH", "smtp_MAIL", "smtp_RCPT", "smtp_VRFY", "auth_PLAIN", "auth_LOGIN"]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Also called when TLS begins: what was said in the clear is forgotten.
        self.helo = self.officer = None
        self._reset()
        super().connection_made(transport)

    def _reset(self) -> None:
        self.sender = self.recipient = None

    # --- the quick lane: each says whether it has dealt with the line ---

    def quick(self, line: bytes) -> bool:
        if not line.endswith(b"\r\n"):
            return self._bad_command(replies.BARE_NEWLINE_IN_COMMAND)
        self._idle -= 1
        if self._idle < 0:
            self.farewell(replies.TOO_MANY_COMMANDS)
            return True
        command = _QUICK.get(line[:4].upper()) if line[4:5] in b" \r" else None
        if command is not None and command(self, line):
            self._reset_timeout()
            return True
        if line[:-2].upper().partition(b" ")[0] in _ODD:
            return False
        return self._bad_command(replies.UNKNOWN)

    def _bad_command(self, reply: bytes) -> bool:
        self._bad -= 1
        if self._bad > 0:
            self.say(reply)
        else:
            self.farewell(reply)
        return True

    def _hello(self, line: bytes) -> bool:
        match = replies.HELLO.match(line)
        if match is None:
            self.say(replies.BAD_SYNTAX)
            return True
        self._reset()
        self.helo = match[2].decode("utf-8", "replace")
        assert self.session is not None
        self.session.host_name = self.helo
        self.session.extended_smtp = line[:1] in b"Ee"
        self.say(self.service.hello(extended=self.session.extended_smtp, secured=self._tls_protocol is not None))
        return True

    def _mail(self, line: bytes) -> bool:
        match = replies.MAIL.match(line)
        if match is None:
            return False
        self.say(self._sender(match[1], match[2]))
        return True

    def _rcpt(self, line: bytes) -> bool:
        match = replies.RCPT.match(line)
        if match is None:
            return False
        self.say(self._recipient(match[1]))
        return True

    def _data(self, line: bytes) -> bool:
        if line[4:].strip():
            self.say(replies.BAD_SYNTAX)
        elif self.sender is None:
            self.say(replies.MAIL_FIRST if self.helo else replies.HELLO_FIRST)
        elif self.recipient is None:
            self.say(replies.RCPT_FIRST)
        else:
            self._begin()
        return True

    def _rset(self, line: bytes) -> bool:
        self._reset()
        self.say(replies.OK)
        return True

    def _noop(self, line: bytes) -> bool:
        self.say(replies.OK)
        return True

    def _quit(self, line: bytes) -> bool:
        self.farewell(replies.BYE)
        return True

    # --- one mail ---

    def _sender(self, path: bytes, parameters: bytes) -> bytes:
        if self.helo is None:
            return replies.HELLO_FIRST
        if self.sender is not None:
            return replies.NESTED_MAIL
        trouble = replies.mail_trouble(parameters, self.service.settings.size_limit) if parameters else None
        if trouble is not None:
            return trouble
        if not self.service.ready():
            return replies.NOT_READY
        self.sender = path.decode("utf-8", "replace")
        return replies.SENDER_OK

    def _recipient(self, address: bytes) -> bytes:
        if self.sender is None:
            return replies.MAIL_FIRST
        if not self.service.ours(address):
            return replies.NO_SUCH_MAILBOX
        self.recipient = address.decode("utf-8", "replace")
        return replies.RECIPIENT_OK

    def _begin(self) -> None:
        try:
            self.receiving = Receiving(self)
        except Exception as error:
            self.service.trouble(error)
            self._reset()
            self.say(replies.TRY_LATER)
            return
        self._message_deadline = self.loop.time() + self.service.settings.message_timeout.total_seconds()
        self.say(replies.GO_AHEAD)

    def ended(self) -> None:
        """All of the mail is here, and being recorded."""
        self.committing = True
        self._message_deadline = None

    def finished(self, reply: bytes) -> None:
        """A mail came to its end, with this as the answer."""
        self.receiving = None
        self.committing = False
        self._message_deadline = None
        self._idle = _IDLE_COMMANDS
        self._reset()
        self._reset_timeout()
        self.say(reply)
        if self.service.stopping:
            self.farewell(replies.SHUTTING_DOWN)

    # --- what is left to aiosmtpd ---

    async def smtp_MAIL(self, arg: str | None) -> None:
        address, rest = self._odd_address("FROM:", arg)
        self.say(self._sender(address, rest) if address else replies.BAD_ADDRESS)

    async def smtp_RCPT(self, arg: str | None) -> None:
        address, rest = self._odd_address("TO:", arg)
        if not address:
            self.say(replies.BAD_ADDRESS)
        elif rest.strip():
            self.say(replies.UNKNOWN_PARAMETER)
        else:
            self.say(self._recipient(address))

    def _odd_address(self, keyword: str, arg: str | None) -> tuple[bytes, bytes]:
        """An address that needs the full parser, and what follows it; empty when it is none."""
        text = self._strip_command_keyword(keyword, arg or "")
        try:
            address, rest = self._getaddr(text or "")
        except (RecursionError, LookupError, ValueError, AttributeError):  # the standard library's parser, on rubbish
            return b"", b""
        return (address or "").encode("utf-8", "surrogateescape"), (rest or "").encode("utf-8", "surrogateescape")

    async def smtp_VRFY(self, arg: str | None) -> None:
        self.say(replies.CANNOT_VERIFY)

    async def smtp_STARTTLS(self, arg: str | None) -> None:
        if self.sender is not None:
            self.say(replies.NOT_DURING_MAIL)
        elif self._tls_protocol is not None or self.tls_context is None:
            self.say(replies.UNKNOWN)
        else:
            await super().smtp_STARTTLS(arg or "")

    async def smtp_AUTH(self, arg: str | None) -> None:
        if self.sender is not None:
            self.say(replies.NOT_DURING_MAIL)
            return
        mechanism, _, initial = (arg or "").partition(" ")
        await super().smtp_AUTH(f"{mechanism.upper()} {initial}".strip())
        if self._bad_logins <= 0:
            self.farewell(replies.TOO_MANY_LOGINS)

    async def auth_PLAIN(self, server: Any, args: list[str]) -> AuthResult:
        return await self._checked(await super().auth_PLAIN(server, args))

    async def auth_LOGIN(self, server: Any, args: list[str]) -> AuthResult:
        return await self._checked(await super().auth_LOGIN(server, args))

    def _authenticate(self, mechanism: str, auth_data: Any) -> AuthResult:
        # Called by aiosmtpd once it has the login and password; `_checked` looks at them without stopping the loop.
        return AuthResult(success=False, handled=True, auth_data=auth_data)

    async def _checked(self, exchange: AuthResult) -> AuthResult:
        given = exchange.auth_data
        if not isinstance(given, LoginPassword):
            self._bad_logins -= 1
            return exchange
        door, now = self.service.door, self.loop.time()
        if door.busy(self.peer, now):
            return AuthResult(success=False, handled=False, message=replies.LOGIN_LATER)
        self.officer = await door.check(given.login, given.password, self.peer, now)
        if self.officer is None:
            self._bad_logins -= 1
            return AuthResult(success=False, handled=False)
        return AuthResult(success=True)

    async def handle_exception(self, error: Exception) -> str:
        if not isinstance(error, TLSSetupException | ConnectionError):
            self.service.trouble(error)
        return replies.TRY_LATER.decode().rstrip()


_QUICK: dict[bytes, Callable[[Session, bytes], bool]] = {
    b"EHLO": Session._hello,
    b"HELO": Session._hello,
    b"MAIL": Session._mail,
    b"RCPT": Session._rcpt,
    b"DATA": Session._data,
    b"RSET": Session._rset,
    b"NOOP": Session._noop,
    b"QUIT": Session._quit,
}
